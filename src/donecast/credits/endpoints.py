"""A person's own credits: what was used, what is left, the ledger, the statement, asking for a refund."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from donecast.accounts.access import CurrentAccount
from donecast.credits import service
from donecast.credits.schemas import (
    NUMBER_MAX,
    GuideSectionOut,
    InvoicePageOut,
    MonthOut,
    RatesOut,
    RefundRequestOut,
    RefundWishIn,
    StandingOut,
    UsageOut,
    guide_section_out,
    invoice_page_out,
    month_out,
    refund_request_out,
    standing_out,
    usage_document,
)
from donecast.credits.service import GROUPS_PER_PAGE_MAX, StatementRow
from donecast.kit.money import json_text
from donecast.platform.web import Ground, GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.platform.work_unit import run_unit

router = APIRouter(prefix="/api/billing", tags=["credits"], route_class=UnitRoute)


@router.get("/usage", response_model=UsageOut)
def read_usage(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> Response:
    """The running month: used, allowed, left, by action, and the last ten charges. Null is unlimited."""
    usage = service.usage(session, ground.clock, account.id)
    return Response(json_text(usage_document(usage)), media_type="application/json")


@router.get("/standing")
def read_standing(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> StandingOut:
    """The plan, the period, what is there and set aside, and what is owed for storage."""
    return standing_out(
        service.usage(session, ground.clock, account.id),
        service.get_user_credit_balance(session, ground.clock, account.id),
        service.storage_debt(session, account.id),
        uploads_stopped=service.uploads_stopped(session, ground.clock, account.id),
    )


@router.get("/month")
def read_month(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> MonthOut:
    """The running period from day to day, and how many more episodes what is left is enough for."""
    return month_out(service.month(session, ground.clock, account.id))


@router.get("/rates")
def read_rates(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> RatesOut:
    """What each action takes on the person's plan."""
    card = service.rate_card(session)
    tier = service.get_user_credit_balance(session, ground.clock, account.id).tier
    return RatesOut(version=card.version, rates=card.rates_for(tier.id).named())


@router.get("/guide")
def read_guide(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> list[GuideSectionOut]:
    """How credits work, in plain words, with the numbers of the person's plan."""
    return [guide_section_out(section) for section in service.guide(session, ground.clock, account.id)]


@router.get("/ledger")
def read_ledger(
    account: CurrentAccount,
    session: ReadingSession,
    before: Annotated[int | None, Query(ge=1, le=NUMBER_MAX, description="What the page before gave to go on")] = None,
    limit: Annotated[int, Query(ge=1, le=GROUPS_PER_PAGE_MAX)] = 20,
    of_episodes: Annotated[bool | None, Query(description="Those of episodes alone, or all others; else both")] = None,
) -> InvoicePageOut:
    """What was charged, given and given back, newest first; what belongs to one episode stands together."""
    page = service.invoice_page(session, account.id, before=before, limit=limit, of_episodes=of_episodes)
    return invoice_page_out(page)


@router.get(
    "/statement.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def read_statement(account: CurrentAccount, ground: GroundHere) -> Response:
    """Every entry, oldest first; the balance beside the last one is the one that is shown."""
    run_unit(ground.database, lambda session: service.settle_what_is_due(session, ground.clock, account.id))
    return StreamingResponse(
        _statement(ground, account.id),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="donecast-credits.csv"', "Cache-Control": "no-store"},
    )


@router.post("/charges/{charge_id}/refund-request", status_code=201)
def request_refund(
    charge_id: str, body: RefundWishIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> RefundRequestOut:
    """Asks for a charge back; while that waits for its answer, asking again changes nothing."""
    return refund_request_out(service.request_refund(session, ground.clock, account.id, charge_id, body.why))


@router.get("/refund-requests")
def list_refund_requests(account: CurrentAccount, session: ReadingSession) -> list[RefundRequestOut]:
    """What the person asked back and what came of it, newest first; the last hundred."""
    return [refund_request_out(one) for one in service.refund_requests(session, account_id=account.id)]


def _statement(ground: Ground, account_id: str) -> Iterator[str]:
    """The lines, some thousand at once; no connection is held while a slow reader takes them."""
    yield _lines([service.STATEMENT_COLUMNS])
    last: StatementRow | None = None
    while True:
        with ground.database.reading() as session:
            rows = service.statement_page(session, account_id, last)
        if not rows:
            return
        yield _lines([service.statement_cells(row) for row in rows])
        last = rows[-1]


def _lines(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
