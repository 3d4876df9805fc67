from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped]
import pydot
import pytest
import yaml
from markdown_it import MarkdownIt

from paddock.plan.model import FILE
from paddock_cli import paddock
from plans import AS_WRITTEN, EXAMPLE, HOSTILE, PHASES, REVIEWER, ROOT, agent, read, todo

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work

EVERY = {
    "check": ["check"],
    "check as json": ["check", "--format", "json"],
    "show": ["show"],
    "show as json": ["show", "--format", "json"],
    "graph": ["graph"],
    "mermaid": ["graph", "--format", "mermaid"],
    "dot": ["graph", "--format", "dot"],
    "svg": ["graph", "--format", "svg"],
    "next": ["next"],
    "next as json": ["next", "--format", "json"],
    "render": ["render"],
    "brief": ["brief", "t"],
    "brief of a reviewer": ["brief", "t", "--reviewer"],
}
IDS = [one.id for one in read(EXAMPLE).todos]


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in no repository."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def example(work: Work) -> Work:
    work.write(FILE, EXAMPLE.read_bytes())
    return work


def written(work: Work, **keys: object) -> Work:
    """A repository with a plan of two agents and these todos."""
    value = {"series": "feature/x", "phases": PHASES, "agents": [agent("a"), agent("b"), REVIEWER], **keys}
    work.write(FILE, json.dumps(value))
    return work


def begin(work: Work, name: str, files: dict[str, str | bytes] | None = None) -> None:
    work.branch(name)
    if files:
        work.commit(name, files)
    work.git("checkout", "--quiet", "main")


# Every command on the shipped example


