"""What `paddock init` writes."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct

from paddock.errors import UsageError
from paddock.policy import presets
from paddock.policy.model import FILE
from paddock.sources.calling import lines_of
from paddock.sources.history import base_candidates, usual_remote
from paddock.sources.message import MESSAGE_FILES

if TYPE_CHECKING:
    from paddock.sources.git import Repository

POLICY = FILE
PRE_COMMIT = ".pre-commit-config.yaml"
WORKFLOWS = ("paddock.yml", "paddock-code.yml")
BOT_WORKFLOWS = ("paddock-bot.yml", "paddock-review.yml", "paddock-agent.yml")
WORKFLOW_FOLDER = ".github/workflows"
TEMPLATE = ".github/pull_request_template.md"
STAGES = ("pre-commit", "commit-msg", "pre-push")
_MEND = "mend it, or replace it: paddock init --force"
_TYPES = f"default_install_hook_types: [{', '.join(STAGES)}]"


class Written(Struct, frozen=True):
    """One file: its new text, None where it stays as it is, and what was done in words."""

    name: str
    text: str | None
    words: str


def usual_base(repository: Repository) -> str:
    """The branch that the remote calls its default; else `main` or `master`, whichever is here.

    Else the only branch there is, or the one that is checked out, also where nothing is committed on it yet.
    """
    below = f"refs/remotes/{usual_remote(repository) or 'origin'}/"
    if ref := repository.line("symbolic-ref", "--quiet", f"{below}HEAD"):
        return ref.removeprefix(below)
    if found := next((name for name in ("main", "master") if base_candidates(repository, name)), None):
        return found
    branches = lines_of(repository.run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"))
    return branches[0] if len(branches) == 1 else repository.branch() or "main"


def policy_file(existing: str | None, *, base: str, preset: str, force: bool) -> Written:
    """A first `.paddock.yaml`.

    Raises:
        UsageError: paddock ships no such preset.
    """
    shipped = [presets.PREFIX + name for name in presets.names()]
    if preset.startswith(presets.PREFIX) and preset not in shipped:
        raise UsageError(f"there is no preset `{preset}`", hint=f"there are: {', '.join(shipped)}")
    if existing is not None and not force:
        return Written(POLICY, None, "is there already and was left alone (--force replaces it)")
    text = f"""\
# What may leave a worktree. `paddock policy show` prints all of it with where each value comes from,
# `paddock policy explain GATE` what a gate judges, `paddock policy schema` the schema for editors.
version: 1
extends: {preset if preset in shipped else json.dumps(preset)}
base: {json.dumps(base)}

# Prefixes of branches that merge in the order of their keys, such as feature/x/01a-slug:
# series: [feature/x]

# Files that no built-in rule knows:
# classes:
#   generated: ["api/gen/**"]

# Where this repository differs from the preset:
# gates:
#   pr-size:
#     limit: 400
"""
    return Written(POLICY, text, "replaced" if existing is not None else "written")


def pre_commit_file(existing: str | None, *, repo: str | None, rev: str | None, force: bool) -> Written:
    """The pre-commit configuration with paddock's entry.

    Raises:
        UsageError: the file is there and is not one that an entry could be added to.
    """
    entry = _entry(repo, rev)
    fresh = f"{_TYPES}\nrepos:\n{entry}"
    if existing is None:
        return Written(PRE_COMMIT, fresh, "written")
    if not existing.strip():
        return Written(PRE_COMMIT, fresh, "was empty: written")
    try:
        return _extended(existing, entry)
    except UsageError:
        if force:
            return Written(PRE_COMMIT, fresh, "replaced")
        raise


class Pinned(Struct, frozen=True):
    """Where the action is taken from: `OWNER/NAME` and the full name of a commit."""

    repository: str
    sha: str

    @property
    def actions(self) -> dict[str, str]:
        """What stands in the templates for an action, and what a workflow's `uses:` says."""
        return {f'"@{mark}@"': f"{self.repository}/ci/{name}@{self.sha}" for mark, name in _ACTIONS.items()}


def pinned(repo: str | None, rev: str | None) -> Pinned:
    """The action's place, from `--repo` (an address or OWNER/NAME) and `--rev`.

    Raises:
        UsageError: one is missing, or a workflow could not hold on to it.
    """
    usual = "paddock init --github --repo OWNER/paddock --rev SHA"
    if repo is None or rev is None:
        raise UsageError("--github needs --repo and --rev: workflows name the action that they use", hint=usual)
    match = _PLACE.search(repo)
    if match is None:
        raise UsageError(f"--repo: {repo!r} is no repository that a workflow could name", hint=usual)
    if not _COMMIT.match(rev):
        raise UsageError(
            f"--rev: {rev!r} is not the full name of a commit, and a tag or branch may move under a workflow",
            hint="the commit of a tag: git ls-remote URL TAG",
        )
    return Pinned(f"{match['owner']}/{match['name']}", rev)


def address(repo: str) -> str:
    """A repository's address, also where only OWNER/NAME was given."""
    return f"https://github.com/{repo}" if _SHORT.match(repo) else repo


_SHORT = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+\Z")
_PLACE = re.compile(
    r"(?:\A|[/:])(?P<owner>[A-Za-z0-9_-][A-Za-z0-9_.-]*)/(?P<name>[A-Za-z0-9_-][A-Za-z0-9_.-]*?)(?:\.git)?/?\Z"
)
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_ACTIONS = {"ACTION": "gates", "BOT": "bot"}  # what stands in the templates for which folder of `ci/`


