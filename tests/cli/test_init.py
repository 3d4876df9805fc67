"""`paddock init`: what it writes, what it leaves, and that what it wrote runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from paddock.adopt import STAGES
from paddock.policy.presets import names
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

BIN = Path(sys.executable).parent
POLICY, CONFIG = ".paddock.yaml", ".pre-commit-config.yaml"
TYPES = f"default_install_hook_types: [{', '.join(STAGES)}]\n"
ENTRY = """\
  - repo: local
    hooks:
      - id: paddock
        name: paddock
        entry: paddock hook
        language: system
        stages: [pre-commit, commit-msg, pre-push]
        always_run: true
        require_serial: true
        verbose: true
        files: ^(/|\\.\\./|\\.git/)
"""
UNINDENTED = "".join(line[2:] for line in ENTRY.splitlines(keepends=True))


def read(work: Work, name: str) -> str:
    return (work.path / name).read_bytes().decode()


def files(work: Work) -> dict[str, bytes]:
    return {
        str(path.relative_to(work.path)): path.read_bytes()
        for path in work.path.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_in_an_empty_repository(empty: Work) -> None:
    ran = paddock("init", cwd=empty.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        ".paddock.yaml: written\n"
        ".pre-commit-config.yaml: written\n"
        "next: pre-commit install   (or: prek install; or without a framework: paddock hooks install)\n"
    )
    assert yaml.safe_load(read(empty, POLICY)) == {"version": 1, "extends": "paddock:default", "base": "main"}
    assert read(empty, CONFIG) == f"{TYPES}repos:\n{ENTRY}"
    assert paddock("policy", "show", cwd=empty.path).code == 0


def test_again_is_a_no_op(work: Work) -> None:
    paddock("init", cwd=work.path)
    before = files(work)
    ran = paddock("init", "--base", "other", "--preset", "paddock:strict", cwd=work.path)
    assert ran.out.splitlines()[:2] == [
        ".paddock.yaml: is there already and was left alone (--force replaces it)",
        ".pre-commit-config.yaml: has paddock's entry already",
    ]
    assert files(work) == before


def test_dry_run_writes_nothing(work: Work) -> None:
    before = files(work)
    ran = paddock("init", "--dry-run", cwd=work.path)
    assert (ran.code, files(work)) == (0, before)
    assert ".paddock.yaml: would be written\n  # What may leave" in ran.out
    assert f".pre-commit-config.yaml: would be written\n  {TYPES}  repos:\n    - repo: local\n" in ran.out
    paddock("init", cwd=work.path)
    assert "left alone" in paddock("init", "--dry-run", cwd=work.path).out


def test_force_replaces_the_policy(work: Work) -> None:
    work.write(POLICY, "version: 1\nbase: old\n")
    assert paddock("init", cwd=work.path).code == 0
    assert read(work, POLICY) == "version: 1\nbase: old\n"
    ran = paddock("init", "--force", cwd=work.path)
    assert ran.out.startswith(".paddock.yaml: replaced\n")
    assert yaml.safe_load(read(work, POLICY))["base"] == "main"


def test_from_a_subfolder_and_a_linked_worktree(work: Work) -> None:
    work.git("worktree", "add", "--quiet", "../linked")
    inside = work.path.parent / "linked/sub"
    inside.mkdir()
    assert paddock("init", cwd=inside).code == 0
    assert (inside.parent / POLICY).exists()
    assert not (work.path / POLICY).exists()


# The base


def _origin(work: Work, branch: str) -> None:
    work.git("update-ref", f"refs/remotes/origin/{branch}", "HEAD")
    work.git("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{branch}")


def _upstream(work: Work, branch: str) -> None:
    work.git("remote", "add", "upstream", "../nowhere")
    work.git("update-ref", f"refs/remotes/upstream/{branch}", "HEAD")
    work.git("symbolic-ref", "refs/remotes/upstream/HEAD", f"refs/remotes/upstream/{branch}")


def _beside(work: Work, branch: str) -> None:
    work.git("branch", "-m", "a")
    work.git("switch", "--quiet", "-c", branch)


def _renamed(work: Work, branch: str) -> None:
    work.git("branch", "-m", branch)


def _unborn(work: Work, branch: str) -> None:
    work.git("checkout", "--quiet", "--orphan", branch)
    work.git("branch", "-D", "main")


BASES = {
    "the-remote's": (_origin, "release/1.0", (), "release/1.0"),
    "main": (_renamed, "main", (), "main"),
    "master": (_renamed, "master", (), "master"),
    "the only one": (_renamed, "trunk", (), "trunk"),
    "the one checked out": (_beside, "topic", (), "topic"),
    "another remote's": (_upstream, "release/1.0", (), "release/1.0"),
    "unborn": (_unborn, "trunk", (), "trunk"),
    "given": (_origin, "release", ("--base", "yes"), "yes"),
    "given-oddly": (_renamed, "main", ("--base", 'a"b: #c'), 'a"b: #c'),
}


@pytest.mark.parametrize(("prepare", "branch", "args", "base"), BASES.values(), ids=BASES)
def test_the_base(work: Work, prepare: object, branch: str, args: tuple[str, ...], base: str) -> None:
    assert callable(prepare)
    prepare(work, branch)
    ran = paddock("init", *args, cwd=work.path)
    assert ran.code == 0, ran.err
    assert yaml.safe_load(read(work, POLICY))["base"] == base


# What can't be done


def _policy_folder(work: Work) -> None:
    (work.path / POLICY).mkdir()


def _config_folder(work: Work) -> None:
    (work.path / CONFIG).mkdir()


def _config_link(work: Work) -> None:
    work.write("real.yaml", "repos: []\n")
    (work.path / CONFIG).symlink_to("real.yaml")


def _dangling(work: Work) -> None:
    (work.path / POLICY).symlink_to("../outside")


def _nothing(_: Work) -> None:
    pass


KNOWN = ", ".join(f"paddock:{name}" for name in names())
REFUSED = {
    "unknown-preset": (
        _nothing,
        ("--preset", "paddock:strct"),
        f"there is no preset `paddock:strct`\n  there are: {KNOWN}",
    ),
    "unknown-file": (_nothing, ("--preset", "nowhere.yaml"), "nowhere.yaml"),
    "repo-without-rev": (_nothing, ("--repo", "https://example.org/p"), "--repo and --rev go together"),
    "policy-is-a-folder": (_policy_folder, (), ".paddock.yaml: is a directory"),
    "config-is-a-folder": (_config_folder, (), ".pre-commit-config.yaml: is a directory"),
    "config-is-a-link": (_config_link, (), ".pre-commit-config.yaml is a symbolic link"),
    "policy-is-a-dangling-link": (_dangling, (), ".paddock.yaml is a symbolic link"),
}


@pytest.mark.parametrize(("prepare", "args", "says"), REFUSED.values(), ids=REFUSED)
def test_refused_with_nothing_written(work: Work, prepare: object, args: tuple[str, ...], says: str) -> None:
    assert callable(prepare)
    prepare(work)
    before = files(work)
    ran = paddock("init", *args, cwd=work.path)
    assert (ran.code, says in ran.err, "Traceback" in ran.err) == (2, True, False), ran.err
    assert files(work) == before
    assert not (work.path.parent / "outside").exists()


def test_a_bare_repository(work: Work, tmp_path: Path) -> None:
    work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    ran = paddock("init", cwd=tmp_path / "bare")
    assert (ran.code, "a bare repository has no work tree to write to" in ran.err) == (2, True)


# An existing configuration

ITEM = """\
- repo: https://example.org/other
  rev: v1
  hooks:
  - id: other
