from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from conftest import lines
from paddock.gates import GATES
from paddock.model import Stage
from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Work

DEFAULT = "note     no .paddock.yaml here: judged by paddock:default; `paddock init` writes one\n"


@pytest.fixture
def topic(work: Work) -> Work:
    """A branch with one commit of ten lines, under a policy of its own."""
    work.commit("policy", {".paddock.yaml": "extends: paddock:default\n"})
    work.branch("topic")
    work.commit("Add ten lines", {"a.py": lines(10)})
    return work


def gates(out: str) -> dict[str, str]:
    """Each gate's outcome, of the JSON report."""
    return {gate["gate"]: gate["outcome"] for gate in json.loads(out)["gates"]}


def test_without_a_source_the_branch_is_judged_as_ci_would(topic: Work) -> None:
    ran = paddock("check", cwd=topic.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "passed   branch-order    no series in the policy: any branch name is accepted\n"
        "passed   commit-message  1 message as the policy asks\n"
        "passed   dco             1 commit signed off\n"
        "passed   pr-size         10 of 700 changed lines\n"
        f"passed   worktree        no plan (main at {topic.git('rev-parse', '--short=12', 'main')}), "
        "so nothing is anybody's\n"
    )


def test_the_default_preset_is_told(work: Work) -> None:
    assert paddock("check", cwd=work.path).out.startswith(DEFAULT)
    assert json.loads(paddock("check", "--format", "json", cwd=work.path).out)["notes"] == [DEFAULT[9:].strip()]


SOURCES: dict[str, tuple[list[str], str, list[str]]] = {
    "none": ([], "ci", ["branch-order", "commit-message", "dco", "pr-size", "worktree"]),
    "the index": (["--staged"], "pre-commit", ["pr-size", "worktree"]),
    "a message": (["--message-file", "message"], "commit-msg", ["commit-message", "dco"]),
    "a range": (["--range", "main..topic"], "ci", ["branch-order", "commit-message", "dco", "pr-size", "worktree"]),
    "a range up to here": (
        ["--range", "main.."],
        "ci",
        ["branch-order", "commit-message", "dco", "pr-size", "worktree"],
    ),
    "a document": (["--change", "change.json"], "ci", ["branch-order", "commit-message", "dco", "pr-size", "worktree"]),
    "the index at another stage": (
        ["--staged", "--stage", "pre-push"],
        "pre-push",
        ["branch-order", "dco", "pr-size", "worktree"],
    ),
    "the stage of the index": (["--stage", "pre-commit"], "pre-commit", ["pr-size", "worktree"]),
    "a range at a hook's stage": (
        ["--range", "main..topic", "--stage", "commit-msg"],
        "commit-msg",
        ["commit-message", "dco"],
    ),
    "the branch as a push": (["--stage", "pre-push"], "pre-push", ["branch-order", "dco", "pr-size", "worktree"]),
    "the bot": (["--stage", "bot"], "bot", ["branch-order", "commit-message", "dco", "pr-size", "worktree"]),
    "one gate": (["--gate", "dco"], "ci", ["dco"]),
    "two gates in the registry's order": (["--gate", "pr-size", "--gate", "dco"], "ci", ["dco", "pr-size"]),
    "one gate twice": (["--gate", "dco", "--gate", "dco"], "ci", ["dco"]),
}


@pytest.mark.parametrize(("arguments", "stage", "judged"), SOURCES.values(), ids=SOURCES)
def test_sources_and_their_stages(arguments: list[str], stage: str, judged: list[str], topic: Work) -> None:
    topic.write("message", "Add it\n\nSigned-off-by: Ada Lovelace <ada@example.org>\n")
    assert paddock("change", "--output", "change.json", cwd=topic.path).code == 0
    ran = paddock("check", "--format", "json", *arguments, cwd=topic.path)
    assert (ran.code, ran.err) == (0, "")
    assert (json.loads(ran.out)["stage"], list(gates(ran.out))) == (stage, judged)


