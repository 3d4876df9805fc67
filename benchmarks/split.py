"""`paddock split` on the real merged pull requests of a repository: `python split.py REPOSITORY [--gocheck PROGRAM]`.

Every merge on the first-parent line whose change has more than --limit hand-written lines is split as its branch was,
against what it was merged into. Told are: layers within the limit, layers named as impossible, whether the last tree is
the branch's, and how many layers compile, next to a naive cut that fills layers folder by folder in the order of paths.

A layer compiles if the checker finds nothing wrong in it that it does not find before or after the whole change. The
checker is `gocheck/main.go`, built by `go build`; without it nothing is said of compiling. The repository is only read:
objects go to a quarantine, trees to a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from paddock.errors import PaddockError
from paddock.gates.pr_size import PrSizeConfig
from paddock.sources.calling import decode
from paddock.sources.change import read_commits
from paddock.sources.git import open_repository
from paddock.sources.history import merge_base
from paddock.sources.quarantine import Quarantine, tree_of
from paddock.stack.layers import Origin
from paddock.stack.split.proposal import Layer
from paddock.stack.splitting import Naming, Splitting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paddock.sources.git import Repository
    from paddock.stack.split.proposal import Split


class Figures(Struct):
    """What came of one pull request, split in one way."""

    title: str
    lines: int
    files: int
    layers: int
    within: int
    impossible: int
    identical: bool
    compile: int | None = None
    checked: int | None = None
    seconds: float = 0.0


def pull_requests(repository: Repository, tip: str) -> Iterator[tuple[str, str, str]]:
    """Merge commits of two parents, newest first: what was merged into, what was merged, the subject."""
    out = decode(repository.run("log", "--first-parent", "--merges", "--format=%P%x00%s", tip))
    for row in out.splitlines():
        parents, _, subject = row.partition("\0")
        if len(parents.split()) == 2:
            into, merged = parents.split()
            yield into, merged, subject


def naive(work: Splitting, limit: int) -> tuple[Layer, ...]:
    """Folder by folder in the order of paths; a folder that does not fit any more begins a new layer."""
    by_folder: dict[str, list[int]] = {}
    for at, piece in enumerate(work.whole.pieces):
        by_folder.setdefault(piece.folder, []).append(at)
    layers: list[list[int]] = [[]]
    size = 0
    for folder in sorted(by_folder):
        members = by_folder[folder]
        lines = sum(work.whole.pieces[at].lines for at in members)
        whole = [members] if lines <= limit else [[at] for at in members]
        for some in whole:
            count = sum(work.whole.pieces[at].lines for at in some)
            if layers[-1] and size + count > limit:
                layers.append([])
                size = 0
            layers[-1] += some
            size += count
    return tuple(
        Layer(branch=f"naive-{number}", pieces=tuple(sorted(held)), files=tuple(work.whole.pieces[at] for at in held))
        for number, held in enumerate(layers, 1)
    )


class Checker:
    """Which layers compile."""

    def __init__(self, program: str, repository: Repository, folder: str) -> None:
        self._program = program
        self._repository = repository
        self._folder = folder

    def errors(self, quarantine: Quarantine, commit: str, paths: bytes) -> set[str]:
        """What is wrong in a commit's packages."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.mkdir(self._folder)
        archive = subprocess.Popen(
            ["git", "archive", "--format=tar", commit],
            env=quarantine.repository.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # git's hint on graft files
        )
        subprocess.run(["tar", "-x", "-C", self._folder], stdin=archive.stdout, check=True)
        archive.wait()
        ran = subprocess.run([self._program, self._folder], input=paths, capture_output=True, check=True)
        return set(ran.stdout.decode("utf-8", "replace").splitlines())

    def compiling(self, quarantine: Quarantine, split: Split, known: set[str]) -> tuple[int, int, list[str]]:
        """How many of the layers but the last compile, how many there are, and the first errors."""
        paths = b"".join(
            os.fsencode(path) + b"\n"
            for layer in split.layers
            for piece in layer.files
            for path in (piece.path, piece.old_path)
            if path
        )
        good, said = 0, []
        for number, layer in enumerate(split.layers[:-1], 1):
            found = self.errors(quarantine, str(layer.sha), paths) - known
            good += not found
            said += [f"{number}: {one}" for one in sorted(found)[:3]]
        return good, len(split.layers) - 1, said


