from __future__ import annotations

import subprocess
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.trailers import (
    Identity,
    Remediation,
    Trailer,
    TrailerBlock,
    near_sign_offs,
    parse,
    remediations,
    sign_offs,
)

ADA = Identity("Ada Lovelace", "ada@example.org")
BOB = Identity("Bob", "bob@example.org")
SHA = "18aebfa67dde85da0f5099ad70ef647685a05205"
HEREBY = "hereby add my Signed-off-by to this commit:"

SIGNED = {
    "last line": ("subject\n\nSigned-off-by: Ada Lovelace <ada@example.org>", (ADA,)),
    "line break after it": ("subject\n\nSigned-off-by: Ada Lovelace <ada@example.org>\n", (ADA,)),
    "first line": ("Signed-off-by: Ada Lovelace <ada@example.org>\n\nbody\n", (ADA,)),
    "middle of the body": ("s\n\nbody\nSigned-off-by: Ada Lovelace <ada@example.org>\nmore\n\nend\n", (ADA,)),
    "code block": ("s\n\n```\nSigned-off-by: Ada Lovelace <ada@example.org>\n```\n", (ADA,)),
    "crlf": ("s\r\n\r\nSigned-off-by: Ada Lovelace <ada@example.org>\r\n", (ADA,)),
    "blanks after it": ("s\n\nSigned-off-by: Ada Lovelace <ada@example.org> \t \n", (ADA,)),
    "lower key": ("s\n\nsigned-off-by: Ada Lovelace <ada@example.org>", (ADA,)),
    "upper key": ("s\n\nSIGNED-OFF-BY: Ada Lovelace <ada@example.org>", (ADA,)),
    "two": (
        "s\n\nSigned-off-by: Ada Lovelace <ada@example.org>\nSigned-off-by: Bob <bob@example.org>\n",
        (ADA, BOB),
    ),
    "two, others between": (
        "s\n\nSigned-off-by: Bob <bob@example.org>\nAcked-by: X <x@y>\nSigned-off-by: Ada Lovelace <ada@example.org>",
        (BOB, ADA),
    ),
    "no name": ("s\n\nSigned-off-by:  <ada@example.org>", (Identity("", "ada@example.org"),)),
    "blanks around the name stay": ("s\n\nSigned-off-by:   Bob  <bob@example.org>", (Identity("  Bob ", BOB.email),)),
    "bytes that are no UTF-8": ("s\n\nSigned-off-by: \udce9 <e@x.org>", (Identity("\udce9", "e@x.org"),)),
    "beside a NUL": ("s\0\n\nSigned-off-by: Bob <bob@example.org>\n\0", (BOB,)),
}

UNSIGNED = {
    "empty": "",
    "nothing": "subject\n\nbody\n",
    "indented": "s\n\n  Signed-off-by: Bob <bob@example.org>",
    "commented": "s\n\n# Signed-off-by: Bob <bob@example.org>",
    "quoted": "s\n\n> Signed-off-by: Bob <bob@example.org>",
    "inside a line": "s\n\nwith Signed-off-by: Bob <bob@example.org>",
    "no blank after the colon": "s\n\nSigned-off-by:Bob <bob@example.org>",
    "no name nor blank": "s\n\nSigned-off-by: <bob@example.org>",
    "no email": "s\n\nSigned-off-by: Bob",
    "no brackets": "s\n\nSigned-off-by: Bob bob@example.org",
    "not closed": "s\n\nSigned-off-by: Bob <bob@example.org",
    "text after it": "s\n\nSigned-off-by: Bob <bob@example.org> (he said)",
    "over two lines": "s\n\nSigned-off-by: Bob\n <bob@example.org>",
    "brackets in the name": "s\n\nSigned-off-by: Bob <b> <bob@example.org>",
    "a letter that only looks like an s": "s\n\n\u017figned-off-by: Bob <bob@example.org>",
}


