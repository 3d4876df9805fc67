from __future__ import annotations

import subprocess
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paddock.errors import PolicyError
from paddock.plan.keys import (
    DEFAULT_TEMPLATE,
    MAX_KEY,
    BranchName,
    Duplicate,
    Gap,
    duplicates,
    example,
    gaps,
    in_order,
    parse,
    ref_problem,
    render,
    series_of,
    template_problem,
)

SERIES = "feature/tmc2-impl2"
AGENT_TEMPLATE = "{series}/{agent}/{key}-{slug}"
ONLY_KEY = "it has a-z0-9 only"
ONLY_SLUG = "it has a-z0-9._- only"


def name(tag: str, slug: str = "slug", series: str = "x") -> BranchName:
    return parse(f"{series}/{tag}-{slug}")


@pytest.mark.parametrize(
    ("text", "series", "key", "parts", "slug"),
    [
        ("feature/tmc2-impl2/03a1-controller-patterns", SERIES, "03a1", (), "controller-patterns"),
        ("feature/tmc2-impl2/00a-feature-flags", SERIES, "00a", (), "feature-flags"),
        ("feature/tmc2-impl2/01k-virtual-workspace", SERIES, "01k", (), "virtual-workspace"),
        ("feature/x/05a2c2b1-wiring", "feature/x", "05a2c2b1", (), "wiring"),
        ("feature/x/00a1-split2-workqueue", "feature/x", "00a1", ("split2",), "workqueue"),
        ("feature/x/05a2a-part2b-reconciler-core", "feature/x", "05a2a", ("part2b",), "reconciler-core"),
        ("x/01g1c-split1-part2-pr3-api", "x", "01g1c", ("split1", "part2", "pr3"), "api"),
        ("x/2-number-only", "x", "2", (), "number-only"),
        ("x/01a-part-of-it", "x", "01a", (), "part-of-it"),
        ("x/01a-types-part2", "x", "01a", (), "types-part2"),
        ("x/01a-pr2x-partial", "x", "01a", ("pr2x",), "partial"),
        ("x/01a-v1.2_final", "x", "01a", (), "v1.2_final"),
        ("JIRA-7/größe/01a-x", "JIRA-7/größe", "01a", (), "x"),
    ],
)
def test_valid_names(text: str, series: str, key: str, parts: tuple[str, ...], slug: str) -> None:
    assert parse(text) == BranchName(text, series, key, slug, parts, None, valid=True, reason=None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(text, reason, id=title)
        for title, text, reason in [
            ("empty", "", "the name is empty"),
            ("no-key", "test-framework", "no order key in 'test-framework': a key begins with a digit, as 01a does"),
            ("pr-first", "pr3-api", "no order key in 'pr3-api': a key begins with a digit, as 01a does"),
            (
                "wave",
                "phase2/wave2a-03-pr1-api-types",
                "no order key in 'wave2a-03-pr1-api-types': a key begins with a digit, as 01a does",
            ),
            ("no-series", "01a-core", "no series before '01a-core': a name is {series}/{key}-{slug}"),
            ("no-slug", "x/01a", "no slug after the order key 01a"),
            ("no-slug-hyphen", "x/01a-", "no slug after the order key 01a"),
            ("no-slug-after-part", "x/00a1-split2", "no slug after the order key 00a1-split2"),
            ("empty-word", "x/01a-core--api", "an empty word in the slug 'core--api'"),
            ("key-upper", "x/01A-core", f"upper case 'A' in the order key '01A': {ONLY_KEY}"),
            ("slug-upper", "x/01a-Core", f"upper case 'C' in the slug 'Core': {ONLY_SLUG}"),
            ("part-upper", "x/01a-part2B-core", f"upper case 'B' in the slug 'part2B-core': {ONLY_SLUG}"),
            ("key-underscore", "x/01a_core", f"'_' in the order key '01a_core': {ONLY_KEY}"),
            ("slug-accent", "x/01a-é", f"'é' in the slug 'é': {ONLY_SLUG}"),
            (
                "arabic-digits",
                "x/\u0661a-core",
                "no order key in '\u0661a-core': a key begins with a digit, as 01a does",
            ),
            ("superscript", "x/1²-core", f"'²' in the order key '1²': {ONLY_KEY}"),
            ("newline", "x/01a-core\n", "git refuses a name that has a control character"),
            ("newline-before", "\nx/01a-core", "git refuses a name that has a control character"),
            ("escape", "x/\x1b[2J01a-core", "git refuses a name that has a control character"),
            ("not-utf-8", "x/01a-\udcff", "the name has bytes that are not UTF-8"),
            ("option", "--force", "git refuses a name that begins with a hyphen"),
            ("trailing-slash", "x/01a-core/", "git refuses a name that ends with a slash"),
            ("leading-slash", "/01a-core", "git refuses a name that has an empty folder"),
            ("double-slash", "x//01a-core", "git refuses a name that has an empty folder"),
            ("space", "x/01a core", "git refuses a name that has a space"),
            ("glob", "x/01a-*", "git refuses a name that has one of ~ ^ : ? * [ or a backslash"),
            ("dots", "x/01a-a..b", "git refuses a name that has two dots in a row"),
            ("lock", "x/01a-core.lock", "git refuses a name that has .lock at the end of a folder"),
            ("head", "HEAD", "git refuses a name that means the commit checked out"),
            ("right-to-left", "x\u202e/01a-core", "the name has the invisible character U+202E"),
            ("next-line", "x/01a-core\x85", "the name has the invisible character U+0085"),
            (
                "10000-digits",
                f"x/{'1' * 10_000}-core",
                "the order key has 10000 characters, 9872 over the limit of 128",
            ),
            (
                "10000-parts",
                f"x/1a{'-part1' * 10_000}-core",
                "the order key has 60002 characters, 59874 over the limit of 128",
            ),
        ]
    ],
)
def test_names_outside_the_grammar(text: str, reason: str) -> None:
    assert parse(text) == BranchName(text, reason=reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{SERIES}/03a1-controller-patterns", None),
        ("feature/other/01a-core", f"in none of the series: {SERIES}, hotfix"),
        ("Feature/TMC2-impl2/01a-core", f"in none of the series: {SERIES}, hotfix"),
        (f"{SERIES}-old/01a-core", f"in none of the series: {SERIES}, hotfix"),
        ("main", f"in none of the series: {SERIES}, hotfix"),
        (SERIES, "the name is a series: git keeps no branch beside those below it"),
        (f"{SERIES}/test-framework", "no order key in 'test-framework': a key begins with a digit, as 01a does"),
        (f"{SERIES}/agent-1/01a-core", "'agent-1/01a-core' is not of the form {key}-{slug}"),
    ],
)
def test_series_of_the_policy(text: str, reason: str | None) -> None:
    found = parse(text, series=(SERIES, "hotfix"))
    assert (found.valid, found.reason) == (reason is None, reason)


