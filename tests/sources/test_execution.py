"""Steps on a commit's files: where they run, how they end, what is remembered, and that nothing stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from paddock.errors import FactUnreadableError
from paddock.sources import running
from paddock.sources.execution import regenerate, run_steps
from paddock.sources.git import open_repository
from paddock.steps import Drift, DriftKind, End, Ended, Execution, Regenerated, Step, Where

if TYPE_CHECKING:
    from conftest import Work


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, so that whatever stays behind is seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def step(run: str | tuple[str, ...], name: str = "test", **other: object) -> Step:
    return structs.replace(Step(name=name, run=run, seconds=60), **other)


def ran(work: Work, *steps: Step, jobs: int = 1, execution: Execution | None = None) -> tuple[Ended, ...]:
    repository = open_repository(str(work.path))
    return run_steps(repository, str(repository.head()), steps, jobs, execution or Execution())


def log(ended: Ended) -> bytes:
    assert ended.log is not None
    return Path(ended.log).read_bytes()


ENDS: dict[str, tuple[Step, End, str]] = {
    "passes": (step("true"), End.PASSED, "exit 0"),
    "a program": (step(("sh", "-c", "exit 0")), End.PASSED, "exit 0"),
    "fails": (step("exit 7"), End.FAILED, "exit 7"),
    "its first failing line": (step("false\ntrue"), End.FAILED, "exit 1"),
    "is killed": (step("kill -9 $$"), End.KILLED, "killed by signal 9"),
    "a program of it is killed": (step("sh -c 'kill -9 $$'; exit $?"), End.KILLED, "killed by signal 9"),
    "no such program": (
        step(("paddock-has-no-such-program", "x")),
        End.MISSING,
        "paddock-has-no-such-program can't be run: no such file or directory",
    ),
    "no such program in a shell": (
        step("paddock-has-no-such-program"),
        End.MISSING,
        "exit 127: the shell found no such program, or may not run it",
    ),
    "not executable": (step(("./README.md",)), End.MISSING, "./README.md can't be run: permission denied"),
    "does not end": (step("sleep 600", seconds=0.05), End.TIMED_OUT, "no end after 0.05 seconds"),
    "will not be asked to end": (
        step("trap '' TERM; sleep 600 & wait; sleep 600", seconds=0.05),
        End.TIMED_OUT,
        "no end after 0.05 seconds",
    ),
    "no such folder": (step("true", cwd="gone"), End.MISSING, "there is no folder gone"),
    "a folder that leads out": (step("true", cwd="out"), End.MISSING, "the folder out leads out of the checkout"),
    "an argument that looks like an option": (step(("printf", "--", "--help")), End.PASSED, "exit 0"),
    "what no process can be given": (
        step("true", env={"A": "\ud800"}),
        End.MISSING,
        "/bin/sh can't be run: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
    ),
}


@pytest.mark.parametrize(("one", "end", "said"), ENDS.values(), ids=ENDS)
def test_how_a_step_ends(one: Step, end: End, said: str, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_GRACE", 0.05)
    (work.path / "out").symlink_to("/")
    work.commit("a link out")
    (ended,) = ran(work, one)
    assert (ended.name, ended.end, ended.said) == ("test", end, said)


def test_what_a_step_started_ends_with_it(work: Work, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    (ended,) = ran(work, step(f"sleep 600 & echo $! > {pid}; exit 0"))
    assert ended.end is End.PASSED
    assert gone(int(pid.read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended, or will: a zombie only waits for whoever adopted it."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
            state = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, check=False, text=True)
        except ProcessLookupError:
            return True
        if state.stdout.strip() in ("", "Z"):
            return True
        time.sleep(0.02)
    return False


def test_a_child_that_left_the_group_is_not_waited_for(work: Work, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    leaves = "import os, time; os.setsid(); open(os.environ['PID'], 'w').write(str(os.getpid())); time.sleep(600)"
    run = f'{sys.executable} -c "{leaves}" & while [ ! -s "$PID" ]; do :; done'
    (ended,) = ran(work, step(run, env={"PID": str(pid)}))
    assert ended.end is End.PASSED
    os.kill(int(pid.read_text()), signal.SIGKILL)


def test_a_step_has_its_variables_and_none_of_git_s_or_the_runner_s(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = ("GIT_DIR", "GIT_INDEX_FILE", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GITHUB_OUTPUT",
        "GITHUB_ENV", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "PADDOCK_RUNNING_HOOK",
        "PRE_COMMIT_TO_REF")  # fmt: skip
    repository = open_repository(str(work.path))
    for name in dropped:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    (ended,) = run_steps(repository, str(repository.head()), [step("env; pwd", env={"MINE": "1"})], 1, Execution())
    lines = log(ended).decode().splitlines()
    assert {"MINE=1", "GIT_AUTHOR_NAME=Ada", f"PWD={work.path.resolve()}", str(work.path.resolve())} <= set(lines)
    assert not [line for line in lines if line.endswith("=secret")]


def test_hostile_output_is_kept_as_it_is_and_told_without_escapes(work: Work) -> None:
    (ended,) = ran(work, step(r"printf '\033[31mred\033[0m\n50%%\r100%%\n\377\033]0;title\007bad\033c\n'; exit 1"))
    assert ended.tail == ("red", "100%", "\udcffbad")
    assert b"\x1b[31mred" in log(ended)


def test_endless_output_is_bounded(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LOG_LIMIT", 1 << 16)
    (ended,) = ran(work, step("echo first; head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last"))
    kept = log(ended)
    assert kept.startswith(b"first\nxxx")
    assert kept.endswith(b"xxx\nlast\n")
    assert len(kept) < 1 << 17
    assert b"bytes left out" in kept
    assert ended.tail[-1] == "last"
    assert all(len(line) < 400 for line in ended.tail)


def test_the_log_of_the_run_before_is_kept_once(work: Work) -> None:
    for word in ("one", "two", "three"):
        (ended,) = ran(work, step(f"echo {word}"))
    folder = work.path / ".git" / "paddock" / "logs"
    assert sorted(path.name for path in folder.iterdir()) == ["test.log", "test.log.1"]
    assert log(ended) == b"three\n"
    assert (folder / "test.log.1").read_bytes() == b"two\n"


def test_who_watches_is_told_every_line(work: Work) -> None:
    told: list[tuple[str, str]] = []
    ran(work, step("echo one; printf two"), execution=Execution(live=lambda name, line: told.append((name, line))))
    assert told == [
        ("test", "$ echo one; printf two"),
        ("test", "one"),
        ("test", "two"),
        ("test", "passed: exit 0"),
    ]


def test_needs_decide_the_order_and_a_failure_stops_what_needs_it(work: Work, tmp_path: Path) -> None:
    order = tmp_path / "order"
    one, two, three, four = (f"echo {name} >> {order}" for name in ("one", "two", "three", "four"))
    ends = ran(
        work,
        step(two, "two", needs=("one", "elsewhere")),
        step(one, "one"),
        step(f"{three}; exit 1", "three", needs=("two",)),
        step(four, "four", needs=("three",)),
        jobs=4,
    )
    assert order.read_text().split() == ["one", "two", "three"]
    assert [(one.name, one.end) for one in ends] == [
        ("two", End.PASSED),
        ("one", End.PASSED),
        ("three", End.FAILED),
        ("four", End.NOT_RUN),
    ]
    assert ends[3].said == "it needs three"


def test_steps_run_side_by_side(work: Work, tmp_path: Path) -> None:
    # Each waits for the other: one after the other, neither would end.
    a, b = tmp_path / "a", tmp_path / "b"
    ends = ran(
        work,
        step(f"touch {a}; while [ ! -e {b} ]; do sleep 0.01; done", "a"),
        step(f"touch {b}; while [ ! -e {a} ]; do sleep 0.01; done", "b"),
        jobs=2,
    )
    assert [one.end for one in ends] == [End.PASSED, End.PASSED]


@pytest.mark.parametrize("dirt", ["README.md", "new.txt"])
def test_a_clean_checkout_is_used_and_a_dirty_one_is_not(dirt: str, work: Work, temporary: Path) -> None:
    work.commit("ignore", {".gitignore": "installed\n"})
    work.write("installed", "x")
    (ended,) = ran(work, step("pwd; ls"))
    assert log(ended).decode().split() == [str(work.path.resolve()), "README.md", "installed"]
    work.write(dirt, "dirty\n")
    (ended,) = ran(work, step("ls; cat README.md"))
    assert log(ended) == b"README.md\nstart\n"
    assert list(temporary.iterdir()) == []
    with pytest.raises(FactUnreadableError, match=r"1 files of .* are not as committed"):
        ran(work, step("true", where=Where.CHECKOUT))


def test_a_step_for_a_throwaway_checkout_has_one_though_the_checkout_is_clean(work: Work) -> None:
    (ended,) = ran(work, step("pwd", where=Where.THROWAWAY))
    assert b"paddock-throwaway" in log(ended)


def test_the_pushed_commit_is_judged_and_not_the_one_checked_out(work: Work) -> None:
    pushed = work.commit("pushed", {"a.txt": "pushed\n"})
    work.commit("later", {"a.txt": "later\n"})
    (ended,) = run_steps(open_repository(str(work.path)), pushed, [step("cat a.txt")], 1, Execution())
    assert log(ended) == b"pushed\n"


def counted(work: Work, tmp_path: Path, *steps: Step, remember: bool = True) -> int:
    """How often steps that each write a line were really run."""
    lines = tmp_path / "runs"
    before = lines.read_text().count("\n") if lines.exists() else 0
    ran(work, *steps, execution=Execution(remember=remember))
    return (lines.read_text().count("\n") if lines.exists() else 0) - before


def test_a_pass_is_remembered_for_these_files_and_this_step(work: Work, tmp_path: Path) -> None:
    one = step(f"echo x >> {tmp_path / 'runs'}")
    assert counted(work, tmp_path, one) == 1
    assert counted(work, tmp_path, one) == 0
    (ended,) = ran(work, one)
    assert ended == Ended(name="test", end=End.PASSED, remembered=True)
    assert counted(work, tmp_path, one, remember=False) == 1
    for other in ({"env": {"A": "1"}}, {"cwd": "."}, {"name": "other"}, {"seconds": 61.0}, {"run": f"{one.run}; true"}):
        assert counted(work, tmp_path, structs.replace(one, **other)) == 1, other
    assert counted(work, tmp_path, structs.replace(one, cached=False)) == 1
    work.commit("other files", {"a.txt": "x"})
    assert counted(work, tmp_path, one) == 1
    work.commit("the same files", {})
    assert counted(work, tmp_path, one) == 0


def test_a_failure_is_not_remembered(work: Work, tmp_path: Path) -> None:
    one = step(f"echo x >> {tmp_path / 'runs'}; exit 1")
    assert [counted(work, tmp_path, one), counted(work, tmp_path, one)] == [1, 1]


def test_an_entry_that_says_something_else_counts_for_nothing(work: Work, tmp_path: Path) -> None:
    one = step(f"echo x >> {tmp_path / 'runs'}")
    counted(work, tmp_path, one)
    (entry,) = (work.path / ".git" / "paddock" / "passed").iterdir()
    text = entry.read_bytes()
    for poison in (b"", b"{}", text.replace(b"echo", b"true"), text + b" "):
        entry.write_bytes(poison)
        assert counted(work, tmp_path, one) == 1


def test_files_that_were_edited_while_they_were_tested_are_not_remembered(work: Work, tmp_path: Path) -> None:
    one = step(f"echo x >> {tmp_path / 'runs'}; echo edited > README.md")
    assert counted(work, tmp_path, one) == 1
    work.git("checkout", "--quiet", "README.md")
    assert counted(work, tmp_path, one) == 1


def test_two_runs_at_once_remember_alike(work: Work) -> None:
    program = (
        "import sys; from paddock.sources.git import open_repository; from paddock.sources.execution import run_steps;"
        "from paddock.steps import *; r = open_repository(sys.argv[1]);"
        "print(run_steps(r, r.head(), [Step(name='test', run='true', seconds=60, where=Where.THROWAWAY)], 1, "
        "Execution())[0].end)"
    )
    every = [
        subprocess.Popen([sys.executable, "-c", program, str(work.path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [one.communicate()[0] for one in every] == ["passed\n"] * 4
    assert len(list((work.path / ".git" / "paddock" / "passed").iterdir())) == 1
    assert "throwaway" not in work.git("worktree", "list")


MAKEFILE = "codegen:\n\tsed s/a/b/ in.txt > out.txt\n"


def made(work: Work, run: str | tuple[str, ...] = "make codegen", **other: object) -> Regenerated:
    repository = open_repository(str(work.path))
    return regenerate(repository, str(repository.head()), step(run, "codegen", **other), Execution())


def test_a_generator_that_reproduces_is_fine_and_touches_nothing(work: Work, temporary: Path) -> None:
    work.commit("generated", {"Makefile": MAKEFILE, "in.txt": "a\n", "out.txt": "b\n"})
    work.write("out.txt", "dirty\n")
    found = made(work)
    assert (found.ended.end, found.drift) == (End.PASSED, ())
    assert (work.path / "out.txt").read_text() == "dirty\n"
    assert list(temporary.iterdir()) == []
    assert made(work).ended.remembered


DRIFTS: dict[str, tuple[str, list[Drift]]] = {
    "changed": ("echo other > out.txt", [Drift("out.txt", DriftKind.CHANGED)]),
    "mode": ("chmod +x out.txt", [Drift("out.txt", DriftKind.CHANGED)]),
    "a link instead": ("rm out.txt; ln -s in.txt out.txt", [Drift("out.txt", DriftKind.CHANGED)]),
    "deleted": ("rm out.txt", [Drift("out.txt", DriftKind.DELETED)]),
    "untracked": ("mkdir n; echo x > n/new.txt", [Drift("n/new.txt", DriftKind.ADDED)]),
    "ignored by the repository": ("echo x > ignored", []),
    "ignored by the user only": ("echo x > mine", [Drift("mine", DriftKind.ADDED)]),
    "committed by the generator": (
        "echo other > out.txt; git add -A; git -c user.name=x -c user.email=x@y.zz commit -qm x",
        [Drift("out.txt", DriftKind.CHANGED)],
    ),
    "a repository of its own": ("git init -q inner", [Drift("inner/", DriftKind.ADDED)]),
    "strange names": (
        "printf x > \"$(printf 'a\\nb')\"; printf x > -rf; printf x > \"$(printf '\\377')\"",
        [Drift("-rf", DriftKind.ADDED), Drift("a\nb", DriftKind.ADDED), Drift("\udcff", DriftKind.ADDED)],
    ),
}


@pytest.mark.parametrize(("run", "drift"), DRIFTS.values(), ids=DRIFTS)
def test_what_a_generator_leaves_otherwise(run: str, drift: list[Drift], work: Work, temporary: Path) -> None:
    work.commit("generated", {".gitignore": "ignored\n", "in.txt": "a\n", "out.txt": "b\n"})
    (work.path / ".git" / "info" / "exclude").write_text("mine\n")
    before = work.git("status", "--porcelain"), work.git("rev-parse", "HEAD")
    found = made(work, run)
    assert found.ended.end is End.PASSED
    assert list(found.drift) == drift
    assert (work.git("status", "--porcelain"), work.git("rev-parse", "HEAD")) == before
    assert list(temporary.iterdir()) == []
    assert not (drift and made(work, run).ended.remembered)


def test_a_generator_that_fails_has_nothing_compared(work: Work) -> None:
    found = made(work, "echo other > README.md; exit 3")
    assert (found.ended.end, found.ended.said, found.drift) == (End.FAILED, "exit 3", ())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, -2)])
def test_a_run_that_is_ended_ends_its_steps_and_leaves_nothing(
    number: signal.Signals, code: int, work: Work, tmp_path: Path, temporary: Path
) -> None:
    pid = tmp_path / "pid"
    program = (
        # Where tests run in the background, a shell has it ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "import sys; from paddock.sources.git import open_repository; from paddock.sources.execution import regenerate;"
        "from paddock.steps import *; r = open_repository(sys.argv[1]);"
        "regenerate(r, r.head(), Step(name='codegen', run=sys.argv[2], seconds=600), Execution())"
    )
    run = f"sleep 600 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"
    process = subprocess.Popen([sys.executable, "-c", program, str(work.path), run], stderr=subprocess.DEVNULL)
    while not pid.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() == code
    assert gone(int(pid.read_text()))
    assert list(temporary.iterdir()) == []
    assert "throwaway" not in work.git("worktree", "list")
