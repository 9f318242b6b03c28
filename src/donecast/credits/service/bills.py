"""What a charge is made of: its lines, its entry, and the answer that everybody gets."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.rules.chain import fingerprint
from donecast.credits.rules.entries import Entry, EntryDraft, Posting, reason_of_work
from donecast.credits.rules.grants import Draw
from donecast.credits.rules.pricing import (
    Assembly,
    LegacyMinutes,
    Line,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
    total_mc,
    work_to_json,
)
from donecast.credits.rules.wording import note_of
from donecast.credits.service.book import Book, entry_of_row
from donecast.kit.money import credits_text


@dataclass(frozen=True, slots=True)
class Breakdown:
    """How a charge came about: its lines, and who did the work (``pipeline`` for audio, ``provider`` for speech)."""

    total_mc: int
    lines: tuple[Line, ...]
    pipeline: str | None = None
    provider: str | None = None

    @property
    def total_credits(self) -> str:
        """The sum in credits, with three places."""
        return credits_text(self.total_mc)


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge: its entry in the ledger and how it came about."""

    entry: Entry
    breakdown: Breakdown

    @property
    def amount_mc(self) -> int:
        """What was charged."""
        return self.entry.draft.amount_mc


def charge_under(session: Session, account_id: str, operation_id: str) -> Charge | None:
    """What was charged under an operation's id, or None; changes nothing."""
    row = repository.entry_of(session, account_id, operation_id, "charge", 0)
    return charge_of(entry_of_row(session, row)) if row else None


def draft_of_work(
    book: Book,
    work: Work,
    operation_id: str,
    lines: tuple[Line, ...],
    parameters: str,
    rate_card_version: int,
    *,
    episode_id: str | None = None,
    happened_at: datetime | None = None,
    refers_to: str | None = None,
) -> EntryDraft:
    """The charge for a piece of work, before it is known who pays."""
    return EntryDraft(
        operation_id=operation_id,
        act="charge",
        round=0,
        reason=reason_of_work(work),
        amount_mc=total_mc(lines),
        postings=(),
        happened_at=happened_at or book.now,
        parameters=parameters,
        lines=lines,
        engine=engine_of(work),
        rate_card_version=rate_card_version,
        notes=note_of(work),
        episode_id=episode_id,
        refers_to=refers_to,
        minutes_thousandths=work.thousandths if isinstance(work, LegacyMinutes) else None,
    )


def funded(draft: EntryDraft, draws: tuple[Draw, ...], postings: tuple[Posting, ...]) -> EntryDraft:
    """The draft with who pays."""
    return replace(draft, draws=draws, postings=postings)


def charge_of(entry: Entry) -> Charge:
    """The charge of an entry."""
    draft = entry.draft
    speaks = draft.reason == "TTS_GENERATION"
    breakdown = Breakdown(
        draft.amount_mc,
        draft.lines,
        pipeline=None if speaks else draft.engine,
        provider=draft.engine if speaks else None,
    )
    return Charge(entry, breakdown)


def work_parameters(work: Work) -> str:
    """The fingerprint of a piece of work: what was done, whatever it cost."""
    return fingerprint(work_to_json(work))


def engine_of(work: Work) -> str | None:
    """Who does a piece of work; None where nobody is chosen."""
    match work:
        case Transcription() | Assembly():
            return work.pipeline
        case Speech():
            return work.provider
        case StandAloneAuphonic():
            return "auphonic"
        case Storage() | LegacyMinutes():
            return None
