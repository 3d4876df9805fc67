"""What git commands would do beyond a worktree: hooks skipped, foreign branches moved, shared things changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from paddock.worktrees.guard.arguments import Arguments, split
from paddock.worktrees.guard.effects import UNKNOWN, Effect, Refusal, Run, Unread, Write, join
from paddock.worktrees.territory import inside

if TYPE_CHECKING:
    from collections.abc import Callable

    from paddock.worktrees.territory import Territory

    Found = tuple[list[Effect], list[str]]

_READING = {
    "annotate", "blame", "cat-file", "check-attr", "check-ignore", "check-mailmap", "check-ref-format", "cherry",
    "count-objects", "describe", "diff", "diff-files", "diff-index", "diff-tree", "for-each-ref", "fsck", "grep",
    "help", "log", "ls-files", "ls-remote", "ls-tree", "merge-base", "merge-tree", "name-rev", "range-diff",
    "rev-list", "rev-parse", "shortlog", "show", "show-branch", "show-ref", "status", "var", "verify-commit",
    "version", "whatchanged", "archive", "format-patch", "bundle",
}  # fmt: skip
_SHARED = {
    "gc": "it rewrites what all worktrees share",
    "prune": "it deletes objects that other worktrees may need",
    "repack": "it rewrites what all worktrees share",
    "pack-refs": "it rewrites what all worktrees share",
    "maintenance": "it rewrites what all worktrees share",
    "filter-branch": "it rewrites history that others build on",
    "filter-repo": "it rewrites history that others build on",
    "replace": "it replaces objects for every worktree",
}
_WIP = "keep the work as a commit of your own: git commit -am wip; later: git reset HEAD~1"
_MEND = "mend what the hook finds; the same is judged in CI"
_TEXTS = {"commit": "mFCct", "push": "o", "rebase": "xsX", "merge": "mFsX"}  # short options whose value is a text
_ANYWHERE = ("bisect", "clone", "config", "init", "rebase", "submodule")
_KEYS = re.compile(r"(core\.(hookspath|worktree|fsmonitor|sshcommand|editor|bare)|paddock\..*|alias\..*)\Z")


def effects(argv: list[str], folder: str, own: Territory) -> Found:
    """The effects of a git command, and the command lines that git would hand to a shell."""
    words, folder, found, led = _globals(argv, folder)
    if not words:
        return found, []
    command, *rest = words
    if UNKNOWN in command:
        return [*found, Unread("a git command that only the shell will know")], []
    # Another repository, such as a test's: what it shares is its own.
    elsewhere = UNKNOWN not in folder and not any(inside(folder, one) for one in (own.top, *own.guarded))
    reason = None if elsewhere else _SHARED.get(command)
    if reason is not None:
        return [*found, Refusal(f"git {command}: {reason}", "leave it; whoever keeps the repository runs it")], []
    given = split(rest, set(_TEXTS.get(command, "m")), {"message", "file"}).options
    if any(len(name) >= 4 and "no-verify".startswith(name) for name, _ in given):  # noqa: PLR2004 - git takes `--no-v`
        return [*found, Refusal(f"git {command} --no-verify skips hooks", _MEND)], []
    rule = _RULES.get(command) if not elsewhere or command in _ANYWHERE else None
    more, nested = rule(rest, folder, own) if rule is not None else ([], [])
    reads = command in _READING or (rule is not None and not more and not nested and _only_reads(command, rest))
    if not reads:
        found += [Run(place, f"git {command}") for place in (folder, *led)]
    return [*found, *more, *_output(command, rest, folder)], nested


def _globals(argv: list[str], folder: str) -> tuple[list[str], str, list[Effect], list[str]]:
    """The command and its words, the folder it runs in, what the options before it do, and where they lead git."""
    found: list[Effect] = []
    led: list[str] = []
    i = 0
    while i < len(argv) and argv[i].startswith("-"):
        option, equals, value = argv[i].partition("=")
        i += 1
        if option in ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env") and not equals:
            value = argv[i] if i < len(argv) else ""
            i += 1
        if option == "-C":
            folder = join(folder, value)
        elif option in ("-c", "--config-env"):
            found += _setting(value)
        elif option in ("--git-dir", "--work-tree"):
            led.append(join(folder, value))
    return argv[i:], folder, found, led


def _only_reads(command: str, rest: list[str]) -> bool:
    operands = [word for word in rest if not word.startswith("-")]
    if command in ("branch", "tag", "remote", "symbolic-ref", "notes"):
        return len(operands) <= (1 if command == "symbolic-ref" else 0) or "--list" in rest or "-l" in rest
    return command in ("config", "reflog") or (
        command in ("worktree", "stash") and operands[:1] in (["list"], ["show"])
    )


def _setting(pair: str) -> list[Effect]:
    key, _, value = pair.partition("=")
    low = key.lower()
    if low == "core.hookspath":
        return [Refusal("-c core.hooksPath skips hooks", _MEND)]
    if low.startswith("alias.") and value.startswith("!"):
        return [Refusal(f"-c {key} runs a shell command through git", "run the command itself")]
    return [Refusal(f"-c {key} changes what git runs, or where", "leave it as it is")] if _KEYS.match(low) else []


def _output(command: str, rest: list[str], folder: str) -> list[Effect]:
    """Files that reading commands write on request."""
    if command not in ("diff", "log", "show", "archive", "format-patch", "bundle", "range-diff"):
        return []
    arguments = split(rest, {"o"}, {"output", "output-directory"})
    paths = list(arguments.values_of("o", "output", "output-directory"))
    if command == "bundle" and rest[:1] == ["create"]:
        paths += arguments.operands[1:2]
    if command == "format-patch" and not paths and not arguments.has("stdout"):
        paths.append(".")
    return [Write(join(folder, path)) for path in paths]


def _foreign(name: str, own: Territory, act: str) -> list[Effect]:
    """A refusal where a branch is not the agent's to move."""
    name = name.removeprefix("refs/heads/").removeprefix("heads/")
    if UNKNOWN in name:
        return [Unread(f"a branch that only the shell will know, to {act},")]
    if name in ("HEAD", "@", "") or own.owns_branch(name):
        return []
    kind = "protected" if own.is_protected(name) else "not this agent's"
    mine = " ".join(f"{one}…" if one.endswith("/") else one for one in (*own.own, *own.shared)) or "none yet"
    return [Refusal(f"the branch {name} is {kind}; an agent does not {act} it", f"its own branches: {mine}")]


