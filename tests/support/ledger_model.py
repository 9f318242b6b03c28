"""The ledger as a person would keep it on paper: lists and sums, no rows. The real one must answer the same.

It shares nothing with the product but the price list's numbers, and takes its time: what is due is looked for one event
after another, prices are exact fractions.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

ALLOWANCES: dict[str, int | None] = {"free": 90_000, "creator": 450_000, "pro": 1_500_000, "unlimited": None}
PRIORITY = {"monthly": 20, "promo": 30, "refund": 35, "purchased": 50}
Work = tuple[str, int, str]
"""Kind, milliseconds, engine."""
Outcome = tuple[str, int]
"""``ok`` and an amount, or the code of an error and 0."""


class Refused(Exception):
    """The model says no; the message is the error's code."""


@dataclass(eq=False, slots=True)
class PaperGrant:
    """Credits with an end, or without."""

    kind: str
    left: int
    expires: datetime | None
    created: datetime
    number: int


@dataclass(eq=False, slots=True)
class PaperHold:
    """Credits set aside."""

    work: Work
    amount: int
    takes: list[tuple[PaperGrant, int]]
    expires: datetime
    state: str = "open"


@dataclass(eq=False, slots=True)
class PaperCharge:
    """Credits gone, and what came back of them."""

    work: Work
    amount: int
    takes: list[tuple[PaperGrant, int]]
    returned: int = 0
    returned_to: list[tuple[PaperGrant, int]] = field(default_factory=list)


