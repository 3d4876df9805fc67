from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from fake_source import FakeSource
from paddock.engine import run
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Level, Outcome, Severity
from paddock.gates.dco import (
    AGENT_EMAILS,
    AGENT_NAMES,
    GATE,
    DcoConfig,
    Facts,
    Remediations,
    check,
    is_address,
    is_agent,
    read,
)
from paddock.model import Commit, Person, Signature, SignatureVerdict, Stage
from paddock.trailers import Identity

ADA = Person("Ada Lovelace", "ada@example.org")
BOB = Person("Bob", "bob@example.org")
EVE = Person("Eve", "eve@example.org")
BOT = Person("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com")
CLAUDE = Person("Claude", "noreply@anthropic.com")
MEMBER = Person("Ada Lovelace", "ada@example.org", login="ada", bot=False, member=True)
GITHUB = Person("GitHub", "noreply@github.com")
GOOD = Signature(SignatureVerdict.GOOD)
UNSIGNED = Signature(SignatureVerdict.UNSIGNED)

NEW = 'git commit --signoff --file="$(git rev-parse --git-path PADDOCK_EDITMSG)"'
AMEND = "git commit --amend --signoff --no-edit"
REBASE = f"git rebase --signoff {f'{1000:040x}'[:12]}"
EDIT = 'git commit --edit --cleanup=scissors --file="$(git rev-parse --git-path PADDOCK_EDITMSG)"'
ASSISTED = "name the agent by `Assisted-by: AGENT:MODEL` instead, and let a person sign off: "
OR_ADD = "\nor add a commit that says: I, NAME <EMAIL>, hereby add my Signed-off-by to this commit: SHA"

DEFAULT = DcoConfig()
NO_AGENTS = DcoConfig(agents="must-not-sign")
MEMBERS = DcoConfig(members="exempt-when-signed")
INDIVIDUAL = DcoConfig(remediation=Remediations(individual=True))
THIRD_PARTY = DcoConfig(remediation=Remediations(individual=True, third_party=True))


def line(person: Person) -> str:
    return f"Signed-off-by: {person.name} <{person.email}>\n"


def sha(number: int) -> str:
    return f"{number:040x}"


def commit(
    *signers: Person | str,
    author: Person = ADA,
    committer: Person | None = None,
    number: int = 1,
    parents: int = 1,
    signature: Signature | None = None,
) -> Commit:
    """A commit whose message ends with a sign-off of each person, or with a text."""
    body = "".join(one if isinstance(one, str) else line(one) for one in signers)
    names = tuple(sha(1000 + i) for i in range(parents))
    return Commit(sha(number), names, f"subject\n\n{body}", author, committer or author, signature)


def judge(*commits: Commit, config: DcoConfig = DEFAULT, queued: bool = False) -> Judgement:
    return check(read(FakeSource(commits=commits, queued=queued), config), config)


def remediation(number: int, by: Person, behalf: Person | None = None) -> str:
    prefix = f"On behalf of {behalf.name} <{behalf.email}>, " if behalf else ""
    return f"{prefix}I, {by.name} <{by.email}>, hereby add my Signed-off-by to this commit: {sha(number)}\n\n"


