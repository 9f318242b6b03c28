"""A ledger for tests and proofs: every use case of credits as one call in a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from donecast.credits import service
from donecast.credits.rules.entries import Entry
from donecast.credits.rules.grants import GrantKind
from donecast.credits.rules.pricing import Transcription, Work
from donecast.credits.service import Balance, Charge, Hold
from donecast.credits.service.opening import open_book
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ANN = "acc_ann"
BEN = "acc_ben"
MINUTE = Transcription(60_000)
"""1.5 credits."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A database and a clock, and what people do with their credits; Ann does it unless somebody else is named."""

    database: Database
    clock: FixedClock

    def wait(self, **time: int) -> None:
        """Lets time pass."""
        self.clock.advance(timedelta(**time))

    def charge(self, operation_id: str = "op", work: Work = MINUTE, who: str = ANN) -> Charge:
        """A charge without a hold."""
        with self.database.transaction() as session:
            return service.charge_for_work(session, self.clock, who, work, operation_id=operation_id)

    def hold(self, operation_id: str = "op", work: Work = MINUTE, who: str = ANN) -> Hold:
        """A hold."""
        with self.database.transaction() as session:
            return service.hold(session, self.clock, who, operation_id=operation_id, work=work)

    def renew(self, operation_id: str = "op", who: str = ANN) -> Hold:
        """A renewed hold."""
        with self.database.transaction() as session:
            return service.renew(session, self.clock, who, operation_id=operation_id)

    def capture(self, operation_id: str = "op", work: Work = MINUTE, who: str = ANN) -> Charge:
        """A captured hold."""
        with self.database.transaction() as session:
            return service.capture(session, self.clock, who, operation_id=operation_id, work=work)

    def release(self, operation_id: str = "op", who: str = ANN, **options: Any) -> Hold:
        """A released hold."""
        with self.database.transaction() as session:
            return service.release(session, self.clock, who, operation_id=operation_id, **options)

    def refund(self, charge_id: str, amount_mc: int | None = None, operation_id: str = "back", who: str = ANN) -> Entry:
        """A refund."""
        with self.database.transaction() as session:
            return service.refund_credits(
                session,
                self.clock,
                who,
                charge_id=charge_id,
                operation_id=operation_id,
                why="It did not work.",
                amount_mc=amount_mc,
            )

    def give(
        self,
        amount_mc: int,
        operation_id: str = "gift",
        kind: GrantKind = "purchased",
        expires_at: datetime | None = None,
        who: str = ANN,
    ) -> Entry:
        """A grant."""
        with self.database.transaction() as session:
            return service.grant_credits(
                session,
                self.clock,
                who,
                operation_id=operation_id,
                kind=kind,
                amount_mc=amount_mc,
                expires_at=expires_at,
            )

    def tier(self, tier_id: str, who: str = ANN, **options: Any) -> str:
        """A change of tier; answers the one in force."""
        with self.database.transaction() as session:
            return service.assign_tier(session, self.clock, who, tier_id, actor="tests", **options).id

    def settle(self, who: str = ANN) -> None:
        """Applies what is due."""
        with self.database.transaction() as session:
            open_book(session, self.clock, who)

    def balance(self, who: str = ANN) -> Balance:
        """What somebody has."""
        with self.database.reading() as session:
            return service.get_user_credit_balance(session, self.clock, who)

    def available(self, who: str = ANN) -> int | None:
        """What somebody can spend, in milli-credits."""
        return self.balance(who).available_mc

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with self.database.reading() as session:
            return [tuple(row) for row in session.execute(text(query), values)]

    def entries(self, who: str = ANN) -> list[tuple[str, str, int]]:
        """Act, reason and amount of each entry, in order."""
        query = "SELECT act, reason, amount_mc FROM credit_entries WHERE account_id = :who ORDER BY sequence"
        return self.rows(query, who=who)

    def digest(self) -> str:
        """The digest of the whole ledger."""
        with self.database.reading() as session:
            return service.ledger_digest(session)

    def require_sound(self) -> None:
        """Raises AssertionError unless balances agree with entries and every chain holds."""
        for look in (service.reconcile, service.verify_chain):
            with self.database.snapshot() as session:
                audit = look(session)
            assert audit.well, audit.findings

    @contextmanager
    def tampering(self) -> Iterator[Any]:
        """A session on the raw tables, with the triggers out of the way: for what an intruder would do."""
        with self.database.transaction() as session:
            if self.database.is_sqlite:
                names = [row[0] for row in session.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))]
                for name in names:
                    session.execute(text(f"DROP TRIGGER {name}"))
            else:
                session.execute(text("SET LOCAL session_replication_role = replica"))
            yield session
