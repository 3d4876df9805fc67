"""`paddock worktree exec AGENT -- true` against `paddock --version`.

Bound: 30 ms more.
"""

from __future__ import annotations

import sys

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell
from worktree import agent

LIMIT_MS = 30


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=31).parse_args()
    with scratch() as folder:
        own = agent(folder, "a1")
        env = environment(HOME=folder)
        argv = (options.paddock, "worktree", "exec", "a1", "--", "true")
        policy = f"version: 1\nworktrees: {{writable: [{folder}/cache]}}\n"
        timings = measure(
            [
                Case(name="paddock --version", argv=(options.paddock, "--version"), cwd=own, env=env),
                Case(name="true in the fence", argv=argv, cwd=own, env=env),
                Case(name="  unconfined", argv=(*argv[:4], "--unconfined", *argv[4:]), cwd=own, env=env),
                Case(name="python -c pass", argv=(sys.executable, "-c", "pass"), cwd=own, env=env),
            ],
            options.repetitions,
        )
        with open(f"{folder}/repository/.paddock.yaml", "w", encoding="utf-8") as file:
            file.write(policy)
        timings += measure([Case(name="true in the fence, a policy", argv=argv, cwd=own, env=env)], options.repetitions)
        start = named(timings, "paddock --version").median_ms
        bounds = [
            Bound(
                what=f"{name}, more",
                measured=round(named(timings, name).median_ms - start, 2),
                limit=LIMIT_MS,
                unit="ms",
            )
            for name in ("true in the fence", "true in the fence, a policy")
        ]
        found = Comparison(
            benchmark="fence",
            about={},
            repetitions=options.repetitions,
            reference="paddock --version",
            timings=timings,
            bounds=bounds,
        )
        return tell(found, options.format)


if __name__ == "__main__":
    sys.exit(main())
