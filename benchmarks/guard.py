"""`paddock guard` on one call of a file tool and one of a shell, against a Python process that does nothing.

Bound: 60 ms for a file tool's call.
"""

from __future__ import annotations

import json
import os
import sys

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell
from worktree import agent

LIMIT_MS = 60


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=31).parse_args()
    with scratch() as folder:
        own = agent(folder, "a1")
        env = environment(HOME=folder)
        guard = (options.paddock, "guard", "--tool", "claude")
        calls = {
            "a file inside": ("Write", {"file_path": f"{own}/x"}, 0),
            "a file outside": ("Write", {"file_path": f"{folder}/repository/x"}, 2),
            "a shell command": ("Bash", {"command": "make test 2>&1 | tee log && git commit -am x"}, 0),
        }
        cases = [Case(name="python -c pass", argv=(sys.executable, "-c", "pass"), cwd=own, env=env)]
        for name, (tool, given, code) in calls.items():
            stdin = os.path.join(folder, name)
            with open(stdin, "w", encoding="utf-8") as file:
                json.dump({"hook_event_name": "PreToolUse", "cwd": own, "tool_name": tool, "tool_input": given}, file)
            cases.append(Case(name=f"guard: {name}", argv=guard, cwd=own, env=env, stdin=stdin, codes=(code,)))
        timings = measure(cases, options.repetitions)
        bounds = [
            Bound(what=name, measured=named(timings, name).median_ms, limit=LIMIT_MS, unit="ms")
            for name in ("guard: a file inside", "guard: a file outside")
        ]
        found = Comparison(
            benchmark="guard",
            about={"calls": len(calls)},
            repetitions=options.repetitions,
            reference="python -c pass",
            timings=timings,
            bounds=bounds,
        )
        return tell(found, options.format)


if __name__ == "__main__":
    sys.exit(main())
