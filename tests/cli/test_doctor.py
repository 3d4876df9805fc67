from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import Work
from paddock_cli import Ran, paddock

INIT = "version: 1\nextends: paddock:default\nbase: main\n"


@pytest.fixture
def cloned(tmp_path: Path) -> Work:
    made = Work(tmp_path / "origin")
    made.commit("start", {".paddock.yaml": INIT, "README.md": "x\n"})
    made.repo.clone(str(tmp_path / "clone"))
    return Work(tmp_path / "clone")


def doctor(work: Work, **env: str) -> tuple[Ran, dict[str, dict[str, str]]]:
    ran = paddock("doctor", "--format", "json", cwd=work.path, env=env)
    assert ran.err == ""
    report = json.loads(ran.out)
    assert report["version"] == 1
    return ran, {check["name"]: check for check in report["checks"]}


def test_all_is_well(cloned: Work) -> None:
    assert paddock("hooks", "install", cwd=cloned.path).code == 0
    tip = cloned.git("rev-parse", "--short=12", "HEAD")
    version = cloned.git("--version").removeprefix("git version ").split()[0]
    ran = paddock("doctor", cwd=cloned.path)
    gates = ".paddock.yaml: branch-order, commit-message, dco, pr-size, worktree"
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            f"ok       git             git {version}",
            "ok       history         whole",
            "ok       identity        Ada Lovelace <ada@example.org>",
            "ok       pre-commit      native hook",
            "ok       commit-msg      native hook",
            "ok       pre-push        native hook",
            f"ok       policy          {gates}",
            f"ok       base            origin/main at {tip}",
            f"ok       trust           CI judges by origin/main at {tip}",
            f"ok       trusted policy  {gates}",
        ],
    )


def test_nothing_is_set_up(work: Work) -> None:
    ran, checks = doctor(work)
    assert ran.code == 1
    assert [name for name, check in checks.items() if check["health"] == "problem"] == [
        "pre-commit",
        "commit-msg",
        "pre-push",
    ]
    assert checks["pre-commit"]["hint"] == "paddock hooks install"
    assert (checks["policy"]["health"], checks["policy"]["hint"]) == ("warning", "paddock init")
    assert (checks["trust"]["health"], "git remote add origin URL" in checks["trust"]["hint"]) == ("warning", True)
    assert checks["base"]["health"] == "ok"


@pytest.mark.parametrize("framework", ["pre-commit", "prek"])
def test_a_framework_runs_paddock(framework: str, cloned: Work) -> None:
    assert paddock("init", cwd=cloned.path).code == 0
    program = Path(sys.executable).parent / framework
    subprocess.run([program, "install"], cwd=cloned.path, check=True, capture_output=True)
    ran, checks = doctor(cloned)
    assert ran.code == 0
    assert {checks[name]["message"] for name in ("pre-commit", "commit-msg", "pre-push")} == {f"{framework} runs it"}
    hook = cloned.path / ".git" / "hooks" / "pre-push"
    hook.write_text(hook.read_text().replace(str(program.parent), "/gone/away"))
    ran, checks = doctor(cloned)
    assert (ran.code, checks["pre-push"]["health"]) == (0, "warning")
    assert "which is gone" in checks["pre-push"]["message"]
    assert checks["pre-push"]["hint"] == f"{framework} install --hook-type pre-push"
    hook.chmod(0o644)
    assert doctor(cloned)[1]["pre-push"]["message"] == f"{framework}'s hook is not executable"
    cloned.write(".pre-commit-config.yaml", "repos: []\n")
    ran, checks = doctor(cloned)
    assert (ran.code, checks["commit-msg"]["hint"]) == (1, "paddock init")


def test_another_hook_is_in_the_way(cloned: Work) -> None:
    hook = cloned.path / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o755)
    _, checks = doctor(cloned)
    assert checks["pre-commit"]["message"] == "another hook stands here, and paddock is not installed beside it"
    hook.unlink()
    os.symlink("/nowhere", hook)
    assert doctor(cloned)[1]["pre-commit"]["health"] == "unknown"


def test_hooks_led_elsewhere(cloned: Work) -> None:
    cloned.git("config", "core.hooksPath", "/nowhere\x1b[2J")
    ran, checks = doctor(cloned)
    assert (ran.code, checks["hooks"]["health"]) == (1, "problem")
    assert checks["hooks"]["hint"].endswith("--unset-all core.hooksPath")
    assert "\x1b" not in paddock("doctor", cwd=cloned.path).out


