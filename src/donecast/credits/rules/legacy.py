"""Minutes counted by an earlier program, read from a table with a heading: ``id, account, minutes, at, notes``.

``account`` is an e-mail address or an account's id, ``minutes`` a decimal with up to three places, ``at`` an ISO 8601
instant (without a zone it is UTC); ``notes`` may be missing.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from donecast.credits.errors import LegacyInvalid
from donecast.credits.rules.pricing import MS_PER_MINUTE, WORK_MS_MAX
from donecast.kit.clock import in_utc
from donecast.kit.money import AmountInvalid, thousandths_of

COLUMNS = ("id", "account", "minutes", "at")
ROWS_MAX = 1_000_000
_MINUTES_MAX = WORK_MS_MAX // MS_PER_MINUTE
_ID_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True)
class LegacyRow:
    """One use, of so many thousandths of a minute; ``id`` is what the earlier program called it."""

    id: str
    account: str
    minutes_thousandths: int
    happened_at: datetime
    notes: str = ""


def rows_of_csv(text: str) -> list[LegacyRow]:
    """The rows of a CSV file. Raises LegacyInvalid for the first line that cannot be read, by its number."""
    return rows_of_table(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restval=""))


def rows_of_table(table: Iterable[Mapping[str, object]]) -> list[LegacyRow]:
    """The rows of any table with these columns. Raises LegacyInvalid for the first that cannot be read."""
    rows: list[LegacyRow] = []
    seen: dict[str, int] = {}
    for number, facts in enumerate(table, start=2):
        if len(rows) == ROWS_MAX:
            raise LegacyInvalid(f"There are more than {ROWS_MAX} lines.", action="Import them in several files.")
        row = _row(number, facts)
        if row.id in seen:
            raise LegacyInvalid(f"Line {number}: the id {row.id} stands in line {seen[row.id]} already.")
        seen[row.id] = number
        rows.append(row)
    return rows


def _row(number: int, facts: Mapping[str, object]) -> LegacyRow:
    missing = [name for name in COLUMNS if not str(facts.get(name) or "").strip()]
    if missing:
        raise LegacyInvalid(f"Line {number}: {missing[0]} is missing.")
    row_id, account = str(facts["id"]).strip(), str(facts["account"]).strip()
    if len(row_id) > _ID_LENGTH_MAX:
        raise LegacyInvalid(f"Line {number}: an id has at most {_ID_LENGTH_MAX} characters.")
    return LegacyRow(
        row_id, account, _minutes(number, facts["minutes"]), _instant(number, facts["at"]), _notes(facts.get("notes"))
    )


def _minutes(number: int, value: object) -> int:
    try:
        thousandths = thousandths_of(str(value))
    except AmountInvalid as error:
        raise LegacyInvalid(f"Line {number}: {str(value)[:40]!r} is no number of minutes.") from error
    if not 0 <= thousandths <= _MINUTES_MAX * 1_000:
        raise LegacyInvalid(f"Line {number}: there cannot be {value} minutes.")
    return thousandths


def _instant(number: int, value: object) -> datetime:
    try:
        return in_utc(value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip()))
    except ValueError as error:
        raise LegacyInvalid(f"Line {number}: {str(value)[:40]!r} is no date.") from error


def _notes(value: object) -> str:
    return " ".join(str(value or "").split())[:200]