@pytest.mark.parametrize(("message", "found"), SIGNED.values(), ids=SIGNED)
def test_sign_offs(message: str, found: tuple[Identity, ...]) -> None:
    assert sign_offs(message) == found


@pytest.mark.parametrize("message", UNSIGNED.values(), ids=UNSIGNED)
def test_no_sign_offs(message: str) -> None:
    assert sign_offs(message) == ()


def test_lines_meant_as_sign_offs() -> None:
    message = (
        "s\n\nSigned-off-by: Ada Lovelace <ada@example.org>\n  Signed-off-by: Bob <bob@example.org>\r\n"
        "Signed off by Bob\nSign-off-by: Bob <b@x.org>\nthe sign-off by Bob\nSigned-off-bystanders: none\n"
    )
    assert near_sign_offs(message) == (
        "Signed-off-by: Bob <bob@example.org>",
        "Signed off by Bob",
        "Sign-off-by: Bob <b@x.org>",
    )


def test_identities_fold_case_and_show_as_git_writes_them() -> None:
    assert Identity("ADA LoveLace", "Ada@Example.ORG").folded == ADA.folded
    assert str(ADA) == "Ada Lovelace <ada@example.org>"


REMEDIATIONS = {
    "individual": (f"s\n\nI, Bob <bob@example.org>, {HEREBY} {SHA}\n", (Remediation(SHA, BOB),)),
    "third party": (
        f"s\n\nOn behalf of Ada Lovelace <ada@example.org>, I, Bob <bob@example.org>, {HEREBY} {SHA}\n",
        (Remediation(SHA, BOB, ADA),),
    ),
    "crlf and blanks": (f"s\r\n\r\nI, Bob <bob@example.org>, {HEREBY} {SHA} \r\n", (Remediation(SHA, BOB),)),
    "any case": (f"s\n\ni, Bob <bob@example.org>, {HEREBY.upper()} {SHA}", (Remediation(SHA, BOB),)),
    "several": (
        f"I, Bob <bob@example.org>, {HEREBY} {SHA}\nI, Bob <bob@example.org>, {HEREBY} {'2' * 40}",
        (Remediation(SHA, BOB), Remediation("2" * 40, BOB)),
    ),
    "other words": (f"For Ada <a@x.org>, I, Bob <bob@example.org>, {HEREBY} {SHA}", ()),
    "no sha": (f"I, Bob <bob@example.org>, {HEREBY} ", ()),
    "two shas": (f"I, Bob <bob@example.org>, {HEREBY} {SHA} {SHA}", ()),
    "inside a line": (f"so I, Bob <bob@example.org>, {HEREBY} {SHA}", ()),
}


@pytest.mark.parametrize(("message", "found"), REMEDIATIONS.values(), ids=REMEDIATIONS)
def test_remediations(message: str, found: tuple[Remediation, ...]) -> None:
    assert remediations(message) == found


def test_trailers_know_their_lines() -> None:
    assert parse(
        "s\r\n\r\nbody\r\n\r\nFixes: #1\r\nNote: one\r\n  two\r\nSigned-off-by: Bob <b@x>\r\n"
    ) == TrailerBlock(
        (Trailer("Fixes", "#1", 5), Trailer("Note", "one two", 6), Trailer("Signed-off-by", "Bob <b@x>", 8)), 5
    )


def test_values_by_key_in_any_case() -> None:
    block = parse("s\n\nFixes: #1\nfixes: #2\nOther: 3\n")
    assert block.values("FIXES") == ("#1", "#2")
    assert block.values("Nothing") == ()