PASS = {
    "author": (DEFAULT, (commit(ADA),)),
    "committer": (DEFAULT, (commit(BOB, committer=BOB),)),
    "author of two": (DEFAULT, (commit(ADA, committer=BOB),)),
    "one of several": (DEFAULT, (commit(EVE, ADA),)),
    "other case": (DEFAULT, (commit("signed-OFF-by: ADA lovelace <Ada@Example.Org>"),)),
    "crlf": (DEFAULT, (commit("text\r\n\r\n" + line(ADA).replace("\n", "\r\n")),)),
    "in a code block": (DEFAULT, (commit(f"```\n{line(ADA)}```\n"),)),
    "text below": (DEFAULT, (commit(ADA, "\nmore text\n"),)),
    "author without an email, committer signs": (DEFAULT, (commit(BOB, author=Person("Ada", ""), committer=BOB),)),
    "a name that is not UTF-8": (DEFAULT, (commit(p := Person("\udce9", "e@example.org"), author=p),)),
    "author of a commit made in the browser": (DEFAULT, (commit(ADA, committer=GITHUB),)),
    "merge": (DEFAULT, (commit(parents=2),)),
    "octopus": (DEFAULT, (commit(parents=4),)),
    "bot by email": (DEFAULT, (commit(author=BOT),)),
    "bot that GitHub knows": (DEFAULT, (commit(author=structs.replace(ADA, bot=True)),)),
    "bot that signs": (DcoConfig(bots="required"), (commit(BOT, author=BOT),)),
    "merge that is signed off": (DcoConfig(merges="required"), (commit(ADA, parents=2),)),
    "listed": (DcoConfig(exempt=("*@EXAMPLE.org",)), (commit(),)),
    "member with a good signature": (MEMBERS, (commit(author=MEMBER, signature=GOOD),)),
    "member with a sign-off": (MEMBERS, (commit(MEMBER, author=MEMBER, signature=UNSIGNED),)),
    "member not known": (MEMBERS, (commit(ADA),)),
    "agent": (DEFAULT, (commit(CLAUDE, author=CLAUDE),)),
    "agent wrote, a person committed and signs": (NO_AGENTS, (commit(BOB, author=CLAUDE, committer=BOB),)),
    "agent wrote and committed, a person signs": (NO_AGENTS, (commit(BOB, author=CLAUDE),)),
    "agent is named otherwise": (NO_AGENTS, (commit("Assisted-by: Claude:opus\n", ADA),)),
    "agent that is a bot": (
        NO_AGENTS,
        (commit(author=Person("jules", "1+google-labs-jules[bot]@users.noreply.github.com")),),
    ),
    "individual": (INDIVIDUAL, (commit(), commit(remediation(1, ADA), ADA, number=2))),
    "individual, redundant": (INDIVIDUAL, (commit(ADA), commit(remediation(1, ADA), ADA, number=2))),
    "individual, of another commit": (INDIVIDUAL, (commit(ADA), commit(remediation(9, ADA), ADA, number=2))),
    "individual, of two": (
        INDIVIDUAL,
        (commit(), commit(number=2), commit(remediation(1, ADA) + remediation(2, ADA), ADA, number=3)),
    ),
    "individual, of a remediation": (
        INDIVIDUAL,
        (commit(), commit(remediation(1, ADA), number=2), commit(remediation(2, ADA), ADA, number=3)),
    ),
    "third party": (THIRD_PARTY, (commit(), commit(remediation(1, BOB, ADA), BOB, author=BOB, number=2))),
    "third party, by a committer": (
        THIRD_PARTY,
        (commit(), commit(remediation(1, BOB, ADA), BOB, author=EVE, committer=BOB, number=2)),
    ),
    "remediation in a merge that is signed off": (
        INDIVIDUAL,
        (commit(), commit(remediation(1, ADA), ADA, number=2, parents=2)),
    ),
}


@pytest.mark.parametrize(("config", "commits"), PASS.values(), ids=PASS)
def test_passes(config: DcoConfig, commits: tuple[Commit, ...]) -> None:
    assert judge(*commits, config=config).findings == ()


NOBODY = "no sign-off by Ada Lovelace <ada@example.org>"

