"""What holding refs and paths to their owners costs: the hook on every ref, and the gate before a commit.

Bounds: the hook at most 3 ms a call where no agent is set, a fetch of 1,000 refs in one transaction at most twice the
time, the gate without a plan at most 5 ms. Git calls the hook twice for each transaction, and a plain fetch has one for
each ref: its time is told, and no bound holds for it but that of a call.
"""

from __future__ import annotations

import os
import shutil
import sys

from measuring import Bound, Case, Comparison, Timing, apart, arguments, environment, measure, named, scratch, tell
from repositories import create, git

REFS = 1_000
CALL_MS, GATE_MS = 3.0, 5.0
_FETCH = 'rm -rf "$1" && cp -a "$2" "$1" && shift 2 && exec git -C "$@"'
_COMMIT = ("commit", "--quiet", "--no-verify", "--allow-empty", "--message=x")
_WITHOUT = "version: 1\ngates: {pr-size: {}, branch-order: {}}\n"
_WITH = "version: 1\ngates: {pr-size: {}, branch-order: {}, worktree: {}}\n"


def build(folder: str, paddock: str, plan: str) -> None:
    """A hub of many branches; clones that have fetched none of them, with the hook and without; a planned one."""
    hub = os.path.join(folder, "hub")
    create(hub)
    git(hub, "add", "--all")
    git(hub, "commit", "--quiet", "--message=start")
    tip = git(hub, "rev-parse", "HEAD")
    with open(os.path.join(hub, ".git", "packed-refs"), "a", encoding="ascii") as file:
        file.writelines(f"{tip} refs/heads/topic/{number:04}\n" for number in range(REFS))
    for name in ("bare", "hooked"):
        clone = os.path.join(folder, name)
        git(folder, "clone", "--quiet", "--single-branch", f"file://{hub}", clone)
        git(clone, "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
        git(clone, "config", "user.name", "Ada")
        git(clone, "config", "user.email", "ada@example.org")
        with open(os.path.join(clone, ".paddock.yaml"), "w", encoding="utf-8") as file:
            file.write(_WITHOUT)
    planned = os.path.join(folder, "planned")
    shutil.copytree(os.path.join(folder, "hooked"), planned)
    os.makedirs(os.path.join(planned, ".paddock"))
    shutil.copy(plan, os.path.join(planned, ".paddock", "plan.yaml"))
    git(planned, "add", "--all")
    git(planned, "commit", "--quiet", "--message=plan")
    git(planned, "update-ref", "refs/remotes/origin/main", "HEAD")
    env = environment(HOME=folder)
    for argv in ((paddock, "worktree", "setup", "--agent", "agent-1"), (paddock, "hooks", "install")):
        apart(_run, argv, planned, env)
    apart(_run, (paddock, "hooks", "install", "--refs"), os.path.join(folder, "hooked"), env)
    agent = os.path.join(folder, "fix-controllers")
    for place, text in ((planned, _WITH), (agent, _WITH), (os.path.join(folder, "hooked"), _WITH)):
        with open(os.path.join(place, ".paddock.yaml"), "w", encoding="utf-8") as file:
            file.write(text)


def _run(argv: tuple[str, ...], cwd: str, env: dict[str, str]) -> None:
    import subprocess

    done = subprocess.run(argv, cwd=cwd, env=env, check=False, capture_output=True)
    if done.returncode:
        sys.exit(done.stderr.decode())


def cases(folder: str, paddock: str) -> list[Case]:
    """Each with the hook and without."""
    env = environment(HOME=folder)

    def at(place: str) -> str:
        return os.path.join(folder, place)

    def fetch(name: str, place: str, *options: str) -> Case:
        copy = at(f"copy-{place}")
        words = ("sh", "-c", _FETCH, "sh", copy, at(place), copy, "fetch", "--quiet", *options, "origin")
        return Case(name=name, argv=words, cwd=folder, env=env)

    def update(name: str, place: str) -> Case:
        return Case(name=name, argv=("git", "update-ref", "refs/heads/moved", "HEAD"), cwd=at(place), env=env)

    def judged(name: str, place: str) -> Case:
        words = (paddock, "hook", "--stage", "pre-commit")
        return Case(name=name, argv=words, cwd=at(place), env=env, says="pr-size")

    nobody = {**env, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/dev/null"}
    return [
        update("update-ref", "bare"),
        update("update-ref, the hook", "hooked"),
        fetch("fetch", "bare"),
        fetch("fetch, the hook", "hooked"),
        fetch("fetch --atomic", "bare", "--atomic"),
        fetch("fetch --atomic, the hook", "hooked", "--atomic"),
        Case(name="an agent's commit", argv=("git", *_COMMIT), cwd=at("fix-controllers"), env=nobody),
        Case(name="an agent's commit, the hook", argv=("git", *_COMMIT), cwd=at("fix-controllers"), env=env),
        judged("pre-commit, not the gate", "bare"),
        judged("pre-commit, no plan", "hooked"),
        judged("pre-commit, a person", "planned"),
        judged("pre-commit, an agent", "fix-controllers"),
    ]


def bounds(timings: list[Timing]) -> list[Bound]:
    """What must hold."""

    def more(name: str, other: str, parts: int = 1) -> float:
        return round((named(timings, name).median_ms - named(timings, other).median_ms) / parts, 2)

    atomic = named(timings, "fetch --atomic").median_ms
    return [
        Bound(
            what="a call of the hook, from update-ref",
            measured=more("update-ref, the hook", "update-ref", 2),
            limit=CALL_MS,
            unit="ms",
        ),
        Bound(
            what="a call of the hook, from fetch",
            measured=more("fetch, the hook", "fetch", 2 * REFS),
            limit=CALL_MS,
            unit="ms",
        ),
        Bound(
            what=f"fetch --atomic of {REFS:,} refs",
            measured=named(timings, "fetch --atomic, the hook").median_ms,
            limit=round(2 * atomic, 2),
            unit="ms",
            sum=f"2 * {atomic:,.1f} ms",
        ),
        Bound(
            what="the gate without a plan, more",
            measured=more("pre-commit, no plan", "pre-commit, not the gate"),
            limit=GATE_MS,
            unit="ms",
        ),
    ]


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    plan = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "policies/plans/eight-agents.yaml")
    with scratch() as folder:
        build(folder, options.paddock, options.repo or plan)
        timings = measure(cases(folder, options.paddock), options.repetitions)
        plain, hooked = (named(timings, name).median_ms for name in ("fetch", "fetch, the hook"))
        note = f"a plain fetch takes {hooked / plain:.1f} times as long with the hook: {2 * REFS:,} calls"
        return tell(
            Comparison(
                benchmark="refs",
                about={"refs": REFS},
                repetitions=options.repetitions,
                reference="update-ref",
                timings=timings,
                bounds=bounds(timings),
                notes=(note,),
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
