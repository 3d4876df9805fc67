from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from git import Repo

from paddock.gates import GATES
from paddock.policy import presets
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

ROOT = Path(__file__).resolve().parents[2]
POLICY = "extends: [team.yaml]\nbase: main\ngates:\n  pr-size:\n    limit: 9\n    stages: {ci: warning}\n"
TEAM = "gates:\n  pr-size:\n    exclude:\n      - lock\n"
SHOWN = """\
base                   "main"              .paddock.yaml:2:7
series                 []                  default
classes.generated      []                  default
classes.vendored       []                  default
classes.lock           []                  default
classes.test           []                  default
classes.docs           []                  default
classes.source         []                  default
worktrees.writable     []                  default
worktrees.readable     []                  default
worktrees.protected    null                default
worktrees.connect      null                default
worktrees.bind         null                default
worktrees.system-tmp   true                default
worktrees.guard        "lenient"           default
worktrees.root         ".."                default
worktrees.copy         []                  default
worktrees.set-up       []                  default
worktrees.set-up-seconds 600               default
gates.pr-size.severity "error"             default
gates.pr-size.stages.ci "warning"          .paddock.yaml:6:18
gates.pr-size.limit    9                   .paddock.yaml:5:12
gates.pr-size.count    "both"              default
gates.pr-size.exclude  ["lock"]            team.yaml:4:7
gates.pr-size.moves    "count"             default
gates.pr-size.markers  "believe"           default
gates.pr-size.marked-share 50              default
"""


def columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


@pytest.fixture
def team(work: Work) -> Work:
    """A repository whose policy extends a preset of its own."""
    work.commit("policy", {".paddock.yaml": POLICY, "team.yaml": TEAM, "sub/deep/file": ""})
    return work


def test_show(team: Work) -> None:
    ran = paddock("policy", "show", cwd=team.path)
    assert (ran.code, ran.err) == (0, "")
    assert columns(ran.out) == columns(SHOWN)


def test_show_as_json(team: Work) -> None:
    value = json.loads(paddock("policy", "show", "--format", "json", cwd=team.path).out)
    assert {key: value[key] for key in value if key != "values"} == {"version": 1, "source": ".paddock.yaml"}
    assert [row for row in value["values"] if row["origin"] != "default"] == [
        {"key": "base", "value": "main", "origin": ".paddock.yaml:2:7"},
        {"key": "gates.pr-size.stages.ci", "value": "warning", "origin": ".paddock.yaml:6:18"},
        {"key": "gates.pr-size.limit", "value": 9, "origin": ".paddock.yaml:5:12"},
        {"key": "gates.pr-size.exclude", "value": ["lock"], "origin": "team.yaml:4:7"},
    ]
    assert all(set(row) == {"key", "value", "origin"} for row in value["values"])


def test_the_policy_is_the_repositorys_from_every_folder_of_it(team: Work) -> None:
    here = paddock("policy", "show", cwd=team.path)
    assert paddock("policy", "show", cwd=team.path / "sub" / "deep") == here
    assert paddock("policy", "show", cwd=team.path, env={"GIT_DIR": str(team.path / ".git")}) == here


def test_a_linked_worktree_has_its_own(team: Work) -> None:
    linked = team.path.parent / "linked"
    team.git("worktree", "add", "--quiet", "-b", "other", str(linked))
    (linked / "team.yaml").write_text("gates: {pr-size: {exclude: [docs]}}\n")
    assert '["docs"]' in paddock("policy", "show", cwd=linked / "sub").out
    assert '["lock"]' in paddock("policy", "show", cwd=team.path).out


def test_a_bare_repository_has_that_of_its_head(team: Work) -> None:
    bare = team.path.parent / "bare.git"
    Repo(team.path).clone(str(bare), bare=True)
    assert columns(paddock("policy", "show", cwd=bare).out) == columns(SHOWN)


