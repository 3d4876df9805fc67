"""Two agents, three todos and a reviewer, from the plan's publishing to its report, told in stages.

A stage is what people do and then what the bot does about it. Each is played once a process of tests, and what GitHub
holds between the two is kept: a test begins there, as often as it likes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from bot.test_loop import Bench
from forge.world import BOT, Saved
from paddock.bot.gather import Gatherer, Rules
from paddock.bot.github import connect
from paddock.bot.loop import run
from paddock.bot.publication import Publication
from plans import PHASES, agent, plan, todo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from forge.world import Forge
    from paddock.bot.gather import Gathered
    from paddock.bot.github import GitHub

WORKFLOW = "paddock-agent.yml"
PLAN = plan(
    phases=PHASES,
    agents=[
        agent("a", login="agent-1", launch="workflow"),
        agent("b", login="agent-2"),
        {"id": "r", "role": "reviewer", "login": "agent-8", "at-once": 2, "launch": "workflow"},
    ],
    todos=[
        todo("t1", "a", branch="feature/x/00a-one", title="First"),
        todo("t2", "b", branch="feature/x/00b-two", title="Second"),
        todo("u1", "a", "1", branch="feature/x/01a-three", title="Third", needs=["t1"]),
    ],
)
BOARD = 1


class Scene(Bench):
    """The bot on this plan, through whichever client, and people; `hours` from now."""

    def __init__(self, forge: Forge) -> None:
        super().__init__(forge, PLAN)
        forge.facts.workflows.add(WORKFLOW)

    def look(self, hub: GitHub, number: int | None = None, *, hours: int = 0) -> Gathered:
        now = datetime.now(UTC) + timedelta(hours=hours)
        looking = Gatherer(hub, Rules(plan=self.plan, bot=self.bot), repository=self.forge.repository, me=BOT, now=now)
        return looking.gather(number)

    def swept(self, hub: GitHub | None = None, *, hours: int = 0) -> None:
        hub = hub or connect(self.forge.environment())
        run(hub, self.look(hub, hours=hours), base="main")

    def published(self, hub: GitHub | None = None) -> None:
        hub = hub or connect(self.forge.environment())
        for _ in Publication(hub, self.plan, me=BOT, limit=700, dry=False).publish():
            pass

    def pull(self, id_: str) -> int:
        """The pull request of a todo."""
        number, snapshot = self.number(id_), self.gather().snapshot
        return next(one.number for one in snapshot.issues if one.pull is not None and number in one.pull.closes)

    def push(self, login: str, id_: str, text: str) -> str:
        return self.forge.person(login).push(str(self.plan.todo_of[id_].branch), {f"{id_}.txt": text})

    def open(self, login: str, id_: str) -> int:
        self.push(login, id_, "a\n")
        branch, body = str(self.plan.todo_of[id_].branch), f"Closes #{self.number(id_)}"
        return self.forge.person(login).pull(branch, id_, body)

    def approve(self, id_: str) -> int:
        number = self.pull(id_)
        head = self.forge.person("ada").do("GET", f"pulls/{number}")["head"]["sha"]
        self.forge.person("agent-8").comment(number, f"/approve {head}")
        return number

    def ask(self) -> int:
        number = self.pull("t1")
        self.forge.person("agent-8").comment(number, "/request-changes\n- Close the file\n- Test it\n")
        return number

    def talk(self) -> int:
        """What gets answers, a todo and a wait."""
        text = f"/block #{self.number('t2')}\n/asign a\n/help\n/status\n/todo Write it down"
        self.forge.person("ada").comment(self.number("u1"), text)
        return self.number("u1")

    def again(self) -> int:
        self.push("agent-1", "t1", "b\n")
        return self.pull("t1")

    def tick(self, phase: str) -> int:
        """All boxes of a phase."""
        ada = self.forge.person("ada")
        text = ada.do("GET", f"issues/{BOARD}")["body"]
        ada.do("PATCH", f"issues/{BOARD}", body=text.replace(f"[ ] `{phase}`", f"[x] `{phase}`"))
        return BOARD

    def drop(self) -> int:
        number = next(one.number for one in self.gather().snapshot.issues if one.title == "Write it down")
        self.forge.person("ada").comment(number, "/done")
        return number


def end(forge: Forge) -> Any:  # noqa: ANN401 - compared only
    """All of GitHub that the bot may have changed; issues by their titles, for their numbers may differ."""
    ada = forge.person("ada")
    every = ada.do("GET", "issues?state=all&per_page=100&direction=asc")
    # GitHub deletes no issue: what was one too many is closed and no todo.
    some = [one for one in every if one["state"] == "open" or one["labels"] or "pull_request" in one]
    title = {str(one["number"]): one["title"] for one in some}
    said: dict[int, list[str]] = {}
    for one in ada.do("GET", "issues/comments?per_page=100"):
        text = re.sub(r"(?<=#)\d+|(?<=\"on\":)\d+", lambda found: title.get(found[0], "?"), one["body"])
        said.setdefault(int(one["issue_url"].rpartition("/")[2]), []).append(text)
    return sorted(
        (
            one["title"],
            one["state"],
            one["state_reason"],
            sorted(label["name"] for label in one["labels"]),
            sorted(account["login"] for account in one["assignees"]),
            sorted(said.get(one["number"], [])),
        )
        for one in some
    )


def started(forge: Forge) -> list[str]:
    """The keys under which agents were started."""
    return sorted(inputs["key"] for _, _, inputs in forge.facts.dispatches)


# What people do; whose event the bot hears gives the number.
STAGES: Mapping[str, Callable[[Scene], int]] = {
    "publish": lambda _: BOARD,
    "hand out": lambda _: BOARD,
    "talk": Scene.talk,
    "review": lambda scene: scene.open("agent-1", "t1"),
    "changes requested": Scene.ask,
    "review again": Scene.again,
    "approved": lambda scene: scene.approve("t1"),
    "second in review": lambda scene: scene.open("agent-2", "t2"),
    "phase over": lambda scene: scene.approve("t2"),
    "next phase": lambda scene: scene.tick("0"),
    "third in review": lambda scene: scene.open("agent-1", "u1"),
    "third done": lambda scene: scene.approve("u1"),
    "report": Scene.drop,
}


class Stage(Struct, frozen=True):
    """GitHub before the bot acts; on which issue or pull request that is; how it stands then, and in the end.

    A comment that is kept current tells at first only that what was said is done, and how the todo stands a run later.
    """

    saved: Saved
    number: int
    then: Any
    end: Any
    started: list[str]


_PLAYED: dict[str, Stage] = {}


def stages(scene: Scene) -> Mapping[str, Stage]:
    """All of them, undisturbed: at each the bot acts, and acts once more, which changes little."""
    for name, people in STAGES.items() if not _PLAYED else ():
        number = people(scene)
        saved = scene.forge.save()
        act(scene, name)
        then = end(scene.forge)
        act(scene, name)
        _PLAYED[name] = Stage(saved, number, then, end(scene.forge), started(scene.forge))
    return _PLAYED


def act(scene: Scene, name: str, hub: GitHub | None = None) -> None:
    """What the bot does at a stage."""
    (scene.published if name == "publish" else scene.swept)(hub)