def test_a_document_from_standard_input_outside_a_repository(topic: Work, tmp_path: object) -> None:
    document = paddock("change", cwd=topic.path).out.encode()
    outside = topic.path.parent
    ran = paddock(
        "check", "--change", "-", cwd=outside, stdin=document, env={"GIT_CEILING_DIRECTORIES": str(outside.parent)}
    )
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(DEFAULT), tmp_path


WRONG: dict[str, tuple[list[str], int, str]] = {
    "two sources": (["--staged", "--range", "a..b"], 2, "paddock: --staged and --range name 2 changes; give one\n"),
    "three sources": (
        ["--message-file", "m", "--range", "a..b", "--change", "-"],
        2,
        "paddock: --message-file and --range and --change name 3 changes; give one\n",
    ),
    "an empty source beside another": (
        ["--staged", "--range", ""],
        2,
        "paddock: --staged and --range name 2 changes; give one\n",
    ),
    "an empty range": (["--range", ""], 2, "paddock: `` is not a range\n  write A..B, such as origin/main..HEAD\n"),
    "no range": (["--range", "main"], 2, "paddock: `main` is not a range\n  write A..B, such as origin/main..HEAD\n"),
    "an unknown head": (
        ["--range", "main..gone"],
        2,
        "paddock: there is no commit `gone`\n  git branch --all lists what there is\n",
    ),
    "a head like an option": (
        ["--range", "main..--all"],
        2,
        "paddock: there is no commit `--all`\n  git branch --all lists what there is\n",
    ),
    "a message's stage without one": (
        ["--stage", "commit-msg"],
        2,
        "paddock: the stage commit-msg judges a message\n  name it: --message-file FILE\n",
    ),
    "a missing message": (["--message-file", "gone"], 2, "paddock: gone: no such file or directory\n"),
    "a message that is a folder": (["--message-file", "."], 2, "paddock: .: is a directory\n"),
    "an empty name of a message": (["--message-file", ""], 2, "paddock: : no such file or directory\n"),
    "a missing document": (["--change", "gone"], 2, "paddock: gone: no such file or directory\n"),
    "a document that is a folder": (["--change", "."], 2, "paddock: .: is a directory\n"),
    "an unknown gate": (["--gate", "dcu"], 2, "paddock: there is no gate `dcu`\n  did you mean `dco`?\n"),
    "a gate like none": (
        ["--gate", "x"],
        2,
        f"paddock: there is no gate `x`\n  there are: {', '.join(GATES)}\n",
    ),
    "a gate that does not serve the stage": (
        ["--staged", "--gate", "pr-size", "--gate", "dco"],
        2,
        "paddock: the gate `dco` does not serve the stage pre-commit\n  it serves: commit-msg, pre-push, ci, bot\n",
    ),
    "a gate that is not configured": (
        ["--gate", "dco", "--policy", "size.yaml"],
        2,
        "paddock: size.yaml: the gate `dco` is not configured\n  add to `gates:`:  dco: {}\n",
    ),
    "a policy without gates": (
        ["--policy", "empty.yaml"],
        2,
        "paddock: empty.yaml: no gate is configured\n  add `extends: paddock:default`, or a section under `gates:`\n",
    ),
    "a policy that is off": (
        ["--policy", "off.yaml"],
        2,
        "paddock: off.yaml: no gate is on at the stage ci, so nothing was judged\n",
    ),
    "a missing policy": (["--policy", "gone.yaml"], 2, "paddock: gone.yaml: no such file or directory\n"),
    "an output without a folder": (["--output", "gone/report"], 2, "paddock: gone/report: no such file or directory\n"),
    "an output below a file": (["--output", "a.py/report"], 2, "paddock: a.py/report: not a directory\n"),
    "an output that is a folder": (["--output", "."], 2, "paddock: .: is a directory\n"),
    "an output without a name": (["--output", ""], 2, "paddock: : is a directory\n"),
}


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG.values(), ids=WRONG)
def test_wrong_calls(arguments: list[str], code: int, said: str, topic: Work) -> None:
    topic.write("empty.yaml", "# nothing\n")
    topic.write("size.yaml", "gates: {pr-size: }\n")
    topic.write("off.yaml", "gates: {pr-size: {severity: off}, dco: {stages: {ci: off}}}\n")
    before = sorted(os.listdir(topic.path))
    ran = paddock("check", *arguments, cwd=topic.path)
    assert (ran.code, ran.out, ran.err) == (code, "", said)
    assert sorted(os.listdir(topic.path)) == before


