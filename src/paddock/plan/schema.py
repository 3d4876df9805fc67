"""The JSON schema of `.paddock/plan.yaml`, for editors and validators."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

from msgspec.json import schema_components

from paddock.plan.model import Document
from paddock.policy.describe import SCHEMA


def schema() -> dict[str, Any]:
    """All of it."""
    (root,), components = schema_components((Document,), ref_template="#/$defs/{name}")
    for definition in components.values():
        if "description" in definition:
            definition["description"] = cleandoc(definition["description"])
    return {"$schema": SCHEMA, "title": "paddock plan", **root, "$defs": components}
