"""Trial merges as text, JSON and Markdown: each branch with the base, the matrix, and the train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock import wire
from paddock.render.lines import line
from paddock.render.neutral import code, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paddock.model import Merge
    from paddock.stack.integration import Integration, Step
    from paddock.stack.verify import Run, Verified

_SHORT = 12  # characters of an object name
_SHOWN = 10  # clashes of one merge that people are shown
_LINES = 40  # lines about clashes that people are shown, before they are counted by path
_PATHS = 20  # paths of those
_NAMED = 3  # branches that a line names
_TAIL = 40  # lines of a command's output that people are shown


def as_text(found: Integration, verified: Verified | None = None, said: str = "") -> str:
    """What clashes, the matrix where something does, and the train."""
    told = [line(_summary(found))]
    conflicts = _conflicts(found, line)
    told += conflicts
    told += [f"  {one}" for one in _unrelated(found, line)]
    if found.clashing:
        told += ["every two (x: they clash):", *_matrix(found)]
    told.append("in order:")
    told += [f"  {at:>{len(str(len(found.steps)))}}  {one}" for at, one in enumerate(_steps(found, line), 1)]
    told.append(f"comes to the tree {found.tree}")
    told += [f"note: {line(one)}" for one in found.notes]
    if verified is not None:
        told += _verified(verified, line)
    if said:
        told += ["", *(f"  | {line(one)}" for one in said.splitlines()[-_TAIL:])]
    return "\n".join([*told, ""])


def as_markdown(found: Integration, verified: Verified | None = None) -> str:
    """The same for a comment."""
    told = [f"## Integration with {code(found.base)}", "", f"{_summary(found, code)}.", ""]
    told += [f"- {one.strip()}" for one in _conflicts(found, code)]
    told += [f"- {one}" for one in _unrelated(found, code)]
    told += [f"- {prose(line(one))}" for one in found.notes]
    told += ["", "In order:", ""]
    told += [f"{at}. {one}" for at, one in enumerate(_steps(found, code), 1)]
    if verified is not None:
        told += ["", *_verified(verified, code)]
    return "\n".join([*told, ""])


def as_json(found: Integration, verified: Verified | None = None) -> str:
    """Everything; of pairs that merge, only how many there are."""
    names = [one.name for one in found.branches]
    value: dict[str, Any] = {
        "version": 1,
        "base": found.base,
        "base_sha": found.base_sha,
        "clean": found.clean,
        "branches": [
            {**wire.path_fields("name", one.name), "ref": one.ref, "sha": one.sha, **_merge(merge)}
            for one, merge in zip(found.branches, found.alone, strict=True)
        ],
        "pairs": len(found.pairs),
        "conflicts": [
            {"branches": [names.index(first), names.index(second)], **_merge(merge)}
            for first, second, merge in found.clashing
        ],
        "train": [_step(step) for step in found.steps],
        "tree": found.tree,
        "known": list(found.known),
        "unrelated": [
            {**wire.path_fields("name", one.name), "ref": one.ref, "sha": one.sha} for one in found.unrelated
        ],
        "notes": list(found.notes),
        "verified": None
        if verified is None
        else {
            "command": verified.command,
            "runs": [{**wire.path_fields("branch", one.branch), "exit_code": one.code} for one in verified.runs],
            "broken": verified.broken,
        },
    }
    return wire.encode(value, indent=2).decode() + "\n"


def _summary(found: Integration, shown: Callable[[str], str] = str) -> str:
    count, merged = len(found.branches), sum(step.clean for step in found.steps)
    apart = len(found.clashing)
    base = sum(not merge.clean for merge in found.alone)
    pairs = f"; {apart:,} of {len(found.pairs):,} pairs clash" if found.pairs else ""
    alone = f"; {base:,} clash with {shown(found.base)} itself" if base else ""
    noun = "branch merges" if count == 1 else "branches merge"
    return f"{merged:,} of {count:,} {noun} in order into {shown(found.base)} ({found.base_sha[:_SHORT]}){alone}{pairs}"


def _conflicts(found: Integration, shown: Callable[[str], str]) -> list[str]:
    alone = zip(found.branches, found.alone, strict=True)
    base = [(found.base, branch.name, merge) for branch, merge in alone if not merge.clean]
    told = [
        f"  {shown(first)} and {shown(second)}: {one}"
        for first, second, merge in (*base, *found.clashing)
        for one in clashes(merge, shown)
    ]
    return told if len(told) <= _LINES else _by_path((*base, *found.clashing), shown)


def _by_path(some: Sequence[tuple[str, str, Merge]], shown: Callable[[str], str]) -> list[str]:
    """Where each pair would be a flood: what clashes most, and between how many."""
    pairs: dict[tuple[str, str], int] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for first, second, merge in some:
        for one in merge.clashes:
            what = (str(one.kind), one.path)
            pairs[what] = pairs.get(what, 0) + 1
            names.setdefault(what, set()).update((first, second))
    most = sorted(pairs, key=lambda what: (-pairs[what], what))
    told = [
        f"  {kind} {shown(path)}: {pairs[kind, path]:,} {'pair' if pairs[kind, path] == 1 else 'pairs'} of"
        f" {len(names[kind, path]):,}"
        for kind, path in most[:_PATHS]
    ]
    more = [f"  and {len(most) - _PATHS:,} more paths"] if len(most) > _PATHS else []
    return [*told, *more, "  each pair: --format json"]


def _unrelated(found: Integration, shown: Callable[[str], str]) -> list[str]:
    base = shown(found.base)
    return [f"{shown(one.name)} can't be judged: no commit in common with {base}" for one in found.unrelated]


def clashes(merge: Merge, shown: Callable[[str], str]) -> Iterator[str]:
    """Each clash as its kind and its paths; what is beyond the first ones is counted."""
    for one in merge.clashes[:_SHOWN]:
        others = f" ({', '.join(shown(path) for path in one.others[:_SHOWN])})" if one.others else ""
        yield f"{one.kind} {shown(one.path)}{others}"
    if merge.count > _SHOWN:
        yield f"and {merge.count - _SHOWN:,} more"


def _matrix(found: Integration) -> list[str]:
    clash = {(first, second) for first, second, _ in found.clashing}
    names = [one.name for one in found.branches]
    wide = len(str(len(names)))
    return [
        f"  {at + 1:>{wide}}  {''.join('x' if (other, name) in clash else '.' for other in names[:at])}\\ {line(name)}"
        for at, name in enumerate(names)
    ]


def _steps(found: Integration, shown: Callable[[str], str]) -> Iterator[str]:
    for step in found.steps:
        if step.merge is None:
            yield f"{shown(step.branch)}: left out, since it stands on {shown(str(step.on))}"
        elif step.clean:
            yield f"{shown(step.branch)}: merges"
        else:
            (first, *_) = clashes(step.merge, shown)
            more = f" and {step.merge.count - 1:,} more" if step.merge.count > 1 else ""
            yield f"{shown(step.branch)}: clashes with {_with(found, step, shown)}: {first}{more}"


def _with(found: Integration, step: Step, shown: Callable[[str], str]) -> str:
    names = [*([found.base] if step.base else []), *step.others]
    if not names:
        return "those before it together"
    return ", ".join([*(shown(one) for one in names[:_NAMED]), *(["…"] if len(names) > _NAMED else [])])


def _verified(verified: Verified, shown: Callable[[str], str]) -> list[str]:
    told = [f"{shown(verified.command)} {_ended(one)} with {shown(one.branch)}" for one in verified.runs]
    if verified.broken is not None:
        told.append(f"first broken by {shown(verified.broken)}")
    return told


def _ended(run: Run) -> str:
    return "passes" if run.works else "is not done in time" if run.code is None else f"leaves with {run.code}"


def _merge(merge: Merge) -> dict[str, Any]:
    return {
        "clean": merge.clean,
        "tree": merge.tree,
        "count": merge.count,
        "clashes": [
            {**wire.path_fields("path", one.path), "kind": str(one.kind), "others": list(one.others)}
            for one in merge.clashes
        ],
    }


def _step(step: Step) -> dict[str, Any]:
    merge = {"clean": False, "tree": None, "count": 0, "clashes": []} if step.merge is None else _merge(step.merge)
    return {
        **wire.path_fields("branch", step.branch),
        **merge,
        "left_out_for": step.on,
        "clashes_with": list(step.others),
    }
