"""`paddock ci` against the git fetches and the `paddock check` that it needs, on a repository of 4,000 files.

Bound: under two seconds, everything fetched into an empty repository over file://. What is compared with is one shallow
fetch of the two tips into a new bare repository, and `paddock check` of the same range in one where it is there.
"""

from __future__ import annotations

import os
import shlex
import sys

import msgspec
from measuring import Bound, Case, Comparison, added, apart, arguments, environment, measure, named, scratch, tell
from repositories import POLICY, History, code, create, git

FILES, CHANGED, LATER = 4_000, 40, 30
NAME = "example/hall"
_SERIES = POLICY + b"series: [feature/x]\n"


def build(folder: str) -> None:
    """A server's repository: `main` with many files and some history, and a branch that changes a few of them."""
    create(folder)
    before = [(f"pkg/part{i // 100}/file{i}.go", code(i, 60)) for i in range(FILES)]
    after = [(f"pkg/part{i // 100}/file{i}.go", code(FILES + i, 60)) for i in range(CHANGED)]
    signed = "feat: {}\n\nSigned-off-by: Ada Lovelace <ada@example.org>\n"
    with History(folder) as history:
        history.commit("main", signed.format("start"), [(".paddock.yaml", _SERIES), *before])
        for i in range(200):
            history.commit("main", signed.format(f"earlier {i}"), [(f"log/{i}.txt", code(i, 5))])
        start: str | None = "main"
        for i, change in enumerate(after):
            history.commit("feature/x/01a-change", signed.format(f"step {i}"), [change], start)
            start = None
        for i in range(LATER):
            history.commit("main", signed.format(f"later {i}"), [(f"later/{i}.txt", code(i, 5))])
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "update-ref", "refs/pull/7/head", "refs/heads/feature/x/01a-change")


def payload(server: str, path: str, branch: str) -> None:
    """The event of a pull request."""
    repository = {"id": 1, "full_name": NAME, "default_branch": "main"}
    tips = {
        role: {"ref": name, "sha": git(server, "rev-parse", name), "repo": repository}
        for role, name in (("base", "main"), ("head", branch))
    }
    event = {"pull_request": {"number": 7, "commits": CHANGED, **tips}, "repository": repository}
    with open(path, "wb") as file:
        file.write(msgspec.json.encode(event))


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    if options.repo:
        sys.exit("action.py makes its own server: --repo means nothing to it")
    with scratch() as folder:
        server = os.path.join(folder, "server", NAME)
        apart(build, server)
        return compare(options.paddock, server, options.repetitions, options.format, folder)


def compare(paddock: str, server: str, repetitions: int, form: str, folder: str) -> int:
    """Measure a change in a series, whose other branches are fetched as well, and one outside."""
    git(server, "branch", "topic", "feature/x/01a-change")
    base, head = (git(server, "rev-parse", name) for name in ("main", "topic"))
    clone = os.path.join(folder, "clone.sh")
    url = f"file://{server}"
    fetching = f"fetch -q --no-tags --depth={CHANGED + 1} {shlex.quote(url)}"
    specs = f"+main:refs/remotes/origin/main +{head}:refs/paddock/head"
    with open(clone, "w", encoding="utf-8") as file:
        file.write(f"cd {shlex.quote(folder)} && rm -rf local && git init -q --bare local && cd local\n")
        file.write(f"exec git {fetching} {specs}\n")
    env = environment()
    fetch = Case(name="git fetch, shallow, into a new repository", argv=("sh", clone), cwd=folder, env=env)
    git(folder, "clone", "--quiet", "--bare", url, "whole")
    whole = os.path.join(folder, "whole")
    git(whole, "update-ref", "refs/remotes/origin/main", base)
    check = Case(
        name="paddock check",
        argv=(paddock, "check", "--range", f"{base}..{head}", "--trust", "origin/main", "--branch", "topic"),
        cwd=whole,
        env=env,
        codes=(0, 1),
        says="pr-size",
    )
    cases = [fetch, check]
    for branch in ("topic", "feature/x/01a-change"):
        event = os.path.join(folder, f"{len(cases)}.json")
        payload(server, event, branch)
        runner = {
            "GITHUB_EVENT_NAME": "pull_request_target",
            "GITHUB_EVENT_PATH": event,
            "GITHUB_SERVER_URL": f"file://{folder}/server",
            "GITHUB_REPOSITORY": NAME,
            "RUNNER_TEMP": folder,
        }
        argv = (paddock, "ci", "--format", "text")
        name = "paddock ci" if branch == "topic" else "paddock ci, in a series"
        cases.append(Case(name=name, argv=argv, cwd=folder, env=environment(**runner), codes=(0, 1), says="pr-size"))
    timings = measure(cases, repetitions)
    needed = added("the two together", timings[:2])
    bounds = [
        Bound(what=case.name, measured=named(timings, case.name).median_ms, limit=2000, unit="ms", strictly=True)
        for case in cases[2:]
    ]
    found = Comparison(
        benchmark="action",
        about={"files": FILES, "commits": CHANGED, "commits of main since": LATER},
        repetitions=repetitions,
        reference=needed.name,
        timings=[*timings, needed],
        bounds=bounds,
    )
    return tell(found, form)


if __name__ == "__main__":
    sys.exit(main())
