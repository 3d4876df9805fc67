"""The tools' settings: an entry that calls the guard, beside whatever stands there.

Claude Code, Codex, Gemini CLI and Cursor read hooks from a file of the user and from one of the project; Copilot CLI
from every file of a folder. The user's is the default: it holds in every worktree, and no agent's edit takes it away.
"""

from __future__ import annotations

import copy
import json
import os
import shlex
import stat
import sys
from typing import Any, NamedTuple

from paddock.errors import UsageError
from paddock.worktrees.guard.calls import TOOLS

_LIMIT = 16 << 20


class Step(NamedTuple):
    """What was done to a settings file, in words."""

    path: str
    words: str
    changes: bool
    note: str = ""


class Tool(NamedTuple):
    """Where a tool keeps its hooks. `nested`: Claude's shape, a matcher with a list of hooks; else a flat entry."""

    user: str
    project: str
    home: tuple[str, str]
    event: str
    matcher: str
    extra: dict[str, Any]
    top: dict[str, Any]
    nested: bool = True
    note: str = ""


_FILE_TOOLS = "Write|Edit|MultiEdit|NotebookEdit|Bash"
_TOOLS: dict[str, Tool] = {
    "claude": Tool(
        user="settings.json",
        project=".claude/settings.json",
        home=("CLAUDE_CONFIG_DIR", ".claude"),
        event="PreToolUse",
        matcher=_FILE_TOOLS,
        extra={"timeout": 30},
        top={},
    ),
    "codex": Tool(
        user="hooks.json",
        project=".codex/hooks.json",
        home=("CODEX_HOME", ".codex"),
        event="PreToolUse",
        matcher="Bash|apply_patch|Edit|Write",
        extra={"timeout": 30},
        top={},
        note="Codex asks once whether it may run this hook: /hooks in codex",
    ),
    "gemini": Tool(
        user="settings.json",
        project=".gemini/settings.json",
        home=("", ".gemini"),
        event="BeforeTool",
        matcher="run_shell_command|write_file|replace",
        extra={"timeout": 30000, "name": "paddock-guard"},
        top={},
    ),
    "cursor": Tool(
        user="hooks.json",
        project=".cursor/hooks.json",
        home=("", ".cursor"),
        event="preToolUse",
        matcher="Shell|Write|Delete",
        extra={"failClosed": True, "timeout": 30},
        top={"version": 1},
        nested=False,
    ),
    "copilot": Tool(
        user="hooks/paddock-guard.json",
        project=".github/hooks/paddock-guard.json",
        home=("COPILOT_HOME", ".copilot"),
        event="preToolUse",
        matcher="",
        extra={"type": "command", "timeoutSec": 30},
        top={"version": 1},
        nested=False,
    ),
}
assert tuple(_TOOLS) == TOOLS  # noqa: S101 - one of each


def change(tool: str, *, project: bool, add: bool, dry_run: bool) -> Step:
    """Put the guard into a tool's settings, or take it out.

    Raises:
        UsageError: the settings can't be read as what they should be, or no paddock is installed.
    """
    what = _TOOLS[tool]
    path = _path(what, project=project)
    before = _read(path)
    after = copy.deepcopy(before) if before is not None else {}
    entry = _entry(tool, what, command(tool)) if add else None
    _merge(after, what, entry, path)
    if after == before or (not add and before is None):
        return Step(path, "in place already" if add else "not there", changes=False)
    if not dry_run:
        empty = (
            not add and all(after.get(key) == value for key, value in what.top.items()) and set(after) <= {*what.top}
        )
        _write(path, None if empty else json.dumps(after, indent=2, ensure_ascii=False) + "\n")
    return Step(path, "installed" if add else "removed", changes=True, note=what.note if add else "")


def calling() -> tuple[str, ...]:
    """The tools that call the guard by the user's settings.

    Raises:
        UsageError: settings can't be read as what they should be.
    """
    return tuple(tool for tool, what in _TOOLS.items() if _calls(what, _path(what, project=False)))


def _calls(what: Tool, path: str) -> bool:
    before = _read(path)
    after = copy.deepcopy(before)
    if after is not None:
        _merge(after, what, None, path)
    return after != before


def parses_shell() -> bool:
    """Whether the parser of shell commands is installed, without which the guard can't read them."""
    try:
        import paddock.worktrees.guard.shell  # noqa: F401 - it loads the parser
    except ImportError:
        return False
    return True


