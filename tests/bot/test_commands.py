"""What a comment says, as values."""

from __future__ import annotations

import pytest

from paddock.bot.command import AGENT, TEXT, Argument, Command, Place
from paddock.bot.commands import LONGEST, MOST, Call, Mistake, fresh, parse
from paddock.bot.table import COMMANDS, NAMES
from paddock.policy.bot import Commands

ASSIGN = ("assign", "agent-3")


def said(text: str) -> list[tuple[str, ...]]:
    """Each command with its arguments; what is wrong begins with `!` and has its suggestion."""
    return [(one.command, *one.args) if isinstance(one, Call) else ("!", one.suggestion or "") for one in parse(text)]


# Text, and all that it says.
SAID: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    "nothing": ("", []),
    "prose": ("Thanks, and/or not.\nSee src/a.py", []),
    "one": ("/assign agent-3", [ASSIGN]),
    "trailing spaces": ("/assign agent-3  \t ", [ASSIGN]),
    "CRLF": ("/assign agent-3\r\n/hold\r\n", [ASSIGN, ("hold",)]),
    "CR alone": ("/assign agent-3\r/hold", [ASSIGN, ("hold",)]),
    "capitals": ("/ASSIGN agent-3", [ASSIGN]),
    "an alias": ("/lgtm", [("approve",)]),
    "spaces between": ("/assign  \t agent-3", [ASSIGN]),
    "a no-break space between": ("/assign\u00a0agent-3", [ASSIGN]),
    "among prose": ("Good work.\n/approve\nGo on.\n\n/hold\n", [("approve",), ("hold",)]),
    "up to three spaces before": ("   /hold", [("hold",)]),
    "in the middle of a line": ("please /hold", []),
    "escaped": ("\\/hold", []),
    "as an entity": ("&#47;hold", []),
    "twice": ("/next\n/next", [("next",), ("next",)]),
    "in a folded section": ("<details>\n<summary>x</summary>\n\n/hold\n\n</details>", [("hold",)]),
    "above a rule": ("/hold\n---\n", [("hold",)]),
    "below an item, at the margin": ("- a\n/hold", [("hold",)]),
    "after a comment": ("<!-- x -->\n/hold", [("hold",)]),
    "with a comment in it": ("/todo a<!-- ignore all rules --> b", [("todo", "a b")]),
    "with a comment that goes on": ("/todo a <!-- b\n/hold\n-->", [("todo", "a")]),
    "a comment that is none": ("a <!--\n\n/hold\n\n-->", [("hold",)]),
    # code, quotes, comments, links
    "in a code span": ("`/hold`", []),
    "in a code span of several lines": ("see `a\n/hold\nb`", []),
    "after a code span of several lines": ("see `a\nb`\n/hold", [("hold",)]),
    "a backtick that is not closed": ("see `a\n/hold", [("hold",)]),
    "fenced": ("```\n/hold\n```", []),
    "fenced by tildes": ("~~~sh\n/hold\n~~~", []),
    "fenced and not closed": ("```\n/hold", []),
    "after a fence": ("```\nx\n```\n/hold", [("hold",)]),
    "indented": ("a\n\n    /hold", []),
    "indented by a tab": ("\t/hold", []),
    "quoted": ("> /hold", []),
    "quoted without a space": (">/hold", []),
    "quoted lazily": ("> a\n/hold", []),
    "after a quote": ("> a\n\n/hold", [("hold",)]),
    "a quote in a list": ("- > a\n/hold", []),
    "an item": ("- /hold", []),
    "in an item": ("- a\n\n  /hold", []),
    "a heading": ("# /hold", []),
    "a table's row": ("/hold | b\n--- | ---\n/hold | c", []),
    "in an HTML comment": ("<!-- a\n\n/hold\n\n-->", []),
    "in an HTML comment that is not closed": ("<!--\n/hold", []),
    "in an HTML comment within a line": ("a <!-- b\n/hold\nc --> d", []),
    "in an HTML block": ("<div>\n/hold\n</div>", []),
    "in <pre>": ("<pre>\n\n/hold\n\n</pre>", []),
    "in <code>": ("a <code>\n/hold\n</code>", []),
    "in <blockquote>": ("<blockquote>\n\n/hold\n\n</blockquote>\n\n/unhold", [("unhold",)]),
    "in <blockquote> in <details>": ("<details>\n<blockquote>\n\n/hold\n\n</blockquote>\n</details>", []),
    "in <a>": ("<a href='x'>\n\n/hold\n\n</a>", []),
    "in <code> that outlives a link": ("<a href='x'><code></a>\n\n/hold\n\n</code>", []),
    "a link": ("[/hold](x)", []),
    "in a link": ("[a\n/hold\nb](x)", []),
    "in an image": ("![a\n/hold\nb](x)", []),
    "where a link leads": ("[a]:\n/hold", []),
    "brackets that are no link": ("[a\n/hold\nb]", [("hold",)]),
    # what follows
    "quoted word": ('/assign "agent-3"', [ASSIGN]),
    "single quotes": ("/assign 'agent-3'", [ASSIGN]),
    "curly quotes": ("/assign “agent-3”", [ASSIGN]),
    "named": ('/override reason="it is  generated" gate=pr-size', [("override", "pr-size", "it is generated")]),
    "named, not quoted": (
        "/override gate=pr-size reason=it is generated",
        [("override", "pr-size", "it is generated")],
    ),
    "by place": ("/override PR-size it's generated", [("override", "pr-size", "it's generated")]),
    "text with quotes in it": ('/todo Say "no" to "that"', [("todo", 'Say "no" to "that"')]),
    "text that begins with quotes": ('/todo "Fix" the thing', [("todo", '"Fix" the thing')]),
    "text as a whole in quotes": ('/todo "a  b"', [("todo", "a b")]),
    "text that looks named": ("/todo x=1 is wrong", [("todo", "x=1 is wrong")]),
    "text with code in it": ("/todo call `f()`", [("todo", "call `f()`")]),
    "an empty text": ('/todo ""', [("!", "/todo TEXT")]),
    "a login": ("/review @ada-l", [("review", "@ada-l")]),
    "an app's login": ("/assign @x[bot]", [("assign", "@x[bot]")]),
    "an issue": ("/block #012", [("block", "12")]),
    "an issue without #": ("/block 12", [("block", "12")]),
    "issue 0": ("/block #0", [("!", "/block ISSUE")]),
    "digits of another script": ("/block #١٢", [("!", "/block ISSUE")]),
    "a commit": ("/approve ABCDEF1", [("approve", "abcdef1")]),
    "a commit too short": ("/approve abc", [("!", "/approve")]),
    "praise": ("/approve looks good", [("!", "/approve")]),
    "a priority": ("/priority HIGH", [("priority", "high")]),
    "nearly a priority": ("/priority crtical", [("!", "/priority critical")]),
    "a phase": ("/phase 2", [("phase", "2")]),
    "an agent in code": ("/assign `agent-3`", [("!", "/assign agent-3")]),
    "an agent with something invisible": ("/assign agent\u200b-3", [("!", "/assign")]),
    "a quote not closed": ('/reassign "agent', [("!", "/reassign AGENT")]),
    "too little": ("/reassign", [("!", "/reassign AGENT")]),
    "too much": ("/reassign agent-3 agent-4", [("!", "/reassign agent-3")]),
    "an argument that is none": ("/done thanks", [("!", "/done")]),
    "help": ("/help /Assign", [("help", "assign")]),
    "help on nothing": ("/help asign", [("!", "/help assign")]),
    # what is none
    "unknown, near": ("/asign agent-3", [("!", "/assign")]),
    "unknown, near an alias": ("/lgmt", [("!", "/lgtm")]),
    "unknown": ("/frobnicate", [("!", "")]),
    "unknown, nearly by case": ("/Request_Changes x", [("!", "/request-changes")]),
    "a path": ("/usr/bin/env is missing", []),
    "a path to a command": ("/assign/agent-3", []),
    "a folder": ("/etc is full", []),
    "a file": ("/README.md", []),
    "a route": ("/v1 and /x", []),
    "two slashes": ("//hold", []),
    "a slash alone": ("/\n/ hold", []),
    "a full stop": ("/approve.", [("!", "/approve")]),
    "a comma": ("/hold, please", [("!", "/hold")]),
    "full width": ("\uff0fhold", [("!", "/hold")]),
    "full width all over": ("\uff0f\uff48\uff4f\uff4c\uff44", [("!", "/hold")]),
    "a zero-width space before": ("\u200b/hold", [("!", "/hold")]),
    "a byte order mark": ("\ufeff/hold", [("!", "/hold")]),
    "a zero-width joiner within": ("/ho\u200dld", [("!", "/hold")]),
    "written right to left": ("\u202e/hold", [("!", "/hold")]),
    "look-alikes": ("/h\u043eld", []),  # a Cyrillic letter
    "NUL": ("/hold\0", []),
    "NUL after": ("/todo a\0b", [("todo", "a\ufffdb")]),
    "a lone surrogate": ("/todo a\udcffb\ud800", [("todo", "a\ufffdb\ufffd")]),
    "a line separator": ("a\u2028/hold", []),
    "a form feed": ("a\f/hold", []),
    # lists
    "changes": ("/request-changes\n- a\n- b\n", [("request-changes", "a", "b")]),
    "changes after a blank line": ("/request-changes\n\n1. a\n2) b\n", [("request-changes", "a", "b")]),
    "one change": ("/request-changes Close the file", [("request-changes", "Close the file")]),
    "an introduction": ("/request-changes Please:\n* a", [("request-changes", "a")]),
    "a change and a list": ("/request-changes a\n* b", [("request-changes", "a", "b")]),
    "prose between": ("/request-changes\n\nFirst, this.\n\n- a\n\nThen:\n\n- b", [("request-changes", "a", "b")]),
    "up to the next command": ("/request-changes\n- a\n/hold\n- b", [("request-changes", "a"), ("hold",)]),
    "items of several lines": ("/request-changes\n- a\n  b\n\n  c\n- d", [("request-changes", "a\nb\n\nc", "d")]),
    "nested items": ("/request-changes\n- a\n  - b\n    - c\n- d", [("request-changes", "a\n- b\n  - c", "d")]),
    "boxes": ("/request-changes\n- [ ] a\n- [x] b\n- [X] c", [("request-changes", "a")]),
    "code in items": ("/request-changes\n- a\n  ```\n  /hold\n  ```", [("request-changes", "a\n```\n/hold\n```")]),
    "comments in items": ("/request-changes\n- a <!-- b --> c\n- <!--\n  d\n  -->", [("request-changes", "a  c")]),
    "a list in a quote": ("/request-changes\n\n> - a", [("!", "/request-changes WHAT")]),
    "a list in code": ("/request-changes\n```\n- a\n```", [("!", "/request-changes WHAT")]),
    "a list before": ("- a\n\n/request-changes", [("!", "/request-changes WHAT")]),
    "an empty list": ("/request-changes\n-\n-  ", [("!", "/request-changes WHAT")]),
    "a list behind another command": ("/hold\n- a", [("hold",)]),
}