FAIL = {
    "nothing": (DEFAULT, commit(), NOBODY, AMEND),
    "of two people": (DEFAULT, commit(committer=BOB), f"{NOBODY} or Bob <bob@example.org>", AMEND),
    "somebody else": (DEFAULT, commit(EVE), f"{NOBODY}; signed off by Eve <eve@example.org>", AMEND),
    "the other's email": (
        DEFAULT,
        commit(Person(ADA.name, BOB.email), committer=BOB),
        f"{NOBODY} or Bob <bob@example.org>; signed off by Ada Lovelace <bob@example.org>",
        AMEND,
    ),
    "five others": (
        DEFAULT,
        commit(EVE, BOB, EVE, BOB, EVE),
        f"{NOBODY}; signed off by Eve <eve@example.org>, Bob <bob@example.org>, Eve <eve@example.org> and 2 more",
        AMEND,
    ),
    "plus in the email": (
        DEFAULT,
        commit(Person(ADA.name, "ada+x@example.org")),
        f"{NOBODY}; signed off by Ada Lovelace <ada+x@example.org>",
        AMEND,
    ),
    "no email": (
        DEFAULT,
        commit("Signed-off-by: Ada Lovelace\n"),
        f"{NOBODY}; `Signed-off-by: Ada Lovelace` is not `Signed-off-by: NAME <EMAIL>`",
        AMEND,
    ),
    "indented": (
        DEFAULT,
        commit("  " + line(ADA)),
        f"{NOBODY}; `Signed-off-by: Ada Lovelace <ada@example.org>` is not `Signed-off-by: NAME <EMAIL>`",
        AMEND,
    ),
    "blanks around the name": (
        DEFAULT,
        commit("Signed-off-by:  Ada Lovelace  <ada@example.org>\n"),
        f"{NOBODY}; signed off by  Ada Lovelace  <ada@example.org>",
        AMEND,
    ),
    "email without a dot": (
        DEFAULT,
        commit(p := Person("Ada", "ada@host"), author=p),
        "`ada@host` is not an email address",
        "git config user.email EMAIL && git commit --amend --reset-author --signoff --no-edit",
    ),
    "author's email, committer signs": (
        DEFAULT,
        commit(BOB, author=Person("Ada", "ada(at)example.org"), committer=BOB),
        "`ada(at)example.org` is not an email address",
        "git config user.email EMAIL && git commit --amend --reset-author --signoff --no-edit",
    ),
    "committer's email, committer signs": (
        DEFAULT,
        commit(p := Person("Bob", "bob@host"), committer=p),
        "`bob@host` is not an email address",
        "git config user.email EMAIL && git commit --amend --reset-author --signoff --no-edit",
    ),
    "GitHub signs": (
        DEFAULT,
        commit(GITHUB, committer=GITHUB),
        f"{NOBODY}; signed off by GitHub <noreply@github.com>",
        AMEND,
    ),
    "merge, required": (DcoConfig(merges="required"), commit(parents=2), NOBODY, AMEND),
    "bot, required": (DcoConfig(bots="required"), commit(author=structs.replace(ADA, bot=True)), NOBODY, AMEND),
    "not listed": (DcoConfig(exempt=("*@example.com", "ada?@*")), commit(), NOBODY, AMEND),
    "member without a signature": (
        MEMBERS,
        commit(author=MEMBER, signature=UNSIGNED),
        f"{NOBODY}; this member's signature is unsigned, not good",
        AMEND,
    ),
    "good signature of no member": (MEMBERS, commit(signature=GOOD), NOBODY, AMEND),
    "member, all required": (DEFAULT, commit(author=MEMBER, signature=GOOD), NOBODY, AMEND),
    "agent signs": (
        NO_AGENTS,
        commit(CLAUDE, author=CLAUDE),
        "signed off by an agent: Claude <noreply@anthropic.com>",
        f"{ASSISTED}git commit --amend",
    ),
    "agent signs beside a person": (
        NO_AGENTS,
        commit(ADA, CLAUDE),
        "signed off by an agent: Claude <noreply@anthropic.com>",
        f"{ASSISTED}git commit --amend",
    ),
    "agent signs a merge": (
        NO_AGENTS,
        commit(CLAUDE, parents=2),
        "signed off by an agent: Claude <noreply@anthropic.com>",
        f"{ASSISTED}git commit --amend",
    ),
    "agent of the policy signs": (
        DcoConfig(agents="must-not-sign", agent_identities=("agent-*@example.org",)),
        commit(p := Person("Worker", "Agent-7@Example.org"), author=p),
        "signed off by an agent: Worker <Agent-7@Example.org>",
        f"{ASSISTED}git commit --amend",
    ),
    "agent made it, nobody signs": (NO_AGENTS, commit(author=CLAUDE), "no sign-off by a person", AMEND),
    "agent wrote, a stranger signs": (
        NO_AGENTS,
        commit(EVE, author=CLAUDE, committer=BOB),
        "no sign-off by Bob <bob@example.org>; signed off by Eve <eve@example.org>",
        AMEND,
    ),
    "remediated, no own sign-off": (INDIVIDUAL, commit(remediation(2, ADA)), NOBODY, AMEND + OR_ADD),
}


@pytest.mark.parametrize(("config", "one", "message", "hint"), FAIL.values(), ids=FAIL)
def test_fails(config: DcoConfig, one: Commit, message: str, hint: str) -> None:
    judgement = judge(one, config=config)
    assert judgement == Judgement(
        reason="1 of 1 commit without a valid sign-off",
        findings=(Finding(message=message, hint=hint, commit=sha(1)),),
        facts={"commits": 1, "failing": 1},
    )


