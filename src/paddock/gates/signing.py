"""Every commit is signed by a key that the base lists, and by the person that it names.

## What it does

Each commit of the change needs a signature (`git commit -S`, by GPG or SSH) that is one over this very commit, by a
key that the trust ref lists, for the address of who made it. Keys are read from the trust ref, the protected branch,
and never from the change: whoever adds a key to these files gains nothing until that is merged.

| file on the trust ref | what it lists |
|---|---|
| `.paddock/allowed_signers` | SSH keys, as ssh-keygen(1) has it under ALLOWED SIGNERS, with every option there |
| `.paddock/revoked_signers` | SSH keys that count no more: public keys one a line, or what `ssh-keygen -k` made |
| `.paddock/keys/*.asc` | OpenPGP keys, one file a person: `gpg --armor --export KEY`, with their revocations |

Neither your keyring nor your agent nor your `gpg.ssh.allowedSignersFile` is asked, no program of the repository's
configuration is run, and nothing ever prompts.

**To begin** with SSH (for GPG leave `gpg.format` alone), let each person run

    ssh-keygen -t ed25519                                       # without a key yet
    git config --global gpg.format ssh
    git config --global user.signingKey ~/.ssh/id_ed25519.pub
    git config --global commit.gpgSign true
    paddock signing doctor                                      # prints the line for .paddock/allowed_signers

and merge those lines to the protected branch; then switch the gate on.

**Verdicts.** They are told apart, and each has its own way to mend it:

| verdict | what is known |
|---|---|
| `good` | over this commit, by a listed key that is in force |
| `unsigned` | no signature at all |
| `bad` | not over this commit: it was altered, or the signature was taken from elsewhere |
| `unverifiable` | nothing to check it with: no list, no such OpenPGP key, no gpg or ssh-keygen here, or X.509 |
| `untrusted` | over this commit, by an SSH key that the trust ref does not list |
| `expired` | by a listed key that is not in force any more, or not yet |
| `revoked` | by a key that was revoked |
| `wrong-identity` | good, but the key is not that of who made the commit |

Where the only thing wrong is that there is nothing to check with, the gate does not fail: it is skipped in a hook, with
the reason, and errored in CI. It never passes. So a team that has not listed keys yet can push, and the change that
lists the first ones can be pushed too; in CI a maintainer merges that one by hand, since no list vouches for the first.

**Dates.** When a commit was made is its committer's own word, and whoever finds an old key can write any date. So a key
must be in force both at the date that the commit gives and now. A branch that waited until its key expired is signed
anew. A GPG key that has expired counts for none of its signatures. Dates without a zone in `allowed_signers` are UTC.

**Whose key.** `signer` says who of a commit's two people must hold it. The one that signs is the committer, so that is
the default; `author` also refuses work that somebody else committed; `either` takes both. A key speaks for the
principals of its line, or for the addresses of its user ids; in principals `*` and `?` are wildcards and `!` excepts.
Of several lines with the same key, ssh-keygen believes the first.

**GitHub's own commits.** What is merged or edited on github.com has the committer `GitHub <noreply@github.com>` and is
signed by GitHub's web-flow key. It counts only once that key is listed:

    curl https://github.com/web-flow.gpg > .paddock/keys/web-flow.asc

`web-flow: merges` then takes merge commits and what a merge queue made, `any` also commits of the browser, of bots and
of agents that GitHub commits for, `refuse` none. "Rebase and merge" drops signatures, and the commits it makes are not
judged any more, as they are on the base already.

**GitHub's word.** With `paddock check --github` a signature that is `unverifiable` or `untrusted` here is taken as
GitHub's API says of it, and the reason says so. GitHub vouches for who somebody is, not for whether they are one of
you: any account's key will do. Where the lists alone must decide, say `github: refuse`.

**From when on.** `since` is the full name of a commit of the history: it and all before it need no signature. There is
no exemption by author, since anyone can write any author into an unsigned commit.

## Why

Name and email of a commit are whatever its maker wrote. A signature ties them to a key, and the list on the protected
branch ties the key to a person. `git verify-commit` alone does neither: it takes its keys from the user, says nothing
of whose they are, and calls an SSH signature without a list of signers no signature.

## Example

    # .paddock/allowed_signers
    ada@example.org namespaces="git" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…

A commit by Ada with that key passes. One by Ada without a signature fails: `unsigned, committed by Ada Lovelace
<ada@example.org>`. One in Ada's name with Eve's key fails: `untrusted: the key is not in .paddock/allowed_signers on
the base`.

## How to fix

`paddock signing doctor` tells why your next commit will not be signed or not be believed, and the commands that mend
it. For commits that are there already the finding's hint is the command: `git commit --amend --no-edit --gpg-sign`,
or `git rebase --force-rebase --gpg-sign BASE` for several.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock.emails import speaks_for
from paddock.engine import Gate
from paddock.errors import FactMissingError
from paddock.findings import Finding, Judgement, Severity
from paddock.model import Commit, Person, Signature, SignatureFormat, SignatureVerdict, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paddock.model import Source

WEB_FLOW = "noreply@github.com"
# What may stand in a command that somebody will copy.
_HEX = re.compile("[0-9A-Fa-f]{8,64}")
_PLAIN = re.compile(r"[A-Za-z0-9_.+@-]+")
_APART = 3  # commits with the same fault that are told one by one
_SHOWN_LENGTH = 120  # characters of a name or a reason


class SigningConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's section `gates.signing`."""

    formats: Annotated[
        tuple[SignatureFormat, ...], Meta(min_length=1, description="The kinds of signatures that count.")
    ] = (SignatureFormat.OPENPGP, SignatureFormat.SSH, SignatureFormat.X509)
    signer: Annotated[
        Literal["committer", "author", "either"], Meta(description="Whose key a commit must be signed by.")
    ] = "committer"
    since: Annotated[
        Annotated[str, Meta(pattern="^(?:[0-9a-f]{40}|[0-9a-f]{64})$")] | None,
        Meta(description="The full name of the last commit that needs no signature; those before it need none either."),
    ] = None
    web_flow: Annotated[
        Literal["merges", "any", "refuse"],
        Meta(description="Which of the commits count that GitHub made and signed with its listed web-flow key."),
    ] = "merges"
    github: Annotated[
        Literal["believe", "refuse"],
        Meta(description="Whether GitHub's verdict counts where `--github` takes it for want of a key."),
    ] = "believe"