def _commit(rest: list[str], _folder: str, _own: Territory) -> Found:
    arguments = split(rest, set("mFCct"), {"message", "file", "author", "date", "template", "cleanup", "trailer"})
    # `-S` and `-u` take their value in the same word: what follows them is no option.
    letters = [re.split("[Su]", word, maxsplit=1)[0] for word in arguments.flags if not word.startswith("--")]
    if any("n" in re.split("[mFCct]", one, maxsplit=1)[0] for one in letters):
        return [Refusal("git commit -n skips hooks", _MEND)], []
    return [], []


def _push(rest: list[str], folder: str, own: Territory) -> Found:
    arguments = split(rest, {"o"}, {"push-option", "repo", "receive-pack", "exec"})
    remote, *specs = arguments.operands or ("",)
    found: list[Effect] = []
    for name, long in (("mirror", "mirror"), ("all", "all"), ("all", "branches"), ("tags", "tags"), ("prune", "prune")):
        if arguments.has(long):
            return [Refusal(f"git push --{name} pushes what is not this agent's", "git push origin HEAD")], []
    if any(option in ("f", "force") for option, _ in arguments.options) or any(one.startswith("+") for one in specs):
        return [Refusal("a forced push discards what others pushed", "git push --force-with-lease origin HEAD")], []
    if remote.startswith(("/", ".", "~", "file:")):
        found.append(Run(join(folder, remote.removeprefix("file://")), "git push"))
    if not specs and own.branch is not None:
        found += _foreign(own.branch, own, "push")
    for spec in specs:
        source, colon, target = spec.partition(":")
        act = "delete" if arguments.has("d", "delete") or (colon and not source) else "push"
        name = target if colon else source
        if name.startswith("refs/") and not name.startswith("refs/heads/"):
            found.append(Refusal(f"{name} is shared by everyone", "push branches of your own"))
        else:
            found += _foreign((own.branch or "") if name in ("HEAD", "@") else name, own, act)
    return found, []