def test_outside_a_repository_and_without_a_file_it_is_the_default(tmp_path: Path) -> None:
    ran = paddock("policy", "show", cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("no .paddock.yaml here: judged by paddock:default; `paddock init` writes one\nbase ")


def test_a_policy_by_name_counts_from_here_and_its_presets_from_the_top(team: Work) -> None:
    team.write("sub/deep/own.yaml", "extends: team.yaml\ngates: {pr-size: {limit: 3}}\n")
    rows = json.loads(
        paddock("policy", "show", "--policy", "own.yaml", "--format", "json", cwd=team.path / "sub" / "deep").out
    )
    assert {row["origin"] for row in rows["values"]} == {"default", "own.yaml:2:26", "team.yaml:4:7"}


def test_a_policy_may_come_from_a_pipe(team: Work) -> None:
    command = f"{sys.executable} -m paddock check --policy <(echo 'gates: {{dco: }}')"
    ran = subprocess.run(["bash", "-c", command], cwd=team.path, capture_output=True, check=False, text=True)
    assert (ran.returncode, ran.stdout) == (0, "passed   dco  no commits to judge\n")


Make = Callable[[Path], None]


def folder(path: Path) -> None:
    path.mkdir()


def link(target: str) -> Make:
    def make(path: Path) -> None:
        path.symlink_to(target)

    return make


def pipe(path: Path) -> None:
    os.mkfifo(path)


ODD_FILES = {
    "a folder": (folder, "is a directory"),
    "a link out": (link("/etc/passwd"), "a link out of the repository"),
    "a link up": (link("../outside.yaml"), "a link out of the repository"),
    "a link to a device": (link("/dev/zero"), "a link out of the repository"),
    "a link to nothing": (link("gone"), "a link to nothing"),
    "a link to a folder": (link("sub"), "is a directory"),
    "a pipe": (pipe, "not a file"),
}


ITSELF = {"a link to itself": (link(".paddock.yaml"), "a link to nothing")}


@pytest.mark.parametrize(("make", "said"), (ODD_FILES | ITSELF).values(), ids=ODD_FILES | ITSELF)
def test_a_policy_that_is_no_file_is_not_passed_over(make: Make, said: str, work: Work) -> None:
    work.write("sub/x", "")
    (work.path.parent / "outside.yaml").write_text("gates: {dco: }\n")
    make(work.path / ".paddock.yaml")
    ran = paddock("check", cwd=work.path)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (2, "", f"paddock: .paddock.yaml: {said}")


@pytest.mark.parametrize(("make", "said"), ODD_FILES.values(), ids=ODD_FILES)
def test_a_preset_that_is_no_file_is_told_where_it_is_named(make: Make, said: str, work: Work) -> None:
    work.write("sub/x", "")
    (work.path.parent / "outside.yaml").write_text("gates: {dco: }\n")
    work.write(".paddock.yaml", "extends:\n  - p.yaml\n")
    make(work.path / "p.yaml")
    ran = paddock("check", cwd=work.path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"paddock: .paddock.yaml:2:5: the preset `p.yaml`: {said}\n"


def test_a_preset_that_links_to_what_extends_it_ends(work: Work) -> None:
    work.write(".paddock.yaml", "extends: p.yaml\n")
    (work.path / "p.yaml").symlink_to(".paddock.yaml")
    ran = paddock("check", cwd=work.path)
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "paddock: p.yaml:1:10: presets extend each other in a circle: .paddock.yaml → p.yaml → p.yaml",
    )


def test_a_link_within_the_repository_is_followed(team: Work) -> None:
    (team.path / ".paddock.yaml").rename(team.path / "sub" / "policy.yaml")
    (team.path / ".paddock.yaml").symlink_to("sub/policy.yaml")
    assert columns(paddock("policy", "show", cwd=team.path).out) == columns(SHOWN)


NAMED = {
    "missing": ("gone.yaml", "gone.yaml: no such file or directory"),
    "a folder": ("sub", "sub: is a directory"),
    "below a file": ("team.yaml/x", "team.yaml/x: not a directory"),
    "a name that is too long": ("x" * 300, f"{'x' * 300}: file name too long"),
    "without end": ("/dev/zero", "/dev/zero:1:1: over the limit of 1,048,576 bytes"),
    "nothing": ("", "no such file or directory"),
}


@pytest.mark.parametrize(("name", "said"), NAMED.values(), ids=NAMED)
def test_a_named_policy_that_cannot_be_read(name: str, said: str, team: Work) -> None:
    for command in (["check"], ["policy", "show"], ["policy", "explain", "dco"], ["count"]):
        ran = paddock(*command, "--policy", name, cwd=team.path)
        assert (ran.code, ran.err) == (2, f"paddock: {said}\n"), command


HOSTILE = {
    "NUL": b"\0",
    "not UTF-8": b"\xff",
    "500,000 levels": b"[" * 500_000,
    "a Python call": b"a: !!python/object/apply:os.abort []",
    "a loop": b"&a [*a]",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_policies_end_with_two_and_no_traceback(data: bytes, work: Work) -> None:
    work.write(".paddock.yaml", data)
    for command in (["check"], ["policy", "show"], ["count"], ["hook"]):
        ran = paddock(*command, cwd=work.path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("paddock: .paddock.yaml:1:")


def test_hostile_words_are_escaped_in_the_error_and_in_show(work: Work) -> None:
    work.write(".paddock.yaml", '"\\e[31mx\\u202e": 1\n')
    assert paddock("check", cwd=work.path).err.startswith(
        "paddock: .paddock.yaml:1:1: unknown key `\\x1b[31mx\\u202e`\n"
    )
    work.write(".paddock.yaml", 'base: "\\e[31mx\\u202e"\n')
    assert '"\\u001b[31mx\\u202e"' in paddock("policy", "show", cwd=work.path).out


def test_the_printed_schema_is_valid_and_accepts_every_preset(tmp_path: Path) -> None:
    ran = paddock("policy", "schema", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    schema = json.loads(ran.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    for name in presets.names():
        jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(presets.read(name) or b""))


HERE = """\
## Here

severity: "error"  (default)
stages: {"ci": "warning"}  (.paddock.yaml:6:13)
limit: 9  (.paddock.yaml:5:12)
count: "both"  (default)
exclude: ["lock"]  (team.yaml:4:7)
moves: "count"  (default)
markers: "believe"  (default)
marked-share: 50  (default)
"""


def test_explain_prints_the_page_and_the_options_here(team: Work) -> None:
    ran = paddock("policy", "explain", "pr-size", cwd=team.path)
    assert (ran.code, ran.err) == (0, "")
    page, _, here = ran.out.partition("## Here")
    assert page.startswith("# pr-size\n\nHold a change to ")
    assert "| `limit` | integer | `700` |" in page
    assert f"## Here{here}" == HERE


def test_explain_knows_where_nested_options_come_from(work: Work) -> None:
    work.write(".paddock.yaml", "gates:\n  dco:\n    remediation:\n      individual: true\n")
    out = paddock("policy", "explain", "dco", cwd=work.path).out
    assert "\nremediation.individual: true  (.paddock.yaml:4:19)\nremediation.third-party: false  (default)\n" in out


def test_explain_of_a_gate_that_is_not_configured(team: Work) -> None:
    assert paddock("policy", "explain", "dco", cwd=team.path).out.endswith("This policy does not configure the gate.\n")


def test_explain_of_no_gate(team: Work) -> None:
    ran = paddock("policy", "explain", "pr-sise", cwd=team.path)
    assert (ran.code, ran.out, ran.err) == (2, "", "paddock: there is no gate `pr-sise`\n  did you mean `pr-size`?\n")


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_is_explained_with_its_options_here(gate: str, work: Work) -> None:
    work.write(".paddock.yaml", f"gates:\n  {gate}: {'{run: make}' if gate == 'codegen' else '{}'}\n")
    ran = paddock("policy", "explain", gate, cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"# {gate}\n\n")
    assert '\nseverity: "' in ran.out.partition("## Here")[2]


@pytest.mark.parametrize("name", presets.names())
def test_show_of_each_preset_names_its_lines(name: str, work: Work) -> None:
    file = str(ROOT / "policies" / f"{name}.yaml")
    ran = paddock("policy", "show", "--policy", file, "--format", "json", cwd=work.path)
    assert ran.code == 0
    assert [row["origin"] for row in json.loads(ran.out)["values"] if row["origin"].startswith(f"{file}:")]
