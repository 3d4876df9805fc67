"""What is known of every worktree, from git, the log, the gates' verdicts and the size of what is committed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.errors import CouldNotCheckError, UsageError
from paddock.worktrees.listing import Row
from paddock.worktrees.log import Line
from paddock.worktrees.verdicts import LastVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from paddock.cli.session import Session
    from paddock.gates.pr_size import PrSizeConfig

_SIZES = "paddock-sizes.json"  # in the shared git directory: where a fenced agent can't write
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
    sizes, limit = _sizes(session, rows)
    found = []
    for row in rows:
        verdict = verdicts.last(row.git_dir)
        above = next(iter(parents.get(row.head or "", ())), None)
        stale = verdict is not None and not verdict.is_of(row.head, above)
        found.append(Standing(row, sizes.get(row.head or ""), limit, verdict, stale, words.get(row.agent or "")))
    return found


def _sizes(session: Session, rows: Iterable[Row]) -> tuple[dict[str, int], int | None]:
    """Hand-written lines of each head against the base. Known ones are kept: a commit's size never changes."""
    from hashlib import sha256

    import msgspec

    from paddock import __version__, wire
    from paddock.errors import PaddockError
    from paddock.gates.pr_size import PrSizeConfig
    from paddock.sources.history import base_candidates
    from paddock.sources.programs import side_by_side
    from paddock.worktrees import places

    repository = session.repository
    try:
        policy = session.policy
        bases = base_candidates(repository, policy.base)
    except PaddockError:
        return {}, None  # a broken policy is told by what judges
    config = policy.gates.get("pr-size")
    if not isinstance(config, PrSizeConfig):
        return {}, None
    heads = sorted({row.head for row in rows if row.head and not row.main and not row.missing})
    same = f"{__version__} {bases} {config} {policy.classes}"
    keys = {head: sha256(f"{head} {same}".encode()).hexdigest() for head in heads}
    path = os.path.join(repository.common_dir, _SIZES)
    try:
        kept = msgspec.json.decode((places.read(path) or "{}").encode(), type=dict[str, int])
    except (msgspec.DecodeError, UnicodeEncodeError):
        kept = {}
    missing = [head for head in heads if keys[head] not in kept]
    if not missing:
        return {head: kept[keys[head]] for head in heads}, config.limit
    session.rules  # noqa: B018 - made once, before threads ask for it
    repository._isolation  # noqa: B018, SLF001 - likewise
    counted = zip(missing, side_by_side(lambda head: _size(session, head, bases, config), missing), strict=True)
    kept |= {keys[head]: size for head, size in counted if size is not None}
    found = {head: kept[keys[head]] for head in heads if keys[head] in kept}
    try:
        with open(f"{path}.{os.getpid()}", "xb") as file:
            file.write(wire.encode({keys[head]: size for head, size in found.items()}))
        os.replace(f"{path}.{os.getpid()}", path)
    except OSError:
        pass  # it is counted again the next time
    return found, config.limit


def _size(session: Session, head: str, bases: tuple[str, ...], config: PrSizeConfig) -> int | None:
    from paddock.cli.check import commits_source
    from paddock.gates import pr_size

    try:
        source = commits_source(session, head, base_revisions=bases)
        return pr_size.ledger(pr_size.read(source, config), config).counted
    except (CouldNotCheckError, UsageError):
        return None  # no commit in common with the base, a history that was cut: shown as not known
