from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_source import FakeSource
from paddock.errors import PolicyError
from paddock.findings import Finding, Judgement, Level
from paddock.gates import CONFIGS
from paddock.gates.commands import CommandsConfig, Facts, StepConfig, check, read
from paddock.model import ChangedFile, FileClass, FileStatus, Stage
from paddock.policy.load import load
from paddock.steps import End, Ended, Step, Where
from paddock_cli import paddock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Work

TEST = StepConfig(run="make test")


def changed(path: str, old_path: str | None = None) -> ChangedFile:
    return ChangedFile(path, FileStatus.MODIFIED, 1, 0, FileClass.SOURCE, "a rule", old_path=old_path)


def judged(*ended: Ended, asleep: tuple[str, ...] = (), steps: dict[str, StepConfig] | None = None) -> Judgement:
    config = CommandsConfig(steps=steps or {one.name: TEST for one in ended} | dict.fromkeys(asleep, TEST))
    return check(Facts(ended=ended, asleep=asleep), config)


PASSED = Ended(name="lint", end=End.PASSED, said="exit 0")
FAILED = Ended(name="test", end=End.FAILED, said="exit 2", tail=("1 test failed",), log="/r/a b.log")
KILLED = Ended(name="scan", end=End.KILLED, said="killed by signal 9")
FAILURE = Finding(
    message="`test` failed: exit 2",
    hint="run it yourself: make test\nall that it wrote: '/r/a b.log'",
    excerpt=("1 test failed",),
)
KILL = Finding(message="`scan` was killed: killed by signal 9", hint="run it yourself: make test")


def test_passes_are_counted_with_those_remembered() -> None:
    again = Ended(name="test", end=End.PASSED, remembered=True)
    assert judged(PASSED, again, asleep=("docs",)) == Judgement(
        reason="steps: 2 passed (1 before, on the same files), 1 not touched by the change",
        facts={"steps": 3, "passed": 2, "remembered": 1, "not touched": 1},
    )


def test_a_failure_is_told_with_its_last_lines_and_outweighs_what_was_not_judged() -> None:
    found = judged(PASSED, FAILED, KILLED)
    assert (found.reason, found.errored) == ("steps: 1 passed, 1 failed, 1 killed", False)
    assert found.findings == (FAILURE, KILL)


@pytest.mark.parametrize("end", [End.KILLED, End.TIMED_OUT, End.MISSING])
def test_what_could_not_be_judged_is_errored(end: End) -> None:
    found = judged(PASSED, Ended(name="scan", end=end, said="so"))
    assert found.errored
    assert [one.severity for one in found.findings] == [Level.ERROR]


def test_what_was_not_run_is_told_and_decides_nothing() -> None:
    found = judged(FAILED, Ended(name="e2e", end=End.NOT_RUN, said="it needs test"))
    assert found.findings[1] == Finding(message="`e2e` was not run: it needs test", severity=Level.NOTE)


def test_a_list_is_told_as_a_shell_would_take_it_and_text_by_its_first_line() -> None:
    steps = {"test": StepConfig(run=("go", "test", "./a b")), "scan": StepConfig(run="one\ntwo\n")}
    hints = [one.hint for one in judged(FAILED, KILLED, steps=steps).findings]
    assert [str(hint).splitlines()[0] for hint in hints] == [
        "run it yourself: go test './a b'",
        "run it yourself: one …",
    ]


def test_no_step_to_run_passes_and_is_said() -> None:
    assert judged(asleep=("docs",)).reason == "no step to run, 1 not touched by the change"


def ran(config: CommandsConfig, *files: ChangedFile) -> tuple[list[Step], Facts]:
    seen: list[Step] = []

    def run(steps: Sequence[Step], _jobs: int) -> tuple[Ended, ...]:
        seen.extend(steps)
        return tuple(Ended(name=one.name, end=End.PASSED) for one in steps)

    return seen, read(FakeSource(files=files, ran=run), config)


