"""The bot against the GitHub of the tests: the plan published, handed out, worked through, reviewed, to its report."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from forge.world import BOT
from paddock.bot import labels
from paddock.bot.commands import imprint
from paddock.bot.gather import Edit, Gathered, Gatherer, Rules
from paddock.bot.github import connect
from paddock.bot.hearing import heard
from paddock.bot.loop import plan as planned
from paddock.bot.loop import run
from paddock.bot.publication import Publication
from paddock.bot.seen import Written
from paddock.policy.bot import Bot
from plans import PHASES, agent, plan, todo

if TYPE_CHECKING:
    from forge.world import Forge
    from paddock.bot.github import GitHub
    from paddock.plan.model import Plan

SMALL = plan(
    phases=PHASES,
    agents=[
        agent("a", login="agent-1"),
        agent("b", login="agent-2"),
        {"id": "r", "role": "reviewer", "login": "agent-8", "at-once": 2},
    ],
    todos=[
        todo("t1", "a", branch="feature/x/00a-one", title="First"),
        todo("t2", "b", branch="feature/x/00b-two", title="Second"),
        todo("u1", "a", "1", branch="feature/x/01a-three", title="Third", needs=["t1"]),
    ],
)


class Bench:
    """A bot that looks and acts when it is told to, and the issues by the plan's names."""

    def __init__(self, forge: Forge, plan_: Plan = SMALL, bot: Bot | None = None) -> None:
        self.forge, self.plan, self.bot = forge, plan_, bot or Bot()
        self.gates: tuple[str, ...] = ()

    def publish(self, *, dry: bool = False) -> list[str]:
        hub = connect(self.forge.environment())
        return [one.what for one in Publication(hub, self.plan, me=BOT, limit=700, dry=dry).publish()]

    def gather(
        self,
        hub: GitHub | None = None,
        edits: dict[int, Edit] | None = None,
        number: int | None = None,
        later: timedelta = timedelta(0),
    ) -> Gathered:
        rules = Rules(plan=self.plan, bot=self.bot, gates=self.gates)
        hub = hub or connect(self.forge.environment())
        return Gatherer(hub, rules, repository=self.forge.repository, me=BOT, now=datetime.now(UTC) + later).gather(
            number, edits
        )

    def sweep(self) -> int:
        hub = connect(self.forge.environment())
        return run(hub, self.gather(hub), base="main")

    def state(self, id_: str) -> str:
        snapshot = self.gather().snapshot
        return str(snapshot.state(next(one for one in snapshot.issues if one.todo == id_)))

    def number(self, id_: str) -> int:
        return next(one.number for one in self.gather().snapshot.issues if one.todo == id_)

    def settled(self) -> None:
        """A second look finds nothing to do."""
        assert planned(self.gather()) == ()


@pytest.fixture
def bench(forge: Forge) -> Bench:
    return Bench(forge)


def test_a_plan_is_published_once(bench: Bench) -> None:
    assert bench.publish(dry=True) == ["make"] * 4
    assert bench.forge.person("ada").do("GET", "issues?state=all") == []
    assert bench.publish() == ["make"] * 4
    assert bench.publish() == []
    issues = {one["title"]: one for one in bench.forge.person("ada").do("GET", "issues")}
    assert set(issues) == {"The plan", "First", "Second", "Third"}
    names = {one["name"] for one in issues["Third"]["labels"]}
    assert names == {"agent/a", "phase/1", "state/open", "priority/medium"}
    assert issues["Third"]["milestone"]["title"] == "Phase 1"