def workflow_file(name: str, existing: str | None, action: Pinned, *, force: bool) -> Written:
    """One of the `WORKFLOWS` or `BOT_WORKFLOWS`, naming its action."""
    place = f"{WORKFLOW_FOLDER}/{name}"
    with open(os.path.join(presets.data_folder("ci"), "workflows", name), encoding="utf-8") as file:
        text = file.read()
    for mark, place_of in action.actions.items():
        text = text.replace(mark, place_of)
    if existing == text:
        return Written(place, None, "is as it should be")
    if existing is not None and not force:
        return Written(place, None, "is there already and was left alone (--force replaces it)")
    return Written(place, text, "written" if existing is None else "replaced")


def template_file(existing: str | None, elsewhere: str | None, *, force: bool) -> Written:
    """What GitHub puts into a new pull request's description; `elsewhere` is where another such text is."""
    if elsewhere is not None:
        return Written(elsewhere, None, "is the template already and was left alone")
    with open(os.path.join(presets.data_folder("ci"), "pull_request_template.md"), encoding="utf-8") as file:
        text = file.read()
    if existing == text:
        return Written(TEMPLATE, None, "is as it should be")
    if existing is not None and not force:
        return Written(TEMPLATE, None, "is there already and was left alone (--force replaces it)")
    return Written(TEMPLATE, text, "written" if existing is None else "replaced")


def _extended(existing: str, entry: str) -> Written:
    before = _parsed(existing)
    if any(_is_ours(hook) for repo in before["repos"] for hook in _hooks(repo)):
        return Written(PRE_COMMIT, None, "has paddock's entry already")
    types = before.get("default_install_hook_types")
    expected = {**before, "repos": [*before["repos"], yaml.safe_load(entry)[0]]}
    expected.setdefault("default_install_hook_types", list(STAGES))
    text = _with_entry(existing, entry, types=types is None)
    try:
        as_meant = text is not None and _parsed(text) == expected
    except UsageError:
        as_meant = False
    if not as_meant:
        raise UsageError(
            f"{PRE_COMMIT} is written in a way that an entry can't be added to safely; it was left alone",
            hint=f"add this to its `repos:`\n{entry}",
        )
    missing = [stage for stage in STAGES if isinstance(types, list) and stage not in types]
    note = f"; add {', '.join(missing)} to its default_install_hook_types" if missing else ""
    return Written(PRE_COMMIT, text, f"extended by paddock's entry{note}")


def _hooks(repo: dict[str, Any]) -> list[Any]:
    hooks = repo.get("hooks")
    return hooks if isinstance(hooks, list) else []


def _is_ours(hook: object) -> bool:
    id_ = hook.get("id") if isinstance(hook, dict) else None
    return isinstance(id_, str) and (id_ == "paddock" or id_.startswith("paddock-"))


def _entry(repo: str | None, rev: str | None) -> str:
    if repo is not None and rev is not None:
        return f"  - repo: {json.dumps(repo)}\n    rev: {json.dumps(rev)}\n    hooks:\n      - id: paddock\n"
    return f"""\
  - repo: local
    hooks:
      - id: paddock
        name: paddock
        entry: paddock hook
        language: system
        stages: [{", ".join(STAGES)}]
        always_run: true
        require_serial: true
        verbose: true
        files: {MESSAGE_FILES}
"""


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{PRE_COMMIT}:{mark.line + 1}:{mark.column + 1}" if mark else PRE_COMMIT
        raise UsageError(f"not YAML: {error.problem or error.context}", where=where, hint=_MEND) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"not YAML: {' '.join(str(error).split())}", where=PRE_COMMIT, hint=_MEND) from error
    repos = value.get("repos") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(repos, list) or not all(isinstance(repo, dict) for repo in repos):
        raise UsageError(f"{PRE_COMMIT} has no list of `repos`", hint=_MEND)
    return value


def _with_entry(text: str, entry: str, *, types: bool) -> str | None:
    """The text with the entry after the last item of `repos:`, at that list's own indent; None where it finds no list.

    With `types` the hook types to install come before its first key.
    """
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    keys = top.value if isinstance(top, yaml.MappingNode) else []
    repos = next((value for key, value in keys if key.value == "repos"), None)
    if not isinstance(repos, yaml.SequenceNode):
        return None
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    if repos.value:
        lines = text.splitlines(keepends=True)
        dash = lines[repos.value[-1].start_mark.line]
        shift = dash[: len(dash) - len(dash.lstrip())]
        cut = after = _end_of(repos.value[-1], lines)
    else:  # `[]`
        cut, after, shift = repos.start_mark.index, repos.end_mark.index, "  "
    added = "".join(f"{shift}{line[2:]}{end_of_line}" for line in entry.splitlines())
    before, rest = text[:cut], text[after:]
    if not before.endswith("\n"):
        before = before.rstrip(" ") + end_of_line
    if not repos.value:
        rest = rest.lstrip(" ").removeprefix("\r").removeprefix("\n")
    first = keys[0][0].start_mark.index
    if types:
        before = before[:first] + _TYPES + end_of_line + before[first:]
    return before + added + rest


def _end_of(item: yaml.Node, lines: list[str]) -> int:
    """Where the line after a list's item begins: comments and blank lines behind it are not the item's."""
    mark = item.end_mark
    # A block ends where the next token begins, the end of the text included; a flow ends where it ends.
    end = mark.line + (1 if mark.line < len(lines) and lines[mark.line][: mark.column].strip() else 0)
    while end > 0 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return sum(len(line) for line in lines[:end])