@pytest.mark.parametrize("args", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("where", ["in the work tree", "by name, outside a repository"])
def test_every_command_works_on_the_example(args: list[str], where: str, work: Work, outside: Path) -> None:
    args = ["feature-flags" if one == "t" else one for one in args]
    if where == "in the work tree":
        (example(work).path / "sub").mkdir()
        ran = paddock("plan", *args, cwd=work.path / "sub")
    else:
        ran = paddock("plan", *args, "--file", str(EXAMPLE), cwd=outside)
    assert (ran.code, ran.err) == (0, "")
    assert "00g" in ran.out or args in (EVERY["check"], EVERY["check as json"])
    assert "\x1b" not in ran.out


def test_check_on_the_plan_as_it_was_written(outside: Path) -> None:
    ran = paddock("plan", "check", "--file", str(AS_WRITTEN), cwd=outside)
    assert ran.code == 1
    assert re.search(
        r"eight-agents-as-written\.yaml:\d+:\d+: error: 5 todos wait for each other: apiexport-core → ", ran.out
    )
    assert ran.out.endswith("8 agents, 22 todos, 4 phases: 18 errors, 8 warnings, 8 notes\n")
    for args in (["show"], ["graph"], ["next"], ["render"], ["brief", "feature-flags"]):
        ran = paddock("plan", *args, "--file", str(AS_WRITTEN), cwd=outside)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.endswith("  paddock plan check tells all\n")


def test_check_as_json(work: Work) -> None:
    written(work, todos=[todo("t", branch="feature/x/00a-t", lines=900), todo("u", "b", "9")])
    ran = paddock("plan", "check", "--format", "json", cwd=work.path)
    value = json.loads(ran.out)
    assert (ran.code, value["version"], value["outcome"], value["plan"]) == (1, 1, "failed", FILE)
    errors = [one for one in value["problems"] if one["severity"] == "error"]
    assert {(one["code"], one["key"], one["line"]) for one in errors} == {
        ("size", "todos.0.lines", 1),
        ("unknown-name", "todos.1.phase", 1),
    }


def test_the_limit_and_the_form_of_names_are_the_policys(work: Work) -> None:
    written(work, todos=[todo("t", branch="feature/x/a/00a-t", lines=50), todo("u", "b")])
    assert paddock("plan", "check", cwd=work.path).code == 0
    order = "{template: '{series}/team/{key}-{slug}'}"
    policy = f"series: feature/x\nbase: trunk\ngates: {{pr-size: {{limit: 40}}, branch-order: {order}}}\n"
    work.write(".paddock.yaml", policy)
    said = paddock("plan", "check", cwd=work.path).out
    for words in ("10 over the limit of 40 [size]", "[branch-name]", "the plan's base is main, the policy's trunk"):
        assert words in said
    work.write("other.yaml", "gates: {pr-size: {limit: 60}}\n")
    assert paddock("plan", "check", "--policy", "other.yaml", cwd=work.path).code == 0


def test_a_worktree_in_this_checkout_is_found(work: Work) -> None:
    inside = os.path.join(os.path.realpath(work.path), "inside")
    written(work, agents=[agent("a", worktree=inside)], todos=[todo("t")])
    said = paddock("plan", "check", cwd=work.path)
    assert (said.code, "the worktree of a lies in the main checkout" in said.out) == (1, True)


def test_without_a_plan(work: Work, outside: Path) -> None:
    ran = paddock("plan", "check", cwd=work.path)
    assert (ran.code, ran.err) == (
        2, f"paddock: there is no {FILE} here\n  paddock plan init, or name one: --file FILE\n",
    )  # fmt: skip
    assert paddock("plan", "next", cwd=outside).code == 2
    assert paddock("plan", "check", "--file", "gone.yaml", cwd=work.path).code == 2


def test_a_plan_that_is_none(work: Work) -> None:
    work.write(FILE, "series: feature/x\nphasse: []\n")
    for args in EVERY.values():
        ran = paddock("plan", *args, cwd=work.path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"paddock: {FILE}:2:1: unknown key `phasse`\n  did you mean `phases`?\n"


def test_a_plan_that_is_a_link_out_is_not_read(work: Work) -> None:
    (work.path / ".paddock").mkdir()
    (work.path / FILE).symlink_to(EXAMPLE)
    ran = paddock("plan", "check", cwd=work.path)
    assert (ran.code, "a link out of the repository" in ran.err) == (2, True)


def test_names_that_the_plan_has_not(work: Work) -> None:
    example(work)
    for args, message in (
        (["next", "agent-11"], "the plan has no agent `agent-11`\n  did you mean `agent-1`?"),
        (["brief", "feature-flag"], "the plan has no todo `feature-flag`\n  did you mean `feature-flags`?"),
        (["next", "--shut", "9"], "the plan has no phase `9`\n  there are: 0, 1, 2, 3"),
        (["brief", "--", "--x"], "the plan has no todo `--x`"),
    ):
        ran = paddock("plan", *args, cwd=work.path)
        assert (ran.code, message in ran.err) == (2, True), ran.err


# States


def test_states_are_those_of_the_branches(work: Work) -> None:
    branches = {
        name: f"feature/x/00{key}-{name}"
        for name, key in zip(["merged", "squashed", "gone", "begun", "empty", "held", "absent"], "abcdefg", strict=True)
    }
    written(work, todos=[*(todo(name, branch=branch) for name, branch in branches.items()), todo("none", "b")])
    work.commit("plan")
    begin(work, branches["merged"], {"merged": "1\n"})
    begin(work, branches["squashed"], {"squashed": "1\n"})
    begin(work, branches["gone"], {"gone": "1\n"})
    begin(work, branches["begun"], {"begun": "1\n"})
    begin(work, branches["empty"])
    work.branch(branches["held"])
    work.git("commit", "--quiet", "--allow-empty", "-m", "hold the place")
    work.git("checkout", "--quiet", "main")
    work.git("merge", "--quiet", "--no-ff", "-m", "any words", branches["merged"])
    work.git("merge", "--quiet", "--squash", branches["squashed"])
    work.commit("squashed (#3)")
    work.git("merge", "--quiet", "--no-ff", "-m", f"Merge pull request #4 from me/{branches['gone']}", branches["gone"])
    work.git("branch", "-D", branches["gone"])
    rows = re.findall(
        r"^\| [0-9]+ \|[^|]*`00.-([a-z]+)`.* ([a-z-]+) \|$",
        paddock("plan", "render", cwd=work.path).out, re.MULTILINE,
    )  # fmt: skip
    assert dict(rows) == {
        "merged": "done",
        "squashed": "done",
        "gone": "done",
        "begun": "in-progress",
        "empty": "open",
        "held": "in-progress",
        "absent": "open",
    }
    said = paddock("plan", "next", cwd=work.path).out
    assert "a  continue begun on feature/x/00d-begun (10 lines)\n" in said
    assert "3 of 8 todos done; phase 0 is on\n" in said
    assert said.endswith("1 todo without a branch counts as open\n")


def test_branches_that_only_the_remote_has_count(work: Work) -> None:
    written(work, todos=[todo("t", branch="feature/x/00a-t"), todo("u", "b")])
    work.commit("plan")
    work.branch("side")
    work.commit("t", {"t": "1\n"})
    work.git("update-ref", "refs/remotes/origin/feature/x/00a-t", "side")
    work.git("checkout", "--quiet", "main")
    assert "continue t" in paddock("plan", "next", "a", cwd=work.path).out


def test_without_a_repository_nothing_is_known(outside: Path) -> None:
    said = paddock("plan", "render", "--file", str(EXAMPLE), cwd=outside).out
    assert said.count("| unknown |") == len(IDS)


def test_a_cut_history_is_an_error_and_no_guess(work: Work) -> None:
    example(work).commit("plan")
    work.git("clone", "--quiet", "--depth", "1", f"file://{work.path}", "../cut")
    ran = paddock("plan", "next", cwd=work.path.parent / "cut")
    assert (ran.code, "git fetch --unshallow" in ran.err) == (3, True)


def test_a_base_that_is_not_here_is_an_error(work: Work) -> None:
    written(work, base="trunk", todos=[todo("t", branch="feature/x/00a-t"), todo("u", "b")])
    ran = paddock("plan", "next", cwd=work.path)
    assert (ran.code, "the base `trunk` is not in this clone" in ran.err) == (3, True)


def test_states_from_a_file_and_from_standard_input(work: Work) -> None:
    example(work)
    done = json.dumps(dict.fromkeys(IDS[:8], "done")).encode()
    work.write("states.json", done)
    for args, stdin in ((["states.json"], b""), (["-"], done)):
        ran = paddock("plan", "next", "--states", *args, cwd=work.path, stdin=stdin)
        assert "agent-8     start integration-tests" in ran.out
        assert "8 of 23 todos done; phase 0 is on" in ran.out
    value = json.loads(
        paddock("plan", "next", "agent-3", "--states", "states.json", "--format", "json", cwd=work.path).out
    )
    assert value["agents"] == [
        {
            "agent": "agent-3",
            "tasks": [],
            "wait": {
                "cause": "phase",
                "todo": "apiexport-core",
                "on": ["integration-tests"],
                "reason": "apiexport-core is of phase 1, and 1 todo of phase 0 is left: integration-tests",
            },
        }
    ]


STATES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "standard input: "),
    "no map": (b"[]", "standard input: Expected `object`"),
    "an unknown state": (b'{"feature-flags": "finished"}', "Invalid enum value 'finished'"),
    "an unknown todo": (b'{"feature-flag": "done"}', "did you mean `feature-flags`?"),
    "bytes": (b'{"\xff": "done"}', "standard input: "),
}


