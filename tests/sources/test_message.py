from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from paddock.errors import FactMissingError, UsageError
from paddock.model import Commit, Person
from paddock.sources.git import open_repository
from paddock.sources.message import SIZE_LIMIT, MessageSource, read_message
from paddock_cli import paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

MARK = "------------------------ >8 ------------------------"
ADA = Person("Ada Lovelace", "ada@example.org")


def read(work: Work, text: bytes | str, *, edited: bool = True) -> str:
    path = work.path / ".git/COMMIT_EDITMSG"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.environ["GIT_EDITOR"] = "vi" if edited else ":"
    try:
        return read_message(open_repository(str(work.path)), str(path))
    finally:
        del os.environ["GIT_EDITOR"]


@pytest.mark.parametrize(
    ("text", "edited", "expected"),
    [
        ("subject\n\n# 1 is a heading\n", False, "subject\n\n# 1 is a heading\n"),
        (f"subject\n\n# {MARK}\nkept\n", False, f"subject\n\n# {MARK}\nkept\n"),
        ("subject\n\n# a comment\nbody\n", True, "subject\n\nbody\n"),
        ("\n\n  \nsubject  \n\n\n\nbody\n\n", True, "subject\n\nbody\n"),
        (f"subject\n# {MARK}\ndiff --git a/x b/x\n+Signed-off-by: X <x@x>\n", True, "subject\n"),
        (f"# {MARK}\ndiff --git a/x b/x\n", True, ""),
        (f"subject\n# {MARK} and more\nkept\n", True, "subject\nkept\n"),
        (f"subject\nx # {MARK}\nkept\n", True, f"subject\nx # {MARK}\nkept\n"),
        ("# nothing\n# but comments\n", True, ""),
        ("", True, ""),
        ("", False, ""),
        ("subject\r\n\r\nbody\r\n", False, "subject\r\n\r\nbody\r\n"),
        ("subject\r\n\r\n# c\r\nbody\r\n", True, "subject\n\nbody\n"),
        (b"caf\xe9\0\n", False, "caf\udce9\ufffd\n"),
        ("no end", False, "no end"),
    ],
    ids=[
        "kept-without-editor", "scissors-without-editor", "comments", "blank-lines", "scissors", "scissors-first",
        "no-scissors", "scissors-within", "comments-only", "empty", "empty-unedited", "crlf", "crlf-edited", "bytes",
        "no-newline",
    ],
)  # fmt: skip
def test_what_git_will_store(work: Work, text: bytes | str, expected: str, *, edited: bool) -> None:
    assert read(work, text, edited=edited) == expected


@pytest.mark.parametrize(
    ("char", "text", "expected"),
    [
        (";", f"subject\n; comment\n# kept\n; {MARK}\ndiff\n", "subject\n# kept\n"),
        ("auto", "subject\n# comment\n", "subject\n"),
        ("auto", "# Heading\n\nbody\n; Please enter\n;\n;\tmodified: x\n; On branch\n", "# Heading\n\nbody\n"),
        ("auto", f"# 1\n; On branch x\n; {MARK}\ndiff\n+; x\n", "# 1\n"),
        ("auto", "subject\n\nends in words\n", "subject\n\nends in words\n"),
    ],
)
def test_the_mark_of_comments(work: Work, char: str, text: str, expected: str) -> None:
    work.git("config", "core.commentChar", char)
    assert read(work, text) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("default", "subject\n\nbody\n"),
        ("strip", "subject\n\nbody\n"),
        ("whitespace", "subject\n\n# comment\nbody\n"),
        ("verbatim", "subject\n\n# comment\nbody\n"),
        ("scissors", "subject\n\n# comment\nbody\n"),
    ],
)
def test_commit_cleanup(work: Work, mode: str, expected: str) -> None:
    work.git("config", "commit.cleanup", mode)
    assert read(work, f"subject\n\n# comment\nbody\n# {MARK}\ndiff\n") == expected


# Held against git itself: what the hook reads is what the commit says.

EDITED = """\
#!/bin/sh
{ printf 'subject\\n\\n# 1 is no comment to all\\n; nor is this\\nbody\\n'; cat "$1"; } > "$1.new"
mv "$1.new" "$1"
"""


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-c", "core.commentChar=;"),
        ("-c", "core.commentChar=auto"),
        ("-c", "commit.cleanup=scissors"),
        ("-c", "commit.cleanup=whitespace"),
        ("-c", "commit.verbose=true"),
        ("-c", "commit.verbose=true", "-c", "core.commentChar=%"),
    ],
    ids=lambda options: " ".join(options) or "plain",
)
def test_a_real_commit_with_an_editor(work: Work, tmp_path: Path, options: tuple[str, ...]) -> None:
    editor, answer = tmp_path / "editor", tmp_path / "answer"
    editor.write_text(EDITED)
    hook = work.path / ".git/hooks/commit-msg"
    code = "import sys; from paddock.sources.message import *; from paddock.sources.git import open_repository; "
    code += "sys.stdout.write(read_message(open_repository(), sys.argv[1]))"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$1" >"{answer}"\n')
    for path in (editor, hook):
        path.chmod(0o755)
    work.write("x.go", "package x\n# not a comment of the message\n")
    work.git("add", "--all")
    work.git(*options, "commit", "-q", env={"GIT_EDITOR": str(editor)})
    stored = work.git("log", "-1", "--format=%B")
    assert answer.read_text().rstrip("\n") == stored.rstrip("\n")
    assert stored.startswith("subject\n")


