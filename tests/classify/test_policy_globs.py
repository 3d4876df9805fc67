from __future__ import annotations

import msgspec
import pytest

from paddock.classify import Attributes, Classification, Globs, Rules, by_content, by_name, problems, without_content
from paddock.model import FileClass


def test_without_globs_nothing_matches() -> None:
    assert Rules(Globs()).match("src/a.go") is None


@pytest.mark.parametrize(
    ("globs", "path", "expected"),
    [
        (Globs(generated=("gen/**",)), "gen/a/b.go", (FileClass.GENERATED, "gen/**")),
        (Globs(generated=("gen/**",)), "src/gen/b.go", None),
        (Globs(generated=("gen/",)), "src/gen/b.go", (FileClass.GENERATED, "gen/")),
        (Globs(generated=("/gen/",)), "src/gen/b.go", None),
        (Globs(generated=("*.pb.go",)), "src/a.pb.go", (FileClass.GENERATED, "*.pb.go")),
        (Globs(generated=("*.go", "*.pb.go")), "src/a.pb.go", (FileClass.GENERATED, "*.pb.go")),
        (Globs(generated=("gen/", "!gen/keep.go")), "gen/keep.go", None),
        (Globs(generated=("gen/", "!gen/keep.go")), "gen/a.go", (FileClass.GENERATED, "gen/")),
        (Globs(generated=("*.go", "!keep.go", "keep.go")), "keep.go", (FileClass.GENERATED, "keep.go")),
        (Globs(generated=("*.go",)), "gen/a\nb.go", (FileClass.GENERATED, "*.go")),
        (Globs(generated=("*.go",)), "a.go\n", None),
        (Globs(generated=("gen/**",)), "gen/\udcff", (FileClass.GENERATED, "gen/**")),
        # several classes: source, lock, vendored, generated, test, docs
        (Globs(docs=("a",), test=("a",)), "a", (FileClass.TEST, "a")),
        (Globs(test=("a",), generated=("a",)), "a", (FileClass.GENERATED, "a")),
        (Globs(generated=("a",), vendored=("a",)), "a", (FileClass.VENDORED, "a")),
        (Globs(vendored=("a",), lock=("a",)), "a", (FileClass.LOCK, "a")),
        (Globs(lock=("a",), source=("*",)), "a", (FileClass.SOURCE, "*")),
    ],
)
def test_match(globs: Globs, path: str, expected: tuple[FileClass, str] | None) -> None:
    assert Rules(globs).match(path) == expected


@pytest.mark.parametrize(
    ("globs", "flags"),
    [
        (Globs(generated=("*",)), (True, False)),
        (Globs(lock=("*",)), (True, False)),
        (Globs(vendored=("*",)), (False, True)),
        (Globs(source=("*",)), (False, False)),
        (Globs(test=("*",)), (False, False)),
        (Globs(docs=("*",)), (False, False)),
    ],
)
@pytest.mark.parametrize("path", ["vendor/a.io/go.sum", "src/a.go"])
def test_a_glob_sets_both_flags_whatever_else_is_said(path: str, globs: Globs, flags: tuple[bool, bool]) -> None:
    attributes = Attributes(generated=False, vendored=True, documentation=True)
    found = by_name(path, attributes, Rules(globs))
    assert found is not None
    assert (found.generated, found.vendored) == flags
    assert found == by_content(path, b"// Code generated x\n\n", attributes, Rules(globs))
    assert found == without_content(path, attributes, Rules(globs))


def test_reason_names_the_glob() -> None:
    assert by_name("gen/a.go", rules=Rules(Globs(generated=("gen/**",)))) == Classification(
        FileClass.GENERATED, generated=True, vendored=False, reason="policy glob gen/**"
    )


@pytest.mark.parametrize(
    ("glob", "message"),
    [
        ("", "the glob is empty"),
        ("  ", "the glob is empty"),
        ("!", "the glob is empty"),
        ("# gen", "the glob '# gen' is a comment: write '\\#' for a name that begins with '#'"),
        ("./gen/**", "the glob './gen/**' matches nothing: globs start at the repository's top, without './' or '../'"),
        ("../gen", "the glob '../gen' matches nothing: globs start at the repository's top, without './' or '../'"),
        ("gen\\", "the glob 'gen\\\\' is not a .gitignore pattern"),
        ("[z-a]", "the glob '[z-a]' is not a .gitignore pattern"),
        (
            "[[:alpha:]]",
            "the glob '[[:alpha:]]' has '[[': write POSIX classes as ranges ('[a-z]'), and a bracket as '\\['",
        ),
        ("/", "the glob '/' matches nothing"),
    ],
)
def test_problem(glob: str, message: str) -> None:
    assert list(problems(Globs(test=("ok", glob)))) == [(("test", 1), message)]


def test_a_first_glob_that_takes_back_is_a_problem() -> None:
    assert list(problems(Globs(docs=("!a", "b", "!c")))) == [
        (("docs", 0), "the glob '!a' takes nothing back: no glob stands before it")
    ]


def test_good_globs_are_no_problem() -> None:
    assert list(problems(Globs(generated=("gen/**", "!gen/keep.go", "\\#a", "[a-z]*.go"), source=("a b",)))) == []


@pytest.mark.parametrize("glob", ["gen\\", "[z-a]"])
def test_bad_globs_do_not_compile(glob: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Rules(Globs(lock=(glob,)))


def test_the_section_is_strict_and_named_as_the_classes() -> None:
    keys = {each.value for each in FileClass}
    assert {field.encode_name for field in msgspec.structs.fields(Globs)} == keys
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"tests": []}, Globs)


def test_a_path_that_is_not_utf8_is_matched_by_globs() -> None:
    # The engines that pathspec takes by itself where they are installed can't encode it.
    assert Rules(Globs(generated=("gen/*.go",))).match("gen/\udcff.go") == (FileClass.GENERATED, "gen/*.go")
