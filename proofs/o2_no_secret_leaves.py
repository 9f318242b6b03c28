"""Two hundred secrets of forty kinds, planted where programs hold them: none leaves the process, none is kept.

Each is planted in a local variable, in what an error says, in breadcrumbs, in tags, in the address, a header, the body
and a cookie of a real request that crashes. Then every byte is looked through: what reached a receiver of Sentry's
protocol on its socket, what the log says, and what our own store of errors holds.
"""

import contextlib
import io
import logging
import sys
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.error_tracking import add_breadcrumb, capture_message
from donecast.platform.sentry_door import SentryDoor
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs, logger
from proofs.harness import folder, table
from tests.support.envelope_receiver import envelope_receiver
from tests.support.planted_secrets import KINDS, Planted, planted

DURATION = "about half a minute"
_NUMBERS = 5


class _Broken(Exception):
    """What the planted request raises."""


def _add_crash(app: FastAPI, secrets: dict[str, Planted]) -> None:
    @app.post("/crash/{number}")
    async def crash(number: str, request: Request) -> None:
        secret = secrets[number]
        body = await request.body()
        held = {"value": secret.value, "body": body, "headers": dict(request.headers), "url": str(request.url)}
        add_breadcrumb("http", f"asked with {secret.text}", data={"given": secret.value, "held": held})
        capture_message(f"about to break: {secret.text}", "warning", tags={"given": secret.text})
        logger().warning("about to break", given=secret.value, text=secret.text, held=held)
        raise _Broken(f"broke with {secret.text}")


def main(arguments: list[str]) -> int:
    del arguments
    kinds = KINDS[:40]
    secrets = {f"{kind} {number}": planted(kind, number) for kind in kinds for number in range(_NUMBERS)}
    written = io.StringIO()
    with folder() as place, envelope_receiver() as receiver:
        settings = load_settings(
            {
                "data": place / "data",
                "environment": "staging",
                "sentry_dsn": receiver.dsn,
                "sentry_traces_sample_rate": 1.0,
                "log_format": "json",
                "disk_free_bytes_min": 0,
            }
        )
        with contextlib.redirect_stderr(written):
            configure_logs(settings.server)
            ground = lay_ground(settings)
            ground.database.migrate()
            doors = [sink for sink in ground.errors.sinks if isinstance(sink, SentryDoor)]
            app = create_app(ground)
            _add_crash(app, secrets)
            statuses = _crash_with(TestClient(app, raise_server_exceptions=False), secrets, doors[0])
            ground.errors.flush()
            ground.database.dispose()
            logging.getLogger().handlers[:] = []
        sent, events = receiver.everything(), len(receiver.items("event"))
        courses = len(receiver.items("transaction"))
        kept = b"".join(path.read_bytes() for path in sorted(settings.data.glob("donecast.sqlite*")))
        lost = dict(doors[0].lost)
    places = {"sent to Sentry": sent, "in the log": written.getvalue(), "in our own store": kept.decode("latin-1")}
    found = {
        name: sorted({secret.kind for secret in secrets.values() if any(part in text for part in secret.parts)})
        for name, text in places.items()
    }
    rows: list[tuple[object, ...]] = [
        (name, f"{len(text):,}", len(found[name]), ", ".join(found[name])) for name, text in places.items()
    ]
    print(table(rows, ("looked through", "characters", "kinds found", "which")))
    print(f"{events} events and {courses} courses were sent, {lost or 'none'} dropped; {statuses} requests crashed")
    leaked = sum(any(part in text for text in places.values() for part in secret.parts) for secret in secrets.values())
    print(f"O2: {leaked} of {len(secrets)} planted secrets of {len(kinds)} kinds left the process or were kept")
    is_shown = leaked == 0 and events == 2 * len(secrets) and statuses == len(secrets) and "_Broken" in sent
    return 0 if is_shown else 1


def _crash_with(client: TestClient, secrets: dict[str, Planted], door: SentryDoor) -> int:
    crashed = 0
    for number, secret in secrets.items():
        plain = secret.text.encode()
        headers = {
            "Authorization": f"Bearer {quote(secret.text)}",
            "Cookie": f"donecast_session={quote(secret.text)}",
            "X-Api-Key": quote(secret.text),
        }
        answer = client.post(f"/crash/{quote(number)}?token={quote(secret.text)}", content=plain, headers=headers)
        crashed += answer.status_code == 500
        door.drain(10)
    return crashed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
