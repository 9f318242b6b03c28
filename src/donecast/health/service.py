"""Looks at programs, workers, work that has stopped, services and the disk, for whoever asks on a terminal."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from donecast.accounts.audit import service as audit
from donecast.engine import landlock
from donecast.health.errors import NoSuchService
from donecast.health.rules import DISK_RESERVES_MIN, SERVICES, SLOW_STATEMENT_ADVICE, Check
from donecast.health.slow_statement import prove_limit
from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform import traffic_rows
from donecast.platform.breaker_rules import BreakerState, is_left_alone, next_probe_at_ms
from donecast.platform.error_tracking import capture_message
from donecast.platform.telemetry import current_request_id, logger
from donecast.platform.traffic import Label
from donecast.platform.traffic_rows import BurstFacts, SlowFacts, TrafficRows
from donecast.platform.traffic_rules import Tally, tally
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import service as production
from donecast.production.housekeeping import UNUSED_CHORE
from donecast.speech.transcriber import Transcriber
from donecast.speech.voice_engines import VoiceEngines
from donecast.writing.writer import TextWriter

ERROR_RATE_WINDOW_SECONDS = 300
FAILED_SHOWN = timedelta(hours=24)
"""What failed before that was looked at, or nobody wants it."""


def work(ground: Ground) -> tuple[Check, ...]:
    """Whether somebody does the durable work, and whether any has stopped."""
    lease = timedelta(milliseconds=ground.settings.worker.worker_lease_ms)
    with ground.database.reading() as session:
        alive = production.workers_alive(session, ground.clock.now() - lease)
        ended = production.slow_is_ended(session, ground.clock.now() - lease)
        counts = production.operation_counts(session)
        failed = production.failed_and_left_count(session, ground.clock.now() - FAILED_SHOWN)
    return (
        Check(
            "workers",
            ok=bool(alive),
            finding=f"{len(alive)} alive" if alive else "none is alive, so no episode moves",
            action="" if alive else "Start one: `donecast up`, or `donecast worker` beside `donecast api`.",
        ),
        Check(
            "work",
            ok=not failed,
            finding=_work_in_words(counts, failed),
            action="Look at “Problems” in the studio's account menu, under “Operations”: it says whose they are, and "
            "why. Their owners were told, and can press “Try again”."
            if failed
            else "",
        ),
        _slow_statements(ended),
    )


def prove_worker_limit(ground: Ground, is_over: Callable[[], bool]) -> None:
    """Whether this worker's slow statements are ended; takes as long as one may take, and sleeps meanwhile.

    Stands in its row, for everybody who looks. ``is_over``: the worker stops. Raises DatabaseBusy.
    """

    def note(session: Session, is_ended: bool | None) -> None:
        production.note_slow_is_ended(session, ground.settings.worker_id, is_ended)

    run_unit(ground.database, partial(note, is_ended=None))
    proof = prove_limit(ground.database, is_over)
    if is_over():
        return
    run_unit(ground.database, partial(note, is_ended=proof.holds))
    logger().info("slow statement of a worker", ended=proof.holds, took_ms=proof.took_ms, limit_ms=proof.limit_ms)
    if not proof.holds:
        capture_message(f"Slow statements of a worker are not ended. {SLOW_STATEMENT_ADVICE}", "error")


def _slow_statements(ended: Mapping[str, bool | None]) -> Check:
    not_ended = sorted(worker for worker, is_ended in ended.items() if is_ended is False)
    unknown = sorted(worker for worker, is_ended in ended.items() if is_ended is None)
    return Check(
        "slow statements",
        ok=not not_ended,
        finding=f"not ended for: {', '.join(not_ended)}"
        if not_ended
        else f"not known yet for: {', '.join(unknown)}"
        if unknown
        else "ended in time for every worker",
        action=SLOW_STATEMENT_ADVICE if not_ended else "",
    )


def _work_in_words(counts: Mapping[str, int], failed: int) -> str:
    words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing was ordered yet"
    return f"{failed} failed within a day and nobody went on: {words} in all" if failed else words


def breakers(found: Mapping[str, BreakerState]) -> dict[str, BreakerState]:
    """How the circuit breaker of each outside service stands, also of one that was never asked."""
    return {name: found.get(name, BreakerState()) for name in sorted({*SERVICES, *found})}


@dataclass(frozen=True, slots=True)
class TrafficFacts:
    """The requests of the last minutes over all processes, what they come to, and those of an hour that were slow."""

    window_seconds: int
    counts: Mapping[Label, int]
    sums: Tally
    burst: BurstFacts | None
    slow: Sequence[SlowFacts]


def traffic(ground: Ground) -> TrafficFacts:
    """What came and what became of it. Other processes' last five seconds may not be in it yet."""
    counts = TrafficRows(ground.database, ground.traffic).counts(ERROR_RATE_WINDOW_SECONDS)
    with ground.database.reading() as session:
        return TrafficFacts(
            ERROR_RATE_WINDOW_SECONDS,
            counts,
            tally(counts),
            traffic_rows.burst(session, ground.clock.now()),
            traffic_rows.slow_requests(session),
        )


def isolate(ground: Ground, service: str, by: str) -> BreakerState:
    """Nobody asks the service any more, until it is released; the audit log says by whom. Raises NoSuchService."""
    _require_known(service)
    ground.breakers.isolate(service, by, lambda session: _note_act(session, ground, by, "isolate_service", service))
    return ground.breakers.state(service)


def release(ground: Ground, service: str, by: str) -> BreakerState:
    """The service is asked again, whatever was before; the audit log says by whom. Raises NoSuchService."""
    _require_known(service)
    ground.breakers.release(service, lambda session: _note_act(session, ground, by, "release_service", service))
    return ground.breakers.state(service)


def services(ground: Ground) -> Check:
    """Whether every outside service is asked as usual."""
    title = "outside services"
    try:
        ground.database.require_current()
    except DonecastError as error:
        return Check(title, ok=False, finding=f"not known: {error.message}", action=error.action)
    now_ms = ground.breakers.now_ms()
    left_alone = [
        f"{name} ({_rest_in_words(state, now_ms)})"
        for name, state in breakers(ground.breakers.states()).items()
        if is_left_alone(state, now_ms)
    ]
    return Check(
        title,
        ok=not left_alone,
        finding=f"left alone at present: {', '.join(left_alone)}" if left_alone else "asked as usual",
        action="What was switched off by hand waits for “Ask again now” on the monitoring page; the others come back "
        "by themselves."
        if left_alone
        else "",
    )


def _rest_in_words(state: BreakerState, now_ms: int) -> str:
    """Since when a service is left alone, and what ends it."""
    if state.phase == "isolated":
        return "switched off by hand"
    if state.phase == "closed":
        return f"wants quiet until {_at(state.quiet_until_ms):%H:%M:%S} UTC"
    again_ms = next_probe_at_ms(state)
    if state.phase == "half_open":
        again = "being tried again"
    elif again_ms > now_ms:
        again = f"tried again from {_at(again_ms):%H:%M:%S} UTC on"
    else:
        again = "the next call tries it again"
    return f"since {_at(state.opened_at_ms):%Y-%m-%d %H:%M} UTC, {again}"


def _at(moment_ms: int) -> datetime:
    return datetime.fromtimestamp(moment_ms / 1_000, UTC)


def engines(transcriber: Transcriber, voices: VoiceEngines, writer: TextWriter) -> tuple[Check, ...]:
    """Whether ear, voices and pen can work."""
    return (
        _engine(f"transcriber {transcriber.name}", transcriber.check()),
        *(_engine(f"voice {voice.name}", voice.check()) for voice in voices),
        _engine(f"texts {writer.name}", writer.check()),
    )


def _engine(name: str, problems: Sequence[Problem]) -> Check:
    return Check(
        name,
        ok=not problems,
        finding=" ".join(problem.message for problem in problems) or "ready",
        action=" ".join(problem.action for problem in problems),
    )


def unused_files(ground: Ground) -> Check:
    """Whether the daily sweep left stored files that nothing names for a person to judge."""
    with ground.database.reading() as session:
        left = production.chore_findings(session, UNUSED_CHORE)
    finding = f"{left} of the stored files are named by nothing, too many to be removed unasked" if left else ""
    return Check(
        "unused files",
        ok=not left,
        finding=finding or ("not looked for yet" if left is None else "none that need a person"),
        action="If these files and this database belong together, and to nobody else: `donecast admin unused-files` "
        "lists them, and --delete removes them."
        if left
        else "",
    )


def file_wall() -> Check:
    """Whether what reads strangers' recordings is kept from every other file."""
    reason = landlock.unavailable_because()
    return Check(
        "wall around files",
        ok=reason is None,
        finding="recordings are read behind Landlock" if reason is None else f"none: {reason}",
        action="Recordings are still read within limits and as one format; a Linux with Landlock (5.13 on) does more.",
    )


def disk(ground: Ground) -> Check:
    """How much room is left."""
    usage = shutil.disk_usage(ground.settings.data)
    free_gib = usage.free / 1024**3
    enough = usage.free >= DISK_RESERVES_MIN * ground.settings.limits.disk_free_bytes_min
    return Check(
        "disk space",
        ok=enough,
        finding=f"{free_gib:.1f} GiB free of {usage.total / 1024**3:.0f} GiB",
        action="" if enough else "Free some space; a two-hour recording needs about 3 GiB while it is worked on.",
    )


def all_ok(checks: Sequence[Check]) -> bool:
    """Whether nothing needs a person."""
    return all(check.ok for check in checks)


def _require_known(service: str) -> None:
    if service not in SERVICES:
        raise NoSuchService


def _note_act(session: Session, ground: Ground, by: str, act: str, service: str) -> None:
    audit.note(
        session,
        actor_id=by,
        act=act,
        subject=service,
        details={},
        at=ground.clock.now(),
        request_id=current_request_id(),
    )
