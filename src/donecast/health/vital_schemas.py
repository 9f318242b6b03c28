"""What the routes about this process answer. Fields that only an admin sees are left out for everybody else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from donecast.health.looks import Seen
from donecast.health.rules import SLOW_STATEMENT_ADVICE, Check, Resources, pool_verdict, scarce
from donecast.health.slow_statement import LimitProof
from donecast.platform.database import Database
from donecast.platform.pool_uses import Part, PoolUse
from donecast.platform.pool_watch import PoolFacts, WaitFacts

Outcome = Literal["ok", "fail"]


class PoolUseOut(BaseModel):
    """Connections in use and at rest, those beyond the usual number, and requests that wait for one."""

    checked_out: int
    checked_in: int
    overflow: int
    waiting: int


class WaitOut(BaseModel):
    """Waiting in the last five minutes."""

    waiting: int
    p95_ms: float
    timeouts: int


class LongestOut(BaseModel):
    """Who has had a connection the longest, by the id of the request; none for background work."""

    milliseconds: int
    request_id: str | None = None


class PoolConfigurationOut(BaseModel):
    """How many connections there may be, and how long one is waited for."""

    total_capacity: int
    pool_size: int
    max_overflow: int
    wait_ms: int


class OnePoolOut(BaseModel):
    """One of the pools: on SQLite those who read and those who write have one each."""

    utilization_percent: float
    current: PoolUseOut
    wait: WaitOut
    longest_checkout: LongestOut


class ProcessPoolOut(BaseModel):
    """The fullest pool of one part of a process, as it said some seconds ago."""

    part: Part
    process_id: str
    utilization_percent: float
    waiting: int
    age_seconds: float


class SqliteOut(BaseModel):
    """How writers queue for their turn, and what is written but not in the main file yet."""

    writer_lock_wait: WaitOut
    wal_bytes: int


class PoolOut(BaseModel):
    """All pools of this process together; the percent is that of the fullest. ``processes`` are all of them."""

    status: Literal["healthy", "warning", "exhausted"]
    utilization_percent: float
    warning: bool
    action: str | None = None
    current: PoolUseOut | None = None
    configuration: PoolConfigurationOut | None = None
    pools: dict[str, OnePoolOut] | None = None
    sqlite: SqliteOut | None = None
    processes: list[ProcessPoolOut] | None = None


class DeepCheckOut(BaseModel):
    """One look: how long it took, how long ago it ended (while it hangs: began), what it found and what to do."""

    latency_ms: float
    age_seconds: float
    finding: str
    action: str | None = None


class DeepOut(BaseModel):
    """Whether what the program stands on does its work; the broker is the durable queue with its workers."""

    status: Outcome
    db: Outcome
    storage: Outcome
    broker: Outcome
    checks: dict[str, DeepCheckOut] | None = None


LimitStatus = Literal["ok", "fail", "unknown"]


class StatementLimitOut(BaseModel):
    """``configured`` is whether a slow statement was really ended; missing before that is known."""

    status: LimitStatus
    statement_timeout: str | None = None
    configured: bool | None = None
    ended_after_ms: int | None = None
    action: str | None = None
    workers: dict[str, LimitStatus] | None = None
    """The same of each worker, which has a limit of its own."""


class DiskOut(BaseModel):
    """The disk of the data folder."""

    free_bytes: int
    total_bytes: int
    used_percent: float


class ResourcesOut(BaseModel):
    """Percent of the machine's memory, and of one processor."""

    status: Literal["healthy", "warning", "unknown"]
    memory_mb: float | None = None
    memory_percent: float | None = None
    machine_memory_percent: float | None = None
    cpu_percent: float | None = None
    open_files: int | None = None
    open_files_max: int | None = None
    threads: int | None = None
    disk: DiskOut | None = None
    actions: dict[str, str] | None = None


def pool_out(database: Database, *, in_full: bool) -> PoolOut:
    """The pools of a database at this moment."""
    facts = [pool.facts() for pool in database.pools]
    current = PoolUseOut(
        checked_out=sum(pool.checked_out for pool in facts),
        checked_in=sum(pool.checked_in for pool in facts),
        overflow=sum(pool.overflow for pool in facts),
        waiting=sum(pool.wait.waiting for pool in facts),
    )
    verdict = pool_verdict([pool.utilization_percent for pool in facts], current.waiting)
    summary = PoolOut(status=verdict.status, utilization_percent=verdict.utilization_percent, warning=verdict.warning)
    if not in_full:
        return summary
    configuration = PoolConfigurationOut(
        total_capacity=sum(pool.capacity for pool in facts),
        pool_size=sum(pool.size for pool in facts),
        max_overflow=sum(pool.overflow_max for pool in facts),
        wait_ms=database.limits.pool_wait_ms,
    )
    sqlite = SqliteOut(writer_lock_wait=_wait(database.writer_waits.facts()), wal_bytes=database.wal_bytes())
    return summary.model_copy(
        update={
            "action": verdict.action or None,
            "current": current,
            "configuration": configuration,
            "pools": {pool.name: _one_pool(pool) for pool in facts},
            "sqlite": sqlite if database.is_sqlite else None,
        }
    )


