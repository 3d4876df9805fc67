"""`paddock ci`: events of every kind against a real server's repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from github_api import FakeGitHub, commit, verification
from hub import OWNER_AND_NAME, POLICY, Hub, Runner, run, told
from payloads import pull_request, push
from signers import signed

if TYPE_CHECKING:
    from pathlib import Path

    from signers import Keyring

TARGET = "pull_request_target"
QUEUED = f"gh-readonly-queue/main/pr-1-{'a1' * 20}"
GOOD = {"branch-order": "passed", "dco": "passed", "pr-size": "passed"}


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub")


def test_a_pull_request(hub: Hub) -> None:
    hub.branch("feature/x/01a-core", count=3)
    payload = hub.pull("feature/x/01a-core")
    hub.main(3)
    step = run(hub, TARGET, payload)
    assert told(step) == (0, "passed", "")
    assert step.verdicts == GOOD
    assert step.reasons["pr-size"] == "9 of 50 changed lines"
    assert step.reasons["dco"] == "3 commits signed off"
    assert step.report["subject"] == "#7: feature/x/01a-core → main"
    assert step.report["trust"] == {"ref": "origin/main", "sha": hub.sha("main")}
    assert step.summary.startswith("## paddock: passed\n")
    assert step.out == ""


def test_a_change_that_fails_is_annotated_and_summed_up(hub: Hub) -> None:
    hub.branch("topic", lines=60)
    step = run(hub, TARGET, hub.pull("topic"))
    assert told(step) == (1, "failed", "")
    assert "::error title=pr-size::60 changed lines, 10 over the limit of 50%0A" in step.out
    assert "| pr-size | **failed** | 60 changed lines, 10 over the limit of 50 |" in step.summary


def test_a_stacked_pull_request_is_compared_with_its_base_and_judged_by_the_default_branch(hub: Hub) -> None:
    loose = POLICY.replace("limit: 50", "limit: 9999")
    hub.branch("feature/x/01a-core", lines=40, files={".paddock.yaml": loose})
    hub.publish("feature/x/01a-core")
    hub.branch("feature/x/01b-up", "feature/x/01a-core", lines=45)
    step = run(hub, TARGET, hub.pull("feature/x/01b-up", base_branch="feature/x/01a-core"))
    assert told(step) == (0, "passed", "")
    assert step.reasons["pr-size"] == "45 of 50 changed lines"
    assert step.report["trust"]["ref"] == "origin/main"
    assert "waits for feature/x/01a-core" in step.out
    hub.branch("feature/x/01c-more", "feature/x/01b-up", lines=60)
    step = run(hub, TARGET, hub.pull("feature/x/01c-more", base_branch="feature/x/01b-up"))
    assert step.reasons["pr-size"] == "60 changed lines, 10 over the limit of 50"


@pytest.mark.parametrize("fork", [True, None], ids=["there", "deleted since"])
def test_a_pull_request_from_a_fork(hub: Hub, fork: bool | None) -> None:  # noqa: FBT001 - a parameter
    hub.branch("theirs", lines=60)
    payload = hub.pull("theirs", fork=True)
    if fork is None:
        payload["pull_request"]["head"]["repo"] = None
    assert "theirs" not in hub.git("branch", "--list")
    step = run(hub, TARGET, payload)
    assert told(step) == (1, "failed", "")
    assert step.report["subject"] == "#7: theirs → main (from a fork)"


def test_a_forks_branch_may_be_called_like_the_default_branch(hub: Hub) -> None:
    hub.work.git("checkout", "-q", "-b", "other")
    hub.work.commit("work", {"a.txt": "1\n" * 60})
    payload = hub.pull("other", fork=True)
    payload["pull_request"]["head"]["ref"] = "main"
    step = run(hub, TARGET, payload)
    assert step.reasons["pr-size"] == "60 changed lines, 10 over the limit of 50"


def test_a_server_that_hands_out_no_commit_by_name_is_asked_for_the_pull_requests_ref(hub: Hub) -> None:
    hub.branch("theirs")
    payload = hub.pull("theirs", fork=True)
    hub.git("config", "uploadpack.allowAnySHA1InWant", "false")
    assert told(run(hub, TARGET, payload)) == (0, "passed", "")


def test_a_merge_group_of_two_is_judged_as_a_whole(hub: Hub) -> None:
    hub.branch("feature/x/01a-core", lines=30)
    hub.branch("feature/x/01b-up", lines=30)
    for number, name in ((7, "feature/x/01a-core"), (8, "feature/x/01b-up")):
        hub.pull(name, number)
    step = run(hub, "merge_group", hub.group("feature/x/01a-core", "feature/x/01b-up", number=8))
    assert told(step) == (1, "failed", "")
    assert step.reasons["pr-size"] == "60 changed lines, 10 over the limit of 50"
    assert step.reasons["branch-order"] == "order key 01b of feature/x"
    assert step.reasons["dco"] == "2 commits signed off, 2 merges exempt"
    assert "waits for" not in step.out


@pytest.mark.parametrize("branch", ["feature/x/01a-core", "topic"])
def test_a_merge_group_that_squashed_is_known_by_the_pull_request(hub: Hub, branch: str) -> None:
    hub.branch(branch)
    hub.pull(branch)
    step = run(hub, "merge_group", hub.group(branch, squash=True))
    assert told(step) == (0, "passed", "")
    expected = {"topic": "in none of the series: feature/x"}.get(branch, "order key 01a of feature/x")
    assert step.reasons["branch-order"] == expected


def test_a_merge_group_whose_branch_is_not_known_is_errored(hub: Hub) -> None:
    hub.branch("theirs")
    hub.pull("theirs", fork=True)
    step = run(hub, "merge_group", hub.group("theirs", squash=True))
    assert told(step) == (3, "errored", "")
    assert step.verdicts == {**GOOD, "branch-order": "errored"}


def test_only_the_event_makes_a_queue(hub: Hub) -> None:
    """The queue's mild rule for sign-offs is nobody's by calling a branch so and committing in GitHub's name."""
    hub.branch("topic")
    web = {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
    message = "forged\n\nSigned-off-by: Some Body <some@example.org>"
    hub.work.git("commit", "-q", "--allow-empty", "-m", message, env=web)
    hub.work.git("branch", "-q", QUEUED, "main")
    stacked = hub.pull("topic")
    hub.publish(QUEUED)
    stacked["pull_request"]["base"]["ref"] = QUEUED
    step = run(hub, TARGET, stacked, "--gate", "dco", GITHUB_REF_NAME=QUEUED)
    assert told(step) == (1, "failed", "")
    step = run(hub, "push", hub.pushed("topic"), "--gate", "dco", GITHUB_REF_NAME=QUEUED)
    assert told(step) == (1, "failed", "")
    step = run(hub, "merge_group", hub.group("topic"), "--gate", "dco")
    assert told(step) == (0, "passed", "")


def test_a_push_to_a_branch_is_compared_with_the_base(hub: Hub) -> None:
    before = hub.branch("topic", lines=30)
    hub.publish("topic")
    hub.work.commit("more", {"b.txt": "2\n" * 30})
    step = run(hub, "push", hub.pushed("topic", before))
    assert told(step) == (1, "failed", "")
    assert step.reasons["pr-size"] == "60 changed lines, 10 over the limit of 50"


def test_a_push_that_makes_a_branch(hub: Hub) -> None:
    hub.branch("topic")
    assert told(run(hub, "push", hub.pushed("topic"))) == (0, "passed", "")


def test_a_forced_push_whose_earlier_tip_is_gone(hub: Hub) -> None:
    hub.branch("topic")
    assert told(run(hub, "push", hub.pushed("topic", "9" * 40))) == (0, "passed", "")


def test_a_push_to_the_base_is_compared_with_what_was_there_and_judged_by_its_policy(hub: Hub) -> None:
    before = hub.sha("main")
    hub.work.commit("loosen", {".paddock.yaml": POLICY.replace("limit: 50", "limit: 9999"), "a.txt": "1\n" * 60})
    step = run(hub, "push", hub.pushed("main", before))
    assert told(step) == (1, "failed", "")
    assert step.reasons["pr-size"] == "62 changed lines, 12 over the limit of 50"
    assert step.report["trust"]["sha"] == before


def test_a_forced_push_to_the_base_whose_earlier_tip_is_gone_is_errored(hub: Hub) -> None:
    hub.work.commit("more", {"a.txt": "1\n"})
    step = run(hub, "push", hub.pushed("main", "9" * 40))
    assert told(step) == (3, "errored", "")
    assert "999999999999, which the change is compared with, is not there any more" in step.out


def test_a_push_that_makes_the_base_has_nothing_to_be_compared_with(hub: Hub) -> None:
    step = run(hub, "push", hub.pushed("main"))
    assert told(step) == (0, "skipped", "")
    assert step.out == (
        "::notice title=paddock::nothing to judge: the push made the branch main, "
        "so there is nothing to compare it with\n"
    )


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (push(before="1" * 40, after="0" * 40, branch="topic"), "the push deleted the branch 'topic'"),
        (push(before="0" * 40, after="1" * 40, ref="refs/tags/v1"), "'refs/tags/v1' is not a branch"),
        (push(before="0" * 40, after="1" * 40, ref="refs/tags/##[set-output name=x]y"), "is not a branch"),
    ],
)
def test_an_event_that_brings_nothing_is_skipped(hub: Hub, payload: dict[str, Any], words: str) -> None:
    step = run(hub, "push", payload)
    assert told(step) == (0, "skipped", "")
    assert step.report["gates"] == []
    assert words in step.summary.replace("\\", "").replace("`", "") or words in step.out
    assert [line for line in step.out.splitlines() if not line.startswith("::notice ")] == []


