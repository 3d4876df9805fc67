"""What programs write to, by their arguments: a table of the ones that agents use, and of programs that run others."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from paddock.worktrees.guard import gitrules
from paddock.worktrees.guard.arguments import Arguments, split
from paddock.worktrees.guard.effects import UNKNOWN, Effect, Refusal, Run, Unread, Write, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from paddock.worktrees.guard.shell import State

    Line = Callable[[str, State], tuple[State, list[Effect]]]


class Targets(NamedTuple):
    """Where a program's written paths stand. `values` are the short and long options that take a value.

    `which`: all operands, all but the first, the last alone, the last and the others as names, or none. `by` are
    options whose value is a written path; `only_with` an option without which nothing is written.
    """

    which: str = "all"
    values: str = ""
    by: str = ""
    follow: bool = True
    only_with: str = ""


# Option names are separated by spaces; one letter is a short option.
_WRITERS: dict[str, Targets] = {
    "rm": Targets(follow=False),
    "rmdir": Targets(follow=False),
    "unlink": Targets(follow=False),
    "mkdir": Targets(values="m mode context"),
    "touch": Targets(values="d r t date reference"),
    "tee": Targets(),
    "sponge": Targets(),
    "truncate": Targets(values="s r size reference"),
    "fallocate": Targets(values="l o length offset"),
    "shred": Targets(values="n s iterations size"),
    "chmod": Targets("rest", values="reference"),
    "chown": Targets("rest", values="reference from"),
    "chgrp": Targets("rest", values="reference"),
    "cp": Targets("last", values="S suffix", by="t target-directory"),
    "mv": Targets("moved", values="S suffix", by="t target-directory"),
    "install": Targets("last", values="m o g S mode owner group suffix", by="t target-directory"),
    "rsync": Targets("last", values="e f rsh filter exclude include exclude-from files-from", by="log-file"),
    "scp": Targets("last", values="P i o c F l S J"),
    "split": Targets("last", values="b l n a C bytes lines number"),
    "mkfifo": Targets(values="m mode"),
    "mknod": Targets("first", values="m mode"),
    "gzip": Targets(follow=False),
    "gunzip": Targets(follow=False),
    "bzip2": Targets(follow=False),
    "xz": Targets(follow=False),
    "zip": Targets("first"),
    "sort": Targets("none", values="k t S T", by="o output"),
    "curl": Targets("none", by="o output D dump-header c cookie-jar output-dir"),
    "wget": Targets("none", by="O output-document P directory-prefix o output-file"),
    "unzip": Targets("none", by="d"),
    "patch": Targets("first", values="p i strip input", by="d o directory output"),
    "gofmt": Targets(only_with="w"),
    "goimports": Targets(only_with="w"),
    "shfmt": Targets(only_with="w"),
    "prettier": Targets(only_with="write w"),
    "eslint": Targets(only_with="fix"),
    "clang-format": Targets(only_with="i"),
    "yapf": Targets(only_with="i in-place"),
    "autopep8": Targets(only_with="i in-place"),
    "black": Targets(values="l t line-length target-version config"),
    "isort": Targets(),
    "rustfmt": Targets(values="edition config"),
    "virtualenv": Targets(values="p python"),
}
# Programs that run the rest of their line: options with a value, and how many operands stand before the command.
_WRAPPERS: dict[str, tuple[str, int]] = {
    "sudo": ("u g h p C D R T U r t user group host prompt chdir", 0),
    "doas": ("u C", 0),
    "nohup": ("", 0),
    "setsid": ("", 0),
    "time": ("o f output format", 0),
    "nice": ("n adjustment", 0),
    "ionice": ("c n p class", 0),
    "timeout": ("k s kill-after signal", 1),
    "stdbuf": ("i o e input output error", 0),
    "command": ("", 0),
    "builtin": ("", 0),
    "exec": ("a", 0),
    "xargs": ("I n P L d a s E max-args max-procs delimiter arg-file replace", 0),
    "parallel": ("j jobs", 0),
    "watch": ("n interval", 0),
    "strace": ("e o p s", 0),
    "unbuffer": ("", 0),
    "chronic": ("", 0),
    "flock": ("w E timeout", 1),
    "chroot": ("", 1),
    "busybox": ("", 0),
    "env": ("u C S unset chdir split-string", 0),
}
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "fish", "su"}
_INTERPRETERS = {"python", "python2", "python3", "node", "perl", "ruby", "php", "deno", "bun", "lua"}
# The folder that a program works in, other than its current one.
_FOLDERS = {
    "make": "C directory", "gmake": "C directory", "ninja": "C", "npm": "C prefix", "yarn": "cwd", "pnpm": "C dir",
    "go": "C", "cargo": "C", "cmake": "B build install", "just": "d working-directory", "uv": "directory project",
    "pip": "t target prefix root", "pip3": "t target prefix root", "tar": "C directory", "bundle": "path",
}  # fmt: skip
_READERS = {
    "cat", "ls", "head", "tail", "grep", "egrep", "fgrep", "rg", "ag", "wc", "diff", "cmp", "comm", "stat", "file",
    "awk", "gawk", "uniq", "cut", "tr", "jq", "yq", "tree", "du", "df", "echo", "printf", "pwd", "true", "false",
    "test", "[", "which", "type", "xxd", "od", "hexdump", "md5sum", "sha1sum", "sha256sum", "less", "more", "nl",
    "realpath", "readlink", "basename", "dirname", "date", "sed", "find", "sort", "column", "fold", "paste", "tac",
    "rev", "bat", "eza", "fd", "id", "whoami", "uname", "hostname", "ps", "sleep", "wait", "set", "unset", "export",
    "read", "return", "exit", "shift", "local", "jobs", "kill", ":", "let", "expr", "seq", "getopts", "hash",
    "umask", "ulimit", "alias",
}  # fmt: skip
_LOCAL_CODE = {"-c", "-e", "--eval", "-r", "-"}
_SKIPS = {"HUSKY": "0", "LEFTHOOK": "0"}


def assignment(name: str, value: str) -> list[Effect]:
    """What setting a variable does to git: it goes to another repository, or past the hooks."""
    if name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"):
        return [Refusal(f"{name} leads git to another repository or index", "run git in your worktree without it")]
    if name.startswith("GIT_CONFIG") and name not in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        return [Refusal(f"{name} changes git's configuration unseen", "leave git's configuration as it is")]
    if _SKIPS.get(name) == value or (name in ("SKIP", "PREK_SKIP") and value):
        return [Refusal(f"{name}={value} skips hooks", "mend what the hook finds; the same is judged in CI")]
    return []


def effects(argv: list[str], state: State, line: Line) -> tuple[State, list[Effect]]:
    """The effects of one command, and the state after it."""
    name = posixpath.basename(argv[0]) if argv else ""
    if UNKNOWN in name:
        return state, [Unread("a program whose name only the shell will know")]
    if name in ("cd", "pushd"):
        return _changed(argv, state), []
    if name == "popd":
        return state._replace(folder=state.variables.get("OLDPWD", (UNKNOWN,))[0]), []
    if name == "eval":
        return line(" ".join(argv[1:]), state)
    return state, _effects(name, argv, state, line) if name else []


def _effects(name: str, argv: list[str], state: State, line: Line) -> list[Effect]:
    if name in _SHELLS:
        return _shell(name, argv, state, line)
    if name in _WRAPPERS:
        return _wrapped(name, argv, state, line)
    if name != "git":
        return _program(name, argv, state, line)
    found, nested = gitrules.effects(argv[1:], state.folder, state.own)
    return found + [one for text in nested for one in line(text, state.copy())[1]]


def _changed(argv: list[str], state: State) -> State:
    from paddock.worktrees.guard.shell import changed

    words = [word for word in argv[1:] if word == "-" or not word.startswith("-")]
    if not words:
        return changed(state, state.variables.get("HOME", (UNKNOWN,))[0])
    return changed(state, state.variables.get("OLDPWD", (UNKNOWN,))[0] if words[0] == "-" else words[0])


def _shell(name: str, argv: list[str], state: State, line: Line) -> list[Effect]:
    for i, word in enumerate(argv[1:], 1):
        if word in ("-c", "--command") or (re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", word) and not word.startswith("--")):
            script = next((one for one in argv[i + 1 :] if not one.startswith("-")), "")
            return _script(script, state, line)
        if not word.startswith(("-", "+")):
            return _run_in(name, state) if name != "su" else []
    if state.stdin is None:
        return []
    return _script(state.stdin, state._replace(stdin=None), line)


def _script(text: str, state: State, line: Line) -> list[Effect]:
    unread: list[Effect] = [Unread("a script that only the shell will know")] if UNKNOWN in text else []
    return line(text.replace(UNKNOWN, "$UNKNOWN"), state.copy())[1] + unread


def _wrapped(name: str, argv: list[str], state: State, line: Line) -> list[Effect]:  # noqa: C901 - one a kind
    values, operands = _WRAPPERS[name]
    short, long = _options(values)
    rest = argv[1:]
    found: list[Effect] = []
    inner = state.copy()
    while rest:
        word = rest[0]
        if word == "--":
            rest = rest[1:]
            break
        if name == "env" and (pair := re.match(r"([A-Za-z_]\w*)=(.*)\Z", word, re.DOTALL)):
            found += assignment(pair[1], pair[2])
        elif not word.startswith("-") or word == "-":
            break
        option, equals, value = word.partition("=")
        takes = option.lstrip("-") in long if word.startswith("--") else len(word) == 2 and word[1] in short  # noqa: PLR2004
        if takes and not equals:
            value, rest = (rest[1] if len(rest) > 1 else ""), rest[1:]
        if name in ("env", "sudo") and option in ("-C", "--chdir", "-D") and value:
            inner = inner._replace(folder=join(inner.folder, value))
        if name == "env" and option in ("-S", "--split-string"):
            return found + line(" ".join([value, *rest[1:]]), inner)[1]
        if name in ("time", "strace") and option in ("-o", "--output"):
            found.append(Write(join(inner.folder, value)))
        rest = rest[1:]
    rest = rest[operands:]
    if name == "command" and "-v" in argv[1:2]:
        return []
    if name == "flock" and rest[:1] in (["-c"], ["--command"]):
        return found + _script(" ".join(rest[1:2]), inner, line)
    if name in ("xargs", "parallel"):
        rest = [word.replace("{}", UNKNOWN) for word in rest] + [UNKNOWN]
    return found + effects(rest, inner, line)[1]


def _program(name: str, argv: list[str], state: State, line: Line) -> list[Effect]:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(argv[1:], state, line)
    here: list[Effect] = [] if name in _READERS or name in _WRITERS else _run_in(name, state)
    if name in _WRITERS:
        return _written(_WRITERS[name], split(argv[1:], *_options(_WRITERS[name].values, _WRITERS[name].by)), state)
    if name in _FOLDERS:
        arguments = split(argv[1:], *_options(_FOLDERS[name]))
        places = arguments.values_of(*_FOLDERS[name].split())
        if places:
            here = [Run(join(state.folder, place), name) for place in places]
    if name in _INTERPRETERS or re.fullmatch(r"python[\d.]+", name):
        return here + _code(name, argv, state)
    return here


def _run_in(name: str, state: State) -> list[Effect]:
    return [Run(state.folder, name)]


def _written(targets: Targets, arguments: Arguments, state: State) -> list[Effect]:
    words = list(arguments.operands)
    if targets.only_with and not arguments.has(*targets.only_with.split()):
        return []
    by = arguments.values_of(*targets.by.split())
    paths: list[tuple[str, bool]] = [(path, True) for path in by]
    if targets.which == "all" or (targets.which in ("last", "moved") and arguments.has("d", "directory") and not by):
        paths += [(word, targets.follow) for word in words]
    elif targets.which == "rest":
        mode_is_option = any(re.fullmatch(r"-[rwxXst]+", one) for one in arguments.flags)
        skip = 0 if mode_is_option or arguments.has("reference") else 1
        paths += [(word, True) for word in words[skip:]]
    elif targets.which == "first":
        paths += [(word, True) for word in words[:1]]
    elif targets.which in ("last", "moved"):
        if not by and words:
            paths.append((words.pop(), True))
        if targets.which == "moved":
            paths += [(word, False) for word in words]
    # `host:path` is another machine's.
    return [Write(join(state.folder, path), follow) for path, follow in paths if not re.match(r"[^/]+:", path)]


def _code(name: str, argv: list[str], state: State) -> list[Effect]:
    """Code in another language on the command line; it is read by no one, but a foreign folder in it is telling."""
    if name in ("perl", "ruby") and any(re.fullmatch(r"-[a-zA-Z]*i.*", word) for word in argv[1:]):
        operands = split(argv[1:], set("eIMm"), set()).operands
        return [Write(join(state.folder, word)) for word in operands]
    if name.startswith("python") and argv[1:3] == ["-m", "venv"]:
        return [Write(join(state.folder, word)) for word in argv[3:] if not word.startswith("-")]
    code = "\n".join(argv[i + 1] for i, word in enumerate(argv[:-1]) if word in _LOCAL_CODE) + (state.stdin or "")
    if any(place in code for place in state.own.guarded if state.own.top not in code):
        return [Unread(f"{name} code that names a place of others")]
    return []


def _dd(argv: list[str], state: State, _line: Line) -> list[Effect]:
    return [Write(join(state.folder, word[3:])) for word in argv if word.startswith("of=")]


def _sed(argv: list[str], state: State, _line: Line) -> list[Effect]:
    if not any(re.match(r"-[nErsuz]*i|--in-place", word) for word in argv):
        return []
    arguments = split([word for word in argv if not re.match(r"-[nErsuz]*i", word)], set("efl"), {"expression", "file"})
    scripted = arguments.has("e", "f", "expression", "file")
    return [Write(join(state.folder, word)) for word in arguments.operands[0 if scripted else 1 :]]


def _ln(argv: list[str], state: State, _line: Line) -> list[Effect]:
    arguments = split(argv, set("tS"), {"target-directory", "suffix"})
    places = arguments.values_of("t", "target-directory")
    sources = list(arguments.operands)
    link = places[0] if places else sources.pop() if len(sources) > 1 else "."
    found: list[Effect] = [Write(join(state.folder, link), follow=bool(places))]
    symbolic = arguments.has("s", "symbolic")
    base = posixpath.dirname(join(state.folder, link)) if symbolic else state.folder
    # A link is a door: what is later written through it would land there.
    return found + [Write(join(base, source)) for source in sources]


def _tar(argv: list[str], state: State, _line: Line) -> list[Effect]:
    mode = argv[0] if argv and not argv[0].startswith("-") else ""
    words = [f"-{mode}", *argv[1:]] if mode else argv
    arguments = split(words, set("fCTX"), {"file", "directory", "exclude", "files-from"})
    archive = arguments.values_of("f", "file")
    if arguments.has("c", "r", "u", "create", "append", "update"):
        return [Write(join(state.folder, one)) for one in archive if one != "-"]
    if arguments.has("x", "extract", "get"):
        return [Run(join(state.folder, place), "tar") for place in arguments.values_of("C", "directory") or (".",)]
    return []


def _find(argv: list[str], state: State, line: Line) -> list[Effect]:
    roots = []
    for word in argv:
        if word.startswith(("-", "(", "!")):
            break
        roots.append(word)
    found: list[Effect] = []
    for i, word in enumerate(argv):
        if word == "-delete":
            found += [Write(join(state.folder, root)) for root in roots or ["."]]
        elif word in ("-fprint", "-fls", "-fprintf") and i + 1 < len(argv):
            found.append(Write(join(state.folder, argv[i + 1])))
        elif word in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((j for j in range(i, len(argv)) if argv[j] in (";", "+")), len(argv))
            for root in roots or ["."]:
                command = [one.replace("{}", f"{root}/{UNKNOWN}") for one in argv[i + 1 : end]]
                inner = state.copy()
                if word.endswith("dir"):
                    inner = inner._replace(folder=join(state.folder, f"{root}/{UNKNOWN}"))
                found += effects(command, inner, line)[1]
    return found


def _paddock(argv: list[str], state: State, line: Line) -> list[Effect]:
    if argv[:2] == ["guard", "uninstall"] or "--unconfined" in argv:
        return [Refusal("it takes the guard or the fence away", "ask whoever set up the worktrees")]
    if argv[:2] == ["worktree", "exec"] and "--" in argv:
        if any(word == "--write" or word.startswith("--write=") for word in argv[: argv.index("--")]):
            return [Refusal("it opens the fence further", "ask for `worktrees.writable` in the policy")]
        return effects(argv[argv.index("--") + 1 :], state.copy(), line)[1]
    return _run_in("paddock", state)


_SPECIAL: dict[str, Callable[[list[str], State, Line], list[Effect]]] = {
    "dd": _dd,
    "sed": _sed,
    "gsed": _sed,
    "ln": _ln,
    "tar": _tar,
    "find": _find,
    "paddock": _paddock,
}


def _options(*names: str) -> tuple[set[str], set[str]]:
    """Short and long options that take a value."""
    every = {name for some in names for name in some.split()}
    return {name for name in every if len(name) == 1}, {name for name in every if len(name) > 1}