@pytest.mark.parametrize(("text", "message"), STATES.values(), ids=STATES)
def test_states_that_are_none(text: bytes, message: str, work: Work) -> None:
    ran = paddock("plan", "next", "--states", "-", cwd=example(work).path, stdin=text)
    assert (ran.code, message in ran.err, "Traceback" in ran.err) == (2, True, False), ran.err


# What is told


def test_the_matrix_stands_by_priority(outside: Path) -> None:
    rows = paddock("plan", "show", "--file", str(EXAMPLE), cwd=outside).out.splitlines()
    start = next(index for index, row in enumerate(rows) if row.startswith("priority"))
    assert [row.split()[1] for row in rows[start + 1 :]] == [
        "agent-1", "agent-2", "agent-3", "agent-4", "agent-5", "reviewer-1", "agent-6", "agent-7", "agent-8",
    ]  # fmt: skip
    assert re.search(r"^high +agent-5 .* 4  1,450 +01e 01f 01g +02c$", "\n".join(rows), re.MULTILINE)


def test_the_brief_of_an_agent_says_all_that_it_needs(work: Work) -> None:
    example(work)
    said = paddock("plan", "brief", "vw-integration", cwd=work.path).out
    folder = os.path.join(os.path.realpath(work.path.parent), "virtual-workspaces")
    for words in (
        "Worktree: ", folder, "feature/tmc2-impl2/01i-vw-integration", "Base: `main`", "at most 700 hand-written lines",
        "`pkg/virtual/**`", "`docs/**`", "Needs: `rbac-foundation` on `feature/tmc2-impl2/01e-rbac-foundation` (open)",
        "access is decided by the new rules", "git commit --signoff", "Open one pull request",
        "`paddock status say 'vw-integration waits for …'`",
    ):  # fmt: skip
        assert words in said, words
    review = paddock("plan", "brief", "vw-integration", "--reviewer", cwd=work.path).out
    for words in ("# Review: ", "`reviewer-1`", "git diff main...feature/tmc2-impl2/01i-vw-integration", "Approve"):
        assert words in review, words


