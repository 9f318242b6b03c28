"""The audit log, for admins."""

from typing import Annotated

from fastapi import APIRouter, Query

from donecast.accounts import service as accounts
from donecast.accounts.access import CurrentAdmin
from donecast.accounts.audit import service
from donecast.accounts.audit.schemas import AuditPageOut, audit_page_out
from donecast.platform.web import ReadingSession

router = APIRouter(prefix="/api/admin", tags=["audit"])


@router.get("/audit")
def read_audit_log(
    _admin: CurrentAdmin,
    session: ReadingSession,
    before: Annotated[str | None, Query(max_length=40, description="The `next_before` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=service.ENTRIES_PER_PAGE_MAX)] = 50,
) -> AuditPageOut:
    """What was done by hand and by whom, newest first."""
    page = service.page(session, before=before, limit=limit)
    found = {entry.actor_id: accounts.account_by_id(session, entry.actor_id) for entry in page.entries}
    return audit_page_out(page, {actor_id: account.email for actor_id, account in found.items() if account})
