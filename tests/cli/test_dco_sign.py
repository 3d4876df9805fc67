from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from paddock_cli import Ran, paddock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

LINE = "Signed-off-by: Ada Lovelace <ada@example.org>\n"
POLICY = "gates:\n  dco:\n    add-sign-off: true\n"
SCISSORS = "# ------------------------ >8 ------------------------\n"


@pytest.fixture
def allowed(work: Work) -> Work:
    """A repository whose policy lets paddock sign off."""
    work.write(".paddock.yaml", POLICY)
    return work


def sign(
    work: Work, message: str | bytes, *options: str, env: dict[str, str] | None = None, name: str = "MESSAGE"
) -> tuple[Ran, bytes]:
    """Sign a message's file; how it ended, and what the file holds then."""
    work.write(name, message)
    ran = paddock("dco", "sign", *options, name, cwd=work.path, env=env)
    return ran, (work.path / name).read_bytes()


ADDED = {
    "subject": ("Add\n", f"Add\n\n{LINE}"),
    "no line break at the end": ("Add", f"Add\n\n{LINE}"),
    "body": ("Add\n\nbecause\n", f"Add\n\nbecause\n\n{LINE}"),
    "trailers": ("Add\n\nRefs: #1\n", f"Add\n\nRefs: #1\n{LINE}"),
    "somebody else's": ("Add\n\nSigned-off-by: Bob <b@x.org>\n", f"Add\n\nSigned-off-by: Bob <b@x.org>\n{LINE}"),
    "quoted": (f"Add\n\n> {LINE}", f"Add\n\n> {LINE}\n{LINE}"),
    "divider": ("Add\n\n---\nbody\n", f"Add\n\n---\nbody\n\n{LINE}"),
    "comments": ("Add\n\n# Please enter\n# the message\n", f"Add\n\n{LINE}\n# Please enter\n# the message\n"),
    "commented sign-off": (f"Add\n\n# {LINE}", f"Add\n\n{LINE}\n# {LINE}"),
    "diff below the scissors": (f"Add\n{SCISSORS}diff\n+{LINE}", f"Add\n\n{LINE}{SCISSORS}diff\n+{LINE}"),
    "crlf": ("Add\r\n\r\nRefs: #1\r\n", f"Add\r\n\r\nRefs: #1\r\n{LINE}".replace("\r\n", "\n").replace("\n", "\r\n")),
    "not UTF-8": (b"Add \xe9\xff\n", b"Add \xe9\xff\n\n" + LINE.encode()),
    "fixup": ("fixup! Add\n", f"fixup! Add\n\n{LINE}"),
}
LEFT_ALONE = {
    "empty": "",
    "blank": "\n \n\n",
    "comments only": "# nothing\n# at all\n",
    "comments and scissors": f"\n# nothing\n{SCISSORS}diff --git\n",
    "signed off": f"Add\n\n{LINE}",
    "signed off in another case": f"Add\n\n{LINE.upper()}",
    "signed off above a text": f"Add\n\n{LINE}\nmore\n",
    "signed off, crlf": f"Add\n\n{LINE}".replace("\n", "\r\n"),
}


@pytest.mark.parametrize(("message", "expected"), ADDED.values(), ids=ADDED)
def test_adds_the_committers_sign_off_once(allowed: Work, message: str | bytes, expected: str | bytes) -> None:
    ran, signed = sign(allowed, message)
    assert (ran.code, ran.out, ran.err) == (0, f"added: {LINE}", "")
    assert signed == (expected.encode() if isinstance(expected, str) else expected)
    again, twice = sign(allowed, signed)
    assert (again.code, again.out, again.err, twice) == (0, "", "", signed)