# Hostile text


@pytest.fixture
def hostile(work: Work) -> Work:
    """A plan every text of which means something wherever it goes."""
    one = agent("a", title=HOSTILE, worktree=HOSTILE, login=HOSTILE)
    one["identity"]["name"] = HOSTILE.replace("<", "").replace(">", "").replace("\n", "")
    return written(
        work,
        phases=[{"id": "0", "title": HOSTILE, "gate": [HOSTILE]}, {"id": "1", "title": HOSTILE}],
        agents=[one, REVIEWER],
        todos=[
            todo("t", title=HOSTILE, brief=f"{HOSTILE}\n- @team #1\n", acceptance=[HOSTILE], branch=HOSTILE),
            todo("u", title=HOSTILE, needs=["t"], branch=f"feature/x/{HOSTILE}"),
        ],
    )


@pytest.mark.parametrize("args", EVERY.values(), ids=EVERY)
def test_nothing_that_a_plan_holds_reaches_the_terminal_raw(args: list[str], hostile: Work) -> None:
    ran = paddock("plan", *args, cwd=hostile.path)
    assert (ran.code, "Traceback" in ran.err) == (1 if args[0] == "check" else 0, False), ran.err
    assert "\x1b" not in ran.out + ran.err
    if "json" not in args:
        assert "\u202e" not in ran.out
        assert all(line.isprintable() for line in ran.out.splitlines())


def test_hostile_text_stays_text_in_svg(hostile: Work) -> None:
    root = ET.fromstring(paddock("plan", "graph", "--format", "svg", cwd=hostile.path).out)  # noqa: S314 - ours
    tags = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "rect", "text", "g"}
    assert any("<script>" in (one.text or "") for one in root.iter())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the parser that pydot uses
def test_hostile_text_stays_text_in_dot(hostile: Work) -> None:
    graphs = pydot.graph_from_dot_data(paddock("plan", "graph", "--format", "dot", cwd=hostile.path).out)
    assert graphs is not None
    (graph,) = graphs
    names = {node.get_name() for sub in graph.get_subgraphs() for node in sub.get_nodes()}
    assert names == {"t0", "t1", "e1"}
    assert {(edge.get_source(), edge.get_destination()) for edge in graph.get_edges()} == {("t0", "t1"), ("t0", "e1")}


