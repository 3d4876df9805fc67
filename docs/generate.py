"""Write what is told by the code: the gates' pages, the command reference, the schemas, a picture, the manifest.

    python docs/generate.py [--check]

With --check nothing is written, and the exit code is 1 if a file would change.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from paddock.bot import help as bot_help
from paddock.cli import cli
from paddock.gates import CONFIGS, GATES
from paddock.plan.graph import build
from paddock.plan.load import load
from paddock.plan.schema import schema as plan_schema
from paddock.policy.bot import Commands
from paddock.policy.describe import schema
from paddock.policy.pages import page
from paddock.policy.presets import data_folder
from paddock.render.plan import svg
from paddock.render.plan.chart import chart
from paddock.sources.message import MESSAGE_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by docs/generate.py from the code; edit that. -->\n\n"
WIDTH = 98  # of a terminal that is wide enough, as click counts: 100 and a margin of 2
HOOK_STAGES: tuple[str, ...] = ("pre-commit", "commit-msg", "pre-push")


def manifest() -> str:
    """`.pre-commit-hooks.yaml`: one hook for all gates of a stage, and one hook a gate."""
    summaries = {
        id_: (sys.modules[gate.check.__module__].__doc__ or "").strip().splitlines()[0].rstrip(".")
        for id_, gate in GATES.items()
    }
    hooks = [("paddock", "every gate of the stage, in one process", HOOK_STAGES, "paddock hook")]
    hooks += [
        (
            f"paddock-{id_}",
            summaries[id_],
            tuple(stage for stage in HOOK_STAGES if stage in {str(one) for one in gate.stages}),
            f"paddock hook --gate {id_}",
        )
        for id_, gate in GATES.items()
        if any(stage.is_hook for stage in gate.stages)
    ]
    hooks.append(
        (
            "paddock-dco-sign",
            "Add the committer's sign-off, if the policy allows it",
            ("commit-msg",),
            "paddock dco sign",
        )
    )
    text = "# Written by docs/generate.py from the registry of gates; edit that.\n"
    for name, description, stages, entry in hooks:
        text += (
            f"- id: {name}\n  name: {name}\n  description: {json.dumps(description)}\n  entry: {entry}\n"
            f"  language: python\n  stages: [{', '.join(stages)}]\n  always_run: true\n  require_serial: true\n"
            # Else nobody sees the warnings of a hook that passes.
            "  verbose: true\n"
            f"  files: {MESSAGE_FILES}\n"
        )
    return text


def reference() -> str:
    """The command line, as `--help` prints it."""
    text = f"{NOTE}# Commands\n"
    for context in _contexts(click.Context(cli, info_name="paddock", terminal_width=WIDTH, **cli.context_settings)):
        text += f"\n## {context.command_path}\n\n```text\n{context.get_help()}\n```\n"
    return text


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """A command's context and those of all commands below it, as click makes them when they are called."""
    yield context
    command = context.command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, name  # noqa: S101 - it was just listed
            yield from _contexts(click.Context(child, context, info_name=name, **child.context_settings))


def picture() -> str:
    """The shipped example of a plan, drawn."""
    plan = load((Path(data_folder("policies")) / "plans" / "eight-agents.yaml").read_bytes())
    return svg.render(chart(plan, build(plan)))


LAYERS = (("guard", "guard"), ("fence", "fence"), ("gate", "commit gate"), ("audit", "audit"))
ESCAPES = "<!-- Written by docs/generate.py from tests/worktrees/escapes/table.py; edit that. -->"
ESCAPES_END = "<!-- The end of what is written. -->"


def confinement() -> str:
    """The page on confinement, with its table of escapes written anew."""
    text = (ROOT / "docs" / "confinement.md").read_text(encoding="utf-8")
    sys.path.insert(0, str(ROOT / "tests" / "worktrees" / "escapes"))
    table = import_module("table")
    layers = [
        (field, title) for field, title in LAYERS if any(getattr(one, field) is not None for one in table.ESCAPES)
    ]
    lines = [f"| way out | {' | '.join(title for _, title in layers)} |", "|---" * (len(layers) + 1) + "|"]
    for one in table.ESCAPES:
        words = {True: "stops", False: "no", None: ""}
        told = " | ".join(
            "finds" if field == "audit" and one.audit else words[getattr(one, field)] for field, _ in layers
        )
        lines.append(f"| {one.does} | {told} |")
    stopped = [f"{title} {sum(getattr(one, field) is True for one in table.ESCAPES)}" for field, title in layers]
    said = f"{len(table.ESCAPES)} ways out are tried; stopped by: {', '.join(stopped)}. {len(table.HONEST)} everyday"
    said += " commands are run inside the fence and told to the guard, and none is stopped."
    before, _, rest = text.partition(ESCAPES)
    return "\n".join([before + ESCAPES, "", said, "", *lines, "", ESCAPES_END + rest.partition(ESCAPES_END)[2]])


def files() -> dict[Path, str]:
    """Every generated file with its text."""
    found = {
        ROOT / ".pre-commit-hooks.yaml": manifest(),
        ROOT / "docs" / "bot-commands.md": NOTE + bot_help.document(Commands()),
        ROOT / "docs" / "commands.md": reference(),
        ROOT / "docs" / "plan.schema.json": json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n",
        ROOT / "docs" / "plan.svg": picture(),
        ROOT / "docs" / "confinement.md": confinement(),
        ROOT / "docs" / "policy.schema.json": json.dumps(schema(CONFIGS), indent=2, ensure_ascii=False) + "\n",
    }
    for id_, gate in GATES.items():
        text = page(gate, sys.modules[gate.check.__module__].__doc__ or "")
        found[ROOT / "docs" / "gates" / f"{id_}.md"] = NOTE + text
    return found


def main() -> int:
    """Write, or check."""
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    check = sys.argv[1:] == ["--check"]
    wanted = files()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    # The page of a gate that is no more.
    stale += [path for path in (ROOT / "docs" / "gates").glob("*.md") if path not in wanted]
    for path in stale:
        if not check and path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        elif not check:
            path.unlink()
        done = "written" if path in wanted else "removed"
        print(f"{path.relative_to(ROOT)}: {'is stale: make generate' if check else done}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
