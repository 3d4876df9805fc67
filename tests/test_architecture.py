"""The arrows between modules, as docs/design.md draws them, read from the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Work

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "paddock"

# What each part may import of the others; its own modules always. `cli` stands above all of them.
ARROWS: dict[str, tuple[str, ...]] = {
    "__init__": (),
    "emails": (),
    "quoting": (),
    "__main__": ("cli", "worktrees.guard"),
    "errors": (),
    "diagnosis": (),
    "model": ("steps",),
    "trailers": (),
    "wire": (),
    "findings": ("model",),
    "classify": ("errors", "findings", "model"),
    "policy": ("classify", "errors", "findings", "model"),
    "patterns": ("classify", "errors", "findings", "model"),
    # A plan is a document like the policy: it is read by the same strict reader.
    "plan": (
        "classify.globs", "errors", "findings", "model", "policy.describe", "policy.positions", "policy.strict",
        "policy.words",
    ),
    "engine": ("errors", "findings", "model", "policy.config"),
    # Of the plan its words and whose things are; what is done next is no gate's affair.
    "gates": (
        "classify", "coverage", "emails", "engine", "errors", "findings", "model", "patterns", "plan.keys",
        "plan.load", "plan.model", "plan.owners", "plan.train", "policy.config", "quoting", "sections", "steps",
        "trailers",
    ),
    "render": ("diagnosis", "errors", "findings", "model", "plan", "policy.words", "wire"),
    "sources": ("__init__", "classify", "errors", "model", "quoting", "steps", "wire"),
    "events": ("errors", "model", "plan.keys"),
    "worktrees": ("__init__", "diagnosis", "emails", "errors", "model", "plan", "policy", "quoting", "sources", "wire"),
    "adopt": ("errors", "policy", "sources"),
    "cli": (
        "__init__", "adopt", "bot", "classify", "diagnosis", "engine", "errors", "events", "findings", "gates",
        "model", "patterns", "plan", "policy", "quoting", "render", "sources", "stack", "steps", "trailers", "wire",
        "worktrees",
    ),
    "steps": (),
    "stack": (
        "__init__", "classify", "errors", "gates.pr_size", "model", "plan.keys", "plan.train", "policy", "quoting",
        "sources", "trailers", "wire", "worktrees",
    ),
    "sections": (),
    "coverage": ("errors",),
    "bot": (
        "errors", "model", "plan", "policy", "render.neutral", "render.plan.brief", "render.plan.nexts",
        "trailers", "wire",
    ),
}  # fmt: skip
# A type may be named where the value is only handed through: nothing is imported when the program runs.
TYPES: dict[str, tuple[str, ...]] = {
    "policy": ("engine",),
    "render": ("gates.pr_size", "stack"),
    "adopt": ("sources",),
}
PURE = (
    "bot", "classify", "coverage", "diagnosis", "emails", "engine", "errors", "events", "findings", "gates", "model",
    "patterns", "plan", "quoting", "render", "sections", "stack.apart", "stack.split", "steps", "trailers", "wire",
)  # fmt: skip
RIM = ("bot.api", "bot.github")  # of the pure parts, what talks to GitHub
IMPURE = {
    "asyncio", "git", "github", "http", "io", "logging", "os", "pathlib", "random", "shutil", "socket", "subprocess",
    "tempfile", "threading", "time", "urllib",
}  # fmt: skip
CALLS = {"__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"}
ONLY = {
    # git; a hook that was there before; programs that check signatures, which have a time limit and no terminal;
    # the steps of a policy.
    "subprocess": ("sources.calling", "worktrees.hooks", "sources.programs", "sources.running"),
    "git": ("worktrees",),
    "github": ("sources.github", "bot.github"),
    "importlib": ("cli.__init__", "gates.__init__"),
    "markdown_it": ("bot.markdown", "sections"),
}
# Heavy, and needed by few runs: imported in the functions that need them.
GRAMMARS = tuple(f"tree_sitter_{name}" for name in ("bash", "go", "java", "javascript", "python", "rust", "typescript"))
LATE = (
    "ast_grep_py",
    "difflib",
    "git",
    "github",
    "markdown_it",
    "pathspec",
    "re2",
    "requests",
    "rich",
    "tempfile",
    "unidiff",
    "tree_sitter",
    *GRAMMARS,
    "urllib3",
)


class Import(Struct, frozen=True):
    """`module` imports `target`, both without `paddock.` where they are ours."""

    module: str
    line: int
    target: str
    ours: bool
    typing: bool
    late: bool


def modules(package: Path) -> dict[str, Path]:
    """Every module by its name below the package."""
    return {str(path.relative_to(package).with_suffix("")).replace("/", "."): path for path in package.rglob("*.py")}


def imports(package: Path) -> Iterator[Import]:
    known = modules(package)
    for module, path in known.items():
        yield from _imports(module, ast.parse(path.read_text(encoding="utf-8")), known, typing=False, late=False)


def _imports(module: str, tree: ast.AST, known: dict[str, Path], *, typing: bool, late: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        inside = {"typing": typing, "late": late or function}
        for target in _targets(module, node, known):
            ours = target == "paddock" or target.startswith("paddock.")
            name = target.removeprefix("paddock").lstrip(".") or "__init__" if ours else target
            yield Import(module, getattr(node, "lineno", 0), name, ours, **inside)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for child in node.body:
                yield from _imports(module, ast.Module([child], []), known, typing=True, late=late)
            for child in node.orelse:
                yield from _imports(module, ast.Module([child], []), known, **inside)
        else:
            yield from _imports(module, node, known, **inside)


def _targets(module: str, node: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        source = node.module or ""
        if node.level:
            above = ["paddock", *module.split(".")][: -node.level]
            source = ".".join([*above, *([source] if source else [])])
        for alias in node.names:
            below = f"{source}.{alias.name}"
            is_module = {below.removeprefix("paddock."), f"{below.removeprefix('paddock.')}.__init__"} & set(known)
            yield below if below.startswith("paddock.") and is_module else source


def below(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def part_of(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def broken(package: Path) -> list[str]:
    """Every import, and every call, that goes against the design."""
    every = list(imports(package))
    early = {one.target for one in every if one.ours and not one.late and not one.typing}
    late_only = {one.target for one in every if one.ours} - early
    found = [text for one in every for text in _breaches(one, late_only)]
    for module, path in modules(package).items():
        if below(module, PURE) and not below(module, RIM):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            calls = (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
            names = ((call.lineno, ast.unparse(call.func)) for call in calls)
            found += [f"{module}:{line} calls {name}" for line, name in names if name in CALLS]
    return sorted(set(found))


def _breaches(one: Import, late_only: set[str]) -> Iterator[str]:
    part, where = part_of(one.module), f"{one.module}:{one.line} imports {one.target}"
    if part not in ARROWS:
        yield f"{one.module} is in no part that the design names"
    elif one.ours:
        if not below(one.target, (part, *ARROWS[part], *(TYPES.get(part, ()) if one.typing else ()))):
            yield where
    elif not one.typing:
        top = part_of(one.target)
        if below(one.module, PURE) and top in IMPURE and not below(one.module, RIM):
            yield f"{where}, but does no I/O"
        if top in ONLY and not below(one.module, ONLY[top]):
            yield f"{where}, which only {' and '.join(ONLY[top]) or 'nobody'} may"
        if top in LATE and not one.late and one.module not in late_only:
            yield f"{where} before it is needed"


def test_no_import_goes_against_the_arrows() -> None:
    assert broken(PACKAGE) == []


def test_every_part_is_there() -> None:
    assert {part_of(module) for module in modules(PACKAGE)} == set(ARROWS)


def test_the_arrows_have_no_circle() -> None:
    done: set[str] = set()
    left = {part: {part_of(target) for target in targets} for part, targets in ARROWS.items()}
    # `gates` names the configuration and the order's grammar, `engine` the configuration: parts below them.
    while ready := {part for part, targets in left.items() if targets <= done}:
        done |= ready
        left = {part: targets for part, targets in left.items() if part not in done}
    assert left == {}


TYPED = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
BREACHES: dict[str, tuple[str, str, list[str]]] = {
    "upwards": ("gates/x.py", "from paddock.cli import main", ["gates.x:1 imports cli"]),
    "upwards, a module": ("gates/x.py", "import paddock.cli.check", ["gates.x:1 imports cli.check"]),
    "upwards by the package": ("policy/x.py", "from paddock import gates", ["policy.x:1 imports gates"]),
    "upwards, relative": ("policy/x.py", "from ..gates import GATES", ["policy.x:1 imports gates"]),
    "upwards, relative to the package": ("policy/x.py", "from .. import cli", ["policy.x:1 imports cli"]),
    "in a function": (
        "render/x.py",
        "def f():\n    from paddock.sources import git\n",
        ["render.x:2 imports sources.git"],
    ),
    "in a method": (
        "sources/x.py",
        "class C:\n    def f(self):\n        import paddock.policy.load\n",
        ["sources.x:3 imports policy.load"],
    ),
    "in a try": (
        "plan/x.py",
        "try:\n    import paddock.gates\nexcept ImportError:\n    pass\n",
        ["plan.x:2 imports gates"],
    ),
    "for types, unlisted": (
        "classify/x.py",
        TYPED + "from paddock.engine import Gate\n",
        ["classify.x:3 imports engine"],
    ),
    "for types, at run time": ("policy/x.py", "from paddock.engine import Gate", ["policy.x:1 imports engine"]),
    "behind the type check": (
        "policy/x.py",
        "import typing\nif typing.TYPE_CHECKING:\n    pass\nelse:\n    import paddock.engine\n",
        ["policy.x:5 imports engine"],
    ),
    "more of the plan than its grammar": (
        "gates/x.py",
        "from paddock.plan import graph",
        ["gates.x:1 imports plan.graph"],
    ),
    "more of the policy than its types": (
        "gates/x.py",
        "from paddock.policy.load import load",
        ["gates.x:1 imports policy.load"],
    ),
    "I/O in a gate": ("gates/x.py", "import os", ["gates.x:1 imports os, but does no I/O"]),
    "I/O in a gate's function": (
        "gates/x.py",
        "def f():\n    from pathlib import Path\n",
        ["gates.x:2 imports pathlib, but does no I/O"],
    ),
    "I/O of a submodule": ("plan/x.py", "import os.path", ["plan.x:1 imports os.path, but does no I/O"]),
    "I/O in the bot's core": ("bot/x.py", "import time", ["bot.x:1 imports time, but does no I/O"]),
    "GitHub in the bot's core": (
        "bot/x.py",
        "def f():\n    import github\n",
        [
            "bot.x:2 imports github, but does no I/O",
            "bot.x:2 imports github, which only sources.github and bot.github may",
        ],
    ),
    "requests too early": ("bot/api/x.py", "import requests", ["bot.api.x:1 imports requests before it is needed"]),
    "a call": ("render/x.py", "def f():\n    print(open('x'))\n", ["render.x:2 calls open", "render.x:2 calls print"]),
    "a process": (
        "sources/x.py",
        "import subprocess",
        [
            (
                "sources.x:1 imports subprocess, which only sources.calling and worktrees.hooks and sources.programs "
                "and sources.running may"
            )
        ],
    ),
    "GitPython": (
        "sources/x.py",
        "def f():\n    from git import Repo\n",
        ["sources.x:2 imports git, which only worktrees may"],
    ),
    "GitPython too early": ("worktrees/x.py", "import git", ["worktrees.x:1 imports git before it is needed"]),
    "globs too early": (
        "classify/x.py",
        "from pathspec import GitIgnoreSpec",
        ["classify.x:1 imports pathspec before it is needed"],
    ),
    "a hidden import": (
        "policy/x.py",
        "from importlib import import_module",
        ["policy.x:1 imports importlib, which only cli.__init__ and gates.__init__ may"],
    ),
    "an unknown part": ("helpers.py", "import re", ["helpers is in no part that the design names"]),
}
FINE = {
    "downwards": ("gates/x.py", "from paddock.model import Stage\nfrom paddock import trailers\n"),
    "the grammar of orders": ("gates/x.py", "from paddock.plan import keys\nfrom paddock.plan.keys import parse\n"),
    "its own part": ("classify/x.py", "from . import y\nfrom paddock.classify import y\n"),
    "a listed type": (
        "policy/x.py",
        TYPED + "from paddock.engine import Gate\n",
    ),
    "a type of the library": (
        "gates/x.py",
        TYPED + "from pathlib import Path\n",
    ),
    "a module that is itself imported late": ("sources/x.py", "import unidiff\n"),
    "the bot's rim": ("bot/github.py", "import time\ndef f():\n    import github\n"),
    "late": ("classify/x.py", "def f():\n    from pathspec import GitIgnoreSpec\n    import difflib\n"),
    "GitPython where it belongs": ("worktrees/x.py", "def f():\n    from git import Repo\n"),
    "a method called open": ("gates/x.py", "def f(x):\n    x.open()\n"),
    "the version": ("cli/x.py", "from paddock import __version__\n"),
}


OTHERS = {
    "cli/__init__.py": "",
    "cli/check.py": "def f():\n    from paddock.sources import git, x\n",
    "gates/__init__.py": "",
    "plan/keys.py": "",
    "plan/graph.py": "",
    "policy/load.py": "",
    "sources/git.py": "",
    "classify/y.py": "",
    "trailers.py": "",
}


def fake(package: Path, file: str, text: str) -> Path:
    for name, content in (OTHERS | {file: text}).items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return package


@pytest.mark.parametrize(("file", "text", "said"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found(file: str, text: str, said: list[str], tmp_path: Path) -> None:
    assert broken(fake(tmp_path / "paddock", file, text)) == said


@pytest.mark.parametrize(("file", "text"), FINE.values(), ids=FINE)
def test_what_is_fine_is_no_breach(file: str, text: str, tmp_path: Path) -> None:
    assert broken(fake(tmp_path / "paddock", file, text)) == []


HEAVY = {
    "ast_grep_py",
    "re2",
    "git",
    "github",
    "markdown_it",
    "pathspec",
    "rich",
    "unidiff",
    "difflib",
    "asyncio",
    "http",
    "jsonschema",
    "requests",
    "paddock.policy.bot",
    "tree_sitter",
    *GRAMMARS,
}


def test_importing_the_hook_imports_nothing_heavy() -> None:
    program = """
