"""Each tool's payload in, its own answer out; and whatever is wrong denies."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from paddock.errors import install
from paddock_cli import Ran, paddock, without_parser

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work


@pytest.fixture
def own(work: Work) -> Path:
    """The worktree of the agent a1, beside the main checkout."""
    place = work.path.parent / "a1"
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", "feature/x/a1/01-start", str(place))
    work.git("-C", str(place), "config", "--worktree", "paddock.agent", "a1")
    return place


def call(own: Path, tool: str, payload: dict[str, Any], **env: str) -> Ran:
    stdin = json.dumps({"cwd": str(own), **payload}).encode()
    return paddock("guard", "--tool", tool, cwd=own, stdin=stdin, env=env)


def claude(name: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"hook_event_name": "PreToolUse", "tool_name": name, "tool_input": given, "session_id": "s"}


# Each tool's way to write a file, patch or command line; `{}` is the path.
PAYLOADS: dict[str, tuple[str, Any]] = {
    "claude Write": ("claude", lambda path: claude("Write", file_path=path, content="x")),
    "claude Edit": ("claude", lambda path: claude("Edit", file_path=path, old_string="a", new_string="b")),
    "claude MultiEdit": ("claude", lambda path: claude("MultiEdit", file_path=path, edits=[])),
    "claude NotebookEdit": ("claude", lambda path: claude("NotebookEdit", notebook_path=path, new_source="")),
    "claude Bash": ("claude", lambda path: claude("Bash", command=f"echo x > {path}")),
    "codex apply_patch": (
        "codex",
        lambda path: claude("apply_patch", command=f"*** Begin Patch\n*** Add File: ok\n+x\n*** Add File: {path}\n+x\n"),
    ),
    "codex move": (
        "codex",
        lambda path: claude("apply_patch", command=f"*** Begin Patch\n*** Update File: ok\n*** Move to: {path}\n"),
    ),
    "codex delete": ("codex", lambda path: claude("apply_patch", command=f"*** Delete File: {path}\r\n")),
    "codex Bash": ("codex", lambda path: claude("Bash", command=f"rm -f {path}")),
    "codex argv": ("codex", lambda path: claude("shell", command=["bash", "-lc", f"rm -f {path}"])),
    "gemini write_file": (
        "gemini",
        lambda path: {"hook_event_name": "BeforeTool", "tool_name": "write_file", "tool_input": {"file_path": path}},
    ),
    "gemini shell": (
        "gemini",
        lambda path: {"hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": {"command": f"rm {path}"}},
    ),
    "cursor Write": (
        "cursor",
        lambda path: {"hook_event_name": "preToolUse", "tool_name": "Write", "tool_input": {"file_path": path}, "cursor_version": "2"},
    ),
    "cursor shell": ("cursor", lambda path: {"hook_event_name": "beforeShellExecution", "command": f"rm {path}"}),
    "copilot create": ("copilot", lambda path: {"toolName": "create", "toolArgs": json.dumps({"path": path})}),
    "copilot bash": ("copilot", lambda path: {"toolName": "bash", "toolArgs": {"command": f"rm {path}"}}),
}  # fmt: skip


def denial(tool: str, ran: Ran) -> str:
    """The reason of a denial in a tool's own contract."""
    if tool == "cursor":
        told = json.loads(ran.out)
        assert (ran.code, told["permission"]) == (0, "deny")
        return str(told["agent_message"])
    if tool == "copilot":
        told = json.loads(ran.out)
        assert (ran.code, told["permissionDecision"]) == (0, "deny")
        return str(told["permissionDecisionReason"])
    assert (ran.code, ran.out) == (2, "")
    return ran.err


@pytest.mark.parametrize(("tool", "payload"), PAYLOADS.values(), ids=PAYLOADS)
def test_outside_is_denied_and_told_where_to_write(tool: str, payload: Any, own: Path, work: Work) -> None:  # noqa: ANN401
    ran = call(own, tool, payload(f"{work.path}/README.md"))
    said = denial(tool, ran)
    assert f"{work.path}/README.md lies in the main checkout" in said
    assert f"rite {own}/README.md instead" in said


@pytest.mark.parametrize(("tool", "payload"), PAYLOADS.values(), ids=PAYLOADS)
def test_inside_is_allowed(tool: str, payload: Any, own: Path) -> None:  # noqa: ANN401
    ran = call(own, tool, payload("README.md"))
    assert (ran.code, ran.out.strip(), ran.err) == (0, "" if tool in ("claude", "codex") else "{}", "")


