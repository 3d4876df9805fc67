from __future__ import annotations

import pytest

from paddock.classify import without_content
from paddock.classify.docs import documentation
from paddock.classify.path import split
from paddock.model import FileClass

# (path, documentation to linguist, our class is docs)
ROWS = [
    ("Docs/a.c", True, True),
    ("doc/a.c", True, True),
    ("DOCS/a.c", False, False),
    ("man/a.1", True, True),
    ("Examples/a.pl", True, True),
    ("demo/a.c", True, True),
    ("demos/a.c", True, True),
    ("sample/a.c", True, True),
    ("Samples/a.c", True, True),
    ("docs", False, False),
    ("sub/README.d/a.c", True, True),
    ("sub/docs/a.c", False, False),
    ("sub/documentation/a.c", True, True),
    ("Groovydoc/a.html", True, True),
    ("x/javadoc/a.html", True, True),
    ("x/inst/doc/a.R", True, True),
    ("x/doc/a.R", False, False),
    ("CITATION", True, True),
    ("a/CITATIONS.bib", True, True),
    ("CITATION.cff", True, True),
    ("CITATIONS.cff", False, False),
    ("README", True, True),
    ("Readme.txt", True, True),
    ("READMES", False, False),
    ("README/a.c", False, False),
    ("CHANGELOG.txt", True, True),
    ("COPYING.LESSER", True, True),
    ("licence", True, True),
    ("install.txt", False, False),
    ("README\n", False, False),
    # prose wherever it lies
    ("sub/docs/a.md", False, True),
    ("changelog.md", False, True),
    ("a/b.RST", False, True),
    ("a/b.adoc", False, True),
    ("a/b.mdx", False, False),
    # never prose
    ("requirements.txt", False, False),
    ("CMakeLists.txt", False, False),
]


@pytest.mark.parametrize(("path", "linguist", "docs"), ROWS, ids=[ascii(row[0]) for row in ROWS])
def test_documentation(path: str, linguist: bool, docs: bool) -> None:  # noqa: FBT001 - columns of a table
    assert (documentation(split(path)) is not None) is linguist
    assert (without_content(path).file_class is FileClass.DOCS) is docs


def test_reason_names_the_row() -> None:
    assert without_content("docs/a.json").reason == "docs: docs/ at the root"
    assert without_content("a/README").reason == "docs: README"
    assert without_content("a/b.md").reason == "docs: .md"