def _branch(rest: list[str], _folder: str, own: Territory) -> Found:
    arguments = split(
        rest, {"u"}, {"set-upstream-to", "contains", "merged", "no-merged", "points-at", "sort", "format"}
    )
    names = arguments.operands
    if not names or arguments.has(
        "list", "l", "contains", "merged", "no-merged", "points-at", "show-current", "a", "r"
    ):
        return [], []
    if arguments.has("d", "D", "delete"):
        return [one for name in names for one in _foreign(name, own, "delete")], []
    if arguments.has("m", "M", "move", "c", "C", "copy"):
        return [one for name in names for one in _foreign(name, own, "rename")], []
    return _foreign(names[0], own, "make or move"), []


def _switch(rest: list[str], _folder: str, own: Territory) -> Found:
    arguments = split(rest, set("bBcC"), {"create", "force-create", "orphan", "conflict"})
    if arguments.has("ignore-other-worktrees"):
        return [
            Refusal("--ignore-other-worktrees takes a branch that another worktree has", "use a branch of your own")
        ], []
    made = arguments.values_of("b", "B", "c", "C", "create", "force-create", "orphan")
    if made:
        return [one for name in made for one in _foreign(name, own, "make or move")], []
    names = arguments.operands
    if len(names) == 1 and "--" not in rest and not arguments.has("d", "detach", "p", "patch"):
        taken = own.is_protected(names[0]) or names[0] in own.foreign
        return (_foreign(names[0], own, "stand on") if taken else []), []
    return [], []


def _update_ref(rest: list[str], _folder: str, own: Territory) -> Found:
    arguments = split(rest, {"m"}, set())
    if arguments.has("stdin"):
        return [Unread("refs that are told on standard input")], []
    return _ref(arguments, own)


def _symbolic_ref(rest: list[str], _folder: str, own: Territory) -> Found:
    operands = split(rest, {"m"}, set()).operands
    if len(operands) < 2:  # noqa: PLR2004 - a name and what it should be
        return [], []
    if operands[0] != "HEAD":
        return [Refusal(f"{operands[0]} is shared by all worktrees", "leave it as it is")], []
    return _foreign(operands[1], own, "stand on"), []


def _ref(arguments: Arguments, own: Territory) -> Found:
    name = arguments.operands[0] if arguments.operands else ""
    if name.startswith("refs/") and not name.startswith(("refs/heads/", "refs/worktree/", "refs/bisect/")):
        return [Refusal(f"{name} is shared by all worktrees", "leave it as it is")], []
    return (_foreign(name, own, "move") if name.startswith("refs/heads/") else []), []


def _config(rest: list[str], folder: str, _own: Territory) -> Found:
    arguments = split(rest, {"f"}, {"file", "type", "default", "blob"})
    words = [one for one in arguments.operands if one not in ("set", "unset", "edit", "get", "list", "rename-section")]
    verb = next((one for one in arguments.operands[:1] if one not in words), "")
    if verb in ("get", "list") or arguments.has("get", "get-all", "get-regexp", "list", "l", "get-urlmatch"):
        return [], []
    writes = (
        verb
        or len(words) > 1
        or arguments.has("unset", "unset-all", "add", "replace-all", "edit", "e", "remove-section")
    )
    if not writes:
        return [], []
    if words and _KEYS.match(words[0].lower()):
        return [Refusal(f"{words[0]} changes what git runs, or where", "leave it as it is")], []
    if files := arguments.values_of("f", "file"):
        return [Write(join(folder, one)) for one in files], []
    if arguments.has("worktree"):
        return [], []
    scope = "yours and every repository's" if arguments.has("global", "system") else "shared by all worktrees"
    return [
        Refusal(f"git's configuration here is {scope}", "for this worktree alone: git config --worktree KEY VALUE")
    ], []