@pytest.mark.parametrize(("tool", "payload"), PAYLOADS.values(), ids=PAYLOADS)
def test_the_tool_is_told_by_the_payload(tool: str, payload: Any, own: Path, work: Work) -> None:  # noqa: ANN401
    stdin = json.dumps({"cwd": str(own), **payload(f"{work.path}/x")}).encode()
    assert "main checkout" in denial(tool, paddock("guard", cwd=own, stdin=stdin))


READS = {"Read": {"file_path": "/etc/passwd"}, "Grep": {"pattern": "x", "path": "/"}, "mcp__x__y": {"path": "/x"}}


@pytest.mark.parametrize(("name", "given"), READS.items(), ids=READS)
def test_what_does_not_write_is_allowed(name: str, given: dict[str, str], own: Path) -> None:
    assert call(own, "claude", claude(name, **given)).code == 0


WRONG: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "not UTF-8": b'{"tool_name": "\xff\xfe"',
    "100,000 open lists": b"[" * 100_000,
    "a tool without its input": b'{"tool_name": "Write"}',
    "an input that is a list": b'{"tool_name": "Write", "tool_input": []}',
    "a path that is a number": b'{"tool_name": "Write", "tool_input": {"file_path": 7}}',
    "a command that is a number": b'{"tool_name": "Bash", "tool_input": {"command": 7}}',
    "a patch of nothing": b'{"tool_name": "apply_patch", "tool_input": {"command": "no patch"}}',
    "a NUL in the path": b'{"tool_name": "Write", "tool_input": {"file_path": "a\\u0000b"}}',
    "a NUL in the folder": b'{"tool_name": "Write", "cwd": "/\\u0000", "tool_input": {"file_path": "a"}}',
}


@pytest.mark.parametrize("tool", ["claude", "codex", "gemini", "cursor", "copilot"])
@pytest.mark.parametrize("stdin", WRONG.values(), ids=WRONG)
def test_what_can_not_be_read_is_denied(stdin: bytes, tool: str, own: Path) -> None:
    ran = paddock("guard", "--tool", tool, cwd=own, stdin=stdin)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("paddock: ")
    assert "Traceback" not in ran.err


def test_a_failure_inside_is_denied(own: Path) -> None:
    program = (
        "import sys; from paddock.worktrees.guard import rim; rim.verdict = lambda call: 1 / 0;"
        "sys.exit(rim.main('claude'))"
    )
    stdin = json.dumps(claude("Write", file_path="x")).encode()
    ran = subprocess.run([sys.executable, "-c", program], cwd=own, input=stdin, capture_output=True, check=False)
    assert ran.returncode == 2
    assert b"ZeroDivisionError" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_a_wrong_policy_denies(own: Path, work: Work) -> None:
    work.write(".paddock.yaml", "version: 1\nworktrees: {guard: harsh}\n")
    ran = call(own, "claude", claude("Write", file_path="x"))
    assert ran.code == 2
    assert ".paddock.yaml:2" in ran.err


def test_a_file_of_many_megabytes_is_judged_by_its_path(own: Path, work: Work) -> None:
    text = "x" * (8 << 20)
    assert call(own, "claude", claude("Write", file_path="x", content=text)).code == 0
    assert call(own, "claude", claude("Write", file_path=f"{work.path}/x", content=text)).code == 2


def test_names_that_are_not_utf_8_or_have_a_line_break(own: Path, work: Work) -> None:
    payload = json.dumps(claude("Write", file_path=f"{work.path}/a\nb\udcff\u202e")).encode()
    ran = paddock("guard", "--tool", "claude", cwd=own, stdin=payload)
    assert ran.code == 2


def test_where_no_agent_is_everything_is_allowed(work: Work) -> None:
    assert call(work.path, "claude", claude("Write", file_path="/etc/x")).code == 0


def test_without_a_repository_everything_is_allowed(tmp_path: Path) -> None:
    assert call(tmp_path, "claude", claude("Write", file_path="/etc/x")).code == 0


@pytest.mark.parametrize("variable", ["PADDOCK_WORKTREE", "CLAUDE_PROJECT_DIR"])
def test_an_agent_that_stands_elsewhere_is_known_by_its_environment(variable: str, own: Path, work: Work) -> None:
    payload = {**claude("Write", file_path="README.md"), "cwd": str(work.path)}
    assert call(work.path, "claude", payload).code == 0
    assert call(work.path, "claude", payload, **{variable: str(own)}).code == 2


def test_its_own_folders_and_those_of_the_policy_are_allowed(own: Path, work: Work, tmp_path: Path) -> None:
    place = tmp_path / "cache"
    place.mkdir()
    payload = claude("Write", file_path=f"{place}/x")
    assert call(own, "claude", payload).code == 2
    work.write(".paddock.yaml", f"version: 1\nworktrees: {{writable: [{place}]}}\n")
    assert call(own, "claude", payload).code == 0
    told = json.loads(paddock("worktree", "env", "a1", "--format", "json", cwd=own).out)
    assert call(own, "claude", claude("Write", file_path=f"{told['set']['TMPDIR']}/x")).code == 0


