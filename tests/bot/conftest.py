"""What tests of the bot begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.test_loop import Bench

if TYPE_CHECKING:
    from forge.world import Forge


@pytest.fixture
def published(forge: Forge) -> Bench:
    """The small plan as issues."""
    made = Bench(forge)
    made.publish()
    return made


@pytest.fixture
def handed_out(published: Bench) -> Bench:
    """Its first todos with their agents."""
    published.sweep()
    return published
