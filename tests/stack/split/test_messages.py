from __future__ import annotations

from paddock.gates import dco
from paddock.model import Commit, Person
from paddock.stack.split.messages import Written, tell

ADA, BOB = ("Ada", "ada@example.org"), ("Bob", "bob@example.org")


def written(who: tuple[str, str], message: str, lines: int, sha: str = "1" * 40, date: str = "100 +0000") -> Written:
    return Written(sha, *who, date, message, lines)


def signed(text: str, *who: tuple[str, str]) -> str:
    return text + "\n\n" + "".join(f"Signed-off-by: {name} <{email}>\n" for name, email in who)


def test_whoever_wrote_most_is_the_author_and_all_are_named() -> None:
    told = tell(
        [
            written(ADA, signed("Add the API\n\nWhy it is there.", ADA), 10, date="100 +0000"),
            written(
                BOB,
                "Add the client\n\nIt calls.\n\nIssue: 7\nSigned-off-by: Bob <bob@example.org>\n",
                30,
                date="200 +0200",
            ),
            written(BOB, signed("Fix the client", BOB), 5, date="300 +0200"),
        ],
        "feature/x/03a-work",
        2,
        3,
    )
    assert (told.name, told.email, told.date) == (*BOB, "300 +0200")
    assert told.message == (
        "Add the client (2/3)\n\nIt calls.\n\nAdd the API\n\nWhy it is there.\n\nFix the client\n\n"
        "Layer 2 of 3 of feature/x/03a-work.\n\n"
        "Issue: 7\nCo-authored-by: Ada <ada@example.org>\n"
        "Signed-off-by: Ada <ada@example.org>\nSigned-off-by: Bob <bob@example.org>\n"
    )
    made = Commit("2" * 40, ("3" * 40,), told.message, Person(*BOB), Person("Carol", "carol@example.org"))
    assert dco.check(dco.Facts(commits=(made,), queued=False), dco.DcoConfig()).findings == ()


def test_nobody_vouches_for_what_was_not_signed_off() -> None:
    told = tell([written(ADA, signed("One", ADA), 10), written(ADA, "Two", 1, sha="2" * 40)], "b", 1, 2)
    assert told.unsigned == ("2" * 40,)
    assert "Signed-off-by" not in told.message


def test_a_sign_off_in_the_middle_is_kept_and_not_twice() -> None:
    told = tell([written(ADA, "One\n\nSigned-off-by: Ada <ada@example.org>\n\nmore text\n", 1)], "b", 1, 2)
    assert told.message == "One (1/2)\n\nmore text\n\nLayer 1 of 2 of b.\n\nSigned-off-by: Ada <ada@example.org>\n"


def test_odd_messages_still_make_a_commit() -> None:
    for message in ("", "\n\n", "\0", "a\r\nb\r\n", "\udcff"):
        assert tell([written(ADA, message, 1)], "b", 1, 2).message.splitlines()[0].endswith("(1/2)")


def test_a_long_subject_is_cut_for_its_place() -> None:
    subject = tell([written(ADA, "x" * 72, 1)], "b", 10, 12).message.splitlines()[0]
    assert subject == "x" * 64 + " (10/12)"