def test_the_policy_names_another_base_than_the_default_branch(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub", POLICY.replace("base: main", "base: develop"))
    hub.branch("develop", lines=60, files={".paddock.yaml": POLICY.replace("main", "develop").replace("50", "70")})
    hub.publish("develop")
    hub.branch("topic", "develop", lines=65)
    step = run(hub, "push", hub.pushed("topic"))
    assert told(step) == (0, "passed", "")
    assert step.reasons["pr-size"] == "65 of 70 changed lines"
    assert step.report["trust"]["ref"] == "origin/develop"


def test_another_base_and_another_branch_to_trust(hub: Hub) -> None:
    hub.branch("release", lines=60, files={".paddock.yaml": POLICY.replace("50", "70").replace("main", "release")})
    hub.publish("release")
    hub.branch("topic", "release", lines=65)
    payload = hub.pull("topic")
    assert run(hub, TARGET, payload).reasons["pr-size"].startswith("1")
    step = run(hub, TARGET, payload, "--base", "release")
    assert step.reasons["pr-size"] == "65 changed lines, 15 over the limit of 50"
    step = run(hub, TARGET, payload, "--base", "release", PADDOCK_TRUST="origin/release")
    assert step.reasons["pr-size"] == "65 of 70 changed lines"


def test_another_policy_of_the_trusted_branch(hub: Hub) -> None:
    hub.work.commit("policies", {"policies/loose.yaml": POLICY.replace("limit: 50", "limit: 99")})
    hub.publish("main")
    hub.branch("topic", lines=60, files={"policies/loose.yaml": POLICY.replace("limit: 50", "limit: 1")})
    step = run(hub, TARGET, hub.pull("topic"), PADDOCK_POLICY="policies/loose.yaml")
    assert step.reasons["pr-size"] == "62 of 99 changed lines"
    step = run(hub, TARGET, hub.pull("topic"), "--policy", "policies/none.yaml")
    assert told(step) == (2, "errored", "")


def test_a_policy_of_the_workspace_is_refused_and_one_of_the_machine_is_not(hub: Hub, tmp_path: Path) -> None:
    hub.branch("topic", lines=60)
    runner = Runner(tmp_path / "run", hub.url, "pull_request", hub.pull("topic"))
    loose = POLICY.replace("limit: 50", "limit: 99")
    (runner.workspace / "loose.yaml").write_text(loose)
    assert runner.ci("--policy", str(runner.workspace / "loose.yaml")).code == 2
    (tmp_path / "link").symlink_to(runner.workspace)
    assert runner.ci("--policy", str(tmp_path / "link" / "loose.yaml")).code == 2
    (tmp_path / "machine.yaml").write_text(loose)
    assert told(runner.ci("--policy", str(tmp_path / "machine.yaml"))) == (0, "passed", "")


def test_a_change_can_not_loosen_its_own_gate_and_is_told_so(hub: Hub) -> None:
    loose = {".paddock.yaml": "gates: {pr-size: {limit: 9999}}\n", ".github/workflows/ci.yml": "on: push\n"}
    hub.branch("topic", lines=60, files=loose)
    step = run(hub, TARGET, hub.pull("topic"))
    assert told(step) == (1, "failed", "")
    assert "::notice title=paddock::this change edits .paddock.yaml: " in step.out
    assert "::notice title=paddock::this change edits .github/workflows/ci.yml: " in step.out
    assert step.summary.count("- this change edits ") == 2


def test_a_broken_policy_is_mended_by_a_change_though_little_was_fetched(hub: Hub) -> None:
    hub.main(40)
    hub.work.commit("break it", {".paddock.yaml": "gates: [\n"})
    hub.publish("main")
    hub.branch("other")
    assert told(run(hub, TARGET, hub.pull("other"))) == (2, "errored", "")
    hub.branch("mends", files={".paddock.yaml": POLICY})
    step = run(hub, TARGET, hub.pull("mends"))
    assert told(step) == (0, "passed", "")
    assert "and this change mends it" in step.out


def test_without_a_policy_on_the_trusted_branch_the_changes_own_is_the_first(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub", policy=None)
    hub.branch("topic", lines=60, files={".paddock.yaml": POLICY.replace("base: main", "base: topic")})
    step = run(hub, TARGET, hub.pull("topic"))
    assert told(step) == (1, "failed", "")
    assert step.report["trust"]["ref"] == "origin/main"
    assert "judged by the change's own" in step.out


def test_merged_branches_are_known_however_long_ago_they_merged(hub: Hub) -> None:
    hub.branch("feature/x/01a-old")
    hub.publish("feature/x/01a-old")
    hub.work.git("checkout", "-q", "main")
    hub.work.git("merge", "-q", "--no-ff", "-m", "merge\n\nSigned-off-by: A <a@b>", "feature/x/01a-old")
    hub.main(80)
    hub.branch("feature/x/01a-new")
    assert told(run(hub, TARGET, hub.pull("feature/x/01a-new"))) == (0, "passed", "")
    hub.branch("feature/x/1a-same", "main~60")
    step = run(hub, TARGET, hub.pull("feature/x/1a-same", 8))
    assert told(step) == (1, "failed", "")
    assert step.reasons["branch-order"] == "order key 1a is taken by 1 branch: feature/x/01a-new"


def test_history_is_fetched_as_deep_as_the_merge_base_lies(hub: Hub) -> None:
    hub.main(30)
    hub.branch("topic", count=4)
    payload = hub.pull("topic", commits=1)  # said to be fewer than there are
    hub.main(150, 30)
    step = run(hub, TARGET, payload)
    assert told(step) == (0, "passed", "")
    assert step.reasons["pr-size"] == "12 of 50 changed lines"
    assert step.reasons["dco"] == "4 commits signed off"


@pytest.mark.parametrize("commits", [None, 0, 10**9, 10**30], ids=str)
def test_the_number_of_commits_is_only_a_guess_to_begin_with(hub: Hub, commits: int | None) -> None:
    hub.branch("topic", count=3)
    hub.main(20)
    payload = hub.pull("topic")
    payload["pull_request"]["commits"] = commits
    assert run(hub, TARGET, payload).reasons["dco"] == "3 commits signed off"


def test_histories_without_a_common_commit_are_errored(hub: Hub) -> None:
    hub.work.git("checkout", "-q", "--orphan", "alien")
    hub.work.commit("alien")
    step = run(hub, TARGET, hub.pull("alien"))
    assert told(step) == (3, "errored", "")
    assert "have no commit in common" in step.reasons["pr-size"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"head": "9" * 40}, "999999999999 is not there any more: the branch was moved"),
        ({"base_branch": "gone"}, "the base `gone` is not there any more"),
        ({"default": "gone"}, "there is no branch `gone`, whose policy would judge"),
    ],
)
def test_what_is_gone_is_named(hub: Hub, change: dict[str, Any], words: str) -> None:
    hub.branch("topic")
    hub.pull("topic")
    payload = pull_request(**{"head": hub.sha("topic"), "base": hub.sha("main"), "branch": "topic", **change})
    step = run(hub, TARGET, payload)
    assert told(step) == (3, "errored", "")
    assert step.report["gates"][0]["reason"].startswith(words)
    assert step.out.startswith(f"::error title=paddock::{words}")