# What fails here is the first of two commits, for which the second does not speak as it would have to.
NOT_REMEDIATED = {
    "switched off": (DEFAULT, commit(remediation(1, ADA), ADA, number=2)),
    "by another author": (INDIVIDUAL, commit(remediation(1, ADA), BOB, author=BOB, number=2)),
    "in another name": (INDIVIDUAL, commit(remediation(1, BOB), ADA, number=2)),
    "by the committer": (INDIVIDUAL, commit(remediation(1, BOB), ADA, committer=BOB, number=2)),
    "third party where only individual is on": (
        INDIVIDUAL,
        commit(remediation(1, BOB, ADA), BOB, author=BOB, number=2),
    ),
    "third party where individual is off": (
        DcoConfig(remediation=Remediations(third_party=True)),
        commit(remediation(1, BOB, ADA), BOB, author=BOB, number=2),
    ),
    "on behalf of somebody else": (THIRD_PARTY, commit(remediation(1, BOB, EVE), BOB, author=BOB, number=2)),
    "spoken by somebody else": (THIRD_PARTY, commit(remediation(1, EVE, ADA), BOB, author=BOB, number=2)),
    "spoken by GitHub": (
        THIRD_PARTY,
        commit(remediation(1, GITHUB, ADA), BOB, author=BOB, committer=GITHUB, number=2),
    ),
    "another commit": (INDIVIDUAL, commit(remediation(7, ADA), ADA, number=2)),
    "abbreviated": (INDIVIDUAL, commit(remediation(1, ADA).replace("0" * 8, ""), ADA, number=2)),
    "an unsigned merge": (INDIVIDUAL, commit(remediation(1, ADA), number=2, parents=2)),
    "an unsigned bot": (THIRD_PARTY, commit(remediation(1, BOT, ADA), author=BOT, number=2)),
}


@pytest.mark.parametrize(("config", "second"), NOT_REMEDIATED.values(), ids=NOT_REMEDIATED)
def test_remediation_that_does_not_count(config: DcoConfig, second: Commit) -> None:
    judgement = judge(commit(), second, config=config)
    assert [finding.commit for finding in judgement.findings] == [sha(1)]
    assert judgement.findings[0].message == NOBODY


def test_agents_do_not_sign_by_remediation_either() -> None:
    config = DcoConfig(agents="must-not-sign", remediation=Remediations(individual=True))
    judgement = judge(
        commit(author=CLAUDE),
        commit(remediation(1, CLAUDE), BOB, author=CLAUDE, committer=BOB, number=2),
        config=config,
    )
    assert judgement.findings[-1] == Finding(
        message="signed off by an agent: Claude <noreply@anthropic.com>",
        hint=f"{ASSISTED}git rebase --interactive {sha(1000)[:12]}",
        commit=sha(2),
    )


def test_what_the_policy_forbids_is_said_of_every_sign_off_by_an_agent() -> None:
    assert judge(commit(CLAUDE, author=CLAUDE), config=NO_AGENTS).findings != ()
    assert judge(commit(CLAUDE, author=CLAUDE), config=DEFAULT).findings == ()


HINTS = {
    "the commit in the making": ((structs.replace(commit(), sha=None),), NEW),
    "the last": ((commit(ADA), commit(number=2)), AMEND),
    "an older one": ((commit(), commit(ADA, number=2)), REBASE),
    "several": ((commit(), commit(number=2)), REBASE),
}


@pytest.mark.parametrize(("commits", "hint"), HINTS.values(), ids=HINTS)
def test_the_hint_is_the_command(commits: tuple[Commit, ...], hint: str) -> None:
    assert {finding.hint for finding in judge(*commits).findings} == {hint}


def test_the_hint_at_an_agents_new_commit() -> None:
    made = structs.replace(commit(CLAUDE, author=CLAUDE), sha=None)
    assert judge(made, config=NO_AGENTS).findings[0].hint == ASSISTED + EDIT


def test_the_rebase_begins_before_the_oldest_failing_commit() -> None:
    first = structs.replace(commit(), parents=())
    assert check(Facts(commits=(first, commit(number=2)), queued=False), DEFAULT).findings[0].hint == (
        "git rebase --signoff --root"
    )