def test_hostile_text_stays_text_in_mermaid(hostile: Work) -> None:
    lines = paddock("plan", "graph", "--format", "mermaid", cwd=hostile.path).out.splitlines()
    forms = (
        r"flowchart LR", r'  subgraph p\d+\["[\w #;]*"\]', r'    [te]\d+\["(?:[\w #;]|<br/>)*"\]', r"  end",
        r"  [tp]\d+ (?:-->|==>|-\.->) [tp]\d+", r"  classDef (?:critical|stuck) [a-z0-9:#,-]+",
        r"  class [t\d,]+ critical",
    )  # fmt: skip
    assert [line for line in lines if not any(re.fullmatch(form, line) for form in forms)] == []


@pytest.mark.parametrize("args", [["render"], ["brief", "t"], ["brief", "t", "--reviewer"]], ids=" ".join)
def test_hostile_text_stays_text_in_markdown(args: list[str], hostile: Work) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(paddock("plan", *args, cwd=hostile.path).out)
    inline = [child for token in tokens for child in (token.children or [])]
    assert {token.type for token in (*tokens, *inline)} & {"html_block", "html_inline", "link_open", "image"} == set()
    assert [child.content for child in inline if child.type == "text" and "@team" in child.content] == []


def test_a_branch_that_git_would_refuse_is_in_no_command(hostile: Work) -> None:
    said = paddock("plan", "brief", "t", cwd=hostile.path).out
    assert "    git push --set-upstream origin BRANCH\n" in said


# Schema


def test_the_schema_takes_the_plans_and_refuses_what_is_none(outside: Path) -> None:
    schema = json.loads(paddock("plan", "schema", cwd=outside).out)
    assert schema == json.loads((ROOT / "docs" / "plan.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    for path in (EXAMPLE, AS_WRITTEN):
        assert list(validator.iter_errors(yaml.safe_load(path.read_text()))) == []
    for wrong in ({}, {"series": "x", "phasse": []}, {"series": "x", "agents": [{"id": "a/b"}]}):
        assert list(validator.iter_errors(wrong))


# Init


def test_init_makes_a_plan_of_what_is_there(work: Work) -> None:
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "--quiet", "-b", "feature/x/fix-a", "../Fix A")
    work.git("worktree", "add", "--quiet", "--detach", "../Other")
    for key, value in (("user.name", 'Agent "A"'), ("user.email", "a@agents.example")):
        subprocess.run(["git", "config", "--worktree", key, value], cwd=work.path.parent / "Fix A", check=True)
    work.git("branch", "feature/x/agent-9/03a-thing")
    work.git("branch", "elsewhere/y")
    ran = paddock("plan", "init", "--series", "feature/x", cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"{FILE}: written: 3 agents, 2 todos\n")
    made = read(work.path / FILE)
    assert {(one.id, one.worktree, one.identity.email if one.identity else None) for one in made.agents} == {
        ("fix-a", "Fix A", "a@agents.example"),
        ("other", "Other", None),
        ("agent-9", "agent-9", "ada@example.org"),
    }
    assert {(one.agent, one.branch) for one in made.todos} == {
        ("fix-a", "feature/x/fix-a/00a-fix-a"),
        ("agent-9", "feature/x/agent-9/03a-thing"),
    }
    assert (
        '# now: "feature/x/fix-a"' in (work.path / FILE).read_text()
        or "# now: feature/x/fix-a" in (work.path / FILE).read_text()
    )
    assert " 0 errors, " in paddock("plan", "check", cwd=work.path).out


def test_init_keeps_the_policys_form_of_names(work: Work) -> None:
    work.write(".paddock.yaml", "series: feature/x\nbase: main\ngates: {branch-order: }\n")
    work.git("worktree", "add", "--quiet", "-b", "feature/x/00a-kept", "../one")
    work.git("worktree", "add", "--quiet", "-b", "odd", "../two")
    ran = paddock("plan", "init", cwd=work.path)
    assert {one.branch for one in read(work.path / FILE).todos} == {"feature/x/00a-kept", "feature/x/00b-odd"}
    assert "  git branch -m odd feature/x/00b-odd\n" in ran.out
    assert ran.out.count("git branch -m") == 1
    assert ran.out.endswith("then commit (and push) it: worktrees start from what is on the base\n")


def test_init_without_worktrees(empty: Work) -> None:
    assert paddock("plan", "init", cwd=empty.path).code == 0
    assert [one.id for one in read(empty.path / FILE).agents] == ["agent-1"]


def test_init_never_overwrites_without_force_and_a_dry_run_writes_nothing(work: Work) -> None:
    ran = paddock("plan", "init", "--dry-run", cwd=work.path)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"{FILE}: would be written: 1 agents, 0 todos")
    assert not (work.path / ".paddock").exists()
    work.write(FILE, "mine\n")
    ran = paddock("plan", "init", cwd=work.path)
    assert (ran.code, "is there already" in ran.err) == (2, True)
    paddock("plan", "init", "--dry-run", cwd=work.path)
    assert (work.path / FILE).read_text() == "mine\n"
    assert paddock("plan", "init", "--force", cwd=work.path).out.startswith(f"{FILE}: replaced")
    assert read(work.path / FILE).agents


