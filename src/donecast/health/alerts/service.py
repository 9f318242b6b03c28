"""Use cases of alerts: one round of all rules, and the list of what is on and was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from donecast.health.alerts import repository
from donecast.health.alerts.models import OpsAlertRow
from donecast.health.alerts.rules import (
    ALERTS_OPEN_MAX,
    OUTBOX_ON,
    RUNBOOKS,
    Alert,
    Facts,
    Judgement,
    Severity,
    Standing,
    Told,
    Verdict,
    after,
    circumstances,
    first_line,
    runbook_of,
    sentence,
    verdict_of_unlisted,
    verdicts,
    words,
)
from donecast.health.rules import Check
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.notices import service as notices
from donecast.notices.rules import Channel, Notice
from donecast.notices.rules import Standing as OutboxStanding
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

ROUND_EVERY = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=5)
"""Without a round for so long, nobody keeps watch."""
GIVEN_UP_SHOWN = timedelta(hours=24)
"""What was given up before is history: nobody can deliver it any more."""
SHOWN_MAX = 200
KEPT = timedelta(days=90)
_EARLY = timedelta(seconds=5)
"""A round that comes a little early is still the next one: clocks and pauses are not exact."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is on or was, when the rules were last judged, and what could not be looked at then."""

    alerts: tuple[Alert, ...]
    looked_at: datetime | None
    not_known: tuple[str, ...] = ()


def take_round(ground: Ground) -> bool:
    """Whether the next round is ours: one worker does it, each minute."""
    now = ground.clock.now()
    with ground.database.transaction() as session:
        return repository.take_round(session, now, now - ROUND_EVERY + _EARLY)


def judge(session: Session, clock: Clock, facts: Facts, *, runbooks_url: str) -> list[Alert]:
    """Opens, tells again and closes alerts as the facts say; answers those that are on now."""
    now = facts.now
    rows = {(row.name, row.subject): row for row in repository.open_to_change(session)}
    said = {(verdict.name, verdict.subject): verdict for verdict in verdicts(facts)}
    for key, row in rows.items():
        verdict = said.pop(key, None)
        judgement = verdict.judgement if verdict else verdict_of_unlisted(row.name, facts)
        if verdict and judgement != "off":
            row.figures, row.severity = verdict.figures, verdict.severity
        _go_on(session, clock, row, judgement, now, runbooks_url)
    room = ALERTS_OPEN_MAX - len(rows)
    for verdict in [one for one in said.values() if one.judgement == "on"][: max(0, room)]:
        _open(session, clock, verdict, now, runbooks_url)
    repository.forget_closed(session, now - KEPT)
    repository.note_judged(session, now, facts.not_known)
    session.flush()
    return [_alert(row) for row in repository.open_to_change(session)]


def watched(session: Session) -> Watched:
    """Those that are on first, then those that closed last."""
    looked_at, not_known = repository.last_round(session)
    return Watched(tuple(map(_alert, repository.alerts(session, SHOWN_MAX))), looked_at, not_known)


def is_late(looked_at: datetime | None, now: datetime) -> bool:
    """Whether nobody keeps watch."""
    return looked_at is None or now - looked_at > LATE_AFTER


def ways_out(ground: Ground) -> list[Channel]:
    """By which ways that are set up an alert reaches somebody who does not look into the studio."""
    settings = ground.settings.notices
    ways: tuple[tuple[Channel, str], ...] = (("mail", settings.smtp_host), ("slack", settings.slack_webhook_url))
    return [channel for channel, place in ways if place]


def check(ground: Ground) -> tuple[Check, ...]:
    """Which alerts are on, whether anybody looks, and what waits in the outbox: for the daily look."""
    now = ground.clock.now()
    with ground.database.reading() as session:
        names, (looked_at, not_known) = repository.open_names(session), repository.last_round(session)
        outbox, given_up = notices.standings(session), notices.given_up_since(session, now - GIVEN_UP_SHOWN)
    off = [one.channel for one in outbox if one.off]
    waiting = _waiting_in_words([one for one in outbox if one.waiting])
    finding = f"{waiting}, {given_up} were given up within a day" + (f"; off: {', '.join(off)}" if off else "")
    ok = not given_up and not any(_is_old(one.oldest_at, now) for one in outbox)
    return (
        _check_alerts(names, not_known, late=is_late(looked_at, now)),
        Check(
            "outbox",
            ok=ok,
            finding=finding,
            action="" if ok else f"Look in the log for `notice not delivered`; then read {RUNBOOKS}/outbox_stuck.md.",
        ),
    )