@pytest.mark.parametrize(
    ("options", "author", "committer"),
    [
        (("commit", "--author=Grace Hopper <grace@example.org>"), Person("Grace Hopper", "grace@example.org"), ADA),
        (
            ("-c", "user.email=else@example.org", "commit"),
            Person("Ada Lovelace", "else@example.org"),
            Person("Ada Lovelace", "else@example.org"),
        ),
        (
            ("-c", "committer.name=Bot", "-c", "author.email=a@b", "commit"),
            Person("Ada Lovelace", "a@b"),
            Person("Bot", "ada@example.org"),
        ),
        (("commit", "--amend", "--reset-author"), ADA, ADA),
        (("commit", "--author=O. <o@x>"), Person("O", "o@x"), ADA),
    ],
    ids=["author", "user", "committer", "amend", "stripped"],
)
def test_who_makes_a_real_commit(
    work: Work, tmp_path: Path, options: tuple[str, ...], author: Person, committer: Person
) -> None:
    answer = tmp_path / "answer"
    code = "import sys; from paddock.sources.git import open_repository as o; "
    code += "print(*((p.name, p.email) for p in o().identities()))"
    hook = work.path / ".git/hooks/commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" >"{answer}"\n')
    hook.chmod(0o755)
    work.git(*options, "-q", "--allow-empty", "-m", "subject")
    assert work.git("log", "-1", "--format=%an|%ae|%cn|%ce").split("|") == [
        author.name, author.email, committer.name, committer.email
    ]  # fmt: skip
    assert answer.read_text() == f"{(author.name, author.email)} {(committer.name, committer.email)}\n"


# The source.


def test_the_commit_in_the_making(work: Work) -> None:
    work.branch("topic")
    work.write(".git/COMMIT_EDITMSG", "subject\n")
    source = MessageSource(open_repository(str(work.path)), str(work.path / ".git/COMMIT_EDITMSG"), base="main")
    assert source.commits() == (Commit(None, (work.git("rev-parse", "HEAD"),), "subject\n", ADA, ADA),)
    assert (source.branch(), source.base(), source.head(), source.overrides(), source.queued()) == (
        "topic", "main", None, (), False
    )  # fmt: skip
    for fact in (source.files, source.moved, source.branches, source.merge_base):
        with pytest.raises(FactMissingError) as caught:
            fact()
        assert caught.value.message == "a commit message says nothing of files and branches"


def test_the_first_commit_has_no_parent(empty: Work) -> None:
    empty.write(".git/COMMIT_EDITMSG", "subject\n")
    source = MessageSource(open_repository(str(empty.path)), str(empty.path / ".git/COMMIT_EDITMSG"), base="main")
    assert source.commits() == (Commit(None, (), "subject\n", ADA, ADA),)


def test_a_merge_in_the_making(work: Work) -> None:
    work.branch("topic")
    topic = work.commit("topic")
    work.git("checkout", "-q", "main")
    main = work.commit("main")
    subprocess.run(["git", "merge", "-q", "--no-commit", "--no-ff", "topic"], cwd=work.path, check=True)
    source = MessageSource(open_repository(str(work.path)), str(work.path / ".git/MERGE_MSG"), base="main")
    (commit,) = source.commits()
    assert (commit.parents, commit.is_merge) == ((main, topic), True)


def test_a_detached_head(work: Work) -> None:
    work.git("checkout", "-q", "--detach")
    with pytest.raises(FactMissingError, match="HEAD is detached"):
        MessageSource(open_repository(str(work.path)), "x", base="main").branch()


@pytest.mark.parametrize(("name", "reason"), [("none", "no such file or directory"), (".git", "is a directory")])
def test_what_is_no_message(work: Work, name: str, reason: str) -> None:
    path = str(work.path / name)
    with pytest.raises(UsageError) as caught:
        read_message(open_repository(str(work.path)), path)
    assert caught.value.message == f"{path}: {reason}"


def test_an_unreadable_message(work: Work) -> None:
    work.write("message", "x")
    (work.path / "message").chmod(0)
    ran = paddock("check", "--message-file", "message", "--gate", "dco", cwd=work.path, bound_by_modes=True)
    assert (ran.code, ran.out, ran.err) == (2, "", "paddock: message: permission denied\n")


def test_a_message_has_a_size(work: Work) -> None:
    assert len(read(work, b"x" * SIZE_LIMIT, edited=False)) == SIZE_LIMIT
    with pytest.raises(UsageError, match="the message is over 16 MiB"):
        read(work, b"x" * (SIZE_LIMIT + 1), edited=False)
