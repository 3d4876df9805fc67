"""The bot against the tests' GitHub: one comment heard from start to end, and a large plan reconciled.

Bounds: `paddock bot handle` for a comment with one command in under 1.5 s, Python's start included; a plan of 500 todos
reconciled in under 100 ms. The reference writes the same comment and imports PyGithub. `make test` installs the GitHub.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell

from forge.emulator import Emulator
from forge.front import Front
from forge.values import API
from forge.world import TOKENS, Forge
from paddock.bot.model import Issue, Pull, Snapshot
from paddock.bot.reconcile import reconcile
from plans import EXAMPLE, agent, plan, todo

TODOS, AGENTS, PHASES, PULLS = 500, 8, 5, 10
# Writes the comment, then becomes what is measured.
_SAYS = """
import json, os, sys, urllib.request
url, token, *argv = sys.argv[1:]
body = json.dumps({"body": "/status"}).encode()
urllib.request.urlopen(urllib.request.Request(url, body, {"Authorization": f"token {token}"})).read()
os.execv(argv[0], argv)
"""


def main() -> int:
    """Publish the example plan, say something, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    with scratch() as folder, Emulator() as emulator, Front(TOKENS) as front:
        forge = Forge(front, emulator)
        env = environment(**forge.environment(), PADDOCK_LOGIN="github-actions[bot]")
        clone = _clone(folder, env)
        for words in (("plan", "publish"), ("bot", "sweep")):
            subprocess.run([options.paddock, *words], cwd=clone, env=env, check=True, stdout=subprocess.DEVNULL)
        event = os.path.join(folder, "event.json")
        with open(event, "w", encoding="utf-8") as file:
            json.dump({"action": "created", "issue": {"number": 2}}, file)
        says = (sys.executable, "-c", _SAYS, f"{forge.url}{API}/issues/2/comments", "ghs_adaSecretToken")
        handle = (options.paddock, "bot", "handle", "--event-name", "issue_comment", "--event-path", event)
        imports = (sys.executable, "-c", "import github; print('done')")
        cases = [
            Case(name="a comment, and PyGithub imported", argv=(*says, *imports), cwd=clone, env=env, says="done"),
            Case(name="paddock bot handle", argv=(*says, *handle), cwd=clone, env=env, says="done"),
        ]
        timings = measure(cases, options.repetitions)
        forge.close()
    best = _reconciled(options.repetitions)
    bounds = [
        Bound(
            what=cases[1].name, measured=named(timings, cases[1].name).median_ms, limit=1_500, unit="ms", strictly=True
        ),
        Bound(what=f"{TODOS} todos reconciled", measured=best, limit=100, unit="ms", strictly=True),
    ]
    return tell(
        Comparison(
            benchmark="bot",
            about={"todos": TODOS, "agents": AGENTS, "pull requests": PULLS},
            repetitions=options.repetitions,
            reference=cases[0].name,
            timings=timings,
            bounds=bounds,
        ),
        options.format,
    )


def _clone(folder: str, env: dict[str, str]) -> str:
    """A clone whose remote has the example plan on its default branch."""
    clone, far = os.path.join(folder, "clone"), os.path.join(folder, "far.git")
    place = Path(clone, ".paddock")
    place.mkdir(parents=True)
    (place / "plan.yaml").write_bytes(Path(EXAMPLE).read_bytes())
    Path(clone, ".paddock.yaml").write_text("version: 1\nextends: []\n", encoding="utf-8")
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "."),
        ("-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "-q", "-m", "Begin"),
        ("init", "-q", "--bare", "-b", "main", far),
        ("remote", "add", "origin", far),
        ("push", "-q", "origin", "main"),
        ("fetch", "-q", "origin"),
        ("remote", "set-head", "origin", "main"),
    ):
        subprocess.run(["git", *words], cwd=clone, env=env, check=True)
    return clone


def _reconciled(repetitions: int) -> float:
    """Milliseconds that a half done plan takes, at the median."""
    from statistics import median
    from time import perf_counter

    every = [
        todo(f"t{n}", f"a{n % AGENTS}", str(n * PHASES // TODOS), branch=f"feature/x/{n:03}a-x") for n in range(TODOS)
    ]
    agents = [agent(f"a{n}", login=f"l{n}") for n in range(AGENTS)]
    made = plan(
        phases=[{"id": str(n)} for n in range(PHASES)],
        agents=[*agents, {"id": "r", "role": "reviewer", "login": "rr", "at-once": 5}],
        todos=every,
    )
    half = TODOS // 2
    issues = [
        Issue(
            number=n + 1,
            title=one.title,
            todo=one.id,
            closed=n < half,
            labels=(f"agent/{one.agent}", f"phase/{one.phase}", f"state/{'done' if n < half else 'open'}"),
        )
        for n, one in enumerate(made.todos)
    ]
    pulls = [
        Issue(number=TODOS + 2 + n, pull=Pull(head=f"{n:040}", branch=made.todos[half + n].branch or "", base="main"))
        for n in range(PULLS)
    ]
    times = []
    for _ in range(repetitions):
        snapshot = Snapshot(me="bot", plan=made, issues=(*issues, *pulls), now=datetime.now(UTC))
        begun = perf_counter()
        reconcile(snapshot)
        times.append((perf_counter() - begun) * 1000)
    return median(times)


if __name__ == "__main__":
    sys.exit(main())
