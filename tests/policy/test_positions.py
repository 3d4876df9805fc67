from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from paddock.errors import PolicyError
from paddock.policy.positions import SIZE_LIMIT, Node, Place, parse

FILE = ".paddock.yaml"


def refusal(text: bytes) -> PolicyError:
    with pytest.raises(PolicyError) as raised:
        parse(text, FILE)
    return raised.value


SCALARS = {
    "off": "off",
    "no": "no",
    "yes": "yes",
    "on": "on",
    "y": "y",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "~": None,
    "null": None,
    "NULL": None,
    "": None,
    "nil": "nil",
    "0": 0,
    "-7": -7,
    "+7": 7,
    "0700": 700,
    "0o17": 15,
    "0x1F": 31,
    "1_000": "1_000",
    "1:30": "1:30",
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
    "1.5": 1.5,
    "1.": 1.0,
    ".5": 0.5,
    "1e3": 1000.0,
    ".inf": float("inf"),
    "-.INF": float("-inf"),
    ".": ".",
    "1.2.3": "1.2.3",
    "2026-11-21": "2026-11-21",
    "=": "=",
    "'1'": "1",
    '"off"': "off",
    "'~'": "~",
    "!!str 12": "12",
    "! 12": "12",
    "!!int '12'": 12,
    "!!null ''": None,
    "!!bool 'true'": True,
    "!!float '1'": 1.0,
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items(), ids=[key or "nothing" for key in SCALARS])
def test_scalars_are_those_of_the_core_schema(text: str, value: object) -> None:
    read = parse(f"key: {text}\n".encode(), FILE).value["key"].value
    assert (type(read), read) == (type(value), value)


def test_nothing_that_is_not_a_number_is_one() -> None:
    assert str(parse(b".nan", FILE).value) == "nan"


DOCUMENTS: dict[str, tuple[bytes, Any]] = {
    "empty": (b"", None),
    "only comments": (b"# nothing\n\n# more\n", None),
    "only marks": (b"---\n...\n", None),
    "a directive": (b"%YAML 1.2\n---\na: 1\n", {"a": 1}),
    "an end": (b"a: 1\n...\n", {"a": 1}),
    "byte order mark": (b"\xef\xbb\xbfa: 1\n", {"a": 1}),
    "CRLF": (b"a: 1\r\nb:\r\n  - c\r\n", {"a": 1, "b": ["c"]}),
    "flow": (b"{a: [1, {b: off}]}", {"a": [1, {"b": "off"}]}),
    "keys are as written": (
        b"1: a\noff: b\n~: c\ntrue: d\n'': e\n",
        {"1": "a", "off": "b", "~": "c", "true": "d", "": "e"},
    ),
    "a quoted merge key is a word": (b'"<<": a\n', {"<<": "a"}),
    "a value that looks like a merge": (b"a: <<\n", {"a": "<<"}),
    "an alias": (b"a: &x [1]\nb: *x\nc: &x 2\nd: *x\n", {"a": [1], "b": [1], "c": 2, "d": 2}),
    "map and list tags": (b"a: !!map {b: !!seq [1]}\n", {"a": {"b": [1]}}),
    "folded text": (b"a: >-\n  b\n  c\n", {"a": "b c"}),
    "beyond the basic plane": ("a: 🐎\n".encode(), {"a": "🐎"}),
}


