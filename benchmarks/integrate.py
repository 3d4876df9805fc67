"""Sixty-four branches of one series, held against each other: 2,016 pairs on 4,000 files.

The reference is one `git merge-tree --stdin` over the same pairs, into an empty object folder, such as paddock has as
well. Where a repository holds the merged trees already, git only looks at them and is several times as fast; that
is shown beside it. Bounds: the pairs with the base and the train, nothing known, in 1.5 times the reference and
100 ms; a second time, with nothing changed, under 150 ms.
"""

from __future__ import annotations

import os
import subprocess
import sys

from measuring import Bound, Case, Comparison, apart, arguments, at_most, environment, measure, named, scratch, tell
from repositories import History, code, create, edited, git

BRANCHES, FILES, COMMITS = 64, 4_000, 3
SECOND = 150.0  # milliseconds
_PAIRS = "exec git merge-tree --write-tree -z --stdin"
_FRESH = f'rm -rf "$OBJECTS" && mkdir -p "$OBJECTS/pack" && GIT_OBJECT_DIRECTORY="$OBJECTS" {_PAIRS}'
_COLD = 'rm -f .git/paddock-*.json; "$PADDOCK" integrate; code=$?; [ $code = 1 ]'


def build(folder: str) -> None:
    """A base that moved on; branches that edit files of their own, and every eighth one a file that all of those do."""
    create(folder)
    with History(folder) as history:
        files = [(f"pkg/part{number % 60}/file{number}.go", code(number, 40)) for number in range(FILES)]
        history.commit("main", "start", [(".paddock.yaml", b"extends: paddock:default\nseries: feature/x\n"), *files])
        for branch in range(BRANCHES):
            name = f"feature/x/{branch:02d}a-work"
            for at in range(COMMITS):
                number = (branch * 61 + at * 7) % FILES
                changes: list[tuple[str, bytes | str | None]] = [
                    (f"pkg/part{branch % 60}/new{branch}-{at}-{part}.go", code(branch * 100 + part, 30))
                    for part in range(3)
                ]
                changes.append((f"pkg/part{number % 60}/file{number}.go", edited(code(number, 40), branch, 5 + at)))
                if branch % 8 == 0:
                    changes.append(("pkg/part59/file59.go", edited(code(59, 40), branch + 1, 6)))
                history.commit(name, "work", changes, "main" if at == 0 else None)
        for at in range(5):
            history.commit("main", "moves", [(f"docs/page{at}.md", b"text\n")])
    git(folder, "checkout", "--quiet", "--force", "main")


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    with scratch() as folder:
        repository = os.path.join(folder, "work")
        apart(build, repository)
        tips = git(repository, "for-each-ref", "--format=%(objectname)", "refs/heads/feature/").splitlines()
        pairs = os.path.join(folder, "pairs")
        with open(pairs, "w", encoding="ascii") as file:
            file.writelines(f"{one} {other}\n" for at, one in enumerate(tips) for other in tips[at + 1 :])
        env = environment() | {
            "OBJECTS": os.path.join(folder, "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.path.join(repository, ".git", "objects"),
            "PADDOCK": options.paddock,
        }
        subprocess.run([options.paddock, "integrate"], cwd=repository, env=env, capture_output=True, check=False)

        def case(name: str, *argv: str, says: str = "", codes: tuple[int, ...] = (0,), stdin: str = os.devnull) -> Case:
            return Case(name=name, argv=argv, cwd=repository, env=env, says=says, codes=codes, stdin=stdin)

        said = f"of {len(tips) * (len(tips) - 1) // 2:,} pairs clash"
        cases = [
            case("git merge-tree --stdin, empty folder", "sh", "-c", _FRESH, stdin=pairs),
            case("git merge-tree --stdin, objects there", "sh", "-c", _PAIRS, stdin=pairs),
            case("paddock integrate, nothing known", "sh", "-c", _COLD, says=said),
            case("paddock integrate, nothing changed", options.paddock, "integrate", says=said, codes=(1,)),
            case("paddock train", options.paddock, "train", says="64 open branches"),
        ]
        timings = measure(cases, options.repetitions)
        cold, warm = (named(timings, case.name) for case in cases[2:4])
        bounds = [
            at_most("nothing known", cold, named(timings, cases[0].name), times=1.5, plus_ms=100),
            Bound(what="nothing changed", measured=warm.median_ms, limit=SECOND, unit="ms", strictly=True),
        ]
        return tell(
            Comparison(
                benchmark="integrate",
                about={"branches": len(tips), "files": FILES, "pairs": len(tips) * (len(tips) - 1) // 2},
                repetitions=options.repetitions,
                reference=cases[0].name,
                timings=timings,
                bounds=bounds,
                notes=[
                    "paddock also merges each branch with the base, looks which have landed, and merges the train.",
                ],
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
