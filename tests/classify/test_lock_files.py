from __future__ import annotations

import pytest

from paddock.classify import Attributes, Classification, by_content, by_name, without_content
from paddock.model import FileClass

TO_LINGUIST = (
    "package-lock.json npm-shrinkwrap.json pnpm-lock.yaml bun.lock bun.lockb deno.lock Cargo.lock Gopkg.lock glide.lock"
    " poetry.lock pdm.lock uv.lock pixi.lock Pipfile.lock composer.lock flake.lock Package.resolved MODULE.bazel.lock"
    " .terraform.lock.hcl mise.lock esy.lock"
)
TO_US = (
    "yarn.lock go.sum go.work.sum Gemfile.lock gems.locked mix.lock rebar.lock pubspec.lock packages.lock.json"
    " paket.lock Podfile.lock Cartfile.resolved gradle.lockfile buildscript-gradle.lockfile pylock.toml conda-lock.yml"
    " stack.yaml.lock cabal.project.freeze renv.lock shard.lock cpanfile.snapshot buf.lock Chart.lock devbox.lock"
    " symfony.lock conan.lock nimble.lock dub.selections.json Brewfile.lock.json"
)
NEVER = "go.mod package.json Cargo.toml pyproject.toml requirements.txt"


@pytest.mark.parametrize("folder", ["", "svc/", "vendor/", "docs/", "tests/"])
@pytest.mark.parametrize("name", [*TO_LINGUIST.split(), *TO_US.split()])
def test_lock_file_by_exact_name_in_any_directory(folder: str, name: str) -> None:
    lock = by_name(folder + name)
    assert lock is not None
    assert (lock.file_class, lock.generated) == (FileClass.LOCK, True)
    assert lock.reason.startswith(f"lock file: {name}")
    assert by_content(folder + name, b"anything") == lock


@pytest.mark.parametrize("name", NEVER.split())
def test_what_people_write_is_no_lock_file(name: str) -> None:
    written = by_content(f"svc/{name}", b"module a\n")
    assert written == Classification(FileClass.SOURCE, generated=False, vendored=False, reason="source")


@pytest.mark.parametrize("name", ["Yarn.lock", "yarn.lock.js", "my-yarn.lock", "yarn.lock/a", "go.sum\n"])
def test_only_the_exact_name(name: str) -> None:
    assert without_content(name).file_class is not FileClass.LOCK


JULIA = b"# This file is machine-generated - editing it directly is not advised\n"


def test_manifest_toml_is_a_lock_file_only_where_its_first_line_says_so() -> None:
    assert by_name("sim/Manifest.toml") is None
    assert by_content("sim/Manifest.toml", JULIA) == Classification(
        FileClass.LOCK, generated=True, vendored=False, reason="lock file: Manifest.toml"
    )
    plain = Classification(
        FileClass.SOURCE, generated=True, vendored=False, reason="source; generated to linguist: Julia manifest"
    )
    assert by_content("sim/Manifest.toml", b"\n" + JULIA) == plain
    assert by_content("sim/Manifest.toml", b"") == plain
    assert without_content("sim/Manifest.toml") == plain


def test_manifest_toml_is_not_read_where_attributes_decide() -> None:
    generated = by_name("Manifest.toml", Attributes(generated=True))
    assert generated is not None
    assert generated.file_class is FileClass.GENERATED
    not_generated = by_name("Manifest.toml", Attributes(generated=False))
    assert not_generated == Classification(FileClass.SOURCE, generated=False, vendored=False, reason="source")
    vendored = by_name("Manifest.toml", Attributes(vendored=True))
    assert vendored is not None
    assert vendored.file_class is FileClass.VENDORED
