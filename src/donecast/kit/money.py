"""Money: integer milli-credits in, exact decimals out. One credit is a thousand milli-credits.

No amount is ever a float, not even on its way out: ``json_text`` writes JSON numbers from integers.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from donecast.kit.errors import DonecastError, ErrorKind

MC_PER_CREDIT = 1000
AMOUNT_MC_MAX = 10**15
"""A million million credits: beyond any ledger, and far inside what a database counts exactly."""
_AMOUNT = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,3}))?", re.ASCII)


class AmountInvalid(DonecastError):
    """A text that should be an amount of credits is none."""

    code = "amount_invalid"
    kind = ErrorKind.INVALID
    message = "This is not an amount of credits."
    action = "Write it as a number with up to three places after the point, such as 12 or 0.75."


def half_up(numerator: int, denominator: int) -> int:
    """The fraction as a whole number, exactly half rounded up; neither part may be negative, nor the lower one 0."""
    if numerator < 0 or denominator <= 0:
        raise ValueError(f"{numerator}/{denominator} is no fraction that is rounded here")
    return (2 * numerator + denominator) // (2 * denominator)


def decimal_text(thousandths: int) -> str:
    """Thousandths of anything as a decimal with three places: ``10.250``, ``-0.025``."""
    whole, rest = divmod(abs(thousandths), 1000)
    return f"{'-' if thousandths < 0 else ''}{whole}.{rest:03d}"


def credits_text(amount_mc: int) -> str:
    """The amount in credits, as the API shows it."""
    return decimal_text(amount_mc)


def thousandths_of(text: str) -> int:
    """What a decimal with up to three places says, in thousandths. Raises AmountInvalid."""
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise AmountInvalid(f"{text.strip()[:40]!r} is not an amount of credits.")
    sign, whole, places = match.groups(default="")
    thousandths = int(whole) * 1000 + int(places.ljust(3, "0") or "0")
    if thousandths > AMOUNT_MC_MAX:
        raise AmountInvalid("This amount is larger than any that can be kept.", action="Check the number.")
    return -thousandths if sign else thousandths


def amount_of(text: str) -> int:
    """The milli-credits of an amount written in credits. Raises AmountInvalid."""
    return thousandths_of(text)


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """Thousandths that ``json_text`` writes as a JSON number with at most three places."""

    thousandths: int


def json_numeral(thousandths: int) -> str:
    """The shortest decimal: ``67.5``, ``10``, ``-0.025``."""
    whole, _, places = decimal_text(thousandths).partition(".")
    places = places.rstrip("0")
    return f"{whole}.{places}" if places else whole


def json_text(document: Any) -> str:
    """The document as JSON in which each JsonNumber is a number. Raises TypeError for a float, which is no amount."""
    match document:
        case JsonNumber(thousandths):
            return json_numeral(thousandths)
        case dict():
            return "{" + ",".join(f"{json.dumps(str(key))}:{json_text(one)}" for key, one in document.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(json_text(one) for one in document) + "]"
        case None | bool() | int() | str():
            return json.dumps(document)
        case _:
            raise TypeError(f"{type(document).__name__} does not belong in a document about credits")
