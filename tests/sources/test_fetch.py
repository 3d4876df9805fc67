"""What is fetched: as much as is needed, into a repository of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub import TOKEN, Hub, Served
from paddock.errors import GitError
from paddock.sources.fetch import HEAD, Fetched, first_depth, refspec
from paddock.sources.history import merge_base

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub")


@pytest.fixture
def remote(hub: Hub, tmp_path: Path) -> Fetched:
    folder = tmp_path / "own"
    folder.mkdir()
    return Fetched(str(folder), f"{hub.url}/octo/hall")


def count(remote: Fetched, *revisions: str) -> int:
    return int(remote.repository.run("rev-list", "--count", *revisions))


@pytest.mark.parametrize(("commits", "depth"), [(None, 16), (0, 2), (1, 2), (7, 8), (10**9, 4096)])
def test_the_first_look_is_as_deep_as_the_change_is_long(commits: int | None, depth: int) -> None:
    assert first_depth(commits) == depth


def test_no_more_is_fetched_than_shows_the_merge_base(hub: Hub, remote: Fetched) -> None:
    hub.main(300)
    tip = hub.branch("topic", count=3)
    hub.publish("topic")
    expected = hub.sha("main")
    specs = (refspec("main"), f"{tip}:{HEAD}")
    remote.get(*specs, depth=4)
    base = hub.main(40, 300)
    remote.get(*specs, depth=4)
    assert count(remote, "--all") < 20
    remote.deepen(specs, (base,), tip, 4)
    repository = remote.repository
    assert merge_base(repository, (base,), (tip,)) == expected
    assert repository.shallow
    assert 40 < count(remote, base) < 200


def test_the_rest_of_the_history_comes_without_trees(hub: Hub, remote: Fetched) -> None:
    first = hub.sha("main")
    base = hub.main(50)
    tip = hub.branch("topic")
    hub.publish("topic")
    specs = (refspec("main"), f"{tip}:{HEAD}")
    remote.get(*specs, depth=2)
    objects = remote.repository.run("count-objects", "-v").decode()
    remote.all_commits(specs)
    repository = remote.repository
    assert not repository.shallow
    assert count(remote, base) == 51
    there = repository.run("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").decode().split()
    assert (there.count("commit"), there.count("tree") < 15) == (52, True), objects
    assert repository.resolve(first) == first
    merge_base(repository, (base,), (tip,))


def test_what_the_remote_lacks_is_told_from_what_could_not_be_asked(hub: Hub, remote: Fetched, tmp_path: Path) -> None:
    assert remote.has(refspec("main"), depth=1)
    assert not remote.has(refspec("none"), depth=1)
    assert not remote.has(f"{'9' * 40}:{HEAD}", depth=1)
    (tmp_path / "nowhere").mkdir()
    with pytest.raises(GitError, match="git fetch: "):
        Fetched(str(tmp_path / "nowhere"), f"{hub.url}/octo/none").has(refspec("main"), depth=1)


def test_only_branches_at_a_commit_are_named(hub: Hub, remote: Fetched) -> None:
    tip = hub.branch("topic")
    hub.publish("topic")
    assert remote.branches_at(tip) == ("topic",)
    assert remote.branches_at("") == ()


@pytest.mark.parametrize("url", ["ext::sh -c 'touch pwned'", "ssh://-oProxyCommand=touch/x", "--upload-pack=touch x"])
def test_other_ways_than_http_and_files_are_not_gone(tmp_path: Path, url: str) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    with pytest.raises(GitError):
        Fetched(str(folder), url).get(refspec("main"), depth=1)
    assert list(tmp_path.rglob("pwned")) == []


def test_no_redirection_takes_the_token_elsewhere(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    with Served(hub.folder / "server") as other, Served(hub.folder / "server", redirect=other.url) as first:
        with pytest.raises(GitError):
            Fetched(str(folder), f"{first.url}/octo/hall", token=TOKEN).get(refspec("main"), depth=1)
        assert first.authorizations
        assert other.authorizations == []


def test_the_token_is_taken_out_of_what_git_says(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    with pytest.raises(GitError) as caught:
        Fetched(str(folder), f"http://127.0.0.1:9/{TOKEN}/x", token=TOKEN).branches_at("")
    assert TOKEN not in str(caught.value)
    assert "***" in str(caught.value)
