"""Entries of the ledger: each moves credits between pots and sums to zero.

A pot is what a bookkeeper calls an account. ``grant:<id>`` and ``hold:<id>`` hold a person's credits;
``issued:<kind>`` is where they come from and therefore negative; ``revenue:<reason>``, ``expired`` and ``adjust`` are
where they end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from donecast.credits.errors import WorkInvalid
from donecast.credits.rules.grants import Draw, GrantKind, drawn_mc
from donecast.credits.rules.pricing import Line, Work, total_mc

Act = Literal["grant", "hold", "release", "ran_out", "charge", "refund", "expire", "adjust", "withdraw"]
"""What an entry does. ``ran_out`` is a hold that ended by itself, ``withdraw`` takes back unspent bought credits."""
ChargeReason = Literal["TTS_GENERATION", "TRANSCRIPTION", "ASSEMBLY", "STORAGE", "AUPHONIC_PROCESSING"]
Reason = Literal[
    "TTS_GENERATION",
    "TRANSCRIPTION",
    "ASSEMBLY",
    "STORAGE",
    "AUPHONIC_PROCESSING",
    "REFUND",
    "MANUAL_ADJUST",
    "GRANT_ROLLOVER",
    "GRANT_MONTHLY",
    "GRANT_PROMO",
    "GRANT_REFUND",
    "GRANT_PURCHASED",
    "LEGACY_IMPORT",
]
CHARGE_REASONS: tuple[ChargeReason, ...] = get_args(ChargeReason)
OPERATION_ID_LENGTH_MAX = 120
UNLIMITED = "issued:unlimited"
EXPIRED = "expired"
ADJUST = "adjust"


@dataclass(frozen=True, slots=True)
class Posting:
    """So much put into a pot; negative is taken out."""

    pot: str
    amount_mc: int


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry before it has its place in the chain.

    ``amount_mc`` is what it is about, negative only where a hand takes something; ``happened_at`` says which period it
    belongs to; ``draws`` from or to which grants it went; ``refers_to`` the id of the entry that it ends, refunds or
    follows. ``parameters`` is the fingerprint of what was asked.
    """

    operation_id: str
    act: Act
    round: int
    reason: Reason
    amount_mc: int
    postings: tuple[Posting, ...]
    happened_at: datetime
    parameters: str = ""
    lines: tuple[Line, ...] = ()
    draws: tuple[Draw, ...] = ()
    engine: str | None = None
    rate_card_version: int | None = None
    notes: str = ""
    episode_id: str | None = None
    refers_to: str | None = None
    minutes_thousandths: int | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.operation_id) <= OPERATION_ID_LENGTH_MAX:
            raise WorkInvalid(f"An operation's id has 1 to {OPERATION_ID_LENGTH_MAX} characters.")
        if any(type(posting.amount_mc) is not int for posting in self.postings) or type(self.amount_mc) is not int:
            raise TypeError("amounts are whole milli-credits")
        if sum(posting.amount_mc for posting in self.postings):
            raise ValueError(f"the postings of {self.operation_id} do not sum to zero")
        if self.lines and total_mc(self.lines) != self.amount_mc:
            raise ValueError(f"the lines of {self.operation_id} do not sum to its amount")

    @property
    def available_change_mc(self) -> int:
        """What it adds to what the person can spend."""
        return _sum_of(self.postings, "grant:")

    @property
    def held_change_mc(self) -> int:
        """What it adds to what is set aside."""
        return _sum_of(self.postings, "hold:")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands in the ledger. ``digest`` seals it together with the one before it."""

    id: str
    account_id: str
    sequence: int
    draft: EntryDraft
    actor: str
    request_id: str | None
    created_at: datetime
    previous_digest: str
    digest: str


def reason_of_grant(kind: GrantKind) -> Reason:
    """The reason on the wire of a grant."""
    reasons: dict[GrantKind, Reason] = {
        "rollover": "GRANT_ROLLOVER",
        "monthly": "GRANT_MONTHLY",
        "promo": "GRANT_PROMO",
        "refund": "GRANT_REFUND",
        "purchased": "GRANT_PURCHASED",
    }
    return reasons[kind]


def reason_of_work(work: Work) -> Reason:
    """The reason on the wire of a charge for work."""
    reasons: dict[str, Reason] = {
        "Transcription": "TRANSCRIPTION",
        "Speech": "TTS_GENERATION",
        "Assembly": "ASSEMBLY",
        "StandAloneAuphonic": "AUPHONIC_PROCESSING",
        "Storage": "STORAGE",
        "LegacyMinutes": "LEGACY_IMPORT",
    }
    return reasons[type(work).__name__]


def moved(sources: Iterable[Posting], target: str) -> tuple[Posting, ...]:
    """Postings that take what ``sources`` say out of them and put all of it into one pot; zeros are left out."""
    out = [Posting(one.pot, -one.amount_mc) for one in sources if one.amount_mc]
    return (*out, Posting(target, -sum(one.amount_mc for one in out))) if out else ()


def spread(source: str, targets: Iterable[Posting]) -> tuple[Posting, ...]:
    """Postings that take out of one pot what ``targets`` get; zeros are left out."""
    into = [one for one in targets if one.amount_mc]
    return (Posting(source, -sum(one.amount_mc for one in into)), *into) if into else ()


def of_grants(draws: Sequence[Draw], otherwise: str, amount_mc: int) -> tuple[Posting, ...]:
    """The pots that an amount is drawn from: its grants, or one other pot for what came from no grant."""
    drawn = tuple(Posting(f"grant:{draw.grant_id}", draw.amount_mc) for draw in draws)
    return (*drawn, Posting(otherwise, amount_mc - drawn_mc(draws)))


def _sum_of(postings: Iterable[Posting], prefix: str) -> int:
    return sum(posting.amount_mc for posting in postings if posting.pot.startswith(prefix))
