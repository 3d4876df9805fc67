"""`paddock worktree exec AGENT -- true` against `paddock --version`.

Bound: 30 ms more.
"""

from __future__ import annotations

import os
import sys

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell
from worktree import agent

LIMIT_MS = 30


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=31).parse_args()
    with scratch() as folder:
        own, ruled = (agent(os.path.join(folder, name), "a1") for name in ("plain", "ruled"))
        with open(f"{folder}/ruled/repository/.paddock.yaml", "w", encoding="utf-8") as file:
            file.write(f"version: 1\nworktrees: {{writable: [{folder}/cache]}}\n")
        env = environment(HOME=folder)
        argv = (options.paddock, "worktree", "exec", "a1", "--", "true")
        timings = measure(
            [
                Case(name="paddock --version", argv=(options.paddock, "--version"), cwd=own, env=env),
                Case(name="true in the fence", argv=argv, cwd=own, env=env),
                Case(name="true in the fence, a policy", argv=argv, cwd=ruled, env=env),
                Case(name="true unconfined", argv=(*argv[:4], "--unconfined", *argv[4:]), cwd=own, env=env),
                Case(name="python -c pass", argv=(sys.executable, "-c", "pass"), cwd=own, env=env),
            ],
            options.repetitions,
        )
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