def test_a_step_is_handed_on_whole() -> None:
    one = StepConfig(run=("a", "b"), env={"A": "1"}, needs=(), cwd="x", timeout=3, where=Where.CHECKOUT, cache=False)
    seen, _ = ran(CommandsConfig(steps={"test": one}))
    assert seen == [
        Step(name="test", run=("a", "b"), seconds=3, cwd="x", env={"A": "1"}, where=Where.CHECKOUT, cached=False)
    ]


WAKES = {
    "the path": (("*.go",), changed("pkg/a.go"), True),
    "another path": (("*.go",), changed("a.py"), False),
    "the old name": (("/old/**",), changed("new/a.py", "old/a.py"), True),
    "taken back": (("*.go", "!*_test.go"), changed("a_test.go"), False),
    "a line break": (("pkg/*",), changed("pkg/a\nb"), True),
    "not UTF-8": (("pkg/*",), changed("pkg/\udcff"), True),
}


@pytest.mark.parametrize(("globs", "file", "wakes"), WAKES.values(), ids=WAKES)
def test_what_wakes_a_step(globs: tuple[str, ...], file: ChangedFile, *, wakes: bool) -> None:
    seen, facts = ran(CommandsConfig(steps={"test": StepConfig(run="x", paths=globs)}), file)
    assert ([one.name for one in seen], facts.asleep) == ((["test"], ()) if wakes else ([], ("test",)))


def test_a_step_runs_at_its_stages() -> None:
    config = CommandsConfig(steps={"test": TEST, "scan": StepConfig(run="x", stages=("ci",))})
    assert list(config.at(Stage.PRE_PUSH).steps) == ["test"]
    assert list(config.at(Stage.CI).steps) == ["test", "scan"]


WRONG = {
    "a key": ("a: {run: x}\n      b: {run: x, tmeout: 1}", ".paddock.yaml:6:19: unknown key `tmeout`"),
    "no run": (
        "a: {run: x}\n      b: {cwd: x}",
        ".paddock.yaml:6:10: `gates.commands.steps.b`: the key `run` is missing",
    ),
    "an empty step": (
        "a: {run: x}\n      b:",
        ".paddock.yaml:6:9: `gates.commands.steps.b`: expected map, got nothing",
    ),
    "a type": (
        "a: {run: x}\n      b: {run: x, timeout: long}",
        ".paddock.yaml:6:28: `gates.commands.steps.b.timeout`: expected number, got 'long'",
    ),
    "a variable that is a number": (
        "a: {run: x, env: {A: x, B: 1}}",
        ".paddock.yaml:5:34: `gates.commands.steps.a.env.B`: expected string, got 1",
    ),
    "a word": (
        "a: {run: x, where: anywhere}",
        ".paddock.yaml:5:26: `gates.commands.steps.a.where`: 'anywhere' is not one of any, checkout, throwaway",
    ),
    "a circle": (
        "a: {run: x, needs: [b]}\n      b: {run: x, needs: [a]}",
        ".paddock.yaml:5:26: `gates.commands.steps.a.needs`: the steps need each other in a circle: a → b → a",
    ),
    "itself": (
        "a: {run: x, needs: [a]}",
        ".paddock.yaml:5:26: `gates.commands.steps.a.needs`: the steps need each other in a circle: a → a",
    ),
    "an unknown need": (
        "a: {run: x, needs: [b]}",
        ".paddock.yaml:5:27: `gates.commands.steps.a.needs.0`: there is no step `b`",
    ),
    "an option for a name": (
        "--force: {run: x}",
        ".paddock.yaml:5:16: `gates.commands.steps.--force`: a step's name is letters, digits, '.', '_' and ",
    ),
    "a path for a name": (
        "../x: {run: x}",
        ".paddock.yaml:5:13: `gates.commands.steps.../x`: a step's name is letters, digits, '.', '_' and ",
    ),
    "no command": ("a: {run: ' '}", ".paddock.yaml:5:16: `gates.commands.steps.a.run`: there is no command"),
    "a folder outside": (
        "a: {run: x, cwd: ../b}",
        (
            ".paddock.yaml:5:24: `gates.commands.steps.a.cwd`: the folder is one of the repository, from its top, "
            "without '..'"
        ),
    ),
    "a variable's name": (
        "a: {run: x, env: {A=B: c}}",
        ".paddock.yaml:5:24: `gates.commands.steps.a.env`: no variable can be called 'A=B'",
    ),
}


