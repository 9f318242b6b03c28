"""Random walks: the same acts on the real ledger and on paper, which must agree after each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, cast

from sqlalchemy.orm import Session

from donecast.credits import service
from donecast.credits.rules.pricing import Assembly, Pipeline, Transcription
from donecast.credits.rules.pricing import Work as RealWork
from donecast.credits.service.opening import open_book
from donecast.kit.errors import DonecastError
from tests.support.ledger_model import Outcome, PaperLedger, Refused, Work, gift_end
from tests.support.ledgers import ANN, Ledger

Act = tuple[Any, ...]
"""A name and what it takes; see `Walk.step`."""
OPERATIONS = 40
"""How many ids are used at a time: few, so that most come again, with the same work or with other."""
LENGTHS_MS = (0, 999, 60_000, 60_001, 345_678, 3_600_000, 12_345_678)


class Disagreement(AssertionError):
    """The real ledger and the one on paper differ; the message says after which acts."""


@dataclass(slots=True)
class Walk:
    """One person's ledger, twice."""

    ledger: Ledger
    who: str = ANN
    paper: PaperLedger = field(init=False)
    outcomes: Counter[str] = field(default_factory=Counter)
    acts: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.paper = PaperLedger(self.ledger.clock.now())

    def step(self, act: Act) -> None:
        """Does one act on both. Raises Disagreement."""
        self.acts.append(act)
        if act[0] == "wait":
            self.ledger.clock.advance(timedelta(seconds=act[1]))
            self.paper.now = self.ledger.clock.now()
            return
        expected, (real, balance) = self._on_paper(act), self._really(act)
        self.outcomes[f"{act[0]} {real[0]}"] += 1
        should = (self.paper.available, self.paper.held)
        if real != expected or balance != should:
            raise Disagreement(f"{real} {balance} instead of {expected} {should} after {self.acts[-30:]}")

    def _on_paper(self, act: Act) -> Outcome:
        try:
            return "ok", self._write(act)
        except Refused as refused:
            return str(refused), 0

    def _write(self, act: Act) -> int:
        paper = self.paper
        name, *facts = act
        write: dict[str, Callable[..., int]] = {
            "charge": paper.charge,
            "hold": paper.hold,
            "capture": paper.capture,
            "release": paper.release,
            "renew": paper.renew,
            "refund": paper.refund,
            "gift": paper.gift,
            "tier": paper.change_tier,
            "settle": paper.settle,
        }
        return write[name](*facts)

    def _really(self, act: Act) -> tuple[Outcome, tuple[int, int]]:
        """What the real ledger answers, and its balance then."""
        try:
            with self.ledger.database.transaction() as session:
                outcome = "ok", self._do(session, act)
                book = open_book(session, self.ledger.clock, self.who)
        except DonecastError as error:
            # What was refused left nothing behind, nor what had fallen due: let that happen now, as on paper.
            with self.ledger.database.transaction() as session:
                outcome = error.code, 0
                book = open_book(session, self.ledger.clock, self.who)
        return outcome, (book.available_mc, book.held_mc)

    def _do(self, session: Session, act: Act) -> int:
        clock, who = self.ledger.clock, self.who
        amount = 0
        match act:
            case ("charge", op, work):
                amount = service.charge_for_work(session, clock, who, real_work(work), operation_id=op).amount_mc
            case ("hold", op, work):
                amount = service.hold(session, clock, who, operation_id=op, work=real_work(work)).amount_mc
            case ("capture", op, work):
                amount = service.capture(session, clock, who, operation_id=op, work=real_work(work)).amount_mc
            case ("release", op, because):
                amount = service.release(session, clock, who, operation_id=op, because=because).amount_mc
            case ("renew", op):
                amount = service.renew(session, clock, who, operation_id=op).amount_mc
            case ("refund", op, charge_op, wish):
                charge = service.charge_under(session, who, charge_op)
                charge_id = charge.entry.id if charge else f"none:{charge_op}"
                amount = service.refund_credits(
                    session, clock, who, charge_id=charge_id, operation_id=op, why="Walk", amount_mc=wish
                ).draft.amount_mc
            case ("gift", op, kind, wish, days):
                ends = gift_end(clock.now(), days)
                amount = service.grant_credits(
                    session, clock, who, operation_id=op, kind=kind, amount_mc=wish, expires_at=ends
                ).draft.amount_mc
            case ("tier", tier):
                service.assign_tier(session, clock, who, tier, actor="walk")
        return amount


def real_work(work: Work) -> RealWork:
    """The work as the product says it."""
    kind, duration_ms, engine = work
    return (Transcription if kind == "transcription" else Assembly)(duration_ms, cast(Pipeline, engine))


class Acts:
    """Random acts, the same for the same seed. Ids are taken anew from time to time."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._age = 0

    def next(self) -> Act:
        """One more act."""
        chance = self._random
        self._age += 1
        base = self._age // 12
        op = f"op{base + chance.randrange(OPERATIONS)}" if chance.random() < 0.9 else f"op{base}"
        kind = chance.choices(
            ("wait", "charge", "hold", "capture", "release", "renew", "refund", "gift", "tier", "settle"),
            (18, 16, 18, 16, 8, 6, 9, 5, 1, 2),
        )[0]
        facts: dict[str, tuple[Any, ...]] = {
            "wait": (chance.choice((1, 60, 599, 1_800, 7_200, 90_000, 900_000)),),
            "charge": (op, self._work(op)),
            "hold": (op, self._work(op)),
            "capture": (op, self._work(op)),
            "release": (op, chance.choice(("failed", "cancelled"))),
            "renew": (op,),
            "refund": (f"back{base + chance.randrange(OPERATIONS)}", op, chance.choice((None, 1, 750, 5_000))),
            "gift": self._gift(base),
            "tier": (chance.choice(("free", "free", "creator", "pro", "unlimited")),),
            "settle": (),
        }
        return kind, *facts[kind]

    def _gift(self, base: int) -> tuple[Any, ...]:
        chance = self._random
        grant_kind = chance.choice(("purchased", "promo"))
        amount = chance.choice((1, 1_500, 20_000))
        days = None if grant_kind == "purchased" else 20
        return f"gift{base + chance.randrange(OPERATIONS)}", grant_kind, amount, days

    def _work(self, op: str) -> Work:
        """Mostly the work that belongs to an id, sometimes other work."""
        chance = self._random
        own = Random(op)
        kind = own.choice(("transcription", "assembly"))
        engine = own.choice(("standard", "auphonic"))
        length = own.choice(LENGTHS_MS) if chance.random() < 0.8 else chance.choice(LENGTHS_MS)
        return kind, length, engine


def walk(ledger: Ledger, seed: int, steps: int, check_every: int = 500) -> Walk:
    """So many random acts; both ledgers are compared after each, all balances with all entries now and then."""
    walking, acts = Walk(ledger), Acts(seed)
    for number in range(1, steps + 1):
        walking.step(acts.next())
        if number % check_every == 0:
            ledger.require_sound()
    ledger.require_sound()
    return walking
