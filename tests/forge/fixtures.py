"""`forge`: the GitHub of a test. Node.js starts once a process of tests, and only where a test asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forge.deliveries import Delivery
    from forge.emulator import Emulator
    from forge.front import Front
    from forge.world import Forge


@pytest.fixture(scope="session")
def _forge_parts() -> Iterator[tuple[Front, Emulator]]:
    from forge.emulator import Emulator
    from forge.front import Front
    from forge.world import TOKENS

    with Emulator() as emulator, Front(TOKENS) as front:
        yield front, emulator


@pytest.fixture
def forge(_forge_parts: tuple[Front, Emulator]) -> Iterator[Forge]:
    """A GitHub with one repository. Whatever broke GitHub's description of its API fails the test."""
    from forge.world import Forge

    made = Forge(*_forge_parts)
    yield made
    made.close()
    assert made.ledger.violations == []


@pytest.fixture(scope="session")
def deliveries() -> tuple[Delivery, ...]:
    """Real payloads of webhooks."""
    from forge.deliveries import deliveries

    return deliveries()
