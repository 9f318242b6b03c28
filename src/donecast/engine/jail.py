"""A world of its own for a program that may want harm: ``python -m donecast.engine.jail CELL``.

`confinement` is for our own code that reads strangers' bytes. This is for strangers' code. It sees only the files that
it is given, each where it stands and none to be written, an empty folder for scraps in memory, no network, no other
process, and nobody's rights. Whatever it starts is gone when it ends. Where one of these walls cannot be put up nothing
is run: the process ends with `NO_WALLS` and says why. Linux alone, as root or where user namespaces are allowed.

Uses the standard library alone, and of ours only `confinement`.
"""

import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from donecast.engine.confinement import die_with, limit

NO_WALLS = 125
"""Exit code where the walls cannot be put up. A program inside may end with it too: probe with one that is ours."""

_CLONE_NEWNS, _CLONE_NEWUSER, _CLONE_NEWNET = 0x0002_0000, 0x1000_0000, 0x4000_0000  # linux/sched.h
_CLONE_NEWPID, _CLONE_NEWIPC, _CLONE_NEWUTS = 0x2000_0000, 0x0800_0000, 0x0400_0000
_APART = _CLONE_NEWNS | _CLONE_NEWNET | _CLONE_NEWPID | _CLONE_NEWIPC | _CLONE_NEWUTS
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18  # linux/mount.h
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_MOUNT_SETATTR = 442  # the same number on every architecture
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_AT_FDCWD, _AT_RECURSIVE, _MNT_DETACH = -100, 0x8000, 2
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_NOBODIES = 2_000_000_000  # user ids that nobody has: one for each jail, so that their processes are counted apart
_DEVICES = ("null", "zero", "full", "random", "urandom")
SCRAPS = "/tmp"  # noqa: S108 - it is the jail's own, in memory
"""The one folder inside that may be written to."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands inside, and how much may be taken: bytes, seconds of processor time, numbers."""

    parent_id: int
    door: str
    """An empty folder of the host, on which the inside is built; nothing is ever seen in it from outside."""
    readable: Sequence[str]
    """Files and folders, each seen at the path at which it stands."""
    placed: Sequence[tuple[str, str]]
    """Folders and files seen elsewhere: where they stand, and where they are seen."""
    writable: Sequence[tuple[str, str]]
    """The same for files that may be written."""
    folder: str
    """Inside, where the program begins."""
    command: Sequence[str]
    memory_bytes_max: int
    written_bytes_max: int
    scraps_bytes_max: int
    cpu_seconds_max: int
    processes_max: int
    files_open_max: int = 256

    def to_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))


def main(arguments: Sequence[str]) -> int:
    """Builds the walls, runs the program behind them and answers with its exit code, 128 and more for a signal."""
    cell = Cell(**json.loads(arguments[0]))
    nobody = os.getuid() or _NOBODIES + os.getpid()
    try:
        _set_apart()
    except OSError as error:
        return _no_walls(f"namespaces: {error}")
    die_with(cell.parent_id)  # after the namespaces, for a change of credentials forgets this
    first = os.fork()
    if first:
        return _code_of(os.waitpid(first, 0)[1])
    die_with(0)  # seen from inside, the parent has no number
    try:
        _build(cell, nobody)
    except OSError as error:
        os._exit(_no_walls(f"{error.filename}: {error.strerror}"))
    inmate = os.fork()
    if not inmate:
        _become(cell, nobody)
    while True:  # the first process inside also buries the orphans; when it ends, all the others are killed
        ended, status = os.waitpid(-1, 0)
        if ended == inmate:
            os._exit(_code_of(status))