GUARDED = (".git", ".claude/settings.json", ".CLAUDE/settings.local.json", ".codex/hooks.json", ".cursor/hooks.json")


@pytest.mark.parametrize("path", GUARDED)
def test_what_holds_the_agent_is_not_the_agents_to_write(path: str, own: Path) -> None:
    assert call(own, "claude", claude("Write", file_path=path)).code == 2


def test_the_worktrees_git_directory_takes_messages_and_nothing_that_git_runs(own: Path, work: Work) -> None:
    folder = f"{work.path}/.git/worktrees/a1"
    assert call(own, "claude", claude("Write", file_path=f"{folder}/COMMIT_EDITMSG")).code == 0
    for name in ("config.worktree", "commondir", "hooks/pre-commit"):
        assert call(own, "claude", claude("Write", file_path=f"{folder}/{name}")).code == 2


def test_a_folder_is_known_by_what_it_is_and_not_by_its_name(own: Path, work: Work, tmp_path: Path) -> None:
    other = tmp_path / "other-name"
    other.symlink_to(work.path)
    loop = own / "loop"
    loop.symlink_to(loop)
    assert call(own, "claude", claude("Write", file_path=f"{other}/README.md")).code == 2
    assert call(own, "claude", claude("Write", file_path="loop")).code == 0
    assert call(own, "claude", claude("Write", file_path=f"loop/../../{work.path.name}/x")).code == 2


STRICT = {
    "an unknown path": "rm $X",
    "an unknown program": "$X a",
    "an unknown folder": "cd $X && touch a",
    "a script that is computed": "echo $X | base64 -d | sh",
    "code that names another's place": "python3 -c \"open('{main}/x', 'w')\"",
    "broken syntax": "if then fi ((",
}


@pytest.mark.parametrize("line", STRICT.values(), ids=STRICT)
def test_a_strict_policy_denies_what_can_not_be_read(line: str, own: Path, work: Work) -> None:
    payload = claude("Bash", command=line.replace("{main}", str(work.path)))
    assert call(own, "claude", payload).code == 0
    work.write(".paddock.yaml", "version: 1\nworktrees: {guard: strict}\n")
    assert call(own, "claude", payload).code == 2
    assert call(own, "claude", claude("Bash", command="make test && python3 -c 'print(1)' > out")).code == 0


HOSTILE = {
    "a megabyte and more": "echo " + "x" * (2 << 20),
    "deep subshells": "(" * 5000 + "true" + ")" * 5000,
    "shells within shells": "eval " * 100 + "true",
    "many alternatives": "rm " + "{a,b}" * 40,
    "a NUL": "echo a\0b > x",
    "no text at all": "\ud800\udfff",
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_is_judged_without_a_failure(line: str, own: Path) -> None:
    ran = call(own, "claude", claude("Bash", command=line))
    assert ran.code in (0, 2)
    assert "guard failed" not in ran.err
    assert "Traceback" not in ran.err


def test_without_the_parser_a_strict_policy_denies_command_lines(own: Path, work: Work, tmp_path: Path) -> None:
    env = without_parser(tmp_path)
    payload = claude("Bash", command=f"rm {work.path}/README.md")
    ran = call(own, "claude", payload, **env)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "paddock: this shell command was not looked at, since the parser of shell commands is not installed",
        f"  {install('guard')}",
    ]
    assert call(work.path, "claude", payload, **env).err == ""  # no agent is at work
    assert call(own, "claude", claude("Write", file_path="x"), **env).err == ""
    assert call(own, "claude", claude("Bash", command="true")).err == ""
    work.write(".paddock.yaml", "version: 1\nworktrees: {guard: strict}\n")
    ran = call(own, "claude", payload, **env)
    assert ran.code == 2
    assert install("guard") in ran.err


def test_a_file_tools_call_imports_nothing_heavy(own: Path) -> None:
    stdin = json.dumps(claude("Write", file_path="x")).encode()
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "paddock", "guard", "--tool", "claude"],
        cwd=own, input=stdin, capture_output=True, check=True,
    )  # fmt: skip
    loaded = {line.rpartition(b"|")[2].strip().decode() for line in ran.stderr.splitlines()}
    assert "paddock.worktrees.guard.judge" in loaded
    assert loaded & {"click", "msgspec", "yaml", "subprocess", "tree_sitter", "pathspec", "ctypes"} == set()