def test_the_longest_series_wins() -> None:
    assert parse("x/y/01a-core", series=("x", "x/y")).series == "x/y"
    assert series_of("x/y", ("x", "x/y", "x/yy")) == "x/y"
    assert series_of("xy/01a-core", ("x",)) is None


@pytest.mark.parametrize(
    ("text", "series", "expected"),
    [
        pytest.param(
            f"{SERIES}/agent-1/03a1-split1-patterns",
            (),
            BranchName("", SERIES, "03a1", "patterns", ("split1",), "agent-1", valid=True),
            id="series-inferred",
        ),
        pytest.param(
            f"{SERIES}/agent-1/03a1-patterns",
            (SERIES,),
            BranchName("", SERIES, "03a1", "patterns", (), "agent-1", valid=True),
            id="series-given",
        ),
        pytest.param(
            "01a-core", (), BranchName("", reason="'01a-core' is not of the form {agent}/{key}-{slug}"), id="too-short"
        ),
        pytest.param(
            "agent-1/01a-core",
            (),
            BranchName("", reason="no series before 'agent-1/01a-core': a name is {series}/{agent}/{key}-{slug}"),
            id="no-series",
        ),
        pytest.param(
            f"{SERIES}/01a-core",
            (SERIES,),
            BranchName("", reason="'01a-core' is not of the form {agent}/{key}-{slug}"),
            id="no-agent",
        ),
        pytest.param(
            "x/Agent/01a-core",
            (),
            BranchName("", reason="upper case 'A' in the agent 'Agent': it has a-z0-9._- only"),
            id="agent-upper-case",
        ),
    ],
)
def test_template_with_an_agent(text: str, series: tuple[str, ...], expected: BranchName) -> None:
    found = parse(text, AGENT_TEMPLATE, series)
    assert found == BranchName(text, *(getattr(expected, field) for field in BranchName.__struct_fields__[1:]))


