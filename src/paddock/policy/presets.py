"""The presets that paddock ships, as `paddock:NAME`."""

from __future__ import annotations

import os

PREFIX = "paddock:"


def data_folder(name: str) -> str:
    """The folder of shipped files (`hooks`, `ci`, `policies`): inside the wheel, or atop a checkout of the source."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    installed = os.path.join(package, "data", name)
    if os.path.isdir(installed):
        return installed
    return os.path.join(os.path.dirname(os.path.dirname(package)), name)


def names() -> list[str]:
    """Every preset, without its prefix, sorted."""
    return sorted(
        entry.removesuffix(".yaml") for entry in os.listdir(data_folder("policies")) if entry.endswith(".yaml")
    )


def read(name: str) -> bytes | None:
    """A preset's text by its name without the prefix; None where there is none of that name."""
    if name not in names():
        return None
    with open(os.path.join(data_folder("policies"), f"{name}.yaml"), "rb") as file:
        return file.read()