def test_init_writes_through_no_link(work: Work) -> None:
    outer = work.path.parent / "outer"
    outer.mkdir()
    (work.path / ".paddock").symlink_to(outer)
    assert paddock("plan", "init", "--force", cwd=work.path).code == 2
    (work.path / ".paddock").unlink()
    (work.path / ".paddock").mkdir()
    (work.path / FILE).symlink_to(outer / "plan.yaml")
    assert paddock("plan", "init", "--force", cwd=work.path).code == 2
    assert list(outer.iterdir()) == []


def test_init_with_hostile_names(work: Work) -> None:
    for number, name in enumerate(['a"b: #c', "--force", "new\nline", "ü\u202e", "\x1b[31m"]):
        work.git("worktree", "add", "--quiet", "-b", f"b{number}", "--", str(work.path.parent / name))
    ran = paddock("plan", "init", "--dry-run", cwd=work.path)
    assert (ran.code, all(line.isprintable() for line in ran.out.splitlines())) == (0, True), ran.err
    assert paddock("plan", "init", cwd=work.path).code == 0
    folders = {one.worktree for one in read(work.path / FILE).agents}
    assert {'a"b: #c', "--force", "new\nline", "ü\u202e", "\x1b[31m"} == folders
    assert paddock("plan", "init", "--series", "--x", cwd=work.path).code == 2


def test_a_branch_that_is_older_than_the_plan(work: Work) -> None:
    tree = work.path.parent / "old"
    work.git("worktree", "add", "-q", "-b", "feature/x/01a-work", str(tree))
    assert paddock("plan", "next", cwd=tree).err == (
        "paddock: there is no .paddock/plan.yaml here\n  paddock plan init, or name one: --file FILE\n"
    )
    plan = {"series": "feature/x", "phases": [{"id": "0"}], "agents": [{"id": "a"}], "todos": []}
    work.write(".paddock/plan.yaml", json.dumps(plan))
    ran = paddock("plan", "next", "a", cwd=tree)
    assert (ran.code, ran.err) == (0, "no .paddock/plan.yaml here: this is the plan of the main checkout\n")
    assert "a  waits: nothing is left for it" in ran.out
    work.commit("plan")
    ran = paddock("plan", "next", "a", cwd=tree)
    head = work.git("rev-parse", "main")[:12]
    assert (ran.code, ran.err) == (0, f"no .paddock/plan.yaml here: this is the plan of main at {head}\n")