def test_template_with_a_fixed_folder() -> None:
    template = "{series}/wip/{key}-{slug}"
    assert parse("x/wip/01a-core", template).series == "x"
    assert parse("x/done/01a-core", template).reason == "'done' stands where the template has 'wip'"


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (DEFAULT_TEMPLATE, None),
        (AGENT_TEMPLATE, None),
        ("{series}/wip/{agent}/{key}-{slug}", None),
        ("", "no {series} in ''"),
        ("{series}/{slug}", "no {key} in '{series}/{slug}'"),
        ("{series}/{key}", "no {slug} in '{series}/{key}'"),
        ("{key}-{slug}", "no {series} in '{key}-{slug}'"),
        ("{series}/{name}/{key}-{slug}", "unknown placeholder 'name': there are series, agent, key, slug"),
        ("{series}/{key!r}-{slug}", "unknown placeholder 'key!r': there are series, agent, key, slug"),
        ("{series}/{}/{key}-{slug}", "a brace without its partner or a name in '{series}/{}/{key}-{slug}'"),
        ("{series/{key}-{slug}", "a brace without its partner or a name in '{series/{key}-{slug}'"),
        ("{series}/{key}/{key}-{slug}", "{key} stands 2 times in '{series}/{key}/{key}-{slug}'"),
        ("{agent}/{series}/{key}-{slug}", "'{agent}/{series}/{key}-{slug}' does not begin with {series}/"),
        ("{series}/{slug}-{key}", "'{series}/{slug}-{key}' does not end with /{key}-{slug}"),
        ("{series}/{key}{slug}", "'{series}/{key}{slug}' does not end with /{key}-{slug}"),
        (
            "{series}/a{agent}/{key}-{slug}",
            "{agent} is not a folder of its own in '{series}/a{agent}/{key}-{slug}'",
        ),
        ("{series}//{key}-{slug}", "git refuses a name that has an empty folder"),
        ("{series}/a b/{key}-{slug}", "git refuses a name that has a space"),
        ("{series}/\udcff/{key}-{slug}", "the name has bytes that are not UTF-8"),
    ],
)
def test_templates(template: str, problem: str | None) -> None:
    assert template_problem(template) == problem


def test_a_wrong_template_is_never_parsed_with() -> None:
    with pytest.raises(PolicyError, match=r"no \{key\} in"):
        parse("x/01a-core", "{series}/{slug}")


def test_order_of_nested_keys() -> None:
    tags = [
        "00a",
        "00a1",
        "00a1-part1",
        "00a1-part2",
        "00a1-part2-split1",
        "00a1-part2b",
        "00a1-part10",
        "00a1-pr1",
        "00a1-split1",
        "00a1-split2",
        "00a1a",
        "00a2",
        "00a10",
        "00aa",
        "00b",
        "1",
        "01a",
        "2c",
        "05a2a-part2b",
        "05a2c2b1",
        "05b3a",
        "10",
        "010a",
    ]
    names = [name(tag) for tag in tags]
    Random(7).shuffle(names)  # noqa: S311 - any order will do
    assert [one.tag for one in in_order(names)] == tags


def test_order_of_series_and_of_what_has_none() -> None:
    names = ["y/01a-a", "test-framework", "x/02-b", "pr3-api", "x/02-a", "x/1a-z"]
    assert [one.name for one in in_order(map(parse, names))] == [
        "x/1a-z",
        "x/02-a",
        "x/02-b",
        "y/01a-a",
        "pr3-api",
        "test-framework",
    ]


def test_duplicates_compare_numbers_not_spelling() -> None:
    names = ["x/1a-flags", "x/01a-core", "y/01a-core", "x/01a-split1-core", "x/01b-b", "x/01b-b", "test", "test"]
    assert duplicates(map(parse, names)) == (
        Duplicate("x", "01a", ("x/01a-core", "x/1a-flags")),
        Duplicate("x", "01b", ("x/01b-b", "x/01b-b")),
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("01a 01b 01c", []),
        ("01b 01c", []),
        ("01a 01c", [Gap("x", "01b", "01b", "01a", "01c", "x/01c-slug")]),
        ("01a 01k", [Gap("x", "01b", "01j", "01a", "01k", "x/01k-slug")]),
        ("03a1 03a3", [Gap("x", "03a2", "03a2", "03a1", "03a3", "x/03a3-slug")]),
        ("00a 03b", [Gap("x", "01", "02", "00", "03", "x/03b-slug")]),
        ("08a 11a", [Gap("x", "09", "10", "08", "11", "x/11a-slug")]),
        ("01a1 01aa 01ac", [Gap("x", "01ab", "01ab", "01aa", "01ac", "x/01ac-slug")]),
        ("05a2c2b1 05a2c5", [Gap("x", "05a2c3", "05a2c4", "05a2c2", "05a2c5", "x/05a2c5-slug")]),
        (
            "00a1-split1 00a1-split3",
            [Gap("x", "00a1-split2", "00a1-split2", "00a1-split1", "00a1-split3", "x/00a1-split3-slug")],
        ),
        ("00a1-part1 00a1-split3", []),
        ("01a 02b", []),
    ],
)
def test_gaps(tags: str, expected: list[Gap]) -> None:
    assert gaps(name(tag) for tag in tags.split()) == tuple(expected)


def test_gaps_stay_within_a_series_and_in_order() -> None:
    names = [name("3"), name("01c"), name("01a"), name("01b", series="y"), parse("test")]
    assert [(gap.series, gap.first) for gap in gaps(names)] == [("x", "01b"), ("x", "02")]


