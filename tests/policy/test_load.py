from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.errors import PolicyError
from paddock.findings import Severity
from paddock.gates import CONFIGS, GATES
from paddock.gates.pr_size import PrSizeConfig
from paddock.model import FileClass, Stage
from paddock.policy import presets
from paddock.policy.load import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.policy.model import Policy

FILE = ".paddock.yaml"


def policy(text: str | bytes | None, files: Mapping[str, str] | None = None) -> Policy:
    """The policy of a text, in a repository of these files."""

    def read(path: str) -> bytes | None:
        found = (files or {}).get(path)
        return None if found is None else found.encode()

    return load(text.encode() if isinstance(text, str) else text, FILE, read, CONFIGS)


def refusal(text: str | bytes, files: Mapping[str, str] | None = None) -> PolicyError:
    with pytest.raises(PolicyError) as raised:
        policy(text, files)
    assert raised.value.exit_code == 2
    return raised.value


def section(made: Policy, gate: str) -> dict[str, Any]:
    """A gate's section as plain values, without what is as by default."""
    config = made.gates[gate]
    plain, usual = (msgspec.json.decode(msgspec.json.encode(one)) for one in (config, type(config)()))
    return {key: value for key, value in plain.items() if value != usual[key]}


def test_a_key_that_reads_like_msgspecs_own_word_for_one() -> None:
    with pytest.raises(PolicyError, match=r"rules\.\[\.\.\.\]"):
        policy("gates: {patterns: {rules: {'[...]': true}}}\n")


def test_no_file_means_the_default_preset() -> None:
    made = policy(None)
    unset = {
        "codegen",
        "commands",
        "companions",
        "coverage",
        "description",
        "integration",
        "patterns",
        "review",
        "signing",
    }
    assert (made.source, set(GATES) - set(made.gates)) == ("paddock:default", unset)
    assert made == msgspec.structs.replace(
        policy("extends: paddock:default\n"), source="paddock:default", places=made.places
    )


@pytest.mark.parametrize(
    "text", ["", "# all of it is commented out\n", "version: 1\n", "gates:\n", "gates: {}\n", "extends: []\n"]
)
def test_a_policy_may_be_empty(text: str) -> None:
    made = policy(text)
    assert (made.base, made.series, dict(made.gates)) == ("main", (), {})


def test_gates_stand_in_the_order_of_the_registry() -> None:
    assert list(policy("gates: {pr-size: , dco: , branch-order: }").gates) == ["branch-order", "dco", "pr-size"]


LAYERS = {
    "one.yaml": """\
base: develop
series: [a, b]
classes: {generated: [gen/**], docs: [doc/**]}
gates:
  pr-size: {limit: 10, exclude: [generated], stages: {ci: warning}}
  dco: {agents: must-not-sign}
""",
    "two.yaml": "series: c\nclasses: {generated: [out/**]}\ngates: {pr-size: {limit: 20, stages: {pre-push: off}}}\n",
}


def test_maps_merge_key_by_key_and_lists_replace_later_over_earlier() -> None:
    made = policy("extends: [one.yaml, two.yaml]\ngates: {pr-size: {exclude: [], stages: {bot: off}}}\n", LAYERS)
    assert (made.base, made.series) == ("develop", ("c",))
    assert (made.classes.generated, made.classes.docs) == (("out/**",), ("doc/**",))
    assert section(made, "pr-size") == {
        "limit": 20,
        "exclude": [],
        "stages": {"pre-commit": None, "commit-msg": None, "pre-push": "off", "ci": "warning", "bot": "off"},
    }
    assert section(made, "dco") == {"agents": "must-not-sign"}


def test_the_order_of_presets_decides() -> None:
    made = policy("extends: [two.yaml, one.yaml]\n", LAYERS)
    assert (made.series, section(made, "pr-size")["limit"]) == (("a", "b"), 10)


def test_presets_extend_presets() -> None:
    files = {
        "a/top.yaml": "extends: b.yaml\ngates: {pr-size: {limit: 1}}",
        "b.yaml": "base: b\ngates: {pr-size: {limit: 2}, dco: }",
    }
    made = policy("extends: a/top.yaml\n", files)
    assert (made.base, list(made.gates), section(made, "pr-size")) == ("b", ["dco", "pr-size"], {"limit": 1})


def test_a_preset_named_twice_is_no_circle() -> None:
    files = {"a.yaml": "extends: c.yaml", "b.yaml": "extends: ./c.yaml", "c.yaml": "base: c"}
    assert policy("extends: [a.yaml, b.yaml]", files).base == "c"


