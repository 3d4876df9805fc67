"""Timing processes side by side, and saying whether a bound holds.

Repetitions are interleaved and each round begins with another case, so that what else the machine does falls on all
alike. What is compared are medians.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MIB = 1 << 20
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes on macOS, KiB elsewhere

# A Python program in a process that tells its own peak, apart from that of the git processes it starts.
_TELLS_MEMORY = """
import resource, runpy, sys
place, *sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    with open(place, "w") as file:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=file)
"""


class Case(Struct, frozen=True, kw_only=True):
    """One process to time. `stdin` is a file's path.

    That it did its work is told by its exit code, one of `codes`, and by its output, which has `says` in it.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    stdin: str = os.devnull
    codes: tuple[int, ...] = (0,)
    says: str = ""


class Sample(Struct, frozen=True):
    """One run: seconds by the wall, and the peak resident bytes of the largest process it consisted of."""

    seconds: float
    peak: int


class Timing(Struct, frozen=True):
    """A case's runs, in milliseconds and MiB."""

    name: str
    median_ms: float
    lowest_ms: float
    highest_ms: float
    peak_mib: float


class Bound(Struct, frozen=True, kw_only=True):
    """What must hold: `measured` at most `limit`, or below it where `strictly`; `sum` is how the limit came about."""

    what: str
    measured: float
    limit: float
    unit: str
    sum: str = ""
    strictly: bool = False

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return self.measured < self.limit if self.strictly else self.measured <= self.limit


class Comparison(Struct, frozen=True, kw_only=True):
    """All that one script found. Ratios are against the timing named `reference`."""

    benchmark: str
    about: Mapping[str, str | int]
    repetitions: int
    reference: str
    timings: Sequence[Timing]
    bounds: Sequence[Bound] = ()
    notes: Sequence[str] = ()
    version: int = 1
    ratios: Mapping[str, float] = field(default_factory=dict)


def arguments(description: str | None, *, repetitions: int) -> argparse.ArgumentParser:
    """The options that every script has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repo", metavar="PATH", help="measure on this repository instead of one made for it")
    parser.add_argument(
        "--repetitions", type=int, default=repetitions, metavar="N", help="rounds (default: %(default)s)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to say it")
    parser.add_argument("--paddock", default=beside("paddock"), metavar="PATH", help="the program to measure")
    return parser


def beside(program: str) -> str:
    """A program of the environment that this script runs in."""
    return os.path.join(os.path.dirname(sys.executable), program)


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what git, a hook or Python was told: bytecode is cached, as for a user."""
    told = ("GIT_", "PADDOCK_", "PRE_COMMIT", "PYTHON")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(told)}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


@contextmanager
def scratch() -> Iterator[str]:
    """A folder that is gone afterwards."""
    with TemporaryDirectory(prefix="paddock-bench-") as folder:
        yield os.path.realpath(folder)


def apart(work: Callable[..., None], *args: object) -> None:
    """Run a function in a process of its own, and leave if it failed.

    Linux counts what a process holds when it starts another into the peak of that other, so the process that measures
    stays small: what needs memory is done apart.
    """
    child = get_context("fork").Process(target=work, args=args)
    child.start()
    child.join()
    if child.exitcode:
        sys.exit(1)


