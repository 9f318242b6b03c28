"""A wall around files: a process behind it opens nothing but what it was given, whatever it is talked into.

Linux calls it Landlock (since 5.13); it needs no right and no package. Where the kernel lacks it, `unavailable_because`
says so, `donecast doctor` shows it, and the other walls stand as before. Uses the standard library alone.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

import contextlib
import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h

_WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Everything that a version can forbid: from running a program to commands to devices."""
_READING = _READ_FILE | _READ_DIRECTORY
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE
_DEVICE_COMMANDS_AND_PROGRAMS = 1 << 15 | 1 << 0
_NETWORK = 0b11
"""Binding and connecting of TCP, since version 4."""
_SCOPES = 0b11
"""Abstract sockets and signals of processes outside, since version 6."""

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/dev/urandom")


def unavailable_because() -> str | None:
    """Why there is no such wall here, or None when there is."""
    if sys.platform != "linux":
        return "only Linux has such a wall"
    return None if _version() > 0 else "this Linux kernel was built or started without Landlock"


def installation() -> list[Path]:
    """Where Python, the packages, this program and the system's libraries stand: what any process of ours may read."""
    packages = [Path(entry) for entry in sys.path if Path(entry).name in {"site-packages", "dist-packages"}]
    own = Path(__file__).resolve().parents[1]
    return [*map(Path, _SYSTEM), Path(sys.prefix), Path(sys.base_prefix), *packages, own]


def wall_off(*, readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """From here on this process opens files only at or below these places, and runs no program.

    Must run before any other thread starts. Answers False where there is no such wall. Raises OSError when there is one
    and it cannot be put up.
    """
    if unavailable_because():
        return False
    version = _version()
    rights = _RIGHTS_BY_VERSION[max(known for known in _RIGHTS_BY_VERSION if known <= version)]
    attributes = struct.pack("<QQQ", rights, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = _call(_CREATE_RULESET, attributes, size, 0)
    try:
        for place in readable:
            _allow(rules, place, rights & _READING)
        for place in writable:
            _allow(rules, place, rights & ~_DEVICE_COMMANDS_AND_PROGRAMS)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        _call(_RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)
    return True


def _allow(rules: int, place: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):  # what is not there cannot be opened either
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(opened).st_mode):
                rights &= _FILE_RIGHTS
            _call(_ADD_RULE, rules, _RULE_PATH_BENEATH, struct.pack("<Qi", rights, opened), 0)
        finally:
            os.close(opened)


def _version() -> int:
    return _system_call(_CREATE_RULESET, None, 0, _CREATE_RULESET_VERSION)


def _call(number: int, *arguments: int | bytes | None) -> int:
    answer = _system_call(number, *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "landlock")
    return answer


def _system_call(number: int, *arguments: int | bytes | None) -> int:
    words = [argument if isinstance(argument, bytes) else ctypes.c_long(argument or 0) for argument in arguments]
    answer: int = ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *words)
    return answer
