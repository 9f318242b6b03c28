"""Walls around a process that reads strangers' bytes: limits, no network, death with its parent.

Uses the standard library alone and imports nothing of ours, because it also runs as a script that confines itself and
then becomes another program (see `programs`). The parent passes the walls as JSON.

Cutting off the network is hardening on top, not the only wall: it works on Linux where the process may make a network
namespace (root in most places, others where user namespaces are allowed). Decoders are also given a fixed format and
no protocol but a local file, and the environment carries no secret.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass

_CLONE_NEWUSER = 0x1000_0000  # linux/sched.h
_CLONE_NEWNET = 0x4000_0000
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Walls:
    """What the process may take: address space and file sizes in bytes, processor time in seconds."""

    parent_id: int
    memory_bytes_max: int
    written_bytes_max: int
    cpu_seconds_max: int

    def to_json(self) -> str:
        """For the command line of the confined process."""
        return json.dumps(asdict(self))


def confine(walls: Walls) -> bool:
    """Confines this process for the rest of its life; must run before any other thread starts.

    Answers whether the network is cut off too.
    """
    network_off = _leave_network()
    limit(resource.RLIMIT_AS, walls.memory_bytes_max)
    limit(resource.RLIMIT_FSIZE, walls.written_bytes_max)
    limit(resource.RLIMIT_CPU, walls.cpu_seconds_max)
    limit(resource.RLIMIT_CORE, 0)
    # After the namespaces, for a change of credentials forgets this setting.
    die_with(walls.parent_id)
    return network_off


def limit(kind: int, most: int) -> None:
    """This process and all it starts get no more than ``most`` of a kind of `resource`, or the less they have."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _leave_network() -> bool:
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    # Root would lose its rights over files in a new user namespace; others lose nothing.
    return os.geteuid() != 0 and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0


def die_with(parent_id: int) -> None:
    """This process is killed when its parent ends; at once, when that is gone already."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_id:  # it died before we could say so
        os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Confines itself and becomes the program named after the walls."""
    walls, program = Walls(**json.loads(arguments[0])), arguments[1:]
    confine(walls)
    os.execv(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
