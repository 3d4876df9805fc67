"""Every commit is signed off by who made it (Developer Certificate of Origin).

## What it does

Each commit of the change needs a line

    Signed-off-by: NAME <EMAIL>

that names its author or its committer. Name and email must both be that one person's, written as git wrote them into
the commit; only upper and lower case may differ, and nothing but one space stands around the name. The line counts
anywhere in the message, the key in any case, and one right line among several is enough. The author's email, and that
of whoever signed, must be an address with a domain that has a dot. GitHub as the committer of a commit made in the
browser (`noreply@github.com`) is nobody: there the author signs.

No sign-off is asked of

- merge commits, that is, of more than one parent (`merges`);
- commits whose author GitHub knows as a bot, or whose email ends in `[bot]@users.noreply.github.com` (`bots`). Anyone
  can write such an email: where that matters, say `bots: required`;
- members of the organisation whose commit has a good signature, where `members` says so. A member's commit without
  one needs a sign-off like any other. Whoever is not known to be a member is none: git alone knows no members;
- authors whose email `exempt` matches.

**Remediation.** A later commit of the same change can sign off an earlier one, in these words on a line of their own,
with the full object name:

    I, NAME <EMAIL>, hereby add my Signed-off-by to this commit: SHA
    On behalf of NAME <EMAIL>, I, NAME2 <EMAIL2>, hereby add my Signed-off-by to this commit: SHA

The first is for the author of both commits (`remediation.individual`). The second names the author of the earlier one
and is spoken by the author or committer of the later one (`remediation.third-party`, which counts only where the
first is on). A remediation commit needs a sign-off of its own; one that would need none, such as a merge, remediates
only if it has it all the same.

**Agents.** `agents: may-sign` lets coding agents sign what they made, like anyone. Under `must-not-sign` a sign-off by
an agent is an error wherever it stands, even in a commit that needs none: agents are named by
`Assisted-by: AGENT:MODEL` and a person signs. The committer may; for a commit whose author and committer are both
agents, any person. Agents are known by the emails they commit with and by `agent-identities`.

**Merge queue.** A queue commits in the name of accounts, not of git identities, and carries the message over. So in a
queue's branch a commit that GitHub made (committer `noreply@github.com`) needs some well-formed sign-off, whoever's
it is, and a merge it made needs none. Every other commit there is judged in full, and those of the browser were when
they stood in the pull request.

**Other tools.** The DCO app compares the name with author and committer, and the email likewise, each on its own, so
the author's name with the committer's email passes there; here, as in CNCF's dco2, the two must belong together.
dco-check knows the author only and minds case. Prow, conform and gitlint take any well-formed line, whoever it names.
commitlint wants it last in the message.

## Why

The sign-off is the contributor's word that they may give this work under the project's licence. A line that names
somebody else is nobody's word, and after a squash or a rebase it is easily lost.

## Example

    fix the parser                  fix the parser

                                    Signed-off-by: Ada Lovelace <ada@example.org>

Left, a commit by Ada Lovelace fails: `no sign-off by Ada Lovelace <ada@example.org>`. Right, it passes.

## How to fix

The finding's hint is the command: `git commit --amend --signoff --no-edit` for the last commit,
`git rebase --signoff BASE` for several. When the email is the wrong one, set it first: `git config user.email EMAIL`.
To never forget it: `add-sign-off: true` and `paddock dco sign` in the commit-msg hook.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, structs

from paddock.emails import LENGTH, matches
from paddock.engine import Gate
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Severity
from paddock.model import MESSAGE_AGAIN, Commit, Person, SignatureVerdict, Stage
from paddock.policy.config import GateConfig
from paddock.trailers import Identity, near_sign_offs, remediations, sign_offs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.model import Source

WEB_FLOW = "noreply@github.com"
BOT_EMAIL = "[bot]@users.noreply.github.com"
# What agents commit as unless told otherwise; a name alone is used only where no person bears it.
AGENT_EMAILS = (
    "*+claude[bot]@users.noreply.github.com",
    "*+copilot@users.noreply.github.com",
    "*+cursor[bot]@users.noreply.github.com",
    "*chatgpt-codex-connector[bot]@users.noreply.github.com",
    "*copilot-swe-agent[bot]@users.noreply.github.com",
    "*devin-ai-integration[bot]@users.noreply.github.com",
    "*gemini-code-assist[bot]@users.noreply.github.com",
    "*google-labs-jules[bot]@users.noreply.github.com",
    "aider@aider.chat",
    "amp@ampcode.com",
    "codex@openai.com",
    "copilot@github.com",
    "crush@charm.land",
    "cursoragent@cursor.com",
    "noreply@aider.chat",
    "noreply@anthropic.com",
    "noreply@openai.com",
    "noreply@opencode.ai",
    "openhands@all-hands.dev",
    "qwen-coder@alibabacloud.com",
)
AGENT_NAMES = (
    "aider",
    "aider (*)",
    "claude code",
    "copilot-swe-agent*",
    "cursor agent",
    "devin-ai-integration*",
    "google-labs-jules*",
    "openhands",
)

_ADDRESS = re.compile(r"[^\s@<>]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W_][\w-]*[^\W_]")
_SHOWN = 3  # sign-offs that a message names
_SHOWN_LENGTH = 120  # characters of each

Glob = Annotated[str, Meta(min_length=1)]


class Remediations(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """Which later commits may sign off earlier ones."""

    individual: Annotated[bool, Meta(description="An author may sign off their own earlier commit.")] = False
    third_party: Annotated[
        bool, Meta(description="Others may on the author's behalf; counts only where `individual` is on.")
    ] = False


class DcoConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's section `gates.dco`."""

    remediation: Annotated[
        Remediations, Meta(description="Whether a later commit of the change may sign off an earlier one.")
    ] = Remediations()
    members: Annotated[
        Literal["required", "exempt-when-signed"],
        Meta(description="Whether members of the organisation need a sign-off when their commit's signature is good."),
    ] = "required"
    merges: Annotated[
        Literal["exempt", "required"], Meta(description="Whether commits with more than one parent need a sign-off.")
    ] = "exempt"
    bots: Annotated[
        Literal["exempt", "required"], Meta(description="Whether commits that a bot made need a sign-off.")
    ] = "exempt"
    agents: Annotated[
        Literal["may-sign", "must-not-sign"], Meta(description="Whether coding agents may sign off commits.")
    ] = "may-sign"
    agent_identities: Annotated[
        tuple[Glob, ...],
        Meta(
            description="Emails of agents beside the well-known ones; `*` and `?` are wildcards, case does not count."
        ),
    ] = ()
    exempt: Annotated[
        tuple[Glob, ...],
        Meta(description="Emails of authors that need no sign-off; `*` and `?` are wildcards, case does not count."),
    ] = ()
    add_sign_off: Annotated[
        bool, Meta(description="Whether `paddock dco sign` may add the committer's sign-off to a message.")
    ] = False


