"""Use cases of notices: put one into the outbox, deliver what is due, read what came into the studio.

At least once: who sends a notice says so first, for `LEASE`; who dies in between leaves it to the next one, and the key
lets the receiver tell. A worker whose lease ran out changes nothing any more. What went out and could not be written
down, for the database was away, is remembered and written down before anything else is sent. So the same goes out twice
only when its process dies in just that moment, when the database stays away from it alone for longer than the lease, or
when the receiver took it and its answer was lost.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, cast

from sqlalchemy.orm import Session

from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.notices import repository
from donecast.notices.errors import NoSuchNotice, NotDelivered
from donecast.notices.models import NoticeRow
from donecast.notices.rules import (
    ADMINS,
    BODY_CHARACTERS_MAX,
    ERROR_CHARACTERS_MAX,
    FOLDED_SUBJECTS_MAX,
    GIVEN_UP_AFTER,
    KEPT,
    LEASE,
    Channel,
    Notice,
    Standing,
    Told,
    average_pause_seconds,
    how_many_to_forget,
    is_given_up,
    one_line,
    summary_of,
)
from donecast.platform.retrying import jittered
from donecast.platform.telemetry import current_request_id, logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

AT_ONCE_MAX = 50
TOLD_MAX = 100
_SUMMARY = "summary"
_NONE: tuple[int, datetime | None] = (0, None)


class Sender(Protocol):
    """Who delivers by one channel."""

    @property
    def channel(self) -> Channel:
        """Which."""
        ...

    def off_because(self) -> str | None:
        """Why nothing is delivered by this channel: what is missing in the settings; None: it is set up."""
        ...

    def send(self, notice: Notice, at: datetime) -> None:
        """Delivers one, which was made at that instant. Raises NotDelivered."""
        ...


def put(session: Session, clock: Clock, notice: Notice) -> bool:
    """Takes a notice, in the caller's transaction; False when there is one with its key already."""
    now = clock.now()
    is_new = repository.insert(session, _values(notice, now))
    if is_new:
        _make_room(session, now)
    return is_new


@dataclass(frozen=True, slots=True)
class Unnoted:
    """What one process sent by one channel and could not write down yet: the attempt and the instant, by notice."""

    went: dict[str, tuple[int, datetime]] = field(default_factory=dict)


def deliver_due(ground: Ground, sender: Sender, unnoted: Unnoted | None = None) -> int:
    """Delivers what is due by one channel, oldest first; answers how many went out. Raises DatabaseBusy.

    ``unnoted``: what is remembered from round to round.
    """
    unnoted = unnoted or Unnoted()
    _note_sent(ground, unnoted)
    why_off = sender.off_because()
    if why_off is not None:
        ended = run_unit(ground.database, lambda session: repository.switch_off(session, sender.channel, why_off))
        if ended:
            logger().info("notices are not delivered", channel=sender.channel, notices=ended, why=why_off)
        return 0
    with ground.database.reading() as session:
        due = repository.due(session, sender.channel, ground.clock.now(), AT_ONCE_MAX)
    sent = 0
    for row in due:
        attempt = row.attempts + 1
        mine = {"attempts": attempt, "next_attempt_at": ground.clock.now() + LEASE}
        if not run_unit(ground.database, partial(_change, row.id, row.attempts, mine)):
            continue
        try:
            sender.send(_notice(row), row.created_at)
        except NotDelivered as failure:
            _note_failure(ground, row, attempt, failure)
            if failure.channel_is_down:
                break
        except Exception as error:  # an edge: unnoted, the same one would end every batch from now on
            _note_failure(ground, row, attempt, NotDelivered(repr(error)))
            raise
        else:
            unnoted.went[row.id] = attempt, ground.clock.now()
            _note_sent(ground, unnoted)
            sent += 1
    return sent


def _note_sent(ground: Ground, unnoted: Unnoted) -> None:
    for notice_id, (attempt, at) in list(unnoted.went.items()):
        done = {"state": "sent", "sent_at": at, "last_error": None}
        run_unit(ground.database, partial(_change, notice_id, attempt, done))
        del unnoted.went[notice_id]


def _change(notice_id: str, attempts: int, values: dict[str, Any], session: Session) -> bool:
    return repository.change(session, notice_id, attempts, values)


def forget_old(ground: Ground) -> int:
    """Forgets what went out long ago; answers how many."""
    return run_unit(ground.database, lambda session: repository.delete_older(session, ground.clock.now() - KEPT))


def standings(session: Session) -> list[Standing]:
    """How the outbox of each channel stands that has anything which did not go out."""
    rows = {(channel, state): (count, oldest) for channel, state, count, oldest in repository.standings(session)}
    return [
        Standing(
            channel,
            waiting=rows.get((channel, "waiting"), _NONE)[0],
            given_up=rows.get((channel, "given_up"), _NONE)[0],
            off=rows.get((channel, "off"), _NONE)[0],
            oldest_at=rows.get((channel, "waiting"), _NONE)[1],
        )
        for channel in dict.fromkeys(channel for channel, _ in rows)
    ]


def given_up_since(session: Session, since: datetime) -> int:
    """How many notices were given up since an instant."""
    return repository.given_up_since(session, since)


