"""The trusted commit and its policy, for a run in which the change may not choose its own rules."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import structs

from paddock.cli.session import read_file
from paddock.errors import CouldNotCheckError, PolicyError
from paddock.gates import CONFIGS
from paddock.policy.load import load
from paddock.policy.model import FILE
from paddock.policy.trusted import Places, decides, is_workflow, trusted_policy
from paddock.sources.trust import PROTECTED, Tree, earlier, link_targets, named, of_branch, protected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paddock.model import Source, Trust
    from paddock.policy.model import Policy
    from paddock.sources.git import Repository

_SHOWN = 5  # paths that a note names


def resolve(repository: Repository, name: str) -> Trust:
    """The commit that `--trust NAME` means; `base` is the branch that the protected branch's policy names.

    Raises:
        UsageError: there is no such commit.
        FactMissingError: the protected branch is not known, or was not fetched.
    """
    if name != PROTECTED:
        return named(repository, name)
    found = protected(repository, os.environ)
    base = _base(Tree(repository, found.sha))
    return found if base is None or is_branch(base, found) else of_branch(repository, base)


def read(repository: Repository, trust: Trust, head: str | None, file: str | None) -> tuple[Policy, tuple[str, ...]]:
    """The policy to judge by, and what to say of it; `file` is another than `.paddock.yaml`.

    Raises:
        PolicyError: there is none that can be read.
    """
    inside = _inside(repository, file) if file is not None else None
    tree = Tree(repository, trust.sha)
    if file is not None and inside is None:
        # The machine's own: no change can write there.
        return load(read_file(file, file), file, tree.read, CONFIGS), ()

    def versions() -> Iterator[tuple[str, Callable[[str], bytes | None]]]:
        for sha in earlier(repository, trust.sha, tuple(dict.fromkeys(tree.seen))):
            yield sha, Tree(repository, sha).read
        if repository.shallow:
            raise CouldNotCheckError(
                f"the policy of {trust.ref} is broken, and this shallow clone has no earlier one that could be read",
                hint="git fetch --unshallow",
            )

    head_files = Tree(repository, head).read if head is not None else None
    found = trusted_policy(Places(trust.ref, tree.read, head_files, versions), CONFIGS, inside)
    files = (*found.policy.files, *link_targets(repository, trust.sha, found.policy.files))
    return structs.replace(found.policy, files=files), found.notes


def is_branch(name: str, trust: Trust) -> bool:
    """Whether a branch's name, however it is written, means the branch of a remote that is trusted."""
    name = name.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    return name == trust.ref or name == trust.ref.partition("/")[2]


def refuse_break(repository: Repository, source: Source, policy: Policy, head: str | None) -> None:
    """Refuse a change after which the policy can't be read: once merged, it would stop every other one.

    Raises:
        PolicyError: with the place of what is wrong.
    """
    paths = _paths(source)
    if head is None or not any(path in (FILE, *policy.files) for path in paths):
        return
    tree = Tree(repository, head)
    try:
        if (text := tree.read(FILE)) is not None:
            load(text, FILE, tree.read, CONFIGS)
    except PolicyError as broken:
        raise PolicyError(
            f"this change breaks the policy: {broken.message}", where=broken.where, hint=broken.hint
        ) from broken


def _paths(source: Source) -> list[str]:
    """Every path that the change touches; none where that can't be read, which a gate that needs them says."""
    try:
        files = source.files()
    except CouldNotCheckError:
        return []
    return list(dict.fromkeys(path for file in files for path in (file.old_path, file.path) if path is not None))


def edits(source: Source, policy: Policy, trust: Trust) -> tuple[str, ...]:
    """Notes on files of the change that decide how changes are judged, or what runs in CI."""
    paths = _paths(source)
    deciding = [path for path in paths if decides(path, (FILE, *policy.files))]
    running = [path for path in paths if is_workflow(path)]
    notes = []
    if deciding:
        notes.append(
            f"this change edits {_listed(deciding)}: it is judged by those of {trust.ref}, "
            "and the edit counts once it is merged"
        )
    if running:
        notes.append(f"this change edits {_listed(running)}: what runs in CI changes with it; have a maintainer look")
    return tuple(notes)


def _base(tree: Tree) -> str | None:
    try:
        text = tree.read(FILE)
        return None if text is None else load(text, FILE, tree.read, CONFIGS).base
    except PolicyError:
        return None  # said when the policy is asked for


def _inside(repository: Repository, file: str) -> str | None:
    """A path from the repository's top, where the file lies in it by its name or by where its links lead."""
    if repository.top is None:
        return None if os.path.isabs(file) else os.path.normpath(file)
    top = os.path.realpath(repository.top)
    folder, name = os.path.split(os.path.abspath(file))
    # By its name, too: a link that the change planted may lead anywhere.
    for path in (os.path.abspath(file), os.path.join(os.path.realpath(folder), name), os.path.realpath(file)):
        if os.path.commonpath((path, top)) == top:
            return os.path.relpath(path, top)
    return None


def _listed(paths: list[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