class Facts(Struct, frozen=True, kw_only=True):
    """The commits with their signatures, oldest first; `older` are those that `since` exempts."""

    commits: tuple[Commit, ...]
    signatures: tuple[Signature, ...]
    older: frozenset[str] = frozenset()
    queued: bool = False
    base: str = "main"


class _Fault(Struct, frozen=True):
    """What is wrong with a commit, and under which word it is counted; `open` where only a check is missing."""

    word: str
    message: str
    hint: str
    open: bool = False


def read(source: Source, config: SigningConfig) -> Facts:
    """Gather commits and signatures.

    Raises:
        FactMissingError: signatures are not known.
        FactUnreadableError: they can't be read, or there is no commit of the name that `since` gives.
    """
    commits = source.commits()
    older = source.contained(config.since) if config.since and commits else frozenset()
    return Facts(
        commits=commits,
        signatures=source.signatures() if commits else (),
        older=older,
        queued=source.queued(),
        base=source.base(),
    )


def check(facts: Facts, config: SigningConfig) -> Judgement:
    """Judge each commit.

    Raises:
        FactMissingError: nothing is wrong, but not all could be checked.
    """
    if not facts.commits:
        return Judgement(reason="no commits to judge")
    counts: Counter[str] = Counter()
    faults: list[tuple[int, _Fault]] = []
    for number, (commit, signature) in enumerate(zip(facts.commits, facts.signatures, strict=True)):
        end = "older" if commit.sha in facts.older else _judge(commit, signature, facts, config)
        if isinstance(end, _Fault):
            faults.append((number, end))
        counts[end.word if isinstance(end, _Fault) else end] += 1
    if faults and all(fault.open for _, fault in faults):
        raise _not_checked(facts, [fault for _, fault in faults])
    total, reason = len(facts.commits), _counted(counts)
    if faults:
        words = Counter(fault.word for _, fault in faults)
        listed = ", ".join(f"{count} {word}" for word, count in words.items())
        reason = f"{len(faults)} of {_plural(total, 'commit')} without a good signature: {listed}"
    return Judgement(
        reason=reason,
        findings=tuple(_findings(facts, faults)),
        facts={"commits": total, "failing": len(faults), "verdicts": dict(counts)},
    )


