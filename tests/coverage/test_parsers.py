"""Each format of reports: what is read of a good one, and that a bad one is told and harms nobody."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock import coverage
from paddock.coverage import golang
from paddock.errors import FactUnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = '<?xml version="1.0" ?>\n'


def cobertura(*classes: str, sources: str = "") -> bytes:
    inner = "".join(f"<classes>{one}</classes>" for one in classes)
    return f"{HEAD}<coverage>{sources}<packages><package>{inner}</package></packages></coverage>".encode()


def of_class(name: str, **hits: int) -> str:
    lines = "".join(f'<line number="{line[1:]}" hits="{count}"/>' for line, count in hits.items())
    return f'<class filename="{name}"><methods/><lines>{lines}</lines></class>'


GOOD: dict[str, tuple[bytes, dict[str, dict[int, bool]]]] = {
    "Cobertura": (cobertura(of_class("a.py", _1=1, _2=0)), {"a.py": {1: True, 2: False}}),
    "Cobertura with a DOCTYPE": (
        cobertura(of_class("a.py", _1=1)).replace(
            b"<coverage>", b'<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd"><coverage>'
        ),
        {"a.py": {1: True}},
    ),
    "two classes of a file": (
        cobertura(of_class("a.kt", _1=1, _2=1), of_class("a.kt", _2=0, _3=4)),
        {"a.kt": {1: True, 2: False, 3: True}},
    ),
    "lines of methods are the same again": (
        cobertura('<class filename="a"><methods><method><lines><line number="9" hits="0"/></lines></method></methods>'
                  '<lines><line number="1" hits="2"/></lines></class>'),
        {"a": {1: True}},
    ),
    "a class without a file": (cobertura('<class><lines><line number="1" hits="1"/></lines></class>'), {}),
    "UTF-16": (
        cobertura(of_class("ä.py", _1=1)).decode().replace('version="1.0"', 'version="1.0" encoding="utf-16"')
        .encode("utf-16"),
        {"ä.py": {1: True}},
    ),
    "paths of Windows": (cobertura(of_class("src\\a.cs", _1=1)), {"src/a.cs": {1: True}}),
    "LCOV": (
        b"TN:\nSF:a.js\nFN:1,f\nFNDA:3,f\nDA:1,3\nDA:2,0\nLF:2\nLH:1\nend_of_record\n",
        {"a.js": {1: True, 2: False}},
    ),
    "LCOV, one file twice": (
        b"SF:a\nDA:1,0\nDA:2,0\nend_of_record\nSF:a\nDA:1,1\nend_of_record\n", {"a": {1: True, 2: False}},
    ),
    "LCOV, lines by functions and branches": (
        b"SF:a\nFN:1,4,f\nFNDA:0,f\nBRDA:2,0,0,1\nBRDA:2,0,1,-\nBRDA:3,0,0,1\nBRDA:3,0,1,2\nend_of_record\n",
        {"a": {1: False, 2: False, 3: True}},
    ),
    "LCOV, a count that overflowed": (b"SF:a\r\nDA:1,-5,checksum\r\nend_of_record\r\n", {"a": {1: True}}),
    "Go": (
        b"mode: set\nex.org/m/a.go:3.10,5.2 2 1\nex.org/m/a.go:5.2,7.3 1 0\nex.org/m/b.go:1.1,1.9 0 0\n",
        {"ex.org/m/a.go": {3: True, 4: True, 5: True, 6: False, 7: False}, "ex.org/m/b.go": {}},
    ),
    "Go, two profiles joined": (b"mode: count\na:1.1,1.9 1 0\nmode: count\na:1.1,1.9 1 7\n", {"a": {1: True}}),
    "Go, a path with a colon": (b"mode: atomic\nC:/a.go:1.1,1.9 1 1\n", {"C:/a.go": {1: True}}),
    "coverage.py": (
        json.dumps(
            {"meta": {"version": "7"}, "files": {"a.py": {"executed_lines": [1, 3], "missing_lines": [2]}}}
        ).encode(),
        {"a.py": {1: True, 2: False, 3: True}},
    ),
    "a byte order mark": (b"\xef\xbb\xbfSF:a\nDA:1,1\nend_of_record\n", {"a": {1: True}}),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), GOOD.values(), ids=GOOD)
def test_what_is_read(content: bytes, expected: dict[str, dict[int, bool]]) -> None:
    found = coverage.read(content, "report")
    assert {one.path: one.lines for one in found.files} == expected


def test_the_folders_that_paths_may_count_from() -> None:
    sources = "<sources><source>/app/src</source><source>\n</source><source>C:\\app</source></sources>"
    assert coverage.read(cobertura(of_class("a", _1=1), sources=sources), "x").roots == ("/app/src", "C:/app")


BOMB = HEAD + "<!DOCTYPE coverage [" + '<!ENTITY a "xx">' + "".join(
    f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
) + "]><coverage>&j;</coverage>"  # fmt: skip
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b" \n", "it is empty"),
    "something else": (b"hello", "it is neither"),
    "XML of another kind": (b"<html></html>", "it begins with <html>"),
    "Clover's": (b'<coverage clover="4"><project/></coverage>', "it begins with <coverage>"),
    "XML that ends early": (b"<coverage><packages>", "not XML: no element found, line 1"),
    "billion laughs": (BOMB.encode(), "declares the entity 'a'"),
    "a file of the machine": (
        (HEAD + '<!DOCTYPE coverage [<!ENTITY x SYSTEM "file:///etc/passwd">]><coverage>&x;</coverage>').encode(),
        "declares the entity 'x'",
    ),
    "an unknown encoding": (b'<?xml version="1.0" encoding="x-none"?><coverage/>', "not XML"),
    "a line that is no number": (cobertura('<class filename="a"><lines><line number="x" hits="1"/></lines></class>'),
                                 "'x' is no number of a line"),
    "line 0": (cobertura(of_class("a", _0=1)), "'0' is no number of a line"),
    "a huge line": (cobertura('<class filename="a"><lines><line number="9999999999" hits="1"/></lines></class>'),
                    "'9999999999' is no number"),
    "hits in digits of another script": (
        cobertura('<class filename="a"><lines><line number="1" hits="٣"/></lines></class>'), "is no count of runs"),
    "a very long path": (cobertura(of_class("a" * 5000, _1=1)), "is no path"),
    "LCOV that ends early": (b"SF:a\nDA:1,1\n", "it ends inside a record"),
    "LCOV without a file": (b"TN:\nDA:1,1\n", "report:2: 'DA:1,1' belongs to no file"),
    "LCOV, nested": (b"SF:a\nSF:b\n", "report:2: a record begins inside another"),
    "LCOV, an end too many": (b"SF:a\nend_of_record\nend_of_record\n", "a record ends that never began"),
    "LCOV, no count": (b"SF:a\nDA:1\nend_of_record\n", "a line without a count of runs"),
    "LCOV, words": (b"SF:a\nhello there\n", "'hello there' is no line of LCOV's"),
    "LCOV, a NUL in a path": (b"SF:a\0b\nend_of_record\n", "is no path"),
    "Go, words": (b"mode: set\nhello\n", "report:2: 'hello' is no line of a cover profile"),
    "Go, backwards": (b"mode: set\na:5.1,4.1 1 1\n", "a block ends before it begins"),
    "Go, far too many lines": (b"mode: set\na:1.1,999999999.1 1 1\n", f"over {golang.LINES_LIMIT:,} lines"),
    "JSON of another kind": (b'{"files": []}', "JSON, but not coverage.py's"),
    "JSON with a line 0": (b'{"meta":{"version":"7"},"files":{"a":{"executed_lines":[0],"missing_lines":[]}}}',
                           "JSON, but not coverage.py's"),
    "JSON that ends early": (b'{"meta":', "not JSON"),
    "JSON, very deep": (b'{"meta":' + b"[" * 100_000, "JSON"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), BAD.values(), ids=BAD)
def test_what_is_refused(content: bytes, expected: str) -> None:
    with pytest.raises(FactUnreadableError) as caught:
        coverage.read(content, "report")
    assert str(caught.value).startswith("report"), str(caught.value)
    assert expected in str(caught.value)
    assert caught.value.hint


STARTS = (b"", b"mode: set\n", b"SF:a\n", b"TN:\n", b"<coverage>", b'{"meta":{"version":"1"},"files":', b"\xff\xfe")
PIECES = st.sampled_from(
    [b"SF:a", b"DA:1,1", b"DA:,", b"BRDA:1,0,0,-", b"FN:1,f", b"FNDA:1,f", b"end_of_record", b"a:1.1,2.2 1 1", b"\n",
     b"<class filename='a'>", b"<lines>", b"<line number='1' hits='0'/>", b"</lines>", b"</class>", b"</coverage>",
     b"<!DOCTYPE x [", b"&a;", b"{", b"}", b'"a":', b"[1]", b"\0", b"\xff", b"\r", b":", b",", b"-1", b"9" * 30]
)  # fmt: skip


@settings(max_examples=400)
@given(start=st.sampled_from(STARTS), pieces=st.lists(PIECES | st.binary(max_size=6), max_size=25))
def test_whatever_it_holds_it_is_read_or_refused(start: bytes, pieces: list[bytes]) -> None:
    with suppress(FactUnreadableError):
        for file in coverage.read(start + b"".join(pieces), "report").files:
            assert file.path
            assert "\0" not in file.path
            assert all(number > 0 for number in file.lines)


LINES = st.dictionaries(st.integers(1, 999_999_999), st.booleans(), max_size=20)
FILES = st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}(/[a-z]{1,5})?\.py", fullmatch=True), LINES, max_size=5)


def to_cobertura(files: dict[str, dict[int, bool]]) -> bytes:
    return cobertura(*(of_class(name, **{f"_{at}": int(ran) for at, ran in it.items()}) for name, it in files.items()))


def to_lcov(files: dict[str, dict[int, bool]]) -> bytes:
    records = (
        f"SF:{name}\n" + "".join(f"DA:{at},{int(ran)}\n" for at, ran in it.items()) + "end_of_record\n"
        for name, it in files.items()
    )
    return ("TN:\n" + "".join(records)).encode()


def to_go(files: dict[str, dict[int, bool]]) -> bytes:
    blocks = (f"{name}:{at}.1,{at}.9 1 {int(ran)}\n" for name, it in files.items() for at, ran in it.items())
    return ("mode: set\n" + "".join(blocks)).encode()


def to_coveragepy(files: dict[str, dict[int, bool]]) -> bytes:
    told = {
        name: {
            "executed_lines": [at for at, ran in it.items() if ran],
            "missing_lines": [at for at, ran in it.items() if not ran],
        }
        for name, it in files.items()
    }
    return json.dumps({"meta": {"version": "7"}, "files": told}).encode()


@pytest.mark.parametrize("write", [to_cobertura, to_lcov, to_go, to_coveragepy])
@given(files=FILES)
def test_every_format_says_the_same(
    write: Callable[[dict[str, dict[int, bool]]], bytes], files: dict[str, dict[int, bool]]
) -> None:
    found = coverage.read(write(files), "report")
    assert {one.path: one.lines for one in found.files if one.lines} == {name: it for name, it in files.items() if it}
