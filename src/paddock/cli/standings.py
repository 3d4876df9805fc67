"""What is known of every worktree, from git, the log, the gates' verdicts and the size of what is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.cli.sizes import sizes
from paddock.worktrees.listing import Row
from paddock.worktrees.log import Line
from paddock.worktrees.verdicts import LastVerdict

if TYPE_CHECKING:
    from paddock.cli.session import Session

_WORDS = 1000  # lines of the log that are looked through for each agent's last


class Standing(Struct, frozen=True, rename="kebab"):
    """One worktree, with what paddock knows of it. `size` and `limit` count hand-written lines of its commits.

    `against` is the branch of its series that it stands on, which they are counted against; None where it is the base.
    `stale` says that the verdict is on another commit than the one that is checked out.
    """

    worktree: Row
    size: int | None = None
    limit: int | None = None
    verdict: LastVerdict | None = None
    stale: bool = False
    word: Line | None = None
    against: str | None = None


def standings(session: Session, rows: list[Row]) -> list[Standing]:
    """All that is known of each worktree."""
    from paddock.worktrees import log, verdicts

    repository = session.repository
    words: dict[str, Line] = {}
    for line in log.lines(repository, most=_WORDS):
        words.setdefault(line.agent, line)
    heads = sorted({row.head for row in rows if row.head})
    out = repository.run("rev-list", "--parents", "--no-walk", *heads, "--") if heads else b""
    parents = {sha: above for sha, *above in (line.split() for line in out.decode().splitlines())}
    sized = [row for row in rows if row.head and not row.main and not row.missing]
    below = dict(zip((row.path for row in sized), _layers(session, sized), strict=True))
    asked = {row.path: (str(row.head), on[1] if (on := below[row.path]) else None) for row in sized}
    counted, limit = sizes(session, set(asked.values()))
    found = []
    for row in rows:
        verdict = verdicts.last(row.git_dir)
        above = next(iter(parents.get(row.head or "", ())), None)
        stale = verdict is not None and not verdict.is_of(row.head, above)
        size = counted.get(asked[row.path]) if row.path in asked else None
        against = on[0] if (on := below.get(row.path)) else None
        found.append(Standing(row, size, limit, verdict, stale, words.get(row.agent or ""), against))
    return found


def _layers(session: Session, rows: list[Row]) -> list[tuple[str, str] | None]:
    """The branch that each worktree's stands on, by name and commit; None where that is the base, or is not known."""
    from paddock.cli.check import footing_of
    from paddock.errors import PaddockError
    from paddock.sources.history import base_candidates
    from paddock.sources.programs import side_by_side

    try:
        footing = footing_of(session)
        bases = base_candidates(session.repository, session.policy.base)
    except PaddockError:
        return [None] * len(rows)  # a broken policy is told by what judges
    if footing is None or not bases:
        return [None] * len(rows)

    def of(row: Row) -> tuple[str, str] | None:
        return footing(session.repository, row.branch, str(row.head), bases) if row.branch else None

    return side_by_side(of, rows)