NOTHING = {
    "a gate": "extends: one.yaml\ngates:\n  pr-size:\n",
    "gates": "extends: one.yaml\ngates:\n",
    "classes": "extends: one.yaml\nclasses:\n",
    "stages": "extends: one.yaml\ngates:\n  pr-size:\n    stages:\n",
    "a preset with nothing": "extends: [one.yaml, empty.yaml]\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_a_section_with_nothing_in_it_changes_nothing(text: str) -> None:
    files = {**LAYERS, "empty.yaml": "# nothing\n"}
    made, plain = policy(text, files), policy("extends: one.yaml", files)
    assert (made.gates, made.classes) == (plain.gates, plain.classes)


def test_empty_sections_without_a_preset_are_defaults() -> None:
    made = policy("classes:\ngates:\n  dco:\n    remediation:\n    stages:\n      ci:\n")
    assert made.gates == {"dco": CONFIGS["dco"]()}


@pytest.mark.parametrize("off", ["off", "false", "'off'", "False", "FALSE"])
def test_an_unquoted_off_is_off(off: str) -> None:
    config = policy(f"gates:\n  dco:\n    severity: {off}\n    stages:\n      ci: {off}\n").gates["dco"]
    assert (config.severity, config.stages.at(Stage.CI), config.stages.at(Stage.BOT)) == (
        Severity.OFF,
        Severity.OFF,
        None,
    )


def test_the_policys_series_are_those_of_a_gate_that_names_none() -> None:
    made = policy("series: [a, b]\ngates: {branch-order: {outside: warn}}\n")
    assert section(made, "branch-order") == {"outside": "warn", "series": ["a", "b"]}
    assert str(made.place("gates", "branch-order", "series")) == f"{FILE}:1:9"
    assert str(made.place("gates", "branch-order", "series", 1)) == f"{FILE}:1:13"
    own = policy("series: [a, b]\ngates: {branch-order: {series: [c]}}\n")
    assert section(own, "branch-order") == {"series": ["c"]}
    assert str(own.place("gates", "branch-order", "series")) == f"{FILE}:2:32"


def test_exclude_is_typed() -> None:
    assert policy("gates: {pr-size: {exclude: [lock, test]}}").gates["pr-size"] == PrSizeConfig(
        exclude=(FileClass.LOCK, FileClass.TEST)
    )


def gate(text: str) -> str:
    """A section of `pr-size`, whose lines begin at line 3, column 5."""
    return f"gates:\n  pr-size:\n    {text}\n"


KEYS = "version, extends, base, series, classes, worktrees, bot, gates"
SEVERITIES = "error, warning, off"
REFUSED: dict[str, tuple[str, str, str | None]] = {
    "a list": ("- a", "1:1: a policy is a map of keys to values", None),
    "a word": ("hello", "1:1: a policy is a map of keys to values", None),
    "unknown key": ("base: a\nserie: b", "2:1: unknown key `serie`", "did you mean `series`?"),
    "unknown key, other case": ("Gates: {}", "1:1: unknown key `Gates`", "did you mean `gates`?"),
    "unknown key like none": ("qqqq: b", "1:1: unknown key `qqqq`", f"known here: {KEYS}"),
    "unknown key of several": ("1: 2", "1:1: unknown key `1`", f"known here: {KEYS}"),
    "unknown key like a path": ('"a.b[0]": 2', "1:1: unknown key `a.b[0]`", f"known here: {KEYS}"),
    "unknown class": ("classes:\n  genrated: []", "2:3: unknown key `genrated`", "did you mean `generated`?"),
    "unknown gate": ("gates:\n  dco:\n  pr-sise:", "3:3: there is no gate `pr-sise`", "did you mean `pr-size`?"),
    "unknown gate like none": ("gates: {x: {}}", "1:9: there is no gate `x`", f"known here: {', '.join(GATES)}"),
    "unknown gate with a wrong section": (
        "gates: {x: 3}",
        "1:9: there is no gate `x`",
        f"known here: {', '.join(GATES)}",
    ),
    "unknown option": (gate("limt: 3"), "3:5: unknown key `limt`", "did you mean `limit`?"),
    "unknown stage": (gate("stages: {precommit: off}"), "3:14: unknown key `precommit`", "did you mean `pre-commit`?"),
    "unknown option, deeper": (
        "gates:\n  dco:\n    remediation:\n      indvidual: true",
        "4:7: unknown key `indvidual`",
        "did you mean `individual`?",
    ),
    "a gate that is off": (
        "gates:\n  dco: off",
        "2:8: `gates.dco`: expected a section of keys, such as `severity: off`",
        None,
    ),
    "a gate that is false": (
        "gates: {dco: false}",
        "1:14: `gates.dco`: expected a section of keys, such as `severity: off`",
        None,
    ),
    "a gate that is a list": (
        "gates: {dco: []}",
        "1:14: `gates.dco`: expected a section of keys, such as `severity: off`",
        None,
    ),
    "gates as a list": ("gates: [dco]", "1:8: `gates`: expected map, got a list", None),
    "gates as a word": ("gates: dco", "1:8: `gates`: expected map, got 'dco'", None),
    "classes as a list": ("classes: [a]", "1:10: `classes`: expected map, got a list", None),
    "stages as a word": (gate("stages: off"), "3:13: `gates.pr-size.stages`: expected map, got 'off'", None),
    "a word for a number": (gate("limit: many"), "3:12: `gates.pr-size.limit`: expected integer, got 'many'", None),
    "a quoted number": (gate("limit: '7'"), "3:12: `gates.pr-size.limit`: expected integer, got '7'", None),
    "a fraction": (gate("limit: 7.0"), "3:12: `gates.pr-size.limit`: expected integer, got 7.0", None),
    "a number by another YAML": (
        gate("limit: 1_000"),
        "3:12: `gates.pr-size.limit`: expected integer, got '1_000'",
        None,
    ),
    "a truth for a number": (gate("limit: true"), "3:12: `gates.pr-size.limit`: expected integer, got true", None),
    "nothing for a number": (gate("limit:"), "3:11: `gates.pr-size.limit`: expected integer, got nothing", None),
    "a list for a number": (gate("limit: [7]"), "3:12: `gates.pr-size.limit`: expected integer, got a list", None),
    "a negative limit": (gate("limit: -1"), "3:12: `gates.pr-size.limit`: expected integer >= 0, got -1", None),
    "a severity": (
        gate("severity: eror"),
        f"3:15: `gates.pr-size.severity`: 'eror' is not one of {SEVERITIES}",
        "did you mean `error`?",
    ),
    "a severity in capitals": (
        gate("severity: OFF"),
        f"3:15: `gates.pr-size.severity`: 'OFF' is not one of {SEVERITIES}",
        "did you mean `off`?",
    ),
    "a severity like none": (
        gate("severity: on"),
        f"3:15: `gates.pr-size.severity`: 'on' is not one of {SEVERITIES}",
        None,
    ),
    "a severity that is true": (
        gate("severity: true"),
        f"3:15: `gates.pr-size.severity`: expected one of {SEVERITIES}, got true",
        None,
    ),
    "a severity that is nothing": (
        gate("severity:"),
        f"3:14: `gates.pr-size.severity`: expected one of {SEVERITIES}, got nothing",
        None,
    ),
    "a stage's severity": (
        gate("stages: {ci: wrning}"),
        f"3:18: `gates.pr-size.stages.ci`: 'wrning' is not one of {SEVERITIES}",
        "did you mean `warning`?",
    ),
    "one word of several": (
        gate("count: bth"),
        "3:12: `gates.pr-size.count`: 'bth' is not one of additions, both, deletions",
        "did you mean `both`?",
    ),
    "a class in a list": (
        gate("exclude:\n      - lock\n      - vendor"),
        "5:9: `gates.pr-size.exclude.1`: 'vendor' is not one of source, generated, vendored, lock, test, docs",
        "did you mean `vendored`?",
    ),
    "a word for a list": ("classes: {generated: gen}", "1:22: `classes.generated`: expected list, got 'gen'", None),
    "an item of another type": ("series: [a, 3]", "1:13: `series.1`: expected string, got 3", None),
    "a number for series": ("series: 3", "1:9: `series`: expected string or list, got 3", None),
    "a number for base": ("base: 12", "1:7: `base`: expected string, got 12", None),
    "nothing for base": ("base:", "1:6: `base`: expected string, got nothing", None),
    "an empty base": ("base: ''", "1:7: `base`: expected string of length >= 1, got ''", None),
    "a long wrong value": (
        gate(f"limit: {'x' * 300}"),
        f"3:12: `gates.pr-size.limit`: expected integer, got '{'x' * 60}…'",
        None,
    ),
    "a bad glob": (
        "classes:\n  docs: [ok]\n  generated: [ok, '[z-a]']",
        "3:19: `classes.generated.1`: the glob '[z-a]' is not a .gitignore pattern",
        None,
    ),
    "a bad regular expression": (
        "gates:\n  commit-message:\n    subject-pattern: (a",
        (
            "3:22: `gates.commit-message.subject-pattern`: `(a` is not a regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
        None,
    ),
    "a bad regular expression in a list": (
        "gates:\n  commit-message:\n    subject-forbid: [a, (b]",
        (
            "3:25: `gates.commit-message.subject-forbid.1`: `(b` is not a regular expression: "
            "missing ), unterminated subpattern at position 0"
        ),
        None,
    ),
    "a trailer with a space": (
        "gates: {commit-message: {required-trailers: [a b]}}",
        "1:46: `gates.commit-message.required-trailers.0`: expected string matching regex '^[A-Za-z0-9-]+$', got 'a b'",
        None,
    ),
    "series that git refuses": (
        "series: [ok, b c]\ngates: {branch-order: }",
        "1:14: `series.1`: git refuses a name that has a space",
        None,
    ),
    "one series that git refuses": (
        "series: b c\ngates: {branch-order: }",
        "1:9: `series.0`: git refuses a name that has a space",
        None,
    ),
    "a gate's series that git refuses": (
        "gates: {branch-order: {series: [b c]}}",
        "1:33: `gates.branch-order.series.0`: git refuses a name that has a space",
        None,
    ),
    "version 2": ("version: 2", "1:10: `version`: expected 1, got 2", None),
    "version 1.0": ("version: 1.0", "1:10: `version`: expected 1, got 1.0", None),
    "version '1'": ("version: '1'", "1:10: `version`: expected 1, got '1'", None),
    "version true": ("version: true", "1:10: `version`: expected 1, got true", None),
    "version of nothing": ("version:", "1:9: `version`: expected 1, got nothing", None),
    "not YAML": ("a: [", "2:1: not YAML: did not find expected node content", None),
}


@pytest.mark.parametrize(("text", "said", "hint"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, said: str, hint: str | None) -> None:
    error = refusal(text)
    assert (str(error), error.hint) == (f"{FILE}:{said}", hint)


TWENTY = {f"{i}.yaml": f"extends: [{i + 1}.yaml, {i + 1}.yaml]" for i in range(20)} | {"20.yaml": ""}
CHAIN = {f"{i}.yaml": f"extends: {i + 1}.yaml" for i in range(2000)}
NAMES = ", ".join(presets.PREFIX + name for name in presets.names())
WRONG_PRESETS: dict[str, tuple[str, dict[str, str], str, str | None]] = {
    "missing": (
        "extends: gone.yaml",
        {},
        f"{FILE}:1:10: the preset `gone.yaml` is not a file of this repository",
        "a path counts from the repository's top; paddock's own presets begin with `paddock:`",
    ),
    "missing in a preset": (
        "extends: a.yaml",
        {"a.yaml": "base: x\nextends:\n  - gone.yaml"},
        "a.yaml:3:5: the preset `gone.yaml` is not a file of this repository",
        "a path counts from the repository's top; paddock's own presets begin with `paddock:`",
    ),
    "misspelt": (
        "extends: paddock:defalt",
        {},
        f"{FILE}:1:10: there is no preset `paddock:defalt`",
        "did you mean `paddock:default`?",
    ),
    "unknown": ("extends: paddock:x/y", {}, f"{FILE}:1:10: there is no preset `paddock:x/y`", f"there are: {NAMES}"),
    "a path behind paddock's": (
        "extends: paddock:../../x",
        {},
        f"{FILE}:1:10: there is no preset `paddock:../../x`",
        f"there are: {NAMES}",
    ),
    "itself": (
        f"extends: {FILE}",
        {FILE: ""},
        f"{FILE}:1:10: presets extend each other in a circle: {FILE} → {FILE}",
        None,
    ),
    "circular": (
        "extends: a.yaml",
        {"a.yaml": "extends: [b/c.yaml]", "b/c.yaml": "extends: ././a.yaml"},
        f"b/c.yaml:1:10: presets extend each other in a circle: {FILE} → a.yaml → b/c.yaml → a.yaml",
        None,
    ),
    "above the repository": (
        "extends: ../a.yaml",
        {},
        f"{FILE}:1:10: the preset `../a.yaml` lies outside the repository",
        None,
    ),
    "above by a detour": (
        "extends: a/../../b",
        {},
        f"{FILE}:1:10: the preset `a/../../b` lies outside the repository",
        None,
    ),
    "absolute": (
        "extends: /etc/passwd",
        {},
        f"{FILE}:1:10: the preset `/etc/passwd` lies outside the repository",
        None,
    ),
    "endless": ("extends: 0.yaml", CHAIN, "99.yaml:1:10: more than 100 presets", None),
    "a number": ("extends: 3", {}, f"{FILE}:1:10: `extends`: expected a preset's name or a list of them, got 3", None),
    "a map": (
        "extends: {a: b}",
        {},
        f"{FILE}:1:10: `extends`: expected a preset's name or a list of them, got a map",
        None,
    ),
    "nothing": (
        "extends:",
        {},
        f"{FILE}:1:9: `extends`: expected a preset's name or a list of them, got nothing",
        None,
    ),
    "a number in a list": (
        "extends: [paddock:default, 3]",
        {},
        f"{FILE}:1:28: `extends`: expected a preset's name, got 3",
        None,
    ),
    "not YAML": (
        "extends: a.yaml",
        {"a.yaml": "a: ["},
        "a.yaml:2:1: not YAML: did not find expected node content",
        None,
    ),
    "a wrong value": (
        "extends: a.yaml",
        {"a.yaml": gate("limit: -1")},
        "a.yaml:3:12: `gates.pr-size.limit`: expected integer >= 0, got -1",
        None,
    ),
    "an unknown gate": (
        "extends: a.yaml\ngates: {dcu: {}}",
        {"a.yaml": "gates: {dco: }"},
        f"{FILE}:2:9: there is no gate `dcu`",
        "did you mean `dco`?",
    ),
    "an unknown key": (
        "extends: a.yaml",
        {"a.yaml": "bse: x"},
        "a.yaml:1:1: unknown key `bse`",
        "did you mean `base`?",
    ),
    "another version": (
        "extends: a.yaml\nversion: 1",
        {"a.yaml": "version: 2"},
        "a.yaml:1:10: `version`: expected 1, got 2",
        None,
    ),
    "a list": ("extends: a.yaml", {"a.yaml": "- a"}, "a.yaml:1:1: a policy is a map of keys to values", None),
}


@pytest.mark.parametrize(("text", "files", "said", "hint"), WRONG_PRESETS.values(), ids=WRONG_PRESETS)
def test_wrong_presets(text: str, files: dict[str, str], said: str, hint: str | None) -> None:
    error = refusal(text, files)
    assert (str(error), error.hint) == (said, hint)


def test_presets_that_double_are_not_read_without_end() -> None:
    assert refusal("extends: 0.yaml", TWENTY).message == "more than 100 presets"


def test_tens_of_thousands_of_unknown_gates_are_refused_at_once() -> None:
    text = "gates:\n" + "".join(f"  g{i}: {{}}\n" for i in range(40_000))
    assert str(refusal(text)) == f"{FILE}:2:3: there is no gate `g0`"


KNOWN_KEYS = [
    "version",
    "extends",
    "base",
    "series",
    "classes",
    "gates",
    "severity",
    "stages",
    "limit",
    "exclude",
    *GATES,
    "ci",
    "generated",
    "a.b",
]
ODD = st.one_of(
    st.sampled_from(
        ["off", "error", "paddock:default", "paddock:strict", "a.yaml", "", "[z-a]", "(", "x` - at `$.gates`", "ci"]
    ),
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
)
KEY = st.one_of(st.sampled_from(KNOWN_KEYS), st.sampled_from(["x` - at `$.a[0]`", "", "$", "[...]"]))
POLICIES = st.recursive(
    ODD, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=4)), max_leaves=15
)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "gates": st.dictionaries(st.sampled_from(list(GATES)), POLICIES),
        "extends": POLICIES,
        "classes": POLICIES,
    },
)


@given(st.one_of(POLICIES, SECTIONS), POLICIES)
def test_whatever_is_written_the_policy_is_typed_or_refused_with_a_place(value: object, preset: object) -> None:
    text, files = msgspec.json.encode(value), {"a.yaml": msgspec.json.encode(preset).decode()}
    try:
        made = policy(text, files)
    except PolicyError as error:
        where = error.where or ""
        assert where.split(":")[-2].isdigit()
    else:
        assert set(made.gates) <= set(GATES)
        assert all(isinstance(config, CONFIGS[gate]) for gate, config in made.gates.items())


@given(st.binary(max_size=120))
def test_any_bytes_are_a_policy_or_refused(text: bytes) -> None:
    with suppress(PolicyError):
        policy(text)