import sys
import paddock.cli.hook, paddock.gates
import paddock.sources.staged, paddock.sources.message, paddock.sources.range, paddock.sources.push, paddock.render.text
list(paddock.gates.GATES.values())
print(*sys.modules)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    loaded = set(ran.stdout.split())
    assert "paddock.gates.dco" in loaded
    assert loaded & (HEAVY | {"tempfile", "shutil", "paddock.render.json", "paddock.sources.document"}) == set()


HOOKS = {"before a commit": ["hook"], "for a message": ["hook", ".git/COMMIT_EDITMSG"], "check": ["check", "--staged"]}


@pytest.mark.parametrize("arguments", HOOKS.values(), ids=HOOKS)
def test_a_hook_that_runs_imports_nothing_heavy(arguments: list[str], work: Work) -> None:
    work.write("a.py", "x\n")
    work.git("add", "--all")
    program = f"""
import atexit, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv = {["paddock", *arguments]!r}
from paddock.__main__ import main
main()
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=work.path, capture_output=True, check=True, text=True)
    loaded = set(ran.stderr.split())
    assert "paddock.gates.dco" in loaded
    # Those that are in no preset: nobody pays for a gate that the policy does not have.
    assert not {f"paddock.gates.{one}" for one in ("codegen", "commands", "coverage", "patterns")} & loaded
    assert loaded & HEAVY == set()