QUEUE = {
    "anyone's sign-off, made by the queue": (commit(EVE, committer=GITHUB), ()),
    "a merge, made by the queue": (commit(committer=GITHUB, parents=2), ()),
    "signed off by its author": (commit(ADA), ()),
    "anyone's sign-off, not made by the queue": (
        commit(EVE),
        (Finding(message=f"{NOBODY}; signed off by Eve <eve@example.org>", hint=AMEND, commit=sha(1)),),
    ),
    "none, made by the queue": (
        commit(committer=GITHUB),
        (
            Finding(
                message="no sign-off in a commit that the merge queue made",
                hint="let GitHub's default message for merges keep the commits' own text (Settings, Pull Requests)",
                commit=sha(1),
            ),
        ),
    ),
    "not well formed, made by the queue": (
        commit("Signed-off-by: Eve <eve>\n", committer=GITHUB),
        (
            Finding(
                message="no sign-off in a commit that the merge queue made",
                hint="let GitHub's default message for merges keep the commits' own text (Settings, Pull Requests)",
                commit=sha(1),
            ),
        ),
    ),
}


@pytest.mark.parametrize(("one", "findings"), QUEUE.values(), ids=QUEUE)
def test_merge_queue(one: Commit, findings: tuple[Finding, ...]) -> None:
    assert judge(one, queued=True, config=DcoConfig(merges="required")).findings == findings


def test_outside_a_queue_a_commit_made_in_the_browser_is_judged_in_full() -> None:
    assert judge(commit(EVE, committer=GITHUB)).findings[0].message == f"{NOBODY}; signed off by Eve <eve@example.org>"


REASONS = {
    "none": (DEFAULT, (), "no commits to judge"),
    "one": (DEFAULT, (commit(ADA),), "1 commit signed off"),
    "only exempt": (DEFAULT, (commit(parents=2),), "1 merge exempt"),
    "some exempt": (
        DEFAULT,
        (commit(ADA), commit(ADA), commit(parents=2), commit(author=BOT), commit(author=BOT)),
        "2 commits signed off, 1 merge and 2 bots exempt",
    ),
    "remediated": (
        INDIVIDUAL,
        (commit(), commit(remediation(1, ADA), ADA, number=2)),
        "2 commits signed off (1 by a remediation commit)",
    ),
    "member": (MEMBERS, (commit(author=MEMBER, signature=GOOD),), "1 signed commit by a member exempt"),
    "listed": (DcoConfig(exempt=("ada@*",)), (commit(), commit()), "2 listed authors exempt"),
    "failed": (DEFAULT, (commit(ADA), commit(number=2)), "1 of 2 commits without a valid sign-off"),
}


@pytest.mark.parametrize(("config", "commits", "reason"), REASONS.values(), ids=REASONS)
def test_the_reason_says_what_was_seen(config: DcoConfig, commits: tuple[Commit, ...], reason: str) -> None:
    assert judge(*commits, config=config).reason == reason


def test_the_facts_are_numbers() -> None:
    assert judge(commit(ADA), commit(parents=2), commit(number=2)).facts == {
        "commits": 3,
        "failing": 1,
        "signed": 1,
        "merges": 1,
    }


MISSING = {
    "author": (DEFAULT, structs.replace(commit(ADA), author=None), "the `author` of commit 000000000000 is not known"),
    "committer": (
        DEFAULT,
        structs.replace(commit(ADA), committer=None),
        "the `committer` of commit 000000000000 is not known",
    ),
    "author of the commit in the making": (
        DEFAULT,
        structs.replace(commit(ADA), sha=None, author=None),
        "the `author` of the commit in the making is not known",
    ),
    "signature": (
        MEMBERS,
        commit(author=MEMBER),
        "no signatures",
    ),
}


@pytest.mark.parametrize(("config", "one", "message"), MISSING.values(), ids=MISSING)
def test_a_fact_that_is_missing_is_named(config: DcoConfig, one: Commit, message: str) -> None:
    with pytest.raises(FactMissingError, match=f"^{message}$"):
        read(FakeSource(commits=(one,)), config)
    report = run((GATE,), {"dco": config}, FakeSource(commits=(one,)), Stage.CI)
    assert (report.verdicts[0].outcome, report.verdicts[0].reason) == (Outcome.ERRORED, message)


