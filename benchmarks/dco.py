"""`paddock check --range … --gate dco` against `git log` with bodies over many commits.

Bound: at most 1.5 times git's time plus 100 ms.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from measuring import Case, Comparison, apart, arguments, at_most, environment, measure, named, scratch, tell
from repositories import AUTHOR, History, code, create, git

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITS = 10_000
_BODY = """\
The order of branches is carried by their names, and a name can be read by
every tool on the way. What the parser takes is what policy says: a prefix,
a key of digits and letters, and a slug. Case number {i}.

- keys nest: a shorter key comes before its extensions
- parts and splits extend a key in the same way
- what is outside the template is reported, never guessed at

"""
_TRAILERS = """\
Reviewed-by: Grace Hopper <grace@example.org>
Co-authored-by: Charles Babbage <charles@example.org>
Signed-off-by: {} <{}>
"""


def messages() -> Iterator[str]:
    """Subjects, bodies of one to three paragraphs, and trailers with a valid sign-off."""
    for i in range(COMMITS):
        yield f"feat: read the order key of case {i}\n\n{_BODY.format(i=i) * (1 + i % 3)}{_TRAILERS.format(*AUTHOR)}"


def build(folder: str) -> None:
    """A branch of so many commits, each with one small file."""
    create(folder)
    with History(folder) as history:
        history.commit("main", "feat: start\n", [("README.md", b"# A project\n")])
        start: str | None = "main"
        for i, message in enumerate(messages()):
            history.commit("feature/many", message, [(f"pkg/file{i % 50}.go", code(i, 5))], start)
            start = None


def main() -> int:
    """Build, measure, tell."""
    parser = arguments(__doc__, repetitions=9)
    parser.add_argument("--range", metavar="A..B", help="the commits to judge; needed with --repo")
    options = parser.parse_args()
    if options.repo and not options.range:
        parser.error("--repo needs --range A..B")
    with scratch() as folder:
        repository = options.repo or os.path.join(folder, "repository")
        revisions = options.range or "main..feature/many"
        if options.repo is None:
            apart(build, repository)
        return compare(options.paddock, repository, revisions, options.repetitions, options.format)


def compare(paddock: str, repository: str, revisions: str, repetitions: int, form: str) -> int:
    """Measure one range."""
    env = environment()
    log = Case(
        name="git log --format=%H%n%B", argv=("git", "log", "--format=%H%n%B", revisions, "--"), cwd=repository, env=env
    )
    dco = Case(
        name="paddock check --gate dco",
        argv=(paddock, "check", "--range", revisions, "--gate", "dco"),
        cwd=repository,
        env=env,
        codes=(0, 1),
        says=" dco ",
    )
    timings = measure((log, dco), repetitions)
    return tell(
        Comparison(
            benchmark="dco",
            about={"commits": int(git(repository, "rev-list", "--count", revisions, "--"))},
            repetitions=repetitions,
            reference=log.name,
            timings=timings,
            bounds=(at_most(dco.name, named(timings, dco.name), named(timings, log.name), times=1.5, plus_ms=100),),
        ),
        form,
    )


if __name__ == "__main__":
    sys.exit(main())
