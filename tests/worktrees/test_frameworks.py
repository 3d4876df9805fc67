"""The real pre-commit and the real prek, with the project's own manifest and beside native hooks.

The environment that a framework builds for the hooks is built once a run and shared by all workers.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Work, lines
from paddock_cli import Ran, paddock

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
FRAMEWORKS = ["pre-commit", "prek"]
STAGES = ("-t", "pre-commit", "-t", "commit-msg", "-t", "pre-push")
SHIPPED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "src", "hooks", "ci", "policies")
POLICY = """\
version: 1
extends: paddock:default
series: [feature/x]
gates:
  pr-size: {limit: 10}
"""
# What a test's own environment must not tell a framework.
OUTER = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "VIRTUAL_ENV")


def run(cwd: Path, *args: str, env: dict[str, str] | None = None) -> Ran:
    """A program, with all that it says in `out`."""
    outer = {key: value for key, value in os.environ.items() if key not in OUTER}
    done = subprocess.run(
        args, cwd=cwd, stdin=-3, stdout=-1, stderr=subprocess.STDOUT, check=False, env={**outer, **(env or {})}
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), "")


def git(cwd: Path, *args: str) -> Ran:
    return run(cwd, "git", *args)


def _config(source: Path, rev: str, *hooks: str) -> str:
    entries = "".join(f"  - {{id: {hook}, verbose: true}}\n" for hook in hooks)
    return f"repos:\n- repo: {source}\n  rev: {rev}\n  hooks:\n{entries}"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    found = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "frameworks"
    found.mkdir(exist_ok=True)
    return found


@pytest.fixture
def source(shared: Path) -> tuple[Path, str]:
    """This project as a repository that a framework can clone, and its commit; environments are built from it."""
    copy, rev = shared / "paddock", shared / "rev"
    with open(shared / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not rev.exists():
            shutil.rmtree(copy, ignore_errors=True)
            made = Work(copy)
            for name in SHIPPED:
                if (ROOT / name).is_dir():
                    shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / name, copy / name)
            head = made.commit("the project")
            made.write(".pre-commit-config.yaml", _config(copy, head, "paddock"))
            for framework in FRAMEWORKS:
                built = run(copy, str(BIN / framework), "install-hooks", env=_homes(shared))
                assert built.code == 0, built.out
            rev.write_text(head)
    return copy, rev.read_text()


def _homes(shared: Path) -> dict[str, str]:
    return {"PRE_COMMIT_HOME": str(shared / "pre-commit"), "PREK_HOME": str(shared / "prek")}


@pytest.fixture(autouse=True)
def _environments(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in _homes(shared).items():
        monkeypatch.setenv(key, value)


def adopt(work: Work, config: str) -> None:
    """A remote that has `main`, on which policy and configuration are."""
    run(work.path.parent, "git", "init", "--quiet", "--bare", "-b", "main", "remote.git")
    work.git("remote", "add", "origin", "../remote.git")
    work.commit("adopt", {".paddock.yaml": POLICY, ".pre-commit-config.yaml": config, "sub/file": "x\n"})
    work.git("push", "--quiet", "-u", "origin", "main")


def place(work: Work, where: str) -> Path:
    """The folder to work in, on a branch of the series."""
    if where == "main-checkout":
        work.branch("feature/x/01a-one")
        return work.path
    tree = work.path.parent / "linked tree"
    work.git("worktree", "add", "--quiet", str(tree), "-b", "feature/x/01a-one", "main")
    return tree


@pytest.mark.parametrize("where", ["main-checkout", "linked-worktree"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_stage_in_one_process(work: Work, source: tuple[Path, str], framework: str, where: str) -> None:
    adopt(work, _config(*source, "paddock"))
    top = place(work, where)
    assert run(top, str(BIN / framework), "install", "--install-hooks", *STAGES).code == 0

    # Many staged files, one of them named as a message is.
    for name in ("a", "b c", "COMMIT_EDITMSG", "-d", "é"):
        (top / name).write_text("1\n")
    git(top, "add", "--all")
    good = git(top / "sub", "commit", "--signoff", "-m", "Add files")
    assert good.code == 0, good.out
    assert _spoke(good) == ["pr-size", "worktree", "commit-message", "dco"]
    assert "5 of 10 changed lines" in good.out

    unsigned = git(top, "commit", "--allow-empty", "-m", "Add nothing")
    assert unsigned.code == 1
    assert "no sign-off by Ada Lovelace" in unsigned.out

    pushed = git(top, "push", "origin", "HEAD")
    assert pushed.code == 0, pushed.out
    assert _spoke(pushed) == ["branch-order", "dco", "pr-size", "worktree"]

    badly_named = git(top, "push", "--force", "origin", "HEAD~0:refs/heads/feature/x/none")
    (top / "much").write_text(lines(12))
    git(top, "add", "much")
    big = git(top, "commit", "--signoff", "-m", "Add much")
    assert (big.code, "17 changed lines, 7 over the limit of 10" in big.out) == (0, True)
    refused = git(top, "push", "origin", "HEAD")
    assert (refused.code, "17 changed lines, 7 over the limit of 10" in refused.out) == (1, True)

    # Neither framework runs its hooks for a push that brings no new commits, as the one before.
    assert badly_named.code == 0
    badly_named = git(top, "push", "origin", "HEAD:refs/heads/feature/x/none-either")
    assert badly_named.code == 1
    assert re.search(r"failed +branch-order", badly_named.out)
    assert "push of feature/x/none-either at" in badly_named.out
    tag = git(top, "push", "origin", "HEAD:refs/tags/v1")
    assert tag.code == 0, tag.out
    deleted = git(top, "push", "origin", ":feature/x/none")
    assert deleted.code == 0, deleted.out


def _spoke(ran: Ran) -> list[str]:
    return re.findall(r"^ *(?:passed|failed|warning|skipped|errored) +([a-z-]+) ", ran.out, re.MULTILINE)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_first_push_to_an_empty_remote(work: Work, source: tuple[Path, str], framework: str) -> None:
    run(work.path.parent, "git", "init", "--quiet", "--bare", "-b", "main", "remote.git")
    work.git("remote", "add", "origin", "../remote.git")
    work.commit("adopt", {".paddock.yaml": POLICY, ".pre-commit-config.yaml": _config(*source, "paddock")})
    assert run(work.path, str(BIN / framework), "install", *STAGES).code == 0
    work.branch("feature/x/01a-one")
    work.commit("Add much", {"much": lines(12)})
    said = git(work.path, "push", "origin", "feature/x/01a-one")
    assert (said.code, "12 changed lines, 2 over the limit of 10" in said.out) == (1, True), said.out
    base = git(work.path, "push", "origin", "main")
    assert (base.code, "push of main at" in base.out) == (0, True), base.out


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_single_gates(work: Work, source: tuple[Path, str], framework: str) -> None:
    gates = ["branch-order", "commit-message", "dco", "pr-size", "worktree"]
    adopt(work, _config(*source, *(f"paddock-{gate}" for gate in gates)))
    work.branch("feature/x/01a-one")
    assert run(work.path, str(BIN / framework), "install", *STAGES).code == 0
    work.write("a", "1\n")
    work.git("add", "a")
    assert _spoke(git(work.path, "commit", "--signoff", "-m", "Add a file")) == [
        "pr-size",
        "worktree",
        "commit-message",
        "dco",
    ]
    assert _spoke(git(work.path, "push", "origin", "HEAD")) == ["branch-order", "dco", "pr-size", "worktree"]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_message_by_any_name(work: Work, source: tuple[Path, str], framework: str, tmp_path: Path) -> None:
    adopt(work, _config(*source, "paddock"))
    (tmp_path / "message").write_text("Add it\n")
    run_ = (str(BIN / framework), "run", "--hook-stage", "commit-msg", "--commit-msg-filename")
    said = run(work.path, *run_, str(tmp_path / "message"))
    assert (said.code, "no sign-off by Ada" in said.out) == (1, True), said.out


# Native hooks beside a framework's. Its own hook leaves a line in a file each time it runs.

LOCAL = """\
repos:
- repo: local
  hooks:
  - {{id: note, name: note, language: system, entry: sh -c 'echo {stage} >> ../note', stages: [{stage}],
     always_run: true, pass_filenames: false}}
