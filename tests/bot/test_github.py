"""The bot's client against the GitHub of the tests: what goes in comes out, as values."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from forge.values import API
from forge.world import BOT
from paddock.bot.api.answers import Faces, Label, Permission
from paddock.bot.api.errors import ForbiddenError, NotFoundError, RefusedError
from paddock.bot.github import connect
from paddock.errors import UsageError

if TYPE_CHECKING:
    from forge.world import Forge
    from paddock.bot.github import GitHub

BRANCH = "feature/x/01a-first"


@pytest.fixture
def hub(forge: Forge) -> GitHub:
    """The client, with the workflow's token."""
    return connect(forge.environment())


def test_an_issue_is_opened_changed_closed_and_opened_again(hub: GitHub) -> None:
    milestone = hub.create_milestone("phase 1", "the first")
    made = hub.create_issue("A todo", "line\r\nline", labels=["agent/a"], assignees=["bob"], milestone=milestone.number)
    assert (made.title, made.text, made.label_names, made.assigned) == (
        "A todo",
        "line\r\nline",
        ("agent/a",),
        ("bob",),
    )
    assert (made.login, made.author and made.author.bot, made.closed, made.is_pull) == (BOT, True, False, False)
    assert made.milestone is not None
    assert made.milestone.title == "phase 1"
    hub.edit_issue(made.number, title="Another", body="")
    closed = hub.close_issue(made.number, completed=False)
    assert (closed.closed, closed.reason, closed.title, closed.text) == (True, "not_planned", "Another", "")
    hub.reopen_issue(made.number)
    assert not hub.issue(made.number).closed


def test_issues_are_listed_with_pull_requests_by_state_label_and_time(forge: Forge, hub: GitHub) -> None:
    bob = forge.person("bob")
    first, second = hub.create_issue("1", "", labels=["x"]).number, hub.create_issue("2", "", labels=["x", "y"]).number
    bob.push(BRANCH, {"a.txt": "a\n"})
    pull = bob.pull(BRANCH)
    hub.close_issue(first)
    assert [(one.number, one.is_pull) for one in hub.issues()] == [(second, False), (pull, True)]
    assert [one.number for one in hub.issues("all", labels=["x"])] == [first, second]
    assert [one.number for one in hub.issues("all", labels=["x", "y"])] == [second]
    assert hub.issues("all", since=datetime.now(UTC) + timedelta(hours=1)) == ()


def test_labels_are_added_and_taken_once_or_twice(hub: GitHub) -> None:
    number = hub.create_issue("1", "").number
    for _ in range(2):
        hub.add_labels(number, "state/review", "agent/a")
    assert hub.issue(number).label_names == ("state/review", "agent/a")
    for _ in range(2):
        hub.remove_label(number, "state/review")
    assert hub.issue(number).label_names == ("agent/a",)


ODD_LABELS = ["a/b/../c", "50% off?", "é #1 & more", "%2e%2e", "a,b", "q=1&state=closed"]


@pytest.mark.parametrize("name", ODD_LABELS)
def test_a_label_is_told_whatever_it_is_called(hub: GitHub, name: str) -> None:
    number = hub.create_issue("1", "").number
    hub.add_labels(number, "kept", name)
    hub.remove_label(number, name)
    assert hub.issue(number).label_names == ("kept",)


def test_a_label_can_lead_no_request_elsewhere(forge: Forge, hub: GitHub) -> None:
    hub.remove_label(1, "..")
    hub.remove_label(1, ".")
    assert forge.calls() == []


def test_labels_and_milestones_of_the_repository(hub: GitHub) -> None:
    hub.create_label(Label("agent/a", "00ff00", "work of a"))
    with pytest.raises(RefusedError):
        hub.create_label(Label("agent/a", "00ff00"))
    hub.edit_label(Label("agent/a", "0000ff", "other"))
    assert hub.labels() == (Label("agent/a", "0000ff", "other"),)
    made = hub.create_milestone("phase 1")
    hub.edit_milestone(made.number, closed=True)
    assert [(one.title, one.state) for one in hub.milestones()] == [("phase 1", "closed")]


def test_only_who_may_be_assigned_is(hub: GitHub) -> None:
    number = hub.create_issue("1", "").number
    assert hub.assign(number, "bob", "eve") == ("bob",)
    assert hub.unassign(number, "bob", "ada") == ()


