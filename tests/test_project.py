"""What pyproject.toml, the changelog and the package say of each other."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

import paddock
from paddock.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(one for extra in PROJECT["optional-dependencies"].values() for one in extra),
]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_dependency_says_what_it_is_for(requirement: str) -> None:
    assert re.search(rf'^ *"{re.escape(requirement)}", +# \w.+', TEXT, re.MULTILINE)


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_dependency_says_from_which_version_on_and_is_not_capped(requirement: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?>=[0-9][0-9.]*(b[0-9]+)?", requirement)


def test_dependencies_are_sorted() -> None:
    for some in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        assert some == sorted(some, key=lambda one: one.lower().partition(">=")[0])


def test_the_version_is_said_once_and_the_same() -> None:
    assert PROJECT["version"] == paddock.__version__


def test_the_changelog_tells_of_this_version() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] in (paddock.__version__, "Unreleased")


@pytest.mark.parametrize(("name", "module"), COMMANDS.items(), ids=COMMANDS)
def test_each_command_is_there_under_its_name(name: str, module: str) -> None:
    command = import_module(f"paddock.cli.{module}").command
    assert isinstance(command, click.Command)
    assert (command.name, bool(command.help)) == (name, True)


def test_each_module_of_a_command_is_registered() -> None:
    files = (ROOT / "src" / "paddock" / "cli").glob("*.py")
    with_commands = {path.stem for path in files if re.search(r"^def command\(", path.read_text(), re.MULTILINE)}
    assert with_commands == set(COMMANDS.values())


def test_the_package_is_typed() -> None:
    assert (ROOT / "src" / "paddock" / "py.typed").is_file()


def test_the_program_is_the_packages() -> None:
    assert PROJECT["scripts"] == {"paddock": "paddock.__main__:main"}
    assert PROJECT["requires-python"] == ">=3.11"
