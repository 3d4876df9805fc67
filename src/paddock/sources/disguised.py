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
_ODD = bytes({*range(1, 32), 127} - set(b"\t\n\v\f\r\x1b"))  # control characters, of which text has next to none
_SHARE = 50  # at least as many other bytes to one that is odd, so that a few in a comment hide nothing
_TAR, _HEADER, _PADDING = slice(257, 262), 512, 200  # an archive names itself there, and pads its header with NULs


def texts(repository: Repository, files: Mapping[str, str]) -> frozenset[str]:
    """Which of some binary files, each with its blob, are text all the same."""
    contents = blobs(repository, list(files.values()), classify.CONTENT_LIMIT)
    return frozenset(path for path, content in zip(files, contents, strict=True) if content and is_text(content))


def is_text(content: bytes) -> bool:
    """Whether content is text but for NUL bytes; only its beginning need be there."""
    if content.startswith(_UTF_16):
        return _decodes(content, "utf-16")
    nuls = content.count(0)
    padded = content[:_HEADER].count(0) > _PADDING
    if nuls > len(content) - nuls or (content[_TAR] == b"ustar" and padded):
        return False
    text = content.replace(b"\0", b"")
    odd = len(text) - len(text.translate(None, _ODD))
    # Each byte that is no UTF-8 becomes one surrogate.
    odd += sum(
        "\udc80" <= character <= "\udcff"
        for character in getincrementaldecoder("utf-8")("surrogateescape").decode(text)
    )
    return odd * _SHARE <= len(text)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        getincrementaldecoder(encoding)().decode(content)
    except UnicodeDecodeError:
        return False
    return True
