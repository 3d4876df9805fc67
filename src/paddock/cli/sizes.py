"""How many hand-written lines commits add, counted once: a commit's size never changes."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from paddock import __version__
from paddock.errors import CouldNotCheckError, PaddockError, UsageError
from paddock.sources.keeping import keep, kept

if TYPE_CHECKING:
    from collections.abc import Collection

    from paddock.cli.session import Session
    from paddock.gates.pr_size import PrSizeConfig

_FILE = "paddock-sizes.json"
_MOST = 5_000  # sizes that are kept

Asked = tuple[str, str | None]


def sizes(session: Session, asked: Collection[Asked]) -> tuple[dict[Asked, int], int | None]:
    """Hand-written lines of each head against a commit (against the policy's base where that is None), and the limit.

    What can't be counted is left out; without a limit in the policy, everything is.
    """
    from paddock.gates.pr_size import PrSizeConfig
    from paddock.sources.history import base_candidates
    from paddock.sources.programs import side_by_side

    repository = session.repository
    try:
        policy = session.policy
        bases = base_candidates(repository, policy.base)
    except PaddockError:
        return {}, None  # a broken policy is told by what judges
    config = policy.gates.get("pr-size")
    if not isinstance(config, PrSizeConfig):
        return {}, None
    same = f"{__version__} {bases} {config} {policy.classes}"
    keys = {one: sha256(" ".join((one[0], one[1] or "", same)).encode()).hexdigest() for one in asked}
    known = kept(repository.common_dir, _FILE, int)
    missing = sorted((one for one in keys if keys[one] not in known), key=str)
    if missing:
        session.rules  # noqa: B018 - made once, before threads ask for it
        repository.isolated_environment  # noqa: B018 - likewise
        counted = side_by_side(lambda one: _size(session, one[0], (one[1],) if one[1] else bases, config), missing)
        new = {keys[one]: size for one, size in zip(missing, counted, strict=True) if size is not None}
        known |= new
        keep(repository.common_dir, _FILE, known, _MOST)
    return {one: known[key] for one, key in keys.items() if key in known}, config.limit


def _size(session: Session, head: str, bases: tuple[str, ...], config: PrSizeConfig) -> int | None:
    from paddock.cli.check import commits_source
    from paddock.gates import pr_size

    try:
        source = commits_source(session, head, base_revisions=bases)
        return pr_size.ledger(pr_size.read(source, config), config).counted
    except (CouldNotCheckError, UsageError):
        return None  # no commit in common with the base, a history that was cut: shown as not known
