r"""Commit messages have the form that the policy asks for.

## What it does

Judges each commit's message by the rules that the policy sets: how long the subject is, what it must and must not
match, whether it is in the imperative mood, whether a blank line follows it, how long the lines of the body may be,
and which trailers there must and must not be. Lengths count characters, not bytes.

- A line of the body may be longer where it holds a URL, which can't be broken, and among the trailers.
- Trailers are what `git interpret-trailers` finds: the last paragraph. A required one needs a value.
- Regular expressions are Python's, found anywhere in the subject unless `^` and `$` anchor them; they see its first
  500 characters. Conventional commits are `^(feat|fix|docs|test|chore)(\(.+\))?!?: `.
- The imperative mood is judged by a list of common verbs: `Added`, `Adds` and `Adding` are told to be `Add`. A tag, an
  emoji or a prefix such as `feat(api): ` before the verb is passed over. What is not on the list is not judged.
- What git shows in the editor and nobody wrote must not be in a message: git's own request for one, its scissors line
  (`>8`), and a diff. It gets there by `git commit --file` of what an editor left. A diff that is indented may stay.
- Git's own subjects are excused: those of merge commits, whose messages are looked at for forbidden trailers only, and
  `Revert "…"` and `Reapply "…"`, which quote another subject.
- `fixup!`, `squash!` and `amend!` commits are judged for forbidden trailers only. Where `fixups: forbid`, they are an
  error once they are in a branch; while one works, in the commit-msg hook, they are fine.

## Why

The subject is all that `git log --oneline`, a bisection or release notes show. Tools cut it at some 72 characters, and
they take what follows without a blank line for a part of it. A fixup that was never squashed is half a commit.

## Example

    Added the parser for order keys.        fails: begins with "Added", not with "Add"
    feat: add the parser for order keys     passes

## How to fix

In the commit-msg hook the message is kept: edit it and commit again, with
`git commit --edit --cleanup=scissors --file="$(git rev-parse --git-path PADDOCK_EDITMSG)"`. Otherwise
`git commit --amend` for the last commit, `git rebase --interactive BASE` and `reword` for older ones,
`git rebase --interactive --autosquash BASE` for fixups.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from paddock import trailers
from paddock.engine import Gate
from paddock.findings import Finding, Judgement, Severity
from paddock.model import MESSAGE_AGAIN, Commit, Stage
from paddock.policy.config import GateConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.model import Source

PATTERN_LIMIT = 500  # characters of the subject that a policy's patterns see
_SHOWN = 80  # characters of a subject in a message
_LINES_SHOWN = 10  # overlong lines of one body that get a finding each

_FIXUP = re.compile(r"(fixup|squash|amend)! ")
_GENERATED = re.compile(r'(?:Revert|Reapply) ".*"')
_URL = re.compile(r"[A-Za-z]://\S")
# What may stand before the verb: `[tag] `, `:emoji: `, `feat(api)!: `, `net: ipv4: `, `a, b: `, and no letters at all.
_PREFIX = re.compile(r"\[[^\]]*\]:? *|:[a-z0-9_+-]+: *|[\w./*+-]+\([^)]*\)!?: +|[^\s:]+(?:, [^\s:]+)*: +|[\W_]+")
_WORD = re.compile(r"([A-Za-z]+)(?=[\s,]|\Z)")

# What git writes below a message in the editor: its request, the mark, and the diff of `commit --verbose`.
_REQUEST = re.compile(r"\S{1,8} Please enter the commit message for your changes\. Lines starting")
_SCISSORS = re.compile(r"\S{1,8} -{24} >8 -{24}")
_DIFF = re.compile(r"diff --(?:git|cc|combined) \S")
_OF_DIFF = re.compile(r"index [0-9a-f]+[.,]|(?:new file|deleted file|old|new) mode [0-7]{6}|(?:rename|copy) from ")
_HEADER = 4  # lines of a diff's header in which one of those stands

Trailer = Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")]


class CommitMessageConfig(GateConfig, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The policy's section `gates.commit-message`."""

    subject_min: Annotated[int, Meta(ge=0, description="The least characters that a subject has.")] = 1
    subject_max: Annotated[int, Meta(ge=1, description="The most characters that a subject has.")] = 72
    subject_pattern: Annotated[
        str | None, Meta(description="A regular expression that must be found in the subject.")
    ] = None
    subject_forbid: Annotated[
        tuple[str, ...], Meta(description="Regular expressions that must not be found in the subject.")
    ] = ()
    imperative: Annotated[
        bool, Meta(description="Whether the subject's verb must be in the imperative mood (English).")
    ] = False
    blank_second_line: Annotated[bool, Meta(description="Whether a blank line must follow the subject.")] = True
    body_line_max: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="The most characters that a line of the body has.")
    ] = None
    body: Annotated[
        Literal["optional", "required"], Meta(description="Whether there must be a text below the subject.")
    ] = "optional"
    required_trailers: Annotated[
        tuple[Trailer, ...], Meta(description="Trailers that each message must have, by key.")
    ] = ()
    forbidden_trailers: Annotated[
        tuple[Trailer, ...], Meta(description="Trailers that no message may have, by key.")
    ] = ()
    fixups: Annotated[
        Literal["allow", "forbid"],
        Meta(description="Whether a branch may hold `fixup!`, `squash!` and `amend!` commits."),
    ] = "forbid"

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Patterns that do not compile, and rules that no message can keep."""
        if self.subject_pattern is not None and (problem := _pattern_problem(self.subject_pattern)):
            yield ("subject-pattern",), problem
        for i, pattern in enumerate(self.subject_forbid):
            if problem := _pattern_problem(pattern):
                yield ("subject-forbid", i), problem
        if self.subject_min > self.subject_max:
            yield ("subject-min",), f"{self.subject_min} is more than subject-max, {self.subject_max}"
        forbidden = {key.lower() for key in self.forbidden_trailers}
        for i, key in enumerate(self.required_trailers):
            if key.lower() in forbidden:
                yield ("required-trailers", i), f"`{key}` is also forbidden"


class Facts(Struct, frozen=True):
    """The commits, oldest first."""

    commits: tuple[Commit, ...]


class _Message(Struct, frozen=True):
    """A message without the blank lines above it, which git takes away. The block is that of its trailers."""

    lines: list[str]
    block: trailers.TrailerBlock

    @property
    def subject(self) -> str:
        return self.lines[0].rstrip()


def read(source: Source, config: CommitMessageConfig) -> Facts:  # noqa: ARG001 - every gate's signature
    """The commits."""
    return Facts(source.commits())


def check(facts: Facts, config: CommitMessageConfig) -> Judgement:
    """Judge each message."""
    total = len(facts.commits)
    if not total:
        return Judgement(reason="no commits to judge")
    findings: list[Finding] = []
    wrong = merges = 0
    for commit in facts.commits:
        found = tuple(_judge(commit, facts, config))
        findings += found
        wrong += bool(found)
        merges += commit.is_merge
    if wrong:
        reason = f"{wrong} of {_plural(total, 'message')} {'breaks' if wrong == 1 else 'break'} the policy"
    else:
        judged = total - merges
        reason = f"{_plural(judged, 'message')} as the policy asks" if judged else ""
        reason += f"{', ' if judged else ''}{_plural(merges, 'merge')} excused" if merges else ""
    return Judgement(
        reason=reason, findings=tuple(findings), facts={"commits": total, "failing": wrong, "merges": merges}
    )


def _judge(commit: Commit, facts: Facts, config: CommitMessageConfig) -> Iterator[Finding]:
    text = commit.message.lstrip("\r\n")
    message = _Message([line.removesuffix("\r") for line in text.split("\n")], trailers.parse(text))
    hint = _edit(commit, facts)
    for line, said in _problems(commit, message, config):
        yield Finding(message=said, hint=hint, line=line, commit=commit.sha)
    fixup = _FIXUP.match(message.subject)
    if fixup and config.fixups == "forbid" and commit.sha is not None and not commit.is_merge:
        yield Finding(
            message=f"a `{fixup[1]}!` commit was not squashed",
            hint=f"git rebase --interactive --autosquash {facts.commits[0].rebase_start}",
            line=1,
            commit=commit.sha,
        )


def _problems(commit: Commit, message: _Message, config: CommitMessageConfig) -> Iterator[tuple[int, str]]:
    """Each problem's line and text."""
    yield from _leftovers(message.lines)
    for key in config.forbidden_trailers:
        if found := [trailer.line for trailer in message.block.trailers if trailer.key.lower() == key.lower()]:
            yield found[0], f"the trailer `{key}` is forbidden"
    if commit.is_merge or _FIXUP.match(message.subject):
        return
    if not _GENERATED.fullmatch(message.subject):
        for said in _subject_problems(message.subject, config):
            yield 1, said
    yield from _body_problems(message, config)
    for key in config.required_trailers:
        if not any(message.block.values(key)):
            yield 1, f"no trailer `{key}`"


