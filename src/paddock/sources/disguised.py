"""Text that git takes for binary: a NUL byte, or UTF-16, and its lines would count for nothing.

Git holds a file binary that has a NUL in its first 8,000 bytes. Most interpreters and compilers read past one in a
comment, so a single byte would hide a file of any length from a count.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING

from paddock import classify
from paddock.sources.objects import blobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from paddock.sources.git import Repository

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes({*range(1, 32), 127} - set(b"\t\n\v\f\r\x1b"))  # of which text has none
_NULS = 4  # at least as many other bytes to one NUL; an archive is padded with more
_TAR = slice(257, 262)


def texts(repository: Repository, files: Mapping[str, str]) -> frozenset[str]:
    """Which of some binary files, each with its blob, are text all the same."""
    contents = blobs(repository, list(files.values()), classify.CONTENT_LIMIT)
    return frozenset(path for path, content in zip(files, contents, strict=True) if content and is_text(content))


def is_text(content: bytes) -> bool:
    """Whether content is text but for NUL bytes; only its beginning need be there."""
    if content.startswith(_UTF_16):
        return _decodes(content, "utf-16")
    nuls = content.count(0)
    if nuls * _NULS > len(content) - nuls or content[_TAR] == b"ustar":
        return False
    return len(content.translate(None, _CONTROLS)) == len(content) and _decodes(content, "utf-8")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        getincrementaldecoder(encoding)().decode(content)
    except UnicodeDecodeError:
        return False
    return True
