"""Statements: a person's entries as a list that adds up to the balance shown, and the import of earlier minutes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import LegacyInvalid
from donecast.credits.rules.chain import instant_text, lines_from_text
from donecast.credits.rules.legacy import LegacyRow
from donecast.credits.rules.pricing import LegacyMinutes, Line
from donecast.credits.rules.wording import formula_of
from donecast.credits.service.charges import charge_legacy
from donecast.kit.clock import Clock
from donecast.kit.money import credits_text, decimal_text

STATEMENT_COLUMNS = (
    "number",
    "at",
    "what",
    "reason",
    "notes",
    "formula",
    "amount",
    "change",
    "balance",
    "set_aside",
    "minutes",
    "prices_version",
    "episode",
    "operation",
    "by",
    "request",
    "seal",
)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """An entry, what it changed, and what was there after it. Amounts are milli-credits."""

    sequence: int
    happened_at: datetime
    act: str
    reason: str
    notes: str
    lines: tuple[Line, ...]
    amount_mc: int
    available_change_mc: int
    available_after_mc: int
    held_after_mc: int
    minutes_thousandths: int | None
    rate_card_version: int | None
    episode_id: str | None
    operation_id: str
    actor: str
    request_id: str | None
    digest: str


def statement(session: Session, account_id: str) -> Iterator[StatementRow]:
    """All entries of a person, oldest first; the last one's figures are the balance."""
    last: StatementRow | None = None
    while rows := statement_page(session, account_id, last):
        yield from rows
        last = rows[-1]


def statement_page(session: Session, account_id: str, last: StatementRow | None) -> list[StatementRow]:
    """The entries that follow the last one of the page before; none: that was all."""
    page: list[StatementRow] = []
    available_mc, held_mc, sequence = (
        (last.available_after_mc, last.held_after_mc, last.sequence) if last else (0, 0, 0)
    )
    for row in repository.entries(session, account_id, after=sequence):
        available_mc += row.available_change_mc
        held_mc += row.held_change_mc
        page.append(
            StatementRow(
                row.sequence,
                row.happened_at,
                row.act,
                row.reason,
                f"'{row.notes}" if row.notes.startswith(_BEGINS_A_FORMULA) else row.notes,
                lines_from_text(row.lines),
                row.amount_mc,
                row.available_change_mc,
                available_mc,
                held_mc,
                row.minutes_thousandths,
                row.rate_card_version,
                row.episode_id,
                row.operation_id,
                row.actor,
                row.request_id,
                row.digest,
            )
        )
    return page


_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def statement_cells(row: StatementRow) -> tuple[str, ...]:
    """A row under `STATEMENT_COLUMNS`, as texts; amounts in credits. No spreadsheet takes a note for a formula."""
    minutes = row.minutes_thousandths
    return (
        str(row.sequence),
        instant_text(row.happened_at),
        row.act,
        row.reason,
        row.notes,
        "; ".join(formula_of(line) for line in row.lines),
        credits_text(row.amount_mc),
        credits_text(row.available_change_mc),
        credits_text(row.available_after_mc),
        credits_text(row.held_after_mc),
        "" if minutes is None else decimal_text(minutes),
        "" if row.rate_card_version is None else str(row.rate_card_version),
        row.episode_id or "",
        row.operation_id,
        row.actor,
        row.request_id or "",
        row.digest,
    )


def import_legacy(
    session: Session, clock: Clock, rows: Iterable[LegacyRow], accounts: Mapping[str, str], *, actor: str
) -> tuple[int, int]:
    """Writes earlier minutes down, each once; answers how many are new and how many were there before.

    ``accounts`` gives the account's id for what a row calls its account. Raises LegacyInvalid for an unknown one.
    """
    made = known = 0
    for row in rows:
        account_id = accounts.get(row.account)
        if account_id is None:
            raise LegacyInvalid(f"There is no account {row.account!r}, which the line with id {row.id} names.")
        _, new = charge_legacy(
            session,
            clock,
            account_id,
            LegacyMinutes(row.minutes_thousandths, row.notes),
            operation_id=f"legacy:{row.id}",
            happened_at=row.happened_at,
            actor=actor,
        )
        made, known = made + new, known + (not new)
    return made, known