# Each is held against real git: what it takes for trailers, we do.
MESSAGES = {
    "empty": "",
    "subject only": "subject\n",
    "trailer as the subject": "Fixes: #1\n",
    "trailer right below the subject": "s\nFixes: #1\n",
    "one": "s\n\nFixes: #1\n",
    "no line break at the end": "s\n\nFixes: #1",
    "blank lines at the end": "s\n\nFixes: #1\n\n\n",
    "body before": "s\n\nbody: with colon\nmore\n\nFixes: #1\nSigned-off-by: A <a@x>\n",
    "text below": "s\n\nFixes: #1\n\nmore text\n",
    "text among them": "s\n\nFixes: #1\nsome text\n",
    "text among git's own": "s\n\nFixes: #1\nsome text\nSigned-off-by: A <a@x>\n",
    "a quarter": "s\n\ntext\ntext\ntext\nSigned-off-by: A <a@x>\n",
    "less than a quarter": "s\n\ntext\ntext\ntext\ntext\nSigned-off-by: A <a@x>\n",
    "cherry-pick": "s\n\n(cherry picked from commit 1234)\nFixes: #1\n",
    "cherry-pick among text": "s\n\ntext\n(cherry picked from commit 1234)\nFixes: #1\n",
    "continued": "s\n\nNote: one\n  two\n\tthree\nFixes: #1\n",
    "continuation of nothing": "s\n\n  indented\nFixes: #1\n",
    "continuation of text": "s\n\ntext\n  more\nSigned-off-by: A <a@x>\n",
    "no value": "s\n\nFixes:\nNote: 1\n",
    "blanks before the colon": "s\n\nFixes : #1\n",
    "no blank after the colon": "s\n\nFixes:#1\n",
    "a key with a blank": "s\n\nFixed by: me\n",
    "a key with an underscore": "s\n\nfixed_by: me\n",
    "comments": "s\n\nFixes: #1\n# a comment\nNote: 2\n# at the end\n",
    "comments after a blank line": "s\n\nFixes: #1\n\n# on branch main\n#\n",
    "comment as the subject's paragraph": "# nothing\n\nFixes: #1\n",
    "blank line of blanks": "s\n   \nFixes: #1\n",
    "colon first": "s\n\n: value\n",
    "url": "s\n\nhttps://example.org/x\n",
    "crlf": "s\r\n\r\nFixes: #1\r\nNote: 2\r\n",
}


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_trailers_as_git_finds_them(message: str) -> None:
    run = subprocess.run(
        ["git", "interpret-trailers", "--parse", "--no-divider"],
        input=message.encode(),
        capture_output=True,
        check=True,
    )
    ours = [f"{trailer.key}: {trailer.value}".rstrip() for trailer in parse(message).trailers]
    git = [line.rstrip() for line in run.stdout.decode().splitlines() if not line.startswith("(cherry picked")]
    assert ours == git


@given(st.text(st.sampled_from("sA: \n\r\t#<>@,-\0\udce9\u0131\u017f") | st.characters(), max_size=200))
def test_never_raises(text: str) -> None:
    for message in (text, f"s\n\nSigned-off-by: {text}", f"s\n\nA: b\n{text}", f"I, {text} <a@b>, {HEREBY} {text}"):
        sign_offs(message)
        near_sign_offs(message)
        remediations(message)
        parse(message)


HOSTILE = {
    "one line": "a" * 10_000_000,
    "blanks": " " * 10_000_000,
    "line breaks": "\n" * 3_000_000,
    "open brackets": "Signed-off-by: " + " <" * 5_000_000,
    "blanks after it": "Signed-off-by: A <a@x.org>" + " " * 10_000_000 + "x",
    "half remediations": "On behalf of " + "A <a@x.org>, I, " * 600_000,
    "blanks in a key": "s\n\nA" + " " * 10_000_000 + "x",
    "continuations": "s\n\nA: b\n" + " c\n" * 1_000_000,
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_hostile_messages_take_no_longer_than_their_length(message: str) -> None:
    start = time.process_time()
    for read in (sign_offs, near_sign_offs, remediations, parse):
        read(message)
    # Linear takes well under a second; one quadratic pattern would take hours.
    assert time.process_time() - start < 20
