"""What a file defines and what it mentions: by its grammar where one is installed, else by its words."""

from __future__ import annotations

import re

from paddock.stack.split.pieces import NOTHING, Name, Names

LIMIT = 1 << 20  # bytes; of a longer file nothing is known

# Ending of a name, the language, and where its names hold.
_LANGUAGES = {
    "go": ("go", "go"),
    "py": ("python", "python"),
    "pyi": ("python", "python"),
    "js": ("javascript", "script"),
    "jsx": ("javascript", "script"),
    "mjs": ("javascript", "script"),
    "cjs": ("javascript", "script"),
    "ts": ("typescript", "script"),
    "mts": ("typescript", "script"),
    "tsx": ("tsx", "script"),
    "rs": ("rust", "rust"),
    "java": ("java", "java"),
}
# Languages without a grammar here: their words are taken as they come.
_WORDS = {
    "c": "c", "cc": "c", "cpp": "c", "cxx": "c", "h": "c", "hh": "c", "hpp": "c", "m": "c", "cs": "cs", "kt": "java",
    "scala": "java", "swift": "swift", "rb": "ruby", "php": "php", "pl": "perl", "lua": "lua", "sh": "shell",
    "bash": "shell", "ex": "elixir", "exs": "elixir", "proto": "proto", "sql": "sql", "zig": "zig", "dart": "dart",
}  # fmt: skip
_DEFINES = re.compile(
    r"^[ \t]*(?:(?:export|pub|public|private|protected|static|final|abstract|async|default|inline|extern|virtual)"
    r"[ \t]+)*"
    r"(?:func|function|def|fn|class|struct|interface|enum|trait|type|typedef|module|message|service|rpc|protocol|"
    r"record|union|namespace|const|let|var|val|#define|sub|create table)[ \t]+(?P<name>[A-Za-z_]\w*)",
    re.MULTILINE | re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_MANY = 200_000  # words of a file


def names(path: str, text: bytes | None) -> Names:
    """The names of a file; none where it is no text in a language that is known here."""
    ending = path.rpartition(".")[2].lower()
    if text is None or len(text) > LIMIT or b"\0" in text:
        return NOTHING
    language, family = _LANGUAGES.get(ending, ("", _WORDS.get(ending, "")))
    if not family:
        return NOTHING
    if language and (found := _by_grammar(path, text, language, family)) is not None:
        return found
    return by_words(text, family)


def _by_grammar(path: str, text: bytes, language: str, family: str) -> Names | None:
    try:
        if language == "go":
            from paddock.stack.split import golang

            return golang.names(text, path.rpartition("/")[0])
        from paddock.stack.split import grammars

        return grammars.names(text, language, family)
    except ImportError:  # the extra `split` is not installed, or not this grammar
        return None


def by_words(text: bytes, family: str) -> Names:
    """Definitions by the word before them, mentions by every word."""
    plain = text.decode("utf-8", "surrogateescape")
    starts = [0, *(match.end() for match in re.finditer("\n", plain))]
    defines: dict[Name, tuple[str, int]] = {}
    line = 0
    for match in _DEFINES.finditer(plain):
        while line < len(starts) and starts[line] <= match.start("name"):
            line += 1
        defines.setdefault((family, match["name"]), ("", line))
    mentions: dict[Name, list[int]] = {}
    line = 0
    for count, match in enumerate(_WORD.finditer(plain)):
        if count > _MANY:
            break
        while line < len(starts) and starts[line] <= match.start():
            line += 1
        mentions.setdefault((family, match[0]), []).append(line)
    return Names(defines, {name: tuple(lines) for name, lines in mentions.items()})