class Facts(Struct, frozen=True, kw_only=True):
    """The commits, oldest first, each with author and committer."""

    commits: tuple[Commit, ...]
    queued: bool


class _Fault(Struct, frozen=True):
    message: str
    kind: Literal["missing", "agent", "email", "queue"]


def read(source: Source, config: DcoConfig) -> Facts:
    """Gather the commits, and their signatures where a member's word for one may count.

    Raises:
        FactMissingError: who made a commit is not known, or whether a member's signature is good.
    """
    commits = source.commits()
    authors = [_makers(commit)[0] for commit in commits]
    if config.members == "exempt-when-signed" and any(
        author.member and commit.signature is None for author, commit in zip(authors, commits, strict=True)
    ):
        commits = tuple(
            structs.replace(commit, signature=signature)
            for commit, signature in zip(commits, source.signatures(), strict=True)
        )
    return Facts(commits=commits, queued=source.queued())


def check(facts: Facts, config: DcoConfig) -> Judgement:
    """Judge each commit."""
    if not facts.commits:
        return Judgement(reason="no commits to judge")
    signed_later = _signed_later(facts, config)
    counts: Counter[str] = Counter()
    faults: list[tuple[Commit, _Fault]] = []
    # Most commits of a change are of the same people and end in the same sign-off: such a good end is found once.
    known: dict[object, str] = {}
    for commit in facts.commits:
        start = commit.message.rfind("\nSigned-off-by: ")
        last = commit.message[start:] if start >= 0 else ""
        alike = (commit.author, commit.committer, commit.signature, commit.is_merge, last)
        end = known.get(alike) or _judge(commit, facts, config, signed_later)
        # Only what that last line says by itself holds for the next commit that ends in it.
        if end == "signed" and config.agents == "may-sign" and _signer(commit, sign_offs(last), config):
            known[alike] = end
        if isinstance(end, _Fault):
            faults.append((commit, end))
        else:
            counts[end] += 1
    total = len(facts.commits)
    reason = _counted(counts)
    if faults:
        reason = f"{len(faults)} of {_plural(total, 'commit')} without a valid sign-off"
    return Judgement(
        reason=reason,
        findings=tuple(
            Finding(message=fault.message, hint=_hint(fault, faults, facts, config), commit=commit.sha)
            for commit, fault in faults
        ),
        facts={"commits": total, "failing": len(faults), **counts},
    )


