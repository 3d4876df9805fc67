from __future__ import annotations

import pytest

from paddock.classify import without_content
from paddock.model import FileClass

TESTS = [
    ("pkg/cart_test.go", "test: Go file"),
    ("svc/test_cart.py", "test: pytest file"),
    ("svc/cart_test.py", "test: pytest file"),
    ("svc/conftest.py", "test: pytest file"),
    ("web/cart.test.ts", "test: JavaScript file"),
    ("web/cart.spec.jsx", "test: JavaScript file"),
    ("web/__tests__/cart.js", "test: __tests__/"),
    ("src/test/java/Cart.java", "test: test/"),
    ("a/CartTest.java", "test: JUnit file"),
    ("a/CartTests.kt", "test: Kotlin, Groovy file"),
    ("a/CartSpec.scala", "test: Scala file"),
    ("a/cart_spec.rb", "test: Ruby file"),
    ("a/cart_test.rb", "test: Ruby file"),
    ("a/CartTests.cs", "test: .NET file"),
    ("Shop.Tests/Cart.cs", "test: directory *Tests/"),
    ("ShopUITests/Cart.swift", "test: directory *Tests/"),
    ("a/CartTests.swift", "test: Swift, Objective-C file"),
    ("a/CartTest.php", "test: PHP file"),
    ("a/cart_unittest.cc", "test: C, C++ file"),
    ("tests/cart.rs", "test: tests/"),
    ("src/cart/tests.rs", "test: Rust file"),
    ("lib/cart_test.dart", "test: Dart file"),
    ("lib/cart_test.exs", "test: Elixir file"),
    ("cart_SUITE.erl", "test: Erlang file"),
    ("CartSpec.hs", "test: Haskell file"),
    ("cart.bats", "test: Bats file"),
    ("sub/cart.t", "test: Perl file"),
    ("t/cart.pl", "test: t/ at the root"),
    ("e2e/cart.json", "test: e2e/"),
    ("spec/cart.json", "test: spec/"),
    ("tests/README.md", "test: tests/"),
    ("docs/tests/a.json", "test: tests/"),
]


@pytest.mark.parametrize(("path", "reason"), TESTS, ids=[path for path, _ in TESTS])
def test_test_file(path: str, reason: str) -> None:
    found = without_content(path)
    assert (found.file_class, found.reason) == (FileClass.TEST, reason)


@pytest.mark.parametrize(
    "path",
    [
        "test.json",
        "src/contest/a.py",
        "src/Contests/a.py",
        "src/latest.py",
        "src/Latest.java",
        "src/cart_test.json",
        "src/t/a.pl",
        "src/testing.py",
        "src/spectrum.rb",
        "src/cartTest.go",
    ],
)
def test_not_a_test_file(path: str) -> None:
    assert without_content(path).reason == "source"
