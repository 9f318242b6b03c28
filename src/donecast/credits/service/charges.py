"""Charges: what was done is paid for, once under its operation's id.

A charge is one conditional write. Nobody asks first whether there is enough and charges then: between the two, somebody
else has spent it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits.rules.chain import fingerprint
from donecast.credits.rules.entries import ADJUST, EntryDraft, Reason, moved, of_grants
from donecast.credits.rules.pricing import (
    Assembly,
    LegacyMinutes,
    Line,
    Pipeline,
    Provider,
    Speech,
    Transcription,
    Work,
    line_to_json,
    price,
    total_mc,
    work_to_json,
)
from donecast.credits.service.bills import Charge, charge_of, draft_of_work, funded, work_parameters
from donecast.credits.service.book import SYSTEM
from donecast.credits.service.holds import capture, has_open_hold
from donecast.credits.service.opening import open_book
from donecast.credits.service.tariffs import rate_card
from donecast.kit.clock import Clock


def charge_credits(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    reason: Reason,
    lines: Sequence[Line],
    notes: str = "",
    engine: str | None = None,
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Charge:
    """Charges priced lines. The same again answers the first charge. Raises NotEnoughCredits, OperationDiffers."""
    book = open_book(session, clock, account_id, actor)
    parameters = fingerprint({"reason": reason, "lines": [line_to_json(line) for line in lines], "engine": engine})
    before = book.done_before(operation_id, "charge", parameters)
    if before is not None:
        return charge_of(before)
    amount_mc = total_mc(lines)
    draws, pots = book.fund(amount_mc)
    draft = EntryDraft(
        operation_id=operation_id,
        act="charge",
        round=0,
        reason=reason,
        amount_mc=amount_mc,
        postings=moved(pots, f"revenue:{reason}"),
        happened_at=book.now,
        parameters=parameters,
        lines=tuple(lines),
        draws=draws,
        engine=engine,
        notes=notes,
        episode_id=episode_id,
    )
    return charge_of(book.post(draft))


def charge_for_transcription(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    duration_ms: int,
    pipeline: Pipeline = "standard",
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Charge:
    """Charges for the words of so much decoded audio. Raises NotEnoughCredits, OperationDiffers, WorkInvalid."""
    work = Transcription(duration_ms, pipeline)
    return charge_for_work(
        session, clock, account_id, work, operation_id=operation_id, episode_id=episode_id, actor=actor
    )


def charge_for_tts_generation(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    duration_ms: int,
    text: str,
    provider: Provider = "standard",
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Charge:
    """Charges for so much generated speech of a text. Raises NotEnoughCredits, OperationDiffers, WorkInvalid."""
    work = Speech(duration_ms, provider, text)
    return charge_for_work(
        session, clock, account_id, work, operation_id=operation_id, episode_id=episode_id, actor=actor
    )


def charge_for_assembly(
    session: Session,
    clock: Clock,
    account_id: str,
    *,
    operation_id: str,
    duration_ms: int,
    pipeline: Pipeline = "standard",
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Charge:
    """Charges for an assembly, by its finished length. Raises NotEnoughCredits, OperationDiffers, WorkInvalid."""
    work = Assembly(duration_ms, pipeline)
    return charge_for_work(
        session, clock, account_id, work, operation_id=operation_id, episode_id=episode_id, actor=actor
    )


def charge_for_work(
    session: Session,
    clock: Clock,
    account_id: str,
    work: Work,
    *,
    operation_id: str,
    episode_id: str | None = None,
    actor: str = SYSTEM,
) -> Charge:
    """Charges for work by the card in force; what was set aside for the operation is captured instead."""
    book = open_book(session, clock, account_id, actor)
    parameters = work_parameters(work)
    before = book.done_before(operation_id, "charge", parameters)
    if before is not None:
        return charge_of(before)
    if has_open_hold(session, account_id, operation_id):
        return capture(session, clock, account_id, operation_id=operation_id, work=work, actor=actor)
    card = rate_card(session)
    line = price(card.rates_for(book.tier.id), work)
    draws, pots = book.fund(line.amount_mc)
    draft = draft_of_work(book, work, operation_id, (line,), parameters, card.version, episode_id=episode_id)
    return charge_of(book.post(funded(draft, draws, moved(pots, f"revenue:{draft.reason}"))))


def charge_legacy(
    session: Session,
    clock: Clock,
    account_id: str,
    work: LegacyMinutes,
    *,
    operation_id: str,
    happened_at: datetime,
    actor: str = SYSTEM,
) -> tuple[Charge, bool]:
    """Writes down what an earlier program counted; answers the charge and whether it is new.

    Use of the period that is running is taken from its credits, as far as they reach; earlier use, and what is missing,
    comes from ``adjust``, for its allowance is long gone.
    """
    book = open_book(session, clock, account_id, actor)
    parameters = fingerprint({**work_to_json(work), "at": happened_at.isoformat()})
    before = book.done_before(operation_id, "charge", parameters)
    if before is not None:
        return charge_of(before), False
    card = rate_card(session)
    line = price(card.rates_for(book.tier.id), work)
    now_mc = 0 if book.tier.unlimited or happened_at not in book.period else min(line.amount_mc, book.available_mc)
    draws = book.fund(now_mc)[0] if now_mc else ()
    draft = draft_of_work(book, work, operation_id, (line,), parameters, card.version, happened_at=happened_at)
    postings = moved(of_grants(draws, ADJUST, line.amount_mc), "revenue:LEGACY_IMPORT")
    return charge_of(book.post(funded(draft, draws, postings))), True
