"""What a chain of merges will most likely come to: each side's changes laid over what was there, file by file.

Git's own merge starts anew for each step of a chain, since a step needs the commit of the one before. Foreseen commits
let one process merge all steps: whoever asks compares what git says with what was foreseen, and believes git alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paddock.sources.calling import call, failure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from paddock.sources.merging import Merging

_NONE = b"000000"  # the mode of what is not there
_REF = "refs/paddock/foreseen"


class Change(NamedTuple):
    """A path as it will be: its mode and the name of its object. `was` is its mode before."""

    was: bytes
    mode: bytes
    name: bytes
    path: bytes

    @property
    def gone(self) -> bool:
        """Whether nothing is left of it."""
        return self.mode == _NONE

    @property
    def new(self) -> bool:
        """Whether it was not there."""
        return self.was == _NONE


def changes(merging: Merging, pairs: Sequence[tuple[str, str]]) -> list[tuple[Change, ...]]:
    """What each second tree has otherwise than the first.

    Raises:
        GitError: git failed.
    """
    asked = "".join(f"{one} {other}\n" for one, other in pairs).encode()
    args = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-renames", "--no-abbrev")
    code, out, err = call(("git", *args), merging.env, merging.repository.scratch, asked)
    if code:
        raise failure(args, code, err)
    found: list[list[Change]] = []
    fields = out.split(b"\0")
    for at in range(0, len(fields), 2):
        # Before the first change of each pair, and for pairs without one, stand their names on lines of their own.
        *heads, meta = fields[at].split(b"\n")
        found += [[] for _ in heads]
        if meta:
            was, mode, _, name, _ = meta.removeprefix(b":").split(b" ")
            found[-1].append(Change(was, mode, name, fields[at + 1]))
    return [tuple(some) for some in found]


def overlaid(merging: Merging, start: str, steps: Sequence[tuple[Change, ...]]) -> list[str]:
    """The tree after each step, from that of a commit on.

    Raises:
        GitError: git failed.
    """
    stream = bytearray()
    for number, some in enumerate(steps, 1):
        above = f":{number - 1}" if number > 1 else start
        head = f"commit {_REF}\nmark :{number}\ncommitter paddock <paddock> 0 +0000\ndata 0\nfrom {above}\n"
        stream += head.encode()
        # What goes makes way, where a folder takes the name of a file.
        stream += b"".join(b"D %s\n" % _quoted(one.path) for one in some if one.gone)
        stream += b"".join(b"M %s %s %s\n" % (one.mode, one.name, _quoted(one.path)) for one in some if not one.gone)
        stream += b"\n"
    marks = f"{merging.repository.scratch}/foreseen"
    writes = ("fast-import", "--quiet", "--force", f"--export-marks={marks}")
    # A pack that goes with the process need not survive a power cut: flushing it costs as much as making it.
    pinned = ("-c", "fastimport.unpackLimit=1", "-c", "core.fsync=none")
    code, _, err = call(("git", *pinned, *writes), merging.env, merging.repository.scratch, bytes(stream))
    if code:
        raise failure(writes, code, err)
    with open(marks, "rb") as file:
        commits: Mapping[int, bytes] = {
            int(mark[1:]): name for mark, name in (line.split() for line in file.read().splitlines())
        }
    asked = b"".join(commits[number] + b"\n" for number in range(1, len(steps) + 1))
    args = ("rev-list", "--no-walk=unsorted", "--no-commit-header", "--format=%T", "--stdin")
    code, out, err = call(("git", *args), merging.env, merging.repository.scratch, asked)
    if code:
        raise failure(args, code, err)
    return out.decode().split()


def _quoted(path: bytes) -> bytes:
    return b'"' + path.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
