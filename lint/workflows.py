"""Hold workflow files, workflow templates and composite actions to actionlint, zizmor and GitHub's JSON schemas.

    lint/workflows.py            everything of this repository
    lint/workflows.py FILE...    these workflow files, or `action.yml`s

Templates are filled in as `paddock init --github` does. actionlint knows workflows only, so it is shown a composite
action as the job of a workflow with the same inputs.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

from paddock.adopt import BOT_WORKFLOWS, WORKFLOWS, Pinned, workflow_file

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BIN = Path(sys.executable).parent
ACTIONLINT = HERE / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
PIN = Pinned("example/paddock", "0123456789abcdef0123456789abcdef01234567")


def main(names: list[str]) -> int:
    """Lint, say what every tool found, and leave with 1 if one found anything."""
    given = [Path(name) for name in names] or [
        *(ROOT / ".github" / "workflows").glob("*.yml"),
        *ROOT.glob("ci/*/action.yml"),
    ]
    with TemporaryDirectory(prefix="paddock-lint-") as folder:
        workflows, actions = laid_out(given, Path(folder), templates=not names)
        if not workflows and not actions:
            print("lint/workflows.py: there is nothing to lint", file=sys.stderr)
            return 2
        found = [run(*command, cwd=Path(folder)) for command in commands(workflows, actions)]
        return int(any(found))


def laid_out(given: list[Path], folder: Path, *, templates: bool) -> tuple[list[str], list[str]]:
    """Copies in a folder that looks like a repository: its workflows, and its actions."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in given if path.name != "action.yml"}
    if templates:
        for name in (*WORKFLOWS, *BOT_WORKFLOWS):
            texts[f"template-{name}"] = workflow_file(name, None, PIN, force=False).text or ""
    actions = {
        path.resolve().parent.name: path.read_text(encoding="utf-8") for path in given if path.name == "action.yml"
    }
    for name, text in texts.items():
        _write(folder / ".github" / "workflows" / name, text)
    for name, text in actions.items():
        _write(folder / "ci" / name / "action.yml", text)
        _write(
            folder / "as-workflows" / f"{name}.yml", yaml.safe_dump(as_workflow(yaml.safe_load(text)), sort_keys=False)
        )
    return [f".github/workflows/{name}" for name in texts], [f"ci/{name}/action.yml" for name in actions]


def as_workflow(action: dict[str, Any]) -> dict[str, Any]:
    """A composite action as a workflow that is called with the same inputs."""
    inputs = {name: {"type": "string", "default": one.get("default", "")} for name, one in action["inputs"].items()}
    outputs = {name: one["value"] for name, one in action.get("outputs", {}).items()}
    job = {"runs-on": "ubuntu-24.04", "steps": action["runs"]["steps"], **({"outputs": outputs} if outputs else {})}
    return {"name": action["name"], "on": {"workflow_call": {"inputs": inputs}}, "jobs": {"steps": job}}


def commands(workflows: list[str], actions: list[str]) -> Iterator[tuple[str, ...]]:
    """Every linter's call."""
    yield ("node", str(ACTIONLINT), "{.github/workflows,as-workflows}/*.yml")
    yield (str(BIN / "zizmor"), "--offline", "--no-progress", "--quiet", "--", *workflows, *actions)
    check = (str(BIN / "check-jsonschema"), "--builtin-schema")
    if workflows:
        yield (*check, "vendor.github-workflows", *workflows)
    if actions:
        yield (*check, "vendor.github-actions", *actions)


def run(*command: str, cwd: Path) -> bool:
    """Run one linter; whether it found something."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{Path(command[1] if command[0] == 'node' else command[0]).name}:\n{done.stdout}{done.stderr}")
    return done.returncode != 0


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
