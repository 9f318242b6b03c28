"""A person tells of a problem; admins look at all of them, say how far each is, and note what they found."""

from typing import Annotated

from fastapi import APIRouter, Query

from donecast.accounts import service as accounts
from donecast.accounts.access import CurrentAccount, CurrentAdmin
from donecast.health.bug_reports import service
from donecast.health.bug_reports.rules import Category, Severity, State, Wanted
from donecast.health.bug_reports.schemas import (
    BugReportIn,
    BugReportInFullOut,
    BugReportOut,
    BugReportsOut,
    NoteIn,
    StateIn,
    TakenReportOut,
    entry_out,
    report_out,
)
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import GroundHere, InstantIn, ReadingSession, UnitRoute, WritingSession

router = APIRouter(tags=["bug reports"], route_class=UnitRoute)


@router.post("/api/bug-reports", status_code=201)
def tell_of_problem(
    body: BugReportIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> TakenReportOut:
    """Takes what a person tells; ten an hour. The same words again are the same report."""
    report = service.report_by_hand(
        session,
        ground.clock,
        ground.settings.server.base_url,
        account.id,
        words=body.words,
        context={"page": body.page, **body.browser},
        request_id=body.request_id or current_request_id(),
        episode_id=body.episode_id,
    )
    return TakenReportOut(id=report.id, number=report.number)


@router.get("/api/admin/bug-reports")
def list_bug_reports(
    _admin: CurrentAdmin,
    session: ReadingSession,
    state: State | None = None,
    severity: Severity | None = None,
    category: Category | None = None,
    account_id: Annotated[str | None, Query(max_length=40)] = None,
    search: Annotated[str | None, Query(max_length=200, description="Words, a quoted number or a request's id")] = None,
    before: Annotated[InstantIn | None, Query(description="Only those last met before this instant")] = None,
    limit: Annotated[int, Query(ge=1, le=service.REPORTS_AT_ONCE_MAX)] = 50,
) -> BugReportsOut:
    """Reports, those met last first."""
    wanted = Wanted(state=state, severity=severity, category=category, account_id=account_id, before=before)
    found = service.reports(session, wanted, limit, search=search)
    return BugReportsOut(counts=service.counts(session), reports=[report_out(one) for one in found])


@router.get("/api/admin/bug-reports/{report_id}")
def read_bug_report(report_id: str, _admin: CurrentAdmin, session: ReadingSession) -> BugReportInFullOut:
    """One report, whom it hit last, and what happened to it."""
    report, entries = service.report(session, report_id)
    account = accounts.account_by_id(session, report.account_id) if report.account_id else None
    return BugReportInFullOut(
        report=report_out(report),
        email=account.email if account else None,
        entries=[entry_out(entry) for entry in entries],
    )


@router.post("/api/admin/bug-reports/{report_id}/state")
def change_bug_report(
    report_id: str, body: StateIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> BugReportOut:
    """Says how far it is; again, nothing changes. Who told of it by hand hears when it is resolved."""
    changed = service.change_state(
        session,
        ground.clock,
        report_id,
        body.state,
        words=body.words,
        actor_id=admin.id,
        request_id=current_request_id(),
    )
    return report_out(changed)


@router.post("/api/admin/bug-reports/{report_id}/notes")
def note_on_bug_report(
    report_id: str, body: NoteIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> BugReportOut:
    """Adds what an admin found out."""
    noted = service.add_note(
        session, ground.clock, report_id, body.words, actor_id=admin.id, request_id=current_request_id()
    )
    return report_out(noted)