def test_a_huge_gap_is_told_not_counted_out() -> None:
    wide = "9" * 100
    assert gaps([name("1"), name(wide)]) == (Gap("x", "2", "9" * 99 + "8", "1", wide, f"x/{wide}-slug"),)


def test_the_longest_key_there_may_be() -> None:
    assert name("1" * MAX_KEY).valid
    assert not name("1" * (MAX_KEY + 1)).valid


def test_example_fits_its_template() -> None:
    assert example(AGENT_TEMPLATE, SERIES) == f"{SERIES}/agent-1/01a-short-description"
    assert parse(example(AGENT_TEMPLATE, SERIES), AGENT_TEMPLATE, (SERIES,)).valid


tags = st.from_regex(r"[0-9]{1,3}([a-z]{1,2}[0-9]{0,2}){0,3}", fullmatch=True)
part_tags = st.from_regex(r"(part|pr|split)[0-9]{1,2}[a-z]?", fullmatch=True)
words = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
slugs = st.tuples(
    words.filter(lambda word: not word.startswith(("part", "pr", "split"))), st.lists(words, max_size=2)
).map(lambda pair: "-".join((pair[0], *pair[1])))
prefixes = st.sampled_from(["x", "y", "feature/x", SERIES, "x/01a-core"])
names = st.builds(
    lambda series, key, parts, slug: parse(render(DEFAULT_TEMPLATE, series=series, key=key, parts=parts, slug=slug)),
    prefixes,
    tags,
    st.lists(part_tags, max_size=2).map(tuple),
    slugs,
)
anything = st.text(st.characters(), max_size=40) | st.text("019azAZ-/._ \n\0\udcff", max_size=40)


@given(prefixes, words.filter(lambda word: word != "lock"), tags, st.lists(part_tags, max_size=3).map(tuple), slugs)
def test_parse_takes_apart_what_render_put_together(
    series: str, agent: str, key: str, parts: tuple[str, ...], slug: str
) -> None:
    for template, by in ((DEFAULT_TEMPLATE, None), (AGENT_TEMPLATE, agent)):
        text = render(template, series=series, key=key, slug=slug, parts=parts, agent=agent)
        expected = BranchName(text, series, key, slug, parts, by, valid=True)
        assert parse(text, template) == expected
        assert parse(text, template, (series,)) == expected


@given(anything)
def test_no_text_raises_and_every_reason_can_be_written(text: str) -> None:
    for template in (DEFAULT_TEMPLATE, AGENT_TEMPLATE):
        for series in ((), ("x", SERIES)):
            found = parse(text, template, series)
            assert found.name == text
            assert found.valid == (found.reason is None) == (found.key is not None)
            assert (found.reason or "").isprintable()
            assert len(found.reason or "") < 1000
    problem = template_problem(text) or ""
    assert problem.isprintable()


@given(st.lists(names | anything.map(parse), max_size=12), st.randoms(use_true_random=False))
def test_order_is_total_and_the_same_however_shuffled(found: list[BranchName], random: Random) -> None:
    ordered = in_order(found)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert in_order(shuffled) == ordered
    assert in_order(ordered) == ordered
    assert (duplicates(shuffled), gaps(shuffled)) == (duplicates(found), gaps(found))
    valid = [one.valid for one in ordered]
    assert valid == sorted(valid, reverse=True)


@given(tags, part_tags, st.sampled_from("abz"), st.integers(0, 99))
def test_a_key_comes_before_its_extensions_and_parts_before_the_others(
    key: str, part: str, letter: str, number: int
) -> None:
    further = f"{key}{letter}" if key[-1].isdigit() else f"{key}{number}"
    assert name(key).order < name(f"{key}-{part}").order < name(further).order


@given(st.lists(names, max_size=12))
def test_what_a_gap_names_is_free_and_lies_between(found: list[BranchName]) -> None:
    taken = {(one.series, one.order) for one in found}
    for gap in gaps(found):
        orders = [name(tag).order for tag in (gap.after, gap.first, gap.last, gap.before)]
        assert orders[0] < orders[1] <= orders[2] < orders[3]
        assert not {(gap.series, orders[1]), (gap.series, orders[2])} & taken


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*"ab01-/.@{}~^:?*[\\ \n\x7f\x01é", "..", ".lock", "@{", "HEAD", "//"]), max_size=6).map(
        "".join
    )
)
def test_git_refuses_what_we_say_it_refuses(text: str) -> None:
    if text == "@":
        return  # check-ref-format reads it as an abbreviation, `git branch` as HEAD
    git = subprocess.run(["git", "check-ref-format", "--branch", text], capture_output=True, check=False, cwd="/")
    assert (ref_problem(text) is None) == (git.returncode == 0)
