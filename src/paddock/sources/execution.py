"""Steps run on the files of one commit: in the checkout where it is that commit, in a throwaway one elsewhere."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from paddock.errors import FactUnreadableError, PaddockError
from paddock.sources.calling import decode
from paddock.sources.git import open_repository
from paddock.sources.remembered import Remembered
from paddock.steps import Drift, DriftKind, End, Ended, Regenerated, Where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paddock.sources.git import Repository
    from paddock.sources.running import Processes
    from paddock.steps import Execution, Step

_QUIET = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")
_STATUS = (*_QUIET, "status", "--porcelain", "-z", "--ignore-submodules=none")


def run_steps(
    repository: Repository, commit: str, steps: Sequence[Step], jobs: int, execution: Execution
) -> tuple[Ended, ...]:
    """Run steps, each once what it needs has passed, `jobs` side by side; their ends in the same order.

    Raises:
        FactUnreadableError: a step is for the checkout, and that is not the commit.
        CouldNotCheckError: there is no place for a throwaway checkout.
    """
    memory = Remembered(repository)
    tree = _tree(repository, commit)
    done: dict[str, Ended] = {}
    if execution.remember:
        found = (step for step in steps if step.cached and memory.has(step, tree))
        done = {step.name: Ended(name=step.name, end=End.PASSED, remembered=True) for step in found}
    left = [step for step in steps if step.name not in done]
    if left:
        # A push whose steps are all remembered needs nothing of this.
        from paddock.sources.ending import unwinding
        from paddock.sources.running import Processes

        with ExitStack() as stack:
            stack.enter_context(unwinding())
            places = _Places(repository, commit, execution, stack)
            tops = {step.name: places.top(step.where) for step in left}
            _Schedule(left, tops, done, Processes(execution, _logs(repository, execution))).run(jobs)
            kept = places.unchanged()
            for step in left:
                if step.cached and done[step.name].end is End.PASSED and (kept or tops[step.name] != places.checkout):
                    memory.add(step, tree)
    return tuple(done[step.name] for step in steps)


def regenerate(repository: Repository, commit: str, step: Step, execution: Execution) -> Regenerated:
    """Run a generator on the commit's files, apart from the user's, and see what it leaves otherwise.

    Raises:
        CouldNotCheckError: there is no place for a throwaway checkout.
    """
    import shutil

    from paddock.sources.running import Processes
    from paddock.sources.throwaway import throwaway

    memory, tree = Remembered(repository), _tree(repository, commit)
    if execution.remember and step.cached and memory.has(step, tree):
        return Regenerated(Ended(name=step.name, end=End.PASSED, remembered=True))
    with throwaway(repository, commit) as checkout:
        index = os.path.join(checkout.git_dir, "paddock-index")
        shutil.copyfile(os.path.join(checkout.git_dir, "index"), index)
        done: dict[str, Ended] = {}
        processes = Processes(execution, _logs(repository, execution))
        _Schedule([step], {step.name: str(checkout.top)}, done, processes).run(1)
        ended = done[step.name]
        drift = tuple(_drift(checkout, commit, index)) if ended.end is End.PASSED else ()
    if step.cached and ended.end is End.PASSED and not drift:
        memory.add(step, tree)
    return Regenerated(ended, drift)


def _tree(repository: Repository, commit: str) -> str:
    return repository.run("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()


def _logs(repository: Repository, execution: Execution) -> str:
    return execution.logs or os.path.join(repository.git_dir, "paddock", "logs")


def _drift(checkout: Repository, commit: str, index: str) -> list[Drift]:
    """What differs from the commit, by an index of our own: the generator may have used the checkout's."""
    checkout.run(*_QUIET, "add", "--update", "--", ".", index=index)
    compare = ("diff-index", "--cached", "--no-renames", "--name-status", "-z", "--ignore-submodules=none", commit)
    fields = decode(checkout.run(*compare, "--", index=index)).split("\0")[:-1]
    kinds = {"A": DriftKind.ADDED, "D": DriftKind.DELETED}
    found = [
        Drift(path, kinds.get(kind, DriftKind.CHANGED)) for kind, path in zip(fields[::2], fields[1::2], strict=True)
    ]
    # By the repository's own rules alone: what a user's settings ignore would be hidden on that machine only.
    others = ("ls-files", "-z", "--others", "--exclude-per-directory=.gitignore")
    new = decode(checkout.run(*_QUIET, *others, index=index)).split("\0")[:-1]
    return found + [Drift(path, DriftKind.ADDED) for path in new]


