"""The ledger as people read it: what belongs to one episode stands together, with its sum, like an invoice."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from donecast.credits.repository import AnyRow, invoices
from donecast.credits.rules.chain import lines_from_text
from donecast.credits.rules.pricing import Line

GROUPS_PER_PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class InvoiceEntry:
    """An entry: what it was about, how it came about, and of a charge what of it can still be given back."""

    id: str
    sequence: int
    happened_at: datetime
    act: str
    reason: str
    notes: str
    lines: tuple[Line, ...]
    amount_mc: int
    refundable_mc: int
    refers_to: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """What was charged for one episode and given back, newest first; without an episode one act and its refunds."""

    episode_id: str | None
    charged_mc: int
    refunded_mc: int
    entries: tuple[InvoiceEntry, ...]

    @property
    def net_mc(self) -> int:
        """What it came to."""
        return self.charged_mc - self.refunded_mc


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices, the one with the newest entry first; ``next_before`` asks for those that follow."""

    invoices: tuple[Invoice, ...]
    next_before: int | None


def invoice_page(
    session: Session, account_id: str, *, before: int | None, limit: int, of_episodes: bool | None = None
) -> InvoicePage:
    """Invoices of a person whose newest entry comes before a number; at most `GROUPS_PER_PAGE_MAX`.

    ``of_episodes``: those of episodes alone, or all the others; None: both.
    """
    size = min(limit, GROUPS_PER_PAGE_MAX)
    found = invoices.groups(session, account_id, before, size + 1, of_episodes)
    shown = found[:size]
    entries: dict[str, list[AnyRow]] = defaultdict(list)
    for row in invoices.entries_in(session, account_id, [name for name, _ in shown]) if shown else ():
        entries[row.group_name].append(row)
    following = shown[-1][1] if len(found) > size else None
    return InvoicePage(tuple(_invoice(entries[name]) for name, _ in shown), following)


def _invoice(rows: Sequence[AnyRow]) -> Invoice:
    refunded: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.act == "refund":
            refunded[row.refers_to] += row.amount_mc
    return Invoice(
        episode_id=rows[0].episode_id,
        charged_mc=sum(row.amount_mc for row in rows if row.act == "charge"),
        refunded_mc=sum(refunded.values()),
        entries=tuple(
            InvoiceEntry(
                row.id,
                row.sequence,
                row.happened_at,
                row.act,
                row.reason,
                row.notes,
                lines_from_text(row.lines),
                row.amount_mc,
                row.amount_mc - refunded[row.id] if row.act == "charge" else 0,
                row.refers_to,
                row.actor,
            )
            for row in rows
        ),
    )