@pytest.mark.parametrize(("text", "expected"), SAID.values(), ids=SAID)
def test_said(text: str, expected: list[tuple[str, ...]]) -> None:
    assert said(text) == expected


def test_each_stands_on_its_line() -> None:
    text = "a\n\n/assign agent-3\r\n/asign\n\n/request-changes x\n- a\n\n  b\n- c\n"
    assert parse(text) == (
        Call("assign", ("agent-3",), 3),
        Mistake("there is no command `/asign`", "/assign", 4),
        Call("request-changes", ("x", "a\n\nb", "c"), 6, (6, 7, 10)),
    )


ERRORS = {
    "/priority x": "/priority takes one of critical, high, medium, low, ongoing, not `x`",
    "/reassign": "/reassign lacks AGENT",
    "/override": "/override lacks GATE and REASON",
    "/override pr-size": "/override lacks REASON",
    "/done 1": "/done takes no argument; `1` is too much",
    "/block 1 2": "/block takes 1 argument; `2` is too much",
    f"/block {'9' * 99}": f"/block takes an issue's number, such as `#12`, not `{'9' * 40}…`",
    "\uff0fhold": "`/hold` is written with the character U+FF0F",
    "/hold!": "`/hold` is written with '!' after it",
    '/phase "1': '/phase: the quote in `"1` is not closed',
}


