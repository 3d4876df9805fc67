"""Lock files, by their exact name in any directory.

Linguist leaves some of them out (`yarn.lock`, `go.sum`), because what it calls generated is hidden in a diff and a
poisoned lock file should be seen. Nothing is hidden here; a lock file is counted apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paddock.classify.path import FilePath

# A plain name that other tools use too: only Julia's first line makes it a lock file.
MANIFEST = "Manifest.toml"
_MANIFEST_HEADER = b"# This file is machine-generated"

_NAMES = frozenset({
    ".terraform.lock.hcl",
    "Brewfile.lock.json",
    "Cargo.lock",
    "Cartfile.resolved",
    "Chart.lock",
    "Gemfile.lock",
    "Gopkg.lock",
    "MODULE.bazel.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "buf.lock",
    "buildscript-gradle.lockfile",
    "bun.lock",
    "bun.lockb",
    "cabal.project.freeze",
    "composer.lock",
    "conan.lock",
    "conda-lock.yml",
    "cpanfile.snapshot",
    "deno.lock",
    "devbox.lock",
    "dub.selections.json",
    "esy.lock",
    "flake.lock",
    "gems.locked",
    "glide.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mise.lock",
    "mix.lock",
    "nimble.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "paket.lock",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "pylock.toml",
    "rebar.lock",
    "renv.lock",
    "shard.lock",
    "stack.yaml.lock",
    "symfony.lock",
    "uv.lock",
    "yarn.lock",
})  # fmt: skip


def by_name(path: FilePath) -> str | None:
    """The lock file's name, if the name alone says that it is one."""
    return path.name if path.name in _NAMES else None


def by_content(path: FilePath, content: bytes) -> str | None:
    """Julia's manifest, if its first line says so."""
    return MANIFEST if path.name == MANIFEST and content.startswith(_MANIFEST_HEADER) else None
