"""``donecast credits ...``: looking after the ledger from the command line. Each act answers what is printed."""

import argparse
import csv
import io
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import MetaData, Table, create_engine, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.credits import service as ledger
from donecast.credits.errors import LegacyInvalid
from donecast.credits.rules.legacy import LegacyRow, rows_of_csv, rows_of_table
from donecast.credits.rules.tiers import OPERATORS_TIER
from donecast.credits.service import Audit, Balance
from donecast.entry.acts import acts_of
from donecast.kit.money import amount_of, credits_text
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit

ACTOR = "command line"
LEGACY_BYTES_MAX = 200 * 1024**2
_FINDINGS_PRINTED = 20


def add_credit_acts(parser: argparse.ArgumentParser) -> None:
    """Adds the acts."""
    act = acts_of(parser)
    verifying = act("verify", _verify, "Check every balance against the entries, and the chain of these.")
    verifying.add_argument("--mend", action="store_true", help="set balances to what the entries say")
    giving = act("grant", _grant, "Give credits to somebody.")
    giving.add_argument("--email", required=True)
    giving.add_argument("--amount", required=True, help="credits, with up to three places: 100 or 0.75")
    giving.add_argument("--kind", choices=("promo", "purchased", "monthly", "refund"), default="promo")
    giving.add_argument("--days", type=int, help="for so many days; without it they never expire")
    giving.add_argument("--why", required=True, help="what the person reads beside it")
    importing = act("import-legacy", _import, "Take over minutes that an earlier program counted.")
    importing.add_argument("source", help="a CSV file with id, account, minutes, at, notes; or a database's address")
    importing.add_argument("--table", help="the table with these columns, where the source is a database")
    act("statement", _statement, "Print somebody's whole ledger as CSV.").add_argument("--email", required=True)


def seat_operator(ground: Ground, account_id: str) -> None:
    """Puts the first admin of an install on the tier without limit."""
    run_unit(
        ground.database,
        lambda session: ledger.assign_tier(session, ground.clock, account_id, OPERATORS_TIER, actor="install"),
    )


def _verify(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    if options.mend:
        balances = run_unit(ground.database, ledger.rebuild)
    else:
        with ground.database.snapshot() as session:
            balances = ledger.reconcile(session)
    with ground.database.snapshot() as session:
        chain = ledger.verify_chain(session)
        digest = ledger.ledger_digest(session)
    lines = [
        f"{chain.entries} entries of {chain.wallets} people; the ledger's digest is {digest}",
        _verdict("Balances", balances, "set right" if options.mend else "run it again with --mend to set them right"),
        _verdict("Chain", chain, "somebody changed the ledger beside the program; compare it with a backup"),
    ]
    return "\n".join(lines), chain.well and (balances.well or options.mend)


def _grant(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    amount_mc, now = amount_of(options.amount), ground.clock.now()

    def give(session: Session) -> Balance:
        account_id = accounts.account_called(session, options.email).id
        ledger.grant_credits(
            session,
            ground.clock,
            account_id,
            operation_id=f"hand:{now:%Y-%m-%dT%H:%M:%S.%fZ}",
            kind=options.kind,
            amount_mc=amount_mc,
            expires_at=None if options.days is None else now + timedelta(days=options.days),
            notes=options.why,
            actor=ACTOR,
        )
        return ledger.get_user_credit_balance(session, ground.clock, account_id)

    balance = run_unit(ground.database, give)
    has = "unlimited credits" if balance.available_mc is None else f"{credits_text(balance.available_mc)} credits"
    return f"Gave {credits_text(amount_mc)} credits to {options.email}, who now has {has}.", True


def _statement(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ledger.STATEMENT_COLUMNS)
    with ground.database.reading() as session:
        for row in ledger.statement(session, accounts.account_called(session, options.email).id):
            writer.writerow(ledger.statement_cells(row))
    return text.getvalue().rstrip("\n"), True


def _import(ground: Ground, options: argparse.Namespace) -> tuple[str, bool]:
    if options.table is None:
        rows = _rows_of_file(Path(options.source))
    else:
        rows = _rows_of_database(options.source, options.table)

    def take_over(session: Session) -> tuple[int, int]:
        return ledger.import_legacy(session, ground.clock, rows, _accounts_of(session, rows), actor=ACTOR)

    made, known = run_unit(ground.database, take_over)
    return f"{made} uses imported, {known} were there already.", True


def _verdict(what: str, audit: Audit, remedy: str) -> str:
    if audit.well:
        return f"{what}: all agree."
    shown = "".join(
        f"\n  {one.kind}  {one.where}  by the entries {one.by_entries}, stands {one.stands}"
        for one in audit.findings[:_FINDINGS_PRINTED]
    )
    return f"{what}: {len(audit.findings)} do not agree; {remedy}.{shown}"


def _rows_of_file(path: Path) -> list[LegacyRow]:
    try:
        if path.stat().st_size > LEGACY_BYTES_MAX:
            raise LegacyInvalid("This file is too large.", action="Split it into several files.")
        return rows_of_csv(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LegacyInvalid(f"The file {path} cannot be read.", action="Check its name.") from error
    except UnicodeDecodeError as error:
        raise LegacyInvalid(f"The file {path} is not text in UTF-8.", action="Save it as CSV in UTF-8.") from error


def _rows_of_database(url: str, table: str) -> list[LegacyRow]:
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise LegacyInvalid(
            "This is no address of a database.", action="Write sqlite:///file or postgresql://…"
        ) from error
    try:
        with engine.connect() as connection:
            found = Table(table, MetaData(), autoload_with=connection)
            return rows_of_table(dict(row._mapping) for row in connection.execute(select(found)))
    except SQLAlchemyError as error:
        raise LegacyInvalid(f"The table {table} cannot be read.", action="Check its name and the address.") from error
    finally:
        engine.dispose()


def _accounts_of(session: Session, rows: Iterable[LegacyRow]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in {row.account for row in rows}:
        account = accounts.account_by_email(session, name) if "@" in name else accounts.account_by_id(session, name)
        if account is not None:
            found[name] = account.id
    return found
