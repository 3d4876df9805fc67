"""The policy's own commands pass on the change: tests, lint, a security scan.

## What it does

Runs the steps that the policy names, each a command with its exit code as its word: 0 passes, any
other fails. They run on the files of the change's last commit: in the checkout where that is this commit and nothing
else, so that what was built and installed there is used; elsewhere in a throwaway checkout in a temporary folder,
which has what is committed and nothing else (no `node_modules`, no `.venv`: let the step install them, or say `where:
checkout`). A dirty checkout is neither tested nor touched. `where: throwaway` wants a checkout without leftovers.

Text under `run` is for `/bin/sh -e -c`, a list is a program with its arguments. Steps run in the policy's order, or
`jobs` of them side by side; `needs` names what must have passed before. With `paths`, a step runs only where the
change touches one of them. It has no terminal and no input; variables of git's hook, tokens of a CI job and the files
by which a job's runner is spoken to are not handed on. Its output is kept in a log under the git directory, its last
lines are in the report.

A pass is remembered by the tree and the step's definition, so that a push of what was just tested is instant.
`--no-cache` runs all the same. A failure is not remembered. Where a result hangs on more than the files (a scan with
a database of today, a look at history), say `cache: false`.

**What could not be judged is not failed.** A step that is killed, does not end in time, or whose program is missing
is `errored`, exit code 3. A step whose needs failed is not run, and said.

**Whose commands.** The policy's, so in CI those of the trust ref; the code that they run is the change's. In CI this
gate is judged in the job that has no secrets (`--only code`).

## Why

Tests that run only in CI tell an agent an hour later; tests in a hook on whatever lies about in the checkout
tell of other files than those that are pushed.

## Example

```yaml
gates:
  commands:
    steps:
      lint: {run: make lint, timeout: 120}
      test:
        run: [make, test]
        needs: [lint]
        paths: ["**/*.go", go.mod]
        timeout: 900
      security-scan: {run: make scan, stages: [ci], cache: false}
```

## How to fix

Run the step's command yourself, or read the log that the report names.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated, Literal, Self

from msgspec import Meta, Struct, structs

from paddock.classify.globs import glob_problem, matcher
from paddock.engine import Gate
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.model import Stage
from paddock.policy.config import GateConfig
from paddock.steps import End, Ended, Step, Where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from paddock.model import Source

# A step's name is also its log's.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_UNREAD = (End.TIMED_OUT, End.KILLED, End.MISSING)

Run = Annotated[str, Meta(min_length=1)] | Annotated[tuple[str, ...], Meta(min_length=1)]


class StepConfig(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """One step."""

    run: Annotated[Run, Meta(description="The command: text for a shell, or a list of a program and its arguments.")]
    stages: Annotated[tuple[Literal["pre-push", "ci"], ...], Meta(description="When it runs.", min_length=1)] = (
        "pre-push",
        "ci",
    )
    paths: Annotated[
        tuple[str, ...],
        Meta(description="Globs as in `.gitignore`: it runs where the change touches one. Empty: always."),
    ] = ()
    timeout: Annotated[float, Meta(gt=0, description="Seconds after which it is ended, and errored.")] = 600
    env: Annotated[dict[str, str], Meta(description="Variables that it has beside those that are there.")] = {}
    needs: Annotated[tuple[str, ...], Meta(description="Steps that must have passed before, where they run.")] = ()
    cwd: Annotated[str, Meta(description="The folder it runs in, from the repository's top.")] = ""
    where: Annotated[
        Where, Meta(description="Whether the checkout will do, where it is the commit and nothing else.")
    ] = Where.ANY
    cache: Annotated[bool, Meta(description="Whether a pass on the same files is remembered.")] = True


class CommandsConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's section `gates.commands`."""

    steps: Annotated[
        dict[str, StepConfig], Meta(description="The steps by their names, in the order they run in.")
    ] = {}  # noqa: RUF012 - msgspec copies it
    jobs: Annotated[int, Meta(ge=1, le=64, description="How many steps run side by side in the same files.")] = 1

    def at(self, stage: Stage) -> Self:
        """Only the steps of a stage."""
        return structs.replace(self, steps={name: one for name, one in self.steps.items() if stage in one.stages})

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Names that can't be a log's, needs that lead nowhere or in a circle, and what no process can be given."""
        yield from super().problems()
        for name, step in self.steps.items():
            if not _NAME.match(name):
                yield (
                    ("steps", name),
                    ("a step's name is letters, digits, '.', '_' and '-', and begins with a letter or a digit"),
                )
            for index, needed in enumerate(step.needs):
                if needed not in self.steps:
                    yield ("steps", name, "needs", index), f"there is no step `{needed}`"
            for index, glob in enumerate(step.paths):
                if problem := glob_problem(glob):
                    yield ("steps", name, "paths", index), problem
            for key, problem in command_problems(step.run, step.cwd, step.env):
                yield ("steps", name, key), problem
        if circle := _circle({name: step.needs for name, step in self.steps.items()}):
            yield ("steps", circle[0], "needs"), f"the steps need each other in a circle: {' → '.join(circle)}"


class Facts(Struct, frozen=True, kw_only=True):
    """How the steps ended that the change woke, and the names of the others."""

    ended: tuple[Ended, ...]
    asleep: tuple[str, ...] = ()


def command_problems(run: str | tuple[str, ...], cwd: str, env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with a command as a process is given it: the key, and why."""
    words = (run,) if isinstance(run, str) else run
    if not words or not words[0].strip():
        yield "run", "there is no command"
    if cwd.startswith("/") or ".." in cwd.split("/"):
        yield "cwd", "the folder is one of the repository, from its top, without '..'"
    for name in env:
        if not name or "=" in name:
            yield "env", f"no variable can be called {name!r}"


