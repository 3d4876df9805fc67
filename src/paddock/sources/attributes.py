"""What `.gitattributes` say of files, as classification wants it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from paddock.classify import Attributes
from paddock.model import SYMLINK
from paddock.sources.calling import call, decode, environment, failure
from paddock.sources.isolation import empty_repository
from paddock.sources.objects import tree_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from paddock.sources.git import Repository

NAMES = ("linguist-generated", "linguist-vendored", "linguist-documentation", "diff")


def in_tree(repository: Repository, tree: str, paths: Sequence[str]) -> dict[str, Attributes]:
    """The attributes that a tree's own `.gitattributes` files give to paths; those without any are left out."""
    wanted = [f"{folder}/.gitattributes" if folder else ".gitattributes" for folder in sorted(_folders(paths))]
    # A symbolic link of that name is nothing to git.
    entries = [entry for entry in tree_entries(repository, tree, wanted) if entry[0] != SYMLINK]
    if not entries:
        return {}
    index = f"{repository.scratch}/attributes-index"
    listing = b"".join(f"{mode} {name}\t".encode() + os.fsencode(path) + b"\0" for mode, name, path in entries)
    repository.run("update-index", "-z", "--index-info", stdin=listing, isolated=True, index=index)
    try:
        ask = (*_ASK, "--cached", *NAMES)
        return _parsed(repository.run(*ask, stdin=_listed(paths), isolated=True, index=index))
    finally:
        os.unlink(index)


def in_folder(top: str, paths: Sequence[str]) -> dict[str, Attributes]:
    """The attributes that the files of a folder give, whether it is a repository or not."""
    if not any(os.path.lexists(os.path.join(top, folder, ".gitattributes")) for folder in _folders(paths)):
        return {}
    import tempfile

    inside = [path for path in paths if not path.startswith("../")]
    with tempfile.TemporaryDirectory(prefix="paddock-") as folder:
        empty_repository(folder, "[core]\n\tbare = false\n\trepositoryformatversion = 0\n")
        env = environment() | {"GIT_DIR": folder, "GIT_WORK_TREE": top, "GIT_ATTR_NOSYSTEM": "1"}
        code, out, err = call(("git", *_ASK, *NAMES), env, top, _listed(inside))
    if code:
        raise failure(_ASK, code, err)
    return _parsed(out)


_ASK = ("-c", "core.attributesFile=/dev/null", "check-attr", "--stdin", "-z")


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _parsed(out: bytes) -> dict[str, Attributes]:
    found: dict[str, dict[str, str]] = {}
    fields = out.split(b"\0")
    for path, name, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        if value != b"unspecified":
            found.setdefault(decode(path), {})[name.decode()] = decode(value)
    return {path: _attributes(given) for path, given in found.items()}


def _attributes(given: Mapping[str, str]) -> Attributes:
    """Git's words as linguist reads them: unset and the word `false` are false, all else is true.

    `diff` is git's own, to which `false` is the name of a driver like any other.
    """
    generated, vendored, documentation = (_truth(given.get(name)) for name in NAMES[:-1])
    diff = given.get("diff")
    return Attributes(generated, vendored, documentation, None if diff is None else diff != "unset")


def _truth(value: str | None) -> bool | None:
    return None if value is None else value not in ("unset", "false")


def _folders(paths: Iterable[str]) -> set[str]:
    folders = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders
