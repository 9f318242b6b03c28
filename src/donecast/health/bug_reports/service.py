"""Use cases of bug reports: keep what failed, take what people tell, let admins work on it.

One row is the truth. Whoever has to hear of it does so through the outbox, in the same transaction, so that no channel
that is down can lose a report, and none is told twice.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.accounts.audit import service as audit
from donecast.credits import service as ledger
from donecast.episodes import service as episodes
from donecast.health.bug_reports import repository, wording
from donecast.health.bug_reports.errors import NoSuchReport, TooManyReports
from donecast.health.bug_reports.models import BugReportEntryRow, BugReportRow
from donecast.health.bug_reports.rules import (
    ENTRIES_MAX,
    KEPT_AFTER_END,
    PERSON_MAILS_PER_HOUR_MAX,
    ROWS_MAX,
    Category,
    Entry,
    Report,
    Severity,
    State,
    Wanted,
    fingerprint_of,
    hour_of,
    is_bug,
    number_of,
    risen,
    severity_of,
    start_of_fingerprint,
    state_when_seen,
    worse_of,
)
from donecast.health.bug_reports.wording import Hit
from donecast.kit.clock import Clock
from donecast.kit.errors import ErrorKind
from donecast.kit.ids import new_id
from donecast.notices import service as notices
from donecast.notices.rules import Channel, Notice
from donecast.platform.failure_reports import Failure, as_known, origin_of
from donecast.platform.redaction import scrubbed, scrubbed_text
from donecast.platform.web import Ground

REPORTS_AT_ONCE_MAX = 100
REPORTS_BY_HAND_PER_HOUR_MAX = 10
_HOUR = timedelta(hours=1)
_ORIGIN_CHARACTERS_MAX, _CODE_CHARACTERS_MAX = 200, 60


def report_upload_failure(session: Session, clock: Clock, base_url: str, failure: Failure) -> str | None:
    """Keeps that a file could not be taken; answers the report's id, None where it is no bug."""
    return _report(session, clock, base_url, "upload", failure)


def report_transcription_failure(session: Session, clock: Clock, base_url: str, failure: Failure) -> str | None:
    """The same for a recording that could not be checked or written out."""
    return _report(session, clock, base_url, "transcription", failure)


def report_assembly_failure(session: Session, clock: Clock, base_url: str, failure: Failure) -> str | None:
    """The same for an episode that could not be made."""
    return _report(session, clock, base_url, "assembly", failure)


def report_generic(session: Session, clock: Clock, base_url: str, failure: Failure) -> str | None:
    """The same for anything else."""
    return _report(session, clock, base_url, "other", failure)


def report_by_hand(
    session: Session,
    clock: Clock,
    base_url: str,
    account_id: str,
    *,
    words: str,
    context: Mapping[str, str],
    request_id: str | None,
    episode_id: str | None,
) -> Report:
    """Takes what a person tells; the same words again are the same report. Raises TooManyReports, NoSuchEpisode.

    The admins hear of it once, and the person is thanked.
    """
    now = clock.now()
    if repository.told_since(session, account_id, "by_hand", now - _HOUR) >= REPORTS_BY_HAND_PER_HOUR_MAX:
        raise TooManyReports
    episode = episodes.episode_of(session, account_id, episode_id) if episode_id else None
    clean = _kept(words)
    values: dict[str, Any] = {
        "fingerprint": fingerprint_of("by_hand", account_id, clean),
        "category": "by_hand",
        "severity": severity_of("by_hand", ErrorKind.BROKEN, ""),
        "error_code": "told_by_a_person",
        "message": clean,
        "origin": "",
        "request_id": request_id,
        "account_id": account_id,
        "show_id": episode.show_id if episode else None,
        "episode_id": episode_id,
        "operation_id": None,
        "context": scrubbed(dict(context)),
    }
    kept = _report_of(_keep(session, now, values))
    _tell_admins_by(session, clock, kept, base_url, ("sentry", "in_app"), "once")
    thanks = Notice(
        key=f"bug:thanks:{kept.id}",
        channel="in_app",
        recipient=account_id,
        subject=wording.THANKS,
        body=wording.thanks(kept.number),
        request_id=kept.request_id,
    )
    notices.put(session, clock, thanks)
    return kept


def reports(session: Session, wanted: Wanted, limit: int, *, search: str | None = None) -> list[Report]:
    """Reports as wanted, those met last first; ``search``: words, a number that somebody quotes, or a request's id."""
    if not search:
        return [_report_of(row) for row in repository.found(session, wanted, limit)]
    start = start_of_fingerprint(search)
    ways = [{"fingerprint_start": start}] if start else []
    rows: dict[str, BugReportRow] = {}
    for way in (*ways, {"request_id": search}, {"words": search}):
        for row in repository.found(session, Wanted(**{**_known(wanted), **way}), limit):
            rows.setdefault(row.id, row)
    newest = sorted(rows.values(), key=lambda row: (row.last_at, row.id), reverse=True)
    return [_report_of(row) for row in newest[:limit]]