def test_signatures_are_asked_for_only_where_a_members_may_count() -> None:
    one, other = commit(author=MEMBER), commit(ADA, number=2)
    source = FakeSource(commits=(one, other), signatures=(GOOD, UNSIGNED))
    assert check(read(source, MEMBERS), MEMBERS).reason == "1 commit signed off, 1 signed commit by a member exempt"
    for commits, config in (((commit(ADA),), MEMBERS), ((commit(MEMBER, author=MEMBER),), DEFAULT)):
        assert read(FakeSource(commits=commits), config).commits == commits


def test_the_stages() -> None:
    on = {stage: GATE.severity(DEFAULT, stage) for stage in Stage}
    assert on == {
        Stage.PRE_COMMIT: Severity.OFF,
        Stage.COMMIT_MSG: Severity.ERROR,
        Stage.PRE_PUSH: Severity.ERROR,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    }


def test_as_a_warning_it_blocks_nothing() -> None:
    report = run((GATE,), {"dco": DcoConfig(severity=Severity.WARNING)}, FakeSource(commits=(commit(),)), Stage.CI)
    assert report.verdicts[0].findings == (Finding(message=NOBODY, hint=AMEND, commit=sha(1), severity=Level.WARNING),)
    assert report.exit_code == 0


def test_the_policys_keys() -> None:
    config = msgspec.convert(
        {
            "remediation": {"individual": True, "third-party": True},
            "members": "exempt-when-signed",
            "merges": "required",
            "bots": "required",
            "agents": "must-not-sign",
            "agent-identities": ["agent-*@example.org"],
            "exempt": ["ci@example.org"],
            "add-sign-off": True,
        },
        DcoConfig,
    )
    assert config == DcoConfig(
        remediation=Remediations(individual=True, third_party=True),
        members="exempt-when-signed",
        merges="required",
        bots="required",
        agents="must-not-sign",
        agent_identities=("agent-*@example.org",),
        exempt=("ci@example.org",),
        add_sign_off=True,
    )


@pytest.mark.parametrize(
    "section",
    [{"remediation": {"thirdparty": True}}, {"exempt": [""]}, {"agents": "must-sign"}, {"require": True}],
    ids=["unknown nested key", "empty glob", "unknown word", "unknown key"],
)
def test_a_wrong_policy_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(section, DcoConfig)


AGENTS = {
    "claude": Identity("Claude", "noreply@anthropic.com"),
    "claude with its model": Identity("Claude Opus 4", "NoReply@Anthropic.com"),
    "copilot": Identity("Copilot", "223556219+Copilot@users.noreply.github.com"),
    "copilot's bot": Identity("copilot-swe-agent[bot]", "198982749+copilot-swe-agent[bot]@users.noreply.github.com"),
    "by name alone": Identity("copilot-swe-agent[bot]", "x@example.org"),
    "devin": Identity("x", "158243242+devin-ai-integration[bot]@users.noreply.github.com"),
    "devin without a number": Identity("x", "devin-ai-integration[bot]@users.noreply.github.com"),
    "aider": Identity("aider (gpt-4o)", "x@example.org"),
}
PEOPLE = {
    "Claude Shannon": Identity("Claude Shannon", "claude@example.org"),
    "Claude": Identity("Claude", "claude@example.org"),
    "Devin": Identity("Devin", "devin@example.org"),
    "private email": Identity("Ada", "1+ada@users.noreply.github.com"),
    "dependabot": Identity(BOT.name, BOT.email),
    "only begins like an agent's": Identity("x", "noreply@anthropic.com.example.org"),
    "only ends like an agent's": Identity("x", "a-noreply@anthropic.com"),
    "overlong": Identity("aider (" + "a" * 10_000 + ")", "a" * 10_000 + "+copilot@users.noreply.github.com"),
}


@pytest.mark.parametrize("identity", AGENTS.values(), ids=AGENTS)
def test_agents(identity: Identity) -> None:
    assert is_agent(identity, DEFAULT)


@pytest.mark.parametrize("identity", PEOPLE.values(), ids=PEOPLE)
def test_people(identity: Identity) -> None:
    assert not is_agent(identity, DEFAULT)


def test_the_lists_of_agents_are_sorted_and_lower_case() -> None:
    for known in (AGENT_EMAILS, AGENT_NAMES):
        assert list(known) == sorted({one.lower() for one in known})


