"""`paddock ci` with the gate `integration`: what it fetches is enough to merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub import POLICY, Hub, run, told

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "pull_request_target"
INTEGRATION = f"{POLICY}  integration: {{}}\n"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A server whose main branch has some history."""
    made = Hub(tmp_path / "hub", INTEGRATION)
    made.main(5)
    return made


def test_a_pull_request_that_fits(hub: Hub) -> None:
    for tag in ("01a", "01b", "01c"):
        hub.branch(f"feature/x/{tag}-work", count=3)
        hub.publish(f"feature/x/{tag}-work")
    hub.main(3, start=5)
    step = run(hub, TARGET, hub.pull("feature/x/01b-work"))
    assert told(step) == (0, "passed", "")
    assert step.reasons["integration"] == (
        "merges with main; of 2 other branches of the train, clashes with 0 before and 0 after it"
    )


def test_clashes_with_earlier_and_later_branches(hub: Hub) -> None:
    for tag in ("01a", "01b", "01c"):
        hub.branch(f"feature/x/{tag}-work", files={"shared.txt": f"{tag}\n"})
        hub.publish(f"feature/x/{tag}-work")
    step = run(hub, TARGET, hub.pull("feature/x/01b-work"))
    assert told(step) == (1, "failed", "")
    assert "::error file=shared.txt,title=integration::content clash with feature/x/01a-work" in step.out
    assert "::warning file=shared.txt,title=integration::content clash with feature/x/01c-work" in step.out
    step = run(hub, TARGET, hub.pull("feature/x/01a-work"))
    assert step.verdicts["integration"] == "passed"


def test_a_clash_with_the_base_outside_of_every_series(hub: Hub) -> None:
    hub.branch("topic", files={"main/9.txt": "topic\n"})
    hub.main(5, start=5)
    step = run(hub, TARGET, hub.pull("topic"))
    assert step.reasons["integration"] == "clashes with main; in no train, so with no other branch"


def test_a_stack_is_held_to_the_protected_branch_too(hub: Hub) -> None:
    hub.branch("feature/x/01a-work")
    hub.publish("feature/x/01a-work")
    hub.branch("feature/x/01b-work", "feature/x/01a-work", files={"main/9.txt": "upper\n"})
    hub.main(5, start=5)
    step = run(hub, TARGET, hub.pull("feature/x/01b-work", base_branch="feature/x/01a-work"))
    assert step.verdicts["integration"] == "failed"
    assert step.verdicts["pr-size"] == "passed"


def test_a_merge_queues_group(hub: Hub) -> None:
    for tag, text in (("01a", "same"), ("01b", "same"), ("01c", "other")):
        hub.branch(f"feature/x/{tag}-work", files={f"{text}.txt": f"{text}\n"})
        hub.publish(f"feature/x/{tag}-work")
    step = run(hub, "merge_group", hub.group("feature/x/01a-work", "feature/x/01b-work"))
    assert step.verdicts["integration"] == "passed"