@pytest.mark.parametrize(("steps", "said"), WRONG.values(), ids=WRONG)
def test_what_a_policy_may_not_say(steps: str, said: str) -> None:
    text = f"version: 1\ngates:\n  commands:\n    steps:\n      {steps}\n"
    with pytest.raises(PolicyError) as caught:
        load(text.encode(), ".paddock.yaml", lambda _path: None, CONFIGS)
    assert str(caught.value).startswith(said)


POLICY = """\
version: 1
gates:
  pr-size: {limit: 1}
  commands:
    steps:
      lint: {run: make lint}
      test: {run: make test, needs: [lint], stages: [ci]}
"""
MAKEFILE = "lint:\n\t@echo lint >> $(RUNS)\ntest:\n\t@echo test >> $(RUNS); exit $(CODE)\n"


def test_a_change_is_judged_by_real_commands_from_check_and_from_a_push(work: Work) -> None:
    runs = work.path.parent / "runs"
    env = {"RUNS": str(runs), "CODE": "1"}
    work.commit("policy", {".paddock.yaml": POLICY.replace("  pr-size: {limit: 1}\n", ""), "Makefile": MAKEFILE})
    work.branch("topic")
    work.commit("change", {"a.txt": "a\n"})
    below = {"MAKELEVEL": "1", "MAKEFLAGS": "w --jobserver-auth=3,4", "MFLAGS": "-w"}  # a push that make started
    told = paddock("check", "--gate", "commands", cwd=work.path, env={**env, **below})
    assert told.code == 1, told
    assert "failed   commands  steps: 1 passed, 1 failed" in told.out
    assert "error    `test` failed: exit 2" in told.out
    assert "→ run it yourself: make test" in told.out
    assert "| make: *** [Makefile:4: test] Error 1" in told.out
    assert runs.read_text() == "lint\ntest\n"
    # What was just tested is not tested again for the push.
    told = paddock("hook", "--stage", "pre-push", cwd=work.path, env=env)
    assert (told.code, runs.read_text()) == (0, "lint\ntest\n"), told
    assert "steps: 1 passed (1 before, on the same files)" in told.out
    told = paddock("check", "--stage", "pre-push", "--no-cache", cwd=work.path, env=env)
    assert (told.code, runs.read_text()) == (0, "lint\ntest\nlint\n"), told


def test_fail_fast_spares_the_commands(work: Work) -> None:
    runs = work.path.parent / "runs"
    work.commit("policy", {".paddock.yaml": POLICY, "Makefile": MAKEFILE})
    work.branch("topic")
    work.commit("change", {"a.txt": "a\nb\nc\n"})
    told = paddock("check", "--fail-fast", cwd=work.path, env={"RUNS": str(runs), "CODE": "0"})
    assert told.code == 1, told
    assert "skipped  commands  not judged: pr-size failed before" in told.out
    assert not runs.exists()


def test_a_killed_step_is_errored(work: Work) -> None:
    policy = "version: 1\ngates: {commands: {steps: {test: {run: 'kill -9 $$'}}}}\n"
    work.commit("policy", {".paddock.yaml": policy})
    told = paddock("check", cwd=work.path)
    assert told.code == 3, told
    assert "errored  commands  steps: 1 killed" in told.out


def test_hostile_output_reaches_no_terminal(work: Work) -> None:
    run = r"printf '\033]0;title\007\033[2J::error::x\n##[error]y\n\342\200\256z\n'; exit 1"
    policy = f'version: 1\ngates: {{commands: {{steps: {{test: {{run: "{run}"}}}}}}}}\n'
    work.commit("policy", {".paddock.yaml": policy.replace("\\", "\\\\")})
    for form in ("text", "github", "markdown", "junit", "sarif", "json"):
        told = paddock("check", "--format", form, cwd=work.path)
        assert told.code == 1, told
        assert not [line for line in told.out.splitlines() if line.startswith("::error::x")], form
        assert "::error::x" in told.out
        assert "\x1b" not in told.out
        # JSON is for programs: a character is data there.
        assert form == "json" or "\u202e" not in told.out