def _check_alerts(names: Sequence[str], not_known: Sequence[str], *, late: bool) -> Check:
    parts = [
        (f"on: {', '.join(names)}", f"Read {RUNBOOKS}/{names[0]}.md.") if names else None,
        ("nobody looks", "Start `donecast up` or a worker.") if late else None,
        (f"not known: {', '.join(not_known)}", "Look in the log for `not looked at`.") if not_known else None,
    ]
    found = [part for part in parts if part]
    finding = "; ".join(finding for finding, _ in found) or "none is on"
    return Check("alerts", ok=not found, finding=finding, action=found[0][1] if found else "")


def _is_old(oldest_at: datetime | None, now: datetime) -> bool:
    return oldest_at is not None and now - oldest_at >= OUTBOX_ON


def _waiting_in_words(outbox: Sequence[OutboxStanding]) -> str:
    """How many wait, for which channels, and since when."""
    if not outbox:
        return "0 wait"
    channels = ", ".join(f"{one.channel}: {one.waiting}" for one in outbox)
    oldest_at = min(one.oldest_at for one in outbox if one.oldest_at)
    return f"{sum(one.waiting for one in outbox)} wait ({channels}; the oldest since {oldest_at:%Y-%m-%d %H:%M} UTC)"


def _go_on(
    session: Session, clock: Clock, row: OpsAlertRow, judgement: Judgement, now: datetime, runbooks_url: str
) -> None:
    following = after(Standing(row.opened_at, row.told_at, row.well_since), judgement, now)
    if following.standing is None:
        row.closed_at = now
    else:
        row.told_at, row.well_since = following.standing.told_at, following.standing.well_since
    if following.told == "reminder":
        row.reminders += 1
    if following.told:
        _tell(session, clock, _alert(row), following.told, now, runbooks_url)


def _open(session: Session, clock: Clock, verdict: Verdict, now: datetime, runbooks_url: str) -> None:
    alert = Alert(
        new_id("al", now), verdict.name, verdict.subject[:80], verdict.severity, verdict.figures, now, closed_at=None
    )
    values = {
        "id": alert.id,
        "name": alert.name,
        "subject": alert.subject,
        "severity": alert.severity,
        "figures": alert.figures,
        "opened_at": now,
        "told_at": now,
        "reminders": 0,
    }
    if repository.insert_open(session, values):
        _tell(session, clock, alert, "opened", now, runbooks_url)


def _tell(session: Session, clock: Clock, alert: Alert, told: Told, now: datetime, runbooks_url: str) -> None:
    runbook = runbook_of(alert.name, runbooks_url)
    times = f"{told}:{alert.reminders}" if told == "reminder" else told
    for_programs = first_line(alert, told), words(alert, told, now, runbook)
    in_studio = sentence(alert, told), circumstances(alert, told, now, runbook)
    texts: dict[Channel, tuple[str, str]] = {"mail": for_programs, "slack": for_programs, "in_app": in_studio}
    for channel, (subject, body) in texts.items():
        notice = Notice(
            key=f"alert:{alert.id}:{times}:{channel}",
            channel=channel,
            subject=subject,
            body=body,
            facts={"alert": alert.name, "alert_id": alert.id, "told": told},
        )
        notices.put(session, clock, notice)
    tell = logger().info if told == "closed" else logger().warning
    tell("alert", alert=alert.name, alert_id=alert.id, subject=alert.subject, told=told, figures=alert.figures)


def _alert(row: OpsAlertRow) -> Alert:
    severity = cast(Severity, row.severity)
    return Alert(row.id, row.name, row.subject, severity, row.figures, row.opened_at, row.closed_at, row.reminders)
