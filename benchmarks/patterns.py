"""The gate `patterns` with 30 regular expressions on a patch of 400,000 added lines, against `git diff` alone.

The peer is `git grep`, which looks for the same 30 expressions in the same files. Bounds: four seconds and 400 MB of
paddock's own process, and no diff at all where no rule is for a changed file.
"""

from __future__ import annotations

import os
import sys

from measuring import (
    Bound,
    Case,
    Comparison,
    apart,
    arguments,
    at_most,
    environment,
    measure,
    named,
    own_peak,
    scratch,
    tell,
)
from repositories import History, create, git

FILES, LINES = 2_000, 200
MEMORY = 400_000_000  # bytes
SECONDS = 4
_WORDS = (
    "workqueue", "klog", "context", "cache", "fmt", "os", "log", "panic", "cluster", "client", "lister", "informer",
    "reconciler", "committer", "workspace", "logicalcluster", "apibinding", "shard", "endpoint", "syncer",
    "placement", "partition", "quota", "garbage", "migration", "identity", "bundle", "schema", "export", "claim",
)  # fmt: skip
_FORMS = (r"\b{0}\.New\w*Forbidden\(", r"^\s*{0}\.Do[A-Z]\w+\(.*\)\s*$", r"(?i){0}[_-]?secret\s*=\s*\S+")
EXPRESSIONS = [_FORMS[i % len(_FORMS)].format(word) for i, word in enumerate(_WORDS)]
_FOUND = "logicalcluster.NewlyForbidden()"  # one line in each hundredth file breaks a rule


def line(file: int, i: int) -> str:
    """A line of code that names some of the words and breaks no rule."""
    first, second = _WORDS[(file + i) % len(_WORDS)], _WORDS[(file * 7 + i) % len(_WORDS)]
    return f'\t{first}.With({second}, "part{file}", {i}) // {second} of line {i}\n'


def build(folder: str, paths: str) -> None:
    """A branch that adds all files, under a policy whose rules are for some paths."""
    create(folder)
    rules = "".join(
        f"      r{i}: {{message: m, paths: ['{paths}'], forbid: '{one}'}}\n" for i, one in enumerate(EXPRESSIONS)
    )
    policy = f"gates:\n  patterns:\n    rules:\n{rules}"
    with open(os.path.join(folder, ".paddock.yaml"), "w", encoding="utf-8") as file:
        file.write(policy)
    with History(folder) as history:
        history.commit("main", "feat: start\n", [(".paddock.yaml", policy.encode())])
        files = []
        for number in range(FILES):
            text = "".join(line(number, i) for i in range(LINES - 1))
            text += f"\t{_FOUND}\n" if number % 100 == 0 else "\tend()\n"
            files.append((f"pkg/part{number // 100}/file{number}.go", text.encode()))
        history.commit("feature/lines", "feat: add much\n", files, start="main")


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=5).parse_args()
    with scratch() as folder:
        judged, idle = os.path.join(folder, "judged"), os.path.join(folder, "idle")
        apart(build, judged, "*.go")
        apart(build, idle, "*.rs")
        return compare(options.paddock, judged, idle, options.repetitions, options.format, folder)


def compare(paddock: str, judged: str, idle: str, repetitions: int, form: str, folder: str) -> int:  # noqa: PLR0913, PLR0917
    """Measure both repositories."""
    env = environment()
    check = (paddock, "check", "--range", "main..feature/lines", "--branch", "x", "--gate", "patterns")
    grep = ("git", "grep", "--count", "-P", *(part for one in EXPRESSIONS for part in ("-e", one)), "feature/lines")
    diff = ("git", "diff", "--unified=0", "-M", "main", "feature/lines")
    numstat = ("git", "diff", "--numstat", "-z", "-M", "main", "feature/lines")
    ours = Case(
        name="patterns, 30 rules", argv=check, cwd=judged, env=env, codes=(1,), says="1 of 30 rules broken at 20"
    )
    none = Case(name="patterns, no rule for a file", argv=check, cwd=idle, env=env, says="30 rules kept in 0 files")
    cases = (
        Case(name="git diff", argv=diff, cwd=judged, env=env, says="NewlyForbidden"),
        Case(name="git diff --numstat", argv=numstat, cwd=judged, env=env, says="file0.go"),
        Case(name="git grep -P, 30 expressions", argv=grep, cwd=judged, env=env, says="file100.go:1"),
        ours,
        none,
    )
    timings = measure(cases, repetitions)
    counted = named(timings, "git diff --numstat")
    own = own_peak(ours, folder)
    bounds = [
        Bound(what=ours.name, measured=named(timings, ours.name).median_ms, limit=SECONDS * 1000, unit="ms"),
        Bound(
            what="peak memory of paddock's process", measured=own, limit=round(MEMORY / (1 << 20), 1), unit="MiB",
            strictly=True,
        ),
        at_most(none.name, named(timings, none.name), counted, times=2, plus_ms=200),
    ]  # fmt: skip
    return tell(
        Comparison(
            benchmark="patterns",
            about={"added lines": FILES * LINES, "files": FILES, "rules": len(EXPRESSIONS)},
            repetitions=repetitions,
            reference="git diff",
            timings=timings,
            bounds=bounds,
            notes=(f"git {git(judged, 'version').split()[-1]}",),
        ),
        form,
    )


if __name__ == "__main__":
    sys.exit(main())