@pytest.mark.parametrize("message", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_leaves_alone(allowed: Work, message: str) -> None:
    ran, after = sign(allowed, message)
    assert (ran.code, ran.out, ran.err, after) == (0, "", "", message.encode())


def test_lines_with_a_hash_are_text_where_no_editor_was_opened(allowed: Work) -> None:
    ran, signed = sign(allowed, "#12 is fixed\n", env={"GIT_EDITOR": ":"})
    assert (ran.code, signed.count(LINE.encode())) == (0, 1)


def test_dry_run_writes_nothing(allowed: Work) -> None:
    ran, after = sign(allowed, "Add\n", "--dry-run")
    assert (ran.code, ran.out, after) == (0, f"would add: {LINE}", b"Add\n")


def test_the_committer_signs_not_the_author(allowed: Work) -> None:
    env = {
        "GIT_AUTHOR_NAME": "Bob",
        "GIT_AUTHOR_EMAIL": "bob@example.org",
        "GIT_COMMITTER_NAME": "Cy \x1b[31m",
        "GIT_COMMITTER_EMAIL": "cy@example.org",
    }
    ran, signed = sign(allowed, "Add\n", env=env)
    assert ran.out == "added: Signed-off-by: Cy \\x1b[31m <cy@example.org>\n"
    assert signed == b"Add\n\nSigned-off-by: Cy \x1b[31m <cy@example.org>\n"


def test_a_configuration_of_trailers_changes_nothing(allowed: Work) -> None:
    for key, value in (("ifexists", "doNothing"), ("where", "start"), ("ifmissing", "doNothing")):
        allowed.git("config", f"trailer.{key}", value)
    _, signed = sign(allowed, "Add\n\nSigned-off-by: Bob <b@x.org>\n")
    assert signed == f"Add\n\nSigned-off-by: Bob <b@x.org>\n{LINE}".encode()


def test_keeps_mode_link_and_folder(allowed: Work) -> None:
    allowed.write("folder/real", "Add\n")
    real, link = allowed.path / "folder" / "real", allowed.path / "LINK"
    real.chmod(0o640)
    link.symlink_to(real)
    assert paddock("dco", "sign", "LINK", cwd=allowed.path).code == 0
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == (f"Add\n\n{LINE}", 0o640)
    assert [path.name for path in real.parent.iterdir()] == ["real"]


def test_a_file_whose_name_is_not_utf8(allowed: Work) -> None:
    allowed.write(b"\xff", "Add\n")
    assert paddock("dco", "sign", os.fsdecode(b"\xff"), cwd=allowed.path).code == 0


REFUSED: dict[str, tuple[str, int, str]] = {
    "not allowed": (
        "gates:\n  dco: {}\n",
        1,
        (
            "paddock: .paddock.yaml: the policy does not let paddock sign off\n"
            "  allow it by `gates: dco: add-sign-off: true`, or sign off yourself: git commit --signoff\n"
        ),
    ),
    "not configured": (
        "gates:\n  pr-size: {}\n",
        2,
        "paddock: .paddock.yaml: the gate `dco` is not configured\n  add to `gates:`:  dco: {}\n",
    ),
    "an agent": (
        "gates:\n  dco:\n    add-sign-off: true\n    agents: must-not-sign\n    agent-identities: ['ada@*']\n",
        1,
        (
            "paddock: Ada Lovelace <ada@example.org> is an agent's identity, and `gates.dco.agents` is must-not-sign\n"
            "  name the agent by `Assisted-by: AGENT:MODEL`, and let a person sign off\n"
        ),
    ),
}


@pytest.mark.parametrize(("policy", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_refuses(work: Work, policy: str, code: int, said: str) -> None:
    work.write(".paddock.yaml", policy)
    ran, after = sign(work, "Add\n")
    assert (ran.code, ran.out, ran.err, after) == (code, "", said, b"Add\n")


def test_people_may_sign_where_agents_must_not(work: Work) -> None:
    work.write(".paddock.yaml", f"{POLICY}    agents: must-not-sign\n")
    assert sign(work, "Add\n")[0].code == 0


UNREADABLE = {
    "missing": ("none", "paddock: none: no such file or directory\n"),
    "folder": ("folder", "paddock: folder: is a directory\n"),
    "pipe": ("pipe", "paddock: pipe: not a file\n"),
    "NUL": ("nul", "paddock: nul: a NUL character in the message, which git does not take\n"),
    "huge": ("huge", "paddock: huge: the message is over 16 MiB\n"),
}


@pytest.mark.parametrize(("name", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_message_file(allowed: Work, name: str, said: str) -> None:
    allowed.write("folder/x")
    allowed.write("nul", "Add\0\n")
    allowed.write("huge", b"a" * ((16 << 20) + 1))
    os.mkfifo(allowed.path / "pipe")
    ran = paddock("dco", "sign", name, cwd=allowed.path)
    assert (ran.code, ran.out, ran.err) == (2, "", said)


@pytest.mark.parametrize(("file", "folder"), [(0o000, 0o700), (0o400, 0o500)], ids=["no reading", "no writing"])
def test_without_permission(allowed: Work, file: int, folder: int) -> None:
    allowed.write("folder/m", "Add\n")
    (allowed.path / "folder/m").chmod(file)
    (allowed.path / "folder").chmod(folder)
    ran = paddock("dco", "sign", "folder/m", cwd=allowed.path, bound_by_modes=True)
    (allowed.path / "folder").chmod(0o700)
    assert (ran.code, ran.err) == (2, "paddock: folder/m: permission denied\n")


def test_without_an_identity(allowed: Work) -> None:
    env = {"HOME": str(allowed.path), "EMAIL": "", "GIT_CONFIG_GLOBAL": os.devnull}
    allowed.git("config", "user.useConfigOnly", "true")
    ran, after = sign(allowed, "Add\n", env=env)
    assert (ran.code, after) == (3, b"Add\n")
    assert "git knows no author" in ran.err


def test_outside_a_repository(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("Add\n")
    (tmp_path / "p.yaml").write_text(POLICY)
    ran = paddock(
        "dco", "sign", "--policy", "p.yaml", "m", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    )
    assert (ran.code, (tmp_path / "m").read_text()) == (2, "Add\n")
    assert ran.err.startswith("paddock: not a git repository")


def test_in_a_real_hook_the_gate_then_passes(allowed: Work) -> None:
    hook = allowed.path / ".git/hooks/commit-msg"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m paddock dco sign "$1"\n')
    hook.chmod(0o755)
    allowed.branch("topic")
    allowed.write("file", "text\n")
    allowed.git("add", "file")
    allowed.git("commit", "--quiet", "-m", "Add a file")
    assert allowed.git("log", "-1", "--format=%B") == f"Add a file\n\n{LINE}"
    ran = paddock("check", "--range", "main..topic", "--gate", "dco", cwd=allowed.path)
    assert (ran.code, "1 commit signed off" in ran.out) == (0, True)
