"""Takes alerts in, claims one, writes down what its run finds, and answers it exactly once."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.autoops import repository
from donecast.autoops.errors import NoSuchRun, RunTaken
from donecast.autoops.models import AlertRow, ChannelRow
from donecast.autoops.rules.old_state import OldState
from donecast.autoops.rules.reading_window import NOTHING_READ, ReadingWindow, in_order
from donecast.autoops.rules.repeats import COOL_DOWN, UPDATE_EVERY, Thread, answer_to
from donecast.autoops.rules.states import (
    CLAIMS_MAX,
    RUNNING,
    WAITING,
    WITHOUT_REPLY,
    WORKING,
    State,
    advanced,
    after_failure,
    resumes_at,
)
from donecast.autoops.rules.values import Alert, Severity
from donecast.kit.ids import new_id
from donecast.platform.telemetry import logger

LEASE = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=1)
SETTLE = timedelta(seconds=30)
"""A post without an answer may still be on its way for so long; then the thread tells."""
REPLY_WAITS_MAX = timedelta(hours=24)
"""So long a reply is tried to be posted, from when its run began; then a person is asked to look."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One alert that is ours to look after, until its lease ends or another one raises the fence."""

    alert: Alert
    run_id: str
    state: State
    attempt: int
    fence: int
    reply: dict[str, Any] | None
    reply_sha256: str | None
    posted_at: datetime | None
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Untold:
    """A reply whose thread may hear of repeats: how many so far, and when the last one came."""

    alert_id: str
    channel: str
    reply_ts: str
    reply: dict[str, Any]
    fence: int
    repeats: int
    last_repeat_at: datetime


# -- intake ---------------------------------------------------------------------------------------------------------


def window_of(session: Session, channel: str) -> ReadingWindow:
    """How far a channel was read."""
    row = repository.channel(session, channel)
    return ReadingWindow(row.read_through, row.newest, row.floor) if row else ReadingWindow()


def move_window(session: Session, channel: str, window: ReadingWindow, now: datetime) -> None:
    """Notes how far a channel was read, with the alerts that were found there in the same transaction."""
    row = repository.channel(session, channel)
    if row is None:
        row = ChannelRow(channel=channel, read_through=NOTHING_READ, updated_at=now)
        session.add(row)
    row.read_through, row.newest, row.floor, row.updated_at = window.read_through, window.newest, window.floor, now


def take_in(session: Session, alert: Alert, now: datetime) -> str | None:
    """Notes an alert once, however often it is read; answers its state, or None when it was known.

    The same trouble within a day is counted to the first alert and needs no run of its own, if that one was answered
    or still will be.
    """
    first = repository.first_told(session, alert.fingerprint, now - COOL_DOWN, WITHOUT_REPLY)
    earlier = None if first is None or first.id == alert.id else _thread(first)
    answer = answer_to(now, alert.severity, earlier)
    state: State = "seen" if answer == "run" else "suppressed"
    values = _values(alert, now, state)
    if first is not None and state == "suppressed":
        values["repeat_of"] = first.id
    if not repository.insert_alert(session, values):
        return None
    if first is not None and state == "suppressed":
        first.repeats, first.last_repeat_at = first.repeats + 1, now
    return state


def _thread(row: AlertRow) -> Thread:
    return Thread(row.id, row.received_at, row.touched_at, cast(Severity, row.severity))


def _values(alert: Alert, now: datetime, state: State) -> dict[str, Any]:
    return {
        "id": alert.id,
        "channel": alert.channel,
        "ts": alert.ts,
        "ts_order": in_order(alert.ts),
        "document": alert.model_dump(mode="json"),
        "fingerprint": alert.fingerprint,
        "severity": alert.severity,
        "state": state,
        "repeats": 0,
        "repeats_told": 0,
        "attempt": 0,
        "fence": 0,
        "due_at": now,
        "cost_microdollars": 0,
        "received_at": now,
        "touched_at": now,
    }


# -- runs -----------------------------------------------------------------------------------------------------------


def claim_next(session: Session, now: datetime, alert_id: str | None = None) -> Claim | None:
    """The oldest alert, or this one, that waits or whose worker fell silent, for this process alone.

    None: nothing to do. A run that was begun too often on the way is not begun again.
    """
    while (row := repository.claimable(session, WAITING, WORKING, now, alert_id)) is not None:
        if row.state == "reply_pending" or row.attempt < CLAIMS_MAX:
            break
        _give_up_run(row, now)
        session.flush()
    if row is None:
        return None
    before = cast(State, row.state)
    row.state = advanced(before, "claimed") if before in WAITING else resumes_at(before)
    row.fence, row.lease_until = row.fence + 1, now + LEASE
    row.run_id, row.begun_at = row.run_id or new_id("run", now), row.begun_at or now
    if before != "reply_pending":
        row.attempt += 1
    session.flush()
    return _claim(row)


