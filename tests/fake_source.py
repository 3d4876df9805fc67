"""A source that knows what it is told, for tests of what judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from paddock.errors import FactMissingError, PaddockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from paddock.model import (
        AddedLine,
        Branch,
        ChangedFile,
        Checkout,
        Commit,
        Merge,
        Moved,
        NoPullRequest,
        Override,
        PlanText,
        PullRequest,
        Reports,
        Review,
        Signature,
        Source,
        Span,
        SyntaxJob,
        Work,
    )
    from paddock.steps import Ended, Regenerated, Step


class FakeSource:
    """Facts by their names; an error is raised, and what is not given is missing."""

    def __init__(self, **facts: object) -> None:
        self.facts = {"base": "main", "queued": False, "head": None, "overrides": ()} | facts

    def _fact(self, name: str) -> Any:  # noqa: ANN401 - of the type that the caller promises
        fact = self.facts.get(name, FactMissingError(f"no {name}"))
        if isinstance(fact, PaddockError):
            raise fact
        return fact

    def branch(self) -> str:
        return str(self._fact("branch"))

    def base(self) -> str:
        return str(self._fact("base"))

    def queued(self) -> bool:
        return bool(self._fact("queued"))

    def commits(self) -> tuple[Commit, ...]:
        return tuple(self._fact("commits"))

    def signatures(self) -> tuple[Signature, ...]:
        return tuple(self._fact("signatures"))

    def contained(self, revision: str) -> frozenset[str]:
        return frozenset(self._fact("contained").get(revision, ()))

    def files(self) -> tuple[ChangedFile, ...]:
        return tuple(self._fact("files"))

    def layer(self) -> tuple[str, Source] | None:
        found: tuple[str, Source] | None = self.facts.get("layer")  # type: ignore[assignment]
        return found

    def moved(self) -> dict[str, Moved]:
        return dict(self._fact("moved"))

    def added_lines(self, wanted: Callable[[ChangedFile], bool]) -> Iterator[tuple[ChangedFile, tuple[AddedLine, ...]]]:
        lines = self._fact("added_lines")
        for file in self.files():
            if file.path in lines and wanted(file):
                yield file, tuple(lines[file.path])

    def blob(self, path: str) -> bytes | None:
        content: bytes | None = self._fact("blobs").get(path)
        return content

    def spans(self, jobs: Sequence[SyntaxJob]) -> tuple[dict[str, tuple[Span, ...]], ...]:
        """Where rules on syntax trees match, by a process of its own."""
        from paddock.sources.syntax import spans

        return spans(jobs)

    def base_blob(self, path: str) -> bytes | None:
        content: bytes | None = self._fact("base_blobs").get(path)
        return content

    def branches(self) -> tuple[Branch, ...]:
        return tuple(self._fact("branches"))

    def trials(self, names: tuple[str, ...]) -> tuple[Merge, ...]:
        known = self._fact("trials")
        return tuple(known[name] for name in ("", *names))

    def reviews(self) -> tuple[Review, ...]:
        return tuple(self._fact("reviews"))

    def overrides(self) -> tuple[Override, ...]:
        return tuple(self._fact("overrides"))

    def plans(self) -> Iterator[PlanText]:
        yield from self._fact("plans")

    def checkout(self, folders: tuple[str, ...]) -> Checkout | None:
        fact = self._fact("checkout")
        found: Checkout | None = fact(folders) if callable(fact) else fact
        return found

    def pull_request(self) -> PullRequest | NoPullRequest:
        found: PullRequest | NoPullRequest = self._fact("pull_request")
        return found

    def reports(self, globs: tuple[str, ...]) -> Reports:
        fact = self._fact("reports")
        found: Reports = fact(globs) if callable(fact) else fact
        return found

    def lengths(self, paths: tuple[str, ...]) -> dict[str, int | None]:
        known = self._fact("lengths")
        return {path: known[path] for path in paths}

    def works(self) -> tuple[Work, ...]:
        return tuple(self._fact("works"))

    def ran(self, steps: Sequence[Step], jobs: int) -> tuple[Ended, ...]:
        fact = self._fact("ran")
        found: tuple[Ended, ...] = fact(steps, jobs) if callable(fact) else tuple(fact)
        return found

    def regenerated(self, step: Step) -> Regenerated:
        fact = self._fact("regenerated")
        found: Regenerated = fact(step) if callable(fact) else fact
        return found

    def merge_base(self) -> str:
        return str(self._fact("merge_base"))

    def head(self) -> str | None:
        fact: str | None = self._fact("head")
        return fact