def is_agent(identity: Identity, config: DcoConfig) -> bool:
    """Whether a name and an email are those of a coding agent."""
    return matches((*AGENT_EMAILS, *config.agent_identities), identity.email) or matches(AGENT_NAMES, identity.name)


def _judge(commit: Commit, facts: Facts, config: DcoConfig, signed_later: dict[str, Identity]) -> _Fault | str:
    """The key that a good commit is counted under, or what is wrong with it."""
    author, committer = _makers(commit)
    found = sign_offs(commit.message)
    if config.agents == "must-not-sign" and (fault := _agents_fault(commit, found, config)):
        return fault
    if excuse := _excuse(commit, author, config):
        return excuse
    if facts.queued and committer.email.lower() == WEB_FLOW:
        return _judge_queued(commit, found)
    signer, end = _signer(commit, found, config), "signed"
    if signer is None and (signer := signed_later.get(commit.sha or "")):
        end = "remediated"
    if signer is None:
        return _missing(commit, found, config)
    for email in dict.fromkeys((author.email or signer.email, signer.email)):
        if not is_address(email):
            return _Fault(f"`{_short(email)}` is not an email address", "email")
    return end


def _agents_fault(commit: Commit, found: tuple[Identity, ...], config: DcoConfig) -> _Fault | None:
    spoken = (line.by for line in remediations(commit.message)) if config.remediation.individual else ()
    agents = [one for one in (*found, *spoken) if is_agent(one, config)]
    return _Fault(f"signed off by an agent: {_listed(agents)}", "agent") if agents else None


def _judge_queued(commit: Commit, found: tuple[Identity, ...]) -> _Fault | str:
    if commit.is_merge or any(one.name.strip() and is_address(one.email) for one in found):
        return "queued"
    return _Fault("no sign-off in a commit that the merge queue made", "queue")


def _excuse(commit: Commit, author: Person, config: DcoConfig) -> str | None:
    if config.merges == "exempt" and commit.is_merge:
        return "merges"
    if config.bots == "exempt" and (author.bot or author.email.lower().endswith(BOT_EMAIL)):
        return "bots"
    if config.exempt and matches(config.exempt, author.email):
        return "exempt"
    if config.members == "exempt-when-signed" and author.member and _signature(commit) is SignatureVerdict.GOOD:
        return "members"
    return None


def _signer(commit: Commit, found: tuple[Identity, ...], config: DcoConfig) -> Identity | None:
    """Who of those that may has signed the commit's message."""
    if not found:
        return None
    who = _may_sign(commit, config)
    if found[0] in who:
        return found[0]
    folded = [maker.folded for maker in who]
    return next((one for one in found if one.folded in folded or not who), None)


def _people(commit: Commit) -> tuple[Identity, ...]:
    """Author and committer, each once; GitHub as a committer is nobody."""
    author, committer = _makers(commit)
    one, other = Identity(author.name, author.email), Identity(committer.name, committer.email)
    return (one,) if one == other or other.email.lower() == WEB_FLOW else (one, other)


def _may_sign(commit: Commit, config: DcoConfig) -> tuple[Identity, ...]:
    """Who made the commit, as far as they may sign; empty means any person, since agents alone made it."""
    who = _people(commit)
    return who if config.agents == "may-sign" else tuple(one for one in who if not is_agent(one, config))


def _signed_later(facts: Facts, config: DcoConfig) -> dict[str, Identity]:
    """For each commit, who signed it off in another commit of the change, as far as policy lets them."""
    if not config.remediation.individual:
        return {}
    authors = {commit.sha: _people(commit)[0].folded for commit in facts.commits}
    found: dict[str, Identity] = {}
    for commit in facts.commits:
        lines = remediations(commit.message)
        # A commit that is judged must be signed off anyway, else the change fails by it.
        if lines and _excuse(commit, _makers(commit)[0], config):
            lines = lines if _signer(commit, sign_offs(commit.message), config) else ()
        who = [one.folded for one in _people(commit)] if lines else []
        for line in lines:
            allowed = line.behalf is None or config.remediation.third_party
            allowed = allowed and not (config.agents == "must-not-sign" and is_agent(line.by, config))
            speaks = line.by.folded in (who[:1] if line.behalf is None else who)
            if allowed and speaks and (line.behalf or line.by).folded == authors.get(line.sha):
                found.setdefault(line.sha, line.by)
    return found