def reports_of_requests(session: Session, request_ids: Collection[str], limit: int) -> list[Report]:
    """Reports that any of these requests met, those met last first."""
    return [_report_of(row) for row in repository.met_by(session, request_ids, limit)] if request_ids else []


def counts(session: Session) -> dict[str, int]:
    """How many reports are in each state."""
    return repository.counts(session)


def report(session: Session, report_id: str) -> tuple[Report, list[Entry]]:
    """One report and what happened to it, newest first. Raises NoSuchReport."""
    row = _row(session, report_id)
    return _report_of(row), [_entry_of(entry) for entry in repository.entries(session, report_id)]


def change_state(
    session: Session, clock: Clock, report_id: str, state: State, *, words: str, actor_id: str, request_id: str | None
) -> Report:
    """Says how far it is; the same again changes nothing. Raises NoSuchReport.

    A person who told of it by hand hears in the studio that it is mended.
    """
    row, now, words = _row(session, report_id, to_change=True), clock.now(), _kept(words)
    if row.state == state:
        return _report_of(row)
    before, row.state = row.state, state
    _add_entry(session, row, now, "state", f"{before} → {state}" + (f": {words}" if words else ""), actor_id=actor_id)
    details = {"before": before, "after": state, "words": words}
    audit.note(
        session,
        actor_id=actor_id,
        act="change_bug_report",
        subject=row.id,
        details=details,
        at=now,
        request_id=request_id,
    )
    if state == "resolved" and row.category == "by_hand" and row.account_id:
        told = Notice(
            key=f"bug:mended:{row.id}:{hour_of(now)}",
            channel="in_app",
            recipient=row.account_id,
            subject="What you told us about is mended",
            body=f"You told us: “{row.message[:300]}”\n\n{words or 'It should work now.'} Thank you for telling us.",
        )
        notices.put(session, clock, told)
    return _report_of(row)


def _kept(words: str) -> str:
    """As a person wrote it, but for secrets and for what no database takes."""
    return scrubbed_text(words).replace("\x00", "")


def add_note(
    session: Session, clock: Clock, report_id: str, words: str, *, actor_id: str, request_id: str | None
) -> Report:
    """Adds what an admin found out. Raises NoSuchReport."""
    row, now = _row(session, report_id, to_change=True), clock.now()
    clean = _kept(words)
    _add_entry(session, row, now, "note", clean, actor_id=actor_id)
    audit.note(
        session,
        actor_id=actor_id,
        act="note_on_bug_report",
        subject=row.id,
        details={"words": clean[:500]},
        at=now,
        request_id=request_id,
    )
    return _report_of(row)


def forget_old(ground: Ground) -> None:
    """Forgets what was settled long ago, and what is more than is kept."""
    with ground.database.transaction() as session:
        repository.forget_ended(session, ground.clock.now() - KEPT_AFTER_END)
        repository.forget_beyond(session, ROWS_MAX)


def _report(session: Session, clock: Clock, base_url: str, category: Category, failure: Failure) -> str | None:
    error = as_known(failure.error)
    if not is_bug(error.kind):
        return None
    now, origin = clock.now(), origin_of(failure.error)
    episode = episodes.episode_by_id(session, failure.episode_id) if failure.episode_id else None
    values: dict[str, Any] = {
        "fingerprint": fingerprint_of(category, error.code, failure.step or "", origin),
        "category": category,
        "severity": severity_of(category, error.kind, error.code),
        "error_code": error.code[:_CODE_CHARACTERS_MAX],
        "message": scrubbed_text(error.message),
        "origin": origin[:_ORIGIN_CHARACTERS_MAX],
        "request_id": failure.request_id,
        "account_id": failure.account_id,
        "show_id": episode.show_id if episode else None,
        "episode_id": failure.episode_id,
        "operation_id": failure.operation_id,
        "context": {"step": failure.step} if failure.step else {},
    }
    row = _keep(session, now, values)
    kept = _report_of(row)
    _tell_admins(session, clock, kept, base_url)
    account = accounts.account_by_id(session, failure.account_id) if failure.account_id else None
    if account:
        hit = Hit(
            name=account.name,
            title=episode.title if episode else "",
            message=error.message,
            action=error.action,
            charged=ledger.charged_in_words(
                session,
                account.id,
                episode_id=failure.episode_id,
                since=failure.since or now,
                request_id=failure.request_id,
            ),
            request_id=failure.request_id,
        )
        _tell_person(session, clock, kept, account.id, account.email, hit)
    return kept.id


