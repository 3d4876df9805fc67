"""`paddock plan` on 100 agents and 5,000 todos.

Bounds: the plan is checked in under a second, and scheduled in under a second, Python's start and the reading of the
file included; a process that only reads the same file as YAML is the reference.
"""

from __future__ import annotations

import os
import sys

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell

AGENTS, TODOS, PHASES = 100, 5_000, 10
SECOND = 1_000.0  # milliseconds
_READS = "import sys, yaml\nfor _ in yaml.parse(open(sys.argv[1]), Loader=yaml.CSafeLoader): pass\nprint('read')"


def document() -> str:
    """A plan in which each phase has as many todos of each agent, each of which needs the agent's one before."""
    each = TODOS // PHASES
    rows = ["base: main", "series: feature/x", "phases:"]
    rows += [f"  - {{id: p{number}, title: Phase {number}, gate: [green]}}" for number in range(PHASES)]
    rows.append("agents:")
    for number in range(AGENTS):
        rows.append(f"  - id: a{number}\n    identity: {{name: Agent {number}, email: a{number}@example.org}}")
        rows.append(f"    worktree: w{number}\n    owns: [pkg/part{number}/**, '!pkg/part{number}/api/**']")
    rows.append("  - {id: r, role: reviewer, at-once: 10}\ntodos:")
    for number in range(TODOS):
        at = number % each
        needs = f"t{number - AGENTS}" if at >= AGENTS else ""
        rows.append(f"  - id: t{number}\n    title: Work on part {number % AGENTS}, step {number // AGENTS}")
        rows.append(f"    agent: a{number % AGENTS}\n    phase: p{number // each}\n    needs: [{needs}]")
        rows.append(f"    branch: feature/x/{number // each:02}a{at}-part\n    lines: {50 + number * 7 % 400}")
        rows.append(
            "    brief: |\n      Do what the title says.\n      Test it.\n    acceptance: [it works, it is tested]"
        )
    return "\n".join([*rows, ""])


def main() -> int:
    """Build, measure, tell."""
    parser = arguments(__doc__, repetitions=7)
    options = parser.parse_args()
    with scratch() as folder:
        plan = options.repo or os.path.join(folder, "plan.yaml")
        if options.repo is None:
            with open(plan, "w", encoding="utf-8") as file:
                file.write(document())
        states = os.path.join(folder, "states.json")
        with open(states, "w", encoding="utf-8") as file:
            file.write("{}")
        env = environment(GIT_CEILING_DIRECTORIES=os.path.dirname(folder))
        ours = {
            "paddock plan check": ("check", "--file", plan),
            "paddock plan next": ("next", "--file", plan, "--states", states),
            "paddock plan graph --format svg": ("graph", "--file", plan, "--format", "svg"),
        }
        reads = Case(
            name="PyYAML's events alone", argv=(sys.executable, "-c", _READS, plan), cwd=folder, env=env, says="read"
        )
        cases = [
            Case(name=name, argv=(options.paddock, "plan", *args), cwd=folder, env=env, codes=(0, 1), says="todos")
            for name, args in ours.items()
        ]
        timings = measure([reads, *cases], options.repetitions)
        bounds = [
            Bound(what=name, measured=named(timings, name).median_ms, limit=SECOND, unit="ms", strictly=True)
            for name in list(ours)[:2]
        ]
        about: dict[str, str | int] = {"agents": AGENTS, "todos": TODOS, "phases": PHASES}
        return tell(
            Comparison(
                benchmark="plan",
                about={"plan": plan} if options.repo else about,
                repetitions=options.repetitions,
                reference=reads.name,
                timings=timings,
                bounds=bounds,
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
