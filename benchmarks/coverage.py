"""`paddock check --gate coverage` with diff-cover on the same Cobertura report, for a change of 400 files.

Bound: 1.5 times its time + 100 ms.
"""

from __future__ import annotations

import os
import random
import sys

from measuring import Bound, Case, Comparison, arguments, beside, environment, measure, named, scratch, tell
from repositories import create, git

FILES, LINES, ADDED = 400, 250, 25


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=7).parse_args()
    with scratch() as folder:
        repository = os.path.join(folder, "repository")
        build(repository)
        return compare(options.paddock, repository, options.repetitions, options.format)


def build(folder: str) -> None:
    """A repository with a branch that adds lines to every file, and a Cobertura report on it."""
    create(folder)
    names = [f"src/p{at % 20}/f{at}.py" for at in range(FILES)]
    with open(os.path.join(folder, ".paddock.yaml"), "w", encoding="ascii") as file:
        file.write("version: 1\ngates: {coverage: {patch: 1}}\n")
    for count in (LINES, LINES + ADDED):
        for name in names:
            os.makedirs(os.path.join(folder, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write("".join(f"line = {at}\n" for at in range(count)))
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", f"{count} lines")
        if count == LINES:
            git(folder, "switch", "--quiet", "--create", "topic")
    chance = random.Random(1)  # noqa: S311 - the same report at every run
    classes = "".join(
        f'<class filename="{name}"><methods/><lines>'
        + "".join(f'<line number="{at}" hits="{chance.randint(0, 3)}"/>' for at in range(1, LINES + ADDED + 1))
        + "</lines></class>"
        for name in names
    )
    packages = f"<packages><package><classes>{classes}</classes></package></packages>"
    with open(os.path.join(folder, "coverage.xml"), "w", encoding="ascii") as file:
        file.write(f"<coverage><sources><source>{folder}</source></sources>{packages}</coverage>")


def compare(paddock: str, repository: str, repetitions: int, form: str) -> int:
    """Measure both on one report."""
    env = environment()
    words = ("coverage.xml", "--compare-branch", "main", "--quiet")
    theirs = Case(name="diff-cover", argv=(beside("diff-cover"), *words), cwd=repository, env=env)
    ours = Case(name="paddock", argv=(paddock, "check", "--gate", "coverage"), cwd=repository, env=env)
    timings = measure((theirs, ours), repetitions)
    bound = Bound(
        what=f"{FILES} files, {FILES * ADDED:,} added lines",
        measured=named(timings, ours.name).median_ms,
        limit=1.5 * named(timings, theirs.name).median_ms + 100,
        unit="ms",
        sum=f"1.5 * {named(timings, theirs.name).median_ms} + 100",
    )
    about = {"files": FILES, "added lines": FILES * ADDED, "lines in the report": FILES * (LINES + ADDED)}
    return tell(
        Comparison(
            benchmark="coverage",
            about=about,
            repetitions=repetitions,
            reference=theirs.name,
            timings=timings,
            bounds=[bound],
        ),
        form,
    )


if __name__ == "__main__":
    sys.exit(main())