def _give_up_run(row: AlertRow, now: datetime) -> None:
    row.state = advanced(cast(State, row.state), "failed_final")
    row.fence, row.lease_until, row.touched_at = row.fence + 1, None, now
    row.error = f"Its process ended {row.attempt} times in the middle, at last while only rules were to answer it."
    logger().error("a run is given up", alert_id=row.id, run_id=row.run_id, attempts=row.attempt)


def renew(session: Session, claim: Claim, now: datetime) -> None:
    """Says that the work goes on. Raises RunTaken."""
    _change(session, claim, WORKING, {"lease_until": now + LEASE})


def step(session: Session, claim: Claim, to: State, now: datetime) -> Claim:
    """Brings a run one step further. Raises RunTaken, StepNotAllowed."""
    advanced(claim.state, to)
    values: dict[str, Any] = {"state": to, "lease_until": now + LEASE, "touched_at": now}
    _change(session, claim, (claim.state,), values)
    return replace(claim, state=to)


def note(session: Session, claim: Claim, station: str, document: dict[str, Any], now: datetime) -> None:
    """Writes down what a station brought, beside the step that it belongs to."""
    repository.add_record(session, claim.run_id, claim.alert.id, station, document, now)


def found(session: Session, run_id: str) -> list[tuple[str, dict[str, Any]]]:
    """What the stations of a run have brought so far, in their order."""
    return [(row.station, row.document) for row in repository.records(session, run_id)]


def fail(session: Session, claim: Claim, why: str, now: datetime) -> None:
    """Ends a try that broke: it is tried again later, at last by rules alone. Raises RunTaken."""
    to = after_failure(claim.state, claim.attempt)
    values = {"state": to, "error": why[:2_000], "lease_until": None, "due_at": now + RETRY_AFTER, "touched_at": now}
    _change(session, claim, RUNNING, values)


# -- the one reply --------------------------------------------------------------------------------------------------


def ready_to_reply(
    session: Session, claim: Claim, payload: dict[str, Any], facts: dict[str, Any], now: datetime
) -> Claim:
    """Keeps what will be said, before anybody says it. Raises RunTaken."""
    advanced(claim.state, "reply_pending")
    sha256 = sha256_of(payload)
    values = {"state": "reply_pending", "reply": payload, "reply_sha256": sha256, "touched_at": now, "attempt": 0}
    _change(session, claim, (claim.state,), {**values, **facts})
    return replace(claim, state="reply_pending", reply=payload, reply_sha256=sha256, attempt=0)


def about_to_post(session: Session, claim: Claim, now: datetime) -> None:
    """Notes that from now on the reply may stand in the thread. Raises RunTaken."""
    _change(session, claim, ("reply_pending",), {"posted_at": now, "lease_until": now + LEASE})


def look_again(session: Session, claim: Claim, now: datetime, after: timedelta) -> None:
    """Leaves a reply in doubt for so long. Raises RunTaken."""
    _change(session, claim, ("reply_pending",), {"lease_until": now + after})


def put_off_reply(
    session: Session, claim: Claim, why: str, now: datetime, after: timedelta, *, may_stand: bool
) -> None:
    """Notes that the reply could not be brought, why, and when that is tried again. Raises RunTaken.

    ``may_stand``: nobody knows whether it stands in the thread, so that is read first; else it may simply be posted.
    """
    values = {"lease_until": now + after, "attempt": claim.attempt + 1, "error": why[:2_000]}
    _change(session, claim, ("reply_pending",), values if may_stand else {**values, "posted_at": None})


def replied(session: Session, claim: Claim, reply_ts: str, now: datetime) -> None:
    """The reply stands in the thread. Raises RunTaken."""
    values = {"state": "replied", "reply_ts": reply_ts, "lease_until": None, "touched_at": now, "error": None}
    _change(session, claim, ("reply_pending",), values)


