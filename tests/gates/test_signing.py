from __future__ import annotations

import msgspec
import pytest
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import run
from paddock.errors import FactMissingError, FactUnreadableError
from paddock.findings import Finding, Judgement, Level, Outcome, Severity
from paddock.gates.signing import GATE, SigningConfig, check, read
from paddock.model import Commit, Person, Signature, SignatureFormat, SignatureVerdict, Stage

V = SignatureVerdict
SSH, OPENPGP, X509 = SignatureFormat.SSH, SignatureFormat.OPENPGP, SignatureFormat.X509
ADA = Person("Ada Lovelace", "ada@example.org")
BOB = Person("Bob", "bob@example.org")
GITHUB = Person("GitHub", "noreply@github.com")
KEY, FINGERPRINT = "SHA256:abc", "B6F001948057C1B9B5AAC28C06D8676D91F836B1"

DEFAULT = SigningConfig()
AUTHOR, EITHER = SigningConfig(signer="author"), SigningConfig(signer="either")
ANY, REFUSE = SigningConfig(web_flow="any"), SigningConfig(web_flow="refuse")
NO_GITHUB = SigningConfig(github="refuse")

AMEND = "git commit --amend --no-edit --gpg-sign"
RESET = "git commit --amend --no-edit --reset-author --gpg-sign"
LIST_SSH = (
    "list the key on main, if it is that of one of you; its holder gets the line for `.paddock/allowed_signers` by: "
    f"paddock signing doctor\nor sign with a listed key: {AMEND}"
)
LIST_OPENPGP = (
    f"list the key on main, if it is that of one of you: gpg --armor --export {FINGERPRINT} > .paddock/keys/NAME.asc\n"
    f"or sign with a listed key: {AMEND}"
)


def sha(number: int) -> str:
    return f"{number:040x}"


def commit(number: int = 1, author: Person = ADA, committer: Person | None = None, parents: int = 1) -> Commit:
    names = tuple(sha(1000 + number + i) for i in range(parents))
    return Commit(sha(number), names, "subject\n", author, committer or author)


def good(*emails: str, key: str | None = KEY, signature_format: SignatureFormat = SSH) -> Signature:
    return Signature(V.GOOD, emails[0] if emails else None, key, signature_format, emails)


def bad(
    verdict: V, reason: str | None = None, emails: tuple[str, ...] | None = (), fmt: SignatureFormat = SSH
) -> Signature:
    return Signature(verdict, None, FINGERPRINT if fmt is OPENPGP else KEY, fmt, emails, reason)


def judge(*pairs: tuple[Commit, Signature], config: SigningConfig = DEFAULT, queued: bool = False) -> Judgement:
    commits, signatures = tuple(one for one, _ in pairs), tuple(other for _, other in pairs)
    return check(read(FakeSource(commits=commits, signatures=signatures, queued=queued), config), config)


WEB = good("noreply@github.com", signature_format=OPENPGP)
BY_GITHUB = structs.replace(good("ada@example.org"), by_github=True)

PASS = {
    "committer": (DEFAULT, commit(), good("ada@example.org")),
    "committer of somebody else's work": (DEFAULT, commit(committer=BOB), good("bob@example.org")),
    "author": (AUTHOR, commit(committer=BOB), good("ada@example.org")),
    "either, the author": (EITHER, commit(committer=BOB), good("ada@example.org")),
    "either, the committer": (EITHER, commit(committer=BOB), good("bob@example.org")),
    "one of several addresses": (DEFAULT, commit(), good("x@example.org", "ada@example.org")),
    "in another case": (DEFAULT, commit(), good("ADA@Example.org")),
    "by a pattern": (DEFAULT, commit(), good("*@example.org")),
    "by a question mark": (DEFAULT, commit(), good("ad?@example.org")),
    "openpgp": (DEFAULT, commit(), good("ada@example.org", signature_format=OPENPGP)),
    "a merge by GitHub": (DEFAULT, commit(committer=GITHUB, parents=2), WEB),
    "a merge by GitHub, though the author must sign": (AUTHOR, commit(committer=GITHUB, parents=2), WEB),
    "a commit by GitHub": (ANY, commit(committer=GITHUB), WEB),
    "by GitHub's word": (DEFAULT, commit(), BY_GITHUB),
}  # fmt: skip


@pytest.mark.parametrize(("config", "one", "signature"), PASS.values(), ids=PASS)
def test_passes(config: SigningConfig, one: Commit, signature: Signature) -> None:
    assert judge((one, signature), config=config).findings == ()


