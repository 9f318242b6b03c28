"""Ledgers for proofs: on SQLite in a folder and on a PostgreSQL server of their own, empty or full."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from shutil import copyfile
from typing import Any, cast

from sqlalchemy import Table, insert

from donecast.credits.models import EntryRow, GrantRow, PostingRow, WalletRow
from donecast.credits.rules.chain import FIRST_DIGEST, Sealed, derived_id, digest_of, draws_to_text, lines_to_text
from donecast.credits.rules.entries import Entry, EntryDraft, Posting
from donecast.credits.rules.grants import Draw
from donecast.credits.rules.periods import month_at
from donecast.credits.rules.pricing import Transcription, price
from donecast.credits.rules.rates import Rates
from donecast.credits.service.book import entry_facts, posting_facts
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from donecast.platform.statement_limits import DatabaseLimits
from proofs.harness import folder
from tests.support.ledgers import NOON, Ledger
from tests.support.servers import postgres, postgres_database, postgres_template

ENGINES = ("sqlite", "postgres")
_ROWS_AT_ONCE = 2_000
_LINE = price(Rates(), Transcription(60_000))
_LEFT_MC = 10**9


@contextmanager
def makers(engines: Sequence[str] = ENGINES, pool_size: int = 20) -> Iterator[dict[str, Callable[[], Ledger]]]:
    """For each engine, what makes an empty ledger; all of it vanishes with the block."""
    with folder() as place:
        empty = place / "empty.sqlite"
        database = Database(f"sqlite:///{empty}")
        database.migrate()
        database.dispose()
        made: list[Ledger] = []

        def ledger(url: str) -> Ledger:
            made.append(
                Ledger(
                    Database(url, pool_size=pool_size, limits=DatabaseLimits(lock_wait_ms=120_000)), FixedClock(NOON)
                )
            )
            return made[-1]

        def on_sqlite() -> Ledger:
            path = place / f"{len(made)}.sqlite"
            copyfile(empty, path)
            return ledger(f"sqlite:///{path}")

        chosen: dict[str, Callable[[], Ledger]] = {"sqlite": on_sqlite} if "sqlite" in engines else {}
        try:
            if "postgres" not in engines:
                yield chosen
                return
            with postgres() as server:
                template = postgres_template(server)
                yield {**chosen, "postgres": lambda: ledger(postgres_database(server, template))}
                for one in made:
                    one.database.dispose()
        finally:
            for one in made:
                one.database.dispose()


def fill(ledger: Ledger, people: int, entries: int) -> int:
    """Writes a history of grants and charges in one go, sealed as the product seals it; answers how many entries."""
    each = entries // people
    for number in range(people):
        _write(ledger, f"acc_{number:06d}", each)
    return each * people


def _write(ledger: Ledger, account_id: str, count: int) -> None:
    start = ledger.clock.now() - timedelta(days=1)
    grant_id = derived_id("grt", account_id, "filling")
    given_mc = _LINE.amount_mc * (count - 1) + _LEFT_MC
    drafts = [
        EntryDraft(
            "filling",
            "grant",
            0,
            "GRANT_PURCHASED",
            given_mc,
            (Posting("issued:purchased", -given_mc), Posting(f"grant:{grant_id}", given_mc)),
            start,
            draws=(Draw(grant_id, given_mc),),
        )
    ]
    entries: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    digest = FIRST_DIGEST
    drafts += [_charge(grant_id, number, start) for number in range(1, count)]
    for sequence, draft in enumerate(drafts, start=1):
        sealed = Sealed(
            account_id,
            sequence,
            draft,
            lines_to_text(draft.lines),
            draws_to_text(draft.draws),
            "system",
            None,
            start,
        )
        previous, digest = digest, digest_of(digest, sealed)
        entry_id = derived_id("ent", account_id, draft.operation_id, draft.act, draft.round)
        entry = Entry(entry_id, account_id, sequence, draft, "system", None, start, previous, digest)
        entries.append(entry_facts(entry, sealed))
        postings += posting_facts(entry)
    period = month_at(ledger.clock.now())
    wallet = {
        "account_id": account_id,
        "tier_id": "free",
        "period_start": period.start,
        "period_end": period.end,
        "available_mc": _LEFT_MC,
        "held_mc": 0,
        "entry_count": count,
        "head_digest": digest,
        "opened_at": start,
    }
    grant = {
        "id": grant_id,
        "account_id": account_id,
        "kind": "purchased",
        "amount_mc": given_mc,
        "remaining_mc": _LEFT_MC,
        "starts_at": start,
        "created_at": start,
        "notes": "",
    }
    with ledger.database.transaction() as session:
        for table, rows in (
            (WalletRow, [wallet]),
            (GrantRow, [grant]),
            (EntryRow, entries),
            (PostingRow, postings),
        ):
            for first in range(0, len(rows), _ROWS_AT_ONCE):
                session.connection().execute(insert(cast(Table, table.__table__)), rows[first : first + _ROWS_AT_ONCE])


def _charge(grant_id: str, number: int, at: datetime) -> EntryDraft:
    return EntryDraft(
        f"filled:{number}",
        "charge",
        0,
        "TRANSCRIPTION",
        _LINE.amount_mc,
        (Posting(f"grant:{grant_id}", -_LINE.amount_mc), Posting("revenue:TRANSCRIPTION", _LINE.amount_mc)),
        at,
        parameters="0" * 64,
        lines=(_LINE,),
        draws=(Draw(grant_id, _LINE.amount_mc),),
        engine="standard",
        rate_card_version=1,
        notes="Transcription (1.0 min, Standard)",
    )
