"""What each event of Stripe does to the ledger: good, replayed, reordered, late, forged, wrong in amount or currency.

A shop on PostgreSQL and on SQLite takes orders through the shipped SDK from a stand-in for Stripe over a real socket,
and gets its signed events over another one. Each row of the table is an event as it should not come, or should; what it
did to the ledger is read from the ledger's own entries, and every chain is verified at the end.
"""

import json
import logging
import select
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import urlsplit

import psycopg
import uvicorn

from donecast.billing.hook import HOOK_PATH
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.kit.money import credits_text
from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from proofs.harness import base_settings, folder, table
from tests.support.payments import TOP_UP_AMOUNT, TOP_UP_MC, Shop, shop
from tests.support.people import Person
from tests.support.servers import postgres
from tests.support.stripe_account import Thing
from tests.support.stripe_server import Fault, StandIn, stripe_service

DURATION = "about 3 minutes"
_HEAD = ("database", "event", "answers", "orders", "entries", "credits", "alerts", "as promised")
_HUGE_BYTES = 50 * 1024**2
_PIECE_BYTES = 64 * 1024
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Stage:
    """A shop behind a socket, and somebody who has ordered a top-up in it."""

    shop: Shop
    url: str
    payer: Person
    session_id: str

    @property
    def stripe(self) -> StandIn:
        """The stand-in."""
        return self.shop.stripe

    def pay(self, **otherwise: Any) -> Thing:
        """The event that tells of the payment."""
        self.stripe.account.pay(self.session_id, **otherwise)
        return self.stripe.account.events[-1]

    def send(self, event: Mapping[str, Any], **how: Any) -> int:
        """The status that an event is answered with."""
        return self.stripe.deliver(self.url, event, **how)


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which events come, and what must follow: statuses, credits and alerts."""

    name: str
    play: Callable[[Stage], list[int]]
    answers: tuple[int, ...]
    credits_mc: tuple[int, ...]
    alerts: tuple[str, ...] = ()
    states: tuple[str, ...] = ("open",)


def _good(stage: Stage) -> list[int]:
    return [stage.send(stage.pay())]


def _replayed(stage: Stage) -> list[int]:
    event = stage.pay()
    return [stage.send(event) for _ in range(5)]


def _in_parallel(stage: Stage) -> list[int]:
    event = stage.pay()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda _: stage.send(event), range(_AT_ONCE)))


def _two_events(stage: Stage) -> list[int]:
    first = stage.pay()
    stage.stripe.account.settle(stage.session_id, well=True)
    second = stage.stripe.account.events[-1]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(stage.send, [first, second] * (_AT_ONCE // 2)))


def _reordered(stage: Stage) -> list[int]:
    first = stage.pay(later=True)
    stage.stripe.account.settle(stage.session_id, well=True)
    return [stage.send(stage.stripe.account.events[-1]), stage.send(first)]


def _refund_first(stage: Stage) -> list[int]:
    paid = stage.pay()
    (intent,) = stage.stripe.account.of_kind("payment_intent")
    stage.stripe.account.refund(intent["id"], TOP_UP_AMOUNT)
    return [stage.send(stage.stripe.account.events[-1]), stage.send(paid)]


def _unknown_customer(stage: Stage) -> list[int]:
    event = stage.pay(customer="cus_stranger", metadata={})
    return [stage.send(event)]


def _believed(stage: Stage) -> list[int]:
    session = {**stage.stripe.account.get("checkout.session", stage.session_id), "payment_status": "paid"}
    return [stage.send(stage.stripe.account.tell("checkout.session.completed", session))]


def _away(stage: Stage) -> list[int]:
    event = stage.pay()
    stage.stripe.faults = [Fault("/v1/checkout/sessions", "drop", times=2)]
    return [stage.send(event), stage.send(event)]


def _huge(stage: Stage) -> list[int]:
    address = urlsplit(stage.url)
    head = f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {_HUGE_BYTES}\r\n"
    with socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=120) as caller:
        caller.sendall(f"{head}Stripe-Signature: t=1,v1=a\r\n\r\n".encode())
        for _ in range(_HUGE_BYTES // _PIECE_BYTES):
            # Whoever is refused stops sending, as Stripe does; the answer would else be lost with the connection.
            if select.select([caller], [], [], 0)[0]:
                break
            caller.sendall(b"x" * _PIECE_BYTES)
        return [int(caller.recv(64).split()[1])]


def _plan(stage: Stage) -> list[int]:
    session_id = stage.shop.order(stage.payer, stage.shop.creator)
    stage.stripe.account.pay(session_id)
    return [stage.send(event) for event in reversed(stage.stripe.account.events)]


ROWS = (
    Row("good", _good, (204,), (TOP_UP_MC,), states=("paid",)),
    Row("replayed, 5 times", _replayed, (204,) * 5, (TOP_UP_MC,), states=("paid",)),
    Row(f"event {_AT_ONCE} times in parallel", _in_parallel, (204,) * _AT_ONCE, (TOP_UP_MC,), states=("paid",)),
    Row(f"two kinds, {_AT_ONCE} in parallel", _two_events, (204,) * _AT_ONCE, (TOP_UP_MC,), states=("paid",)),
    Row("reordered: paid, then begun", _reordered, (204, 204), (TOP_UP_MC,), states=("paid",)),
    Row(
        "refund before its payment",
        _refund_first,
        (204, 204),
        (TOP_UP_MC, -TOP_UP_MC),
        ("unknown_payment",),
        ("refunded",),
    ),
    Row(
        "signed 299 s ago",
        lambda stage: [stage.send(stage.pay(), age_seconds=299)],
        (204,),
        (TOP_UP_MC,),
        (),
        ("paid",),
    ),
    Row("signed 301 s ago", lambda stage: [stage.send(stage.pay(), age_seconds=301)], (400,), ()),
    Row("wrong signature", lambda stage: [stage.send(stage.pay(), secret="whsec_other")], (400,), ()),
    Row("no signature", lambda stage: [_post(stage.url, json.dumps(stage.pay()).encode(), "")], (400,), ()),
    Row(
        "amount too small",
        lambda stage: [stage.send(stage.pay(amount_total=TOP_UP_AMOUNT - 1))],
        (204,),
        (),
        ("wrong_amount",),
        ("refused",),
    ),
    Row(
        "amount too large",
        lambda stage: [stage.send(stage.pay(amount_total=TOP_UP_AMOUNT + 1))],
        (204,),
        (),
        ("wrong_amount",),
        ("refused",),
    ),
    Row(
        "wrong currency",
        lambda stage: [stage.send(stage.pay(currency="huf"))],
        (204,),
        (),
        ("wrong_currency",),
        ("refused",),
    ),
    Row("body of 50 MB", _huge, (413,), ()),
    Row("unknown customer", _unknown_customer, (204,), (), ("unknown_customer",)),
    Row("event that says paid, object that is not", _believed, (204,), ()),
    Row(
        "event of live money at a test key",
        lambda stage: [stage.send({**stage.pay(), "livemode": True})],
        (204,),
        (),
        ("other_mode",),
    ),
    Row("Stripe away, then there", _away, (503, 204), (TOP_UP_MC,), states=("paid",)),
    Row("plan, its events backwards", _plan, (204,) * 3, (360_000,), states=("open", "paid")),
)


def main(_arguments: list[str]) -> int:
    """Prints the table; 0 when every row is as promised."""
    rows: list[tuple[object, ...]] = []
    with folder() as here, postgres() as server:
        configure_logs(load_settings(base_settings(here)).server)
        logging.disable(logging.CRITICAL)  # every refusal and alert would be told
        empty = _empty_sqlite(here)
        _empty_postgres(server)
        for number, row in enumerate(ROWS):
            for database in ("SQLite", "PostgreSQL"):
                data = here / f"{number}-{database}"
                data.mkdir()
                url = ""
                if database == "SQLite":
                    shutil.copyfile(empty, data / "donecast.sqlite")
                else:
                    url = _new_postgres(server, f"b5_{number}")
                rows.append((database, *_played(row, data, url)))
    print(table(rows, _HEAD))
    broken = [one for one in rows if one[-1] != "yes"]
    for one in broken:
        print(f"not as promised: {one[0]}, {one[1]}")
    print(
        f"B5: {len(rows) - len(broken)} of {len(rows)} as promised: each payment credited once, none that did not fit"
    )
    return 1 if broken else 0


def _played(row: Row, data: Path, database_url: str) -> tuple[object, ...]:
    with _stage(data, database_url) as stage:
        answers = row.play(stage)
        opened = stage.shop
        entries = sorted(_entries(opened, stage.payer), key=lambda entry: entry[0])
        states, alerts = tuple(opened.states(stage.payer)), tuple(opened.alerts())
        sound = opened.ledger_is_sound()
    credits_mc = tuple(amount_mc for _, _, amount_mc in entries)
    seen = (tuple(answers), credits_mc, alerts, states)
    well = sound and seen == (row.answers, row.credits_mc, row.alerts, row.states)
    return (
        row.name,
        _told(answers),
        ",".join(states),
        ", ".join(kind for _, kind, _ in entries) or "none",
        ", ".join(map(credits_text, credits_mc)) or "0",
        ", ".join(alerts) or "none",
        "yes" if well else "NO",
    )


def _entries(opened: Shop, payer: Person) -> list[tuple[int, str, int]]:
    """What stands in the payer's ledger beside the first allowance: place, kind, milli-credits given or taken."""
    return [
        (int(row["sequence"]), f"{row['act']} {row['reason']}", int(row["amount_mc"]) * (-1 if _takes(row) else 1))
        for row in opened.rows("credit_entries")
        if row["account_id"] == payer.account.id and not _is_first_allowance(row)
    ]