def test_what_a_person_wrote_stays_and_what_the_plan_lost_is_dropped(bench: Bench) -> None:
    bench.publish()
    ada = bench.forge.person("ada")
    first = bench.number("t1")
    body = ada.do("GET", f"issues/{first}")["body"]
    ada.do("PATCH", f"issues/{first}", title="My title", body=f"My words.\n\n{body}")
    bench.plan = plan(
        phases=PHASES,
        agents=[agent("a", login="agent-1"), agent("b", login="agent-2")],
        todos=[
            todo("t1", "b", branch="feature/x/00a-one", title="Renamed"),
            todo("v1", "a", "1", branch="feature/x/01a-three", title="Third"),
        ],
    )
    bench.publish()
    assert bench.publish() == []
    kept = ada.do("GET", f"issues/{first}")
    assert kept["title"] == "My title"
    assert kept["body"].startswith("My words.")
    assert "agent/b" in {one["name"] for one in kept["labels"]}
    closed = ada.do("GET", "issues?state=closed")
    assert [one["title"] for one in closed] == ["Second"]
    assert bench.number("v1")  # the same branch: the same issue


def test_a_small_plan_is_worked_through(bench: Bench) -> None:
    bench.publish()
    bench.sweep()
    bench.settled()
    assert [bench.state(one) for one in ("t1", "t2", "u1")] == ["in-progress", "in-progress", "open"]
    one, eight = bench.forge.person("agent-1"), bench.forge.person("agent-8")
    first = bench.number("t1")
    assert any("is yours" in text for text in _said(bench, first))
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{first}")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "in-review"
    eight.comment(pull, "/request-changes\n- Close the file\n- Test it\n")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "changes-requested"
    made = [one for one in bench.gather().snapshot.issues if one.parent == first]
    assert [(one.title, "agent/a" in one.labels) for one in made] == [("Close the file", True), ("Test it", True)]
    assert any(f"- #{made[0].number}" in text for text in _said(bench, first))
    sha = one.push("feature/x/00a-one", {"a.txt": "b\n"})
    bench.sweep()
    assert bench.state("t1") == "in-review"
    one.comment(pull, f"/approve {sha}")
    bench.sweep()
    assert bench.state("t1") == "in-review"
    eight.comment(pull, f"/approve {sha}")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "done"
    assert all(one.closed for one in bench.gather().snapshot.issues if one.parent == first)
    assert bench.state("u1") == "open"  # phase 0 is not over


def _said(bench: Bench, number: int) -> list[str]:
    found = bench.forge.person("ada").do("GET", f"issues/{number}/comments?per_page=100")
    return [one["body"] for one in found]


def test_reviews_on_github_count_like_their_commands_and_gates_hold_up_the_end(bench: Bench) -> None:
    bench.gates = ("pr-size",)
    bench.publish()
    bench.sweep()
    one, eight = (bench.forge.person(login) for login in ("agent-1", "agent-8"))
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    bench.sweep()
    eight.review(pull, "REQUEST_CHANGES", "Not yet:\n\n- Close the file\n- [x] Nice")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "changes-requested"
    assert [issue.title for issue in bench.gather().snapshot.issues if issue.parent is not None] == ["Close the file"]
    sha = one.push("feature/x/00a-one", {"a.txt": "b\n"})
    # Whoever has a token can say so of their own commit: what others say of it decides nothing.
    for login in (BOT, "agent-1"):
        bench.forge.person(login).do("POST", f"statuses/{sha}", state="success", context="paddock/gates")
    eight.review(pull, "APPROVE")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "in-review"
    bench.gates = ()
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "done"


def test_an_edited_comment_waits_for_the_event_that_tells_who_edited_it(bench: Bench) -> None:
    bench.publish()
    number = bench.number("t1")
    ada = bench.forge.person("ada")
    said = ada.comment(number, "Hm.")
    time.sleep(1.1)  # GitHub tells times by the second
    ada.do("PATCH", f"issues/comments/{said}", body="/hold")
    bench.sweep()
    assert bench.state("t1") == "in-progress"
    hub = connect(bench.forge.environment())
    run(hub, bench.gather(hub, edited(bench, said, "max", "Hm.")), base="main")
    assert bench.state("t1") == "in-progress"
    run(hub, bench.gather(hub, edited(bench, said, "ada", "Hm.")), base="main")
    assert bench.state("t1") == "held"


