"""A worktree's own view of the git directory that all worktrees share: links to all of it, and a lock of its own.

To delete any ref, even one of its own such as REBASE_HEAD, git creates `packed-refs.lock` in the shared git directory.
Whoever may create a file there may write `config` and `hooks`: the kernel knows no finer right. So `commondir`, by
which a worktree finds what it shares, names this view. Git looks for the place of a lock through five links at most
and opens files through forty: seven links lead to the real packed-refs, which so is read as it stands at any time, and
the lock lies in the view.

Once refs were deleted, git puts a new file in the place of the last link it followed: a copy, which would go stale. The
`git` of the inside (`hooks/fenced-git`) puts the link back at once, and says so where a packed ref should have gone.
"""

from __future__ import annotations

import os

from paddock.errors import UsageError
from paddock.quoting import quoted
from paddock.worktrees.places import VIEW

_HOPS = 7
# Linked though they may not be there yet: a link to nothing is nothing, until it is something.
_EXPECTED = ("shallow", "info", "hooks", "lfs", "modules")
_OWN = ("packed-refs", "logs")


def make(git_dir: str, common_dir: str) -> None:
    """Make or mend the view, and have the worktree use it.

    Raises:
        UsageError: something else lies in a link's place.
    """
    view = os.path.join(git_dir, VIEW)
    logs = os.path.join(view, "logs", "refs")
    if os.path.realpath(logs) != logs:
        raise UsageError(f"a link leads elsewhere: {view}", hint="look at where it leads, and take it away")
    os.makedirs(logs, exist_ok=True)
    for name in {*os.listdir(common_dir), *_EXPECTED}.difference(_OWN):
        if not name.endswith(".lock"):
            _link(os.path.join(common_dir, name), os.path.join(view, name))
    for name in ("heads", "paddock", "remotes", "tags"):
        _link(os.path.join(common_dir, "logs", "refs", name), os.path.join(logs, name))
    # In the order of the chain, packed-refs first; `hooks/fenced-git` knows these names too.
    chain = ["packed-refs", *(f"packed-refs-{i}" for i in range(1, _HOPS + 1))]
    for name, after in zip(chain, [*chain[1:], os.path.join(common_dir, "packed-refs")], strict=True):
        _link(after, os.path.join(view, name), replace=True)
    _write(os.path.join(git_dir, "commondir"), f"{VIEW}\n")


def remove(git_dir: str) -> None:
    """Have the worktree use the shared git directory itself again."""
    _write(os.path.join(git_dir, "commondir"), "../..\n")


def _link(target: str, place: str, *, replace: bool = False) -> None:
    if os.path.islink(place) and os.readlink(place) == target:
        return
    if os.path.islink(place) or (replace and os.path.isfile(place)):
        os.unlink(place)
    elif os.path.lexists(place):
        raise UsageError(
            f"not as paddock left it: {place}", hint=f"look at it, then: rm -r {quoted(os.path.dirname(place))}"
        )
    os.symlink(target, place)


def _write(path: str, text: str) -> None:
    with open(path, encoding="ascii") as file:
        if file.read() == text:
            return
    beside = f"{path}.{os.getpid()}"
    with open(beside, "x", encoding="ascii") as file:
        file.write(text)
    os.replace(beside, path)
