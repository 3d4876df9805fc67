"""What `paddock init` writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from msgspec import Struct

from paddock.errors import UsageError
from paddock.policy import presets
from paddock.policy.model import FILE

if TYPE_CHECKING:
    from paddock.sources.git import Repository

POLICY = FILE
PRE_COMMIT = ".pre-commit-config.yaml"
STAGES = ("pre-commit", "commit-msg", "pre-push")


class Written(Struct, frozen=True):
    """One file: its new text, None where it stays as it is, and what was done in words."""

    name: str
    text: str | None
    words: str


def usual_base(repository: Repository) -> str:
    """The branch that the remote calls its default; else `main` or `master`, whichever is here."""
    if ref := repository.line("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"):
        return ref.removeprefix("refs/remotes/origin/")
    return next((name for name in ("main", "master") if repository.base_candidates(name)), "main")


def policy_file(existing: str | None, *, base: str, preset: str, force: bool) -> Written:
    """A first `.paddock.yaml`.

    Raises:
        UsageError: there is no such preset.
    """
    if preset.startswith(presets.PREFIX) and preset.removeprefix(presets.PREFIX) not in presets.names():
        known = ", ".join(presets.PREFIX + name for name in presets.names())
        raise UsageError(f"there is no preset `{preset}`", hint=f"there are: {known}")
    if existing is not None and not force:
        return Written(POLICY, None, "is there already and was left alone (--force replaces it)")
    text = f"""\
# What may leave a worktree. `paddock policy show` prints all of it with where each value comes from,
# `paddock policy explain GATE` what a gate judges, `paddock policy schema` the schema for editors.
version: 1
extends: {json.dumps(preset) if preset != json.loads(json.dumps(preset)) else preset}
base: {json.dumps(base)}

# Prefixes of branches that merge in the order of their keys, such as feature/x/01a-slug:
# series: [feature/x]

# Files that no built-in rule knows:
# classes:
#   generated: ["api/gen/**"]

gates:
  pr-size:
    limit: {500 if preset.endswith("strict") else 700}
"""
    return Written(POLICY, text, "replaced" if existing is not None else "written")


def pre_commit_file(existing: str | None, *, repo: str | None, rev: str | None, force: bool) -> Written:
    """The pre-commit configuration with paddock's entry.

    Raises:
        UsageError: the file is there and is not one that an entry could be added to.
    """
    entry = _entry(repo, rev)
    fresh = f"default_install_hook_types: [{', '.join(STAGES)}]\nrepos:\n{entry}"
    if existing is None or not existing.strip():
        return Written(PRE_COMMIT, fresh, "written")
    before = _parsed(existing)
    if any(hook.get("id") == "paddock" for repo_ in before["repos"] for hook in repo_.get("hooks") or ()):
        return Written(PRE_COMMIT, None, "has paddock's entry already")
    text = _with_entry(existing, entry)
    types = before.get("default_install_hook_types")
    if types is None:
        text = f"default_install_hook_types: [{', '.join(STAGES)}]\n{text}"
    expected = {**before, "repos": [*before["repos"], yaml.safe_load(entry)[0]]}
    expected.setdefault("default_install_hook_types", list(STAGES))
    if _parsed(text) != expected:
        if force:
            return Written(PRE_COMMIT, fresh, "replaced")
        raise UsageError(
            f"{PRE_COMMIT} is written in a way that an entry can't be added to safely; it was left alone",
            hint=f"add this to its `repos:`\n{entry}",
        )
    missing = [stage for stage in STAGES if types is not None and stage not in types]
    note = f"; add {', '.join(missing)} to its default_install_hook_types" if missing else ""
    return Written(PRE_COMMIT, text, f"extended by paddock's entry{note}")


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
        files: (^|/)(COMMIT_EDITMSG|MERGE_MSG)$
"""


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{PRE_COMMIT} is not YAML: {error}") from error
    repos = value.get("repos") if isinstance(value, dict) else None
    if not isinstance(repos, list) or not all(isinstance(repo, dict) for repo in repos):
        raise UsageError(f"{PRE_COMMIT} has no list of `repos`", hint="mend it, or replace it with --force")
    assert isinstance(value, dict)  # noqa: S101 - checked with repos
    return value


def _with_entry(text: str, entry: str) -> str:
    """The text with the entry after the last item of `repos:`, at that list's own indent."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    repos = next(value for key, value in node.value if key.value == "repos")
    indent = repos.start_mark.column
    lines = text.splitlines(keepends=True)
    end = max((item.end_mark.line for item in repos.value), default=repos.end_mark.line + 1)
    # A block ends where the next token begins: step back over what lies between.
    while end > 0 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    if end and not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    shifted = "".join(f"{' ' * indent}{line[2:]}" for line in entry.splitlines(keepends=True))
    return "".join([*lines[:end], shifted, *lines[end:]])
