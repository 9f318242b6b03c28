"""What work costs: a quantity, who does it, and a rate give one line, rounded once.

Durations are milliseconds of decoded audio, sizes are bytes; 1 GB is 10^9 bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from donecast.credits.errors import WorkInvalid
from donecast.credits.rules.rates import RateCard, Rates
from donecast.kit.money import half_up

Pipeline = Literal["standard", "auphonic", "local"]
"""Who writes words out or improves sound: a vendor at the plain rate, Auphonic, or an engine on this machine."""
Provider = Literal["standard", "elevenlabs", "local"]
"""Who speaks."""
Unit = Literal["ms", "byte_days", "thousandths_of_a_minute", "none"]
LineKind = Literal[
    "transcription", "speech", "assembly", "storage", "auphonic", "legacy", "above_the_hold", "paid_later", "other"
]

BILLED_MS_MIN = 1_000
MS_PER_MINUTE = 60_000
BYTES_PER_GB = 10**9
WORK_MS_MAX = 1_000 * 3_600_000
SLOWEST_CHARACTERS_PER_SECOND = 5
"""Voices speak some fifteen characters a second; none speaks slower than this, spelt numbers included."""
_ONE = 1_000


@dataclass(frozen=True, slots=True)
class Transcription:
    """Writing out the words of so much decoded audio."""

    duration_ms: int
    pipeline: Pipeline = "standard"


@dataclass(frozen=True, slots=True)
class Speech:
    """So much generated audio of a text."""

    duration_ms: int
    provider: Provider = "standard"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Assembly:
    """Putting together an episode whose finished file is so long."""

    duration_ms: int
    pipeline: Pipeline = "standard"


@dataclass(frozen=True, slots=True)
class StandAloneAuphonic:
    """Processing so much audio by Auphonic and nothing else."""

    duration_ms: int


@dataclass(frozen=True, slots=True)
class Storage:
    """What lay there in a month (``2026-03``): a sample of bytes for each day, of which the mean is billed."""

    month: str
    daily_bytes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LegacyMinutes:
    """Minutes used under an earlier count, in thousandths."""

    thousandths: int
    notes: str = ""


Work = Transcription | Speech | Assembly | StandAloneAuphonic | Storage | LegacyMinutes


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill: ``(flat + quantity * rate / per) * multiplier``, rounded once to ``amount_mc``."""

    kind: LineKind
    amount_mc: int
    quantity: int = 0
    unit: Unit = "none"
    rate_mc: int = 0
    per: int = 1
    flat_mc: int = 0
    multiplier_thousandths: int = _ONE


@dataclass(frozen=True, slots=True)
class Quote:
    """What work will cost at most, by one version of the rate card."""

    lines: tuple[Line, ...]
    rate_card_version: int

    @property
    def total_mc(self) -> int:
        """The sum of the lines."""
        return total_mc(self.lines)


def total_mc(lines: Iterable[Line]) -> int:
    """The sum of lines."""
    return sum(line.amount_mc for line in lines)


def quote(card: RateCard, tier_id: str, work: Iterable[Work]) -> Quote:
    """A line for each piece of work, in its order. Raises WorkInvalid."""
    rates = card.rates_for(tier_id)
    return Quote(tuple(price(rates, one) for one in work), card.version)


def price(rates: Rates, work: Work) -> Line:
    """The one line of a piece of work. Raises WorkInvalid for a quantity that cannot be."""
    match work:
        case Transcription():
            per_minute = rates.transcription_mc_per_minute
            return _audio_line("transcription", work.duration_ms, per_minute, _multiplier(rates, work.pipeline))
        case Speech():
            per_minute = rates.speech_mc_per_minute
            return _audio_line("speech", work.duration_ms, per_minute, _multiplier(rates, work.provider))
        case Assembly():
            # Assembly runs on this machine whoever else took part, so only Auphonic's part changes its price.
            multiplier = _multiplier(rates, "auphonic" if work.pipeline == "auphonic" else "standard")
            per_minute = rates.assembly_mc_per_minute
            return _audio_line("assembly", work.duration_ms, per_minute, multiplier, flat_mc=rates.assembly_mc)
        case StandAloneAuphonic():
            return _audio_line("auphonic", work.duration_ms, rates.auphonic_mc_per_minute, _ONE)
        case Storage():
            return _storage_line(rates, work)
        case LegacyMinutes():
            quantity = _checked(work.thousandths, WORK_MS_MAX, "minutes")
            return _line("legacy", quantity, "thousandths_of_a_minute", rates.legacy_mc_per_minute, 1_000)