"""
# As it is afterwards; before, the lines in angle brackets are not there.
ADDED = {
    "unindented": f"<types>\nrepos:\n{ITEM}<flush>\n",
    "indented": """\
<types>
repos:
  - repo: https://example.org/other
    rev: v1
    hooks:
      - id: other
<entry>
""",
    "deeply-indented": """\
<types>
repos:
    -   repo: https://example.org/other
        rev: v1
        hooks: [{id: other}]
<deep>
""",
    "comments": """\
# top
<types>
repos:  # all
  # first
  - repo: https://example.org/other  # here
    rev: v1
    hooks:
      - id: other  # last
<entry>
""",
    "comments-after-the-list": f"<types>\nrepos:\n{ITEM}<flush>\n\n# - id: off\n# end\n",
    "in-the-middle": f"<types>\nfail_fast: true\nrepos:\n{ITEM}<flush>\n\n# of CI\nci:\n  skip: [x]\n",
    "document-start": f"%YAML 1.1\n---\n# top\n<types>\nrepos:\n{ITEM}<flush>\n...\n",
    "flow-items": "<types>\nrepos:\n- {repo: https://example.org/other, rev: v1, hooks: [{id: other}]}\n<flush>\n",
    "crlf": f"# top\n<types>\nrepos:\n{ITEM}<flush>\nfail_fast: true\n".replace("\n", "\r\n"),
    "anchors": """\
