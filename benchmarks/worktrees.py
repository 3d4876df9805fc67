"""Thirty worktrees listed with all that is known of each.

Bounds: `worktree list`, and `worktree status` with and without sizes kept from an earlier run, each in under a second.
One `git status` in each worktree, one after the other, is the reference.
"""

from __future__ import annotations

import os
import sys

from measuring import Bound, Case, Comparison, apart, arguments, environment, measure, named, scratch, tell
from repositories import History, create, git

WORKTREES, FILES, COMMITS = 30, 3_000, 10
SECOND = 1_000.0  # milliseconds
_REFERENCE = 'for tree in "$@"; do git -C "$tree" status --porcelain=v2 --branch || exit; done'
_COLD = 'rm -f "$1/.git/paddock-sizes.json"; exec "$2" worktree status'


def build(folder: str) -> None:
    """A base with many files that moved on, and worktrees with commits, changed and new files, and a log."""
    create(folder)
    with History(folder) as history:
        files = [
            (f"pkg/part{number % 60}/file{number}.go", f"package part\n\n// {number}\n".encode())
            for number in range(FILES)
        ]
        history.commit("main", "start", [(".paddock.yaml", b"extends: paddock:default\n"), *files])
        for tree in range(WORKTREES):
            for number in range(COMMITS):
                text = "".join(f"line {line} of {tree}\n" for line in range(10 * (number + 1))).encode()
                start = "main" if number == 0 else None
                history.commit(f"a{tree}/01a-work", "work", [(f"pkg/part{tree}/new{number}.go", text)], start)
        for number in range(COMMITS):
            history.commit("main", "base moves", [(f"docs/page{number}.md", b"text\n")])
    git(folder, "checkout", "--quiet", "--force", "main")
    git(folder, "config", "extensions.worktreeConfig", "true")
    for tree in range(WORKTREES):
        path = f"{folder}-{tree}"
        git(folder, "worktree", "add", "--quiet", path, f"a{tree}/01a-work")
        git(path, "config", "--worktree", "paddock.agent", f"a{tree}")
        with open(os.path.join(path, "untracked.txt"), "w", encoding="ascii") as file:
            file.write("new\n")
        with open(os.path.join(path, f"pkg/part{tree}/new0.go"), "a", encoding="ascii") as file:
            file.write("changed\n")
        empty = git(path, "hash-object", "-t", "tree", "-w", "/dev/null")
        said = git(path, "commit-tree", "-m", f"a{tree} works", empty)
        git(path, "update-ref", f"refs/paddock/agents/a{tree}/status", said)


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    with scratch() as folder:
        repository = options.repo or os.path.join(folder, "work")
        if options.repo is None:
            apart(build, repository)
        listing = git(repository, "worktree", "list", "--porcelain").splitlines()
        trees = [line.removeprefix("worktree ") for line in listing if line.startswith("worktree ")]
        env = environment()

        def case(name: str, *argv: str, says: str) -> Case:
            return Case(name=name, argv=argv, cwd=repository, env=env, says=says)

        cases = [
            case("git status in each", "sh", "-c", _REFERENCE, "sh", *trees, says="branch.head"),
            case("paddock worktree list", options.paddock, "worktree", "list", says="agent"),
            case("paddock worktree status", options.paddock, "worktree", "status", says="/700"),
            case(
                "paddock worktree status, no size kept",
                "sh",
                "-c",
                _COLD,
                "sh",
                repository,
                options.paddock,
                says="/700",
            ),
            case("paddock worktree switch", options.paddock, "worktree", "switch", "main", says=repository),
        ]
        timings = measure(cases, options.repetitions)
        bounds = [
            Bound(what=one.name, measured=named(timings, one.name).median_ms, limit=SECOND, unit="ms", strictly=True)
            for one in cases[1:4]
        ]
        about: dict[str, str | int] = {"worktrees": len(trees) - 1, "files": FILES}
        return tell(
            Comparison(
                benchmark="worktrees",
                about={"repository": options.repo} if options.repo else about,
                repetitions=options.repetitions,
                reference=cases[0].name,
                timings=timings,
                bounds=bounds,
            ),
            options.format,
        )


if __name__ == "__main__":
    sys.exit(main())
