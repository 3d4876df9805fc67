"""What the policy's own commands and its generator cost beside the commands themselves.

Bounds: a push whose steps passed before on the same files costs at most 30 ms more than the same push without the
gate, whatever the steps take; the gate `codegen` costs at most 1.5 times what a shell script costs that makes a
worktree, runs the generator there, asks git for the difference and removes it, and 100 ms for the program.
"""

from __future__ import annotations

import os
import sys

from measuring import Bound, Case, Comparison, Timing, apart, arguments, environment, measure, named, scratch, tell
from repositories import create, git

FILES = 2_000
REMEMBERED_MS, PROGRAM_MS, TIMES = 30.0, 100.0, 1.5
_PLAIN = "version: 1\ngates: {pr-size: {limit: 100000}}\n"
_STEPS = "version: 1\ngates: {pr-size: {limit: 100000}, commands: {steps: {test: {run: make test}}}}\n"
_CODEGEN = "version: 1\ngates: {codegen: {run: make codegen}}\n"
_MAKEFILE = "test:\n\tgrep -rc line src > /dev/null\ncodegen:\n\tcat src/0/*.txt > made.txt\n"
_APART = """\
git worktree add --quiet --detach "$1" HEAD
make --silent -C "$1" codegen
test -z "$(git -C "$1" status --porcelain)"
git worktree remove --force "$1"
"""


def build(folder: str) -> None:
    """Three clones' worth of the same files, each with another policy."""
    for name, policy in (("plain", _PLAIN), ("steps", _STEPS), ("codegen", _CODEGEN)):
        place = os.path.join(folder, name)
        create(place)
        made = []
        for number in range(FILES):
            path = os.path.join(place, "src", str(number % 50), f"{number}.txt")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            text = "".join(f"line {number} {line}\n" for line in range(40))
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            if number % 50 == 0:
                made.append((f"{number}.txt", text))
        for path, text in ((".paddock.yaml", policy), ("Makefile", _MAKEFILE)):
            with open(os.path.join(place, path), "w", encoding="ascii") as file:
                file.write(text)
        with open(os.path.join(place, "made.txt"), "w", encoding="ascii") as file:
            file.write("".join(text for _, text in sorted(made)))
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message=start")
        git(place, "checkout", "--quiet", "-b", "topic")
        with open(os.path.join(place, "new.txt"), "w", encoding="ascii") as file:
            file.write("new\n")
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message=change")


def cases(folder: str, paddock: str) -> list[Case]:
    """The push with and without the gate, and the generator in three ways."""
    env = environment(HOME=folder)

    def at(place: str, name: str, *argv: str, says: str = "") -> Case:
        return Case(name=name, argv=argv, cwd=os.path.join(folder, place), env=env, says=says)

    apart_folder = os.path.join(folder, "apart")
    push = (paddock, "hook", "--stage", "pre-push")
    check = (paddock, "check", "--no-cache", "--gate")
    return [
        at("plain", "git rev-parse", "git", "rev-parse", "HEAD^{tree}"),
        at("plain", "push, no commands", *push, says="pr-size"),
        at("steps", "push, remembered", *push, says="steps: 1 passed"),
        at("steps", "make test", "make", "--silent", "test"),
        at("steps", "commands, run", *check, "commands", says="steps: 1 passed"),
        at("codegen", "make codegen", "make", "--silent", "codegen"),
        at("codegen", "codegen, by script", "sh", "-e", "-c", _APART, "sh", apart_folder),
        at("codegen", "codegen", *check, "codegen", says="leaves the files as they are committed"),
    ]


def bounds(timings: list[Timing]) -> list[Bound]:
    """What must hold."""
    push, plain, script, codegen = (
        named(timings, name).median_ms
        for name in ("push, remembered", "push, no commands", "codegen, by script", "codegen")
    )
    return [
        Bound(what="a push that is remembered, more", measured=round(push - plain, 2), limit=REMEMBERED_MS, unit="ms"),
        Bound(
            what="codegen",
            measured=codegen,
            limit=round(TIMES * script + PROGRAM_MS, 2),
            unit="ms",
            sum=f"{TIMES:g} * {script:,.1f} ms + {PROGRAM_MS:g} ms",
        ),
    ]


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    with scratch() as folder:
        apart(build, folder)
        timings = measure(cases(folder, options.paddock), options.repetitions)
        return tell(
            Comparison(
                benchmark="commands",
                about={"files": FILES},
                repetitions=options.repetitions,
                reference="git rev-parse",
                timings=timings,
                bounds=bounds(timings),
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
