from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paddock.model import FileClass
from paddock.stack.split.names import names
from paddock.stack.split.pieces import Piece
from paddock.stack.split.proposal import Layer, propose


def piece(path: str, lines: int, after: str = "", before: str = "", **more: object) -> Piece:
    kind = FileClass.TEST if "_test." in path or "/test_" in path else FileClass.SOURCE
    given_ = {"file_class": kind, **more}
    return Piece(
        path, lines, before=names(path, before.encode()), after=names(path, after.encode()), **given_  # type: ignore[arg-type]
    )  # fmt: skip


def paths(layers: tuple[Layer, ...]) -> list[set[str]]:
    return [{one.shown for one in layer.files} for layer in layers]


def test_what_defines_comes_before_what_uses() -> None:
    layers = propose(
        [piece("a.py", 60, "import b\nb.thing_one()\n"), piece("b.py", 60, "def thing_one(): pass\n")], 100
    )
    assert paths(layers) == [{"b.py"}, {"a.py"}]
    assert [(below.layer, below.why) for below in layers[1].needs] == [(1, "uses thing_one")]
    assert layers[0].end == "a.py (60 lines) would make it 120, 20 over the limit"


def test_go_packages_are_told_apart() -> None:
    one = piece("pkg/one/a.go", 60, "package one\nfunc New() {}\n")
    two = piece("pkg/two/a.go", 60, "package two\nfunc New() {}\n")
    user = piece("cmd/a.go", 60, 'package main\nimport "example.org/m/pkg/two"\nfunc main() { two.New() }\n')
    layers = propose([user, one, two], 60)
    assert [below.layer for layer in layers if layer.files == (user,) for below in layer.needs] == [
        number for number, layer in enumerate(layers, 1) if layer.files == (two,)
    ]


def test_a_module_may_be_staged_below_another() -> None:
    user = piece("cmd/a.go", 60, 'package main\nimport "example.org/m/api"\nfunc main() { api.New() }\n')
    staged = piece("staging/src/example.org/m/api/a.go", 60, "package api\nfunc New() {}\n")
    assert paths(propose([user, staged], 100)) == [{staged.path}, {user.path}]


def test_what_loses_a_definition_comes_after_what_stops_using_it() -> None:
    user = piece("b.py", 60, "new()\n", "old_way()\n")
    loser = piece("a.py", 60, "", "def old_way(): pass\n")
    assert paths(propose([loser, user], 100)) == [{"b.py"}, {"a.py"}]


def test_a_changed_signature_takes_its_users_along() -> None:
    layers = propose(
        [
            piece("a.py", 40, "def call_it(x, y): pass\n", "def call_it(x): pass\n"),
            piece("b.py", 40, "call_it(1, 2)\n", "call_it(1)\n"),
            piece("c.py", 40, "x = 1\n"),
        ],
        100,
    )
    assert {"a.py", "b.py"} <= paths(layers)[0]
    assert "the signature of call_it changes" in layers[0].kept


def test_a_test_goes_with_its_code() -> None:
    layers = propose(
        [piece("x/a_test.go", 50), piece("x/a.go", 50), piece("x/b.go", 50), piece("x/b_test.go", 50)], 100
    )
    assert paths(layers) == [{"x/a.go", "x/a_test.go"}, {"x/b.go", "x/b_test.go"}]


def test_a_test_that_does_not_fit_comes_after_its_code() -> None:
    layers = propose([piece("x/a_test.go", 80), piece("x/a.go", 50)], 100)
    assert paths(layers) == [{"x/a.go"}, {"x/a_test.go"}]


def test_generated_files_go_with_their_sources() -> None:
    made = piece("x/zz_generated.deepcopy.go", 0, "package x\nfunc f(a *Thing) {}\n", file_class=FileClass.GENERATED)
    layers = propose([piece("a/z.go", 90), piece("x/types.go", 90, "package x\ntype Thing struct{}\n"), made], 100)
    assert {"x/types.go", "x/zz_generated.deepcopy.go"} in paths(layers)


