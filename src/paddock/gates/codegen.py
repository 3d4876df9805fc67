"""What the generator makes of the change is what the change has committed.

## What it does

Checks the change's last commit out into a temporary folder, runs the generator there and compares
the files with the commit: changed, newly made and deleted ones are all findings. The user's checkout is not touched,
whatever lies in it; where the git directory can't be written, as inside the fence, the folder is a repository of its
own over the same objects. It is gone afterwards, also after a signal; what a killed run left, the next one takes
away.

Files that the repository's `.gitignore` ignores don't count, since they are not meant to be committed; a user's own
ignore rules don't hold. `paths` wakes it: without them the generator runs for every change. A run that changed
nothing is remembered by the tree and the command, as in [`commands`](commands.md).

A generator that fails makes the gate fail; one that is killed, missing or does not end in time makes it `errored`. A
change to the generator's own recipe is told as a note, since a recipe can make anything reproduce: `recipe` are its
paths; without them those are the files that the command names, and the makefiles where it calls make.

## Why

Generated code that is edited by hand or forgotten is lost at the next run, and a file that calls itself
generated is not read by a reviewer. `git diff --exit-code` after the generator misses new files, and dirties the
checkout.

## Example

```yaml
gates:
  codegen:
    run: make codegen
    recipe: [Makefile, hack/**]
    paths: ["pkg/apis/**", hack/**]
    timeout: 900
```

It judges in CI. `stages: {pre-push: error}` has it judge pushes as well.

## How to fix

Run the generator, and commit what it leaves.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from paddock.classify.globs import glob_problem, matcher
from paddock.engine import Gate
from paddock.findings import Finding, Judgement, Level, Severity
from paddock.gates.commands import command_problems, finding, touches
from paddock.model import Stage
from paddock.policy.config import GateConfig
from paddock.steps import DriftKind, End, Regenerated, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Source

_MAKE = ("make", "gmake")
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_SAYS = {
    DriftKind.CHANGED: "the generator writes something else",
    DriftKind.ADDED: "the generator makes this file, and it is not committed",
    DriftKind.DELETED: "the generator deletes this file, and it is committed",
}


class CodegenConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's section `gates.codegen`."""

    run: Annotated[
        str | tuple[str, ...],
        Meta(
            description="The generator: text for a shell, or a list of a program and its arguments. There must be one."
        ),
    ] = ""
    recipe: Annotated[
        tuple[str, ...],
        Meta(description="Globs of what decides the output; a change to it is told. Empty: what the command names."),
    ] = ()
    paths: Annotated[
        tuple[str, ...],
        Meta(description="Globs as in `.gitignore`: it runs where the change touches one. Empty: always."),
    ] = ()
    timeout: Annotated[float, Meta(gt=0, description="Seconds after which it is ended, and errored.")] = 600
    env: Annotated[dict[str, str], Meta(description="Variables that it has beside those that are there.")] = {}  # noqa: RUF012 - msgspec copies it
    cwd: Annotated[str, Meta(description="The folder it runs in, from the repository's top.")] = ""
    cache: Annotated[bool, Meta(description="Whether a run that changed nothing is remembered.")] = True

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Globs that can't be read, and what no process can be given."""
        yield from super().problems()
        for key, globs in (("recipe", self.recipe), ("paths", self.paths)):
            for index, glob in enumerate(globs):
                if problem := glob_problem(glob):
                    yield (key, index), problem
        for key, problem in command_problems(self.run, self.cwd, self.env):
            yield (key,), problem


class Facts(Struct, frozen=True, kw_only=True):
    """What the generator did, None where the change did not wake it; and what of its recipe the change edits."""

    made: Regenerated | None
    recipe: tuple[str, ...] = ()


def read(source: Source, config: CodegenConfig) -> Facts:
    """Run the generator where the change wakes it."""
    if not source.files() or (config.paths and not touches(config.paths, source)):
        return Facts(made=None)
    is_recipe = matcher(config.recipe or _named(config))
    paths = (path for file in source.files() for path in (file.path, file.old_path) if path is not None)
    step = Step(
        name="codegen", run=config.run, seconds=config.timeout, cwd=config.cwd, env=config.env, cached=config.cache
    )
    return Facts(made=source.regenerated(step), recipe=tuple(dict.fromkeys(path for path in paths if is_recipe(path))))


def _named(config: CodegenConfig) -> tuple[str, ...]:
    """Globs of the files that the command names, whether or not there are such."""
    try:
        words = shlex.split(config.run, comments=True) if isinstance(config.run, str) else list(config.run)
    except ValueError:
        words = str(config.run).split()  # a quote of another shell's kind
    folder = f"/{config.cwd.strip('/')}/" if config.cwd.strip("/.") else "/"
    found = [word for word in words if word and not word.startswith(("-", "/", "$")) and ".." not in word.split("/")]
    files = [_literal(folder + word.removeprefix("./")) for word in found if word not in _MAKE]
    if any(word.rpartition("/")[2] in _MAKE for word in words):
        files += [*(folder + name for name in _MAKEFILES), "*.mk"]
    return tuple(files)


def _literal(path: str) -> str:
    """A path as a glob that matches nothing else."""
    plain = "".join(f"\\{char}" if char in "\\*?[" else char for char in path).rstrip("/")
    return plain.replace("\n", "?")


def check(facts: Facts, config: CodegenConfig) -> Judgement:
    """Judge by how the generator ended and what it left otherwise."""
    if facts.made is None:
        return Judgement(reason="the change touches nothing that the generator reads")
    ended, drift = facts.made.ended, facts.made.drift
    notes = tuple(
        Finding(
            message="the change edits the generator's recipe, so that its output proves less",
            hint="read this file's change: a recipe can make anything reproduce",
            path=path,
            severity=Level.NOTE,
        )
        for path in facts.recipe
    )
    numbers = {"files": len(drift), "recipe": len(facts.recipe)}
    if ended.end is not End.PASSED:
        told = finding(ended, config.run)
        return Judgement(
            reason=f"the generator: {ended.said}",
            findings=(told, *notes),
            facts=numbers,
            errored=ended.end is not End.FAILED,
        )
    command = config.run.strip() if isinstance(config.run, str) else shlex.join(config.run)
    hint = f"{command}\ngit add --all && git commit"
    findings = tuple(Finding(message=_SAYS[one.kind], hint=hint, path=one.path) for one in drift)
    reason = "the generator leaves the files as they are committed"
    if ended.remembered:
        reason += " (seen before, on the same files)"
    if drift:
        reason = f"{len(drift)} {'file' if len(drift) == 1 else 'files'} not as the generator leaves them"
    if facts.recipe:
        reason += f"; the change edits its recipe: {', '.join(facts.recipe[:3])}"
        reason += f" and {len(facts.recipe) - 3} more" if len(facts.recipe) > 3 else ""  # noqa: PLR2004 - those shown
    return Judgement(reason=reason, findings=(*findings, *notes), facts=numbers)


GATE = Gate(
    id="codegen",
    config=CodegenConfig,
    stages={Stage.PRE_PUSH: Severity.OFF, Stage.CI: Severity.ERROR},
    read=read,
    check=check,
    runs_code=True,
)
