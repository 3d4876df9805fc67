"""What users install: the wheel, in an environment of its own, away from this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run(*argv: str, cwd: Path) -> str:
    """A process that must succeed; nothing of this environment leads it back to the checkout."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV"))}
    ran = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, check=False, text=True)
    assert ran.returncode == 0, (argv, ran.stdout[-2000:], ran.stderr[-2000:])
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT), cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a clean environment with the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", str(folder / "venv"), cwd=folder)
    pip = (str(folder / "venv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", "--quiet", str(wheel), cwd=folder)
    return folder / "venv" / "bin"


def below(folder: str) -> set[str]:
    return {str(path.relative_to(ROOT / folder)) for path in (ROOT / folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("folder", ["hooks", "ci", "policies"])
def test_the_wheel_holds_every_shipped_file(folder: str, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        prefix = f"paddock/data/{folder}/"
        held = {name.removeprefix(prefix) for name in archive.namelist() if name.startswith(prefix)}
        assert held == below(folder)
        assert all(archive.read(prefix + name) == (ROOT / folder / name).read_bytes() for name in held)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"paddock/py.typed", "paddock/data/policies/default.yaml", "paddock/data/hooks/shim"} <= names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"paddock"}
    assert [name for name in names if "__pycache__" in name or "/tests/" in name] == []


def test_the_installed_program_finds_its_presets(installed: Path, tmp_path: Path) -> None:
    run("git", "init", "--quiet", "fresh", cwd=tmp_path)
    shown = run(str(installed / "paddock"), "policy", "show", cwd=tmp_path / "fresh")
    assert shown.startswith("no .paddock.yaml here: judged by paddock:default; `paddock init` writes one\n")
    assert " paddock:default:6:15\n" in shown
    (tmp_path / "fresh" / ".paddock.yaml").write_text("extends: paddock:strict\n")
    assert " paddock:strict:11:12\n" in run(str(installed / "paddock"), "policy", "show", cwd=tmp_path / "fresh")


def test_the_installed_program_judges_and_installs_hooks(installed: Path, tmp_path: Path) -> None:
    run("git", "init", "--quiet", "fresh", cwd=tmp_path)
    program = str(installed / "paddock")
    assert "pr-size" in run(program, "check", "--staged", cwd=tmp_path / "fresh")
    run(program, "hooks", "install", cwd=tmp_path / "fresh")
    assert (tmp_path / "fresh" / ".git" / "hooks" / "pre-commit").is_file()


def test_it_is_this_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    program = "import paddock, paddock.policy.presets as p; print(paddock.__file__); print(p.data_folder('policies'))"
    for line in run(str(installed / "python"), "-c", program, cwd=tmp_path).splitlines():
        assert Path(line).is_relative_to(installed.parent)