def prove(case: Case) -> None:
    """Run a case once, and leave with what it said when it did not do its work. Also warms the caches."""
    with open(case.stdin, "rb") as given:
        done = subprocess.run(case.argv, cwd=case.cwd, env=case.env, stdin=given, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode not in case.codes or case.says not in said:
        sys.exit(f"{case.name} left with {done.returncode} and said:\n{said.strip()[:4000]}")


def run(case: Case) -> Sample:
    """Time a case once."""
    with open(case.stdin, "rb") as given:
        start = time.perf_counter()
        process = subprocess.Popen(
            case.argv, cwd=case.cwd, env=case.env, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in case.codes:
        sys.exit(f"{case.name} left with {process.returncode}, not as before")
    return Sample(seconds, usage.ru_maxrss * _RSS_UNIT)


def measure(cases: Sequence[Case], repetitions: int) -> list[Timing]:
    """Time the cases in turn, after each has proved that it works."""
    for case in cases:
        apart(prove, case)
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for turn in range(repetitions):
        first = turn % len(cases)
        for case in (*cases[first:], *cases[:first]):
            samples[case.name].append(run(case))
    return [_timing(name, some) for name, some in samples.items()]


def _timing(name: str, samples: Sequence[Sample]) -> Timing:
    times = [sample.seconds * 1000 for sample in samples]
    peak = max(sample.peak for sample in samples) / MIB
    return Timing(name, round(median(times), 2), round(min(times), 2), round(max(times), 2), round(peak, 1))


def added(name: str, timings: Sequence[Timing]) -> Timing:
    """Cases that follow each other, as one."""
    return Timing(
        name,
        round(sum(timing.median_ms for timing in timings), 2),
        round(sum(timing.lowest_ms for timing in timings), 2),
        round(sum(timing.highest_ms for timing in timings), 2),
        max(timing.peak_mib for timing in timings),
    )


def named(timings: Sequence[Timing], name: str) -> Timing:
    """The timing of this name."""
    return next(timing for timing in timings if timing.name == name)


def at_most(what: str, measured: Timing, reference: Timing, *, times: float, plus_ms: float = 0) -> Bound:
    """The bound that every comparison with bare work has: so many times its time, and something for the start."""
    limit = reference.median_ms * times + plus_ms
    extra = f" + {plus_ms:g} ms" if plus_ms else ""
    return Bound(
        what=what,
        measured=measured.median_ms,
        limit=round(limit, 2),
        unit="ms",
        sum=f"{times:g} * {reference.median_ms:,.1f} ms{extra}",
    )


def own_peak(case: Case, folder: str) -> float:
    """MiB that paddock's own process holds at its peak, without the git processes it starts."""
    place = os.path.join(folder, "peak")
    argv = (sys.executable, "-c", _TELLS_MEMORY, place, *case.argv)
    run(msgspec.structs.replace(case, name=f"{case.name}, telling its memory", argv=argv))
    with open(place, encoding="ascii") as file:
        return round(int(file.read()) * _RSS_UNIT / MIB, 1)


def tell(found: Comparison, form: str) -> int:
    """Print what was found; the exit code is 1 where a bound does not hold."""
    reference = named(found.timings, found.reference)
    ratios = {timing.name: round(timing.median_ms / reference.median_ms, 2) for timing in found.timings}
    if form == "json":
        value = msgspec.to_builtins(msgspec.structs.replace(found, ratios=ratios))
        for bound, plain in zip(found.bounds, value["bounds"], strict=True):
            plain["holds"] = bound.holds
        print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    else:
        print("\n".join(_lines(found, ratios)))
    return 0 if all(bound.holds for bound in found.bounds) else 1


def _lines(found: Comparison, ratios: Mapping[str, float]) -> Iterator[str]:
    about = ", ".join(
        f"{value:,} {key}" if isinstance(value, int) else f"{key} {value}" for key, value in found.about.items()
    )
    yield f"{found.benchmark}: {about}; {found.repetitions} rounds"
    yield ""
    width = max(len(timing.name) for timing in found.timings)
    yield f"{'':<{width}}  {'median ms':>10}  {'lowest':>10}  {'highest':>10}  {'peak MiB':>8}  {'ratio':>6}"
    for timing in found.timings:
        figures = f"{timing.median_ms:>10,.1f}  {timing.lowest_ms:>10,.1f}  {timing.highest_ms:>10,.1f}"
        yield f"{timing.name:<{width}}  {figures}  {timing.peak_mib:>8,.1f}  {ratios[timing.name]:>6.2f}"
    yield f"ratios are against: {found.reference}"
    yield from found.notes
    if found.bounds:
        yield ""
    for bound in found.bounds:
        sign = "<" if bound.strictly else "≤"
        verdict = "holds" if bound.holds else "BROKEN"
        how = f" = {bound.sum}" if bound.sum else ""
        yield f"{verdict:<6}  {bound.what}: {bound.measured:,.1f} {sign} {bound.limit:,.1f} {bound.unit}{how}"
    yield ""
