"""A tool's payload, as its documentation has it, as one call: the files it writes, or the command line it runs."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

LIMIT = 64 << 20  # bytes of a payload: a file's whole content is in it
TOOLS = ("claude", "codex", "gemini", "cursor", "copilot")

# Lower case, since the tools differ in nothing else for the same thing.
_SHELLS = {"bash", "shell", "run_shell_command", "local_shell", "shell_command", "exec_command", "powershell"}
_WRITERS = {
    "write", "edit", "multiedit", "notebookedit", "write_file", "replace", "create", "delete", "str_replace",
    "str_replace_editor", "insert", "edit_file", "create_file", "delete_file", "tabwrite", "strreplace",
}  # fmt: skip
_PATCHES = {"apply_patch", "applypatch"}
_PATHS = ("file_path", "notebook_path", "path", "filePath", "target_file")
_FOLDERS = ("workdir", "working_directory", "dir_path", "directory", "cwd")
_PATCHED = re.compile(r"^\*\*\* (?:Add File|Update File|Delete File|Move to): (.+?)[ \t\r]*$", re.MULTILINE)


class PayloadError(Exception):
    """The payload is not what the tool's documentation says."""


class Call(NamedTuple):
    """One call. `folder` is where relative paths begin; `rooms` are what the tool says its projects are."""

    tool: str
    name: str
    folder: str | None
    writes: tuple[str, ...] = ()
    command: str | None = None
    rooms: tuple[str, ...] = ()


def parse(data: bytes, tool: str | None) -> Call:
    """Read a payload.

    Args:
        data: what the tool wrote to standard input.
        tool: which tool; None to tell it by the payload's keys.

    Raises:
        PayloadError: it can't be read.
    """
    if len(data) > LIMIT:
        raise PayloadError(f"the payload is over {LIMIT >> 20} MiB")
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PayloadError("the payload is not JSON") from error
    if not isinstance(payload, dict):
        raise PayloadError("the payload is no JSON object")
    tool = tool or detected(payload)
    rooms = payload.get("workspace_roots")
    call = Call(
        tool=tool,
        name=_text(payload, "tool_name") or _text(payload, "toolName") or "",
        folder=_text(payload, "cwd"),
        rooms=tuple(room for room in rooms if isinstance(room, str)) if isinstance(rooms, list) else (),
    )
    if payload.get("hook_event_name") == "beforeShellExecution":
        return call._replace(name="Shell", command=_needed(payload, "command"))
    return _with_input(call, _input(payload))


def detected(payload: dict[str, Any]) -> str:
    """The tool that writes such a payload; Claude Code's and Codex's are told apart by `turn_id`."""
    event = payload.get("hook_event_name")
    if "toolName" in payload or "toolArgs" in payload:
        return "copilot"
    if event == "BeforeTool":
        return "gemini"
    if "cursor_version" in payload or event in ("beforeShellExecution", "preToolUse"):
        return "cursor"
    return "codex" if "turn_id" in payload else "claude"


def _input(payload: dict[str, Any]) -> dict[str, Any]:
    given = payload.get("tool_input", payload.get("toolArgs", {}))
    if isinstance(given, str):
        try:  # Copilot writes the arguments as JSON in a string
            given = json.loads(given)
        except (ValueError, RecursionError):
            given = {"command": given, "input": given}
    if not isinstance(given, dict):
        raise PayloadError("the tool's input is no JSON object")
    return given


def _with_input(call: Call, given: dict[str, Any]) -> Call:
    name = call.name.lower()
    if name in _PATCHES:
        text = next((given[key] for key in ("command", "input", "patch") if isinstance(given.get(key), str)), None)
        paths = _PATCHED.findall(text) if text is not None else []
        if not paths:
            raise PayloadError("the patch names no file")
        return call._replace(writes=tuple(paths))
    if name in _SHELLS:
        folder = next((given[key] for key in _FOLDERS if isinstance(given.get(key), str) and given[key]), None)
        if folder is not None:
            call = call._replace(folder=folder if folder.startswith("/") else f"{call.folder or ''}/{folder}")
        return call._replace(command=_command(given))
    if name in _WRITERS:
        if given.get("command") == "view":  # an editor that also reads
            return call
        paths = [given[key] for key in _PATHS if isinstance(given.get(key), str)]
        if not paths:
            raise PayloadError(f"{call.name or 'the tool'} names no file")
        return call._replace(writes=tuple(paths))
    return call  # it reads, or is another's: an MCP server's tool has no contract that says what it writes


def _command(given: dict[str, Any]) -> str:
    words = given.get("command", given.get("cmd"))
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        import shlex

        return shlex.join(words)
    if not isinstance(words, str):
        raise PayloadError("the shell tool names no command")
    return words


def _text(payload: dict[str, Any], key: str) -> str | None:
    value = payload.get(key)
    return value if isinstance(value, str) else None


def _needed(payload: dict[str, Any], key: str) -> str:
    value = _text(payload, key)
    if value is None:
        raise PayloadError(f"`{key}` is missing")
    return value