def speech_ms_max(text: str) -> int:
    """The longest that a voice takes to speak a text, in milliseconds: what is held before it is spoken."""
    return max(BILLED_MS_MIN, -(-len(text) * 1_000 // SLOWEST_CHARACTERS_PER_SECOND))


def capped(lines: tuple[Line, ...], held_mc: int) -> tuple[Line, ...]:
    """The lines with what goes above the hold taken off again: our estimate was wrong, not the person."""
    above_mc = total_mc(lines) - held_mc
    return lines if above_mc <= 0 else (*lines, Line("above_the_hold", -above_mc))


def line_to_json(line: Line) -> dict[str, Any]:
    """The line as a document."""
    return asdict(line)


def line_from_json(document: Mapping[str, Any]) -> Line:
    """The line of a stored document."""
    return Line(**document)


def work_to_json(work: Work) -> dict[str, Any]:
    """The work as a document, from which it is billed later or compared."""
    document = asdict(work)
    if isinstance(work, Storage):
        document["daily_bytes"] = list(work.daily_bytes)
    return {"work": type(work).__name__, **document}


def work_from_json(document: Mapping[str, Any]) -> Work:
    """The work of a stored document."""
    facts = {name: value for name, value in document.items() if name != "work"}
    if document["work"] == "Storage":
        facts["daily_bytes"] = tuple(facts["daily_bytes"])
    return _KINDS_OF_WORK[document["work"]](**facts)


_KINDS_OF_WORK: Mapping[str, type[Work]] = {
    kind.__name__: kind for kind in (Transcription, Speech, Assembly, StandAloneAuphonic, Storage, LegacyMinutes)
}


def _audio_line(
    kind: LineKind, duration_ms: int, rate_mc: int, multiplier_thousandths: int, *, flat_mc: int = 0
) -> Line:
    billed_ms = max(BILLED_MS_MIN, _checked(duration_ms, WORK_MS_MAX, "milliseconds"))
    return _line(
        kind,
        billed_ms,
        "ms",
        rate_mc,
        MS_PER_MINUTE,
        flat_mc=flat_mc,
        multiplier_thousandths=multiplier_thousandths,
    )


def _storage_line(rates: Rates, work: Storage) -> Line:
    if not 1 <= len(work.daily_bytes) <= 31:
        raise WorkInvalid(f"A month has no {len(work.daily_bytes)} days.")
    total = sum(_checked(one, 10**18, "bytes") for one in work.daily_bytes)
    per = BYTES_PER_GB * len(work.daily_bytes)
    return _line("storage", total, "byte_days", rates.storage_mc_per_gb_month, per)


def _line(
    kind: LineKind,
    quantity: int,
    unit: Unit,
    rate_mc: int,
    per: int,
    *,
    flat_mc: int = 0,
    multiplier_thousandths: int = _ONE,
) -> Line:
    amount_mc = half_up((flat_mc * per + quantity * rate_mc) * multiplier_thousandths, per * _ONE)
    return Line(kind, amount_mc, quantity, unit, rate_mc, per, flat_mc, multiplier_thousandths)


def _multiplier(rates: Rates, engine: Pipeline | Provider) -> int:
    match engine:
        case "auphonic":
            return rates.auphonic_thousandths
        case "elevenlabs":
            return rates.elevenlabs_thousandths
        case "local":
            return rates.local_thousandths
        case "standard":
            return _ONE


def _checked(quantity: int, highest: int, unit: str) -> int:
    if type(quantity) is not int or not 0 <= quantity <= highest:
        raise WorkInvalid(f"There cannot be {quantity!r} {unit} of work.")
    return quantity