def test_a_broken_policy(cloned: Work) -> None:
    cloned.write(".paddock.yaml", "gates:\n  pr-sise: {}\n")
    ran, checks = doctor(cloned)
    assert (ran.code, checks["policy"]["health"]) == (1, "problem")
    assert checks["policy"]["message"].startswith(".paddock.yaml:2:3: there is no gate `pr-sise`")
    assert checks["base"]["health"] == checks["trusted policy"]["health"] == "ok"


def test_a_broken_policy_on_the_protected_branch(cloned: Work) -> None:
    cloned.git("update-ref", "refs/remotes/origin/main", cloned.commit("break", {".paddock.yaml": "base: [\n"}))
    checks = doctor(cloned)[1]
    assert checks["trusted policy"]["message"].startswith("origin/main:.paddock.yaml:2:1: ")


def test_no_policy_on_the_protected_branch(tmp_path: Path) -> None:
    made = Work(tmp_path / "origin")
    made.commit("start", {"README.md": "x\n"})
    made.repo.clone(str(tmp_path / "clone"))
    checks = doctor(Work(tmp_path / "clone"))[1]
    assert (checks["trusted policy"]["health"], checks["trust"]["health"]) == ("warning", "ok")


def test_a_shallow_clone_without_the_base(cloned: Work, tmp_path: Path) -> None:
    cloned.git("push", "-q", "origin", "HEAD:refs/heads/topic")
    cloned.commit("more")
    cloned.git("push", "-q", "origin", "HEAD:refs/heads/topic")
    cloned.git("clone", "-q", "--depth=1", "--branch=topic", f"file://{tmp_path}/origin", str(tmp_path / "shallow"))
    ran, checks = doctor(Work(tmp_path / "shallow"))
    assert (ran.code, checks["history"]["hint"]) == (1, "git fetch --unshallow")
    assert checks["base"]["message"] == "the base `main` is not in this clone"
    assert checks["base"]["hint"] == "git fetch --unshallow origin main:refs/remotes/origin/main"


def test_hints_name_the_remote_that_is_there_and_mend(cloned: Work, tmp_path: Path) -> None:
    cloned.git("push", "-q", "origin", "main:refs/heads/trunk")
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/trunk"], cwd=tmp_path / "origin/.git", check=True)
    cloned.git("remote", "rename", "origin", "hub")
    cloned.git("remote", "set-head", "hub", "--delete")
    cloned.git("update-ref", "-d", "refs/remotes/hub/main")
    hint = doctor(cloned)[1]["trust"]["hint"].splitlines()[0].removeprefix("note it down: ")
    subprocess.run(["sh", "-c", hint], cwd=cloned.path, check=True, capture_output=True)
    assert cloned.git("symbolic-ref", "refs/remotes/hub/HEAD") == "refs/remotes/hub/trunk"
    assert doctor(cloned)[1]["trust"]["health"] == "ok"
    alone = Work(tmp_path / "alone")
    alone.commit("start", {".paddock.yaml": INIT})
    assert doctor(alone)[1]["trust"]["hint"].startswith("there is no remote yet: git remote add origin URL")


def test_a_base_that_only_this_clone_has(cloned: Work) -> None:
    cloned.git("branch", "trunk")
    cloned.write(".paddock.yaml", INIT.replace("base: main", "base: trunk"))
    checks = doctor(cloned)[1]
    assert (checks["base"]["health"], checks["base"]["message"]) == (
        "warning",
        "`trunk` is a local branch here, and CI judges by the remote's",
    )


def test_nobody_commits_here(cloned: Work, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    ran, checks = doctor(cloned, HOME=str(tmp_path / "home"))
    assert (ran.code, checks["identity"]["health"]) == (1, "problem")
    assert "git config user.email" in checks["identity"]["hint"]


def test_outside_a_repository(tmp_path: Path) -> None:
    ran = paddock("doctor", cwd=tmp_path)
    assert (ran.code, ran.err.splitlines()[0]) == (2, "paddock: not a git repository, nor is any folder above it")


def test_an_old_git(cloned: Work, tmp_path: Path) -> None:
    real = cloned.git("--exec-path")
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec echo "git version 2.30.2"\nexec {real}/git "$@"\n')
    fake.chmod(0o755)
    ran, checks = doctor(cloned, PATH=f"{fake.parent}:{os.environ['PATH']}")
    assert (ran.code, checks["git"]["message"], checks["git"]["hint"]) == (
        1,
        "git 2.30.2 is too old",
        "install git 2.38 or newer",
    )