<types>
exclude: &none ^$
repos: &repos
- &other
  repo: https://example.org/other
  rev: v1
  hooks:
  - &h {id: other, exclude: *none}
  - *h
<flush>
""",
    "a-block-of-text-last": """\
<types>
repos:
- repo: local
  hooks:
  - id: x
    name: x
    language: system
    entry: |
      make
<flush>
""",
    "hook-types-there": f"default_install_hook_types: [pre-push, commit-msg, pre-commit]\nrepos:\n{ITEM}<flush>\n",
}
LINES = {
    "<types>\n": TYPES,
    "<entry>\n": ENTRY,
    "<flush>\n": UNINDENTED,
    "<deep>\n": "".join(f"  {line}" for line in ENTRY.splitlines(keepends=True)),
}


def _before(text: str) -> str:
    return re.sub(r"<\w+>\r?\n", "", text)


def _after(text: str) -> str:
    ends = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    for line, stands_for in LINES.items():
        text = text.replace(line, stands_for)
    return text.replace("\n", ends)


EXTENDED: dict[str, tuple[str, str]] = {
    **{name: (_before(text), _after(text)) for name, text in ADDED.items()},
    "no-final-newline": (f"repos:\n{ITEM}".rstrip("\n"), f"{TYPES}repos:\n{ITEM}{UNINDENTED}"),
    "no-final-newline-but-a-comment": (f"repos:\n{ITEM}# end", f"{TYPES}repos:\n{ITEM}{UNINDENTED}# end"),
    "empty-flow": ("repos: []\n", f"{TYPES}repos:\n{ENTRY}"),
    "empty-flow-commented": ("repos: []  # none\nci: {}\n", f"{TYPES}repos:\n{ENTRY}# none\nci: {{}}\n"),
    "empty-flow-without-a-final-newline": ("repos: []", f"{TYPES}repos:\n{ENTRY}"),
    "empty-file": ("", f"{TYPES}repos:\n{ENTRY}"),
    "blank-file": ("\n\n", f"{TYPES}repos:\n{ENTRY}"),
}


@pytest.mark.parametrize(("before", "after"), EXTENDED.values(), ids=EXTENDED)
def test_the_entry_is_added_and_the_rest_kept(work: Work, before: str, after: str) -> None:
    work.write(CONFIG, before)
    (work.path / CONFIG).chmod(0o640)
    ran = paddock("init", cwd=work.path)
    assert ran.code == 0, ran.err
    assert read(work, CONFIG) == after
    assert (work.path / CONFIG).stat().st_mode & 0o777 == 0o640
    was = yaml.safe_load(before) or {"repos": []}
    assert yaml.safe_load(after) == {
        "default_install_hook_types": list(STAGES),
        **was,
        "repos": [*was["repos"], yaml.safe_load(ENTRY)[0]],
    }
    paddock("init", cwd=work.path)
    assert read(work, CONFIG) == after
    valid = subprocess.run([str(BIN / "pre-commit"), "validate-config", str(work.path / CONFIG)], check=False)
    assert valid.returncode == 0


def test_hook_types_that_lack_a_stage_are_told(work: Work) -> None:
    work.write(CONFIG, "default_install_hook_types: [pre-commit]\nrepos: []\n")
    ran = paddock("init", cwd=work.path)
    assert "entry; add commit-msg, pre-push to its default_install_hook_types\n" in ran.out
    assert yaml.safe_load(read(work, CONFIG))["default_install_hook_types"] == ["pre-commit"]


ALREADY = {
    "local": f"repos:\n{ENTRY}",
    "remote": "repos: [{repo: https://example.org/paddock, rev: v1, hooks: [{id: paddock}]}]\n",
    "one-gate": "repos: [{repo: https://example.org/paddock, rev: v1, hooks: [{id: paddock-dco}]}]\n",
}


@pytest.mark.parametrize("text", ALREADY.values(), ids=ALREADY)
def test_an_entry_that_is_there_is_left(work: Work, text: str) -> None:
    work.write(CONFIG, text)
    assert ".pre-commit-config.yaml: has paddock's entry already\n" in paddock("init", cwd=work.path).out
    assert read(work, CONFIG) == text


UNFIT: dict[str, tuple[str | bytes, str]] = {
    "not-yaml": ("repos:\n- a: [1\nb: 2\n", ".pre-commit-config.yaml:3:2: not YAML: "),
    "a-tab": ("repos:\n\t- a\n", ".pre-commit-config.yaml:2:1: not YAML: "),
    "two-documents": ("repos: []\n---\nrepos: []\n", ":2:1: not YAML: but found another document"),
    "an-unknown-tag": ("repos: !!python/name:os.system []\n", "not YAML: could not determine a constructor"),
    "an-impossible-date": ("repos: []\nday: 2024-99-99\n", "not YAML: month must be in 1..12"),
    "a-control-character": ("repos: []\n# \x07\n", "not YAML: unacceptable character"),
    "very-deep": ("repos: " + "[" * 1000, "not YAML: "),
    "a-list": ("- a\n", "has no list of `repos`"),
    "a-word": ("word\n", "has no list of `repos`"),
    "only-comments": ("# nothing\n", "has no list of `repos`"),
    "repos-is-a-mapping": ("repos: {a: b}\n", "has no list of `repos`"),
    "repos-is-nothing": ("repos:\n", "has no list of `repos`"),
    "a-repo-is-a-word": ("repos: [a]\n", "has no list of `repos`"),
    "not-utf-8": (b"repos: [] # \xff\n", ".pre-commit-config.yaml: not utf-8"),
    "flow": ("repos: [{repo: local, hooks: []}]\n", "written in a way that an entry can't be added to safely"),
    "flow-all": ("{repos: []}\n", "written in a way that an entry can't be added to safely"),
    "an-alias": ("x: &r [{repo: local, hooks: []}]\nrepos: *r\n", "written in a way that an entry can't be added to"),
    "merged": ("x: &x\n  repos: []\n<<: *x\n", "written in a way that an entry can't be added to"),
    "odd-hooks": ("repos: [{repo: local, hooks: [a, 1, null]}, {hooks: paddock}]\n", "written in a way"),
}


@pytest.mark.parametrize(("text", "says"), UNFIT.values(), ids=UNFIT)
def test_what_can_not_be_extended_is_left_alone(work: Work, text: str | bytes, says: str) -> None:
    work.write(CONFIG, text)
    before = files(work)
    ran = paddock("init", cwd=work.path)
    assert (ran.code, says.lower() in ran.err.lower(), "Traceback" in ran.err) == (2, True, False), ran.err
    assert files(work) == before


@pytest.mark.parametrize("name", sorted(set(UNFIT) - {"not-utf-8"}))
def test_force_replaces_what_can_not_be_extended(work: Work, name: str) -> None:
    work.write(CONFIG, UNFIT[name][0])
    ran = paddock("init", "--force", cwd=work.path)
    assert (ran.code, ".pre-commit-config.yaml: replaced\n" in ran.out) == (0, True), ran.err
    assert read(work, CONFIG) == f"{TYPES}repos:\n{ENTRY}"


def test_force_keeps_what_can_be_extended(work: Work) -> None:
    before, after = EXTENDED["comments"]
    work.write(CONFIG, before)
    paddock("init", "--force", cwd=work.path)
    assert read(work, CONFIG) == after


# That it runs


@pytest.mark.parametrize("preset", [f"paddock:{name}" for name in names()])
def test_every_preset_makes_a_policy_that_loads(work: Work, preset: str) -> None:
    assert paddock("init", "--preset", preset, cwd=work.path).code == 0
    shown = paddock("policy", "show", cwd=work.path)
    assert (shown.code, preset in shown.out) == (0, True)


def test_a_preset_of_the_repository(work: Work) -> None:
    work.write("team.yaml", "version: 1\ngates: {dco: {}}\n")
    assert paddock("init", "--preset", "team.yaml", cwd=work.path).code == 0
    assert yaml.safe_load(read(work, POLICY))["extends"] == "team.yaml"


META = "repos:\r\n- repo: meta\r\n  hooks:\r\n  - id: identity\r\n"


@pytest.mark.parametrize("existing", [None, META], ids=["new", "extended"])
@pytest.mark.parametrize("framework", ["pre-commit", "prek"])
def test_what_it_writes_runs(work: Work, framework: str, existing: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if existing is not None:
        work.write(CONFIG, existing)
    for name in ("PRE_COMMIT_HOME", "PREK_HOME"):
        monkeypatch.setenv(name, str(work.path.parent / "home"))
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    assert paddock("init", cwd=work.path).code == 0
    work.git("add", "--all")
    subprocess.run([framework, "install"], cwd=work.path, check=True, capture_output=True)
    assert {"pre-commit", "commit-msg", "pre-push"} <= {path.name for path in (work.path / ".git/hooks").iterdir()}
    refused = subprocess.run(["git", "commit", "-m", "Adopt"], cwd=work.path, capture_output=True, check=False)
    assert (refused.returncode, b"no sign-off by Ada" in refused.stderr) == (1, True), refused.stderr
    work.git("commit", "--signoff", "-m", "Adopt")


def test_repo_and_rev(work: Work) -> None:
    paddock("init", "--repo", "https://example.org/paddock", "--rev", "v1.0", cwd=work.path)
    assert yaml.safe_load(read(work, CONFIG))["repos"] == [
        {"repo": "https://example.org/paddock", "rev": "v1.0", "hooks": [{"id": "paddock"}]}
    ]


SHA = "0123456789abcdef0123456789abcdef01234567"
GITHUB = ("init", "--github", "--repo", "octo/paddock", "--rev", SHA)
WORKFLOWS = (".github/workflows/paddock.yml", ".github/workflows/paddock-code.yml")
BOT = tuple(f".github/workflows/paddock-{name}.yml" for name in ("bot", "review", "agent"))


def test_github_writes_workflows_that_name_the_action_by_its_commit(work: Work) -> None:
    ran = paddock(*GITHUB, cwd=work.path)
    assert (ran.code, ran.err) == (0, "")
    written = [line for line in ran.out.splitlines() if "workflows" in line]
    assert written == [f"{name}: written" for name in (*WORKFLOWS, *BOT)]
    for name in WORKFLOWS:
        text = read(work, name)
        (job,) = yaml.safe_load(text)["jobs"].values()
        assert job["steps"][-1]["uses"] == f"octo/paddock/ci/gates@{SHA}"
        assert job["permissions"] == {"contents": "read"}
        assert "@ACTION@" not in text
    assert yaml.safe_load(read(work, CONFIG))["repos"][0]["repo"] == "https://github.com/octo/paddock"


def test_the_static_workflow_checks_nothing_out_and_starves_no_stack(work: Work) -> None:
    paddock(*GITHUB, cwd=work.path)
    static, code = (yaml.safe_load(read(work, name)) for name in WORKFLOWS)
    # YAML 1.1 reads the key `on` as true.
    assert set(static[True]) == {"pull_request_target", "merge_group"}
    assert "branches" not in static[True]["pull_request_target"]
    assert {"edited", "synchronize"} <= set(static[True]["pull_request_target"]["types"])
    assert [step for step in static["jobs"]["static"]["steps"] if "checkout" in step["uses"] or "run" in step] == []
    assert static["permissions"] == code["permissions"] == {}
    assert (static["jobs"]["static"]["name"], code["jobs"]["code"]["name"]) == ("paddock / static", "paddock / code")
    assert set(code[True]) == {"pull_request", "merge_group"}
    # What is run is the head, as the gates judge it, and not GitHub's merge of it.
    head = "${{ github.event.pull_request.head.sha || github.sha }}"
    assert code["jobs"]["code"]["steps"][0]["with"] == {"ref": head, "persist-credentials": False}
    assert "secrets." not in read(work, WORKFLOWS[0]) + read(work, WORKFLOWS[1])


def test_the_bots_workflows_check_nothing_out_and_drop_nothing(work: Work) -> None:
    paddock(*GITHUB, cwd=work.path)
    bot, review, agent = (yaml.safe_load(read(work, name)) for name in BOT)
    assert [one["uses"] for one in bot["jobs"]["bot"]["steps"]] == [f"octo/paddock/ci/bot@{SHA}"]
    assert {"issue_comment", "issues", "pull_request_target", "workflow_run", "schedule"} <= set(bot[True])
    # What a review starts is the pull request's own text: it may do nothing, and what it starts is named.
    assert (review["permissions"], set(review[True])) == ({}, {"pull_request_review", "pull_request_review_comment"})
    assert [one["run"] for one in review["jobs"]["review"]["steps"]] == ["true"]
    assert {review["name"], yaml.safe_load(read(work, WORKFLOWS[1]))["name"]} == set(
        bot[True]["workflow_run"]["workflows"]
    )
    for one in (bot, review, agent):
        assert one["permissions"] == {}
        assert one["concurrency"]["cancel-in-progress"] is False
    assert set(agent[True]["workflow_dispatch"]["inputs"]) == {"agent", "issue", "key"}
    for name in BOT:
        assert "secrets." not in read(work, name)
        assert "actions/checkout" not in read(work, name)


def test_without_the_bot(work: Work) -> None:
    paddock(*GITHUB, "--no-bot", cwd=work.path)
    assert not [name for name in BOT if (work.path / name).exists()]
    assert (work.path / WORKFLOWS[0]).exists()


def test_github_again_is_a_no_op_and_keeps_what_is_there(work: Work) -> None:
    paddock(*GITHUB, cwd=work.path)
    before = files(work)
    assert paddock(*GITHUB, cwd=work.path).out.count(": is as it should be") == 3 + len(BOT)
    assert files(work) == before
    work.write(WORKFLOWS[0], "mine\n")
    assert f"{WORKFLOWS[0]}: is there already and was left alone" in paddock(*GITHUB, cwd=work.path).out
    assert read(work, WORKFLOWS[0]) == "mine\n"
    assert f"{WORKFLOWS[0]}: replaced" in paddock(*GITHUB, "--force", cwd=work.path).out
    assert files(work) == before


def test_github_dry_run_shows_and_writes_nothing(work: Work) -> None:
    before = files(work)
    ran = paddock(*GITHUB, "--dry-run", cwd=work.path)
    assert f"{WORKFLOWS[0]}: would be written" in ran.out
    assert f"        uses: octo/paddock/ci/gates@{SHA}" in ran.out
    assert files(work) == before
    assert not (work.path / ".github").exists()


TEMPLATE = ".github/pull_request_template.md"


def test_github_writes_a_template_that_the_gate_refuses_until_it_is_filled_in(work: Work) -> None:
    assert f"{TEMPLATE}: written" in paddock(*GITHUB, cwd=work.path).out
    work.write(".paddock.yaml", "version: 1\nbase: main\ngates: {description: {}}\n")
    work.commit("adopt")
    work.branch("topic")
    work.commit("work", {"a.py": "a\n"})
    untouched = read(work, TEMPLATE)
    ran = paddock("check", "--description", TEMPLATE, cwd=work.path)
    assert ran.code == 1
    assert 'the section "Why" has 0 words of its own' in ran.out
    filled = (
        untouched.replace("[ ]", "[x]").replace("Closes #\n", "Closes #3\n").replace("-->", "-->\n\nIt was so wrong.")
    )
    ran = paddock("check", "--description", "-", cwd=work.path, stdin=filled.encode())
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("place", [TEMPLATE, ".github/PULL_REQUEST_TEMPLATE.md", "docs/pull_request_template.md"])
def test_github_keeps_a_template_wherever_it_is(work: Work, place: str) -> None:
    work.write(place, "mine\n")
    ran = paddock(*GITHUB, cwd=work.path)
    assert re.search(rf"^{re.escape(place)}: is .* left alone", ran.out, re.MULTILINE)
    assert read(work, place) == "mine\n"
    assert [one for one in (TEMPLATE, place) if (work.path / one).exists()] == [place] or place == TEMPLATE


@pytest.mark.parametrize("link", [".github", ".github/workflows", WORKFLOWS[0], TEMPLATE])
def test_github_writes_through_no_link(work: Work, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (work.path / link).parent.mkdir(parents=True, exist_ok=True)
    (work.path / link).symlink_to(outside)
    ran = paddock(*GITHUB, cwd=work.path)
    assert (ran.code, list(outside.iterdir())) == (2, [])
    assert f"{link} is a symbolic link, which is not written through" in ran.err
    assert not (work.path / POLICY).exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--github needs --repo and --rev"),
        (("--repo", "octo/paddock"), "--github needs --repo and --rev"),
        (("--rev", SHA), "--github needs --repo and --rev"),
        (("--repo", "octo/paddock", "--rev", "v1"), "is not the full name of a commit"),
        (("--repo", "octo/paddock", "--rev", SHA[:12]), "is not the full name of a commit"),
        (("--repo", "octo/paddock", "--rev", f"{SHA}\nx"), "is not the full name of a commit"),
        (("--repo", "paddock", "--rev", SHA), "is no repository that a workflow could name"),
        (("--repo", "octo/pad dock", "--rev", SHA), "is no repository that a workflow could name"),
        (("--repo", "octo/..", "--rev", SHA), "is no repository that a workflow could name"),
        (("--repo", "octo/paddock\nrun: x", "--rev", SHA), "is no repository that a workflow could name"),
    ],
)
def test_github_without_a_place_that_holds_is_refused(work: Work, options: tuple[str, ...], words: str) -> None:
    before = files(work)
    ran = paddock("init", "--github", *options, cwd=work.path)
    assert (ran.code, words in ran.err, files(work)) == (2, True, before)


@pytest.mark.parametrize(
    "repo", ["https://github.com/octo/paddock", "git@example.org:octo/paddock.git", "octo/paddock"]
)
def test_github_takes_the_name_out_of_an_address(work: Work, repo: str) -> None:
    assert paddock("init", "--github", "--repo", repo, "--rev", SHA, cwd=work.path).code == 0
    assert f"uses: octo/paddock/ci/gates@{SHA}" in read(work, WORKFLOWS[0])


def test_size_is_judged_at_once_on_a_branch_of_any_name(work: Work) -> None:
    work.git("branch", "-m", "trunk")
    paddock("init", cwd=work.path)
    work.git("switch", "--quiet", "-c", "topic")
    work.write("a", "1\n")
    work.git("add", "a")
    ran = paddock("check", "--staged", "--gate", "pr-size", cwd=work.path)
    assert (ran.code, "1 of " in ran.out) == (0, True), ran
    work.write(POLICY, read(work, POLICY).replace("trunk", "gone"))
    ran = paddock("check", "--staged", "--gate", "pr-size", cwd=work.path)
    assert "→ set `base:` in .paddock.yaml, or name another; branches here: topic, trunk\n" in ran.out


def test_before_the_first_commit_the_hint_is_to_commit(empty: Work) -> None:
    paddock("init", cwd=empty.path)
    ran = paddock("worktree", "create", "a1", "--branch", "x", cwd=empty.path)
    assert (ran.code, "commit first" in ran.err) == (3, True), ran
