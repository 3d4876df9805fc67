"""A commit whose message was refused, made again by the hint's own command: with real git, editors and settings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

POLICY = "version: 1\ngates:\n  commit-message: {subject-pattern: '^Add '}\n  dco: {}\n"
SIGNED = "Signed-off-by: Ada Lovelace <ada@example.org>"
WRITTEN = "Add it\n\nas it is wanted\n"


@pytest.fixture
def hooked(work: Work) -> Work:
    work.commit("policy", {".paddock.yaml": POLICY, "sub/file": "x\n"})
    assert paddock("hooks", "install", cwd=work.path).code == 0
    work.write("sub/file", "diff --git a/x b/x\nindex 1..2\n")
    work.git("add", "--all")
    return work


def git(place: Path, *words: str, editor: str = "false") -> subprocess.CompletedProcess[bytes]:
    path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    env = {**os.environ, "GIT_EDITOR": editor, "PATH": path}
    return subprocess.run(words, cwd=place, capture_output=True, check=False, env=env)


def typed(work: Work, text: str) -> str:
    """An editor that writes above what git shows."""
    (work.path.parent / "typed").write_text(text)
    return f'f() {{ cat {work.path.parent}/typed "$1" > "$1.new" && mv "$1.new" "$1"; }}; f'


def hint(ran: subprocess.CompletedProcess[bytes]) -> str:
    assert ran.returncode == 1, ran
    (found,) = set(re.findall(r"git commit --(?:signoff|edit).*", (ran.stdout + ran.stderr).decode()))
    return str(found)


def message(place: Path) -> str:
    return git(place, "git", "log", "-1", "--format=%B").stdout.decode().rstrip("\n")


HASH = "Add it\n\n#12 asks for it,\nand it is time\n"
WAYS: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    "plain": ({}, (), WRITTEN),
    "-v": ({}, ("-v",), WRITTEN),
    "commit.verbose": ({"commit.verbose": "true"}, (), WRITTEN),
    "another comment character": ({"core.commentChar": ";"}, ("-v",), HASH),
    "a comment character that git chooses": ({"core.commentChar": "auto"}, ("-v",), WRITTEN),
    "scissors only": ({"commit.cleanup": "scissors"}, ("-v",), HASH),
}


@pytest.mark.parametrize(("settings", "words", "text"), WAYS.values(), ids=WAYS)
def test_the_message_is_signed_off_and_nothing_else(
    settings: dict[str, str], words: tuple[str, ...], text: str, hooked: Work
) -> None:
    for key, value in settings.items():
        hooked.git("config", key, value)
    command = hint(git(hooked.path / "sub", "git", "commit", *words, editor=typed(hooked, text)))
    ran = git(hooked.path / "sub", "bash", "-c", command)
    assert ran.returncode == 0, ran
    assert message(hooked.path) == f"{text}\n{SIGNED}"


def test_a_line_that_begins_with_a_hash_is_the_author_s_own(hooked: Work) -> None:
    refused = git(hooked.path, "git", "commit", "-m", HASH.replace("Add", "Fix"), "--signoff")
    command = hint(refused)
    hooked.git("config", "commit.verbose", "true")
    ran = git(hooked.path, "bash", "-c", command, editor="sed -i 's/Fix/Add/'")
    assert ran.returncode == 0, ran
    assert message(hooked.path) == f"{HASH}\n{SIGNED}"


def test_it_is_kept_in_the_worktree_s_own_git_directory(hooked: Work) -> None:
    place = hooked.path.parent / "linked"
    hooked.git("worktree", "add", "-q", "-b", "other", str(place))
    own = hooked.path / ".git/worktrees/linked/PADDOCK_EDITMSG"
    target = hooked.path.parent / "target"
    target.write_text("somebody's\n")
    own.symlink_to(target)
    command = hint(git(place, "git", "commit", "--allow-empty", "-v", editor=typed(hooked, WRITTEN)))
    assert (own.read_text(), target.read_text()) == (WRITTEN, "somebody's\n")
    assert git(place, "bash", "-c", command.replace("--signoff", "--signoff --allow-empty")).returncode == 0
    assert message(place) == f"{WRITTEN}\n{SIGNED}"


def test_the_editor_s_own_text_is_no_message(hooked: Work) -> None:
    git(hooked.path, "git", "commit", "-v", "--signoff", editor=typed(hooked, "Change it\n"))
    ran = git(hooked.path, "git", "commit", "--file", ".git/COMMIT_EDITMSG")
    out = (ran.stdout + ran.stderr).decode()
    assert ran.returncode == 1
    assert "git's own comments are in the message" in out
    assert "git's scissors line, and what git showed below it, are in the message" in out
