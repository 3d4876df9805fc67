from __future__ import annotations

import io
import tarfile
import zlib
from typing import TYPE_CHECKING

import pytest

from conftest import lines
from paddock.sources.disguised import is_text
from paddock.sources.git import open_repository
from paddock.sources.range import RangeSource
from paddock.sources.staged import StagedSource

if TYPE_CHECKING:
    from conftest import Work
    from paddock.model import ChangedFile

TEXT = lines(100).encode()


def archive() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        entry = tarfile.TarInfo("a")
        entry.size = len(TEXT * 50)
        tar.addfile(entry, io.BytesIO(TEXT * 50))
    return data.getvalue()


TEXTS = {
    "a NUL in a comment": b"# \0\n" + TEXT,
    "a NUL at the end": TEXT + b"\0",
    "one NUL a line": TEXT.replace(b"\n", b"\0\n"),
    "one odd byte more": b"// \0 caf\xe9\n" + TEXT,
    "one control character more": b"/* \0\1 */\n" + TEXT,
    "many NULs in a comment": b"#" + b"\0" * 500 + b"\n" + TEXT,
    "an archive by one word only": (b"# \0" + TEXT)[:257] + b"ustar" + TEXT,
    "UTF-16 that does not say so": TEXT.decode().encode("utf-16-le"),
    "UTF-16": "\ufeff".encode("utf-16-le") + TEXT.decode().encode("utf-16-le"),
    "UTF-16, the other way": "\ufeff".encode("utf-16-be") + "hé\n".encode("utf-16-be") * 99,
    "UTF-8": "éaé\0\n".encode() * 9,
    "cut within a character": b"a\0bc\n" + "é".encode()[:1],
    "terminal colours": b"\x1b[0m\0 abc def\n",
}
BINARIES = {
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1",
    "compressed": zlib.compress(TEXT) + b"\0",
    "mostly NULs": b"ab\0\0\0\0\0\0",
    "a header and NULs": b"MZ" + b"\0" * 60,
    "an archive of text": archive(),
    "control characters": b"abc\1def\0 ghi jkl",
    "Latin-1": b"caf\xe9 au lait\0 s'il vous pla\xeet",
    "nothing but NULs": b"\0" * 9,
}


@pytest.mark.parametrize("content", TEXTS.values(), ids=TEXTS)
def test_text_in_disguise(content: bytes) -> None:
    assert is_text(content)


@pytest.mark.parametrize("content", BINARIES.values(), ids=BINARIES)
def test_not_text(content: bytes) -> None:
    assert not is_text(content)


def changed(work: Work) -> dict[str, ChangedFile]:
    """What both sources say of the change, which has to be one answer."""
    work.git("add", "--all")
    repository = open_repository(str(work.path))
    staged = StagedSource(repository, base="main").files()
    files = RangeSource(repository, work.commit("topic"), base="main").files()
    assert files == staged
    return {file.path: file for file in files}


def test_its_lines_count_as_if_the_byte_were_not_there(work: Work) -> None:
    work.commit("base", {"old.sh": TEXT, "moved.sh": b"x\n" + TEXT, "was.bin": BINARIES["a picture"]})
    work.branch("topic")
    work.write("new.sh", b"# \0\n" + TEXT)
    work.write("old.sh", b"# \0\n" + TEXT + b"end\n")
    work.git("mv", "moved.sh", "a\nb.sh")
    work.write("a\nb.sh", b"x \0\n" + TEXT)
    work.write("was.bin", TEXT)
    work.write("picture.png", BINARIES["a picture"] + b"more")
    found = changed(work)
    assert {path: (file.added, file.deleted, file.binary) for path, file in found.items()} == {
        "new.sh": (101, 0, False),
        "old.sh": (2, 0, False),
        "a\nb.sh": (1, 1, False),
        "was.bin": (100, 3, False),
        "picture.png": (0, 0, True),
    }
    assert found["new.sh"].reason == "source; text, though git calls it binary"
    assert found["a\nb.sh"].old_path == "moved.sh"


def test_what_the_base_calls_binary_stays_so(work: Work) -> None:
    work.commit("base", {".gitattributes": "*.dump binary\n"})
    work.branch("topic")
    work.write("a.dump", b"# \0\n" + TEXT)
    assert changed(work)["a.dump"].binary


def test_a_removed_file_counts_too(work: Work) -> None:
    work.commit("base", {"a.sh": b"# \0\n" + TEXT})
    work.branch("topic")
    work.git("rm", "-q", "a.sh")
    assert changed(work)["a.sh"].deleted == 101
