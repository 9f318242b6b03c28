"""Work of the ledger that nobody asks for: run on a schedule, each person in a transaction of their own.

Killed anywhere and begun again, each leaves the very same ledger: what is done has its key.
"""

from functools import partial

from donecast.credits.errors import NotEnoughCredits
from donecast.credits.service import audits, holds, storage, unbilled
from donecast.credits.service.opening import open_book, people_with_a_period_over
from donecast.kit.clock import Clock
from donecast.platform.database import Database
from donecast.platform.telemetry import logger
from donecast.platform.work_unit import run_unit

_PEOPLE_AT_ONCE = 200


def sweep_holds(database: Database, clock: Clock) -> int:
    """Gives back holds that ran out; answers of how many people."""
    swept = 0
    while True:
        with database.reading() as session:
            people = holds.overdue(session, clock, _PEOPLE_AT_ONCE)
        for account_id in people:
            run_unit(database, partial(open_book, clock=clock, account_id=account_id))
        swept += len(people)
        if len(people) < _PEOPLE_AT_ONCE:
            return swept


def begin_periods(database: Database, clock: Clock) -> int:
    """Gives everybody whose period is over the next allowance; answers to how many."""
    begun, last = 0, ""
    while True:
        with database.reading() as session:
            people = people_with_a_period_over(session, clock, last, _PEOPLE_AT_ONCE)
        for account_id in people:
            run_unit(database, partial(open_book, clock=clock, account_id=account_id))
        begun += len(people)
        if len(people) < _PEOPLE_AT_ONCE:
            return begun
        last = people[-1]


def bill_storage(database: Database, clock: Clock, month: str) -> int:
    """Bills a month's storage (``2026-03``) to everybody who kept something; answers to how many."""
    with database.reading() as session:
        people = storage.people_to_bill(session, month)
    for account_id in people:
        run_unit(database, partial(storage.charge_for_storage, clock=clock, account_id=account_id, month=month))
    return len(people)


def pay_dues(database: Database, clock: Clock) -> int:
    """Pays what is due for storage where credits have come meanwhile; answers how many months."""
    with database.reading() as session:
        people = storage.people_with_dues(session)
    paid = 0
    for account_id in people:
        paid += len(run_unit(database, partial(storage.pay_storage_dues, clock=clock, account_id=account_id)))
    return paid


def bill_delivered(database: Database, clock: Clock) -> int:
    """Bills work that was delivered while the ledger was out of reach; answers how much. The rest goes on waiting.

    Whoever cannot pay yet keeps nobody behind them waiting.
    """
    billed, last = 0, None
    while True:
        with database.reading() as session:
            waiting = unbilled.waiting_to_be_billed(session, last)
        for _, account_id, operation_id in waiting:
            try:
                bill = partial(unbilled.bill_noted, clock=clock, account_id=account_id, operation_id=operation_id)
                billed += run_unit(database, bill) is not None
            except NotEnoughCredits:
                logger().info("delivered work waits for credits", account_id=account_id, operation_id=operation_id)
        if len(waiting) < unbilled.AT_ONCE:
            return billed
        last = waiting[-1]


def audit(database: Database) -> audits.Audit:
    """The nightly look: projections against entries, and the chain. Every finding is logged as an error."""
    with database.snapshot() as session:
        balances = audits.reconcile(session)
        chain = audits.verify_chain(session)
    for finding in chain.findings:  # those of the balances were logged where they were found
        logger().error("the ledger's chain does not hold", kind=finding.kind, where=finding.where)
    return audits.Audit(balances.entries, balances.wallets, (*balances.findings, *chain.findings))