def _judge(commit: Commit, signature: Signature, facts: Facts, config: SigningConfig) -> _Fault | str:
    """The word that a good commit is counted under, or what is wrong with it."""
    verdict = signature.verdict
    if signature.format is not None and signature.format not in config.formats:
        allowed = " or ".join(config.formats)
        return _Fault(
            "wrong-format", f"signed by {_key(signature)} in the format {signature.format}, not {allowed}", _SIGN
        )
    if verdict is not SignatureVerdict.GOOD:
        return _fault(commit, signature, facts)
    if signature.by_github and config.github == "refuse":
        message = f"unverifiable here, and the policy does not take GitHub's word for it{_said(signature)}"
        return _Fault("unverifiable", message, _listing(signature, facts))
    if signature.emails is None:
        raise FactMissingError(f"whom the key of commit {str(commit.sha)[:12]} may sign for is not known")
    if _is_of_github(commit, signature):
        if config.web_flow == "any" or (config.web_flow == "merges" and (commit.is_merge or facts.queued)):
            return "web-flow"
        what = "a merge" if commit.is_merge else "a commit that is no merge"
        message = f"{what} made and signed by GitHub, where `web-flow` is {config.web_flow}"
        return _Fault("web-flow-refused", message, _SIGN)
    return _identity(commit, signature, config) or ("github" if signature.by_github else "good")


def _identity(commit: Commit, signature: Signature, config: SigningConfig) -> _Fault | None:
    """What is wrong where the key is not that of who made the commit."""
    makers = {"author": commit.author, "committer": commit.committer}
    wanted = list(makers) if config.signer == "either" else [config.signer]
    missing = next((role for role in wanted if makers[role] is None), None)
    if missing:
        raise FactMissingError(f"the `{missing}` of commit {str(commit.sha)[:12]} is not known")
    people = {role: person for role, person in makers.items() if role in wanted and person is not None}
    emails = signature.emails or ()
    if any(speaks_for(emails, person.email) for person in people.values()):
        return None
    named = " or ".join(f"the {role} {_person(person)}" for role, person in people.items())
    message = f"wrong identity: signed by {_key(signature)}, which speaks for {_listed(emails)}, not for {named}"
    plain = next((email for email in emails if _PLAIN.fullmatch(email)), "EMAIL")
    return _Fault("wrong-identity", message, f"git config user.email {plain} && {_RESET}")


def _is_of_github(commit: Commit, signature: Signature) -> bool:
    made = commit.committer is not None and commit.committer.email.lower() == WEB_FLOW
    return made and WEB_FLOW in {email.lower() for email in signature.emails or ()}


def _fault(commit: Commit, signature: Signature, facts: Facts) -> _Fault:
    verdict = signature.verdict
    if verdict is SignatureVerdict.UNSIGNED:
        by = f", committed by {_person(commit.committer)}" if commit.committer else ""
        return _Fault(verdict, f"unsigned{by}", _SIGN)
    word = "wrong identity" if verdict is SignatureVerdict.WRONG_IDENTITY else str(verdict)
    by = f", signed by {_key(signature)}" if signature.key or signature.signer else ""
    message = f"{word}{by}{_said(signature)}"
    hint, open_ = _SIGN, False
    if verdict in (SignatureVerdict.UNTRUSTED, SignatureVerdict.UNVERIFIABLE):
        made_by_github = commit.committer is not None and commit.committer.email.lower() == WEB_FLOW
        hint = _WEB_FLOW_KEY.format(facts.base) if made_by_github else _listing(signature, facts)
        open_ = verdict is SignatureVerdict.UNVERIFIABLE and signature.emails is None
    elif verdict is SignatureVerdict.EXPIRED:
        hint = f"sign with a key that is in force, or renew this one on {facts.base}: {_SIGN}"
    elif verdict is SignatureVerdict.REVOKED:
        hint = f"sign with another key: {_SIGN}"
    elif verdict is SignatureVerdict.WRONG_IDENTITY:
        hint = f"git config user.email EMAIL && {_RESET}"
    return _Fault(verdict, message, hint, open_)


# Places for the commands that make commits anew: in the last one, or in several and older ones.
_SIGN, _RESET = "{sign}", "{reset}"
_COMMANDS = {
    _SIGN: ("git commit --amend --no-edit --gpg-sign", "git rebase --force-rebase --gpg-sign{merges} {start}"),
    _RESET: (
        "git commit --amend --no-edit --reset-author --gpg-sign",
        "git rebase{merges} --exec 'git commit --amend --no-edit --reset-author --gpg-sign' {start}",
    ),
}
_WEB_FLOW_KEY = (
    "list GitHub's key on {}: curl https://github.com/web-flow.gpg > .paddock/keys/web-flow.asc\n"
    "or take GitHub's word: paddock check --github"
)