def figures(work: Splitting, split: Split, quarantine: Quarantine, head: str, title: str) -> tuple[Figures, Split]:
    """Make the layers and count them."""
    started = time.perf_counter()
    made = work.make(split, quarantine)
    last = made.layers[-1]
    return (
        Figures(
            title=title,
            lines=made.counted,
            files=made.files,
            layers=len(made.layers),
            within=sum(layer.lines <= made.limit for layer in made.layers),
            impossible=sum(layer.lines > made.limit and layer.over is not None for layer in made.layers),
            identical=tree_of(quarantine.repository, str(last.sha)) == tree_of(quarantine.repository, head),
            seconds=time.perf_counter() - started,
        ),
        made,
    )


def one(
    repository: Repository, request: tuple[str, str, str], options: argparse.Namespace, folder: str
) -> tuple[Figures, Figures, list[str]] | None:
    """Our figures and the naive ones of one pull request; None where it is within the limit."""
    into, merged, subject = request
    base = merge_base(repository, (into,), (merged,))
    if base == merged:
        return None
    changed = repository.run("diff", "--shortstat", base, merged).decode().split()
    if sum(int(word) for word in changed[3::2]) <= options.limit:
        return None
    config = PrSizeConfig(limit=options.limit)
    commits = tuple(reversed(list(read_commits(repository, merged, "--not", into))))
    origin = Origin(branch="pull-request", base="main", merge_base=base, head=merged, trust=into, commits=commits)
    started = time.perf_counter()
    try:
        work = Splitting(repository, origin, config, None, Naming(), hunks=options.hunks)
    except PaddockError:
        return None
    if work.whole.counted <= options.limit:
        return None
    split = work.by_files()
    planned = time.perf_counter() - started
    with Quarantine(repository) as quarantine:
        ours, made = figures(work, split, quarantine, merged, subject)
        ours.seconds += planned
        theirs, made_naive = figures(work, work.as_told(naive(work, options.limit)), quarantine, merged, subject)
        said: list[str] = []
        if options.gocheck:
            checker = Checker(options.gocheck, repository, os.path.join(folder, "tree"))
            names = decode(repository.run("diff", "--name-only", "--no-renames", base, merged)).encode()
            known = checker.errors(quarantine, base, names) | checker.errors(quarantine, merged, names)
            ours.compile, ours.checked, said = checker.compiling(quarantine, made, known)
            theirs.compile, theirs.checked, _ = checker.compiling(quarantine, made_naive, known)
    return ours, theirs, said


def main() -> int:
    """Measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository")
    parser.add_argument("--tip", default="HEAD")
    parser.add_argument("--count", type=int, default=30, help="pull requests over the limit")
    parser.add_argument("--skip", type=int, default=0, help="of the first so many merges")
    parser.add_argument("--limit", type=int, default=700)
    parser.add_argument("--hunks", action="store_true")
    parser.add_argument("--gocheck", help="the checker, built from gocheck/main.go")
    parser.add_argument("--why", action="store_true", help="show why layers do not compile")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    repository = open_repository(options.repository)
    found: list[tuple[Figures, Figures]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, request in enumerate(pull_requests(repository, options.tip)):
            if number < options.skip or (result := one(repository, request, options, folder)) is None:
                continue
            found.append(result[:2])
            if not options.json:
                tell(*result[:2], result[2] if options.why else [])
            if len(found) == options.count:
                break
    if options.json:
        print(json.dumps([[structs.asdict(one) for one in pair] for pair in found], indent=1))
    else:
        total([ours for ours, _ in found], "paddock split")
        total([theirs for _, theirs in found], "folder by folder")
    good = all(one.identical and one.within + one.impossible == one.layers for pair in found for one in pair[:1])
    return 0 if good and found else 1


def tell(ours: Figures, theirs: Figures, said: list[str]) -> None:
    """One line a pull request."""
    compiled = ""
    if ours.checked:
        compiled = f"  compile {ours.compile}/{ours.checked}, naive {theirs.compile}/{theirs.checked}"
    print(
        f"{ours.lines:6,} lines {ours.files:4} files  {ours.layers:2} layers, {ours.impossible} impossible, "
        f"{'same tree' if ours.identical else 'OTHER TREE'}, {ours.seconds:.1f} s{compiled}  {ours.title[:50]}",
        flush=True,
    )
    for line in said:
        print(f"       {line[:200]}")


def total(found: list[Figures], name: str) -> None:
    """The sums."""
    layers = sum(one.layers for one in found)
    print(
        f"{name}: {len(found)} pull requests, {layers} layers, {sum(one.within for one in found)} within the limit, "
        f"{sum(one.impossible for one in found)} named impossible, "
        f"{sum(one.identical for one in found)} of {len(found)} last trees identical"
    )
    if checked := sum(one.checked or 0 for one in found):
        good = sum(one.compile or 0 for one in found)
        print(f"  {good} of {checked} layers below the last compile ({100 * good / checked:.0f} %)")


if __name__ == "__main__":
    sys.exit(main())