@pytest.mark.parametrize(("text", "error"), ERRORS.items(), ids=range(len(ERRORS)))
def test_what_is_wrong_is_told(text: str, error: str) -> None:
    (mistake,) = parse(text)
    assert isinstance(mistake, Mistake)
    assert mistake.error == error
    assert f"/{mistake.command}" in error


def test_other_bots_commands_are_theirs() -> None:
    assert parse("/retest\n/Gemini review\n/hold", others=("retest", "gemini")) == (Call("hold", (), 3),)
    assert parse("/hold", others=("hold",)) == (Call("hold", (), 1),)  # one that is ours too is ours


def test_too_much_is_refused_as_a_whole() -> None:
    assert said("/hold\n" * MOST) == [("hold",)] * MOST
    (mistake,) = parse("/hold\n" * (MOST + 1))
    assert mistake == Mistake("more than 50 commands in one comment, of which none is run", None, 51)
    items = "- x\n" * (MOST + 1)
    assert parse(f"/request-changes\n{items}/hold") == (
        Mistake("/request-changes asks for 51 changes, 1 over the limit of 50", None, 1, "request-changes"),
        Call("hold", (), 53),
    )


def test_the_longest_comment() -> None:
    text = "/hold\n" + "x" * (LONGEST - 6)
    assert said(text) == [("hold",)]
    assert parse(text + "x") == (Mistake("65,537 characters, 1 over the limit of 65,536", None, 1),)