class PaperLedger:
    """One person's ledger on paper."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tier, self.next_tier = "free", ""
        self.anchor: datetime | None = None
        self.start = self.end = month(now)[0]
        self.grants: list[PaperGrant] = []
        self.holds: dict[str, list[PaperHold]] = {}
        self.charges: dict[str, PaperCharge] = {}
        self.refunds: dict[str, tuple[str, int | None, int]] = {}
        self.gifts: dict[str, tuple[str, int, datetime | None]] = {}
        self.allowances: set[tuple[datetime, str]] = set()
        self.lost = self.given = 0

    @property
    def available(self) -> int:
        """What can be spent."""
        return sum(grant.left for grant in self.grants)

    @property
    def held(self) -> int:
        """What is set aside."""
        return sum(hold.amount for rounds in self.holds.values() for hold in rounds if hold.state == "open")

    def settle(self) -> int:
        """Lets everything happen that is due; answers 0."""
        while due := self._first_due():
            at, thing = due
            if isinstance(thing, PaperGrant):
                self.lost += thing.left
                thing.left = 0
            else:
                thing.state = "ran_out"
                self._give(thing.takes, at, fault=True)
        if self.now >= self.end:
            self._next_period()
        return 0

    def charge(self, op: str, work: Work) -> int:
        """A charge without a hold."""
        self.settle()
        if op in self.charges:
            return self._first_charge(op, work)
        if op in self.holds and self.holds[op][-1].state == "open":
            return self.capture(op, work)
        self.charges[op] = PaperCharge(work, price(work), self._take(price(work)))
        return price(work)

    def hold(self, op: str, work: Work) -> int:
        """A hold."""
        self.settle()
        rounds = self.holds.get(op, [])
        if rounds and rounds[-1].work != work:
            raise Refused("operation_differs")
        if rounds and rounds[-1].state in {"open", "captured"}:
            return rounds[-1].amount
        if op in self.charges:
            raise Refused("already_charged")
        made = PaperHold(work, price(work), self._take(price(work)), self.now + timedelta(minutes=30))
        self.holds[op] = [*rounds, made]
        return made.amount

    def capture(self, op: str, work: Work) -> int:
        """A captured hold."""
        self.settle()
        if op in self.charges:
            return self._first_charge(op, work)
        hold = self._hold_to_end(op)
        if hold.state == "released":
            raise Refused("hold_ended")
        if hold.work[0] != work[0]:
            raise Refused("operation_differs")
        amount = min(price(work), hold.amount)
        if hold.state == "ran_out":
            self.charges[op] = PaperCharge(work, amount, self._take(amount))
            return amount
        charged, rest, missing = [], [], amount
        for grant, part in hold.takes:
            used = min(part, missing)
            missing -= used
            charged.append((grant, used))
            rest.append((grant, part - used))
        hold.state = "captured"
        self.charges[op] = PaperCharge(work, amount, [one for one in charged if one[1]])
        self._give(rest, self.now, fault=False)
        return amount

    def release(self, op: str, because: str) -> int:
        """A hold given back."""
        self.settle()
        hold = self._hold_to_end(op)
        if hold.state == "captured":
            raise Refused("already_charged")
        if hold.state == "open":
            hold.state = "released"
            self._give(hold.takes, self.now, fault=because == "failed")
        return hold.amount

    def renew(self, op: str) -> int:
        """A hold kept for longer."""
        self.settle()
        hold = self._hold_to_end(op)
        if hold.state == "captured":
            raise Refused("already_charged")
        if hold.state != "open":
            raise Refused("hold_ended")
        hold.expires = self.now + timedelta(minutes=30)
        return hold.amount

    def refund(self, op: str, charge_op: str, wish: int | None) -> int:
        """A charge given back, or a part of it."""
        self.settle()
        if op in self.refunds:
            if self.refunds[op][:2] != (charge_op, wish):
                raise Refused("operation_differs")
            return self.refunds[op][2]
        charge = self.charges.get(charge_op)
        if charge is None:
            raise Refused("no_such_charge")
        left = charge.amount - charge.returned
        amount = left if wish is None else wish
        if amount > left or not left:
            raise Refused("refund_too_large")
        charge.returned += amount
        back, missing = [], amount
        for grant, part in reversed(charge.takes):
            owed = part - sum(given for other, given in charge.returned_to if other is grant)
            used = min(owed, missing)
            missing -= used
            back.append((grant, used))
        charge.returned_to += back
        self._give(back, self.now, fault=True)
        self.refunds[op] = (charge_op, wish, amount)
        return amount

    def gift(self, op: str, kind: str, amount: int, days: int | None) -> int:
        """Credits given."""
        self.settle()
        expires = gift_end(self.now, days)
        if op in self.gifts:
            if self.gifts[op] != (kind, amount, expires):
                raise Refused("operation_differs")
            return amount
        self.gifts[op] = (kind, amount, expires)
        self._add(kind, amount, expires)
        return amount

    def change_tier(self, tier: str) -> int:
        """Another tier: up at once, down with the next period."""
        self.settle()
        if tier == self.tier:
            self.next_tier = ""
            return 0
        now, wanted = ALLOWANCES[self.tier], ALLOWANCES[tier]
        if now is None or (wanted is not None and wanted < now):
            self.next_tier = tier
            return 0
        self.tier, self.next_tier = tier, ""
        self.anchor = None if tier == "unlimited" else self.anchor or self.now
        self.start, self.end = period(self.now, self.anchor)
        if wanted is not None and (self.start, tier) not in self.allowances:
            self.allowances.add((self.start, tier))
            self._add("monthly", wanted - now, self.end)
        return 0

    def _first_due(self) -> tuple[datetime, PaperGrant | PaperHold] | None:
        due: list[tuple[datetime, int, PaperGrant | PaperHold]] = [
            (grant.expires, 0, grant)
            for grant in self.grants
            if grant.left and grant.expires and grant.expires <= self.now
        ]
        due += [
            (hold.expires, 1, hold)
            for rounds in self.holds.values()
            for hold in rounds
            if hold.state == "open" and hold.expires <= self.now
        ]
        first = min(due, key=lambda one: one[:2], default=None)
        return (first[0], first[2]) if first else None

    def _next_period(self) -> None:
        self.tier, self.next_tier = self.next_tier or self.tier, ""
        self.anchor = None if self.tier in {"free", "unlimited"} else self.anchor or self.end
        self.start, self.end = period(self.now, self.anchor)
        allowance = ALLOWANCES[self.tier]
        if allowance is not None and (self.start, self.tier) not in self.allowances:
            self.allowances.add((self.start, self.tier))
            self._add("monthly", allowance, self.end)

    def _take(self, amount: int) -> list[tuple[PaperGrant, int]]:
        if self.tier == "unlimited":
            return []
        if amount > self.available:
            raise Refused("not_enough_credits")
        never = datetime.max.replace(tzinfo=UTC)
        takes, missing = [], amount
        for grant in sorted(
            self.grants, key=lambda one: (PRIORITY[one.kind], one.expires or never, one.created, one.number)
        ):
            used = min(grant.left, missing)
            grant.left -= used
            missing -= used
            if used:
                takes.append((grant, used))
        return takes

    def _give(self, takes: list[tuple[PaperGrant, int]], at: datetime, *, fault: bool) -> None:
        orphaned = 0
        for grant, amount in takes:
            if grant.expires is None or grant.expires > at:
                grant.left += amount
            else:
                orphaned += amount
        if orphaned and fault:
            self._add("refund", orphaned, self.now + timedelta(days=30))
        else:
            self.lost += orphaned

    def _add(self, kind: str, amount: int, expires: datetime | None) -> None:
        if amount:
            self.grants.append(PaperGrant(kind, amount, expires, self.now, len(self.grants)))
            self.given += amount

    def _first_charge(self, op: str, work: Work) -> int:
        if self.charges[op].work != work:
            raise Refused("operation_differs")
        return self.charges[op].amount

    def _hold_to_end(self, op: str) -> PaperHold:
        if op not in self.holds:
            raise Refused("no_such_hold")
        return self.holds[op][-1]


def price(work: Work) -> int:
    """The price list, in exact fractions, rounded half up once."""
    kind, duration_ms, engine = work
    minutes = Fraction(max(duration_ms, 1_000), 60_000)
    amount = {"transcription": minutes * Fraction(3, 2), "assembly": 5 + minutes / 2}[kind]
    return floor(amount * (2 if engine == "auphonic" else 1) * 1_000 + Fraction(1, 2))


def gift_end(now: datetime, days: int | None) -> datetime | None:
    """So many days after the month's end, so that the same wish within a month has the same end; None is never."""
    return None if days is None else month(now)[1] + timedelta(days=days)


def month(now: datetime) -> tuple[datetime, datetime]:
    """The calendar month of an instant."""
    start = datetime(now.year, now.month, 1, tzinfo=UTC)
    return start, datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


def period(now: datetime, anchor: datetime | None) -> tuple[datetime, datetime]:
    """The month, or the month since an anniversary, of an instant."""
    if anchor is None:
        return month(now)
    months = 0
    while _later(anchor, months + 1) <= now:
        months += 1
    return _later(anchor, months), _later(anchor, months + 1)


def _later(anchor: datetime, months: int) -> datetime:
    year, index = divmod(anchor.month - 1 + months, 12)
    year += anchor.year
    return anchor.replace(year=year, month=index + 1, day=min(anchor.day, monthrange(year, index + 1)[1]))