def _no_walls(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    sys.stderr.flush()
    return NO_WALLS


def _code_of(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _set_apart() -> None:
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_APART if user == 0 else _APART | _CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _build(cell: Cell, nobody: int) -> None:
    """The file system that is seen inside; the old one is let go of."""
    pivot_root = _PIVOT_ROOT.get(platform.machine())
    if pivot_root is None:
        raise OSError(0, "this kind of processor is not known here", "pivot_root")
    os.umask(0o022)
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    _mount("tmpfs", cell.door, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=1m")
    door = Path(cell.door)
    for name in _DEVICES:
        _show(f"/dev/{name}", door / "dev" / name, _ATTR_RDONLY | _ATTR_NOSUID)
    for name in (SCRAPS, "/dev/shm"):  # noqa: S108 - first, so that what is given from the host's is seen
        _empty_folder(door / name[1:], cell.scraps_bytes_max)
    for place in _outermost(cell.readable):
        if Path(place).is_symlink():
            (door / place[1:]).parent.mkdir(parents=True, exist_ok=True)
            (door / place[1:]).symlink_to(Path(place).readlink())
        elif Path(place).exists():
            _show(place, door / place[1:], _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV)
    for place, seen in cell.placed:
        _show(place, door / seen[1:], _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV)
    for place, seen in cell.writable:
        _show(place, door / seen[1:], _ATTR_NOSUID | _ATTR_NODEV)
    (door / "etc").mkdir(exist_ok=True)
    (door / "etc/passwd").write_text(f"nobody:x:{nobody}:{nobody}::{SCRAPS}:/bin/false\n", encoding="ascii")
    _show_processes(door / "proc")
    os.chdir(door)
    _call(pivot_root, b".", b".", what="pivot_root")
    if ctypes.CDLL(None, use_errno=True).umount2(b".", _MNT_DETACH) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), "the old root")
    _set_attributes("/", _ATTR_RDONLY, 0)


def _outermost(places: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for place in sorted(set(places)):
        if not any(Path(place).is_relative_to(other) for other in kept if not Path(other).is_symlink()):
            kept.append(place)
    return kept


def _show(place: str, seen: Path, attributes: int) -> None:
    seen.parent.mkdir(parents=True, exist_ok=True)
    if Path(place).is_dir():
        seen.mkdir(exist_ok=True)
    else:
        seen.touch()
    _mount(place, str(seen), "", _MS_BIND | _MS_REC)
    _set_attributes(str(seen), attributes, _AT_RECURSIVE)


def _empty_folder(folder: Path, bytes_max: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _mount("tmpfs", str(folder), "tmpfs", _MS_NOSUID | _MS_NODEV, f"mode=1777,size={bytes_max},nr_inodes=20k")


def _show_processes(folder: Path) -> None:
    """Its own processes alone. Inside a container the kernel may refuse; then none is seen, which is no less safe."""
    folder.mkdir()
    try:
        _mount("proc", str(folder), "proc", _MS_NOSUID | _MS_NODEV)
    except PermissionError:
        return
    _set_attributes(str(folder), _ATTR_RDONLY, 0)


def _become(cell: Cell, nobody: int) -> None:
    """The program, with nobody's rights. Never comes back."""
    try:
        limit(resource.RLIMIT_AS, cell.memory_bytes_max)
        limit(resource.RLIMIT_FSIZE, cell.written_bytes_max)
        limit(resource.RLIMIT_CPU, cell.cpu_seconds_max)
        limit(resource.RLIMIT_NOFILE, cell.files_open_max)
        limit(resource.RLIMIT_NPROC, cell.processes_max)
        limit(resource.RLIMIT_CORE, 0)
        if os.getuid() == 0:
            os.setgroups([])
            os.setresgid(nobody, nobody, nobody)
            os.setresuid(nobody, nobody, nobody)
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os.setsid()
        os.chdir(cell.folder)
        os.dup2(1, 2)  # what it says is one stream, and counted as one
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        environment = {"PATH": os.defpath, "HOME": SCRAPS, "TMPDIR": SCRAPS, "LANG": "C.UTF-8", "TZ": "UTC"}
        os.execve(cell.command[0], list(cell.command), environment)  # noqa: S606
    except OSError as error:
        os._exit(_no_walls(f"{cell.command[0]}: {error}"))


def _mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    words = [source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()]
    if ctypes.CDLL(None, use_errno=True).mount(*words) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


def _set_attributes(place: str, attributes: int, flags: int) -> None:
    wish = struct.pack("<QQQQ", attributes, 0, 0, 0)
    _call(_MOUNT_SETATTR, _AT_FDCWD, place.encode(), flags, wish, len(wish), what=place)


def _call(number: int, *arguments: int | bytes, what: str) -> None:
    words = [argument if isinstance(argument, bytes) else ctypes.c_long(argument) for argument in arguments]
    if ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *words) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), what)


if __name__ == "__main__":
    exit_code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(exit_code)
