"""A check of a commit: a check run, or a commit status where the token is no app's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paddock.bot.api.errors import ForbiddenError, NotFoundError, RefusedError
from paddock.bot.api.verdicts import ANNOTATIONS

if TYPE_CHECKING:
    from paddock.bot.actions import Annotation, Check
    from paddock.bot.github import GitHub

_LONGEST = 4096  # characters of an annotation's message


def say(hub: GitHub, check: Check, summary: str) -> bool:
    """Whether it was said; not where GitHub has no such commit any more."""
    output = {"title": check.title, "summary": summary or check.title}
    rows = [_row(one) for one in check.annotations]
    try:
        made = hub.create_check_run(
            check.sha,
            check.name,
            conclusion=check.conclusion,
            output={**output, "annotations": rows[:ANNOTATIONS]},
            external_id=check.digest,
        )
        for start in range(ANNOTATIONS, len(rows), ANNOTATIONS):
            more = {**output, "annotations": rows[start : start + ANNOTATIONS]}
            hub.edit_check_run(made.id, conclusion=check.conclusion, output=more)
    except ForbiddenError:
        hub.set_status(check.sha, check.name, check.conclusion or "pending", check.title)
    except (NotFoundError, RefusedError):
        return False  # the pull request has another head, which is looked at next
    return True


def _row(one: Annotation) -> dict[str, str | int]:
    return {
        "path": one.path,
        "start_line": one.line,
        "end_line": one.line,
        "annotation_level": one.level,
        "message": one.text[:_LONGEST],
    }
