"""The fence beyond the table: the command's own end, refusals, what an agent may leave for its next run."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from paddock.worktrees import landlock
from worktrees.escapes.world import PADDOCK

if TYPE_CHECKING:
    from worktrees.escapes.world import World


def test_the_exit_status_is_the_commands(world: World) -> None:
    assert world.fenced("sh", "-c", "exit 7").code == 7


def test_a_signal_ends_it_as_it_would_without_the_fence(world: World) -> None:
    assert world.fenced("sh", "-c", "kill -TERM $$").code == -signal.SIGTERM


def test_signals_reach_the_command_itself(world: World) -> None:
    words = ("sh", "-c", "trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.05; done")
    process = subprocess.Popen(
        [*PADDOCK, "worktree", "exec", "a1", "--", *words],
        cwd=world.places["own"], env=world.env, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGUSR1)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, out) == (3, "caught\n")


ENDS = {"no such command": ("no-such-command", 127), "no program": ("./README.md", 126)}


@pytest.mark.parametrize(("word", "code"), ENDS.values(), ids=ENDS)
def test_what_can_not_be_run_is_told_as_a_shell_tells_it(word: str, code: int, world: World) -> None:
    ran = world.fenced(word)
    assert (ran.code, ran.out) == (code, "")
    assert word in ran.err
    assert "Traceback" not in ran.err


def test_commands_and_a_generator_run_inside_and_leave_nothing(world: World) -> None:
    policy = """\
version: 1
gates:
  commands: {steps: {test: {run: 'cat new.txt; pwd; git log -1 --format=%s', where: throwaway, stages: [ci]}}}
  codegen: {run: 'echo made > made.txt'}
