"""Which branch of a train breaks a command: pure, the command is run by whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from paddock.stack.integration import Step


class Run(Struct, frozen=True):
    """The command on what is there once a branch is merged. `code` is None where the time was over."""

    branch: str
    code: int | None

    @property
    def works(self) -> bool:
        """Whether it left with 0."""
        return self.code == 0


class Verified(Struct, frozen=True):
    """What was run, in that order, and the first branch that breaks it; the base's name where it fails by itself."""

    command: str
    runs: tuple[Run, ...]
    broken: str | None = None


def verify(
    command: str, base: tuple[str, str], steps: Sequence[Step], run: Callable[[str], int | None], *, each: bool = False
) -> Verified:
    """Run a command on a train's end; where it fails, find the first branch that breaks it.

    Halving looks at few steps, and takes for granted that what one branch breaks no later one mends; with `each` all
    are looked at in turn.

    Args:
        command: as it is told.
        base: the base's name and commit.
        steps: the train, each with its commit.
        run: runs it on a commit; its exit code.
        each: on every step, and not on the last only.
    """
    merged = [step for step in steps if step.clean and step.commit is not None]
    runs: list[Run] = []
    done: dict[str, Run] = {}

    def ran(branch: str, commit: str) -> bool:
        # A branch that is in the history of one before it makes no other commit.
        if commit not in done:
            runs.append(Run(branch, run(commit)))
            done[commit] = runs[-1]
        return done[commit].works

    def told(broken: str | None = None) -> Verified:
        return Verified(command, tuple(runs), broken)

    if each:
        found = [step.branch for step in merged if not ran(step.branch, str(step.commit))]
        return told(found[0] if found else None) if merged or ran(*base) else told(base[0])
    last = merged[-1] if merged else None
    if ran(*(base if last is None else (last.branch, str(last.commit)))):
        return told()
    if not ran(*base):
        return told(base[0])
    low, high = 0, len(merged) - 1
    while low < high:
        middle = (low + high) // 2
        if ran(merged[middle].branch, str(merged[middle].commit)):
            low = middle + 1
        else:
            high = middle
    return told(merged[low].branch)
