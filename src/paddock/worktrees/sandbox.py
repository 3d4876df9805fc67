"""The fence: a command that may write to its agent's worktree and to little else, held by the kernel.

What git writes in a linked worktree was found by watching it: the worktree's own git directory, objects, the branch and
its log, remote-tracking branches, and, whenever a ref is deleted (a rebase, a bisection and an aborted cherry-pick do
that), the lock of packed-refs, which lies where no agent may write: the module `view` gets round that.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from typing import NamedTuple

from paddock.errors import CouldNotCheckError, UsageError
from paddock.policy.presets import data_folder
from paddock.worktrees import landlock, places, view
from paddock.worktrees.landlock import IOCTL_DEV, READ, WRITE, WRITE_FILE, Confinement, Rule
from paddock.worktrees.territory import inside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paddock.worktrees.territory import Rules, Territory

# What a build, a test run and a terminal write to; disks and memory are not among them.
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - semaphores of Python's multiprocessing lie there
# Git's settings inside: nothing that rewrites what all worktrees share, or writes to the shared configuration.
_GIT = {
    "gc.auto": "0",
    "maintenance.auto": "false",
    "rerere.enabled": "false",
    "push.default": "current",
    "branch.autoSetupMerge": "false",
    "fetch.writeCommitGraph": "false",
    "core.fsmonitor": "false",
}
_KEPT_GIT = ("GIT_AUTHOR_", "GIT_COMMITTER_", "GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_ASKPASS", "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR", "GIT_PAGER", "GIT_TERMINAL_PROMPT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM", "GIT_ALLOW_PROTOCOL", "GIT_PROXY_", "GIT_CEILING_DIRECTORIES")  # fmt: skip
_REMOTE = re.compile(r'^\s*\[\s*remote\s+"((?:[^"\\]|\\.)*)"', re.MULTILINE)


class Environment(NamedTuple):
    """Variables to set and to take away, over those that are there."""

    values: dict[str, str]
    dropped: tuple[str, ...]


def environment(territory: Territory, given: dict[str, str], *, fenced: bool) -> Environment:
    """What a command of the agent sees: its temporary folder, its caches, git's settings, no one else's repository."""
    dropped = [key for key in given if key.startswith("GIT_") and not key.startswith(_KEPT_GIT)]
    config = dict(_GIT)
    text = places.read(os.path.join(territory.common_dir, "config")) or ""
    # A new tag on the remote would be written to refs/tags, and the fetch would fail for it.
    config |= {f"remote.{name}.tagOpt": "--no-tags" for name in _REMOTE.findall(text)}
    values = {
        "PADDOCK_AGENT": territory.agent,
        "PADDOCK_WORKTREE": territory.top,
        "PADDOCK_HOME": os.path.dirname(os.path.dirname(os.path.dirname(territory.home))),
        "TMPDIR": territory.temporary,
        "GIT_CONFIG_COUNT": str(len(config)),
    }
    for i, (key, value) in enumerate(config.items()):
        values |= {f"GIT_CONFIG_KEY_{i}": key, f"GIT_CONFIG_VALUE_{i}": value}
    caches = given.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not any(inside(os.path.realpath(caches), place) for place in territory.writable):
        values["XDG_CACHE_HOME"] = territory.cache
    path = [one for one in given.get("PATH", os.defpath).split(os.pathsep) if one != territory.programs]
    values["PATH"] = os.pathsep.join([territory.programs, *path] if fenced else path)
    return Environment(values, tuple(sorted(set(dropped) - set(values))))


def confinement(territory: Territory, rules: Rules) -> Confinement:
    """The kernel's rules for an agent."""
    common = territory.common_dir
    folders = [territory.top, territory.git_dir, territory.temporary, territory.cache, *territory.writable]
    folders += [os.path.join(common, "objects"), *_ref_folders(territory)]
    allowed = [Rule(path, WRITE | READ) for path in folders]
    allowed += [Rule(f"/dev/{name}", WRITE_FILE | READ | IOCTL_DEV) for name in _DEVICES]
    allowed.append(Rule(_SHARED_MEMORY, WRITE | READ))
    reads = bool(territory.readable)
    allowed += [Rule(path, READ) for path in (*territory.readable, common, territory.home) if reads]
    return Confinement(tuple(allowed), reads=reads, connect=rules.connect, bind=rules.bind)


