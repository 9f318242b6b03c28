"""What goes through Sentry's door is understood by a real server that speaks its protocol."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sentry_sdk

from donecast.kit.clock import SystemClock
from donecast.platform.error_tracking import ErrorTracker, add_breadcrumb, capture_exception, capture_message
from donecast.platform.sentry_door import open_sentry_door
from donecast.platform.sentry_settings import SentrySettings
from tests.support.bugsink import Bugsink, BugsinkMissing, bugsink


@pytest.fixture
def receiver() -> Iterator[Bugsink]:
    """The server; where it cannot be installed the test is skipped, and says why."""
    try:
        with bugsink() as running:
            yield running
    except BugsinkMissing as missing:
        pytest.skip(str(missing))
    finally:
        sentry_sdk.get_client().close(timeout=0)
        sentry_sdk.init()


@pytest.mark.long
def test_a_crash_and_a_message_are_read_with_their_facts(receiver: Bugsink) -> None:
    begun_at = datetime.now(UTC)
    settings = SentrySettings(sentry_dsn=receiver.dsn, sentry_traces_sample_rate=0.0)
    door, _ = open_sentry_door(settings, "staging", "donecast@1+abc")
    assert door is not None
    with ErrorTracker(SystemClock(), (door,)).tracked("request", request_id="r1", user_id="acc_1", show_id="sh_1"):
        add_breadcrumb("sql", "SELECT 1", milliseconds=2)
        try:
            raise ValueError("broke with password=hunter2")
        except ValueError as error:
            capture_exception(error, route="/api/shows/{show_id}")
        capture_message("a bug was reported", "error", {"severity": "high"})
    door.drain(10)
    crash, message = sorted(receiver.await_events(2), key=lambda event: "severity" in event["data"]["tags"])
    assert crash["data"]["exception"]["values"][0]["value"] == "broke with password=[redacted]"
    assert crash["data"]["tags"]["request_id"] == "r1"
    assert crash["data"]["user"] == {"id": "acc_1"}
    assert crash["data"]["transaction"] == "/api/shows/{show_id}"
    assert crash["data"]["breadcrumbs"]["values"][0]["message"] == "SELECT 1"
    assert datetime.fromisoformat(str(crash["timestamp"])) >= begun_at.replace(microsecond=0)
    assert message["data"]["tags"]["severity"] == "high"
    assert dict(door.lost) == {}