def command(tool: str) -> str:
    """The line that a tool runs: an installed program by its whole path.

    A missing script would make the interpreter leave with 2 and block every call; a missing program is 127.
    """
    program = os.path.abspath(sys.argv[0])
    if os.path.basename(program) != "paddock" or not os.access(program, os.X_OK):
        program = os.path.join(os.path.dirname(os.path.abspath(sys.executable)), "paddock")
    if not os.access(program, os.X_OK):
        raise UsageError(f"no installed paddock at {program}", hint="in paddock's checkout: pipx install .")
    return f"{shlex.quote(program)} guard --tool {tool}"


def _path(what: Tool, *, project: bool) -> str:
    if project:
        from paddock.worktrees import places

        around = places.places(os.getcwd())
        if not around:
            raise UsageError("not a git repository, nor is any folder above it", hint="leave out --project")
        return os.path.join(around[0].top, what.project)
    variable, folder = what.home
    home = (os.environ.get(variable) if variable else None) or os.path.join(os.path.expanduser("~"), folder)
    return os.path.join(home, what.user)


def _entry(tool: str, what: Tool, line: str) -> dict[str, Any]:
    if tool == "copilot":
        return {**what.extra, "bash": line}
    if not what.nested:
        return {"command": line, "matcher": what.matcher, **what.extra}
    return {"matcher": what.matcher, "hooks": [{"type": "command", "command": line, **what.extra}]}


def _merge(settings: dict[str, Any], what: Tool, entry: dict[str, Any] | None, path: str) -> None:
    """Our entry in, every earlier one of ours out, all else as it was."""
    hooks = settings.get("hooks", {})
    listed = hooks.get(what.event, []) if isinstance(hooks, dict) else None
    if not isinstance(listed, list):
        raise UsageError("`hooks` is not as the tool writes it", where=path, hint="mend the file by hand")
    kept = [one for one in (_without_ours(one, what) for one in listed) if one is not None]
    if entry is not None:
        for key, value in what.top.items():
            settings.setdefault(key, value)
        position = next((i for i, one in enumerate(listed) if _without_ours(one, what) != one), len(kept))
        kept.insert(min(position, len(kept)), entry)
    if kept:
        settings["hooks"] = {**hooks, what.event: kept}
    elif what.event in hooks:
        rest = {key: value for key, value in hooks.items() if key != what.event}
        settings.pop("hooks")
        if rest:
            settings["hooks"] = rest


def _without_ours(one: Any, what: Tool) -> Any:  # noqa: ANN401 - what somebody's settings hold
    """An entry without our hook; None where nothing else was in it."""
    if not isinstance(one, dict):
        return one
    if not what.nested:
        return None if _is_ours(one) else one
    inner = one.get("hooks")
    if not isinstance(inner, list) or not any(_is_ours(hook) for hook in inner):
        return one
    rest = [hook for hook in inner if not _is_ours(hook)]
    return {**one, "hooks": rest} if rest else None


def _is_ours(hook: Any) -> bool:  # noqa: ANN401 - likewise
    if not isinstance(hook, dict):
        return False
    line = next((hook[key] for key in ("command", "bash") if isinstance(hook.get(key), str)), "")
    try:
        words = shlex.split(line)
    except ValueError:
        return False
    return len(words) >= 2 and os.path.basename(words[0]) == "paddock" and words[1] == "guard"  # noqa: PLR2004


def _read(path: str) -> dict[str, Any] | None:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            data = file.read(_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError((error.strerror or str(error)).lower(), where=path) from error
    try:
        settings = json.loads(data) if data.strip() else {}
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}", where=path, hint="mend it by hand; nothing was changed") from error
    if len(data) > _LIMIT or not isinstance(settings, dict):
        raise UsageError("not the settings of a tool", where=path, hint="mend it by hand; nothing was changed")
    return settings


def _write(path: str, text: str | None) -> None:
    """Replace a file in one step, through a link to where it leads; None takes it away."""
    real = os.path.realpath(path)
    if text is None:
        os.unlink(real)
        return
    os.makedirs(os.path.dirname(real), exist_ok=True)
    mode = stat.S_IMODE(os.stat(real).st_mode) if os.path.exists(real) else 0o600
    beside = f"{real}.{os.getpid()}"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, real)
