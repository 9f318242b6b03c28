"""The only queries of the audit log."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from donecast.accounts.audit.models import AuditEntryRow


def entries_before(session: Session, before: str | None, limit: int) -> list[AuditEntryRow]:
    """Entries whose id sorts before the given one, newest first; without one, the newest."""
    query = select(AuditEntryRow).order_by(AuditEntryRow.id.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(AuditEntryRow.id < before)))