"""
    text = world.places["own"] / "policy.yaml"
    text.write_text(policy)
    commit = "echo x > new.txt && git add new.txt && git commit -qm 'Add new' --no-verify"
    judge = f"{' '.join(PADDOCK)} check --policy policy.yaml"
    ran = world.fenced("sh", "-c", f"{commit} && {judge}")
    assert ran.code == 1, ran
    assert "passed   commands" in ran.out
    assert "made.txt: the generator makes this file, and it is not committed" in ran.out
    assert "passed   commands  steps: 1 passed (1 before" in world.fenced("sh", "-c", judge).out
    assert not list(world.root.rglob("paddock-throwaway-*"))
    assert not (world.common / "paddock" / "passed").exists()


def test_it_runs_in_the_worktree_wherever_it_is_called(world: World) -> None:
    ran = world.run(*PADDOCK, "worktree", "exec", "a1", "--", "pwd", cwd="main")
    assert ran.out.strip() == str(world.places["own"])


def test_a_folder_that_is_named_may_be_written_to(world: World) -> None:
    place = str(world.places["outside"])
    assert world.fenced("touch", f"{place}/x").code == 1
    assert world.fenced("touch", f"{place}/x", options=("--write", place)).code == 0


def write(world: World, path: object) -> int:
    """How a write from inside ends; `touch` alone would only set a time."""
    return world.fenced("sh", "-c", 'echo x > "$1"', "sh", str(path)).code


def policy(world: World, text: str) -> None:
    (world.places["main"] / ".paddock.yaml").write_text(f"version: 1\nworktrees:\n  {text}\n")


def test_the_policy_of_the_main_checkout_counts_and_the_worktrees_own_does_not(world: World) -> None:
    place = str(world.places["outside"])
    text = f"version: 1\nworktrees:\n  writable: [{place}]\n"
    (world.places["own"] / ".paddock.yaml").write_text(text)
    assert world.fenced("touch", f"{place}/x").code == 1
    (world.places["main"] / ".paddock.yaml").write_text(text)
    assert world.fenced("touch", f"{place}/x").code == 0


def test_a_changed_policy_holds_at_once(world: World) -> None:
    place = world.places["outside"]
    for _ in range(2):
        policy(world, f"writable: [{place}]")
        assert [write(world, place / "x") for _ in range(2)] == [0, 0]
        policy(world, "writable: []")
        assert [write(world, place / "x") for _ in range(2)] == [2, 2]


@pytest.mark.parametrize("text", ["", "[]", '{"policy": 1}', "\udcff"])
def test_what_was_kept_of_the_policy_and_is_broken_is_parsed_again(text: str, world: World) -> None:
    place = world.places["outside"]
    policy(world, f"writable: [{place}]")
    world.fenced("true")
    (kept,) = world.places["home"].glob(".cache/paddock/agents/*/rules.json")
    kept.write_text(text, errors="surrogateescape")
    assert write(world, place / "x") == 0
    assert write(world, kept) == 2


def test_a_policy_that_opens_the_main_checkout_is_refused(world: World) -> None:
    policy(world, f"writable: [{world.root}]")
    ran = world.fenced("true")
    assert (ran.code, ran.out) == (2, "")
    assert "would open" in ran.err


def test_a_wrong_policy_is_told_with_its_place(world: World) -> None:
    policy(world, "writeable: []")
    ran = world.fenced("true")
    assert ran.code == 2
    assert ".paddock.yaml:3:3" in ran.err


def test_reading_can_be_kept_to_what_is_named(world: World) -> None:
    secret = world.places["home"] / ".profile"
    assert world.fenced("cat", str(secret)).code == 0
    policy(world, f"readable: [/usr, /bin, /lib, /lib64, /etc, /proc, {sys.prefix}, {sys.base_prefix}]")
    assert world.fenced("cat", str(secret)).code == 1
    assert world.fenced("cat", "README.md").out == "start\n"


def test_ports_can_be_kept_to_those_named(world: World) -> None:
    code = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))"
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        policy(world, "connect: [1]")
        assert "PermissionError" in world.fenced("python3", "-c", code, port).err
        policy(world, f"connect: [{port}]")
        assert world.fenced("python3", "-c", code, port).code == 0


def test_unconfined_says_so_and_holds_nothing(world: World) -> None:
    ran = world.fenced("touch", str(world.places["outside"] / "x"), options=("--unconfined",))
    assert ran.code == 0
    assert "unconfined" in ran.err


def test_foreign_git_variables_do_not_get_in(world: World) -> None:
    ran = world.fenced("git", "rev-parse", "--show-toplevel", env={"GIT_DIR": str(world.common)})
    assert ran.out.strip() == str(world.places["own"])


def test_the_fence_can_be_entered_from_within(world: World) -> None:
    ran = world.fenced(*PADDOCK, "worktree", "exec", "a1", "--", "sh", "-c", "touch x && ! touch ../../project/x")
    assert ran.code == 0


LEFT = {
    "a worktree elsewhere": 'mv .git x; echo "{main}/.git" > "$(cat x | cut -c9-)/gitdir"; mv x .git',
    "a branch that climbs": "echo 'ref: refs/heads/../../hooks/x' > $(git rev-parse --git-dir)/HEAD",
    "a view elsewhere": "cd $(git rev-parse --git-dir); rm -rf paddock-common; ln -s {outside} paddock-common",
    "another's folder": "git symbolic-ref HEAD refs/heads/feature/x/a2/old",
    "a protected branch": "git symbolic-ref HEAD refs/heads/release/1",
    "a branch in no folder": "git symbolic-ref HEAD refs/heads/top",
    "another's name": "git config --worktree paddock.agent a2",
    "a path for a name": "git config --worktree paddock.agent ../../a1",
    "its own repository": "git init -q r; mkdir r/.git/worktrees; cp -r {main}/.git/worktrees/a1 r/.git/worktrees; "
    "echo ../.. > r/.git/worktrees/a1/commondir; echo 'gitdir: {own}/r/.git/worktrees/a1' > .git; "
    "printf 'worktrees: {{writable: [{home}]}}' > r/.paddock.yaml",
    "no name": "git config --worktree --unset paddock.agent",
}


@pytest.mark.parametrize("shell", LEFT.values(), ids=LEFT)
def test_what_an_agent_leaves_does_not_open_its_next_run(shell: str, world: World) -> None:
    assert world.fenced("bash", "-c", world.filled(shell)).code == 0
    ran = world.fenced("touch", "x")
    assert (ran.code, ran.out) == (2, ""), ran
    assert ran.err.startswith("paddock: ")


def test_a_link_among_branches_does_not_open_what_it_leads_to(world: World) -> None:
    world.git("switch", "-q", "-c", "feature/flat/01", cwd="own")
    link = str(world.common / "refs" / "heads" / "feature" / "flat" / "l")
    assert world.fenced("ln", "-s", "../../../../hooks", link).code == 0
    assert world.fenced("git", "symbolic-ref", "HEAD", "refs/heads/feature/flat/l/new/x").code == 0
    before = world.foreign()
    ran = world.fenced("true")
    assert ran.code == 2
    assert "a link leads elsewhere" in ran.err
    assert world.foreign() == before


def test_an_agent_without_a_worktree_is_told_who_has_one(world: World) -> None:
    ran = world.run(*PADDOCK, "worktree", "exec", "a9", "--", "true")
    assert ran.code == 2
    assert "no worktree is a9's; there are worktrees of: a1, a2" in ran.err


RECIPES = {
    "stash": "git reset HEAD~1",
    "gc": "runs it outside",
    "tag v1": "tag outside",
    "worktree add ../x": "git worktree list works",
    "-c a.b=c -C . stash pop": "git reset HEAD~1",
}


@pytest.mark.parametrize(("words", "said"), RECIPES.items(), ids=RECIPES)
def test_what_git_can_not_do_inside_is_refused_with_what_to_do(words: str, said: str, world: World) -> None:
    ran = world.fenced("git", *words.split())
    assert ran.code == 1
    assert said in ran.err


def test_a_packed_branch_is_not_lost_from_sight(world: World) -> None:
    world.git("pack-refs", "--all")
    ran = world.fenced("git", "branch", "-D", "feature/x/a1/foreign")
    assert ran.code == 1
    assert "packed" in ran.err
    assert world.fenced("git", "rev-parse", "--verify", "feature/x/a1/foreign").code == 0
    world.fenced("git", "commit", "-q", "--allow-empty", "-m", "x")
    world.git("pack-refs", "--all")
    assert world.fenced("git", "log", "-1", "--format=%s").out == "x\n"


def test_git_outside_of_the_fence_goes_on_as_before(world: World) -> None:
    world.fenced("git", "commit", "-q", "--allow-empty", "-m", "x")
    world.git("gc", "-q")
    assert world.git("log", "-1", "--format=%s", cwd="own") == "x"
    assert world.git("status", "--porcelain", cwd="own") == ""
    world.git("worktree", "remove", str(world.places["own"]))
    assert not (world.common / "worktrees" / "a1").exists()


def test_the_environment_is_printed_as_a_shell_reads_it(world: World) -> None:
    ran = world.run("sh", "-c", 'eval "$(python3 -m paddock worktree env a1)"; echo $PADDOCK_AGENT; git config gc.auto')
    assert ran.out == "a1\n0\n"
    told = json.loads(world.run(*PADDOCK, "worktree", "env", "a1", "--format", "json").out)
    pairs = world.run(*PADDOCK, "worktree", "env", "a1", "--format", "null").out.split("\0")[:-1]
    assert dict(pair.split("=", 1) for pair in pairs) == told["set"]


MISSING = {
    "too old to keep files from being emptied": (2, landlock.Confinement(()), "emptied"),
    "too old for ports": (3, landlock.Confinement((), connect=(22,)), "ports"),
}


@pytest.mark.parametrize(("version", "wanted", "said"), MISSING.values(), ids=MISSING)
def test_what_the_kernel_lacks_is_said(version: int, wanted: landlock.Confinement, said: str) -> None:
    assert said in (landlock.missing(wanted, version) or "")
    assert landlock.missing(wanted, 4) is None


def test_a_kernel_without_landlock_runs_nothing(world: World) -> None:
    program = (
        "import sys; from paddock.worktrees import landlock; landlock.abi = lambda: 0;"
        "sys.argv = ['paddock', 'worktree', 'exec', 'a1', '--', 'touch', 'x']; from paddock.cli import main; main()"
    )
    ran = world.run(sys.executable, "-c", program)
    assert (ran.code, (world.places["own"] / "x").exists()) == (3, False)
    assert "--unconfined" in ran.err


def test_an_agent_speaks_in_its_own_log_and_in_no_others(world: World) -> None:
    assert world.fenced(*PADDOCK, "status", "say", "from inside").code == 0
    assert world.fenced(*PADDOCK, "status", "say", "--agent", "a2", "forged").code == 3
    shown = world.run(*PADDOCK, "status", "--format", "json", cwd="main")
    assert [(line["agent"], line["text"]) for line in json.loads(shown.out)["lines"]] == [("a1", "from inside")]
