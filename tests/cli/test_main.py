from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import paddock as package
from paddock.cli import COMMANDS, cli
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

PADDOCK = [sys.executable, "-m", "paddock"]
SCRIPT = str(Path(sys.executable).with_name("paddock"))


def paths(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command's words."""
    found = [path]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            found += paths(child, (*path, name))
    return found


ALL = paths(cli)


@pytest.mark.parametrize("path", ALL, ids=[" ".join(("paddock", *path)) for path in ALL])
def test_help(path: tuple[str, ...], tmp_path: Path) -> None:
    # Far wider than what is promised, so that nothing is broken only because the terminal is narrow.
    ran = paddock(*path, "--help", cwd=tmp_path, env={"COLUMNS": "400"})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: {' '.join(('paddock', *path))} ")
    assert [line for line in ran.out.splitlines() if len(line) > 100] == []
    group = ("Commands:" in ran.out) and path
    assert group or re.search(r"^  Examples?\b.*:\n    \S", ran.out, re.MULTILINE)
    assert paddock(*path, "-h", cwd=tmp_path, env={"COLUMNS": "400"}) == ran


def test_every_command_is_listed_once(tmp_path: Path) -> None:
    listed = paddock("--help", cwd=tmp_path).out.partition("Commands:\n")[2]
    assert re.findall(r"^  ([\w-]+)", listed, re.MULTILINE)[: len(COMMANDS)] == sorted(COMMANDS)


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    ran = paddock(cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("Usage: paddock [OPTIONS] COMMAND [ARGS]...")


@pytest.mark.parametrize("program", [PADDOCK, [SCRIPT]], ids=["python -m paddock", "paddock"])
def test_the_program_and_the_module_are_the_same(program: list[str], tmp_path: Path) -> None:
    ran = subprocess.run([*program, "--version"], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert ran.stdout == f"paddock, version {package.__version__}\n"
    ran = subprocess.run([*program, "--nothing"], cwd=tmp_path, capture_output=True, check=False, text=True)
    assert (ran.returncode, ran.stderr.splitlines()[0]) == (2, "Usage: paddock [OPTIONS] COMMAND [ARGS]...")


WRONG = {
    "a command": (["chekc"], "Did you mean 'check'?"),
    "a command, one letter off": (["polcy", "show"], "Did you mean 'policy'?"),
    "an option": (["check", "--stagd"], "--staged"),
    "an option of a subcommand": (["policy", "show", "--fromat", "json"], "--format"),
    "a choice": (["check", "--stage", "push"], "'pre-push'"),
    "an unknown command": (["qqq"], "No such command 'qqq'."),
    "an argument too many": (["policy", "schema", "x"], "unexpected extra argument (x)"),
    "a missing value": (["check", "--range"], "requires an argument"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_wrong_calls(arguments: list[str], said: str, tmp_path: Path) -> None:
    ran = paddock(*arguments, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert re.search(r"^Usage: paddock", ran.err)
    assert re.search(r"^Try 'paddock.* --help' for help\.$", ran.err, re.MULTILINE)


def test_what_the_caller_wrote_is_escaped_in_the_error(tmp_path: Path) -> None:
    for arguments in (
        ["\x1b[31mx"],
        ["check", "--\x1b[31mx"],
        ["check", "--stage", "\x1b[31mx"],
        ["check", "\x1b[31mx"],
    ):
        ran = paddock(*arguments, cwd=tmp_path)
        assert (ran.code, "\x1b" in ran.err) == (2, False), arguments


@pytest.mark.parametrize("value", [b"caf\xe9", b"\xff\xfe", "é🐎".encode(), b"\xe2\x80\xae"], ids=repr)
def test_arguments_need_not_be_utf8(value: bytes, work: Work) -> None:
    calls = [[b"check", b"--branch", value], [b"check", b"--gate", value], [b"check", b"--range", value + b"..HEAD"]]
    calls += [[b"check", b"--policy", value], [b"check", b"--change", value], [value], [b"--" + value]]
    for call in calls:
        ran = subprocess.run([*PADDOCK, *call], cwd=work.path, capture_output=True, check=False)
        assert ran.returncode in (0, 2, 3), call
        assert b"Traceback" not in ran.stderr


def piped(command: str, cwd: Path, env: dict[str, str] | None = None) -> tuple[str, str]:
    """A line of shell with `paddock` in it: its standard output and error."""
    ran = subprocess.run(
        ["bash", "-c", command.replace("paddock", f"{sys.executable} -m paddock")],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
        text=True,
    )
    return ran.stdout, ran.stderr


BROKEN = {
    "policy show": "(paddock policy show; echo $? >code) | true",
    "policy schema": "(paddock policy schema; echo $? >code) | head -1 >/dev/null",
    "help": "(sleep 0.1; paddock --help; echo $? >code) | true",
    "check": "(sleep 0.1; paddock check; echo $? >code) | true",
}


@pytest.mark.parametrize("command", BROKEN.values(), ids=BROKEN)
def test_a_reader_that_goes_away_is_no_failed_gate(command: str, work: Work) -> None:
    _, err = piped(command, work.path)
    assert (work.path / "code").read_text() in ("141\n", "0\n")
    assert err == ""


CLOSED = {
    "standard output": ("paddock check >&-; echo $?", "0\n"),
    "both outputs": ("paddock check >&- 2>&-; echo $?", "0\n"),
    "standard error": ("paddock chekc 2>&-; echo $?", "2\n"),
    "standard input": ("paddock check --change - <&- 2>/dev/null; echo $?", "2\n"),
    "all of them": ("paddock check <&- >&- 2>&-; echo $?", "0\n"),
}


@pytest.mark.parametrize(("command", "out"), CLOSED.values(), ids=CLOSED)
def test_closed_streams(command: str, out: str, work: Work) -> None:
    assert piped(command, work.path) == (out, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk(work: Work) -> None:
    for command in ("check", "policy show", "policy schema", "--help"):
        assert piped(f"paddock {command} >/dev/full; echo $? >&2", work.path) == (
            "",
            "paddock: no space left on device\n3\n",
        )


def test_the_c_locale(work: Work) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    work.write("é🐎.txt", "x\n")
    work.git("add", "--all")
    for arguments in (["check"], ["policy", "explain", "dco"], ["--help"], ["check", "--staged", "--branch", "é"]):
        assert paddock(*arguments, cwd=work.path, env=plain) == paddock(*arguments, cwd=work.path)


# A test runner in the background may have been started with interrupts ignored, which would be inherited.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from paddock.cli import main
main()
"""


def test_interrupted(work: Work) -> None:
    fifo = work.path / "change"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "check", "--change", str(fifo), "--output", "report"],
        cwd=work.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with open(fifo, "wb", buffering=0) as writer:  # opens once paddock reads
        writer.write(b"{")
        time.sleep(0.5)  # Python itself loses a signal that comes just before it begins to wait
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, "", "paddock: interrupted")
    assert not (work.path / "report").exists()


def test_completion(tmp_path: Path) -> None:
    source = paddock(cwd=tmp_path, env={"_PADDOCK_COMPLETE": "bash_source"})
    assert source.code == 0
    assert "_PADDOCK_COMPLETE=bash_complete" in source.out
    assert "paddock" in source.out.splitlines()[-1]


COMPLETED = {
    "a command": ("paddock pol", "1", "plain,policy\n"),
    "a subcommand": ("paddock policy ex", "2", "plain,explain\n"),
    "an option": ("paddock check --stag", "2", "plain,--stage\nplain,--staged\n"),
    "a choice": ("paddock check --stage pre-p", "3", "plain,pre-push\n"),
}


@pytest.mark.parametrize(("words", "index", "out"), COMPLETED.values(), ids=COMPLETED)
def test_completed(words: str, index: str, out: str, tmp_path: Path) -> None:
    environment = {"_PADDOCK_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": index}
    ran = paddock(cwd=tmp_path, env=environment)
    assert (ran.code, ran.out) == (0, out)


OUTSIDE = "paddock: not a git repository, nor is any folder above it\n  run it inside a repository, or: git init\n"


def test_not_a_repository(tmp_path: Path) -> None:
    for arguments in (["check"], ["check", "--staged"], ["count"], ["change"], ["hook"], ["init"], ["hooks", "status"]):
        ran = paddock(*arguments, cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
        assert (ran.code, ran.out, ran.err) == (2, "", OUTSIDE), arguments


def test_no_commits(empty: Work) -> None:
    for arguments in (["check"], ["check", "--range", "main..HEAD"], ["count"], ["change"]):
        ran = paddock(*arguments, cwd=empty.path)
        assert (ran.code, ran.out, ran.err) == (2, "", "paddock: there is no commit yet\n  commit something first\n"), (
            arguments
        )
    assert paddock("check", "--staged", cwd=empty.path).code == 0


def test_git_that_is_missing(work: Work, tmp_path: Path) -> None:
    ran = paddock("check", cwd=work.path, env={"PATH": str(tmp_path)})
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "paddock: git was not found on PATH\n  install git 2.38 or newer\n"
