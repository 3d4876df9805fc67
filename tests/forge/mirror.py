"""The tests' repository as real git, which emulate does not serve: its objects are git's own, name for name.

They are read through the API and written as git writes loose objects; what a name stands for is checked by git's hash.
Branches are there, and `refs/pull/7/head` as GitHub has them.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge, Person


class Mirror:
    """A bare repository below `folder`, as far as the last `sync`."""

    def __init__(self, forge: Forge, folder: Path) -> None:
        self._reader: Person = forge.person("ada")
        self.path = folder / "octo" / "hall.git"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.path))
        for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            self._git("config", key, "true")

    @property
    def url(self) -> str:
        """What a client fetches from."""
        return f"file://{self.path}"

    def sync(self) -> None:
        """Bring what the API has: new objects, and every ref where it is now."""
        wanted = {one["ref"]: one["object"]["sha"] for one in self._get("git/matching-refs/heads/")}
        page = 1
        while pulls := self._get(f"pulls?state=all&per_page=100&page={page}"):
            wanted |= {f"refs/pull/{one['number']}/head": one["head"]["sha"] for one in pulls}
            page += 1
        for sha in wanted.values():
            self._commit(sha)
        there = self._git("for-each-ref", "--format=%(refname)").split()
        lines = [f"update {ref} {sha}" for ref, sha in wanted.items()]
        lines += [f"delete {ref}" for ref in there if ref not in wanted]
        self._git("update-ref", "--stdin", stdin="\n".join(lines) + "\n")

    def _commit(self, tip: str) -> None:
        left = [tip]
        while left:
            sha = left.pop()
            if self._has(sha):
                continue
            told = self._get(f"git/commits/{sha}")
            self._tree(told["tree"]["sha"])
            parents = [one["sha"] for one in told["parents"]]
            lines = [f"tree {told['tree']['sha']}", *(f"parent {one}" for one in parents)]
            lines += [f"{role} {_signature(told[role])}" for role in ("author", "committer")]
            message = told["message"].removesuffix("\n")
            self._write(sha, "commit", "\n".join([*lines, "", message, ""]).encode())
            left += parents

    def _tree(self, sha: str) -> None:
        if self._has(sha):
            return
        entries = self._get(f"git/trees/{sha}")["tree"]
        for one in entries:
            if one["type"] == "tree":
                self._tree(one["sha"])
            elif not self._has(one["sha"]):
                content = self._get(f"git/blobs/{one['sha']}")["content"]
                self._write(one["sha"], "blob", base64.b64decode(content))
        # Git sorts folders as if their names ended with a slash.
        entries.sort(key=lambda one: (one["path"] + ("/" if one["type"] == "tree" else "")).encode())
        lines = (f"{one['mode'].lstrip('0')} {one['path']}\0".encode() + bytes.fromhex(one["sha"]) for one in entries)
        self._write(sha, "tree", b"".join(lines))

    def _file(self, sha: str) -> Path:
        return self.path / "objects" / sha[:2] / sha[2:]

    def _has(self, sha: str) -> bool:
        return self._file(sha).exists()

    def _write(self, sha: str, kind: str, content: bytes) -> None:
        whole = f"{kind} {len(content)}\0".encode() + content
        assert hashlib.sha1(whole, usedforsecurity=False).hexdigest() == sha, (kind, sha, content)
        self._file(sha).parent.mkdir(exist_ok=True)
        self._file(sha).write_bytes(zlib.compress(whole))

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self._reader.do("GET", path)

    def _git(self, *arguments: str, stdin: str | None = None) -> str:
        command = ["git", *arguments] if arguments[0] == "init" else ["git", "-C", str(self.path), *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def _signature(person: dict[str, str]) -> str:
    seconds = int(datetime.fromisoformat(person["date"]).timestamp())
    return f"{person['name']} <{person['email']}> {seconds} +0000"
