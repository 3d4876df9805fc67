"""What is written from the code is current, and comes out the same each time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from paddock.gates import GATES
from paddock_cli import paddock

ROOT = Path(__file__).resolve().parents[1]


def generate(root: Path, *arguments: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """Run the generator of a checkout."""
    return subprocess.run(
        [sys.executable, str(root / "docs" / "generate.py"), *arguments],
        cwd=root.parent,
        # What a terminal and a locale would change must not matter.
        env={**os.environ, "PYTHONHASHSEED": seed, "COLUMNS": seed, "LC_ALL": "C", "FORCE_COLOR": seed},
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout of which anything may be changed; the code is that which is installed."""
    root = tmp_path / "copy"
    shutil.copytree(ROOT / "docs", root / "docs")
    table = "tests/worktrees/escapes/table.py"
    (root / table).parent.mkdir(parents=True)
    shutil.copy(ROOT / table, root / table)
    return root


def test_the_generated_files_are_current() -> None:
    ran = generate(ROOT, "--check")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def everything(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_it_writes_the_same_each_time(copy: Path) -> None:
    assert generate(copy, seed="1").returncode == 0
    first = everything(copy)
    assert set(first) >= {".pre-commit-hooks.yaml", "docs/commands.md", "docs/policy.schema.json"}
    for path in (".pre-commit-hooks.yaml", "docs/commands.md", "docs/policy.schema.json"):
        (copy / path).unlink()
    assert generate(copy, seed="42").returncode == 0
    assert everything(copy) == first
    assert generate(copy, seed="7").stdout == ""


def test_check_tells_what_is_stale_and_writes_nothing(copy: Path) -> None:
    generate(copy)
    (copy / "docs" / "commands.md").write_text("old\n")
    (copy / "docs" / "gates" / "dco.md").unlink()
    (copy / "docs" / "gates" / "gone.md").write_text("the page of a gate that is no more\n")
    before = everything(copy)
    ran = generate(copy, "--check")
    assert (ran.returncode, ran.stdout.splitlines()) == (
        1,
        [f"docs/{name}: is stale: make generate" for name in ("commands.md", "gates/dco.md", "gates/gone.md")],
    )
    assert everything(copy) == before
    ran = generate(copy)
    assert (ran.returncode, ran.stdout.splitlines()) == (
        0,
        ["docs/commands.md: written", "docs/gates/dco.md: written", "docs/gates/gone.md: removed"],
    )
    assert generate(copy, "--check").returncode == 0


@pytest.mark.parametrize("arguments", [["--chekc"], ["--check", "x"]], ids=" ".join)
def test_a_wrong_call_writes_nothing(arguments: list[str], copy: Path) -> None:
    before = everything(copy)
    assert generate(copy, *arguments).returncode == 2
    assert everything(copy) == before


def test_the_reference_is_the_help(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    found = re.findall(r"^## paddock ?([^\n]*)\n\n```text\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert found
    for words, told in found:
        ran = paddock(*words.split(), "--help", cwd=tmp_path, env={"COLUMNS": "400"})
        assert ran.out == f"{told}\n", words


def test_the_written_schema_is_the_printed_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "policy.schema.json").read_text()
    assert text == paddock("policy", "schema", cwd=tmp_path).out
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("gate", GATES)
def test_each_page_is_what_explain_prints(gate: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "gates" / f"{gate}.md").read_text().partition("\n\n")[2]
    # What is to be run, no preset can know.
    policy = tmp_path / "policy.yaml"
    policy.write_text(f"gates:\n  {gate}: {'{run: make}' if gate == 'codegen' else '{}'}\n")
    explained = paddock(
        "policy",
        "explain",
        gate,
        "--policy",
        str(policy),
        cwd=tmp_path,
        env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    assert explained.out.startswith(f"{page}\n## Here\n")