def test_a_lock_file_and_its_manifest_come_first() -> None:
    lock = piece("go.sum", 0, file_class=FileClass.LOCK)
    layers = propose([piece("a.go", 100, "package a\n"), piece("go.mod", 5), lock], 100)
    assert paths(layers) == [{"go.mod", "go.sum"}, {"a.go"}]


def test_a_folder_stays_together_where_it_fits() -> None:
    pieces = [piece("a/1.txt", 60), piece("b/1.txt", 30), piece("b/2.txt", 30), piece("b/3.txt", 30)]
    layers = propose(pieces, 100)
    assert paths(layers) == [{"a/1.txt"}, {"b/1.txt", "b/2.txt", "b/3.txt"}]
    assert layers[0].end == "b (90 lines) stays together in the next layer"


def test_what_uses_each_other_stays_together() -> None:
    pieces = [
        piece("a.py", 40, "def one_x(): two_x()\n"),
        piece("b.py", 40, "def two_x(): one_x()\n"),
        piece("0.py", 40),
    ]
    assert {"a.py", "b.py"} in paths(propose(pieces, 80))


def test_a_circle_over_the_limit_is_cut_and_said() -> None:
    pieces = [piece("a.py", 80, "def one_x(): two_x()\n"), piece("b.py", 80, "def two_x(): one_x()\n")]
    layers = propose(pieces, 100)
    assert [layer.lines for layer in layers] == [80, 80]
    assert [layer.cut for layer in layers if layer.cut] == [("uses two_x before it is there",)]


def test_one_file_over_the_limit_is_named() -> None:
    layers = propose([piece("a.txt", 150), piece("b.txt", 50)], 100)
    assert [layer.over for layer in layers] == [
        "a.txt is one file of 150 lines, 50 over the limit; --hunks cuts it",
        None,
    ]


def test_a_file_that_gives_way_to_a_folder_goes_with_it() -> None:
    gone = piece("a", 80, deleted=True)
    layers = propose([gone, piece("a/b", 80)], 100)
    assert paths(layers) == [{"a", "a/b"}]
    assert layers[0].over == "a, a/b can only change together, over the limit of 100"


TIED = {
    "submodule": ([piece(".gitmodules", 3), piece("sub", 0, link=True), piece("0", 98)], {".gitmodules", "sub"}),
    "moved definition": (
        [piece("a.py", 50, "", "def moved_it(): 1\n"), piece("b.py", 50, "def moved_it(): 1\n"), piece("0.py", 50)],
        {"a.py", "b.py"},
    ),
}


@pytest.mark.parametrize(("pieces", "together"), TIED.values(), ids=TIED)
def test_some_things_belong_together(pieces: list[Piece], together: set[str]) -> None:
    assert together in [found & together for found in paths(propose(pieces, 100))]


WORDS = [f"word_{letter}" for letter in "abcdef"]
FILES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b/c", "b"]),
        st.sampled_from(["x.py", "y.py", "x_test.py", "z.go"]),
        st.integers(0, 120),
        st.lists(st.sampled_from(WORDS), max_size=2),
        st.lists(st.sampled_from(WORDS), max_size=3),
        st.booleans(),
    ),
    max_size=25,
    unique_by=lambda one: (one[0], one[1]),
)


@given(FILES, st.integers(1, 200))
def test_nothing_is_lost_or_doubled_and_every_layer_fits_or_says_why(
    files: list[tuple[str, str, int, list[str], list[str], bool]], limit: int
) -> None:
    pieces = []
    for folder, name, lines, defines, uses, old in files:
        text = "".join(f"def {one}(): 1\n" for one in defines) + "".join(f"{one}()\n" for one in uses)
        pieces.append(piece(f"{folder}/{name}", lines, "" if old else text, text if old else ""))
    layers = propose(pieces, limit)
    assert sorted(at for layer in layers for at in layer.pieces) == list(range(len(pieces)))
    for number, layer in enumerate(layers, 1):
        assert layer.lines == sum(pieces[at].lines for at in layer.pieces)
        assert (layer.lines > limit) == (layer.over is not None)
        assert all(below.layer < number for below in layer.needs)
        assert layer.end
