from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from paddock.stack.split.edits import Edit, apply, cut, grouped, hunks, lines_of

TEXT = st.lists(st.sampled_from([b"a\n", b"b\r\n", b"\n", b"  in\n", b"@@ -1 +1 @@\n", b"\xff\n"]), max_size=30)


def test_hunks_are_read_from_their_heads() -> None:
    patch = (
        b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n@@ -3 +5 @@ f()\n"
        b"-@@ -9 +9 @@\n+c\n@@ -7,2 +8,0 @@\n-d\n-e\n"
    )
    assert hunks(patch) == [Edit(0, 0, 0, 2), Edit(2, 1, 4, 1), Edit(6, 2, 8, 0)]


def test_a_line_is_what_git_calls_one() -> None:
    assert lines_of(b"a\r\nb\n\nc") == [b"a\r\n", b"b\n", b"\n", b"c"]
    assert lines_of(b"") == []


@given(st.tuples(TEXT, TEXT, TEXT, TEXT), st.integers(1, 12), st.sampled_from([b"", b"\n"]))
def test_all_parts_make_the_new_text_and_none_makes_the_old(
    some: tuple[list[bytes], ...], most: int, ending: bytes
) -> None:
    head, gone, come, tail = some
    if not ending:
        tail = []  # the last line, whose end is missing, is among those that come
    old, new = head + gone + tail, head + come + tail
    if come:
        new[-1] = new[-1].rstrip(b"\n") + ending
    edit = Edit(len(head), len(old) - len(head), len(head), len(new) - len(head))
    parts = grouped(cut([edit], new, most), most)
    assert apply(old, new, [one for part in parts for one in part]) == b"".join(new)
    assert apply(old, new, []) == b"".join(old)


@given(st.integers(1, 400), st.integers(1, 50))
def test_no_part_of_a_new_file_is_over_the_limit(count: int, most: int) -> None:
    new = [b"line\n"] * count
    parts = grouped(cut([Edit(0, 0, 0, count)], new, most), most)
    sizes = [sum(edit.come for edit in part) for part in parts]
    assert sum(sizes) == count
    assert max(sizes) <= most


def test_a_new_file_is_cut_before_a_paragraph_that_is_not_indented() -> None:
    new = [b"def f():\n", b"    a\n", b"\n", b"    b\n", b"\n", b"def g():\n", b"    c\n", b"    d\n"]
    assert [edit.come for edit in cut([Edit(0, 0, 0, 8)], new, 7)] == [5, 3]


def test_what_only_goes_away_stays_whole() -> None:
    assert cut([Edit(3, 50, 3, 0)], [b"x\n"] * 10, 10) == [Edit(3, 50, 3, 0)]
