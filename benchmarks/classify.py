"""`paddock classify` over many paths by their names alone, against a plain loop that reads and writes the same.

Bound: 50,000 paths in under a second.
"""

from __future__ import annotations

import os
import sys

from measuring import Bound, Case, Comparison, arguments, environment, measure, named, scratch, tell
from repositories import POLICY, create, git

PATHS = 50_000
LIMIT_MS = 1_000
_PATTERNS = (
    "pkg/reconciler/part{a}/controller{i}.go",
    "pkg/reconciler/part{a}/controller{i}_test.go",
    "vendor/example.org/module{a}/internal/file{i}.go",
    "docs/content/part{a}/page{i}.md",
    "src/package{a}/module{i}.py",
    "tests/package{a}/test_module{i}.py",
    "web/app{a}/package-lock.json",
    "web/app{a}/src/component{i}.tsx",
    "config/crd/bases/part{a}/resource{i}.yaml",
    "api/v{a}/zz_generated.deepcopy{i}.go",
    "web/app{a}/node_modules/left/pad{i}.js",
    "deep/a/b/c/d/e/f/g/part{a}/thing {i}.sh",
    "api/v{a}/service{i}.pb.go",
)
_LOOP = """
import sys
write = sys.stdout.write
write("".join(f"{path.decode()} source\\n" for path in sys.stdin.buffer.read().split(b"\\0") if path))
"""


def main() -> int:
    """Build, measure, tell."""
    options = arguments(__doc__, repetitions=9).parse_args()
    with scratch() as folder:
        repository = options.repo or os.path.join(folder, "repository")
        listing = os.path.join(folder, "paths")
        if options.repo is None:
            create(repository)
            names = [_PATTERNS[i % len(_PATTERNS)].format(a=i // 500, i=i) for i in range(PATHS)]
        else:
            # Of a repository's own paths as many as are needed, over and over.
            own = [path for path in git(repository, "ls-files", "-z").split("\0") if path]
            names = (own * (PATHS // len(own) + 1))[:PATHS]
        with open(listing, "wb") as file:
            file.write(b"\0".join(os.fsencode(name) for name in names))
        return compare(options.paddock, repository, listing, folder, options.repetitions, options.format)


def compare(paddock: str, repository: str, listing: str, folder: str, repetitions: int, form: str) -> int:  # noqa: PLR0913, PLR0917 - the script's options
    """Measure one list of paths."""
    env = environment()
    outside = os.path.join(folder, "outside")
    os.makedirs(outside)
    policy = os.path.join(folder, "globs.yaml")
    with open(policy, "wb") as file:
        file.write(POLICY + b"classes:\n  generated: ['config/crd/**', '*.pb.go']\n  docs: ['docs/**']\n")
    argv = (paddock, "classify", "--names-only")
    loop = Case(name="a loop in Python", argv=(sys.executable, "-c", _LOOP), cwd=repository, env=env, stdin=listing)
    text = Case(name="paddock classify --names-only", argv=argv, cwd=repository, env=env, stdin=listing)
    json = Case(name="  with --format json", argv=(*argv, "--format", "json"), cwd=repository, env=env, stdin=listing)
    globs = Case(
        name="  with three globs of a policy", argv=(*argv, "--policy", policy), cwd=repository, env=env, stdin=listing
    )
    away = Case(name="  outside a repository", argv=argv, cwd=outside, env=env, stdin=listing)
    timings = measure((loop, text, json, globs, away), repetitions)
    bounds = [
        Bound(
            what=f"{PATHS:,} paths, {case.name.strip()}",
            measured=named(timings, case.name).median_ms,
            limit=LIMIT_MS,
            unit="ms",
            strictly=True,
        )
        for case in (text, json)
    ]
    return tell(
        Comparison(
            benchmark="classify",
            about={"paths": PATHS},
            repetitions=repetitions,
            reference=loop.name,
            timings=timings,
            bounds=bounds,
        ),
        form,
    )


if __name__ == "__main__":
    sys.exit(main())
