"""Documentation: what linguist takes for it by path, and files in a language of prose wherever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paddock.classify.path import FilePath


def _either(*words: str) -> tuple[str, ...]:
    return tuple(form for word in words for form in (word, word.capitalize()))


_AT_ROOT = frozenset(_either("doc", "docs", "man", "examples", "demo", "demos", "sample", "samples"))
_DIRECTORIES = {name: f"{name}/" for name in _either("documentation", "groovydoc", "javadoc")}
_NAMES = frozenset({
    "CITATION",
    "CITATION.bib",
    "CITATION.cff",
    "CITATION.md",
    "CITATIONS",
    "CITATIONS.bib",
    "CITATIONS.md",
})  # fmt: skip
_WORDS = frozenset({
    "CHANGE", "CHANGES", "CHANGELOG", "CONTRIBUTING", "COPYING", "INSTALL", "LICENSE", "LICENCE", "License",
    "Licence", "license", "licence", "README", "Readme", "readme",
})  # fmt: skip
# Not .txt: requirements.txt and CMakeLists.txt are not prose. Not .mdx: it holds code.
_PROSE = frozenset({".md", ".markdown", ".rst", ".adoc", ".asciidoc"})


def by_name(path: FilePath) -> str | None:
    """What makes a path documentation."""
    return documentation(path) or (path.extension if path.extension.lower() in _PROSE else None)


def documentation(path: FilePath) -> str | None:
    """The row that makes linguist call a path documentation."""
    directories, name = path.directories, path.name
    if directories:
        if directories[0] in _AT_ROOT:
            return f"{directories[0]}/ at the root"
        if label := path.in_directory(_DIRECTORIES):
            return label
        if "/inst/doc/" in path.slashed:
            return "inst/doc/"
        for directory in directories:
            word, dot, _ = directory.partition(".")
            if dot and word in _WORDS:
                return f"{word}."
    if name in _NAMES:
        return name
    word = name.partition(".")[0]
    return word if word in _WORDS else None