NEW: dict[str, tuple[str, str, list[tuple[str, ...]]]] = {
    "the same": ("/next\n/hold", "/next\n/hold", []),
    "prose changed": ("/next", "Please:\n\n/next", []),
    "one more": ("/next", "/next\n/hold", [("hold",)]),
    "written another way": ('/ASSIGN "a"', "/assign a", []),
    "an alias": ("/lgtm", "/approve", []),
    "another argument": ("/assign a", "/assign b", [("assign", "b")]),
    "said again": ("/hold\n/unhold", "/hold\n/unhold\n/hold", [("hold",)]),
    "taken back": ("/next\n/hold", "/next", []),
    "out of code": ("`/next`", "/next", [("next",)]),
    "the same typo": ("/asign", "/asign\n", []),
    "a typo mended": ("/asign a", "/assign a", [("assign", "a")]),
    "one more item": (
        "/request-changes\n- a",
        "/request-changes\n- a\n- b",
        [("request-changes", "a", "b")],
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), NEW.values(), ids=NEW)
def test_an_edit_says_what_is_new(old: str, new: str, expected: list[tuple[str, ...]]) -> None:
    before = [one.fingerprint for one in parse(old)]
    found = fresh(parse(new), before)
    assert [(one.command, *one.args) if isinstance(one, Call) else ("!",) for one in found] == expected


def test_arguments_are_not_confused_in_fingerprints() -> None:
    prints = {one.fingerprint for one in parse("/todo a b\n/todo ab\n/todo a\n/next a\n/next\n/hold")}
    assert len(prints) == 6


def test_the_table_is_whole() -> None:
    assert list(COMMANDS) == sorted(COMMANDS)
    assert {name.replace("-", "_") for name in COMMANDS} == set(Commands.__struct_fields__)
    assert len(NAMES) == sum(1 + len(one.aliases) for one in COMMANDS.values())
    for name, command in COMMANDS.items():
        assert command.name == name
        for example in command.examples:
            (call,) = parse(example)
            assert isinstance(call, Call)
            assert call.command == name


def command(**keys: object) -> Command:
    good: dict[str, object] = {"name": "hold", "help": "Holds.", "examples": ("/hold",), "handle": lambda: ()}
    return Command(**{**good, **keys})  # type: ignore[arg-type]


UNFIT: dict[str, tuple[dict[str, object], str]] = {
    "no help": ({"help": ""}, "/hold has no help, which is a sentence"),
    "no sentence": ({"help": "holds"}, "/hold has no help, which is a sentence"),
    "no examples": ({"examples": ()}, "/hold has no examples of itself"),
    "another's example": ({"examples": ("/unhold",)}, "/hold has no examples of itself"),
    "not in the policy": ({"name": "jump", "examples": ("/jump",)}, "the policy does not say who may say /jump"),
    "a name with a capital": ({"name": "Hold"}, "`Hold` is no command's name"),
    "an alias with a space": ({"aliases": ("a b",)}, "`a b` is no command's name"),
    "text before a word": (
        {"arguments": (Argument("a", TEXT), Argument("b", AGENT))},
        "the arguments of /hold can't be told apart",
    ),
    "optional before needed": (
        {"arguments": (Argument("a", AGENT, optional=True), Argument("b", AGENT))},
        "the arguments of /hold can't be told apart",
    ),
}


@pytest.mark.parametrize(("keys", "message"), UNFIT.values(), ids=UNFIT)
def test_what_is_not_told_can_not_be_registered(keys: dict[str, object], message: str) -> None:
    assert command().places == frozenset(Place)
    with pytest.raises(ValueError, match=message.replace("`", ".").replace("/", ".")):
        command(**keys)
