"""What a person's ledger says."""

from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.platform.web import Ground
from tests.support.people import Person


def entries(ground: Ground, person: Person, act: str = "charge") -> list[tuple[str, int]]:
    """Reason and milli-credits of a person's entries, oldest first."""
    query = "SELECT reason, amount_mc FROM credit_entries WHERE account_id = :who AND act = :act ORDER BY sequence"
    with ground.database.reading() as session:
        found = session.execute(text(query), {"who": person.account.id, "act": act})
        return [(row.reason, row.amount_mc) for row in found]


def charged_mc(ground: Ground, person: Person) -> list[int]:
    """The milli-credits of a person's charges, oldest first."""
    return [amount_mc for _, amount_mc in entries(ground, person)]


def balance_mc(ground: Ground, person: Person) -> tuple[int, int]:
    """What can be spent and what is set aside, in milli-credits."""
    with ground.database.reading() as session:
        balance = ledger.get_user_credit_balance(session, ground.clock, person.account.id)
    assert balance.available_mc is not None
    return balance.available_mc, balance.held_mc


def held_mc(ground: Ground, person: Person) -> int:
    """What is set aside, in milli-credits."""
    return balance_mc(ground, person)[1]
