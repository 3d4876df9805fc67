"""One file of 200 MB in a change: what it costs in time and memory, against `git diff --numstat`.

For information: nothing is held to a bound. Git itself holds such a file in memory; paddock's own process must not.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from measuring import Case, Comparison, apart, arguments, environment, measure, own_peak, scratch, tell
from msgspec.structs import replace
from repositories import POLICY, History, code, create

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 200_000_000  # bytes
_BLOCK = code(1, 20_000)


def build(folder: str) -> None:
    """A branch that adds one file of many lines."""
    create(folder)
    with History(folder) as history:
        history.commit("main", "feat: start\n", [("README.md", b"# A project\n"), (".paddock.yaml", POLICY)])
        history.commit("feature/huge", "feat: add data\n", (), start="main")
        history.append("data/huge.go", _blocks(), SIZE)


def _blocks() -> Iterator[bytes]:
    left = SIZE
    while left:
        block = _BLOCK[:left]
        left -= len(block)
        yield block


def main() -> int:
    """Build, measure, tell."""
    parser = arguments(__doc__, repetitions=3)
    parser.add_argument("--base", default="main", help="the base of the change (default: %(default)s)")
    parser.add_argument("--branch", help="the branch to judge (default: HEAD, or the one made)")
    options = parser.parse_args()
    with scratch() as folder:
        repository = options.repo or os.path.join(folder, "repository")
        branch = options.branch or ("HEAD" if options.repo else "feature/huge")
        if options.repo is None:
            apart(build, repository)
        env = environment()
        diff = ("git", "diff", "--numstat", "-z", "-M", f"{options.base}...{branch}", "--")
        moves = os.path.join(folder, "moves.yaml")
        with open(moves, "wb") as file:
            file.write(POLICY + b"gates:\n  pr-size:\n    moves: discount\n")
        judge = Case(
            name="paddock check",
            argv=(options.paddock, "check", "--range", f"{options.base}..{branch}"),
            cwd=repository,
            env=env,
            codes=(0, 1),
            says="pr-size",
        )
        ours = (judge, replace(judge, name="  with moves: discount", argv=(*judge.argv, "--policy", moves)))
        reference = Case(name="git diff --numstat -z -M", argv=diff, cwd=repository, env=env)
        timings = measure((reference, *ours), options.repetitions)
        notes = [
            f"{case.name.strip()}: paddock's own process alone: {own_peak(case, folder):,.1f} MiB" for case in ours
        ]
        return tell(
            Comparison(
                benchmark="hostile",
                about={"bytes in one file": SIZE} if options.repo is None else {"on": options.repo},
                repetitions=options.repetitions,
                reference=reference.name,
                timings=timings,
                notes=notes,
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
