"""A paid piece of work: credits are set aside before it, charged with its result, given back when it comes to nothing.

    with Payment(ground, payer, "speech:...", at_most=Speech(...)) as payment:
        ...                                # the work; its report goes through payment.while_alive
        def save(session):
            ...                            # its result is saved,
            payment.capture(session, work) # and charged in the same unit
        run_unit(ground.database, save)

Whoever is killed meanwhile leaves a hold that runs out by itself; whoever does the work again under the same id finds
what was charged, and charges nothing more.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal, Self

from sqlalchemy.orm import Session

from donecast.credits import service as ledger
from donecast.credits.errors import HoldEnded, NotEnoughCredits
from donecast.credits.rules.pricing import Work
from donecast.kit.errors import DonecastError, Stopped
from donecast.kit.progress import Report
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

_RENEWED_EACH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, and for which episode."""

    account_id: str
    episode_id: str | None = None


@dataclass(slots=True)
class Payment:
    """Credits that are set aside for one piece of work while it is done; for one thread.

    Entering raises NotEnoughCredits before anything is begun, and TooManyHolds. Leaving gives back what was not
    charged, and refunds what was charged for work that failed by a fault of ours.
    """

    ground: Ground
    payer: Payer
    operation_id: str
    at_most: Work
    _renew_at: datetime = field(init=False)

    def __enter__(self) -> Self:
        def set_aside(session: Session) -> None:
            # Paid already, by a hold that ran out or was given back meanwhile: done again, it costs nothing more.
            if ledger.charge_under(session, self.payer.account_id, self.operation_id) is None:
                ledger.hold(
                    session,
                    self.ground.clock,
                    self.payer.account_id,
                    operation_id=self.operation_id,
                    work=self.at_most,
                    episode_id=self.payer.episode_id,
                )

        run_unit(self.ground.database, set_aside)
        self._renew_at = self.ground.clock.now() + _RENEWED_EACH
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        account_id, operation_id = self.payer.account_id, self.operation_id

        def settle(session: Session) -> None:
            held = ledger.hold_under(session, account_id, operation_id)
            if held is not None and held.state == "open":
                because: Literal["cancelled", "failed"] = "cancelled" if isinstance(error, Stopped) else "failed"
                ledger.release(session, self.ground.clock, account_id, operation_id=operation_id, because=because)
            elif isinstance(error, Exception) and not isinstance(error, DonecastError):
                self._refund(session)

        run_unit(self.ground.database, settle)

    def while_alive(self, report: Report) -> Report:
        """The report, which also keeps the credits set aside for as long as the work goes on."""

        def alive(percent: int | None, detail: str | None) -> None:
            report(percent, detail)
            if self.ground.clock.now() >= self._renew_at:
                self._renew()

        return alive

    def capture(self, session: Session, work: Work) -> None:
        """Charges what the work took; call it last in the transaction that saves its result.

        Where the hold ran out and the credits were spent meanwhile, or somebody who did the same work gave it back, the
        result is kept all the same, and billed as soon as that is possible.
        """
        capture(session, self.ground, self.payer, operation_id=self.operation_id, work=work)

    def _renew(self) -> None:
        def renew(session: Session) -> None:
            held = ledger.hold_under(session, self.payer.account_id, self.operation_id)
            if held is not None and held.state == "open":
                # Over meanwhile, while a vendor was silent or the machine slept: the work goes on, and is charged all
                # the same.
                with suppress(HoldEnded):
                    ledger.renew(session, self.ground.clock, self.payer.account_id, operation_id=self.operation_id)

        run_unit(self.ground.database, renew)
        self._renew_at = self.ground.clock.now() + _RENEWED_EACH

    def _refund(self, session: Session) -> None:
        charge = ledger.charge_under(session, self.payer.account_id, self.operation_id)
        if charge is None:
            return
        ledger.refund_credits(
            session,
            self.ground.clock,
            self.payer.account_id,
            charge_id=charge.entry.id,
            operation_id=f"fault:{self.operation_id}",
            why="Something went wrong on our side",
        )
        logger().error("a charge is refunded for a fault of ours", operation_id=self.operation_id)


def capture_if_held(session: Session, ground: Ground, payer: Payer, *, operation_id: str, work: Work) -> None:
    """The same where credits are set aside; work that nobody was to pay for is not charged."""
    held = ledger.hold_under(session, payer.account_id, operation_id)
    if held is not None and held.state != "released":
        capture(session, ground, payer, operation_id=operation_id, work=work)


def capture(session: Session, ground: Ground, payer: Payer, *, operation_id: str, work: Work) -> None:
    """What `Payment.capture` does, for whoever has nothing but the operation's id."""
    try:
        with session.begin_nested():
            ledger.capture(session, ground.clock, payer.account_id, operation_id=operation_id, work=work)
    except (NotEnoughCredits, HoldEnded):
        now = ground.clock.now()
        ledger.note_unbilled(
            session,
            ground.clock,
            payer.account_id,
            operation_id=operation_id,
            work=work,
            happened_at=now,
            episode_id=payer.episode_id,
        )
        logger().warning("work is delivered and waits to be billed", operation_id=operation_id)
