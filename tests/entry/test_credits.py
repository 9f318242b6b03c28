"""``donecast credits`` as people type it."""

import csv
import io
import shutil
import sqlite3
from pathlib import Path

import pytest

from donecast.entry import credits as commands
from donecast.entry.cli import main

_MINUTES = """id,account,minutes,at,notes
1,ann@example.com,45,2020-11-03T10:00:00Z,Episode 3
2,ann@example.com,1.5,2020-11-04,
"""


@pytest.fixture(autouse=True)
def _own_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database_file: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DONECAST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DONECAST_HASH_COST", "low")
    (tmp_path / "data").mkdir()
    shutil.copyfile(empty_database_file, tmp_path / "data" / "donecast.sqlite")


@pytest.fixture
def ann(capsys: pytest.CaptureFixture[str]) -> str:
    """Ann's address; the operator's account was there first."""
    main(["admin", "account", "--email", "operator@example.com", "--admin"])
    main(["admin", "account", "--email", "ann@example.com"])
    capsys.readouterr()
    return "ann@example.com"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["credits", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def rows(query: str, path: str = "data/donecast.sqlite") -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_the_first_admin_has_no_limit_and_others_begin_free(ann: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert rows("SELECT tier_id FROM credit_wallets") == [("unlimited",)]
    main(["admin", "account", "--email", "second@example.com", "--admin"])
    capsys.readouterr()
    assert rows("SELECT tier_id FROM credit_wallets") == [("unlimited",)]
    code, said, _ = run(capsys, "grant", "--email", ann, "--amount", "10", "--why", "Welcome")
    assert (code, said) == (0, "Gave 10.000 credits to ann@example.com, who now has 100.000 credits.\n")
    _, said, _ = run(capsys, "grant", "--email", "operator@example.com", "--amount", "0.5", "--why", "Test")
    assert "who now has unlimited credits" in said


def test_a_gift_may_end_and_says_why(ann: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "grant", "--email", ann, "--amount", "7.25", "--why", "Sorry", "--days", "10")
    (gift,) = rows("SELECT kind, amount_mc, notes, expires_at IS NULL FROM credit_grants WHERE kind = 'promo'")
    assert gift == ("promo", 7_250, "Sorry", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--email", "eve@example.com", "--amount", "1"), "no account with the address"),
        (("--email", "ann@example.com", "--amount", "one"), "not an amount of credits"),
        (("--email", "ann@example.com", "--amount", "0"), "greater than zero"),
        (("--email", "ann@example.com", "--amount", "-1"), "greater than zero"),
    ],
)
def test_a_gift_that_cannot_be_is_refused_with_a_sentence(
    ann: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    pairs = [f"{name}={value}" for name, value in zip(arguments[::2], arguments[1::2], strict=True)]
    code, _, error = run(capsys, "grant", *pairs, "--why", "x")
    assert code == 1
    assert said in error
    assert ann


def test_a_statement_is_csv_that_adds_up(ann: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "grant", "--email", ann, "--amount", "7.25", "--why", "Sorry, Ann")
    code, said, _ = run(capsys, "statement", "--email", ann)
    assert code == 0
    listed = list(csv.DictReader(io.StringIO(said)))
    assert [row["reason"] for row in listed] == ["GRANT_MONTHLY", "GRANT_PROMO"]
    assert listed[-1]["balance"] == "97.250"
    assert listed[-1]["notes"] == "Sorry, Ann"
    assert listed[-1]["by"] == "command line"
    assert run(capsys, "statement", "--email", "eve@example.com")[0] == 1


def test_minutes_of_an_earlier_program_come_once(ann: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "minutes.csv").write_text(_MINUTES, encoding="utf-8")
    assert run(capsys, "import-legacy", "minutes.csv")[1] == "2 uses imported, 0 were there already.\n"
    assert run(capsys, "import-legacy", "minutes.csv")[1] == "0 uses imported, 2 were there already.\n"
    imported = rows("SELECT amount_mc, minutes_thousandths FROM credit_entries WHERE reason = 'LEGACY_IMPORT'")
    assert sorted(imported) == [(2_250, 1_500), (67_500, 45_000)]
    assert ann in (tmp_path / "minutes.csv").read_text()


def test_minutes_come_from_a_database_too(ann: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(tmp_path / "earlier.sqlite")
    connection.execute("CREATE TABLE minutes (id INTEGER, account TEXT, minutes TEXT, at TEXT)")
    connection.execute("INSERT INTO minutes VALUES (1, ?, '45', '2020-11-03T10:00:00')", (ann,))
    connection.commit()
    connection.close()
    address = f"sqlite:///{tmp_path}/earlier.sqlite"
    assert run(capsys, "import-legacy", address, "--table", "minutes")[1].startswith("1 uses imported")
    code, _, error = run(capsys, "import-legacy", address, "--table", "nothing")
    assert (code, "cannot be read" in error) == (1, True)
    code, _, error = run(capsys, "import-legacy", "nowhere", "--table", "minutes")
    assert (code, "no address of a database" in error) == (1, True)


def test_a_list_that_cannot_be_imported_is_refused_and_nothing_kept(
    ann: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "unknown.csv": (_MINUTES.replace("2,ann", "2,eve").encode(), "no account 'eve@example.com'"),
        "broken.csv": (b"id,account,minutes,at\n1,,1,2020-01-01\n", "Line 2: account is missing"),
        "latin.csv": (b"id,account,minutes,at\n1,\xe4,1,2020-01-01\n", "not text in UTF-8"),
    }
    for name, (content, said) in wrong.items():
        (tmp_path / name).write_bytes(content)
        code, _, error = run(capsys, "import-legacy", name)
        assert (code, said in error) == (1, True), error
    code, _, error = run(capsys, "import-legacy", "missing.csv")
    assert (code, "cannot be read" in error) == (1, True)
    monkeypatch.setattr(commands, "LEGACY_BYTES_MAX", 10)
    assert "too large" in run(capsys, "import-legacy", "broken.csv")[2]
    assert rows("SELECT count(*) FROM credit_entries WHERE reason = 'LEGACY_IMPORT'") == [(0,)]
    assert ann


def test_verify_says_that_all_is_well_or_what_is_not(ann: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "grant", "--email", ann, "--amount", "10", "--why", "Welcome")
    code, said, _ = run(capsys, "verify")
    assert code == 0
    assert "Balances: all agree." in said
    assert "Chain: all agree." in said
    connection = sqlite3.connect("data/donecast.sqlite")
    connection.execute("UPDATE credit_wallets SET available_mc = 1 WHERE available_mc > 0")
    connection.commit()
    code, said, _ = run(capsys, "verify")
    assert code == 1
    assert "by the entries 100000, stands 1" in said
    assert run(capsys, "verify", "--mend")[0] == 0
    assert run(capsys, "verify")[0] == 0
    connection.execute("DROP TRIGGER credit_entries_no_update")
    connection.execute("UPDATE credit_entries SET notes = 'Hello'")
    connection.commit()
    connection.close()
    code, said, _ = run(capsys, "verify")
    assert code == 1
    assert "beside the program" in said
