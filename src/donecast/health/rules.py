"""Pure rules of health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, whether it is well, and in words what was found and what to do."""

    name: str
    ok: bool
    finding: str
    action: str = ""


SERVICES = (
    "assemblyai",
    "auphonic",
    "auto_ops_model",
    "elevenlabs",
    "gemini",
    "github",
    "google",
    "openai_compatible",
    "sentry",
    "slack",
    "slack_reading",
    "slack_writing",
    "storage",
    "stripe",
)
"""Every outside service that this version may ask, whether or not the settings have its key."""


def verdict(checks: tuple[Check, ...]) -> str:
    """The worst thing first, as one sentence."""
    broken = [check for check in checks if not check.ok]
    if not broken:
        return "All working."
    return f"{len(broken)} of {len(checks)} things need a look; first: {broken[0].name}: {broken[0].finding}"


@dataclass(frozen=True, slots=True)
class DiskRoom:
    """The disk of the data folder."""

    free_bytes: int
    total_bytes: int

    @property
    def used_percent(self) -> float:
        """How full it is."""
        return round(100 * (1 - self.free_bytes / self.total_bytes), 1) if self.total_bytes else 100.0


@dataclass(frozen=True, slots=True)
class Resources:
    """What a process takes of its machine; percent of the machine's memory, and of one processor."""

    memory_mb: float
    memory_percent: float
    machine_memory_percent: float
    cpu_percent: float
    open_files: int
    open_files_max: int
    threads: int
    disk: DiskRoom


MACHINE_MEMORY_PERCENT_MAX = 95.0
OPEN_FILES_PERCENT_MAX = 80.0
DISK_RESERVES_MIN = 4
"""So many times the reserve at which uploads stop; one long recording needs about as much while it is worked on."""


def scarce(resources: Resources, reserve_bytes: int) -> dict[str, str]:
    """What runs out, with what to do about it."""
    found: dict[str, str] = {}
    if resources.disk.free_bytes < DISK_RESERVES_MIN * reserve_bytes:
        found["disk"] = "Free some space on the disk of the data folder, or move it to a larger one."
    if resources.machine_memory_percent > MACHINE_MEMORY_PERCENT_MAX:
        found["memory"] = "Stop other programs on this machine, lower DONECAST_WORKER_CONCURRENCY, or add memory."
    if resources.open_files > resources.open_files_max * OPEN_FILES_PERCENT_MAX / 100:
        found["open_files"] = "Restart DoneCast in a quiet moment, and raise the limit of open files (ulimit -n)."
    return found


POOL_WARNING_PERCENT = 80.0


@dataclass(frozen=True, slots=True)
class PoolVerdict:
    """How the fullest pool fares: its use, whether that is too much, and what to do."""

    status: Literal["healthy", "warning", "exhausted"]
    utilization_percent: float
    action: str = ""

    @property
    def warning(self) -> bool:
        """Over 80 percent."""
        return self.utilization_percent > POOL_WARNING_PERCENT


def pool_verdict(utilization_percents: Sequence[float], waiting: int) -> PoolVerdict:
    """Of all pools of a process; ``waiting`` is how many requests wait for a connection."""
    fullest = max(utilization_percents, default=0.0)
    if fullest >= 100:
        return PoolVerdict(
            "exhausted",
            fullest,
            f"All database connections are in use and {waiting} wait. Look for the request id of the longest checkout "
            "in the log; if there is simply much to do, raise DONECAST_DATABASE_POOL_SIZE and start again.",
        )
    if fullest > POOL_WARNING_PERCENT:
        return PoolVerdict("warning", fullest, "Nearly all database connections are in use; look again in a minute.")
    return PoolVerdict("healthy", fullest)


ADVICE: Mapping[str, str] = {
    "database": "Look whether the database runs and can be reached from this machine. "
    "DoneCast goes on by itself as soon as it answers.",
    "migrations": "Run `donecast admin migrate` once with this version, or start `donecast up`.",
    "disk": "Free some space on the disk of the data folder. Uploads go on by themselves when there is room.",
    "storage": "Look whether the folder or bucket of the files is there and may be written to. "
    "DoneCast goes on by itself as soon as it answers.",
    "broker": "Look whether a worker runs: `donecast up`, or `donecast worker` beside `donecast api`. Orders are kept.",
}
"""What to do when a look finds something broken. Says nothing about this installation, so everybody may read it."""

SLOW_STATEMENT_ADVICE = "The database ignores the limit; look whether something between it and us resets connections."

ORDER_WAIT_SECONDS_MAX = 60
"""A worker takes orders over several times a second; one that waits longer waits for nobody."""


def queue_finding(workers_alive: int, order_waits_seconds: float | None) -> str:
    """What is wrong with the durable queue, in a sentence; empty when nothing is."""
    if not workers_alive:
        return "no worker is alive, so no episode moves"
    if order_waits_seconds is not None and order_waits_seconds > ORDER_WAIT_SECONDS_MAX:
        return f"an order has waited for {order_waits_seconds:.0f} s and no worker takes it over"
    return ""