def edited(bench: Bench, comment: int, by: str, before: str) -> dict[int, Edit]:
    """What the event of an edit tells, if nothing was edited since."""
    told = bench.forge.person("ada").do("GET", f"issues/comments/{comment}")
    return {comment: Edit(by, told["body"], datetime.fromisoformat(told["updated_at"]), before)}


def test_an_edit_vouches_for_no_text_that_came_later(bench: Bench) -> None:
    """Its event may be run again by whoever may push, long after others changed the words."""
    bench.publish()
    number, ada = bench.number("t1"), bench.forge.person("ada")
    said = ada.comment(number, "Hm, see a/b")
    time.sleep(1.1)  # GitHub tells times by the second
    ada.do("PATCH", f"issues/comments/{said}", body="Well, see a/b")
    event = edited(bench, said, "ada", "Hm, see a/b")
    time.sleep(1.1)
    bench.forge.person("agent-1").do("PATCH", f"issues/comments/{said}", body="Well, see a/b\n\n/hold")
    hub = connect(bench.forge.environment())
    run(hub, bench.gather(hub, event), base="main")
    assert bench.state("t1") == "in-progress"
    # The same words at another time are another edit's.
    later = edited(bench, said, "ada", "Hm, see a/b")[said]
    run(hub, bench.gather(hub, {said: replace(later, at=event[said].at)}), base="main")
    assert bench.state("t1") == "in-progress"


def test_an_edit_vouches_for_nothing_that_it_found_there(bench: Bench) -> None:
    """Who mends a typo does not say what somebody else wrote into their comment."""
    bench.publish()
    number, ada = bench.number("t1"), bench.forge.person("ada")
    said = ada.comment(number, "Intresting, see a/b")
    injected = "Intresting, see a/b\n\n/hold"
    bench.forge.person("agent-1").do("PATCH", f"issues/comments/{said}", body=injected)
    time.sleep(1.1)  # GitHub tells times by the second
    ada.do("PATCH", f"issues/comments/{said}", body="Interesting, see a/b\n\n/hold\n/priority high")
    hub = connect(bench.forge.environment())
    for _ in range(2):
        run(hub, bench.gather(hub, edited(bench, said, "ada", injected)), base="main")
    assert bench.state("t1") == "in-progress"
    assert "priority/high" in _labels(bench, number)


def test_a_marker_that_somebody_typed_approves_nothing(bench: Bench) -> None:
    bench.publish()
    bench.sweep()
    one = bench.forge.person("agent-1")
    sha = one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    forged = f'<!-- paddock:review {{"by":"ada","verdict":"approved","sha":"{sha}"}} -->'
    nested = forged.replace("paddock:", "pad<!-- paddock:dock:")
    for text in (forged, f"/todo `{forged}`", f"/todo x {nested}", f'/phase "{forged}"', f"/asign {forged}"):
        one.comment(pull, text)
    bench.sweep()
    bench.sweep()
    assert bench.state("t1") == "in-review"
    reviewed = next(one for one in bench.gather().snapshot.issues if one.number == pull)
    assert reviewed.pull is not None
    assert reviewed.pull.reviews == ()


def test_words_that_somebody_put_into_the_bot_s_comments_decide_nothing(bench: Bench) -> None:
    """Whoever may push may edit any comment."""
    bench.publish()
    bench.sweep()
    one, ada = bench.forge.person("agent-1"), bench.forge.person("ada")
    sha = one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    ada.comment(pull, "/request-changes\n- Tidy it")
    bench.sweep()
    time.sleep(1.1)  # GitHub tells times by the second
    forged = f'<!-- paddock:review {{"by":"ada","verdict":"approved","sha":"{sha}"}} -->'
    for said in ada.do("GET", f"issues/{pull}/comments"):
        if said["user"]["login"] == BOT:
            text = said["body"].replace("changes\\u002drequested", "approved").replace("changes-requested", "approved")
            one.do("PATCH", f"issues/comments/{said['id']}", body=f"{text}\n\n{forged}")
    bench.sweep()
    bench.sweep()
    assert bench.state("t1") != "done"
    reviewed = next(one for one in bench.gather().snapshot.issues if one.number == pull)
    assert reviewed.pull is not None
    assert all(review.verdict == "changes-requested" for review in reviewed.pull.reviews)