def test_githubs_word_on_signatures_is_taken_where_asked(tmp_path: Path, keyring: Keyring) -> None:
    hub = Hub(tmp_path / "hub", policy=f"{POLICY}  signing: {{}}\n")
    hub.branch("topic", count=0)
    head = signed(hub.work, keyring.ssh("ada"), keyring, "Work\n\nSigned-off-by: Ada Lovelace <ada@example.org>")
    payload = hub.pull("topic")
    with FakeGitHub(OWNER_AND_NAME).serve() as server:
        server.commits = [commit(head, verification("valid"))]
        env = {"GITHUB_API_URL": server.url, "GITHUB_TOKEN": "s3cret"}
        assert run(hub, TARGET, payload, **env).verdicts["signing"] == "errored"
        assert server.requests == []
        step = run(hub, TARGET, payload, "--github", **env)
        assert told(step) == (0, "passed", "")
        assert "by GitHub's word" in step.reasons["signing"]
        assert [token for _, token in server.requests] == ["token s3cret"]
        assert "s3cret" not in step.out + step.err + step.summary + str(step.report)
        assert run(hub, TARGET, payload, PADDOCK_GITHUB="true", **env).verdicts["signing"] == "passed"
        assert run(hub, TARGET, payload, PADDOCK_GITHUB="false", **env).verdicts["signing"] == "errored"