def test_comments_are_written_edited_and_deleted(forge: Forge, hub: GitHub) -> None:
    number = hub.create_issue("1", "").number
    made = hub.create_comment(number, "one")
    assert (made.number, made.login, made.text, made.edited) == (number, BOT, "one", False)
    forge.person("eve").comment(number, "two")
    hub.edit_comment(made.id, "three")
    assert [(one.text, one.login, one.association) for one in hub.comments(number)] == [
        ("three", BOT, "MEMBER"),
        ("two", "eve", "NONE"),
    ]
    for _ in range(2):
        hub.delete_comment(made.id)
    with pytest.raises(NotFoundError):
        hub.comment(made.id)


TEXTS = {
    "markup": "<!-- paddock: x --> & \"q\" 'q' `c` \\ ${{ x }}",
    "lines": "a\r\nb\nc\u2028d\x0ce",
    "beyond": "\U0001f40e \u202e\u0301 \x1b[31m",
    "long": "é" * 65_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_comes_out_as_it_went_in(hub: GitHub, text: str) -> None:
    number = hub.create_issue("1", text).number
    comment = hub.create_comment(number, text)
    assert (hub.issue(number).text, hub.comment(comment.id).text) == (text, text)


def test_a_text_that_is_too_long_is_refused(hub: GitHub) -> None:
    number = hub.create_issue("1", "").number
    with pytest.raises(RefusedError) as raised:
        hub.create_comment(number, "x" * 65_537)
    assert "body is too long (maximum is 65536 characters)" in str(raised.value)


def test_what_is_no_text_breaks_nothing(forge: Forge, hub: GitHub) -> None:
    """git's names and messages may hold bytes that are no UTF-8; here they are surrogates."""
    number = hub.create_issue("a \udce9", "b \udce9").number
    assert (hub.issue(number).title, hub.issue(number).text) == ("a \ufffd", "b \ufffd")
    assert hub.ref("refs/heads/\udce9") is None
    assert hub.pulls(base="\udce9") == ()
    assert hub.pushes("\udce9") == ()
    assert [one.path.partition("hall")[2] for one in forge.calls()[-3:]] == [
        "/git/ref/heads/%E9",
        "/pulls",
        "/activity",
    ]


def test_the_apis_version_is_named(forge: Forge, hub: GitHub) -> None:
    hub.repository()
    (call,) = forge.calls()
    assert call.headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert call.headers["Accept"] == "application/vnd.github+json"


def test_more_than_a_page_is_read_whole(forge: Forge, hub: GitHub) -> None:
    eve = forge.person("eve")
    number = eve.issue("1")
    written = [eve.comment(number, str(i)) for i in range(205)]
    assert [one.id for one in hub.comments(number)] == written
    asked = [(one.path, one.query) for one in forge.calls()]
    path = f"{API}/issues/{number}/comments"
    assert asked == [(path, {"page": str(page), "per_page": "100"}) for page in (1, 2, 3)]


def test_comments_of_all_issues_since_a_time(forge: Forge, hub: GitHub) -> None:
    bob = forge.person("bob")
    issue = bob.issue("1")
    bob.push(BRANCH, {"a.txt": "a\n"})
    pull = bob.pull(BRANCH)
    bob.comment(issue, "on an issue")
    bob.comment(pull, "on a pull request")
    start = hub.issue(issue).created
    assert [(one.number, one.text) for one in hub.all_comments(since=start)] == [
        (issue, "on an issue"),
        (pull, "on a pull request"),
    ]
    assert hub.all_comments(since=start + timedelta(hours=1)) == ()


def test_a_reaction_is_there_once(forge: Forge, hub: GitHub) -> None:
    number = hub.create_issue("1", "").number
    comment = forge.person("ada").comment(number, "/next")
    for _ in range(2):
        reaction = hub.react("issues/comments", comment, "eyes")
    hub.react("issues", number, "+1")
    assert [(one.content, one.login) for one in hub.reactions("issues/comments", comment)] == [("eyes", BOT)]
    assert [one.content for one in hub.reactions("issues", number)] == ["+1"]
    assert hub.comments(number)[0].faces == Faces(eyes=1)
    hub.unreact("issues/comments", comment, reaction.id)
    hub.unreact("issues/comments", comment, reaction.id)
    assert hub.reactions("issues/comments", comment) == ()


def test_dependencies_and_sub_issues(hub: GitHub) -> None:
    one, two = hub.create_issue("1", ""), hub.create_issue("2", "")
    hub.block(two.number, one.id)
    with pytest.raises(RefusedError):
        hub.block(two.number, one.id)
    assert [issue.number for issue in hub.blocked_by(two.number)] == [one.number]
    for _ in range(2):
        hub.unblock(two.number, one.id)
    assert hub.blocked_by(two.number) == ()
    hub.add_sub_issue(one.number, two)
    assert [issue.number for issue in hub.sub_issues(one.number)] == [two.number]


def test_a_pull_request_and_what_it_changes(forge: Forge, hub: GitHub) -> None:
    bob = forge.person("bob")
    sha = bob.push(BRANCH, {"src/a.txt": "1\n2\n", "b.txt": "x\n"}, "work\n\nSigned-off-by: Bob <b@example.org>")
    number = bob.pull(BRANCH, "Title", "Closes #1", draft=True)
    pull = hub.pull(number)
    assert (pull.head.sha, pull.head.ref, pull.base.ref, pull.draft) == (sha, BRANCH, "main", True)
    assert (pull.merged, pull.mergeable, pull.fork, pull.commits, pull.login) == (False, True, False, 2, "bob")
    assert [(one.path, one.status, one.added, one.deleted) for one in hub.pull_files(number)] == [
        ("b.txt", "added", 1, 0),
        ("src/a.txt", "added", 2, 0),
    ]
    (first, last) = hub.pull_commits(number)
    assert (last.sha, first.message) == (sha, "work\n\nSigned-off-by: Bob <b@example.org>")
    assert (last.author and last.author.login) == "bob"
    assert [one.number for one in hub.pulls(branch=BRANCH, base="main")] == [number]
    assert hub.pulls(branch="feature/x/02-other") == ()
    pushed = bob.push(BRANCH, {"c.txt": "c\n"})
    assert hub.pull(number).head.sha == pushed != sha


def test_a_pull_request_is_retargeted(forge: Forge, hub: GitHub) -> None:
    bob = forge.person("bob")
    bob.push(BRANCH, {"a.txt": "a\n"})
    bob.push("feature/x/02-second", {"b.txt": "b\n"}, start=BRANCH)
    number = bob.pull("feature/x/02-second", base=BRANCH)
    assert hub.pull(number).base.ref == BRANCH
    hub.retarget(number, "main")
    assert hub.pull(number).base.ref == "main"


def test_reviews_and_their_comments(forge: Forge, hub: GitHub) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    sha = bob.push(BRANCH, {"a.txt": "1\n2\n"})
    number = bob.pull(BRANCH)
    hub.ask_review(number, "ada")
    assert [one.login for one in hub.pull(number).reviewers or ()] == ["ada"]
    ada.review(number, "REQUEST_CHANGES", "- this", comments=[{"path": "a.txt", "line": 2, "body": "and that"}])
    hub.create_review(number, "COMMENT", sha, "seen")
    assert [(one.login, one.state, one.text, one.sha) for one in hub.reviews(number)] == [
        ("ada", "CHANGES_REQUESTED", "- this", sha),
        (BOT, "COMMENTED", "seen", sha),
    ]
    (comment,) = hub.review_comments(number)
    assert (comment.path, comment.line, comment.text, comment.review) == (
        "a.txt", 2, "and that", hub.reviews(number)[0].id,
    )  # fmt: skip


@pytest.mark.parametrize("login", ["bob", "eve"])
def test_authors_and_outsiders_are_asked_for_no_review(forge: Forge, hub: GitHub, login: str) -> None:
    bob = forge.person("bob")
    bob.push(BRANCH, {"a.txt": "a\n"})
    number = bob.pull(BRANCH)
    with pytest.raises(RefusedError):
        hub.ask_review(number, "ada", login)


def test_nobody_approves_their_own_pull_request(forge: Forge) -> None:
    bob = forge.person("bob")
    sha = bob.push(BRANCH, {"a.txt": "a\n"})
    number = bob.pull(BRANCH)
    with pytest.raises(RefusedError) as raised:
        connect(forge.environment("bob")).create_review(number, "APPROVE", sha, "fine")
    assert raised.value.reasons == ("Unprocessable Entity", "Can not approve your own pull request")


def test_a_merge_closes_what_the_text_names(forge: Forge, hub: GitHub) -> None:
    bob = forge.person("bob")
    issues = [bob.issue(str(i)) for i in range(3)]
    bob.push(BRANCH, {"a.txt": "a\n"})
    number = bob.pull(BRANCH, body=f"Closes #{issues[0]}, fixes: #{issues[1]}, see #{issues[2]}")
    bob.merge(number)
    assert [hub.issue(one).closed for one in issues] == [True, True, False]
    pull = hub.pull(number)
    main = hub.ref("refs/heads/main")
    assert (pull.merged, pull.closed, pull.merge_sha) == (True, True, main and main.sha)


def test_merges_add_up(forge: Forge, hub: GitHub) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    numbers = []
    for name in ("a", "b"):
        bob.push(f"feature/{name}", {f"{name}.txt": "1\n"})
        numbers.append(bob.pull(f"feature/{name}"))
        last = bob.push(f"feature/{name}", {f"{name}.txt": "2\n"})
        assert ada.ask("PUT", f"pulls/{numbers[-1]}/merge", sha="0" * 40)[0] == 409
    for number in numbers:
        ada.merge(number)
    content = {name: ada.do("GET", f"contents/{name}?ref=main")["content"] for name in ("README.md", "a.txt", "b.txt")}
    assert content["a.txt"] == content["b.txt"] == "Mgo="
    assert hub.pull(numbers[1]).head.sha == last
    assert len(ada.do("GET", "commits")) == 3


def test_check_runs_are_of_an_app(forge: Forge, hub: GitHub) -> None:
    sha = forge.person("bob").push(BRANCH, {"a.txt": "a\n"})
    run = hub.create_check_run(sha, "paddock/gates", external_id="run-1")
    assert (run.status, run.conclusion, run.sha) == ("in_progress", None, sha)
    finding = {"path": "a.txt", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "no"}
    output = {"title": "1 failed", "summary": "table", "annotations": [finding]}
    hub.edit_check_run(run.id, conclusion="failure", output=output)
    hub.create_check_run(sha, "paddock/order", conclusion="success")
    (found,) = hub.check_runs(sha, name="paddock/gates")
    assert (found.id, found.conclusion, found.app, found.external_id) == (run.id, "failure", "github-actions", "run-1")
    assert len(hub.check_runs(sha)) == 2
    with pytest.raises(ForbiddenError) as raised:
        connect(forge.environment("bob")).create_check_run(sha, "paddock/gates")
    assert "You must authenticate via a GitHub App" in str(raised.value)


def test_the_newest_status_of_each_context_counts(forge: Forge, hub: GitHub) -> None:
    sha = forge.person("bob").push(BRANCH, {"a.txt": "a\n"})
    hub.set_status(sha, "paddock/gates", "pending", "waiting")
    hub.set_status(sha, "paddock/order", "failure", "x" * 200)
    hub.set_status(sha, "paddock/gates", "success", "14 gates")
    found = {one.context: one for one in hub.statuses(sha)}
    assert {name: one.state for name, one in found.items()} == {"paddock/gates": "success", "paddock/order": "failure"}
    assert len(found["paddock/order"].description or "") == 140
    assert [one.creator and one.creator.login for one in found.values()] == [BOT, BOT]


LEVELS = {
    "ada": Permission("admin", "admin"),
    "max": Permission("maintain", "write"),
    "bob": Permission("write", "write"),
    "tri": Permission("triage", "read"),
    "rea": Permission("read", "read"),
    "eve": Permission("", "none"),
    "nobody-at-all": Permission("", "none"),
    "..": Permission("", "none"),
}


@pytest.mark.parametrize(("login", "permission"), LEVELS.items(), ids=LEVELS)
def test_what_somebody_may(hub: GitHub, login: str, permission: Permission) -> None:
    assert hub.permission(login) == permission


def test_whose_token_it_is(forge: Forge, hub: GitHub) -> None:
    assert hub.me() is None
    ada = connect(forge.environment("ada")).me()
    assert (ada and (ada.login, ada.bot)) == ("ada", False)
    with pytest.raises(ForbiddenError) as raised:
        connect({**forge.environment(), "GITHUB_TOKEN": "ghs_expired"}).me()
    assert (raised.value.status, raised.value.hint) == (401, "GITHUB_TOKEN is not valid")


def test_who_is_in_a_team(forge: Forge, hub: GitHub) -> None:
    ada = forge.person("ada")
    ada.do("POST", "/orgs/octo/teams", name="leads")
    ada.do("PUT", "/orgs/octo/teams/leads/memberships/bob", role="member")
    assert hub.in_team("bob", "octo/leads")
    assert not hub.in_team("eve", "octo/leads")
    assert not hub.in_team("bob", "octo/none")


def test_a_ref_that_is_created_is_a_lock(forge: Forge, hub: GitHub) -> None:
    main = hub.ref("refs/heads/main")
    assert main is not None
    assert hub.ref("refs/paddock/lock/7") is None
    clients = [connect(forge.environment()) for _ in range(6)]
    barrier, won = threading.Barrier(len(clients)), []

    def take(client: GitHub) -> None:
        barrier.wait()
        won.append(client.create_ref("refs/paddock/lock/7", main.sha))

    threads = [threading.Thread(target=take, args=(one,)) for one in clients]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(won) == [False] * 5 + [True]
    assert [one.name for one in hub.refs("refs/paddock/lock")] == ["refs/paddock/lock/7"]
    assert [hub.delete_ref("refs/paddock/lock/7"), hub.delete_ref("refs/paddock/lock/7")] == [True, False]
    with pytest.raises(RefusedError):
        hub.create_ref("refs/paddock/lock/7", "0" * 40)


def test_who_pushed_what_when(forge: Forge, hub: GitHub) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    first = bob.push(BRANCH, {"a.txt": "1\n"})
    number = bob.pull(BRANCH)
    second = ada.push(BRANCH, {"a.txt": "2\n"})
    main = hub.ref("refs/heads/main")
    ada.merge(number)
    assert [(one.kind, one.after, one.actor and one.actor.login) for one in hub.pushes(BRANCH)] == [
        ("push", second, "ada"),
        ("push", first, "bob"),
        ("branch_creation", main and main.sha, "bob"),
    ]
    (merge,) = hub.pushes("main")
    assert (merge.kind, merge.before, merge.after) == ("pr_merge", main and main.sha, hub.pull(number).merge_sha)
    assert abs(merge.at - datetime.now(UTC)) < timedelta(days=1)
    assert hub.pushes("no/such&ref=x") == ()


def test_a_workflow_is_started(forge: Forge, hub: GitHub) -> None:
    forge.facts.workflows.add("agent.yml")
    hub.dispatch("agent.yml", "main", {"agent": "agent-3"})
    assert forge.facts.dispatches == [("agent.yml", "main", {"agent": "agent-3"})]
    with pytest.raises(NotFoundError):
        hub.dispatch("other.yml", "main", {})
    with pytest.raises(RefusedError):
        hub.dispatch("agent.yml", "no-such-branch", {})


def test_the_repository(hub: GitHub) -> None:
    found = hub.repository()
    assert (found.full_name, found.default_branch, found.private) == ("octo/hall", "main", False)


GOOD = {"GITHUB_REPOSITORY": "octo/hall", "GITHUB_TOKEN": "ghs_x"}
NOT_OURS = "GITHUB_API_URL is not the URL of an API"
WRONG = {
    "no repository": ({"GITHUB_REPOSITORY": ""}, "which repository is meant is not known"),
    "a path": ({"GITHUB_REPOSITORY": "../hall"}, "GITHUB_REPOSITORY is '../hall', not OWNER/NAME"),
    "a line break": ({"GITHUB_REPOSITORY": "octo/hall\n"}, "GITHUB_REPOSITORY is 'octo/hall\\n', not OWNER/NAME"),
    "no token": ({"GITHUB_TOKEN": ""}, "there is no token for GitHub"),
    "a token with a line break": ({"GITHUB_TOKEN": "ghs_x\n"}, "GITHUB_TOKEN has characters that no token has"),
    "no URL": ({"GITHUB_API_URL": "example.org"}, NOT_OURS),
    "a file": ({"GITHUB_API_URL": "file:///etc"}, NOT_OURS),
    "a user": ({"GITHUB_API_URL": "https://a:b@example.org"}, NOT_OURS),
    "no port": ({"GITHUB_API_URL": "https://example.org:x"}, NOT_OURS),
    "brackets": ({"GITHUB_API_URL": "https://[x"}, NOT_OURS),
    "no pace": ({"PADDOCK_PACE": "fast"}, "PADDOCK_PACE is 'fast'"),
    "in clear": ({"GITHUB_API_URL": "http://example.org/api/v3"}, "GITHUB_API_URL would send the token in clear"),
}


@pytest.mark.parametrize(("given", "said"), WRONG.values(), ids=WRONG)
def test_what_is_missing_or_wrong_is_told(given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        connect(GOOD | given)
    assert (str(raised.value), raised.value.exit_code) == (said, 2)
    assert "ghs_x" not in str(raised.value)
    assert raised.value.hint


def test_an_enterprise_servers_path_is_kept(forge: Forge) -> None:
    environment = {**forge.environment(), "GITHUB_API_URL": f"{forge.url}/api/v3/"}
    with pytest.raises(NotFoundError):
        connect(environment).repository()
    assert [one.target for one in forge.calls()] == [f"/api/v3{API}"]
    assert forge.ledger.violations == [f"GET /api/v3{API} is nothing that GitHub has"]
    forge.ledger.violations.clear()
