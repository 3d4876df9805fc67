"""What GitHub's webhooks were seen to bring: the payloads that `@octokit/webhooks-examples` collected."""

from __future__ import annotations

from functools import cache
from typing import Any

from msgspec import Struct, json

from forge.emulator import MODULES

EXAMPLES = MODULES / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"


class Delivery(Struct, frozen=True):
    """One payload: `id` is the event and which of its examples it is."""

    id: str
    event: str
    payload: dict[str, Any]


class _Event(Struct):
    name: str
    examples: list[dict[str, Any]]


@cache
def deliveries() -> tuple[Delivery, ...]:
    """All of them."""
    events = json.decode(EXAMPLES.read_bytes(), type=list[_Event])
    return tuple(
        Delivery(f"{event.name}-{number}", event.name, payload)
        for event in events
        for number, payload in enumerate(event.examples)
    )
