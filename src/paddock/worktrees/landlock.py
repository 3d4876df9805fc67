"""The kernel's Landlock through ctypes: rules of what a process and its children may write, read and connect to.

A process can only ever give rights up, without any privilege. See landlock(7); every right is asked for only where the
kernel's ABI knows it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct
import sys
from typing import NamedTuple

from paddock.errors import CouldNotCheckError

# The same on every architecture that came after 2012, and on x86_64.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_MACHINES = ("x86_64", "aarch64", "arm64", "riscv64", "ppc64le", "s390x")
_PR_SET_NO_NEW_PRIVS = 38
_VERSION, _PATH_BENEATH, _NET_PORT = 1, 1, 2

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE = 1 << 4, 1 << 5
MAKE_CHAR, MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM = (1 << bit for bit in range(6, 13))
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_SINCE = {REFER: 2, TRUNCATE: 3, IOCTL_DEV: 5}
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_SCOPES = 1 << 0 | 1 << 1  # abstract sockets, signals

READ = EXECUTE | READ_FILE | READ_DIR
_CHANGES = REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER
# A device node made in an own folder would be the disk: nobody may make one.
_NEVER = MAKE_CHAR | MAKE_BLOCK
WRITE = WRITE_FILE | TRUNCATE | _CHANGES
_ON_FILES = EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV


class Rule(NamedTuple):
    """Rights on a file, or on a folder and all below it."""

    path: str
    rights: int


class Confinement(NamedTuple):
    """What is still allowed once it holds. Reading is free where `reads` is false, a port list of None is not held.

    `rules` whose path is not there are left out.
    """

    rules: tuple[Rule, ...]
    reads: bool = False
    connect: tuple[int, ...] | None = None
    bind: tuple[int, ...] | None = None


def abi() -> int:
    """The version of Landlock that the kernel speaks; 0 where there is none."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return 0
    try:
        return max(0, _call(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION))
    except OSError:
        return 0


def missing(confinement: Confinement, version: int) -> str | None:
    """What was asked for and this kernel can't hold, in words; None where nothing is missing."""
    if version < _SINCE[TRUNCATE]:
        # Without it any file can be emptied; without `refer` nothing can be renamed between folders.
        return f"Landlock ABI {version} can't keep files from being emptied; ABI 3 (Linux 6.2) can"
    if version < _NETWORK_SINCE and (confinement.connect is not None or confinement.bind is not None):
        return f"Landlock ABI {version} has no rules for ports; ABI 4 (Linux 6.7) has"
    return None


def confine(confinement: Confinement) -> None:
    """Hold this process, and all that it will start, to the rules. There is no way back.

    Raises:
        CouldNotCheckError: the kernel refused, and nothing is confined.
    """
    version = abi()
    handled = sum(
        right
        for right in (1 << bit for bit in range(16))
        if version >= _SINCE.get(right, 1) and (confinement.reads or not right & READ)
    )
    ports = 0
    if version >= _NETWORK_SINCE:
        ports |= CONNECT_TCP if confinement.connect is not None else 0
        ports |= BIND_TCP if confinement.bind is not None else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    # Older kernels refuse a longer structure only where the part that they don't know is not zero.
    attributes = struct.pack("=QQQ", handled, ports, scopes)
    try:
        ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
        try:
            for rule in confinement.rules:
                _allow(ruleset, rule, handled)
            for right, allowed in ((CONNECT_TCP, confinement.connect), (BIND_TCP, confinement.bind)):
                for port in allowed or () if ports & right else ():
                    _call(_ADD_RULE, ruleset, _NET_PORT, struct.pack("=QQ", right, port), 0)
            if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            _call(_RESTRICT_SELF, ruleset, 0)
        finally:
            os.close(ruleset)
    except OSError as error:
        raise CouldNotCheckError(
            f"the kernel refused to confine this process: {(error.strerror or str(error)).lower()}",
            hint="cat /sys/kernel/security/lsm names what is on; a container's seccomp profile may forbid landlock",
        ) from error


def _allow(ruleset: int, rule: Rule, handled: int) -> None:
    try:
        handle = os.open(rule.path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        rights = rule.rights & handled & ~_NEVER & (-1 if is_folder else _ON_FILES)
        if rights:
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)


_LIBC = ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    """A system call.

    Raises:
        OSError: it failed.
    """
    result: int = _LIBC.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
