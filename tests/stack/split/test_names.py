from __future__ import annotations

import subprocess
import sys

import pytest

from paddock.stack.split.names import LIMIT, by_words, names
from paddock.stack.split.pieces import NOTHING, within

GO = b"""package a

import (
	"fmt"
	b "example.org/m/pkg/other"
	"example.org/m/pkg/v2"
)

type Client struct {
	Name, Other string
}

const (
	One = 1
	two = iota
)

var Three = b.Make(One)

// Comment mentions Ghost.
func New(name string) *Client { return &Client{Name: name} }

func (c *Client) run() { fmt.Println(c.Name, "String", pkg.Do) }
"""


def test_go_names_know_their_package() -> None:
    found = names("pkg/a/client.go", GO)
    assert set(found.defines) == {
        ("pkg/a", name) for name in ("Client", ".Name", ".Other", "One", "two", "Three", "New", ".run")
    }
    assert found.defines["pkg/a", "New"] == ("func New(name string) *Client ", 21)
    assert ("example.org/m/pkg/other", "Make") in found.mentions
    assert ("example.org/m/pkg/v2", "Do") in found.mentions  # called by the folder above the version
    assert ("pkg/a", "One") in found.mentions
    assert ("pkg/a", ".Name") in found.mentions
    assert not {name for _, name in found.mentions} & {"Ghost", "String"}


LANGUAGES = {
    "python": ("a.py", b"class A:\n    def go(self): pass\n\ndef f(x):\n    return g(x)\n", {"A", "go", "f"}, "g"),
    "typescript": ("a.ts", b"export class A { go() {} }\nexport const f = (x: B) => g(x);\n", {"A", "go", "f"}, "B"),
    "tsx": ("a.tsx", b"export function F() { return <Other/>; }\n", {"F"}, "Other"),
    "javascript": ("a.mjs", b"function f() { return g(); }\n", {"f"}, "g"),
    "rust": ("a.rs", b"pub struct A;\nimpl A { pub fn go(&self) { B::new(); } }\n", {"A", "go"}, "B"),
    "java": ("A.java", b"public class A { B b; void go() {} }\n", {"A", "go"}, "B"),
    "words": ("a.rb", b"module A\n  class B\n    def go(x)\n      Other.new\n", {"A", "B", "go"}, "Other"),
    "words of C": ("a.c", b"#define ONE 1\nstruct s { int x; };\nint f() { return g1_(); }\n", {"ONE", "s"}, "g1_"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "defines", "mentions"), LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_tells_what_it_defines_and_mentions(
    path: str, text: bytes, defines: set[str], mentions: str
) -> None:
    found = names(path, text)
    assert {name for _, name in found.defines} == defines
    assert mentions in {name for _, name in found.mentions}


def test_a_changed_signature_is_seen_and_a_changed_body_is_not() -> None:
    one, body, signature = (
        names("a.py", text) for text in (b"def f(x):\n    a\n", b"def f(x):\n    b\n", b"def f(x, y):\n    a\n")
    )
    assert one.defines == body.defines
    assert one.defines != signature.defines


NONE = {
    "no language": ("a.yaml", b"class: A\n"),
    "nothing there": ("a.py", None),
    "binary": ("a.go", b"package a\0"),
    "too long": ("a.go", b"package a\n" + b"x" * LIMIT),
    "no ending": ("Makefile", b"all:\n"),
}


@pytest.mark.parametrize(("path", "text"), NONE.values(), ids=NONE)
def test_of_what_is_no_code_nothing_is_known(path: str, text: bytes | None) -> None:
    assert names(path, text) == NOTHING


HOSTILE = {
    "not UTF-8": b"package a\nfunc \xff\xfe() {}\n",
    "broken": b"package a\nfunc f( {{{{ type",
    "nested": b"package a\nvar x = " + b"(" * 20_000 + b")" * 20_000,
    "no package": b"func f() {}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_broken_code_is_read_as_far_as_it_goes(text: bytes) -> None:
    names("a.go", text)
    names("a.py", text)


def test_without_grammars_words_are_taken() -> None:
    program = """
import sys
sys.modules |= dict.fromkeys(("tree_sitter", "tree_sitter_go", "tree_sitter_python"))
from paddock.stack.split.names import names
print(*sorted(names("a.go", b"func New() { other() }").defines), *sorted(names("a.py", b"def f(): 1").defines))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert ran.stdout == "('go', 'New') ('python', 'f')\n"


def test_words_stand_on_their_lines() -> None:
    found = by_words(b"def one():\n  pass\nclass Two(one): pass\n", "x")
    assert {name: line for (_, name), (_, line) in found.defines.items()} == {"one": 1, "Two": 3}
    assert found.mentions["x", "one"] == (1, 3)
    assert set(within(found, 3, 9).defines) == {("x", "Two")}
