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

    `stale` says that the verdict is on another commit than the one that is checked out.
    """

    worktree: Row
    size: int | None = None
    limit: int | None = None
    verdict: LastVerdict | None = None
    stale: bool = False
    word: Line | None = None


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
    counted, limit = sizes(session, {(row.head, None) for row in rows if row.head and not row.main and not row.missing})
    found = []
    for row in rows:
        verdict = verdicts.last(row.git_dir)
        above = next(iter(parents.get(row.head or "", ())), None)
        stale = verdict is not None and not verdict.is_of(row.head, above)
        found.append(
            Standing(row, counted.get((row.head or "", None)), limit, verdict, stale, words.get(row.agent or ""))
        )
    return found