def _worktree(rest: list[str], _folder: str, _own: Territory) -> Found:
    if rest[:1] in ([], ["list"]):
        return [], []
    return [Refusal(f"git worktree {rest[0]} changes the worktrees of others", "git worktree list works")], []


def _stash(rest: list[str], _folder: str, _own: Territory) -> Found:
    if rest[:1] in (["list"], ["show"], ["create"]):
        return [], []
    return [Refusal("all worktrees share one stash", _WIP)], []


def _tag(rest: list[str], _folder: str, _own: Territory) -> Found:
    arguments = split(rest, set("mFu"), {"message", "file", "sort", "format", "contains", "points-at", "merged"})
    if not arguments.operands or arguments.has("l", "list", "v", "verify", "n", "contains", "points-at", "merged"):
        return [], []
    return [Refusal("tags are shared by all worktrees", "tag once the work has merged")], []


def _remote(rest: list[str], _folder: str, _own: Territory) -> Found:
    verb = next((word for word in rest if not word.startswith("-")), "")
    if verb in ("", "show", "get-url", "update", "prune"):
        return [], []
    return [Refusal(f"git remote {verb} changes the configuration that all worktrees share", "leave it as it is")], []


def _fetch(rest: list[str], _folder: str, own: Territory) -> Found:
    arguments = split(rest, set("jo"), {"depth", "jobs", "upload-pack", "refmap", "negotiation-tip"})
    found: list[Effect] = []
    for spec in arguments.operands[1:]:
        _, colon, target = spec.partition(":")
        if colon and target and not target.startswith("refs/remotes/"):
            found += _foreign(target, own, "move")
    return found, []


def _clone(rest: list[str], folder: str, _own: Territory) -> Found:
    arguments = split(rest, set("bocuj"), {"branch", "origin", "config", "depth", "reference", "template", "jobs"})
    words = arguments.operands
    if not words:
        return [], []
    name = words[1] if len(words) > 1 else re.sub(r"(/?\.git)?/*\Z", "", words[0]).rpartition("/")[2]
    return [Write(join(folder, name))], []


def _init(rest: list[str], folder: str, _own: Territory) -> Found:
    words = split(rest, {"b"}, {"initial-branch", "template", "separate-git-dir"}).operands
    return [Write(join(folder, words[0] if words else "."))], []


def _rebase(rest: list[str], _folder: str, _own: Territory) -> Found:
    arguments = split(rest, set("xsX"), {"exec", "onto", "strategy", "strategy-option"})
    return [], list(arguments.values_of("x", "exec"))


def _bisect(rest: list[str], _folder: str, _own: Territory) -> Found:
    import shlex

    return [], [shlex.join(rest[1:])] if rest[:1] == ["run"] else []


def _reflog(rest: list[str], _folder: str, _own: Territory) -> Found:
    if rest[:1] in (["expire"], ["delete"]):
        return [Refusal(f"git reflog {rest[0]} takes away what others recover from", "leave it as it is")], []
    return [], []


def _submodule(rest: list[str], _folder: str, _own: Territory) -> Found:
    return [], [" ".join(rest[1:])] if rest[:1] == ["foreach"] else []


_RULES: dict[str, Callable[[list[str], str, Territory], Found]] = {
    "bisect": _bisect,
    "branch": _branch,
    "checkout": _switch,
    "clone": _clone,
    "commit": _commit,
    "config": _config,
    "fetch": _fetch,
    "init": _init,
    "push": _push,
    "rebase": _rebase,
    "reflog": _reflog,
    "remote": _remote,
    "stash": _stash,
    "submodule": _submodule,
    "switch": _switch,
    "symbolic-ref": _symbolic_ref,
    "tag": _tag,
    "update-ref": _update_ref,
    "worktree": _worktree,
}
