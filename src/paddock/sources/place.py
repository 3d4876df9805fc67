"""The worktree that a change is made in: which it is, whose it says it is, and what leads git out of it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from paddock.errors import FactUnreadableError
from paddock.model import Checkout, PlanText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Person
    from paddock.sources.git import Repository

_PLAN = ".paddock/plan.yaml"
_LARGEST = 16 << 20  # bytes of a plan; one more says that it is too large
_SMALL = 1 << 16  # bytes of git's own small files


def checkout(repository: Repository, folders: tuple[str, ...], people: tuple[Person, ...]) -> Checkout | None:
    """Where git works now; None in a bare repository. `people` make the commit, where one is being made."""
    if repository.top is None:
        return None
    top = os.path.realpath(repository.top)
    registered = _registered(repository.git_dir)
    base = os.path.dirname(shared(repository))
    tops = (top, registered)
    folder = next((one for one in folders if os.path.realpath(os.path.join(base, one)) in tops), None)
    return Checkout(
        top=top,
        main=registered is None,
        folder=folder,
        says=repository.line("config", "--get", "paddock.agent"),
        environment=os.environ.get("PADDOCK_AGENT") or None,
        branch=repository.branch(),
        people=people,
        strays=tuple(_strays(repository, top, registered)),
    )


def shared(repository: Repository) -> str:
    """The git directory of all worktrees, also where a linked one was given a view of it as its own."""
    linked = os.path.exists(os.path.join(repository.git_dir, "commondir"))
    return os.path.dirname(os.path.dirname(repository.git_dir)) if linked else repository.common_dir


def _registered(git_dir: str) -> str | None:
    """Where a linked worktree's own git directory says that it lies; None for a main checkout."""
    if not os.path.exists(os.path.join(git_dir, "commondir")):
        return None
    pointer = _first_line(os.path.join(git_dir, "gitdir"))
    return os.path.realpath(os.path.dirname(os.path.join(git_dir, pointer)))


def _strays(repository: Repository, top: str, registered: str | None) -> Iterator[tuple[str, str]]:
    git_dir = os.path.realpath(repository.git_dir)
    if registered not in (None, top):
        yield f"git takes {top} for the worktree that lies at {registered}", "unset GIT_WORK_TREE GIT_DIR"
    dot_git = os.path.join(top, ".git")
    if os.path.isdir(dot_git):
        leads = os.path.realpath(dot_git)
    else:
        leads = os.path.realpath(os.path.join(top, _first_line(dot_git).removeprefix("gitdir:").strip()))
    if leads != git_dir:
        yield f"git works on {git_dir}, and {top} belongs to {leads}", "unset GIT_DIR GIT_WORK_TREE"
    if given := os.environ.get("GIT_INDEX_FILE"):
        folder = os.path.realpath(os.path.dirname(os.path.join(top, given)))
        # An index in a temporary folder is this worktree's own; one in another git directory is another's.
        if folder != git_dir and os.path.exists(os.path.join(folder, "HEAD")):
            yield f"the index is that of {folder}", "unset GIT_INDEX_FILE"


def _first_line(path: str) -> str:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for
        with open(handle, "rb") as file:
            return os.fsdecode(file.read(_SMALL).split(b"\n")[0].rstrip(b"\r"))
    except OSError:
        return ""


def versions(repository: Repository, sha: str, where: str) -> Iterator[PlanText]:
    """The plan in a commit's tree, then as it was before on the same line of history."""
    # Most repositories have none, and every commit asks: one call then, and no second that looks for a lost object.
    if repository.line("rev-parse", "--verify", "--quiet", f"{sha}:{_PLAN}") is None:
        yield PlanText(None, where)
        return
    from paddock.sources.trust import Tree, earlier

    yield PlanText(Tree(repository, sha).read(_PLAN), where)
    for older in earlier(repository, sha, (_PLAN,)):
        if (text := Tree(repository, older).read(_PLAN)) is not None:
            yield PlanText(text, older[:12])


def of_main_checkout(repository: Repository) -> PlanText | None:
    """The plan as it lies in the main checkout, which no agent's commit changes; None where there is none.

    Raises:
        FactUnreadableError: there is something of that name that can't be read.
    """
    common = shared(repository)
    if os.path.basename(common) != ".git":
        return None
    top = os.path.dirname(common)
    path = os.path.join(top, _PLAN)
    if not os.path.lexists(path):
        return None
    if not os.path.realpath(path).startswith(os.path.realpath(top).rstrip("/") + "/"):
        raise FactUnreadableError(f"{path} is a link out of the repository", hint=f"ls -l {_PLAN}")
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FactUnreadableError(f"{path} is not a file", hint=f"ls -l {_PLAN}")
            return PlanText(file.read(_LARGEST + 1), "the main checkout")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FactUnreadableError(f"{path}: {reason}", hint=f"ls -l {_PLAN}") from error