@pytest.mark.parametrize(("text", "value"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_documents(text: bytes, value: object) -> None:
    assert parse(text, FILE).plain() == value


def bomb() -> bytes:
    """Nine levels of nine aliases each: 387,420,489 values."""
    return b"a0: &a0 x\n" + b"".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n".encode() for i in range(1, 10))


REFUSED: dict[str, tuple[bytes, str]] = {
    "a second document": (b"a: 1\n---\nb: 1\n", "2:1: a second document, where a policy is one"),
    "a tab": (b"a:\n\tb: 1\n", "2:1: not YAML: found character that cannot start any token"),
    "an open list": (b"a: [1\n", "2:1: not YAML: did not find expected ',' or ']'"),
    "a wrong indent": (b"a:\n    b: 1\n  c: 2\n", "3:3: not YAML: did not find expected key"),
    "an unknown directive's version": (b"%YAML 3.0\n---\na: 1\n", "1:1: not YAML: found incompatible YAML document"),
    "a key twice": (b"a: 1\nb: 2\na: 3\n", "3:1: the key `a` is written twice, first on line 1"),
    "a key twice in two forms": (b"a: 1\n'a': 3\n", "2:1: the key `a` is written twice, first on line 1"),
    "a nested key twice": (b"a:\n  b: 1\n  b: 2\n", "3:3: the key `b` is written twice, first on line 2"),
    "a list as key": (b"? [a]\n: 1\n", "1:3: a key must be a word"),
    "an alias as key": (b"a: &x b\n*x : 1\n", "2:1: a key must be a word"),
    "a merge key": (b"a: &x {b: 1}\nc:\n  <<: *x\n", "3:3: merge keys (`<<`) are not read: YAML 1.2 has none"),
    "an alias of nothing": (b"a: *x\n", "1:4: the alias `*x` of no anchor above it"),
    "an alias of itself": (b"a: &x\n  b: *x\n", "2:6: the alias `*x` stands inside what it names"),
    "an alias of itself in a list": (b"&x [*x]\n", "1:5: the alias `*x` stands inside what it names"),
    "a bomb of aliases": (bomb(), "7:15: more than 100,000 values"),
    "too many values": (b"a: [" + b"x," * 200_000 + b"]", "1:200003: more than 100,000 values"),
    "200,000 maps": (b"{a: " * 200_000, "1:133: nested more than 32 levels deep"),
    "500,000 dashes": (b"- " * 500_000, "1:67: nested more than 32 levels deep"),
    "1,000 indents": (b"".join(b" " * i + b"a:\n" for i in range(1000)), "34:34: nested more than 32 levels deep"),
    "a Python object": (
        b"a: !!python/object:os.system x\n",
        "1:4: the tag `!!python/object:os.system` has no place here",
    ),
    "a Python call": (
        b'a: !!python/object/apply:os.system ["true"]\n',
        "1:4: the tag `!!python/object/apply:os.system` has no place here",
    ),
    "a Python key": (b"!!python/name:os.system : 1\n", "1:1: the tag `!!python/name:os.system` has no place here"),
    "binary": (b"a: !!binary aGk=\n", "1:4: the tag `!!binary` has no place here"),
    "a set": (b"a: !!set {b, c}\n", "1:4: the tag `!!set` has no place here"),
    "an ordered map": (b"a: !!omap [b: 1]\n", "1:4: the tag `!!omap` has no place here"),
    "a private tag": (b"a: !secret x\n", "1:4: the tag `!secret` has no place here"),
    "an undefined handle": (b"a: !x!y z\n", "1:4: not YAML: found undefined tag handle"),
    "a map tagged a list": (b"a: !!seq {}\n", "1:4: the tag `!!seq` has no place here"),
    "an integer that is none": (b"a: !!int x\n", "1:4: `x` is no `!!int`"),
    "an integer of 65 bits": (b"a: 9223372036854775808\n", "1:4: an integer beyond 64 bits"),
    "an integer of 5,000 digits": (b"a: " + b"9" * 5000, "1:4: an integer beyond 64 bits"),
    "NUL": (b"a: 1\nb: x\0y\n", "2:5: not YAML: the control character U+0000"),
    "escape": (b"a: \x1b[31m\n", "1:4: not YAML: the control character U+001B"),
    "NUL by an escape": (b'a: "x\\0y"\n', "1:4: the character U+0000 has no place in a policy"),
    "NUL in a key by an escape": (b'"x\\0y": 1\n', "1:1: the character U+0000 has no place in a policy"),
    "half a surrogate pair": (b'a: "\\ud800"\n', "1:7: not YAML: found invalid Unicode character escape code"),
    "Latin-1": (b"a: 1\nb: caf\xe9\n", "2:7: not UTF-8"),
    "UTF-16": ("a: 1\n".encode("utf-16"), "1:1: not UTF-8"),
    "over 1 MiB": (b"#" * (SIZE_LIMIT + 1), "1:1: over the limit of 1,048,576 bytes"),
}


DEEP = {"10,000 open lists": b"a: " + b"[" * 10_000, "500,000 lists": b"[" * 500_000 + b"]" * 500_000}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_too_deep_wherever_libyaml_notices(text: bytes) -> None:
    assert re.fullmatch(rf"{re.escape(FILE)}:1:\d+: nested more than 32 levels deep", str(refusal(text)))


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_refused(text: bytes, said: str) -> None:
    assert str(refusal(text)) == f"{FILE}:{said}"


HINTS = {
    "a tab": (b"a:\n\tb: 1\n", "YAML is indented by spaces, not by tabs"),
    "a merge key": (
        b"<<: {}\n",
        "repeat the keys, use an alias for a whole value, or put them into a preset and extend it",
    ),
}


@pytest.mark.parametrize(("text", "hint"), HINTS.values(), ids=HINTS)
def test_hints(text: bytes, hint: str) -> None:
    assert refusal(text).hint == hint


def test_one_mebibyte_is_read() -> None:
    assert parse(b"a: 1\n".ljust(SIZE_LIMIT, b"#"), FILE).plain() == {"a": 1}


def test_every_value_and_key_has_its_place() -> None:
    text = "é: [one, {two: 2}]\nb:\n  - c\n  - &d\n    e: f\ng: *d\n"
    assert dict(parse(text.encode(), FILE).places()) == {
        path: Place(FILE, line, column)
        for path, line, column in (
            ((), 1, 1),
            (("é", ""), 1, 1),
            (("é",), 1, 4),
            (("é", 0), 1, 5),
            (("é", 1), 1, 10),
            (("é", 1, "two", ""), 1, 11),
            (("é", 1, "two"), 1, 16),
            (("b", ""), 2, 1),
            (("b",), 3, 3),
            (("b", 0), 3, 5),
            (("b", 1), 4, 5),
            (("b", 1, "e", ""), 5, 5),
            (("b", 1, "e"), 5, 8),
            (("g", ""), 6, 1),
            (("g",), 4, 5),
            (("g", "e", ""), 5, 5),
            (("g", "e"), 5, 8),
        )
    }


def test_the_parser_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml = [parse(text, FILE) for text, _ in DOCUMENTS.values()]
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert [parse(text, FILE) for text, _ in DOCUMENTS.values()] == with_libyaml
    assert str(refusal(b"[" * 10_000)) == f"{FILE}:1:34: nested more than 32 levels deep"
    assert str(refusal(b'a: "\\ud800"\n')) == f"{FILE}:1:4: the character U+D800 has no place in a policy"


SYNTAX = st.text("ab0:-?[]{},&*!|>'\"%#~<. \n\t\r\0é\u2028", max_size=60)


@given(st.one_of(st.binary(max_size=200), SYNTAX.map(str.encode)))
def test_any_bytes_are_read_or_refused_with_a_place(text: bytes) -> None:
    try:
        node = parse(text, FILE)
    except PolicyError as error:
        where = error.where or ""
        assert where.startswith(f"{FILE}:")
    else:
        assert isinstance(node, Node)
        assert () in dict(node.places())


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text("abc- ", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_a_yaml_writer_quotes_is_read_as_it_was(value: object) -> None:
    written = yaml.safe_dump(value, allow_unicode=True, default_style='"', default_flow_style=True)
    # With every scalar quoted the writer marks the others by their tags.
    assert parse(written.encode("utf-8", "surrogatepass"), FILE).plain() == value