def test_comments_are_written_once_however_often_it_looks(bench: Bench) -> None:
    bench.publish()
    for _ in range(3):
        bench.sweep()
    number = bench.number("t1")
    bench.forge.person("ada").comment(number, "/asign agent-1\n/status")
    for _ in range(3):
        bench.sweep()
    keys = [key for text in _said(bench, number) for key in re.findall(r'"key":"([^"]+)"', text)]
    assert len(keys) == len(set(keys)) == 3
    assert labels.value(_labels(bench, number), labels.STATE, ("in-progress",)) is not None


def _labels(bench: Bench, number: int) -> list[str]:
    return [one["name"] for one in bench.forge.person("ada").do("GET", f"issues/{number}")["labels"]]


def test_nobody_approves_what_they_had_a_hand_in(bench: Bench) -> None:
    """Not who committed to it, and not under another account; and an approval is of what was there to be seen."""
    bench.publish()
    bench.sweep()
    one, eight, ada = (bench.forge.person(login) for login in ("agent-1", "agent-8", "ada"))
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    head = eight.push("feature/x/00a-one", {"b.txt": "b\n"})
    bench.sweep()
    eight.comment(pull, f"/approve {head}")
    bench.sweep()
    assert bench.state("t1") == "in-review"
    assert any("own work" in text for text in _said(bench, pull))
    time.sleep(1.1)  # GitHub tells times by the second
    ada.comment(pull, "/approve")
    bench.sweep()
    assert bench.state("t1") == "done"


def test_an_approval_that_names_no_commit_is_of_none_that_came_later(bench: Bench) -> None:
    bench.publish()
    bench.sweep()
    one, ada = bench.forge.person("agent-1"), bench.forge.person("ada")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    ada.comment(pull, "/approve")
    one.push("feature/x/00a-one", {"a.txt": "b\n"})
    bench.sweep()
    assert bench.state("t1") == "in-review"
    assert any("was pushed after this was written" in text for text in _said(bench, pull))


def test_a_dependency_that_a_person_set_on_github_counts(bench: Bench) -> None:
    bench.publish()
    ada = bench.forge.person("ada")
    second, other = bench.number("t2"), ada.issue("First this")
    known = {one["number"]: one["id"] for one in ada.do("GET", "issues")}
    ada.do("POST", f"issues/{second}/dependencies/blocked_by", issue_id=known[other])
    bench.forge.forget()
    bench.sweep()
    asked = [one.path for one in bench.forge.calls() if one.path.endswith("/blocked_by")]
    assert len(asked) == 1, "the plan's own needs are known without asking"
    assert (bench.state("t1"), bench.state("t2")) == ("in-progress", "blocked")
    ada.do("PATCH", f"issues/{other}", state="closed")
    bench.sweep()
    assert bench.state("t2") == "in-progress"


def test_whose_the_named_paths_are_gets_it(bench: Bench) -> None:
    owning = [agent("a", login="agent-1", owns=["src/**"]), agent("b", login="agent-2", owns=["docs/**"])]
    bench.plan = plan(phases=PHASES, agents=owning, todos=[todo("t1", "a", title="First")])
    bench.publish()
    ada = bench.forge.person("ada")
    issue = ada.issue("Mend it", "See `docs/a.md` and https://example.org/src/x.py, ../src/y")
    ada.comment(issue, "/assign")
    bench.sweep()
    names = {one["name"] for one in ada.do("GET", f"issues/{issue}")["labels"]}
    assert "agent/b" in names


def _dismiss(bench: Bench, pull: int, review: int) -> None:
    there = f"pulls/{pull}/reviews/{review}/dismissals"
    bench.forge.person("ada").do("PUT", there, message="Not so", event="DISMISS")


