"""Tests, by the directory or the name that an ecosystem's own runner looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from paddock.classify.path import FilePath

_DIRECTORIES = {
    name: f"{name}/"
    for name in (
        *("test", "tests", "Test", "Tests", "spec", "specs", "Spec", "Specs"),
        *("testdata", "test-data", "test_data", "e2e"),
        *("__tests__", "__mocks__", "__fixtures__", "__snapshots__", "cypress"),
        *("androidTest", "integrationTest", "integration-tests", "integration_tests", "unittests"),
    )
}
# `Shop.Tests/` of .NET, `ShopTests/` and `ShopUITests/` of Xcode.
_DIRECTORY_SUFFIXES = ("Tests", ".Test", ".tests")


class Naming(Struct, frozen=True):
    """How one ecosystem names test files: by the beginning or the end of the name before its extension."""

    label: str
    extensions: tuple[str, ...]
    suffixes: tuple[str, ...]
    prefixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


_NAMINGS = (
    Naming("Go", (".go",), ("_test",)),
    Naming("pytest", (".py",), ("_test", "_tests"), ("test_",), ("conftest", "tests")),
    Naming(
        "JavaScript",
        (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte"),
        (".test", ".spec", ".cy", ".e2e-spec", ".test-d"),
    ),
    Naming("JUnit", (".java",), ("Test", "Tests", "TestCase")),
    Naming("Kotlin, Groovy", (".kt", ".groovy"), ("Test", "Tests", "Spec")),
    Naming("Scala", (".scala",), ("Test", "Tests", "Spec", "Suite")),
    Naming("Ruby", (".rb",), ("_spec", "_test"), (), ("spec_helper", "rails_helper", "test_helper")),
    Naming(".NET", (".cs", ".fs", ".vb"), ("Test", "Tests")),
    Naming("Swift, Objective-C", (".swift", ".m", ".mm"), ("Test", "Tests")),
    Naming("PHP", (".php",), ("Test",)),
    Naming("C, C++", (".c", ".cc", ".cpp", ".cxx"), ("_test", "_tests", "_unittest"), ("test_",)),
    Naming("Rust", (".rs",), ("_test", "_tests"), (), ("tests",)),
    Naming("Dart", (".dart",), ("_test",)),
    Naming("Elixir", (".exs",), ("_test",)),
    Naming("Erlang", (".erl",), ("_SUITE", "_tests")),
    Naming("Haskell", (".hs",), ("Spec",)),
    Naming("Lua", (".lua",), ("_spec", "_test")),
    Naming("Clojure", (".clj", ".cljc", ".cljs"), ("_test",)),
    Naming("Julia", (".jl",), (), (), ("runtests",)),
    Naming("Bats", (".bats",), ("",)),
    Naming("Perl", (".t",), ("",)),
)
_BY_EXTENSION = {extension: naming for naming in _NAMINGS for extension in naming.extensions}


def by_name(path: FilePath) -> str | None:
    """What makes a path a test."""
    directories = path.directories
    if directories:
        if label := path.in_directory(_DIRECTORIES):
            return label
        if directories[0] == "t":
            return "t/ at the root"
        for directory in directories:
            if directory.endswith(_DIRECTORY_SUFFIXES):
                return "directory *Tests/"
    naming = _BY_EXTENSION.get(path.extension)
    return f"{naming.label} file" if naming and _named(path, naming) else None


def _named(path: FilePath, naming: Naming) -> bool:
    stem = path.name[: -len(path.extension)]
    return stem.endswith(naming.suffixes) or stem.startswith(naming.prefixes) or stem in naming.names