def told(session: Session, account_id: str, *, is_admin: bool) -> tuple[list[Told], int]:
    """What a person sees in the studio, newest first, at most `TOLD_MAX`; and how much of all that is unread."""
    recipients = _recipients(account_id, is_admin=is_admin)
    return [_told(row) for row in repository.in_app(session, recipients, TOLD_MAX)], repository.unread_count(
        session, recipients
    )


def mark_read(session: Session, clock: Clock, account_id: str, notice_id: str, *, is_admin: bool) -> Told:
    """Notes that a person has read it; what is for all admins is then read for all. Raises NoSuchNotice."""
    row = repository.in_app_of(session, _recipients(account_id, is_admin=is_admin), notice_id)
    if row is None:
        raise NoSuchNotice
    row.read_at = row.read_at or clock.now()
    return _told(row)


def _recipients(account_id: str, *, is_admin: bool) -> tuple[str, ...]:
    return (account_id, ADMINS) if is_admin else (account_id,)


def _values(notice: Notice, now: datetime, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    is_there = notice.channel == "in_app"
    return {
        "id": new_id("not", now),
        "key": notice.key,
        "channel": notice.channel,
        "recipient": notice.recipient,
        "subject": one_line(notice.subject),
        "body": notice.body[:BODY_CHARACTERS_MAX].replace("\x00", ""),
        "facts": facts or dict(notice.facts),
        "state": "sent" if is_there else "waiting",
        "attempts": 0,
        "next_attempt_at": now,
        "request_id": notice.request_id or current_request_id(),
        "created_at": now,
        "sent_at": now if is_there else None,
    }


def _note_failure(ground: Ground, row: NoticeRow, attempt: int, failure: NotDelivered) -> None:
    now = ground.clock.now()
    over = failure.for_good or is_given_up(row.created_at, now)
    why = one_line(failure.why)[:ERROR_CHARACTERS_MAX]
    pause = timedelta(seconds=failure.after_seconds or jittered(average_pause_seconds(attempt)))
    values = {
        "state": "given_up" if over else "waiting",
        "last_error": why,
        # Whoever asks for longer is asked a last time then.
        "next_attempt_at": min(now + pause, max(now, row.created_at + GIVEN_UP_AFTER)),
    }

    def note(session: Session) -> None:
        if repository.change(session, row.id, attempt, values) and over:
            put(session, ground.clock, _about_given_up(row, why))

    run_unit(ground.database, note)
    tell = logger().error if over else logger().warning
    tell("notice not delivered", channel=row.channel, notice_id=row.id, attempts=attempt, given_up=over, why=why)


def _about_given_up(row: NoticeRow, why: str) -> Notice:
    to = "the people who run this DoneCast" if row.recipient == ADMINS else row.recipient
    return Notice(
        key=f"given_up:{row.id}",
        channel="in_app",
        subject=f"Not delivered by {row.channel}: {row.subject}",
        body=f"This was for {to}. The last try ended with: {why}\n\n{row.body}",
        request_id=row.request_id,
    )


def _make_room(session: Session, now: datetime) -> None:
    excess = how_many_to_forget(repository.count(session))
    if not excess:
        return
    excess -= repository.delete_finished(session, excess)
    if excess > 0:
        _fold(session, excess, now)


def _fold(session: Session, rows: int, now: datetime) -> None:
    """Puts the oldest that wait into one summary for each channel, which the people who run this installation get."""
    summaries = repository.waiting_with_key_like(session, f"{_SUMMARY}:")
    by_channel: dict[str, list[NoticeRow]] = {}
    for row in repository.oldest_waiting(session, rows, [one.id for one in summaries]):
        by_channel.setdefault(row.channel, []).append(row)
    for channel, folded in by_channel.items():
        before = next((one for one in summaries if one.channel == channel), None)
        facts: dict[str, Any] = (
            before.facts if before else {"folded": 0, "subjects": [], "since": folded[0].created_at.isoformat()}
        )
        subjects = [*facts["subjects"], *(row.subject for row in folded)][:FOLDED_SUBJECTS_MAX]
        facts = {**facts, "folded": facts["folded"] + len(folded), "subjects": subjects}
        repository.delete_all(session, [row.id for row in folded])
        since, until = datetime.fromisoformat(facts["since"]), folded[-1].created_at
        subject, body = summary_of(subjects, facts["folded"], since, until)
        if before:
            before.subject, before.body, before.facts = subject, body, facts
        else:
            key = f"{_SUMMARY}:{channel}:{new_id('sum', now)}"
            repository.insert(
                session,
                _values(Notice(key=key, channel=cast(Channel, channel), subject=subject, body=body), now, facts),
            )
        logger().warning("notices are summarised", channel=channel, notices=len(folded))


def _notice(row: NoticeRow) -> Notice:
    facts = {name: value for name, value in row.facts.items() if isinstance(value, str)}
    return Notice(
        key=row.key,
        channel=cast(Channel, row.channel),
        subject=row.subject,
        body=row.body,
        recipient=row.recipient,
        facts=facts,
        request_id=row.request_id,
    )


def _told(row: NoticeRow) -> Told:
    return Told(row.id, row.subject, row.body, row.request_id, row.created_at, row.read_at)