"""
PADDOCK_TOO = """\
  - {id: paddock, name: paddock, language: system, entry: paddock hook, stages: [pre-commit, commit-msg, pre-push],
     always_run: true, require_serial: true, verbose: true, files: '^(/|\\.\\./|\\.git/)'}
"""
# What is installed, in this order, and how often then the framework's hook runs and paddock judges.
ORDERS = {
    "framework-then-native": ("fn", 1, 1),
    "native-then-framework": ("nf", 1, 1),
    "native-framework-native": ("nfn", 1, 1),
    "framework-native-framework": ("fnf", 1, 1),
    "native-then-framework-by-force": ("n!", 1, 0),
    "framework-native-framework-by-force": ("fn!", 1, 0),
}


@pytest.mark.parametrize("stage", ["pre-commit", "pre-push"])
@pytest.mark.parametrize(("order", "framework_runs", "judged"), ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_beside_native_hooks(  # noqa: PLR0917 - one argument a column
    work: Work, framework: str, order: str, framework_runs: int, judged: int, stage: str
) -> None:
    adopt(work, LOCAL.format(stage=stage))
    work.branch("feature/x/01a-one")
    _install(work, framework, order)
    if stage == "pre-push":
        work.commit("One", {"a": "1\n"})
        said = git(work.path, "push", "origin", "HEAD")
    else:
        said = git(work.path, "commit", "--allow-empty", "--signoff", "-m", "One")
    assert said.code == 0, said.out
    note = work.path.parent / "note"
    assert (note.read_text().count("\n") if note.exists() else 0) == framework_runs
    assert _spoke(said).count("pr-size") == judged
    assert paddock("hooks", "uninstall", cwd=work.path).code == 0


def _install(work: Work, framework: str, order: str) -> None:
    for step in order:
        if step == "n":
            assert paddock("hooks", "install", cwd=work.path).code == 0
        else:
            said = run(work.path, str(BIN / framework), "install", *STAGES, *(["-f"] if step == "!" else []))
            assert said.code == 0, said.out


@pytest.mark.parametrize("order", ["fn", "nfn"])
@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_judged_once_though_it_is_among_the_framework_s_hooks_too(work: Work, framework: str, order: str) -> None:
    adopt(work, LOCAL.format(stage="pre-commit") + PADDOCK_TOO)
    work.branch("feature/x/01a-one")
    _install(work, framework, order)
    path = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    commit = run(work.path, "git", "commit", "--allow-empty", "--signoff", "-m", "One", env=path)
    assert _spoke(commit) == ["pr-size", "worktree", "commit-message", "dco"]
    work.commit("Two", {"a": "1\n"})
    assert _spoke(run(work.path, "git", "push", "origin", "HEAD", env=path)) == [
        "branch-order",
        "dco",
        "pr-size",
        "worktree",
    ]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_framework_comes_back(work: Work, framework: str) -> None:
    adopt(work, LOCAL.format(stage="pre-commit"))
    run(work.path, str(BIN / framework), "install", *STAGES)
    hook = work.path / ".git/hooks/pre-commit"
    before = hook.read_bytes()
    _install(work, framework, "n")
    assert hook.read_bytes() != before
    paddock("hooks", "uninstall", cwd=work.path)
    assert hook.read_bytes() == before