def test_a_hook_for_which_nothing_is_on_passes(topic: Work) -> None:
    topic.write(".paddock.yaml", "gates: {dco: }\n")
    ran = paddock("check", "--staged", cwd=topic.path)
    assert (ran.code, ran.out) == (0, "no gate is on at the stage pre-commit: nothing to judge\n")


CODES: dict[str, tuple[str, list[str], int]] = {
    "passed": ("gates: {pr-size: {limit: 10}}", [], 0),
    "failed": ("gates: {pr-size: {limit: 9}}", [], 1),
    "warned": ("gates: {pr-size: {limit: 9, severity: warning}}", [], 0),
    "warned at the stage": ("gates: {pr-size: {limit: 9, stages: {ci: warning}}}", [], 0),
    "failed at another stage": ("gates: {pr-size: {limit: 9, stages: {ci: warning}}}", ["--stage", "pre-push"], 1),
    "the gate is milder there": ("gates: {pr-size: {limit: 9}}", ["--staged"], 0),
    "the policy is harder there": ("gates: {pr-size: {limit: 9, stages: {pre-commit: error}}}", ["--staged"], 1),
    "errored": ("base: gone\ngates: {pr-size: }", [], 3),
    "skipped in a hook": ("base: gone\ngates: {pr-size: }", ["--staged"], 0),
    "failed and errored": ("gates: {pr-size: {limit: 9}, commit-message: {subject-max: 3}}", [], 1),
    "the policy is wrong": ("gates: {pr-size: {limit: x}}", [], 2),
}


@pytest.mark.parametrize(("policy", "arguments", "code"), CODES.values(), ids=CODES)
@pytest.mark.parametrize("form", ["text", "json"])
def test_exit_codes(policy: str, arguments: list[str], code: int, form: str, topic: Work) -> None:
    topic.write(".paddock.yaml", policy)
    ran = paddock("check", "--format", form, *arguments, cwd=topic.path)
    assert ran.code == code
    assert "Traceback" not in ran.err
    assert bool(ran.out) == (code != 2)
    if form == "json" and code != 2:
        outcomes = {0: ("passed",), 1: ("failed",), 3: ("errored",)}
        assert json.loads(ran.out)["outcome"] in outcomes[code]


def test_a_missing_base_names_what_mends_it(topic: Work) -> None:
    topic.write(".paddock.yaml", "base: gone\ngates: {pr-size: }")
    said = "pr-size  the base `gone` is not in this clone\n           → "
    alone = "set `base:` in .paddock.yaml, or name another; branches here: main, topic\n"
    assert paddock("check", cwd=topic.path).out == f"errored  {said}{alone}"
    assert paddock("check", "--staged", cwd=topic.path).out == f"skipped  {said}{alone}"
    topic.git("remote", "add", "origin", "../nowhere")
    fetched = "git fetch origin gone:refs/remotes/origin/gone\n"
    assert paddock("check", cwd=topic.path).out == f"errored  {said}{fetched}"
    assert paddock("check", "--staged", cwd=topic.path).out == f"skipped  {said}{fetched}"


def test_output_is_the_same_as_on_standard_output(topic: Work) -> None:
    for form in ("text", "json"):
        plain = paddock("check", "--format", form, cwd=topic.path)
        ran = paddock("check", "--format", form, "--output", "report", cwd=topic.path, env={"FORCE_COLOR": "1"})
        assert (ran.code, ran.out, ran.err) == (0, "", "")
        assert (topic.path / "report").read_text() == plain.out
        assert paddock("check", "--format", form, "--output", "-", cwd=topic.path) == plain


