from __future__ import annotations

import sys
from typing import Any

import pytest

from paddock.errors import FactUnreadableError, install
from paddock.model import Span, SyntaxJob
from paddock.sources import syntax
from paddock.sources.syntax import spans

CALL = {"kind": "call_expression", "has": {"field": "function", "regex": r"\.Update$"}}
GO = 'package x\n\nfunc f() {\n\té := "🐎"; c.Update(\n\t\tctx,\n\t)\n\t// c.Update(ctx)\n\ts := "c.Update(ctx)"\n}\n'


def job(text: str = GO, language: str = "go", **rules: dict[str, Any]) -> SyntaxJob:
    return SyntaxJob("a.go", language, text, rules or {"r": CALL})


def test_where_rules_match() -> None:
    assert spans(
        [job(), job("package x\n"), job("f(x)", "python", calls={"kind": "call"}, none={"kind": "if_statement"})]
    ) == (
        {"r": (Span(4, 12, 6),)},
        {"r": ()},
        {"calls": (Span(1, 1, 1),), "none": ()},
    )


def test_without_a_job_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert spans([]) == ()


WRONG: dict[str, tuple[SyntaxJob, str]] = {
    "an unknown kind": (job(r={"kind": "nope"}), "Kind `nope` is invalid"),
    "an unknown key": (job(r={"patern": "x"}), "unknown field `patern`"),
    "an empty rule": (job(r={}), "Rule must have one positive matcher"),
    "a wrong type": (job(r={"kind": 3}), ""),
    "a wrong expression": (job(r={"regex": "("}), "regex parse error"),
    "an unknown language": (job(language="klingon"), "ast-grep knows no language `klingon`"),
}


@pytest.mark.parametrize(("wrong", "said"), WRONG.values(), ids=WRONG)
def test_a_rule_that_ast_grep_can_not_read_is_errored(wrong: SyntaxJob, said: str) -> None:
    with pytest.raises(FactUnreadableError) as error:
        spans([job(), wrong])
    assert str(error.value).startswith("the rule `r` in a.go: ")
    assert said in str(error.value)


def test_a_rule_that_takes_too_long_is_errored_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "SECONDS", 2)
    slow = {"kind": "parenthesized_expression", "has": {"pattern": "nothing", "stopBy": "end"}}
    deep = "package x\n\nvar a = " + "(" * 50_000 + ")" * 50_000 + "\n"
    with pytest.raises(FactUnreadableError, match=r"the rule `slow` in a\.go: not done within 2 seconds"):
        spans([job(deep, r=CALL, slow=slow)])


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:  # noqa: ANN401
    # An interpreter that has paddock and not ast-grep.
    python = tmp_path / "python"
    program = "import sys; sys.modules['ast_grep_py'] = None; sys.argv = sys.argv[3:]; "
    program += "import runpy; runpy.run_module('paddock.sources.syntax', run_name='__main__', alter_sys=True)"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{program}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(FactUnreadableError, match="ast-grep is not installed") as error:
        spans([job()])
    assert error.value.hint == install("ast")


@pytest.mark.parametrize(
    "text", ["", "\0", "\ufffd" * 10, "func {{{{", "x" * 2_000_000], ids=["empty", "NUL", "no text", "broken", "long"]
)
def test_odd_files(text: str) -> None:
    assert spans([job(text)]) == ({"r": ()},)
