"""Command lines by their syntax: what is denied, and what looks like it and is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from paddock.worktrees import places
from paddock.worktrees.guard.judge import Denial, judge
from paddock.worktrees.guard.rim import Locator
from paddock.worktrees.guard.shell import effects
from paddock.worktrees.territory import Ownership, Territory, territory

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Work


@pytest.fixture
def own(work: Work) -> Territory:
    """The territory of the agent a1, whose worktree lies beside the main checkout."""
    place = work.path.parent / "a1"
    work.git("config", "extensions.worktreeConfig", "true")
    work.git("worktree", "add", "-q", "-b", "feature/x/a1/01-start", str(place))
    work.git("worktree", "add", "-q", "-b", "feature/x/a2/01-start", str(place.parent / "a2"))
    work.git("-C", str(place), "config", "--worktree", "paddock.agent", "a1")
    (found,) = (one for one in places.linked(str(work.path / ".git")) if one.agent)
    return territory(found, str(work.path / ".git"))


def verdict(line: str, own: Territory, *, strict: bool = False) -> Denial | None:
    known = {"HOME": "/home/ada", "TMPDIR": own.temporary}
    found = effects(line.replace("{main}", own.main or ""), own.top, own, known)
    return judge(found, own, Locator(own).locate, strict=strict)


DENIED = (
    "git push --force", "git push -f origin HEAD", "git push origin +HEAD", "git push --mirror", "git push --all",
    "git push origin main", "git push origin HEAD:refs/heads/feature/x/a2/01", "git push origin HEAD:refs/tags/v1",
    "git push --delete origin main", "git push {main} HEAD", "git push --no-verify",
    "git commit -anm x", "git commit --no-v -m x", "git merge --no-verify x", "git -c core.hookspath=x commit -m x",
    "git -c alias.x='!rm -rf /' x", "git --config-env=core.hooksPath=X commit", "git config --global core.hooksPath x",
    "git config --unset core.hooksPath", "git config --worktree core.hooksPath x", "git config set user.name x",
    "git checkout -b release/1", "git switch -c main2", "git switch main", "git checkout feature/x/a2/01-start",
    "git switch --ignore-other-worktrees main", "git symbolic-ref HEAD refs/heads/main", "git branch -m main x",
    "git fetch origin main:main", "git update-ref -d refs/heads/main", "git update-ref refs/stash HEAD",
    "git reflog expire --all", "git remote add x y", "git -C {main} reset --hard", "git -C {main} clean -fd",
    "git --work-tree={main} checkout .", "git -C {main} apply x.patch", "git format-patch -o {main} HEAD~1",
    "git rebase --exec 'rm {main}/README.md' HEAD~1", "git bisect run rm {main}/README.md",
    "git submodule foreach 'touch {main}/x'",
    "SKIP=dco git commit -m x", "HUSKY=0 git commit -m x", "export GIT_DIR={main}/.git", "env GIT_DIR=x git status",
    "GIT_CONFIG_PARAMETERS=x git status", "GIT_INDEX_FILE=/tmp/i git add .",
    "sudo rm {main}/README.md", "sudo -u root -- rm {main}/README.md", "env -C {main} touch x", "env -S 'rm {main}/x'",
    "nohup setsid nice -n 5 ionice -c 3 rm {main}/x", "timeout -k 1 5 rm {main}/x", "flock l -c 'rm {main}/x'",
    "time -o {main}/x true", "command rm {main}/x", "exec rm {main}/x", "xargs -n 1 rm {main}/x", "busybox rm {main}/x",
    "\\rm {main}/x", "/bin/rm {main}/x", "'rm' {main}/x", "r''m {main}/x", "$'rm' {main}/x", "rm -- {main}/-x",
    "rsync -a src/ {main}/", "rsync --delete --exclude x src/ {main}", "scp x {main}/x", "mv {main}/a b", "mv a {main}",
    "ln -s {main} l", "ln {main}/README.md l", "ln -sf x {main}/l", "install -d {main}/d", "install -t {main} a",
    "curl -so {main}/x http://h/", "wget -P {main} http://h/", "unzip -d {main} a.zip", "tar xzf a.tgz -C {main}",
    "tar -cf {main}/a.tar src", "patch -d {main} -p1 -i x", "split -b 1 a {main}/x", "sort -o {main}/x a",
    "sed -Ei.bak s/a/b/ {main}/x", "sed --in-place -e s/a/b/ {main}/x", "perl -i -pe s/a/b/ {main}/x",
    "chmod +x {main}/x", "chmod -x {main}/x", "chown ada {main}/x", "truncate -s0 {main}/x", "dd of={main}/x if=a",
    "make -C {main}", "npm --prefix {main} install", "cargo -C {main} build", "cd {main} && npm install",
    "cd {main}; make", "cd {main} && ./configure", "(cd {main} && pytest)", "pip install --target {main}/x y",
    "python3 -m venv {main}/.venv", "prettier --write {main}/x.js", "gofmt -w {main}/x.go",
    "cd ..; cd work; touch x", "cd - ; cd {main}; cd .; touch x", "X={main}; cd $X; touch y", 'X={main}/x; rm "${X}"',
    "for f in a {main}/b; do rm $f; done", "while read x; do rm {main}/x; done < list", "if true; then rm {main}/x; fi",
    "case a in a) rm {main}/x ;; esac", "f() { rm {main}/x; }; f", "! rm {main}/x", "a && b || rm {main}/x",
    "rm {main}/*", "rm -rf {main}/{a,b}", "rm -rf ../*", "echo x >&{main}/x", "echo x 2>{main}/x", "cat <<< x > {main}/x",
    ": > {main}/x", "> {main}/x", "exec 3> {main}/x", "diff <(rm {main}/x) y", "echo `rm {main}/x`",
    'echo "$(rm {main}/x)"', "sh -ec 'rm {main}/x'", "sh -c \"sh -c 'rm {main}/x'\"", "bash <<< 'rm {main}/x'",
    "printf 'rm {main}/x\\n' | bash", "su -c 'rm {main}/x'", "eval rm {main}/x", "find {main} -execdir sh -c 'rm x' \\;",
    "find . -fprint {main}/x", "tee {main}/x {main}/y", "cp -r src {main}", "touch ~/x", "touch /etc/x",
    "paddock worktree exec a1 --unconfined -- make", "paddock worktree exec a1 --write / -- make",
    "paddock worktree exec a1 -- rm {main}/x", "paddock guard uninstall --tool claude",
)  # fmt: skip

ALLOWED = (
    "git commit -m '--no-verify -n'", "git commit -am 'fix: n of m'", "git commit -m 'rm {main}/x'", "git log -n 5",
    "git commit -m \"$(cat <<'EOF'\nrm {main}/x\nEOF\n)\"", "git commit -Fmsg -s", "git push -n", "git push",
    "git push -u origin HEAD", "git push --force-with-lease origin HEAD", "git push origin feature/x/a1/02-y",
    "git push origin HEAD:refs/heads/feature/x/a1/02-y", "git merge main", "git rebase origin/main", "git merge -n main",
    "git checkout main -- README.md", "git checkout -- .", "git checkout -b feature/x/a1/02-y main", "git switch -",
    "git switch feature/x/a1/02-y", "git switch --detach main", "git branch -D feature/x/a1/02-y", "git branch --list",
    "git config user.name", "git config --get core.hooksPath", "git config --worktree user.name x", "git config -l",
    "git -C {main} log --oneline", "git -C {main} show HEAD:README.md > copy", "git --git-dir {main}/.git log || true",
    "git diff main > out.patch", "git fetch origin main", "git remote -v", "git worktree list", "git stash list",
    "git symbolic-ref HEAD", "git tag -l 'v*'", "git bisect run make test", "git submodule update --init",
    "echo 'rm {main}/x'", 'echo "> {main}/x"', "cat {main}/README.md", "grep -rn foo {main}", "diff {main}/a a",
    "cp {main}/README.md .", "cp -r {main}/src ./src2", "rsync -a {main}/src/ src/", "tar xf {main}/a.tgz",
    "find {main} -name '*.py'", "ls -la {main} | head", "cd {main} && git log && cat README.md | wc -l",
    "cat > f <<EOF\nrm {main}/x\nEOF", "make test 2>&1 | tee log", "true > /dev/null 2>&1", "echo x >&2", "a 2>&-",
    "ln -s ../README.md docs/", "git commit -m --no-verify", "touch $TMPDIR/x", "rm -rf node_modules && npm ci", "npm run build -- --out dist",
    "python3 -m pytest -x tests", "python3 -c 'print(1)'", "go build ./...", "cargo test", "sed -n 1,5p {main}/README.md",
    "sed 's/a/b/' {main}/README.md > x", "chmod +x run.sh", "curl -sO http://h/x", "curl http://h/ | jq .",
    "tar czf - src | wc -c", "rm -f *.pyc", "mkdir -p a/{b,c}", 'for f in *.py; do black "$f"; done',
    'x=$(git rev-parse --show-toplevel); touch "$x/a"', 'touch "$(pwd)/x"', "d=$(mktemp -d); touch $d/x", "sort a -o b",
    "sudo apt-get install x", "docker run -v {main}:/x:ro image", "test -f {main}/x && echo yes", "[ -d {main} ]",
    "scp a host:b", "ssh host 'rm x'", "export A=1 B=2", "kill %1", "", "# a comment", "\n\n",
)  # fmt: skip


@pytest.mark.parametrize("line", DENIED)
def test_it_is_denied(line: str, own: Territory) -> None:
    assert verdict(line, own) is not None


@pytest.mark.parametrize("line", ALLOWED)
def test_it_is_allowed(line: str, own: Territory) -> None:
    assert verdict(line, own) is None


def test_owned_paths_are_kept_to_where_they_are_told(own: Territory) -> None:
    (found,) = (one for one in places.linked(own.common_dir) if one.agent)
    own = territory(found, own.common_dir, ownership=Ownership(paths=("src/**", "!src/gen/**")))
    assert verdict("touch src/a", own) is None
    assert "not among the paths of a1" in (verdict("touch docs/a", own) or Denial("", "")).reason
    assert verdict("touch src/gen/a", own) is not None


def test_branches_are_those_of_the_plan_where_it_tells(own: Territory) -> None:
    (found,) = (one for one in places.linked(own.common_dir) if one.agent)
    own = territory(found, own.common_dir, ownership=Ownership(branches=("topic/one", "mine/")))
    assert verdict("git push origin HEAD:topic/one", own) is None
    assert verdict("git branch mine/x", own) is None
    assert verdict("git branch topic/two", own) is not None


def test_a_new_file_below_a_folder_that_is_not_there_yet(own: Territory, tmp_path: Path) -> None:
    assert verdict("touch deep/er/x", own) is None
    assert verdict(f"touch {tmp_path}/none/x", own) is not None