def _leftovers(lines: list[str]) -> Iterator[tuple[int, str]]:
    """What git put into the editor, and all that comes after it is told once."""
    for number, line in enumerate(lines, 1):
        if _SCISSORS.fullmatch(line):
            yield number, "git's scissors line, and what git showed below it, are in the message"
            return
        if _DIFF.match(line) and any(_OF_DIFF.match(one) for one in lines[number : number + _HEADER]):
            yield number, "a diff is in the message"
            return
        if _REQUEST.match(line):
            yield number, "git's own comments are in the message"


def _subject_problems(subject: str, config: CommitMessageConfig) -> Iterator[str]:
    length, limit = len(subject), config.subject_max
    if length < config.subject_min:
        few = _plural(length, "character")
        yield (
            f"the subject has {few}, {config.subject_min - length} under the least of {config.subject_min}"
            if subject
            else "the subject is empty"
        )
    if length > limit:
        yield f"the subject has {length} characters, {length - limit} over the limit of {limit}"
    bounded = subject[:PATTERN_LIMIT]
    if config.subject_pattern is not None and not re.search(config.subject_pattern, bounded):
        yield f"the subject `{_short(subject)}` does not match `{config.subject_pattern}`"
    for pattern in config.subject_forbid:
        if found := re.search(pattern, bounded):
            yield f"the subject has `{_short(found[0])}`, which `{pattern}` forbids"
    if config.imperative and (mood := not_imperative(bounded)):
        yield f'the subject begins with "{mood[0]}", not with "{mood[1]}"'