def _listing(signature: Signature, facts: Facts) -> str:
    if signature.format is SignatureFormat.X509:
        return "take GitHub's word for X.509: paddock check --github\nor sign by SSH or GPG: {sign}"
    if signature.format is SignatureFormat.SSH:
        return (
            f"list the key on {facts.base}, if it is that of one of you; its holder gets the line for "
            "`.paddock/allowed_signers` by: paddock signing doctor\nor sign with a listed key: {sign}"
        )
    if signature.format is SignatureFormat.OPENPGP:
        key = signature.key if signature.key and _HEX.fullmatch(signature.key) else "KEY"
        return (
            f"list the key on {facts.base}, if it is that of one of you: "
            f"gpg --armor --export {key} > .paddock/keys/NAME.asc\nor sign with a listed key: {{sign}}"
        )
    return _SIGN


def _findings(facts: Facts, faults: Sequence[tuple[int, _Fault]]) -> Iterator[Finding]:
    """One a commit; those of many commits with the same fault as one."""
    alike: dict[_Fault, list[int]] = {}
    for number, fault in faults:
        alike.setdefault(fault, []).append(number)
    commands = _commands(facts, [number for number, _ in faults])
    for fault, numbers in alike.items():
        hint = fault.hint
        for place, command in commands.items():
            hint = hint.replace(place, command)
        names = [facts.commits[number].sha for number in numbers]
        if len(names) <= _APART:
            for name in names:
                yield Finding(message=fault.message, hint=hint, commit=name)
        else:
            last = str(names[-1])[:12]
            message = f"{len(names)} commits from here to {last}: {fault.message}"
            yield Finding(message=message, hint=hint, commit=names[0])


def _commands(facts: Facts, numbers: Sequence[int]) -> dict[str, str]:
    first = facts.commits[numbers[0]] if numbers else facts.commits[-1]
    only_last = list(numbers) == [len(facts.commits) - 1]
    merges = any(commit.is_merge for commit in facts.commits[numbers[0] :]) if numbers else False
    words = {"start": first.rebase_start, "merges": " --rebase-merges" if merges else ""}
    return {place: last if only_last else several.format(**words) for place, (last, several) in _COMMANDS.items()}


def _not_checked(facts: Facts, faults: Sequence[_Fault]) -> FactMissingError:
    messages = list(dict.fromkeys(fault.message for fault in faults))
    more = f"; and {len(messages) - _APART} more" if len(messages) > _APART else ""
    hints = dict.fromkeys(fault.hint.partition("\nor sign")[0] for fault in faults)
    return FactMissingError(
        f"{len(faults)} of {_plural(len(facts.commits), 'commit')} can't be checked: "
        f"{'; '.join(messages[:_APART])}{more}",
        hint="\n".join([*list(hints)[:_APART], "a commit of your own: paddock signing doctor"]),
    )


def _key(signature: Signature) -> str:
    named = [_short(one) for one in (signature.signer, signature.key) if one]
    return f"{named[0]} ({named[1]})" if len(named) > 1 else named[0] if named else "a key that is not named"


def _said(signature: Signature) -> str:
    return f": {_short(signature.reason)}" if signature.reason else ""


def _person(person: Person) -> str:
    return _short(f"{person.name} <{person.email}>")


def _listed(emails: tuple[str, ...]) -> str:
    shown = ", ".join(_short(email) for email in emails[:_APART])
    return f"{shown} and {len(emails) - _APART} more" if len(emails) > _APART else shown or "nobody"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…"


def _counted(counts: Counter[str]) -> str:
    signed = counts["good"] + counts["github"] + counts["web-flow"]
    details = [
        f"{counts[key]} {text}"
        for key, text in (("web-flow", "by GitHub itself"), ("github", "by GitHub's word"))
        if counts[key]
    ]
    said = f"{_plural(signed, 'commit')} with a good signature" + (f" ({', '.join(details)})" if details else "")
    older = f"{_plural(counts['older'], 'commit')} not after `since`"
    if not counts["older"]:
        return said
    return f"{said}, {older}" if signed else older


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


GATE = Gate(
    id="signing",
    config=SigningConfig,
    stages={Stage.PRE_PUSH: Severity.ERROR, Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
