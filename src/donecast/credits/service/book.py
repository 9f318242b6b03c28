"""A person's ledger, opened for a transaction: locked, settled, and the only thing that writes entries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.errors import NotEnoughCredits, OperationDiffers
from donecast.credits.models import TierRow
from donecast.credits.repository import AnyRow
from donecast.credits.rules.chain import (
    Sealed,
    derived_id,
    digest_of,
    draws_from_text,
    draws_to_text,
    lines_from_text,
    lines_to_text,
)
from donecast.credits.rules.entries import (
    UNLIMITED,
    Act,
    Entry,
    EntryDraft,
    Posting,
    Reason,
    of_grants,
    reason_of_grant,
    spread,
)
from donecast.credits.rules.grants import Draw, Grant, GrantKind, burn
from donecast.credits.rules.periods import Period
from donecast.credits.rules.settling import NewGrant, OpenHold
from donecast.credits.rules.tiers import Months, Tier
from donecast.platform.telemetry import current_request_id

SYSTEM = "system"
"""The actor of what happens by itself."""


@dataclass(slots=True)
class Book:
    """What a locked ledger reads now; `post` writes an entry and keeps it true. `opening.open_book` makes one."""

    session: Session
    account_id: str
    now: datetime
    actor: str
    tier: Tier
    next_tier: Tier | None
    anchor: datetime | None
    period: Period
    available_mc: int
    held_mc: int
    entry_count: int
    head_digest: str
    grants: dict[str, Grant]
    holds: dict[str, OpenHold]

    def post(self, draft: EntryDraft) -> Entry:
        """Writes an entry by one conditional write. Raises NotEnoughCredits when the balance does not allow it."""
        sequence = self.entry_count + 1
        entry_id = derived_id("ent", self.account_id, draft.operation_id, draft.act, draft.round)
        sealed = Sealed(
            self.account_id,
            sequence,
            draft,
            lines_to_text(draft.lines),
            draws_to_text(draft.draws),
            self.actor,
            current_request_id(),
            self.now,
        )
        digest = digest_of(self.head_digest, sealed)
        available_mc, held_mc = draft.available_change_mc, draft.held_change_mc
        if not repository.move_balance(
            self.session,
            self.account_id,
            sequence=sequence,
            digest=digest,
            available_mc=available_mc,
            held_mc=held_mc,
        ):
            raise NotEnoughCredits.lacking(-available_mc, self.available_mc)
        for posting in draft.postings:
            self._move_grant(posting)
        entry = Entry(
            entry_id,
            self.account_id,
            sequence,
            draft,
            self.actor,
            sealed.request_id,
            self.now,
            self.head_digest,
            digest,
        )
        repository.add_entry(self.session, entry_facts(entry, sealed), posting_facts(entry))
        self.entry_count, self.head_digest = sequence, digest
        self.available_mc += available_mc
        self.held_mc += held_mc
        return entry

    def fund(self, amount_mc: int) -> tuple[tuple[Draw, ...], tuple[Posting, ...]]:
        """From which grants an amount comes, and their pots; an unlimited tier's comes from none.

        Raises NotEnoughCredits.
        """
        if self.tier.unlimited:
            return (), of_grants((), UNLIMITED, amount_mc)
        if amount_mc > self.available_mc:
            raise NotEnoughCredits.lacking(amount_mc, self.available_mc)
        draws = burn(self.grants.values(), amount_mc)
        return draws, of_grants(draws, UNLIMITED, amount_mc)

    def give(
        self,
        new: NewGrant,
        *,
        notes: str = "",
        parameters: str = "",
        source: str | None = None,
        reason: Reason | None = None,
        act: Act = "grant",
        operation_id: str | None = None,
    ) -> Entry:
        """Gives credits under their key, from ``issued:<kind>`` or another pot."""
        grant = self.add_grant(new, notes)
        return self.post(
            EntryDraft(
                operation_id=operation_id or new.key,
                act=act,
                round=0,
                reason=reason or reason_of_grant(new.kind),
                amount_mc=new.amount_mc,
                postings=spread(source or f"issued:{new.kind}", [Posting(f"grant:{grant.id}", new.amount_mc)]),
                happened_at=self.now,
                parameters=parameters,
                draws=(Draw(grant.id, new.amount_mc),),
                notes=notes,
            )
        )

    def add_grant(self, new: NewGrant, notes: str = "") -> Grant:
        """An empty grant, for an entry that puts something into it."""
        grant = Grant(grant_id_of(self.account_id, new.key), new.kind, 0, new.expires_at, self.now)
        repository.add_grant(
            self.session,
            {
                "id": grant.id,
                "account_id": self.account_id,
                "kind": new.kind,
                "amount_mc": new.amount_mc,
                "remaining_mc": 0,
                "starts_at": new.starts_at,
                "expires_at": new.expires_at,
                "created_at": self.now,
                "notes": notes[:200],
            },
        )
        self.grants[grant.id] = grant
        return grant

    def done_before(self, operation_id: str, act: Act, parameters: str, round_: int = 0) -> Entry | None:
        """What the operation did the first time, or None. Raises OperationDiffers where something else was asked."""
        row = repository.entry_of(self.session, self.account_id, operation_id, act, round_)
        if row is None:
            return None
        entry = entry_of_row(self.session, row)
        if entry.draft.parameters != parameters:
            raise OperationDiffers
        return entry

    def know_grants(self, draws: Iterable[Draw]) -> None:
        """Loads grants that are spent or expired, to give something back to them."""
        unknown = [draw.grant_id for draw in draws if draw.grant_id not in self.grants]
        if unknown:
            for row in repository.grants(self.session, self.account_id, unknown):
                self.grants.setdefault(row.id, grant_of_row(row))

    def _move_grant(self, posting: Posting) -> None:
        kind, _, grant_id = posting.pot.partition(":")
        if kind != "grant":
            return
        if not repository.move_grant(self.session, grant_id, posting.amount_mc):
            raise RuntimeError(f"grant {grant_id} does not hold what the wallet said")
        if grant_id in self.grants:
            grant = self.grants[grant_id]
            self.grants[grant_id] = replace(grant, remaining_mc=grant.remaining_mc + posting.amount_mc)


def tier_of_row(row: TierRow) -> Tier:
    """The tier as a value."""
    return Tier(row.id, row.name, row.monthly_mc, cast(Months, row.months), row.rollover_basis_points)


def entry_of_row(session: Session, row: AnyRow) -> Entry:
    """The entry as a value, with its postings."""
    postings = tuple(Posting(one.pot, one.amount_mc) for one in repository.postings_of(session, [row.id]))
    return Entry(
        row.id,
        row.account_id,
        row.sequence,
        draft_of_row(row, postings),
        row.actor,
        row.request_id,
        row.created_at,
        row.previous_digest,
        row.digest,
    )


def draft_of_row(row: AnyRow, postings: tuple[Posting, ...]) -> EntryDraft:
    """What an entry says. Raises ValueError where it does not sum up."""
    return EntryDraft(
        operation_id=row.operation_id,
        act=row.act,
        round=row.round,
        reason=row.reason,
        amount_mc=row.amount_mc,
        postings=postings,
        happened_at=row.happened_at,
        parameters=row.parameters,
        lines=lines_from_text(row.lines),
        draws=draws_from_text(row.draws),
        engine=row.engine,
        rate_card_version=row.rate_card_version,
        notes=row.notes,
        episode_id=row.episode_id,
        refers_to=row.refers_to,
        minutes_thousandths=row.minutes_thousandths,
    )


def grant_id_of(account_id: str, key: str) -> str:
    """The id of the grant that was given under a key."""
    return derived_id("grt", account_id, key)


def save_terms(book: Book) -> None:
    """Writes tier, anchor and period as the book has them."""
    repository.change_wallet(
        book.session,
        book.account_id,
        {
            "tier_id": book.tier.id,
            "next_tier_id": book.next_tier.id if book.next_tier else None,
            "anchor_at": book.anchor,
            "period_start": book.period.start,
            "period_end": book.period.end,
        },
    )


def grant_of_row(row: AnyRow) -> Grant:
    """The grant as a value."""
    return Grant(row.id, cast(GrantKind, row.kind), row.remaining_mc, row.expires_at, row.created_at)


def entry_facts(entry: Entry, sealed: Sealed) -> dict[str, Any]:
    """The entry as its row."""
    draft = entry.draft
    return {
        "id": entry.id,
        "account_id": entry.account_id,
        "sequence": entry.sequence,
        "operation_id": draft.operation_id,
        "act": draft.act,
        "round": draft.round,
        "reason": draft.reason,
        "amount_mc": draft.amount_mc,
        "available_change_mc": draft.available_change_mc,
        "held_change_mc": draft.held_change_mc,
        "parameters": draft.parameters,
        "lines": sealed.lines_text,
        "draws": sealed.draws_text,
        "engine": draft.engine,
        "rate_card_version": draft.rate_card_version,
        "notes": draft.notes,
        "episode_id": draft.episode_id,
        "refers_to": draft.refers_to,
        "minutes_thousandths": draft.minutes_thousandths,
        "actor": entry.actor,
        "request_id": entry.request_id,
        "happened_at": draft.happened_at,
        "created_at": entry.created_at,
        "previous_digest": entry.previous_digest,
        "digest": entry.digest,
    }


def posting_facts(entry: Entry) -> list[dict[str, Any]]:
    """The entry's postings as their rows."""
    return [
        {
            "entry_id": entry.id,
            "position": position,
            "account_id": entry.account_id,
            "pot": posting.pot,
            "amount_mc": posting.amount_mc,
        }
        for position, posting in enumerate(entry.draft.postings)
    ]
