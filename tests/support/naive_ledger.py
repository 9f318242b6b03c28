"""How not to do it: look whether there is enough, then charge. Kept to show that it sells what is not there."""

import threading
from collections.abc import Callable

from sqlalchemy import text

from donecast.platform.database import Database

_TABLE = "CREATE TABLE naive_wallets (account_id VARCHAR(40) PRIMARY KEY, available_mc BIGINT NOT NULL)"


class NaiveLedger:
    """A balance that is read in one transaction and written back in the next."""

    def __init__(self, database: Database, available_mc: int) -> None:
        self._database = database
        with database.transaction() as session:
            session.execute(text(_TABLE))
            session.execute(text("INSERT INTO naive_wallets VALUES ('acc', :mc)"), {"mc": available_mc})

    def charge(self, amount_mc: int) -> bool:
        """Whether it thought that there was enough."""
        with self._database.reading() as session:
            available_mc = session.execute(text("SELECT available_mc FROM naive_wallets")).scalar_one()
        if available_mc < amount_mc:
            return False
        with self._database.transaction() as session:
            session.execute(text("UPDATE naive_wallets SET available_mc = :mc"), {"mc": available_mc - amount_mc})
        return True


def sold_by_naive(database: Database, *, affordable: int, workers: int, attempts: int) -> int:
    """How many charges of 1 the naive ledger accepts where so many can be afforded."""
    naive, accepted, start = NaiveLedger(database, affordable), [0] * workers, threading.Barrier(workers)

    def work(number: int) -> None:
        start.wait()
        for _ in range(attempts):
            accepted[number] += naive.charge(1)

    run_threads(work, workers)
    return sum(accepted)


def run_threads(work: Callable[[int], object], count: int) -> None:
    """Runs ``work(number)`` in so many threads and waits for all."""
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
