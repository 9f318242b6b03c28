"""What people read beside a charge."""

from donecast.credits.rules.pricing import (
    BYTES_PER_GB,
    MS_PER_MINUTE,
    Assembly,
    LegacyMinutes,
    Line,
    Pipeline,
    Speech,
    StandAloneAuphonic,
    Storage,
    Transcription,
    Work,
)
from donecast.kit.money import credits_text, decimal_text, half_up

SPOKEN_CHARACTERS_SHOWN = 50
_PIPELINES: dict[Pipeline, str] = {"standard": "Standard", "auphonic": "Auphonic", "local": "This computer"}


def note_of(work: Work) -> str:
    """One line that says what was charged for."""
    match work:
        case Assembly():
            return f"Episode assembly ({minutes_text(work.duration_ms)} min, {_PIPELINES[work.pipeline]})"
        case Transcription():
            return f"Transcription ({minutes_text(work.duration_ms)} min, {_PIPELINES[work.pipeline]})"
        case Speech():
            return f"TTS: {' '.join(work.text.split())[:SPOKEN_CHARACTERS_SHOWN]}"
        case StandAloneAuphonic():
            return f"Auphonic processing ({minutes_text(work.duration_ms)} min)"
        case Storage():
            mean_hundredths = half_up(sum(work.daily_bytes) * 100, len(work.daily_bytes) * BYTES_PER_GB)
            return f"Monthly storage: {mean_hundredths // 100}.{mean_hundredths % 100:02d} GB"
        case LegacyMinutes():
            return work.notes or f"Earlier use ({decimal_text(work.thousandths)} min)"


def short_text(thousandths: int) -> str:
    """A decimal without places that say nothing: ``1.5``, ``90``."""
    return decimal_text(thousandths).rstrip("0").rstrip(".")


def minutes_text(duration_ms: int) -> str:
    """Minutes with one place, half up: ``10.0``."""
    tenths = half_up(duration_ms * 10, MS_PER_MINUTE)
    return f"{tenths // 10}.{tenths % 10}"


def formula_of(line: Line) -> str:
    """How a line came about: ``(5.000 + 10.500 min × 0.500) × 2.000 = 20.500``; just the amount without a rate."""
    if line.unit == "none":
        return credits_text(line.amount_mc)
    quantity, unit = _quantity_of(line)
    parts = f"{quantity} {unit} × {credits_text(line.rate_mc)}"
    if line.flat_mc:
        parts = f"{credits_text(line.flat_mc)} + {parts}"
    if line.multiplier_thousandths != 1_000:
        grouped = f"({parts})" if line.flat_mc else parts
        parts = f"{grouped} × {decimal_text(line.multiplier_thousandths)}"
    return f"{parts} = {credits_text(line.amount_mc)}"


def _quantity_of(line: Line) -> tuple[str, str]:
    """The quantity in the unit that the rate is for; its last place is rounded, the amount is not made from it."""
    unit = "GB" if line.unit == "byte_days" else "min"
    return decimal_text(half_up(line.quantity * 1_000, line.per)), unit
