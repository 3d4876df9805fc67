"""What is run for a gate, and how it ended: plain values between gates and what runs them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct


class Where(StrEnum):
    """In which files a step runs: always those of the change's last commit."""

    ANY = "any"  # the checkout where it is that commit and nothing else, a throwaway one elsewhere
    CHECKOUT = "checkout"
    THROWAWAY = "throwaway"


class Step(Struct, frozen=True, kw_only=True):
    """One command. Text is for a shell, a tuple is a program and its arguments.

    `cwd` counts from the top of the files. `seconds` is the time limit. `needs` names steps that must have passed
    before; of those that are not run together with it nothing is waited for. `cached` says that a pass is remembered.
    """

    name: str
    run: str | tuple[str, ...]
    seconds: float
    cwd: str = ""
    env: dict[str, str] = {}
    needs: tuple[str, ...] = ()
    where: Where = Where.ANY
    cached: bool = True


class End(StrEnum):
    """How a step ended. Only its own exit code speaks for or against a change."""

    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    KILLED = "killed"
    MISSING = "missing"
    NOT_RUN = "not run"


class Ended(Struct, frozen=True, kw_only=True):
    """A step's end: in words, with the last lines of what it wrote, and where all of it lies.

    `remembered` says that it was not run now: it had passed on these very files.
    """

    name: str
    end: End
    said: str = ""
    tail: tuple[str, ...] = ()
    log: str | None = None
    remembered: bool = False


class DriftKind(StrEnum):
    """What a generator does to a committed file."""

    CHANGED = "changed"
    ADDED = "added"
    DELETED = "deleted"


class Drift(Struct, frozen=True):
    """One file that a generator leaves otherwise than it is committed."""

    path: str
    kind: DriftKind


class Regenerated(Struct, frozen=True):
    """How a generator ended, and in which files its output differs from the commit."""

    ended: Ended
    drift: tuple[Drift, ...] = ()


class Execution(Struct, frozen=True, kw_only=True):
    """How steps are run in this place.

    Attributes:
        remember: whether what passed before on the same files counts.
        live: told of every line that a step writes, by the step's name; None where nobody watches.
        logs: the folder of the logs; one in the git directory when None.
        workspace: a checkout that may be the commit; the repository's own when None.
    """

    remember: bool = True
    live: Callable[[str, str], None] | None = None
    logs: str | None = None
    workspace: str | None = None
