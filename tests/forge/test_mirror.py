"""The tests' repository can be fetched by git, with the same names for the same things as in the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest import Work
from forge.mirror import Mirror

if TYPE_CHECKING:
    from pathlib import Path

    from forge.world import Forge

MESSAGE = "Add é\n\nSigned-off-by: Bob <bob@example.org>\n"


def test_git_sees_what_the_api_has(forge: Forge, tmp_path: Path) -> None:
    bob, ada = forge.person("bob"), forge.person("ada")
    mirror, work = Mirror(forge, tmp_path / "server"), Work(tmp_path / "work")
    files = {"a.txt": "é\n", "a/b.txt": "1\n", "a-b": "", "a/c/d.txt": "2\n"}
    head = bob.push("feature/x/01a", files, MESSAGE)
    number = bob.pull("feature/x/01a")
    mirror.sync()
    work.git("fetch", "--quiet", mirror.url, "+refs/*:refs/far/*")
    work.git("fsck", "--strict")
    assert work.git("rev-parse", f"refs/far/pull/{number}/head") == head
    assert work.git("log", "-1", "--format=%an %B", head) == f"bob {MESSAGE}"
    assert work.git("ls-tree", "-r", "--name-only", head).split() == [
        "README.md",
        "a-b",
        "a.txt",
        "a/b.txt",
        "a/c/d.txt",
    ]
    assert work.git("show", f"{head}:a.txt") == "é"

    again = bob.push("feature/x/01a", {"a.txt": "other\n"})
    ada.do("PUT", f"pulls/{number}/merge", merge_method="merge")
    ada.do("DELETE", "git/refs/heads/feature/x/01a")
    mirror.sync()
    work.git("fetch", "--quiet", "--prune", mirror.url, "+refs/*:refs/far/*")
    merge = ada.do("GET", "git/ref/heads/main")["object"]["sha"]
    assert work.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/far").splitlines() == [
        f"refs/far/heads/main {merge}",
        f"refs/far/pull/{number}/head {again}",
    ]
    assert work.git("rev-list", "--parents", "-1", merge).split()[2] == again
    assert work.git("diff", "--stat", merge, again) == ""
