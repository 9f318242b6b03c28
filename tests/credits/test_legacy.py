"""Minutes of an earlier program: what is read, and the line that cannot be."""

from datetime import UTC, datetime

import pytest

from donecast.credits.errors import LegacyInvalid
from donecast.credits.rules import legacy
from donecast.credits.rules.legacy import LegacyRow, rows_of_csv, rows_of_table

HEAD = "id,account,minutes,at,notes\n"


def test_a_file_is_read_row_by_row() -> None:
    text = (
        HEAD + '7,ann@example.com,45,2025-11-03T10:00:00Z,"Episode 7,\nfinal"\n8,acc_1, 0.5 ,2025-11-04 09:00+02:00,\n'
    )
    assert rows_of_csv(text) == [
        LegacyRow("7", "ann@example.com", 45_000, datetime(2025, 11, 3, 10, tzinfo=UTC), "Episode 7, final"),
        LegacyRow("8", "acc_1", 500, datetime(2025, 11, 4, 7, tzinfo=UTC)),
    ]


def test_a_mark_at_the_files_beginning_and_missing_notes_do_no_harm() -> None:
    assert rows_of_csv("\ufeffid,account,minutes,at\n1,a,2,2025-11-03\n") == [
        LegacyRow("1", "a", 2_000, datetime(2025, 11, 3, tzinfo=UTC))
    ]
    assert rows_of_csv(HEAD) == []


def test_a_database_table_gives_numbers_and_instants() -> None:
    at = datetime(2025, 11, 3)  # noqa: DTZ001  as a database without zones gives it
    assert rows_of_table([{"id": 3, "account": "a", "minutes": 12, "at": at, "notes": None}]) == [
        LegacyRow("3", "a", 12_000, datetime(2025, 11, 3, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (",a,1,2025-11-03", "Line 3: id is missing"),
        ("2,,1,2025-11-03", "Line 3: account is missing"),
        ("2,a,,2025-11-03", "Line 3: minutes is missing"),
        ("2,a,1,", "Line 3: at is missing"),
        ("2,a,one,2025-11-03", "'one' is no number"),
        ("2,a,1.2345,2025-11-03", "'1.2345' is no number"),
        ("2,a,-1,2025-11-03", "there cannot be -1 minutes"),
        ("2,a,60001,2025-11-03", "there cannot be 60001 minutes"),
        ("2,a,1,yesterday", "'yesterday' is no date"),
        ("2,a,1,9999-12-31T23:00:00-14:00", "is no date"),
        ("1,a,1,2025-11-03", "stands in line 2 already"),
        ("x" * 81 + ",a,1,2025-11-03", "at most 80 characters"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, said: str) -> None:
    with pytest.raises(LegacyInvalid) as refused:
        rows_of_csv(f"{HEAD}1,a,1,2025-11-03\n{line}\n")
    assert said in refused.value.message
    assert "Nothing was imported" in refused.value.action


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "ROWS_MAX", 2)
    rows = "".join(f"{number},a,1,2025-11-03\n" for number in range(3))
    with pytest.raises(LegacyInvalid, match="more than 2 lines"):
        rows_of_csv(HEAD + rows)