def _keep(session: Session, now: datetime, values: dict[str, Any]) -> BugReportRow:
    new = {"id": new_id("bug", now), "state": "new", "count": 1, "first_at": now, "last_at": now}
    is_new = repository.insert(session, {**new, **values})
    row = repository.to_change(session, values["fingerprint"])
    if not is_new:
        row.count, row.last_at = row.count + 1, now
        for name in ("request_id", "account_id", "show_id", "episode_id", "operation_id", "message", "context"):
            setattr(row, name, values[name])
        state = state_when_seen(cast(State, row.state))
        if state != row.state:
            _add_entry(session, row, now, "state", f"{row.state} → {state}: it happened again", actor_id=audit.SYSTEM)
            row.state = state
    _add_entry(session, row, now, "seen", "", actor_id=None, seen=values)
    session.flush()
    seen_lately = repository.seen_since(session, row.id, now - _HOUR)
    row.severity = worse_of(cast(Severity, row.severity), risen(cast(Severity, values["severity"]), seen_lately))
    if row.count > ENTRIES_MAX:
        repository.forget_sightings(session, row.id, ENTRIES_MAX)
    return row


def _add_entry(
    session: Session,
    row: BugReportRow,
    now: datetime,
    kind: str,
    text: str,
    *,
    actor_id: str | None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    about = seen or {}
    session.add(
        BugReportEntryRow(
            id=new_id("bue", now),
            report_id=row.id,
            at=now,
            kind=kind,
            text=text,
            actor_id=actor_id,
            account_id=about.get("account_id"),
            episode_id=about.get("episode_id"),
            request_id=about.get("request_id"),
        )
    )


def _tell_admins(session: Session, clock: Clock, kept: Report, base_url: str) -> None:
    channels: tuple[Channel, ...] = ("sentry", "mail", "in_app") if kept.severity == "critical" else ("sentry",)
    _tell_admins_by(session, clock, kept, base_url, channels, f"{kept.severity}:{hour_of(kept.last_at)}")


def _tell_admins_by(
    session: Session, clock: Clock, kept: Report, base_url: str, channels: Sequence[Channel], once: str
) -> None:
    body = wording.body_for_admins(kept, f"{base_url}/studio/reports/{kept.id}")
    facts = {"severity": kept.severity, "category": kept.category, "error_code": kept.error_code, "report_id": kept.id}
    about = {"user_id": kept.account_id, "show_id": kept.show_id, "episode_id": kept.episode_id}
    facts |= {name: value for name, value in about.items() if value}
    for channel in channels:
        notice = Notice(
            key=f"bug:{channel}:{kept.id}:{once}",
            channel=channel,
            subject=wording.sentence_for_admins(kept) if channel == "in_app" else wording.subject_for_admins(kept),
            body=body,
            facts=facts,
            request_id=kept.request_id,
        )
        notices.put(session, clock, notice)


def _tell_person(session: Session, clock: Clock, kept: Report, account_id: str, address: str, hit: Hit) -> None:
    """Of each episode once an hour. Uploads are tried again piece by piece, so all of them are one."""
    subject, body = (
        wording.subject_for_person(kept.category, hit),
        wording.body_for_person(kept.category, kept.number, hit),
    )
    is_too_much = repository.episodes_hit_since(session, account_id, kept.last_at - _HOUR) > PERSON_MAILS_PER_HOUR_MAX
    ways: tuple[tuple[Channel, str], ...] = (("in_app", account_id), ("mail", address))
    for channel, recipient in ways[:1] if is_too_much else ways:
        notice = Notice(
            key=f"bug:person:{channel}:{kept.id}:{account_id}:{kept.episode_id or ''}:{hour_of(kept.last_at)}",
            channel=channel,
            recipient=recipient,
            subject=subject,
            body=body,
            request_id=kept.request_id,
        )
        notices.put(session, clock, notice)


def _known(wanted: Wanted) -> dict[str, Any]:
    names = ("state", "severity", "category", "account_id", "before")
    return {name: getattr(wanted, name) for name in names}


def _row(session: Session, report_id: str, *, to_change: bool = False) -> BugReportRow:
    row = repository.by_id(session, report_id, to_change=to_change)
    if row is None:
        raise NoSuchReport
    return row


def _report_of(row: BugReportRow) -> Report:
    return Report(
        id=row.id,
        number=number_of(row.fingerprint),
        category=cast(Category, row.category),
        severity=cast(Severity, row.severity),
        state=cast(State, row.state),
        error_code=row.error_code,
        message=row.message,
        origin=row.origin,
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        request_id=row.request_id,
        account_id=row.account_id,
        show_id=row.show_id,
        episode_id=row.episode_id,
        operation_id=row.operation_id,
        context=row.context,
    )


def _entry_of(row: BugReportEntryRow) -> Entry:
    return Entry(row.at, cast(Any, row.kind), row.text, row.actor_id, row.account_id, row.episode_id, row.request_id)
