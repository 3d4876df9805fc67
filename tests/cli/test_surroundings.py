"""Which repository on GitHub is meant: a workflow's, or the one that the clone came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from paddock.cli.surroundings import surroundings
from paddock.sources.git import open_repository
from paddock_cli import paddock

if TYPE_CHECKING:
    from conftest import Work

REMOTES = {
    "https": ("https://github.com/octo/hall.git", "octo/hall"),
    "https, bare": ("https://github.com/octo/hall", "octo/hall"),
    "https, with a token": ("https://x-access-token:secret@github.com/octo/hall.git/", "octo/hall"),
    "scp's form": ("git@github.com:octo/hall.git", "octo/hall"),
    "ssh": ("ssh://git@GitHub.com:22/octo/hall.v2", "octo/hall.v2"),
    "another server": ("https://gitlab.com/octo/hall.git", None),
    "deeper": ("https://github.com/octo/hall/extra", None),
    "a folder": ("/srv/octo/hall.git", None),
    "hostile": ("https://github.com/octo/hall\u2028x", None),
}


@pytest.mark.parametrize(("url", "name"), REMOTES.values(), ids=REMOTES)
def test_the_clone_s_remote_names_the_repository(
    work: Work, monkeypatch: pytest.MonkeyPatch, url: str, name: str | None
) -> None:
    work.git("remote", "add", "origin", url)
    monkeypatch.chdir(work.path)
    assert surroundings({}, open_repository()).get("GITHUB_REPOSITORY") == name


def test_a_server_of_one_s_own_and_a_variable_come_first(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.git("remote", "add", "origin", "git@git.example.org:octo/hall.git")
    monkeypatch.chdir(work.path)
    own = {"GITHUB_SERVER_URL": "https://git.example.org"}
    assert surroundings(own, open_repository())["GITHUB_REPOSITORY"] == "octo/hall"
    told = {"GITHUB_REPOSITORY": "a/b"}
    assert surroundings(told, open_repository())["GITHUB_REPOSITORY"] == "a/b"


def test_what_is_missing_is_told_in_turn(work: Work) -> None:
    env = {"GITHUB_REPOSITORY": "", "GITHUB_TOKEN": "", "GH_TOKEN": ""}
    ran = paddock("bot", "sweep", cwd=work.path, env=env)
    assert ran.code == 2
    assert ran.err.startswith("paddock: which repository is meant is not known\n  set GITHUB_REPOSITORY")
    work.git("remote", "add", "origin", "git@github.com:octo/hall.git")
    ran = paddock("bot", "sweep", cwd=work.path, env=env)
    assert ran.code == 2
    assert "by hand: GITHUB_TOKEN=$(gh auth token)" in ran.err