def give_up_reply(session: Session, claim: Claim, why: str, now: datetime) -> None:
    """Nobody can tell whether the reply stands there, or Slack will not have it: a person looks. Raises RunTaken."""
    values = {"state": "needs_human", "error": why[:2_000], "lease_until": None, "touched_at": now}
    _change(session, claim, ("reply_pending",), values)


def untold(session: Session, now: datetime, limit: int) -> list[Untold]:
    """Replies whose thread may hear of repeats now."""
    rows = repository.with_untold_repeats(session, now - UPDATE_EVERY, limit)
    return [
        Untold(row.id, row.channel, row.reply_ts, row.reply, row.fence, row.repeats, row.last_repeat_at)
        for row in rows
        if row.reply_ts and row.reply is not None and row.last_repeat_at is not None
    ]


def told(session: Session, one: Untold, now: datetime) -> bool:
    """Notes what the thread has heard; False when another process was quicker."""
    return _after_telling(session, one, {"repeats_told": one.repeats, "touched_at": now})


def tell_later(session: Session, one: Untold, now: datetime) -> None:
    """Notes that the thread could not hear of repeats now, so that it is tried when the next ones are due."""
    _after_telling(session, one, {"touched_at": now})


def cannot_be_told(session: Session, one: Untold, why: str) -> None:
    """Notes that the thread never hears of repeats any more, and why."""
    _after_telling(session, one, {"error": f"Its thread does not hear of repeats: {why}"[:2_000]})


def _after_telling(session: Session, one: Untold, values: dict[str, Any]) -> bool:
    return repository.change(session, one.alert_id, one.fence, ("replied",), {**values, "fence": one.fence + 1})


def amend_reply(session: Session, run_id: str, reply: dict[str, Any]) -> None:
    """The reply reads so from now on; its repeats are told with the new words."""
    row = run(session, run_id)
    row.reply, row.repeats_told = reply, 0


def sha256_of(payload: dict[str, Any]) -> str:
    """What an approval stands for: exactly this payload."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# -- the old state file ---------------------------------------------------------------------------------------------


def bring_in(session: Session, state: OldState, now: datetime) -> int:
    """Notes what an earlier program has answered, so that nobody answers it again; answers how much of it was new."""
    count = 0
    for channel, stamps in state.answered.items():
        for stamp in stamps:
            alert = Alert(channel=channel, ts=stamp, text="(answered before)", received_at=now)
            values = {**_values(alert, now, "suppressed"), "error": "answered by an earlier program"}
            count += repository.insert_alert(session, values)
    for channel, stamp in state.read_through.items():
        window = window_of(session, channel)
        if in_order(stamp) > window.read_through:
            move_window(session, channel, ReadingWindow(in_order(stamp)), now)
    return count


def take_out(session: Session, channels: Sequence[str]) -> OldState:
    """What was answered and how far was read, for the file."""
    answered: dict[str, tuple[str, ...]] = {}
    for row in repository.all_alerts(session):
        if row.state in {"replied", "suppressed", "needs_human", "failed_final"}:
            answered[row.channel] = (*answered.get(row.channel, ()), row.ts)
    read = {name: window_of(session, name).read_through for name in channels}
    return OldState(answered, {name: stamp for name, stamp in read.items() if stamp != NOTHING_READ})


# -- to look at -----------------------------------------------------------------------------------------------------


def run(session: Session, run_id: str) -> AlertRow:
    """One run. Raises NoSuchRun."""
    row = repository.alert_of_run(session, run_id)
    if row is None:
        raise NoSuchRun
    return row


def is_unfinished(session: Session, alert_id: str | None = None, *, due_by: datetime | None = None) -> bool:
    """Whether anything is left to be done, for one alert or for any; ``due_by``: that may be gone on with by then."""
    if due_by is not None:
        return repository.any_claimable(session, WAITING, WORKING, due_by, alert_id)
    return repository.any_in(session, (*WAITING, *WORKING), alert_id)


def _claim(row: AlertRow) -> Claim:
    return Claim(
        alert=Alert.model_validate_json(json.dumps(row.document)),
        run_id=cast(str, row.run_id),
        state=cast(State, row.state),
        attempt=row.attempt,
        fence=row.fence,
        reply=row.reply,
        reply_sha256=row.reply_sha256,
        posted_at=row.posted_at,
        begun_at=cast(datetime, row.begun_at),
    )


def _change(session: Session, claim: Claim, states: Sequence[State], values: dict[str, Any]) -> None:
    if not repository.change(session, claim.alert.id, claim.fence, states, values):
        raise RunTaken(details={"alert_id": claim.alert.id})