def test_a_commit_of_the_merge_queue_is_githubs() -> None:
    assert judge((commit(committer=GITHUB), WEB), queued=True).findings == ()
    assert judge((commit(committer=GITHUB), WEB), queued=True, config=REFUSE).findings != ()
    # In a queue too, only GitHub's key makes a commit GitHub's.
    mine = (commit(committer=GITHUB), good("ada@example.org"))
    assert judge(mine, queued=True).findings[0].message.startswith("wrong identity: ")


NOT_ADA = f"wrong identity: signed by bob@example.org ({KEY}), which speaks for bob@example.org, not for "
FAIL = {
    "unsigned": (
        DEFAULT, commit(), Signature(V.UNSIGNED),
        "unsigned, committed by Ada Lovelace <ada@example.org>", AMEND,
    ),
    "bad": (
        DEFAULT, commit(), bad(V.BAD, "the signature is not over this commit"),
        f"bad, signed by {KEY}: the signature is not over this commit", AMEND,
    ),
    "untrusted": (
        DEFAULT, commit(), bad(V.UNTRUSTED, "not listed"), f"untrusted, signed by {KEY}: not listed", LIST_SSH,
    ),
    "unverifiable beside listed keys": (
        DEFAULT, commit(), bad(V.UNVERIFIABLE, "not among them", fmt=OPENPGP),
        f"unverifiable, signed by {FINGERPRINT}: not among them", LIST_OPENPGP,
    ),
    "unverifiable for ever": (
        DEFAULT, commit(), Signature(V.UNVERIFIABLE, emails=(), reason="of no kind"),
        "unverifiable: of no kind", AMEND,
    ),
    "expired": (
        DEFAULT, commit(), bad(V.EXPIRED, "ended"), f"expired, signed by {KEY}: ended",
        f"sign with a key that is in force, or renew this one on main: {AMEND}",
    ),
    "revoked": (
        DEFAULT, commit(), bad(V.REVOKED, "the key is revoked"), f"revoked, signed by {KEY}: the key is revoked",
        f"sign with another key: {AMEND}",
    ),
    "wrong identity, as the source says": (
        DEFAULT, commit(), bad(V.WRONG_IDENTITY, "bad_email"), f"wrong identity, signed by {KEY}: bad_email",
        f"git config user.email EMAIL && {RESET}",
    ),
    "wrong identity": (
        DEFAULT, commit(), good("bob@example.org"), NOT_ADA + "the committer Ada Lovelace <ada@example.org>",
        f"git config user.email bob@example.org && {RESET}",
    ),
    "the author's key where the committer's counts": (
        DEFAULT, commit(author=BOB, committer=ADA), good("bob@example.org"),
        NOT_ADA + "the committer Ada Lovelace <ada@example.org>", f"git config user.email bob@example.org && {RESET}",
    ),
    "the committer's key where the author's counts": (
        AUTHOR, commit(committer=BOB), good("bob@example.org"),
        NOT_ADA + "the author Ada Lovelace <ada@example.org>", f"git config user.email bob@example.org && {RESET}",
    ),
    "neither": (
        EITHER, commit(author=ADA, committer=Person("Eve", "eve@example.org")), good("bob@example.org"),
        NOT_ADA + "the author Ada Lovelace <ada@example.org> or the committer Eve <eve@example.org>",
        f"git config user.email bob@example.org && {RESET}",
    ),
    "excepted": (
        DEFAULT, commit(), good("*@example.org", "!ada@example.org"),
        (f"wrong identity: signed by *@example.org ({KEY}), which speaks for *@example.org, !ada@example.org, "
         "not for the committer Ada Lovelace <ada@example.org>"),
        f"git config user.email EMAIL && {RESET}",
    ),
    "a key that speaks for nobody": (
        DEFAULT, commit(), Signature(V.GOOD, None, KEY, SSH, ()),
        (f"wrong identity: signed by {KEY}, which speaks for nobody, not for the committer Ada Lovelace "
         "<ada@example.org>"),
        f"git config user.email EMAIL && {RESET}",
    ),
    "an address that would run": (
        DEFAULT, commit(), good("a@x;reboot"),
        (f"wrong identity: signed by a@x;reboot ({KEY}), which speaks for a@x;reboot, not for the committer "
         "Ada Lovelace <ada@example.org>"),
        f"git config user.email EMAIL && {RESET}",
    ),
    "format": (
        SigningConfig(formats=(OPENPGP, X509)), commit(), good("ada@example.org"),
        f"signed by ada@example.org ({KEY}) in the format ssh, not openpgp or x509", AMEND,
    ),
    "a commit by GitHub": (
        DEFAULT, commit(committer=GITHUB), WEB,
        "a commit that is no merge made and signed by GitHub, where `web-flow` is merges", AMEND,
    ),
    "a merge by GitHub": (
        REFUSE, commit(committer=GITHUB, parents=2), WEB,
        "a merge made and signed by GitHub, where `web-flow` is refuse", AMEND,
    ),
    "GitHub's word": (
        NO_GITHUB, commit(), structs.replace(BY_GITHUB, reason="GitHub says: valid"),
        "unverifiable here, and the policy does not take GitHub's word for it: GitHub says: valid", LIST_SSH,
    ),
    "a merge in GitHub's name": (
        DEFAULT, commit(committer=GITHUB, parents=2), good("bob@example.org"),
        NOT_ADA + "the committer GitHub <noreply@github.com>", f"git config user.email bob@example.org && {RESET}",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("config", "one", "signature", "message", "hint"), FAIL.values(), ids=FAIL)
def test_fails(config: SigningConfig, one: Commit, signature: Signature, *, message: str, hint: str) -> None:
    judgement = judge((one, signature), config=config)
    assert judgement.findings == (Finding(message=message, hint=hint, commit=sha(1)),)
    assert judgement.reason.startswith("1 of 1 commit without a good signature: 1 ")
    assert (judgement.facts["commits"], judgement.facts["failing"]) == (1, 1)


def test_githubs_own_key_that_is_not_listed_is_told_by_its_command() -> None:
    one = (commit(committer=GITHUB, parents=2), bad(V.UNVERIFIABLE, "not among them", fmt=OPENPGP))
    assert judge(one).findings[0].hint == (
        "list GitHub's key on main: curl https://github.com/web-flow.gpg > .paddock/keys/web-flow.asc\n"
        "or take GitHub's word: paddock check --github"
    )


# What can't be checked.

NO_LIST = bad(V.UNVERIFIABLE, "there is no list", None)


@pytest.mark.parametrize(
    ("stage", "outcome", "code"), [(Stage.PRE_PUSH, Outcome.SKIPPED, 0), (Stage.CI, Outcome.ERRORED, 3)]
)
def test_without_anything_to_check_with_a_hook_goes_on_and_ci_does_not(
    stage: Stage, outcome: Outcome, code: int
) -> None:
    source = FakeSource(commits=(commit(), commit(2)), signatures=(good("ada@example.org"), NO_LIST))
    report = run((GATE,), {"signing": DEFAULT}, source, stage)
    (verdict,) = report.verdicts
    said = f"1 of 2 commits can't be checked: unverifiable, signed by {KEY}: there is no list"
    assert (verdict.outcome, verdict.reason, report.exit_code) == (outcome, said, code)
    hint = LIST_SSH.partition("\n")[0] + "\na commit of your own: paddock signing doctor"
    level = Level.NOTE if stage is Stage.PRE_PUSH else Level.ERROR
    assert verdict.findings == (Finding(message=said, hint=hint, severity=level),)


def test_what_can_be_told_is_told_beside_what_cannot() -> None:
    judgement = judge((commit(), NO_LIST), (commit(2), Signature(V.UNSIGNED)))
    assert [finding.commit for finding in judgement.findings] == [sha(1), sha(2)]
    assert judgement.reason == "2 of 2 commits without a good signature: 1 unverifiable, 1 unsigned"


def test_many_reasons_are_not_all_told() -> None:
    pairs = [(commit(number), bad(V.UNVERIFIABLE, f"reason {number}", None)) for number in range(1, 6)]
    with pytest.raises(FactMissingError, match=r"^5 of 5 commits can't be checked: .*: reason 3; and 2 more$"):
        judge(*pairs)


MISSING = {
    "signatures": ({"commits": (commit(),)}, "no signatures"),
    "whose the key is": (
        {"commits": (commit(),), "signatures": (Signature(V.GOOD),)},
        "whom the key of commit 000000000000 may sign for is not known",
    ),
    "the committer": (
        {"commits": (structs.replace(commit(), committer=None),), "signatures": (good("ada@example.org"),)},
        "the `committer` of commit 000000000000 is not known",
    ),
}


@pytest.mark.parametrize(("facts", "said"), MISSING.values(), ids=MISSING)
def test_a_missing_fact_is_an_error_in_ci(facts: dict[str, object], said: str) -> None:
    (verdict,) = run((GATE,), {"signing": DEFAULT}, FakeSource(**facts), Stage.CI).verdicts
    assert (verdict.outcome, verdict.reason) == (Outcome.ERRORED, said)


# From which commit on.


def test_commits_up_to_since_are_exempt() -> None:
    config = SigningConfig(since=sha(2))
    commits = tuple(commit(number) for number in range(1, 4))
    source = FakeSource(
        commits=commits,
        signatures=(Signature(V.UNSIGNED), bad(V.BAD), Signature(V.UNSIGNED)),
        contained={sha(2): (sha(1), sha(2))},
    )
    judgement = check(read(source, config), config)
    assert [finding.commit for finding in judgement.findings] == [sha(3)]
    assert judgement.facts == {"commits": 3, "failing": 1, "verdicts": {"older": 2, "unsigned": 1}}


def test_a_since_that_is_not_here_is_an_error() -> None:
    class Source(FakeSource):
        def contained(self, revision: str) -> frozenset[str]:
            raise FactUnreadableError(f"there is no commit `{revision}` in this clone", hint="git fetch")

    source = Source(commits=(commit(),), signatures=(good("ada@example.org"),))
    for stage in (Stage.PRE_PUSH, Stage.CI):
        report = run((GATE,), {"signing": SigningConfig(since=sha(9))}, source, stage)
        assert (report.verdicts[0].outcome, report.exit_code) == (Outcome.ERRORED, 3)


# How it is told.

REASONS = {
    "none": ((), "no commits to judge"),
    "one": ([(commit(), good("ada@example.org"))], "1 commit with a good signature"),
    "of several kinds": (
        [
            (commit(), good("ada@example.org")),
            (commit(2, committer=GITHUB, parents=2), WEB),
            (commit(3), BY_GITHUB),
        ],
        "3 commits with a good signature (1 by GitHub itself, 1 by GitHub's word)",
    ),
}


@pytest.mark.parametrize(("pairs", "reason"), REASONS.values(), ids=REASONS)
def test_the_reason_says_what_was_seen(pairs: list[tuple[Commit, Signature]], reason: str) -> None:
    assert judge(*pairs).reason == reason


def test_only_older_commits() -> None:
    config = SigningConfig(since=sha(1))
    source = FakeSource(commits=(commit(),), signatures=(Signature(V.UNSIGNED),), contained={sha(1): (sha(1),)})
    assert check(read(source, config), config) == Judgement(
        reason="1 commit not after `since`", facts={"commits": 1, "failing": 0, "verdicts": {"older": 1}}
    )


def test_three_hundred_commits_with_the_same_fault_are_one_finding() -> None:
    pairs = [(commit(number), Signature(V.UNSIGNED)) for number in range(1, 301)]
    pairs[299] = (commit(300), good("bob@example.org"))
    first, second = judge(*pairs).findings
    rebase = f"git rebase --force-rebase --gpg-sign {sha(1001)[:12]}"
    assert first == Finding(
        message=f"299 commits from here to {sha(299)[:12]}: unsigned, committed by Ada Lovelace <ada@example.org>",
        hint=rebase,
        commit=sha(1),
    )
    assert second.commit == sha(300)


def test_three_are_told_one_by_one_and_the_rebase_keeps_merges() -> None:
    unsigned = Signature(V.UNSIGNED)
    pairs = [(commit(), good("ada@example.org")), (commit(2), unsigned), (commit(3, parents=2), unsigned)]
    judgement = judge(*pairs, (commit(4), good("ada@example.org")))
    hint = f"git rebase --force-rebase --gpg-sign --rebase-merges {sha(1002)[:12]}"
    assert [(finding.commit, finding.hint) for finding in judgement.findings] == [(sha(2), hint), (sha(3), hint)]


def test_a_long_name_is_cut() -> None:
    one = commit(committer=Person("A" * 5000, "a@x"))
    assert len(judge((one, Signature(V.UNSIGNED))).findings[0].message) < 200


# The policy.


def test_the_stages() -> None:
    assert {stage: GATE.severity(DEFAULT, stage) for stage in Stage} == {
        Stage.PRE_COMMIT: Severity.OFF,
        Stage.COMMIT_MSG: Severity.OFF,
        Stage.PRE_PUSH: Severity.ERROR,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    }


def test_the_policys_keys() -> None:
    section = {
        "formats": ["ssh"], "signer": "either", "since": sha(7), "web-flow": "any", "github": "refuse",
    }  # fmt: skip
    assert msgspec.convert(section, SigningConfig) == SigningConfig(
        formats=(SSH,), signer="either", since=sha(7), web_flow="any", github="refuse"
    )


@pytest.mark.parametrize(
    "section",
    [
        {"formats": []},
        {"formats": ["pgp"]},
        {"since": "main"},
        {"since": "abc1234"},
        {"signer": "both"},
        {"exempt": []},
    ],
    ids=["no-format", "format", "since-a-branch", "since-an-abbreviation", "signer", "key"],
)
def test_a_wrong_policy_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, SigningConfig)
