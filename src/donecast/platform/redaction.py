"""What may leave this process, or be kept in a log: values without their secrets. Pure.

A secret is known by the name it stands under, and by its shape wherever it stands, see `secret_shapes`. Values come
back as copies of plain parts: mappings, lists, texts, numbers. Whatever is too deep, too long or too much is cut, and
says so, so that no value makes this slow.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from donecast.platform.secret_shapes import (
    REDACTED,
    is_card_number,
    is_measure,
    is_secret_name,
    without_mail_addresses,
    without_secrets,
)

DEPTH_MAX = 20
ITEMS_MAX = 500
"""In one mapping or list."""
VALUES_MAX = 20_000
"""In all."""
CHARACTERS_MAX = 20_000
"""In one text."""
_CUT = "… [cut]"
_EDGE_CHARACTERS = 600  # looked at behind the cut, so that a secret which the cut goes through is still known
_SHORT_NAME = 40
_TOO_DEEP, _TOO_MUCH, _AGAIN = "[too deep]", "[too much]", "[again]"


def scrubbed(value: Any, *, without_mail: bool = False) -> Any:
    """A copy without secrets; ``without_mail`` also replaces mail addresses. Other objects become their ``repr``."""
    return _Walk(without_mail).of(value, 0)


def scrubbed_text(text: str, *, without_mail: bool = False) -> str:
    """A text without secrets, of at most `CHARACTERS_MAX` characters."""
    is_long = len(text) > CHARACTERS_MAX
    clean = without_secrets(text[: CHARACTERS_MAX + _EDGE_CHARACTERS] if is_long else text)
    if without_mail:
        clean = without_mail_addresses(clean)
    return clean[: CHARACTERS_MAX - len(_CUT)] + _CUT if len(clean) > CHARACTERS_MAX or is_long else clean


def scrubbed_url(url: str) -> str:
    """An address without its query, its fragment, and the name and password in it; what is no address is a text."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return scrubbed_text(url.partition("?")[0])
    place = parts.netloc.rpartition("@")[2]
    lead = f"{parts.scheme}://{place}" if parts.scheme and place else place
    return scrubbed_text(f"{lead}{parts.path}")


@dataclass(frozen=True, slots=True)
class _Name:
    clean: str
    is_secret: bool


def _name(text: str) -> _Name:
    return _short_name(text) if len(text) <= _SHORT_NAME else _Name(scrubbed_text(text), is_secret_name(text))


@lru_cache(maxsize=4_096)
def _short_name(text: str) -> _Name:
    # The same few names come again in every line of a log.
    return _Name(scrubbed_text(text), is_secret_name(text))


@dataclass(slots=True)
class _Walk:
    """One walk through one value: what it may still look at, and what it stands in."""

    without_mail: bool
    left: int = VALUES_MAX
    standing_in: set[int] = field(default_factory=set)

    def of(self, value: Any, depth: int) -> Any:
        self.left -= 1
        match value:
            case None | bool() | float() | datetime() | date() | timedelta():
                return value
            case int():
                return REDACTED if is_card_number(str(value)) and str(value)[0] in "23456" else value
            case str():
                return scrubbed_text(value, without_mail=self.without_mail)
            case bytes() | bytearray() | memoryview():
                text = bytes(value[: CHARACTERS_MAX + _EDGE_CHARACTERS]).decode("utf-8", "replace")
                return scrubbed_text(text, without_mail=self.without_mail)
            case Mapping() | Sequence() | Set():
                return self._of_container(value, depth)
            case _:
                return scrubbed_text(repr(value), without_mail=self.without_mail)

    def _of_container(self, value: Any, depth: int) -> Any:
        if id(value) in self.standing_in:
            return _AGAIN
        if depth >= DEPTH_MAX:
            return _TOO_DEEP
        if self.left <= 0:
            return _TOO_MUCH
        self.standing_in.add(id(value))
        clean = self._of_mapping(value, depth) if isinstance(value, Mapping) else self._of_row(value, depth)
        self.standing_in.discard(id(value))
        return clean

    def _of_mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        clean: dict[str, Any] = {}
        for place, (name, item) in enumerate(value.items()):
            if place == ITEMS_MAX or self.left <= 0:
                clean[_TOO_MUCH] = len(value) - place
                break
            text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
            clean[_name(text).clean] = self._under(text, item, depth)
        return clean

    def _of_row(self, value: Sequence[Any] | Set[Any], depth: int) -> list[Any]:
        if isinstance(value, Sequence) and len(value) == 2 and isinstance(value[0], (str, bytes)):
            # A pair such as a header: the first names the second.
            name = value[0] if isinstance(value[0], str) else bytes(value[0]).decode("utf-8", "replace")
            return [scrubbed_text(name, without_mail=self.without_mail), self._under(name, value[1], depth)]
        clean: list[Any] = []
        for place, item in enumerate(value):
            if place == ITEMS_MAX or self.left <= 0:
                clean.append(f"{_TOO_MUCH} {len(value) - place}")
                break
            clean.append(self.of(item, depth + 1))
        return clean

    def _under(self, name: str, item: Any, depth: int) -> Any:
        if item is None or item == "" or not _name(name).is_secret or is_measure(name, item):
            return self.of(item, depth + 1)
        self.left -= 1
        return REDACTED
