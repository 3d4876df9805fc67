"""Write what is told by the code: the gates' pages, the command reference, the policy's schema, the hook manifest.

    python docs/generate.py [--check]

With --check nothing is written, and the exit code is 1 if a file would change.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from paddock.cli import COMMANDS, cli
from paddock.gates import CONFIGS, GATES
from paddock.policy.describe import schema
from paddock.policy.pages import page

ROOT = Path(__file__).resolve().parent.parent
NOTE = "<!-- Written by docs/generate.py from the code; edit that. -->\n\n"
HOOK_STAGES = ("pre-commit", "commit-msg", "pre-push")


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
    ]
    hooks.append(
        ("paddock-dco-sign", "Add the committer's sign-off, if the policy allows it", ("commit-msg",), "paddock dco sign")
    )
    text = "# Written by docs/generate.py from the registry of gates; edit that.\n"
    for name, description, stages, entry in hooks:
        text += (
            f"- id: {name}\n  name: {name}\n  description: {json.dumps(description)}\n  entry: {entry}\n"
            f"  language: python\n  stages: [{', '.join(stages)}]\n  always_run: true\n  require_serial: true\n"
            # Before a commit no file matches and the hook runs once, without arguments; for a message its file matches.
            "  files: (^|/)(COMMIT_EDITMSG|MERGE_MSG)$\n"
        )
    return text


def reference() -> str:
    """The command line, as `--help` prints it."""
    text = f"{NOTE}# Commands\n"
    for path, command in _commands(cli, ("paddock",)):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, max_content_width=100)
        text += f"\n## {' '.join(path)}\n\n```text\n{command.get_help(context)}\n```\n"
    return text


def _commands(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, name  # noqa: S101 - it was just listed
            found += _commands(child, (*path, name))
    return found


def files() -> dict[Path, str]:
    """Every generated file with its text."""
    found = {
        ROOT / ".pre-commit-hooks.yaml": manifest(),
        ROOT / "docs" / "commands.md": reference(),
        ROOT / "docs" / "policy.schema.json": json.dumps(schema(CONFIGS), indent=2, ensure_ascii=False) + "\n",
    }
    for id_, gate in GATES.items():
        text = page(gate, sys.modules[gate.check.__module__].__doc__ or "")
        found[ROOT / "docs" / "gates" / f"{id_}.md"] = NOTE + text
    return found


def main() -> int:
    """Write, or check."""
    check = "--check" in sys.argv[1:]
    assert COMMANDS  # noqa: S101 - the registry is not empty
    stale = []
    for path, text in files().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path}: {'is stale: make generate' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