def _in_review(bench: Bench) -> int:
    """The pull request of the first todo."""
    bench.publish()
    bench.sweep()
    one = bench.forge.person("agent-1")
    one.push("feature/x/00a-one", {"a.txt": "a\n"})
    pull = one.pull("feature/x/00a-one", body=f"Closes #{bench.number('t1')}")
    bench.sweep()
    return pull


def _reviews(bench: Bench, pull: int) -> dict[str, str]:
    found = bench.gather(number=bench.number("u1")).snapshot.issue_of[pull].pull
    assert found is not None
    return {one.by: str(one.verdict) for one in found.reviews}


def test_a_dismissed_approval_counts_no_more_wherever_the_next_run_looks(bench: Bench) -> None:
    bench.gates = ("pr-size",)
    pull = _in_review(bench)
    bob = bench.forge.person("bob")
    bob.review(pull, "REQUEST_CHANGES", "- Close it")
    first = bob.review(pull, "APPROVE", "Good.")
    second = bench.forge.person("agent-8").review(pull, "APPROVE")
    bench.sweep()
    assert _reviews(bench, pull) == {"bob": "approved", "agent-8": "approved"}
    for one in (first, second):
        _dismiss(bench, pull, one)
    seen = bench.gather(number=pull).snapshot.issue_of[pull].pull
    assert seen is not None
    assert seen.reviews == ()
    bench.sweep()
    bench.settled()
    assert _reviews(bench, pull) == {}
    bench.gates = ()
    bench.sweep()
    assert bench.state("t1") == "in-review"


def test_a_dismissed_request_for_changes_holds_nothing_up(bench: Bench) -> None:
    pull = _in_review(bench)
    asked = bench.forge.person("bob").review(pull, "REQUEST_CHANGES", "- Close it")
    bench.sweep()
    assert bench.state("t1") == "changes-requested"
    _dismiss(bench, pull, asked)
    bench.forge.person("agent-8").review(pull, "APPROVE")
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "done"


def test_what_a_dismissed_review_says_is_not_run(bench: Bench) -> None:
    pull = _in_review(bench)
    given = bench.forge.person("bob").review(pull, "APPROVE", "/hold\n\n/approve")
    _dismiss(bench, pull, given)
    bench.sweep()
    bench.settled()
    assert (bench.state("t1"), _reviews(bench, pull)) == ("in-review", {})


def test_what_a_review_says_on_lines_is_asked_for_whatever_its_text_is(bench: Bench) -> None:
    pull = _in_review(bench)
    on = [{"path": "a.txt", "line": 1, "body": text} for text in ("escape <script> here", "and this")]
    bench.forge.person("ada").review(pull, "REQUEST_CHANGES", "/priority high\n\n<!-- template", comments=on)
    bench.sweep()
    bench.settled()
    assert bench.state("t1") == "changes-requested"
    made = {one.title for one in bench.gather().snapshot.issues if one.parent is not None}
    assert made == {"escape <script> here", "and this"}
    assert "priority/high" in _labels(bench, bench.number("t1"))


@pytest.mark.parametrize("first", ["Looking", "", "/priority high"])
def test_what_is_edited_into_a_review_after_the_first_look_is_not_run(bench: Bench, first: str) -> None:
    """Whoever may push can edit a maintainer's review, and GitHub does not tell that somebody did."""
    pull = _in_review(bench)
    ada = bench.forge.person("ada")
    review = ada.review(pull, "COMMENT", first or "x")
    if not first:
        ada.do("PUT", f"pulls/{pull}/reviews/{review}", body="")
    bench.sweep()
    bench.settled()
    one = bench.forge.person("agent-1")
    one.do("PUT", f"pulls/{pull}/reviews/{review}", body="Looking\n\n/hold\n\n/approve")
    bench.sweep()
    bench.settled()
    assert (bench.state("t1"), _reviews(bench, pull)) == ("in-review", {})
    assert ("priority/high" in _labels(bench, bench.number("t1"))) == first.startswith("/")
    hub = connect(bench.forge.environment())
    bench.forge.forget()
    run(hub, bench.gather(hub), base="main")
    assert all(one.operation.startswith("GET") for one in bench.forge.calls()), "remembered once"


