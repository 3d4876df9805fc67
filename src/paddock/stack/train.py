"""The train: the open branches in the order in which they may merge, with how far each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from paddock.model import BranchState
from paddock.sources.ancestry import Ancestry
from paddock.sources.heads import Head, history

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from paddock.plan.train import Place
    from paddock.sources.git import Repository


class Car(Struct, frozen=True):
    """One branch of the train.

    Attributes:
        branch: its name, ref and commit.
        state: open or merged.
        key: its order key.
        todo: the plan's todo that leaves on it.
        ahead: commits that the base has not.
        behind: commits of the base that it has not.
        on: the open branch that it stands on; None where that is the base.
        waits: what must merge before it.
        size: hand-written lines against what it stands on; None where they were not counted.
    """

    branch: Head
    state: BranchState
    key: str | None
    todo: str | None
    ahead: int
    behind: int
    on: str | None
    waits: tuple[str, ...]
    size: int | None = None

    @property
    def name(self) -> str:
        """The branch's name."""
        return self.branch.name


class Train(Struct, frozen=True):
    """A train for a base.

    Attributes:
        base: the base's name.
        base_sha: its commit.
        cars: in the order in which they may merge; merged ones are not in it.
        merged: branches that were asked for and are merged.
        limit: the most hand-written lines of a branch, where there is one.
        notes: what is odd about the order.
    """

    base: str
    base_sha: str
    cars: tuple[Car, ...]
    merged: tuple[Car, ...] = ()
    limit: int | None = None
    notes: tuple[str, ...] = ()


def couple(
    repository: Repository,
    base: tuple[str, str],
    places: Sequence[Place],
    known: Mapping[str, Head],
    merged: Collection[str],
) -> Train:
    """Put branches into a train.

    Args:
        repository: where they are.
        base: the base's name and commit.
        places: the open branches, in order.
        known: where branches stand.
        merged: those that are merged.
    """
    gone = [known[name] for name in merged if name in known]
    every = [*(known[place.branch] for place in places), *gone]
    tips = [*(one.sha for one in every), base[1]]
    ancestry, last = Ancestry(history(repository, tips), tips), len(every)
    numbers = {one.name: at for at, one in enumerate(every)}
    cars = []
    for at, place in enumerate(places):
        below = _below(ancestry, at, range(len(places)), last)
        on = places[below].branch if below is not None else None
        waits = (*place.waits, *([on] if on is not None and on not in place.waits else []))
        cars.append(_car(ancestry, every[at], at, last, place=place, on=on, waits=waits))
    order = {place.branch: at for at, place in enumerate(places)}
    notes = tuple(
        f"{car.name} stands on {car.on}, which comes after it"
        for car in cars
        if car.on and order[car.on] > order[car.name]
    )
    done = tuple(_car(ancestry, one, numbers[one.name], last) for one in gone)
    return Train(base[0], base[1], tuple(cars), done, notes=notes)


def _below(ancestry: Ancestry, at: int, some: range, base: int) -> int | None:
    found = ancestry.stands_on(at, base)
    return found if found in some else None


def _car(  # noqa: PLR0913 - a car's fields
    ancestry: Ancestry,
    head: Head,
    at: int,
    base: int,
    *,
    place: Place | None = None,
    on: str | None = None,
    waits: tuple[str, ...] = (),
) -> Car:
    return Car(
        branch=head,
        state=BranchState.MERGED if place is None else BranchState.OPEN,
        key=place.key if place else None,
        todo=place.todo if place else None,
        ahead=ancestry.count(at, base),
        behind=ancestry.count(base, at),
        on=on,
        waits=waits,
    )