def _body_problems(message: _Message, config: CommitMessageConfig) -> Iterator[tuple[int, str]]:
    lines = message.lines
    if config.blank_second_line and len(lines) > 1 and lines[1].strip():
        yield 2, "no blank line between the subject and the body"
    end = message.block.line - 1 if message.block.line else len(lines)
    if config.body == "required" and not any(line.strip() for line in lines[1:end]):
        yield 1, "the message has no body"
    if config.body_line_max is None:
        return
    limit, over = config.body_line_max, 0
    for i in range(1, end):
        length = len(lines[i].rstrip())
        if length > limit and not _URL.search(lines[i]):
            over += 1
            if over <= _LINES_SHOWN:
                yield i + 1, f"the line has {length} characters, {length - limit} over the limit of {limit}"
    if over > _LINES_SHOWN:
        yield 1, f"{_plural(over - _LINES_SHOWN, 'more line')} over the limit of {limit} characters"


def _edit(commit: Commit, facts: Facts) -> str:
    if commit.sha is None:
        return f"git commit --edit --cleanup=scissors {MESSAGE_AGAIN}"
    if commit is facts.commits[-1]:
        return "git commit --amend"
    return f"git rebase --interactive {commit.rebase_start}\nand mark the commit `reword`"


def not_imperative(subject: str) -> tuple[str, str] | None:
    """The subject's verb and its imperative, where the verb is known to be in another form."""
    at = 0
    while found := _PREFIX.match(subject, at):
        at = found.end()
    word = _WORD.match(subject, at)
    if word is None or (imperative := _forms().get(word[1].lower())) is None:
        return None
    return word[1], imperative.capitalize() if word[1][0].isupper() else imperative