def read(source: Source, config: CommandsConfig) -> Facts:
    """Run the steps that the change wakes."""
    awake = {name: step for name, step in config.steps.items() if _wakes(step.paths, source)}
    steps = tuple(
        Step(
            name=name,
            run=step.run,
            seconds=step.timeout,
            cwd=step.cwd,
            env=step.env,
            needs=step.needs,
            where=step.where,
            cached=step.cache,
        )
        for name, step in awake.items()
    )
    ended = source.ran(steps, config.jobs) if steps else ()
    return Facts(ended=ended, asleep=tuple(name for name in config.steps if name not in awake))


def _wakes(globs: tuple[str, ...], source: Source) -> bool:
    return not globs or touches(globs, source)


def touches(globs: tuple[str, ...], source: Source) -> bool:
    """Whether the change touches a path that the globs name, by its new name or by its old one."""
    is_named = matcher(globs)
    return any(is_named(path) for file in source.files() for path in (file.path, file.old_path) if path is not None)


def check(facts: Facts, config: CommandsConfig) -> Judgement:
    """Judge by the steps' ends."""
    ends = [one.end for one in facts.ended]
    counts = {str(end): ends.count(end) for end in End if end in ends}
    remembered = sum(one.remembered for one in facts.ended)
    asleep = len(facts.asleep)
    numbers = {"steps": len(config.steps), **counts, "remembered": remembered, "not touched": asleep}
    said = [f"{count} {end}" for end, count in counts.items()] or ["no step to run"]
    if remembered:
        said[0] += f" ({remembered} before, on the same files)"
    if asleep:
        said.append(f"{asleep} not touched by the change")
    return Judgement(
        reason=f"steps: {', '.join(said)}" if facts.ended else ", ".join(said),
        findings=tuple(finding(one, config.steps[one.name].run) for one in facts.ended if one.end is not End.PASSED),
        facts=numbers,
        errored=End.FAILED not in ends and any(end in _UNREAD for end in ends),
    )


def finding(ended: Ended, run: str | tuple[str, ...]) -> Finding:
    """What is told of a command that did not pass."""
    if ended.end is End.NOT_RUN:
        return Finding(message=f"`{ended.name}` was not run: {ended.said}", severity=Level.NOTE)
    lines = run.strip().splitlines() if isinstance(run, str) else [shlex.join(run)]
    command = lines[0] if len(lines) == 1 else f"{lines[0]} …"
    hint = f"run it yourself: {command}"
    if ended.log is not None:
        hint += f"\nall that it wrote: {shlex.quote(ended.log)}"
    return Finding(message=f"`{ended.name}` {_WORDS[ended.end]}: {ended.said}", hint=hint, excerpt=ended.tail)


_WORDS = {
    End.FAILED: "failed",
    End.TIMED_OUT: "was ended",
    End.KILLED: "was killed",
    End.MISSING: "could not be run",
}


def _circle(needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Steps that need each other, the first again at the end; nothing where there are none."""
    left = {name: {one for one in of if one in needs} for name, of in needs.items()}
    while ready := {name for name, of in left.items() if not of}:
        left = {name: of - ready for name, of in left.items() if name not in ready}
    if not left:
        return ()
    way = [next(iter(left))]
    while way[-1] not in way[:-1]:
        way.append(min(left[way[-1]]))
    return tuple(way[way.index(way[-1]) :])


GATE = Gate(
    id="commands",
    config=CommandsConfig,
    stages={Stage.PRE_PUSH: Severity.ERROR, Stage.CI: Severity.ERROR},
    read=read,
    check=check,
    runs_code=True,
)