def _ref_folders(territory: Territory) -> list[str]:
    """The folders of the agent's branches, of remote-tracking branches, of its status log, and of the logs of all."""
    names = [name for name in (*territory.own, *territory.shared) if name.endswith("/")]
    names += [name.rpartition("/")[0] + "/" for name in territory.own if "/" in name and not name.endswith("/")]
    below = [f"refs/heads/{name.rstrip('/')}" for name in names]
    below += ["refs/remotes", f"refs/paddock/agents/{territory.agent}"]
    return [os.path.join(territory.common_dir, *base, one) for one in dict.fromkeys(below) for base in ((), ("logs",))]


def prepare(territory: Territory, *, fenced: bool) -> None:
    """Make what must be there before the fence closes: folders, the links for refs, the `git` of the inside.

    Raises:
        UsageError: a folder of the agent's branches can't be made.
    """
    for folder in (territory.temporary, territory.cache):
        os.makedirs(folder, mode=0o700, exist_ok=True)
    if not fenced:
        return
    if territory.branch is not None and territory.is_protected(territory.branch):
        raise UsageError(
            f"{territory.agent} stands on the protected branch `{territory.branch}`",
            hint=f"git -C {shlex.quote(territory.top)} switch -c {territory.agent}/NAME",
        )
    if territory.branch is not None and "/" not in territory.branch:
        raise UsageError(
            f"the branch `{territory.branch}` lies in no folder, so its fence would be that of every branch",
            hint=f"git -C {shlex.quote(territory.top)} branch -m {territory.agent}/{territory.branch}",
        )
    for folder in (territory.programs, *_ref_folders(territory)):
        if os.path.realpath(folder) != folder:
            # An agent may make links among its branches; one must not lead its next fence elsewhere.
            raise UsageError(f"a link leads elsewhere: {folder}", hint="look at where it leads, and take it away")
        try:
            os.makedirs(folder, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise UsageError(f"no folder, as it should be: {folder}", hint="git branch -m frees the name") from error
    view.make(territory.git_dir, territory.common_dir)
    _program(territory)


def _program(territory: Territory) -> None:
    git = _which("git", territory)
    if git is None:
        return
    with open(os.path.join(data_folder("hooks"), "fenced-git"), encoding="utf-8") as file:
        text = file.read()
    words = {"GIT": git, "OWN": territory.git_dir, "COMMON": territory.common_dir}
    words["VIEW"] = os.path.join(territory.git_dir, places.VIEW)
    for word, value in words.items():
        text = text.replace(f"@{word}@", shlex.quote(value), 1)
    data = text.encode("utf-8", "surrogateescape")
    place = os.path.join(territory.programs, "git")
    try:
        with open(place, "rb") as file:
            if file.read() == data:
                return
    except FileNotFoundError:
        pass
    beside = f"{place}.{os.getpid()}"
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755), "wb") as file:
        file.write(data)
    os.replace(beside, place)


def _which(name: str, territory: Territory) -> str | None:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder or ".", name)
        if folder != territory.programs and os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def refusal(wanted: Confinement) -> CouldNotCheckError | None:
    """Why this machine can't hold an agent; None where it can."""
    hint = "run it all the same, held by nothing but its good will: --unconfined"
    if sys.platform != "linux":
        return CouldNotCheckError(f"the fence needs Linux's Landlock; this is {sys.platform}", hint=hint)
    version = landlock.abi()
    if not version:
        return CouldNotCheckError("this kernel has no Landlock, or it is not switched on (lsm=landlock,…)", hint=hint)
    lacking = landlock.missing(wanted, version)
    return CouldNotCheckError(lacking, hint=hint) if lacking else None


def become(command: tuple[str, ...], territory: Territory, wanted: Confinement | None) -> None:
    """Become the command, inside the fence: same process, so signals and the exit status are its own.

    Args:
        command: the program and its arguments.
        territory: whose fence.
        wanted: the rules; None to run it unconfined.

    Raises:
        CouldNotCheckError: the kernel refused.
        OSError: there is no such program, or it may not be run.
    """
    env = environment(territory, dict(os.environ), fenced=wanted is not None)
    variables = {key: value for key, value in os.environ.items() if key not in env.dropped} | env.values
    if not inside(os.path.realpath(os.getcwd()), territory.top):
        os.chdir(territory.top)
        variables["PWD"] = territory.top
    if wanted is not None:
        landlock.confine(wanted)
    # Python ignores these, and what it ignores stays ignored in what it becomes.
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.execvpe(command[0], command, variables)  # noqa: S606 - no shell