def _missing(commit: Commit, found: tuple[Identity, ...], config: DcoConfig) -> _Fault:
    who = _may_sign(commit, config)
    names = [_short(str(one)) for one in who]
    message = f"no sign-off by {' or '.join(names) if names else 'a person'}"
    if found:
        message += f"; signed off by {_listed(found)}"
    elif near := near_sign_offs(commit.message):
        message += f"; `{_short(near[0])}` is not `Signed-off-by: NAME <EMAIL>`"
    if config.members == "exempt-when-signed" and (signature := _signature(commit)) and _makers(commit)[0].member:
        message += f"; this member's signature is {signature}, not good"
    return _Fault(message, "missing")


# In a commit being made, in the last one, in several or in an older one.
_COMMANDS = {
    "missing": (
        f"git commit --signoff {MESSAGE_AGAIN}",
        "git commit --amend --signoff --no-edit",
        "git rebase --signoff {}",
    ),
    "agent": (
        f"git commit --edit --cleanup=scissors {MESSAGE_AGAIN}",
        "git commit --amend",
        "git rebase --interactive {}",
    ),
    "email": (
        f"git config user.email EMAIL && git commit --signoff {MESSAGE_AGAIN}",
        "git config user.email EMAIL && git commit --amend --reset-author --signoff --no-edit",
        "git config user.email EMAIL && git rebase --exec 'git commit --amend --reset-author --signoff --no-edit' {}",
    ),
}


def _hint(fault: _Fault, faults: list[tuple[Commit, _Fault]], facts: Facts, config: DcoConfig) -> str:
    if fault.kind == "queue":
        return "let GitHub's default message for merges keep the commits' own text (Settings, Pull Requests)"
    last = facts.commits[-1]
    place = 0 if last.sha is None else 1 if len(faults) == 1 and faults[0][0] is last else 2
    command = _COMMANDS[fault.kind][place].format(faults[0][0].rebase_start)
    if fault.kind == "agent":
        return f"name the agent by `Assisted-by: AGENT:MODEL` instead, and let a person sign off: {command}"
    if config.remediation.individual and place and fault.kind == "missing":
        command += "\nor add a commit that says: I, NAME <EMAIL>, hereby add my Signed-off-by to this commit: SHA"
    return command


def is_address(email: str) -> bool:
    """Whether this can be an email address on the internet: one `@`, and a domain with a dot."""
    return len(email) <= LENGTH and _ADDRESS.fullmatch(email) is not None


def _makers(commit: Commit) -> tuple[Person, Person]:
    if commit.author is None or commit.committer is None:
        fact = "author" if commit.author is None else "committer"
        raise FactMissingError(f"the `{fact}` of {_name(commit)} is not known")
    return commit.author, commit.committer


def _signature(commit: Commit) -> SignatureVerdict | None:
    return commit.signature.verdict if commit.signature else None


def _name(commit: Commit) -> str:
    return f"commit {commit.sha[:12]}" if commit.sha else "the commit in the making"


def _listed(found: Sequence[Identity]) -> str:
    more = len(found) - _SHOWN
    names = ", ".join(_short(str(one)) for one in found[:_SHOWN])
    return f"{names} and {more} more" if more > 0 else names


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


_EXCUSED = (
    ("merges", "merge"),
    ("bots", "bot"),
    ("members", "signed commit by a member"),
    ("exempt", "listed author"),
)


def _counted(counts: Counter[str]) -> str:
    signed = counts["signed"] + counts["remediated"] + counts["queued"]
    excused = " and ".join(_words(counts))
    said = f"{_plural(signed, 'commit')} signed off"
    if counts["remediated"]:
        said += f" ({counts['remediated']} by a remediation commit)"
    if not excused:
        return said
    return f"{said}, {excused} exempt" if signed else f"{excused} exempt"


def _words(counts: Counter[str]) -> Iterator[str]:
    for key, one in _EXCUSED:
        if counts[key]:
            yield _plural(counts[key], one)


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


GATE = Gate(
    id="dco",
    config=DcoConfig,
    stages={
        Stage.COMMIT_MSG: Severity.ERROR,
        Stage.PRE_PUSH: Severity.ERROR,
        Stage.CI: Severity.ERROR,
        Stage.BOT: Severity.ERROR,
    },
    read=read,
    check=check,
)
