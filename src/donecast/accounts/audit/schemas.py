"""What the audit log answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from donecast.accounts.audit.service import AuditPage


class AuditEntryOut(BaseModel):
    """One act. ``actor`` is the e-mail address of whoever did it, or their id where there is no account any more."""

    id: str
    at: datetime
    actor: str
    act: str
    subject: str
    details: dict[str, Any]
    request_id: str | None


class AuditPageOut(BaseModel):
    """Acts, newest first; ``next_before`` is the cursor of the next page, null on the last one."""

    entries: list[AuditEntryOut]
    next_before: str | None


def audit_page_out(page: AuditPage, actors: Mapping[str, str]) -> AuditPageOut:
    """A page with its actors by name."""
    return AuditPageOut(
        entries=[
            AuditEntryOut(
                id=entry.id,
                at=entry.at,
                actor=actors.get(entry.actor_id, entry.actor_id),
                act=entry.act,
                subject=entry.subject,
                details=dict(entry.details),
                request_id=entry.request_id,
            )
            for entry in page.entries
        ],
        next_before=page.next_before,
    )