class _Places:
    """Where steps run; a throwaway checkout is made when the first step asks for one, and all share it."""

    def __init__(self, repository: Repository, commit: str, execution: Execution, stack: ExitStack) -> None:
        self._repository = repository
        self._commit = commit
        self._stack = stack
        self._apart: str | None = None
        self._found: tuple[Repository | None, str] | None = None
        self._workspace = execution.workspace or repository.top
        self.checkout: str | None = None

    def top(self, where: Where) -> str:
        if where is not Where.THROWAWAY:
            found, reason = self._clean()
            if found is not None:
                self.checkout = str(found.top)
                return self.checkout
            if where is Where.CHECKOUT:
                raise FactUnreadableError(
                    f"a step is to run in the checkout, and {reason}",
                    hint="commit or remove what is not of it, or let the step run anywhere (where: any)",
                )
        if self._apart is None:
            from paddock.sources.throwaway import throwaway

            self._apart = str(self._stack.enter_context(throwaway(self._repository, self._commit)).top)
        return self._apart

    def unchanged(self) -> bool:
        """Whether the checkout still has the commit's files: somebody may have edited them meanwhile."""
        found = self._clean()[0] if self._found is not None else None
        if found is None or self.checkout is None:
            return True
        return self._is_head(found) and not found.run(*_STATUS, "--untracked-files=no")

    def _clean(self) -> tuple[Repository | None, str]:
        if self._found is None:
            self._found = self._look()
        return self._found

    def _look(self) -> tuple[Repository | None, str]:
        if self._workspace is None:
            return None, "there is none"
        try:
            found = self._repository if self._workspace == self._repository.top else open_repository(self._workspace)
            if found.top is None or not self._is_head(found):
                return None, f"{self._workspace} is not at {self._commit[:12]}"
            lines = found.run(*_STATUS, "--untracked-files=normal").count(b"\0")
        except PaddockError as error:
            return None, f"{self._workspace} can't be read: {error}"
        return (found, "") if not lines else (None, f"{lines} files of {self._workspace} are not as committed")

    def _is_head(self, found: Repository) -> bool:
        return found.line("rev-parse", "--verify", "--quiet", "HEAD") == self._commit


class _Schedule:
    """Hands out steps to threads: the first in order whose needs have passed."""

    def __init__(
        self, steps: Sequence[Step], tops: dict[str, str], done: dict[str, Ended], processes: Processes
    ) -> None:
        self._waiting = list(steps)
        self._names = {step.name for step in steps}
        self._tops = tops
        self._done = done
        self._processes = processes
        self._news = threading.Condition()
        self._errors: list[BaseException] = []

    def run(self, jobs: int) -> None:
        """Run all of them.

        Raises the first error, after all that runs was ended.
        """
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(min(jobs, len(self._waiting)))]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            self._processes.stop()
            with self._news:
                self._waiting.clear()
                self._news.notify_all()
            for thread in threads:
                if thread.ident is not None:
                    thread.join()
            raise
        if self._errors:
            raise self._errors[0]

    def _work(self) -> None:
        while (step := self._next()) is not None:
            try:
                ended = self._processes.run(step, self._tops[step.name])
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that asked
                self._errors.append(error)
                ended = Ended(name=step.name, end=End.NOT_RUN, said="interrupted")
            with self._news:
                self._done[step.name] = ended
                self._news.notify_all()

    def _next(self) -> Step | None:
        with self._news:
            while self._waiting:
                for step in tuple(self._waiting):
                    ends = [self._done.get(name) for name in step.needs if name in self._names or name in self._done]
                    if bad := [one.name for one in ends if one is not None and one.end is not End.PASSED]:
                        self._waiting.remove(step)
                        said = f"it needs {' and '.join(bad)}"
                        self._done[step.name] = Ended(name=step.name, end=End.NOT_RUN, said=said)
                        self._news.notify_all()
                        break
                    if None not in ends:
                        self._waiting.remove(step)
                        return step
                else:
                    self._news.wait()
            return None