def _takes(row: Mapping[str, Any]) -> bool:
    return row["act"] in {"withdraw", "expire", "charge"}


def _is_first_allowance(row: Mapping[str, Any]) -> bool:
    return row["reason"] == "GRANT_MONTHLY" and str(row["operation_id"]).endswith(":free")


def _told(answers: list[int]) -> str:
    return ", ".join(
        f"{answer}" if count == 1 else f"{answer} x {count}" for answer, count in sorted(Counter(answers).items())
    )


@contextmanager
def _stage(data: Path, database_url: str) -> Iterator[Stage]:
    with stripe_service() as stripe:
        place = base_settings(data)
        settings = {
            **place,
            **stripe.settings(),
            "environment": "test",
            "database_url": database_url,
        }
        ground = lay_ground(load_settings(settings))
        url = f"http://127.0.0.1:{place['port']}{HOOK_PATH}"
        with shop(ground, create_app(ground), stripe) as opened, _listening(ground, int(str(place["port"]))):
            payer = opened.sign_up("payer@example.com")
            opened.available_mc(payer)
            yield Stage(opened, url, payer, opened.order(payer, opened.top_up))
        ground.database.dispose()


def _empty_sqlite(here: Path) -> Path:
    path = here / "empty.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.dispose()
    return path


def _empty_postgres(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE b5_empty")
    database = Database(f"{server.rpartition('/')[0]}/b5_empty".replace("postgresql://", "postgresql+psycopg://"))
    database.migrate()
    database.dispose()


def _new_postgres(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE b5_empty")
    return f"{server.rpartition('/')[0]}/{name}"


def _post(url: str, body: bytes, signature: str) -> int:
    request = urllib.request.Request(url, body, {"Stripe-Signature": signature}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@contextmanager
def _listening(ground: Ground, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(ground), port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