def test_a_pull_request_closes_what_its_text_names_in_a_list(bench: Bench) -> None:
    bench.publish()
    first, second = bench.number("t1"), bench.number("t2")
    one = bench.forge.person("agent-1")
    one.push("other", {"a.txt": "a\n"})
    pull = one.pull("other", body=f"## What\n\n- Closes #{first}\n- not `closes #{second}`")
    seen = bench.gather().snapshot.issue_of[pull].pull
    assert seen is not None
    assert seen.closes == (first,)
    bench.sweep()
    assert (bench.state("t1"), bench.state("t2")) == ("in-review", "in-progress")


def test_a_text_that_is_done_is_not_read_again(bench: Bench) -> None:
    bench.publish()
    number, ada = bench.number("t1"), bench.forge.person("ada")
    hostile = "/usr/x\n" + "![" * 4_000
    texts = {str(ada.comment(number, text)): text for text in ("/hold", hostile, "/etc is a folder")}
    hold, silent, short = texts
    assert {one.key for one in heard(bench.gather())} == {hold, silent}
    bench.sweep()
    kept = bench.gather().written[number].said
    assert (kept[hold][0], len(kept[hold]), kept[silent]) == (imprint("/hold"), 2, [imprint(hostile)])
    assert short not in kept, "nothing is written for what says nothing"
    assert list(heard(bench.gather())) == []
    # Had it been read, it would have said something that is not remembered.
    known = bench.gather()
    known.written[number] = Written(said={hold: [imprint("/hold")], silent: [imprint(hostile)]})
    assert list(heard(known)) == []


def test_what_a_closed_pull_request_closes_is_read_where_somebody_speaks_there(bench: Bench) -> None:
    pull = _in_review(bench)
    ada = bench.forge.person("ada")
    ada.do("PATCH", f"pulls/{pull}", state="closed")

    def closes() -> tuple[int, ...]:
        found = bench.gather().snapshot.issue_of[pull].pull
        assert found is not None
        return found.closes

    assert closes() == ()
    ada.comment(pull, "/hold")
    assert closes() == (bench.number("t1"),)
    bench.sweep()
    assert (bench.state("t1"), closes()) == ("held", ())


def test_what_a_review_says_counts_for_an_hour(bench: Bench) -> None:
    """Whoever may push can also take away what the bot remembers of it."""
    pull = _in_review(bench)
    bench.forge.person("ada").review(pull, "COMMENT", "/hold")
    hub = connect(bench.forge.environment())
    (early,) = heard(bench.gather(later=timedelta(minutes=58)))
    (late,) = heard(bench.gather(later=timedelta(minutes=62)))
    assert (early.comment.late, late.comment.late) == (False, True)
    run(hub, bench.gather(hub, later=timedelta(minutes=62)), base="main")
    assert bench.state("t1") == "in-review"
    assert any("say it in a comment" in text for text in _said(bench, pull))


def test_an_agent_is_started_on_each_todo_however_soon_one_follows_the_other(bench: Bench) -> None:
    bench.plan = plan(
        phases=PHASES,
        agents=[agent("a", login="agent-1", launch="workflow", **{"at-once": 2})],
        todos=[todo("t1", "a", title="First"), todo("t2", "a", title="Second")],
    )
    bench.forge.facts.workflows.add("paddock-agent.yml")
    bench.publish()
    bench.sweep()
    bench.settled()
    started = {sent["issue"]: sent["key"] for _, _, sent in bench.forge.facts.dispatches}
    assert set(started) == {str(bench.number("t1")), str(bench.number("t2"))}
    assert len(set(started.values())) == len(bench.forge.facts.dispatches) == 2
