"""Use cases of the audit log: note an act, turn its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from donecast.accounts.audit import repository
from donecast.accounts.audit.models import AuditEntryRow
from donecast.kit.ids import new_id

SYSTEM = "system"
"""The actor of what happens by itself."""
ENTRIES_PER_PAGE_MAX = 100
_ACTOR_LENGTH_MAX, _SUBJECT_LENGTH_MAX = 100, 200


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: ``act`` is a snake_case verb such as ``isolate_service``; ``subject`` what it was done to."""

    id: str
    at: datetime
    actor_id: str
    act: str
    subject: str
    details: Mapping[str, Any]
    request_id: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries, newest first, and the cursor of the page of older ones, if there is one."""

    entries: tuple[AuditEntry, ...]
    next_before: str | None


def note(
    session: Session,
    *,
    actor_id: str,
    act: str,
    subject: str,
    details: Mapping[str, Any],
    at: datetime,
    request_id: str | None,
) -> str:
    """Writes down an act in the transaction that carries it out; answers the entry's id.

    ``details`` must be fit for JSON and hold no secret: admins read them.
    """
    row = AuditEntryRow(
        id=new_id("aud", at),
        at=at,
        actor_id=actor_id[:_ACTOR_LENGTH_MAX],
        act=act,
        subject=subject[:_SUBJECT_LENGTH_MAX],
        details=dict(details),
        request_id=request_id,
    )
    session.add(row)
    return row.id


def page(session: Session, *, before: str | None, limit: int) -> AuditPage:
    """The entries before a cursor, or the newest."""
    rows = repository.entries_before(session, before, limit + 1)
    shown = tuple(
        AuditEntry(row.id, row.at, row.actor_id, row.act, row.subject, row.details, row.request_id)
        for row in rows[:limit]
    )
    return AuditPage(shown, shown[-1].id if len(rows) > limit else None)
