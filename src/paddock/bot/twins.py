"""What two runs wrote at once: of the same that was written twice the first stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from paddock.bot import markers

if TYPE_CHECKING:
    from collections.abc import Collection

    from paddock.bot.github import GitHub
    from paddock.bot.model import Snapshot

_BESIDE = timedelta(minutes=15)  # how long another run may take that writes the same
# Of what each kind of record says something: the field of its marker that tells it from others.
_RECORDS = {"blocked": "on", "asked": None, "review": "by", "override": "gate"}


def tidy_comments(hub: GitHub, snapshot: Snapshot, touched: Collection[int]) -> None:
    """Of the bot's late comments on some issues the first of each key stays."""
    late = hub.all_comments(since=snapshot.now - _BESIDE) if snapshot.now is not None else ()
    seen: dict[int, set[tuple[str, object]]] = {}
    last: dict[tuple[int, str, object], markers.Mark] = {}
    for comment in sorted(late, key=lambda one: one.id):
        if comment.number not in touched or comment.login.lower() != snapshot.me.lower():
            continue
        marks = [structs.replace(one, start=0) for one in markers.read(comment.text)]
        keys = {(one.kind, one.fields.get("key")) for one in marks if one.kind in ("key", "sticky")}
        before = seen.setdefault(comment.number, set())
        # What is recorded may be recorded again, once something else was in between.
        kept = [one for one in marks if one.kind in _RECORDS and not comment.edited]
        records = {(comment.number, one.kind, _subject(one)): one for one in kept}
        same = all(last.get(subject) == one for subject, one in records.items())
        if (keys or records) and keys <= before and same:
            hub.delete_comment(comment.id)
        before |= keys
        last |= records


def tidy_todos(hub: GitHub, snapshot: Snapshot) -> Snapshot:
    """Of the todos of one key the first stays open; the snapshot names that in the others' place."""
    first: dict[str, int] = {}
    gone: dict[int, int] = {}
    for one in hub.issues():
        mark = markers.first(one.text, "made") if one.login.lower() == snapshot.me.lower() else None
        key = str(mark.fields.get("key")) if mark is not None else None
        if key is not None and key in first:
            for label in one.label_names:
                hub.remove_label(one.number, label)
            hub.close_issue(one.number, completed=False)
            gone[one.number] = first[key]
        elif key is not None:
            first[key] = one.number
    there = snapshot.issue_of
    left = (one for one in snapshot.issues if gone.get(one.number) not in there)
    named = tuple(structs.replace(one, number=gone.get(one.number, one.number)) for one in left)
    return structs.replace(snapshot, issues=named)


def _subject(record: markers.Mark) -> object:
    field = _RECORDS[record.kind]
    return str(record.fields.get(field)).lower() if field is not None else None