def pool_in_full_out(told: PoolOut, uses: Sequence[PoolUse], now: datetime) -> PoolOut:
    """The same with the pools of all processes."""
    processes = [
        ProcessPoolOut(
            part=use.part,
            process_id=use.process_id,
            utilization_percent=use.utilization_percent,
            waiting=use.waiting,
            age_seconds=round((now - use.at).total_seconds(), 1),
        )
        for use in uses
    ]
    return told.model_copy(update={"processes": processes})


def _one_pool(facts: PoolFacts) -> OnePoolOut:
    return OnePoolOut(
        utilization_percent=facts.utilization_percent,
        current=PoolUseOut(
            checked_out=facts.checked_out,
            checked_in=facts.checked_in,
            overflow=facts.overflow,
            waiting=facts.wait.waiting,
        ),
        wait=_wait(facts.wait),
        longest_checkout=LongestOut(milliseconds=facts.longest_ms, request_id=facts.longest_request_id),
    )


def _wait(facts: WaitFacts) -> WaitOut:
    return WaitOut(waiting=facts.waiting, p95_ms=facts.p95_ms, timeouts=facts.timeouts)


def deep_out(found: dict[str, tuple[Check, Seen[Check]]], *, in_full: bool) -> DeepOut:
    """The three looks, by the names of the answer."""
    outcomes: dict[str, Outcome] = {name: "ok" if check.ok else "fail" for name, (check, _) in found.items()}
    checks = {
        name: DeepCheckOut(
            latency_ms=round(seen.took_ms, 1),
            age_seconds=round(seen.age_seconds, 3),
            finding=check.finding,
            action=check.action or None,
        )
        for name, (check, seen) in found.items()
    }
    return DeepOut(
        status="fail" if "fail" in outcomes.values() else "ok",
        db=outcomes["db"],
        storage=outcomes["storage"],
        broker=outcomes["broker"],
        checks=checks if in_full else None,
    )


def statement_limit_out(proof: LimitProof | None) -> StatementLimitOut:
    """What came of the slow statement, for everybody."""
    return StatementLimitOut(status=_limit_status(None if proof is None else proof.holds))


def statement_limit_in_full_out(
    proof: LimitProof | None, limit_ms: int, workers: Mapping[str, bool | None]
) -> StatementLimitOut:
    """The same with its figures, and what came of each worker's."""
    status = statement_limit_out(proof).status
    statuses = {worker: _limit_status(is_ended) for worker, is_ended in workers.items()}
    return StatementLimitOut(
        status=status,
        statement_timeout=f"{limit_ms}ms",
        configured=None if proof is None else proof.holds,
        ended_after_ms=proof.took_ms if proof else None,
        action=SLOW_STATEMENT_ADVICE if "fail" in {status, *statuses.values()} else None,
        workers=statuses,
    )


def _limit_status(is_ended: bool | None) -> LimitStatus:
    return "unknown" if is_ended is None else "ok" if is_ended else "fail"


def resources_out(found: Resources | None, reserve_bytes: int, *, in_full: bool) -> ResourcesOut:
    """What the process takes, and what runs out."""
    if found is None:
        return ResourcesOut(status="unknown")
    actions = scarce(found, reserve_bytes)
    status: Literal["healthy", "warning"] = "warning" if actions else "healthy"
    if not in_full:
        return ResourcesOut(status=status)
    disk = found.disk
    return ResourcesOut(
        status=status,
        memory_mb=found.memory_mb,
        memory_percent=found.memory_percent,
        machine_memory_percent=found.machine_memory_percent,
        cpu_percent=found.cpu_percent,
        open_files=found.open_files,
        open_files_max=found.open_files_max,
        threads=found.threads,
        disk=DiskOut(free_bytes=disk.free_bytes, total_bytes=disk.total_bytes, used_percent=disk.used_percent),
        actions=actions,
    )
