"""Native hooks, as files and under real commits and pushes."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import Work, lines
from paddock.errors import UsageError
from paddock.sources.git import open_repository
from paddock.worktrees import hooks
from paddock.worktrees.hooks import HOOKS, KEPT, State
from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from collections.abc import Callable

BIN = Path(sys.executable).parent
PADDOCK = str(BIN / "paddock")
POLICY = """\
version: 1
extends: paddock:default
series: [feature/x]
gates:
  pr-size: {limit: 10}
"""
JUDGED = re.compile(r"(?:passed|failed|warning|skipped|errored)\s+(?:pr-size|dco)\b")


def script(text: str) -> str:
    return f"#!/bin/sh\n{text}\n"


def put(path: Path, text: str | bytes, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    return path


def folder(work: Work) -> Path:
    return Path(open_repository(str(work.path)).common_dir) / "hooks"


def install(work: Work, *, command: str = PADDOCK, dry_run: bool = False) -> list[str]:
    steps = hooks.install(open_repository(str(work.path)), command=command, dry_run=dry_run)
    return [f"{step.hook}: {step.words}" if step.hook else step.words for step in steps]


def uninstall(work: Work, *, dry_run: bool = False) -> list[str]:
    return [f"{step.hook}: {step.words}" for step in hooks.uninstall(open_repository(str(work.path)), dry_run=dry_run)]


def states(work: Work) -> list[State]:
    return [hook.state for hook in hooks.hooks(open_repository(str(work.path)), PADDOCK)]


def snapshot(place: Path) -> dict[str, tuple[int, str | bytes]]:
    """Every file below a folder, the samples that git puts there apart: its mode, and its content or link."""
    return {
        str(path.relative_to(place)): (
            path.lstat().st_mode,
            os.readlink(path) if path.is_symlink() else path.read_bytes(),
        )
        for path in sorted(place.rglob("*"))
        if path.suffix != ".sample" and (path.is_symlink() or path.is_file())
    }


def run(cwd: Path, *args: str, env: dict[str, str] | None = None, stdin: bytes = b"") -> Ran:
    """A program, with all that it says in `out`."""
    done = subprocess.run(
        args, cwd=cwd, input=stdin, stdout=-1, stderr=subprocess.STDOUT, check=False, env={**os.environ, **(env or {})}
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "surrogateescape"), "")


def git(work: Work | Path, *args: str, env: dict[str, str] | None = None) -> Ran:
    return run(work if isinstance(work, Path) else work.path, "git", *args, env=env)


def judged(ran: Ran) -> int:
    """How often a gate spoke that serves the stage."""
    return len(JUDGED.findall(ran.out))


# The files


def test_fresh_then_again(work: Work) -> None:
    config = (work.path / ".git/config").read_bytes()
    assert install(work) == [f"{name}: written" for name in HOOKS]
    there = {name: (folder(work) / name).lstat() for name in HOOKS}
    assert {name: stat.S_IMODE(entry.st_mode) for name, entry in there.items()} == dict.fromkeys(HOOKS, 0o755)
    assert set(snapshot(folder(work))) == set(HOOKS)
    assert install(work) == [f"{name}: in place" for name in HOOKS]
    assert {name: (folder(work) / name).lstat().st_ino for name in HOOKS} == {k: v.st_ino for k, v in there.items()}
    assert states(work) == [State.OURS] * 3
    assert (work.path / ".git/config").read_bytes() == config
    assert uninstall(work) == [f"{name}: removed" for name in HOOKS]
    assert snapshot(folder(work)) == {}
    assert uninstall(work) == [f"{name}: was not there" for name in HOOKS]


def test_the_command_line(work: Work) -> None:
    absent = paddock("hooks", "status", cwd=work.path)
    assert (absent.code, absent.out.splitlines()[0]) == (1, "pre-commit  absent")
    dry = paddock("hooks", "install", "--dry-run", cwd=work.path)
    assert (dry.code, dry.out.splitlines()) == (0, [f"{name:<11} would be written" for name in HOOKS])
    assert snapshot(folder(work)) == {}
    put(folder(work) / "pre-push", script("exit 0"))
    done = paddock("hooks", "install", cwd=work.path)
    kept = "the hook that was there is kept as pre-push.before-paddock and runs first"
    assert done.out == f"pre-commit  written\ncommit-msg  written\npre-push    written; {kept}\n"
    status = paddock("hooks", "status", cwd=work.path)
    assert status.code == 0
    assert status.out.splitlines()[2] == "pre-push    installed; pre-push.before-paddock runs first"
    removed = paddock("hooks", "uninstall", cwd=work.path)
    assert removed.out.splitlines()[2] == "pre-push    removed; the earlier hook is back"


def test_hooks_folder_is_made(work: Work) -> None:
    shutil.rmtree(work.path / ".git/hooks", ignore_errors=True)
    install(work)
    assert states(work) == [State.OURS] * 3


EARLIER: dict[str, Callable[[Path], object]] = {
    "script": lambda path: put(path, script("exit 0")),
    "private": lambda path: put(path, script("exit 0"), 0o700),
    "not-executable": lambda path: put(path, script("exit 0"), 0o644),
    "binary": lambda path: put(path, b"\x7fELF\0\xff"),
    "empty": lambda path: put(path, b""),
    "link": lambda path: path.symlink_to(put(path.parent.parent / "elsewhere", script("exit 0"))),
    "relative-link": lambda path: path.symlink_to(os.path.relpath(put(path.parent.parent / "x", ""), path.parent)),
    "dangling-link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
def test_an_earlier_hook_comes_back_as_it_was(work: Work, earlier: Callable[[Path], object]) -> None:
    folder(work).mkdir(exist_ok=True)
    earlier(folder(work) / "commit-msg")
    before = snapshot(folder(work))
    assert install(work, dry_run=True)[1].startswith("commit-msg: written; the hook that was there is kept")
    assert snapshot(folder(work)) == before
    install(work)
    assert states(work) == [State.OURS] * 3
    installed = snapshot(folder(work))
    assert installed["commit-msg" + KEPT] == before["commit-msg"]
    install(work)
    uninstall(work, dry_run=True)
    assert snapshot(folder(work)) == installed
    uninstall(work)
    assert snapshot(folder(work)) == before


NOT_CURRENT = {
    "another-paddock": (lambda text: text.replace(PADDOCK.encode(), b"/gone/paddock"), 0o755, State.OUTDATED),
    "an-older-form": (lambda _: b"#!/bin/sh\n# paddock native hook 0: x\nexec paddock\n", 0o755, State.OUTDATED),
    "not-executable": (lambda text: text, 0o644, State.INERT),
}


@pytest.mark.parametrize(("change", "mode", "state"), NOT_CURRENT.values(), ids=NOT_CURRENT)
def test_what_is_not_current_is_brought_up_to_date(
    work: Work, change: Callable[[bytes], bytes], mode: int, state: State
) -> None:
    install(work)
    current = snapshot(folder(work))
    put(folder(work) / "pre-commit", change((folder(work) / "pre-commit").read_bytes()), mode)
    assert states(work)[0] is state
    assert install(work)[0] == "pre-commit: brought up to date"
    assert snapshot(folder(work)) == current


def test_a_hook_that_git_skips_is_not_in_place(work: Work) -> None:
    install(work)
    (folder(work) / "pre-push").chmod(0o644)
    status = paddock("hooks", "status", cwd=work.path)
    assert (status.code, status.out.splitlines()[2]) == (1, "pre-push    installed, but not executable")


def _two_hooks(work: Work) -> None:
    put(folder(work) / "pre-push", script("exit 0"))
    put(folder(work) / ("pre-push" + KEPT), script("exit 1"))


def _edited(work: Work) -> None:
    install(work)
    path = folder(work) / "pre-push"
    path.write_text(path.read_text().replace("exec ", "make lint\nexec "))
    (folder(work) / "pre-commit").unlink()


def _folder(work: Work) -> None:
    (folder(work) / "pre-push").mkdir(parents=True)


def _pipe(work: Work) -> None:
    folder(work).mkdir(exist_ok=True)
    os.mkfifo(folder(work) / "pre-push")


def _unwritable(work: Work) -> None:
    shutil.rmtree(folder(work), ignore_errors=True)
    folder(work).write_text("not a folder")


def _last_fails(work: Work) -> None:
    put(folder(work) / "commit-msg", script("exit 0"))
    (folder(work) / f"pre-push.{os.getpid()}.tmp").mkdir()


REFUSED = {
    "two-hooks": (_two_hooks, r"pre-push is not paddock's, and an earlier hook is already kept"),
    "edited": (_edited, r"pre-push is paddock's, with lines that are not"),
    "folder": (_folder, r"pre-push is a folder"),
    "pipe": (_pipe, r"pre-push is no file"),
    "hooks-is-a-file": (_unwritable, r"hooks can't be written: "),
    "the-last-can't-be-written": (_last_fails, r"hooks can't be written: is a directory: .*pre-push"),
}


@pytest.mark.parametrize(("prepare", "says"), REFUSED.values(), ids=REFUSED)
def test_refused_with_nothing_changed(work: Work, prepare: Callable[[Work], None], says: str) -> None:
    prepare(work)
    before = snapshot(work.path / ".git")
    with pytest.raises(UsageError, match=says):
        install(work)
    assert snapshot(work.path / ".git") == before


def test_uninstall_leaves_what_is_not_ours(work: Work) -> None:
    _two_hooks(work)
    _edited_hook = put(folder(work) / "commit-msg", hooks.shim("commit-msg", PADDOCK) + b"echo mine\n")
    before = snapshot(folder(work))
    assert uninstall(work) == [
        "pre-commit: was not there",
        "commit-msg: edited by hand: left alone",
        "pre-push: not paddock's: left alone; pre-push.before-paddock still holds an earlier hook",
    ]
    assert snapshot(folder(work)) == before


def test_uninstall_brings_back_what_was_kept_though_ours_is_gone(work: Work) -> None:
    put(folder(work) / "pre-push", script("exit 0"))
    before = snapshot(folder(work))
    install(work)
    (folder(work) / "pre-push").unlink()
    assert uninstall(work)[2] == "pre-push: replaced by the earlier hook"
    assert snapshot(folder(work)) == before


class _StopError(BaseException):
    """As an interruption comes: not an `Exception`."""


@pytest.mark.parametrize("nth", range(1, 9))
def test_an_interruption_loses_no_hook(work: Work, nth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in HOOKS:
        put(folder(work) / name, script(f"exit 0 # {name}"))
    before = snapshot(folder(work))
    left = [nth]

    def stops(real: Callable[..., None]) -> Callable[..., None]:
        def call(*args: object, **options: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise _StopError
            real(*args, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("chmod", "link", "replace"):
            patch.setattr(os, name, stops(getattr(os, name)))
        with pytest.raises(_StopError):
            install(work)
    for name, was in before.items():
        assert was in (snapshot(folder(work)).get(name), snapshot(folder(work)).get(name + KEPT))
    install(work)
    assert states(work) == [State.OURS] * 3
    uninstall(work)
    assert snapshot(folder(work)) == before


def test_an_interrupted_installation_is_undone(work: Work) -> None:
    path = put(folder(work) / "pre-push", script("exit 0"))
    before = snapshot(folder(work))
    os.link(path, f"{path}{KEPT}")
    uninstall(work)
    assert snapshot(folder(work)) == before


def test_a_file_system_without_second_names(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder(work) / "pre-push", script("exit 0"))
    before = snapshot(folder(work))

    def no(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no")

    monkeypatch.setattr(os, "link", no)
    install(work)
    assert states(work) == [State.OURS] * 3
    uninstall(work)
    assert snapshot(folder(work)) == before


# core.hooksPath


def _worktree_config(work: Work) -> str:
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "--quiet", "../linked")
    work.git("-C", "../linked", "config", "--worktree", "core.hooksPath", ".githooks")
    return str(work.path / ".git/worktrees/linked/config.worktree")


def _set(*where: str, value: str = ".githooks") -> Callable[[Work], str]:
    def prepare(work: Work) -> str:
        work.git("config", *where, "core.hooksPath", value)
        return os.environ["HOME"] + "/.gitconfig" if where else str(work.path / ".git/config")

    return prepare


def _included(work: Work) -> str:
    put(work.path / "shared.inc", "[core]\n\thooksPath = ~/team\n", 0o644)
    work.git("config", "include.path", str(work.path / "shared.inc"))
    return str(work.path / "shared.inc")


def _fine_here_not_there(work: Work) -> str:
    work.git("worktree", "add", "--quiet", "../linked")
    return _set(value=".git/hooks")(work)


PATHS = {
    "local": _set(),
    "empty": _set(value=""),
    "absolute": _set(value="/dev/null"),
    "global": _set("--global"),
    "of-one-worktree": _worktree_config,
    "included": _included,
    "relative-to-each-worktree": _fine_here_not_there,
}


@pytest.mark.parametrize("prepare", PATHS.values(), ids=PATHS)
def test_hooks_path_of_somebody_else_is_refused(work: Work, prepare: Callable[[Work], str]) -> None:
    where = prepare(work)
    install_, status = (paddock("hooks", word, cwd=work.path) for word in ("install", "status"))
    assert install_.code == 2
    assert f"(set in {where}), so git would not run hooks from {work.path}/.git/hooks" in install_.err
    assert f"git config --file {where} --unset-all core.hooksPath" in install_.err
    assert snapshot(folder(work)) == {}
    assert status.code == 1
    assert status.out.endswith(f"(set in {where}): git runs none of these\n")
    # What it says to do is what helps.
    work.git("config", "--file", where, "--unset-all", "core.hooksPath")
    assert paddock("hooks", "install", cwd=work.path).code == 0


def test_hooks_path_of_the_environment(work: Work) -> None:
    env = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": "/dev/null"}
    refused = paddock("hooks", "install", cwd=work.path, env=env)
    assert refused.code == 2
    assert "core.hooksPath is `/dev/null` (set in the environment)" in refused.err


@pytest.mark.parametrize("value", ["{common}/hooks", "{common}/../.git/hooks/", ".git/hooks"])
def test_hooks_path_that_is_the_common_folder_is_fine(work: Work, value: str) -> None:
    work.git("config", "core.hooksPath", value.format(common=work.path / ".git"))
    install(work)
    work.write(".paddock.yaml", POLICY)
    work.git("add", ".")
    assert judged(git(work, "commit", "--signoff", "-m", "Add it")) == 2


def test_a_worktree_that_is_gone_does_not_matter(work: Work) -> None:
    _worktree_config(work)
    shutil.rmtree(work.path.parent / "linked")
    install(work)
    assert states(work) == [State.OURS] * 3


# What git runs


@pytest.fixture
def hooked(work: Work) -> Work:
    """A repository with a policy, a remote that has its `main`, native hooks, and a branch checked out."""
    run(work.path.parent, "git", "init", "--quiet", "--bare", "-b", "main", "remote.git")
    work.git("remote", "add", "origin", "../remote.git")
    work.commit("policy", {".paddock.yaml": POLICY, "sub/file": "x\n"})
    work.git("push", "--quiet", "-u", "origin", "main")
    work.branch("feature/x/01a-one")
    install(work)
    return work


def earlier(work: Work, name: str, text: str, mode: int = 0o755) -> None:
    put(folder(work) / (name + KEPT), text, mode)


def test_an_earlier_hook_gets_arguments_and_input_and_runs_first(hooked: Work, tmp_path: Path) -> None:
    note = tmp_path / "note"
    record = script(f'echo "${{0##*/}} $# $*" >> {note}; cat >> {note}; pwd >> {note}')
    for name in HOOKS:
        earlier(hooked, name, record)
    assert git(hooked, "commit", "--allow-empty", "--signoff", "-m", "One").code == 0
    head = hooked.git("rev-parse", "HEAD")
    assert git(hooked, "push", "origin", "HEAD").code == 0
    assert note.read_text() == (
        f"pre-commit{KEPT} 0 \n{hooked.path}\ncommit-msg{KEPT} 1 .git/COMMIT_EDITMSG\n{hooked.path}\n"
        f"pre-push{KEPT} 2 origin ../remote.git\n"
        f"HEAD {head} refs/heads/feature/x/01a-one {'0' * 40}\n{hooked.path}\n"
    )


def test_an_earlier_hook_may_alter_what_is_judged(hooked: Work) -> None:
    signs = 'git interpret-trailers --in-place --trailer "Signed-off-by: Ada Lovelace <ada@example.org>" "$1"'
    earlier(hooked, "commit-msg", script(signs))
    assert git(hooked, "commit", "--allow-empty", "-m", "One").code == 0


ENDS = {
    "refuses": (script("echo no; exit 7"), 0o755, 7),
    "killed": (script("kill -9 $$"), 0o755, 137),
    "passes": (script("exit 0"), 0o755, 0),
    "not-executable": (script("exit 7"), 0o644, 0),
    "without-a-first-line": ("exit 7\n", 0o755, 7),
    "empty": ("", 0o755, 0),
    "no-such-interpreter": ("#!/no/such/program\n", 0o755, 3),
}


@pytest.mark.parametrize(("text", "mode", "code"), ENDS.values(), ids=ENDS)
def test_the_exit_code_is_the_earlier_hook_s(hooked: Work, text: str, mode: int, code: int) -> None:
    earlier(hooked, "pre-commit", text, mode)
    direct = run(hooked.path, str(folder(hooked) / "pre-commit"))
    assert (direct.code, judged(direct)) == (code, 0 if code else 1)
    assert "Traceback" not in direct.out
    assert git(hooked, "commit", "--allow-empty", "--signoff", "-m", "One").code == (1 if code else 0)


def test_a_linked_earlier_hook_runs(work: Work, tmp_path: Path) -> None:
    folder(work).mkdir(exist_ok=True)
    (folder(work) / "pre-commit").symlink_to(put(tmp_path / "real", script("echo from the link; exit 1")))
    install(work)
    assert "from the link" in git(work, "commit", "--allow-empty", "--signoff", "-m", "One").out


def test_a_push_made_by_the_earlier_hook_is_judged_too(hooked: Work) -> None:
    big(hooked)
    again = '[ -n "$AGAIN" ] || { AGAIN=1 git push origin HEAD:refs/heads/feature/x/01b-other; exit 1; }'
    earlier(hooked, "pre-push", script(again))
    said = git(hooked, "push", "origin", "HEAD")
    assert "push of feature/x/01b-other" in said.out
    assert remote_branches(hooked) == {"main"}


COMMITS: dict[str, tuple[tuple[str, ...], bool, str]] = {
    "signed-off": (("--allow-empty", "--signoff", "-m", "One"), True, "1 commit signed off"),
    "unsigned": (("--allow-empty", "-m", "One"), False, "no sign-off by Ada Lovelace"),
    "author": (("--allow-empty", "-m", "One", "--author", "Bob <bob@example.org>"), False, "no sign-off by Bob <bob@"),
    "all": (("-a", "--signoff", "-m", "One"), True, "15 changed lines, 5 over the limit of 10"),
    "staged": (("--signoff", "-m", "One"), True, "3 of 10 changed lines"),
    "one-file": (("--signoff", "-m", "One", "staged"), True, "2 of 10 changed lines"),
    "amend": (("--amend", "--signoff", "-m", "One"), True, "3 of 10 changed lines"),
    "amend-unsigned": (("--amend", "-m", "One"), False, "no sign-off by Ada"),
}


@pytest.mark.parametrize("where", ["main-checkout", "subfolder", "linked-worktree", "linked-subfolder"])
@pytest.mark.parametrize(("args", "passes", "says"), COMMITS.values(), ids=COMMITS)
def test_commits(hooked: Work, where: str, args: tuple[str, ...], passes: bool, says: str) -> None:  # noqa: FBT001
    top = hooked.path
    if "linked" in where:
        top = hooked.path.parent / "linked tree"
        hooked.git("worktree", "add", "--quiet", str(top), "-b", "feature/x/02a-two", "main")
    (top / "staged").write_text("1\n2\n")
    (top / "also").write_text("1\n")
    git(top, "add", "staged", "also")
    (top / "sub/file").write_text(lines(11))
    cwd = top / "sub" if "subfolder" in where else top
    if cwd != top and args[-1] == "staged":
        args = (*args[:-1], "../staged")
    before = git(top, "rev-parse", "HEAD").out
    said = git(cwd, "commit", *args)
    assert (said.code == 0, git(top, "rev-parse", "HEAD").out != before) == (passes, passes), said.out
    assert says in said.out


def test_a_merge_s_message(hooked: Work) -> None:
    hooked.write(".paddock.yaml", f"{POLICY}  dco: {{merges: required}}\n")
    hooked.commit("one", {"one": "1\n"})
    hooked.branch("feature/x/02a-two")
    hooked.commit("two", {"two": "2\n"})
    refused = git(hooked, "merge", "--no-ff", "-m", "Join", "feature/x/01a-one")
    assert refused.code != 0
    assert "no sign-off by Ada" in refused.out
    git(hooked, "merge", "--abort")
    assert git(hooked, "merge", "--no-ff", "--signoff", "-m", "Join", "feature/x/01a-one").code == 0


def test_a_reworded_commit(hooked: Work) -> None:
    hooked.commit("one", {"one": "1\n"})
    env = {"GIT_SEQUENCE_EDITOR": "sed -i.bak s/^pick/reword/", "GIT_EDITOR": "sed -i.bak /^Signed-off-by/d"}
    said = git(hooked, "rebase", "-i", "main", env=env)
    assert said.code != 0
    assert "no sign-off by Ada" in said.out
    git(hooked, "rebase", "--abort")
    env["GIT_EDITOR"] = "sed -i.bak s/one/uno/"
    assert git(hooked, "rebase", "-i", "main", env=env).code == 0
    assert hooked.git("log", "-1", "--format=%s") == "uno"


# Pushes


def big(work: Work) -> None:
    work.commit("Add much", {"much": lines(12)})


def small(work: Work) -> None:
    work.commit("Add little", {"little": lines(2)})


def remote_branches(work: Work) -> set[str]:
    listing = git(work.path.parent / "remote.git", "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")
    return set(listing.out.split())


def test_a_new_branch(hooked: Work) -> None:
    small(hooked)
    said = git(hooked, "push", "origin", "feature/x/01a-one")
    assert f"push of feature/x/01a-one at {hooked.git('rev-parse', 'HEAD')[:12]}\n" in said.out
    assert "2 of 10 changed lines" in said.out
    assert remote_branches(hooked) == {"main", "feature/x/01a-one"}


def test_several_refs_are_each_judged_and_named(hooked: Work) -> None:
    small(hooked)
    for number in range(2, 6):
        hooked.branch(f"feature/x/0{number}a-more")
        small(hooked)
    hooked.branch("feature/x/none")
    big(hooked)
    said = git(hooked, "push", "origin", "--all")
    assert re.findall(r"push of (\S+) at", said.out) == [
        "feature/x/01a-one",
        *(f"feature/x/0{number}a-more" for number in range(2, 6)),
        "feature/x/none",
    ]
    assert said.out.count("2 of 10 changed lines") == 5
    assert "12 changed lines, 2 over the limit of 10" in said.out
    assert remote_branches(hooked) == {"main"}


def test_a_deleted_branch_and_a_tag_are_not_judged(hooked: Work) -> None:
    big(hooked)
    hooked.git("push", "--quiet", "--no-verify", "origin", "HEAD")
    for args in (("--delete", "feature/x/01a-one"), ("HEAD:refs/tags/v1",)):
        said = git(hooked, "push", "origin", *args)
        assert (said.code, judged(said)) == (0, 0), said.out
    assert remote_branches(hooked) == {"main"}


def test_a_deleted_branch_beside_one_that_is_judged(hooked: Work) -> None:
    hooked.git("push", "--quiet", "--no-verify", "origin", "HEAD:feature/x/09z-old")
    big(hooked)
    said = git(hooked, "push", "origin", ":feature/x/09z-old", "HEAD")
    assert said.code == 1
    assert remote_branches(hooked) == {"main", "feature/x/09z-old"}


def test_a_forced_update_is_judged_against_the_base(hooked: Work) -> None:
    hooked.commit("Add some", {"some": lines(8)})
    hooked.git("push", "--quiet", "--no-verify", "origin", "HEAD")
    hooked.git("reset", "--quiet", "--hard", "main")
    hooked.commit("Add other", {"other": lines(9)})
    said = git(hooked, "push", "--force", "origin", "HEAD")
    assert (said.code, "9 of 10 changed lines" in said.out) == (0, True)


@pytest.mark.parametrize(("lines_", "passes"), [(9, True), (11, False)], ids=["within", "over"])
def test_a_push_to_the_base_is_judged_against_what_the_remote_has(
    hooked: Work,
    lines_: int,
    passes: bool,  # noqa: FBT001
) -> None:
    hooked.git("checkout", "--quiet", "main")
    hooked.commit("Add it", {"it": lines(lines_)})
    said = git(hooked, "push", "origin", "main")
    assert said.code == (0 if passes else 1)
    assert f"{lines_} " in said.out
    assert "push of main at" in said.out


def test_a_push_to_a_base_whose_commits_are_not_here_could_not_be_judged(hooked: Work) -> None:
    other = Work.__new__(Work)
    other.path = hooked.path.parent / "other"
    run(hooked.path.parent, "git", "clone", "--quiet", "remote.git", "other")
    other.commit("Add elsewhere", {"elsewhere": "1\n"})
    other.git("push", "--quiet", "origin", "main")
    hooked.git("checkout", "--quiet", "main")
    big(hooked)
    said = git(hooked, "push", "--force", "origin", "main")
    assert said.code == 1
    assert "which is not here\n  git fetch\n" in said.out
    assert other.git("rev-parse", "main") == git(hooked.path.parent / "remote.git", "rev-parse", "main").out.strip()


@pytest.mark.parametrize("detached", [False, True], ids=["on-a-branch", "detached"])
def test_the_name_that_counts_is_the_remote_s(hooked: Work, detached: bool) -> None:  # noqa: FBT001
    small(hooked)
    if detached:
        hooked.git("checkout", "--quiet", "--detach")
    said = git(hooked, "push", "origin", "HEAD:refs/heads/feature/x/other")
    assert (said.code, "push of feature/x/other at" in said.out) == (1, True)
    good = git(hooked, "push", "origin", "HEAD:refs/heads/feature/x/07b-other")
    assert (good.code, "push of feature/x/07b-other at" in good.out) == (0, True)


def test_what_is_pushed_is_judged_and_not_what_is_checked_out(hooked: Work) -> None:
    small(hooked)
    hooked.branch("feature/x/02a-two")
    big(hooked)
    hooked.write("loose", lines(50))
    hooked.git("add", "loose")
    assert git(hooked, "push", "origin", "feature/x/01a-one").code == 0
    hooked.git("checkout", "--quiet", "--force", "feature/x/01a-one")
    assert "12 changed lines" in git(hooked, "push", "origin", "feature/x/02a-two").out
    assert remote_branches(hooked) == {"main", "feature/x/01a-one"}


# Every worktree, and after the one it was installed from


def test_installed_from_a_linked_worktree_it_serves_all(work: Work) -> None:
    work.commit("policy", {".paddock.yaml": POLICY})
    for name in ("one", "two"):
        work.git("worktree", "add", "--quiet", f"../{name}")
    assert paddock("hooks", "install", cwd=work.path.parent / "one").code == 0
    for place in (work.path, work.path.parent / "one", work.path.parent / "two"):
        assert "no sign-off" in git(place, "commit", "--allow-empty", "-m", "One").out
        assert paddock("hooks", "status", cwd=place).code == 0


def test_it_outlives_the_worktree_it_was_installed_from(work: Work, tmp_path: Path) -> None:
    work.commit("policy", {".paddock.yaml": POLICY})
    tree = tmp_path / "linked"
    work.git("worktree", "add", "--quiet", str(tree))
    venv = put(tree / ".venv/bin/paddock", script(f'exec {PADDOCK} "$@"'))
    said = install(work, command=str(venv))
    assert said[3] == f"note: {venv} goes with the worktree {tree}; after that, paddock on PATH is used"
    assert "no sign-off" in git(work, "commit", "--allow-empty", "-m", "One").out
    shutil.rmtree(tree)
    on_path = put(tmp_path / "bin/paddock", script(f'exec {PADDOCK} "$@"')).parent
    bare_path = "/usr/bin:/bin"
    assert shutil.which("paddock", path=bare_path) is None
    found = git(work, "commit", "--allow-empty", "-m", "One", env={"PATH": f"{on_path}:{bare_path}"})
    assert "no sign-off" in found.out
    without = git(work, "commit", "--allow-empty", "--signoff", "-m", "One", env={"PATH": bare_path})
    assert without.code == 1
    assert without.out == (
        "paddock: not where it was installed and not on PATH, so nothing is judged and git stops\n"
        "  put it on PATH, or remove .git/hooks/pre-commit\n"
    )


def test_a_program_that_is_not_there_is_told(work: Work) -> None:
    said = install(work, command="/no/paddock")
    assert said[3] == "note: there is no program /no/paddock; paddock must be on PATH wherever git runs"


def test_paths_that_a_shell_would_take_apart(tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s "a" $(x) `x`\n;#'
    work = Work(odd / "work")
    work.commit("policy", {".paddock.yaml": POLICY})
    earlier_program = put(odd / "bin/paddock", script(f'exec {PADDOCK} "$@"'))
    put(folder(work) / "pre-commit", script("echo earlier"))
    install(work, command=str(earlier_program))
    said = git(work, "commit", "--allow-empty", "--signoff", "-m", "One")
    assert (said.code, judged(said), "earlier" in said.out) == (0, 2, True)
    assert hooks.hooks(open_repository(str(work.path)), str(earlier_program))[0].state is State.OURS


def test_a_bare_repository(hooked: Work) -> None:
    big(hooked)
    bare = hooked.path.parent / "bare.git"
    run(hooked.path.parent, "git", "clone", "--quiet", "--bare", "work", "bare.git")
    assert paddock("hooks", "install", cwd=bare).code == 0
    said = git(bare, "push", "../remote.git", "feature/x/01a-one")
    assert (said.code, "12 changed lines, 2 over the limit of 10" in said.out) == (1, True)


def test_a_hooks_folder_that_is_a_link_is_told(work: Work, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shutil.rmtree(folder(work), ignore_errors=True)
    folder(work).symlink_to(shared)
    assert install(work)[3] == f"note: {work.path}/.git/hooks is a link; whatever else uses {shared} has them too"


def test_outside_a_repository(tmp_path: Path) -> None:
    said = paddock("hooks", "install", cwd=tmp_path)
    assert (said.code, "not a git repository" in said.err) == (2, True)