def test_output_replaces_a_file_as_a_whole_and_keeps_its_mode(topic: Work) -> None:
    report = topic.path / "report"
    report.write_text("x" * 10_000)
    report.chmod(0o640)
    with open(report, encoding="utf-8") as old:
        assert paddock("check", "--output", "report", cwd=topic.path).code == 0
        assert old.read() == "x" * 10_000
    assert (report.read_text().startswith("passed"), report.stat().st_mode & 0o777) == (True, 0o640)
    assert [name for name in os.listdir(topic.path) if name.endswith(".tmp")] == []


def test_output_follows_a_link_and_leaves_it(topic: Work) -> None:
    (topic.path / "real").write_text("old")
    (topic.path / "link").symlink_to("real")
    assert paddock("check", "--output", "link", cwd=topic.path).code == 0
    assert (topic.path / "link").is_symlink()
    assert (topic.path / "real").read_text().startswith("passed")


def test_output_is_written_to_a_device_or_a_pipe(topic: Work) -> None:
    fifo = topic.path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([sys.executable, "-m", "paddock", "check", "--output", str(fifo)], cwd=topic.path) as process:
        assert fifo.read_text().startswith("passed")
        assert process.wait(20) == 0
    assert fifo.is_fifo()


def failed(topic: Work) -> list[str]:
    topic.write(".paddock.yaml", "gates: {pr-size: {limit: 9}}")
    return [sys.executable, "-m", "paddock", "check"]


def on_a_terminal(command: list[str], topic: Work, env: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=topic.path, stdout=theirs, env={**os.environ, **env}) as process:
        os.close(theirs)
        text = b""
        try:
            while data := os.read(ours, 65536):
                text += data
        except OSError:  # how Linux says that the other end was closed
            pass
        assert process.wait(20) == 1
    os.close(ours)
    return text.decode()


def on_a_pipe(command: list[str], topic: Work, env: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=topic.path, stdout=subprocess.PIPE, check=False, env={**os.environ, **env})
    assert ran.returncode == 1
    return ran.stdout.decode()


PLAIN, PAINTED = "failed   pr-size", "\x1b[31mfailed  \x1b[0m pr-size"
COLOURS: dict[str, tuple[Callable[[list[str], Work, dict[str, str]], str], dict[str, str], str]] = {
    "a terminal": (on_a_terminal, {"TERM": "xterm"}, PAINTED),
    "a terminal, NO_COLOR": (on_a_terminal, {"TERM": "xterm", "NO_COLOR": "1"}, PLAIN),
    "a terminal, NO_COLOR of nothing": (on_a_terminal, {"TERM": "xterm", "NO_COLOR": ""}, PAINTED),
    "a dumb terminal": (on_a_terminal, {"TERM": "dumb"}, PLAIN),
    "a dumb terminal, FORCE_COLOR": (on_a_terminal, {"TERM": "dumb", "FORCE_COLOR": "1"}, PAINTED),
    "a pipe": (on_a_pipe, {"TERM": "xterm"}, PLAIN),
    "a pipe, FORCE_COLOR": (on_a_pipe, {"TERM": "xterm", "FORCE_COLOR": "1"}, PAINTED),
    "a pipe, CLICOLOR_FORCE": (on_a_pipe, {"TERM": "xterm", "CLICOLOR_FORCE": "1"}, PAINTED),
    "a pipe, both": (on_a_pipe, {"TERM": "xterm", "FORCE_COLOR": "1", "NO_COLOR": "1"}, PLAIN),
}


@pytest.mark.parametrize(("run", "env", "start"), COLOURS.values(), ids=COLOURS)
def test_colour(
    run: Callable[[list[str], Work, dict[str, str]], str],
    env: dict[str, str],
    start: str,
    topic: Work,
) -> None:
    text = run(failed(topic), topic, env)
    assert text.startswith(start)


def test_json_is_never_coloured(topic: Work) -> None:
    command = [*failed(topic), "--format", "json"]
    assert "\x1b" not in on_a_terminal(command, topic, {"TERM": "xterm", "FORCE_COLOR": "1"})


def test_the_stages_are_the_models(topic: Work) -> None:
    said = paddock("check", "--stage", "x", cwd=topic.path).err
    assert ", ".join(f"'{stage}'" for stage in Stage) in said