ADDRESSES = ["a@b.co", "a.b+c@d-e.f.org", "1+x[bot]@users.noreply.github.com", "é@exämple.org", "a@1.2.io"]
NO_ADDRESSES = [
    "",
    "a",
    "@",
    "a@",
    "@b.co",
    "a@b",
    "a@b.c",
    "a@.co",
    "a@b..co",
    "a@-b.co",
    "a@b-.co",
    "a@b.co.",
    "a@@b.co",
    "a b@c.co",
    "a@b.co\n",
    "<a@b.co>",
    "a@b_.co",
    "a" * 250 + "@b.co",
]


@pytest.mark.parametrize("email", ADDRESSES)
def test_addresses(email: str) -> None:
    assert is_address(email)


@pytest.mark.parametrize("email", NO_ADDRESSES)
def test_no_addresses(email: str) -> None:
    assert not is_address(email)


TEXT = st.text(max_size=30) | st.sampled_from(
    ["", "ada@example.org", "[bot]@users.noreply.github.com", "noreply@github.com"]
)
PERSON = st.builds(Person, TEXT, TEXT, bot=st.none() | st.booleans(), member=st.none() | st.booleans())
MESSAGE = st.lists(
    TEXT | st.builds(line, PERSON) | st.builds(remediation, st.integers(0, 3), PERSON, st.none() | PERSON)
).map("\n".join)
COMMIT = st.builds(
    Commit,
    st.none() | st.integers(0, 3).map(sha),
    st.lists(st.just(sha(9)), max_size=3).map(tuple),
    MESSAGE,
    PERSON,
    PERSON,
    st.builds(Signature, st.sampled_from(SignatureVerdict)),
)
CONFIG = st.builds(
    DcoConfig,
    remediation=st.builds(Remediations, individual=st.booleans(), third_party=st.booleans()),
    members=st.sampled_from(["required", "exempt-when-signed"]),
    merges=st.sampled_from(["exempt", "required"]),
    bots=st.sampled_from(["exempt", "required"]),
    agents=st.sampled_from(["may-sign", "must-not-sign"]),
    agent_identities=st.lists(st.text("a*?[@.", min_size=1, max_size=5), max_size=2).map(tuple),
    exempt=st.lists(st.text("a*?[@.", min_size=1, max_size=5), max_size=2).map(tuple),
)


@given(st.lists(COMMIT, max_size=4).map(tuple), CONFIG, st.booleans())
def test_never_raises_and_never_forgets_a_commit(commits: tuple[Commit, ...], config: DcoConfig, queued: bool) -> None:  # noqa: FBT001
    judgement = check(read(FakeSource(commits=commits, queued=queued), config), config)
    good = sum(count for key, count in judgement.facts.items() if key not in ("commits", "failing"))
    assert good + len(judgement.findings) == len(commits)
    msgspec.json.encode(judgement.facts)


def test_hostile_names_and_messages_make_short_findings() -> None:
    author = Person("\x1b[31m" + "a" * 1_000_000, "b" * 1_000_000)
    start = time.process_time()
    (finding,) = judge(
        commit(*[EVE] * 100_000, "Signed-off-by: " + "x" * 5_000_000, author=author), config=NO_AGENTS
    ).findings
    assert len(finding.message) < 1_000
    assert time.process_time() - start < 20


def test_ten_thousand_commits_take_no_time() -> None:
    commits = tuple(commit("text of the body\n" * 10, ADA, number=i) for i in range(10_000))
    facts = Facts(commits=commits, queued=False)
    start = time.process_time()
    assert check(facts, DEFAULT).reason == "10000 commits signed off"
    # About 5 µs each; the margin is for slow machines.
    assert time.process_time() - start < 2


@pytest.mark.parametrize("turn", [False, True], ids=["both-first", "both-last"])
def test_what_one_commit_proves_is_not_taken_for_another(turn: bool) -> None:  # noqa: FBT001 - a parameter
    # They end in the same line, and only one of them holds Ada's.
    both, foreign = commit(ADA, BOB, number=1), commit(BOB, number=2)
    judgement = judge(*((foreign, both) if turn else (both, foreign)))
    assert [finding.commit for finding in judgement.findings] == [sha(2)]
