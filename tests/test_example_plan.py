"""The policy of the example plan, whole: every gate judges one small branch of the series, cheap ones first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from paddock.gates import GATES
from paddock.policy.presets import data_folder
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

BRANCH = "feature/tmc2-impl2/00a-controller-patterns"
POLICY = 'version: 1\nbase: main\nextends: paddock:example-plan\ngates:\n  signing: {severity: "off"}\n'
MAKEFILE = (
    "codegen:\n\t@cp pkg/apis/kinds.txt pkg/apis/zz_generated.kinds.go\n"
    "lint:\n\t@echo lint >> ../ran\n"
    "test:\n\t@echo test >> ../ran; cp report.txt coverage.out; exit $${CODE:-0}\n"
    "verify-vulnerabilities:\n\t@echo scan >> ../ran\n"
)
CODE = "package apps\n\nfunc Keep() int {\n\treturn 1\n}\n"
PROFILE = "mode: set\nexample.org/m/pkg/reconciler/apps/keep.go:3.17,5.2 1 {}\n"
TEXT = "## What changes\n\nA reconciler keeps apps.\n\n## Why\n\nNobody kept them before.\n\n"
TEXT += "## How it was tested\n\nBy its own unit test.\n\nCloses #7\n"
AGENT = {"GIT_AUTHOR_NAME": "Agent 1 - Controller Specialist", "GIT_AUTHOR_EMAIL": "agent1@tmc-project.local"}
AGENT |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in AGENT.items()}


@pytest.fixture
def branch(work: Work, tmp_path: Path) -> Work:
    """A branch of agent 1's that keeps to everything."""
    with open(f"{data_folder('policies')}/plans/eight-agents.yaml", encoding="utf-8") as file:
        plan = file.read()
    files: dict[str, str | bytes] = {
        ".paddock.yaml": POLICY,
        ".paddock/plan.yaml": plan,
        ".gitignore": "coverage.out\n",
        "Makefile": MAKEFILE,
        "go.mod": "module example.org/m\n",
        "pkg/apis/kinds.txt": "package apis\n",
        "pkg/apis/zz_generated.kinds.go": "package apis\n",
        "report.txt": PROFILE.format(1),
        "pkg/reconciler/apps/old.go": "package apps\n",
    }
    work.commit("Start", files)
    work.branch(BRANCH)
    add(work, {"pkg/reconciler/apps/keep.go": CODE, "pkg/reconciler/apps/keep_test.go": "package apps\n"})
    (tmp_path / "text.md").write_text(TEXT)
    return work


def add(work: Work, files: dict[str, str]) -> None:
    for path, text in files.items():
        work.write(path, text)
    work.git("add", "--all")
    message = "Keep apps\n\nSigned-off-by: Agent 1 - Controller Specialist <agent1@tmc-project.local>\n"
    work.git("commit", "-q", "--no-verify", "-F", "-", stdin=message.encode(), env=AGENT)


def judged(work: Work, tmp_path: Path, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    asked = ("check", "--description", str(tmp_path / "text.md"), "--title", "Keep apps", "--format", "json", *words)
    ran = paddock(*asked, cwd=work.path)
    verdicts = json.loads(ran.out)["gates"] if ran.out else []
    assert verdicts, ran.err
    return ran.code, {one["gate"]: one for one in verdicts}


def steps(work: Work) -> list[str]:
    ran = work.path.parent / "ran"
    return ran.read_text().split() if ran.exists() else []


def test_a_branch_that_keeps_to_everything_passes_every_gate(branch: Work, tmp_path: Path) -> None:
    code, verdicts = judged(branch, tmp_path)
    told = {gate: (one["outcome"], one["reason"]) for gate, one in verdicts.items()}
    assert (code, {outcome for outcome, _ in told.values()}) == (0, {"passed"}), told
    assert set(verdicts) == set(GATES) - {"review", "signing"}
    assert steps(branch) == ["lint", "test", "scan"]
    assert verdicts["coverage"]["reason"] == "patch coverage is 100 %: 3 of 3 lines; total 100 %"
    assert branch.git("status", "--porcelain") == ""


BROKEN: dict[str, tuple[str, dict[str, str]]] = {
    "a pattern": ("patterns", {"pkg/reconciler/apps/keep.go": CODE + '\nfunc f() { klog.Infof("x") }\n'}),
    "no test": ("companions", {"pkg/reconciler/apps/more.go": "package apps\n"}),
    "another's path": ("worktree", {"pkg/virtual/a_test.go": "package virtual\n"}),
    "generated code that is old": ("codegen", {"pkg/apis/kinds.txt": "package new\n", "docs/a.md": "new\n"}),
    "code that never ran": ("coverage", {"report.txt": PROFILE.format(0)}),
}  # fmt: skip


@pytest.mark.parametrize(("gate", "files"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_rule_fails_its_gate(gate: str, files: dict[str, str], branch: Work, tmp_path: Path) -> None:
    add(branch, files)
    code, verdicts = judged(branch, tmp_path)
    assert (code, verdicts[gate]["outcome"]) == (1, "failed"), verdicts[gate]


def test_cheap_gates_judge_first_and_fail_fast_runs_nothing_after_them(branch: Work, tmp_path: Path) -> None:
    add(branch, BROKEN["a pattern"][1])
    code, verdicts = judged(branch, tmp_path, "--fail-fast")
    assert (code, verdicts["patterns"]["outcome"], steps(branch)) == (1, "failed", [])
    assert {verdicts[gate]["outcome"] for gate in ("codegen", "commands", "coverage")} == {"skipped"}