# Verbs that subjects begin with; `*` marks those that double their last letter.
_VERBS = """
    abort accept account adapt add address adjust adopt align allow alter amend analyse analyze annotate append
    apply archive arrange ask assert assign attach audit authenticate automate avoid backport beautify begin* block
    boost bring build bump bundle bypass cache calculate call cancel capture change check choose clarify clean
    cleanup clear clone close collapse collect combine commit* compare compile complete compress compute configure
    connect consolidate convert copy correct cover create customize cut* deal debug* decide declare decouple
    decrease dedupe define delay delete deliver deploy deprecate derive describe detect determine differentiate
    disable discard display distinguish do document downgrade download drop* duplicate edit eliminate embed* emit*
    enable encode encrypt enforce enhance ensure escape exclude execute expand explain export expose extend extract
    fail fetch filter finalize finish fix flag* flatten focus force format* forward free generate get* give grant
    guard handle hide highlight identify ignore implement import improve include increase indent infer* inform
    inherit init initialize inject inline insert inspect install integrate introduce invert investigate invoke
    isolate join keep kill label launch limit link lint list load lock log* lower make manage mark match measure
    merge migrate minimize mock modify monitor move need normalize notify obtain omit* open optimize organize
    override overwrite package parse pass patch pause perform permit* pick pin* polish populate port prefer* prefix
    prepare prevent print process produce promote propagate protect prove provide publish pull purge push raise read
    realign rearrange rebase rebuild receive recognize recover redirect reduce refactor refer* refine refresh
    register reject relax release reload relocate remove rename render reorder reorganize repair replace report
    request require reset* resolve respect restore restrict restructure retry return reuse revamp revert review
    revise rework rewrite run* save scale scan* schedule search secure select send separate serialize serve set*
    share shift ship* shorten show shrink silence simplify skip* sort specify speed split* squash stabilize
    standardize start stop* store streamline strip* submit* support suppress swap* switch sync synchronize take test
    throw tidy tighten track translate trigger try trim* tune turn tweak undo unify uninstall unlock unset* update
    upgrade upload use utilize validate verify wait warn wire wrap* write
""".split()  # noqa: SIM905 - a list of 300 quoted words says less
_PAST = {
    "began": "begin",
    "brought": "bring",
    "built": "build",
    "chose": "choose",
    "did": "do",
    "gave": "give",
    "got": "get",
    "hid": "hide",
    "kept": "keep",
    "made": "make",
    "overrode": "override",
    "ran": "run",
    "rebuilt": "rebuild",
    "rewrote": "rewrite",
    "sent": "send",
    "shrank": "shrink",
    "sped": "speed",
    "threw": "throw",
    "took": "take",
    "undid": "undo",
    "wrote": "write",
}


@cache
def _forms() -> dict[str, str]:
    """Each form of a known verb that is not its imperative, nor that of another."""
    forms = dict(_PAST)
    for marked in _VERBS:
        verb = marked.removesuffix("*")
        stem = verb + verb[-1] if marked != verb else verb
        soft = verb.removesuffix("y") + "i" if verb[-1] == "y" and verb[-2] not in "aeiou" else None
        forms[f"{soft}es" if soft else verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")] = verb
        forms[f"{soft}ed" if soft else verb + "d" if verb.endswith("e") else f"{stem}ed"] = verb
        forms[(verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else stem) + "ing"] = verb
    for marked in _VERBS:
        forms.pop(marked.removesuffix("*"), None)
    return forms


def _pattern_problem(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"`{pattern}` is not a regular expression: {error}"
    return None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _plural(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


GATE = Gate(
    id="commit-message",
    config=CommitMessageConfig,
    stages={Stage.COMMIT_MSG: Severity.ERROR, Stage.CI: Severity.ERROR, Stage.BOT: Severity.ERROR},
    read=read,
    check=check,
)
