"""Sentry's door: when it opens, what goes through with which context, what never does, and that nobody waits."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sentry_sdk

from donecast.kit.clock import FixedClock
from donecast.platform.error_tracking import (
    ErrorTracker,
    add_breadcrumb,
    capture_exception,
    capture_message,
    set_business_context,
    set_request_context,
    set_user_context,
)
from donecast.platform.sentry_door import CAN_PROFILE, SentryDoor, open_sentry_door
from donecast.platform.sentry_settings import SentrySettings
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from tests.support.envelope_receiver import EnvelopeReceiver, envelope_receiver
from tests.support.planted_secrets import KINDS, planted
from tests.support.servers import free_port

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_DSN = "https://abc@sentry.example.org/1"


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    """No client outlives its test."""
    yield
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.init()


@pytest.fixture
def receiver() -> Iterator[EnvelopeReceiver]:
    """Who is sent events."""
    with envelope_receiver() as receiver:
        yield receiver


def _opened(dsn: str, **settings: Any) -> SentryDoor:
    door, _ = open_sentry_door(SentrySettings(sentry_dsn=dsn, **settings), "staging", "donecast@1+abc")
    assert door is not None
    return door


@pytest.mark.parametrize(
    ("settings", "environment", "standing"),
    [
        ({}, "production", "Sentry disabled: SENTRY_DSN is not set"),
        ({"sentry_dsn": _DSN}, "dev", "Sentry disabled: env=dev sends nothing unless SENTRY_IN_DEV is true"),
        ({"sentry_dsn": _DSN}, "test", "Sentry disabled: env=test sends nothing unless SENTRY_IN_DEV is true"),
        (
            {"sentry_dsn": "nonsense"},
            "production",
            "Sentry disabled: SENTRY_DSN is not an address that Sentry gives; errors are kept here alone",
        ),
        (
            {"sentry_dsn": "https://abc@host:port/x/"},
            "production",
            "Sentry disabled: SENTRY_DSN is not an address that Sentry gives; errors are kept here alone",
        ),
        (
            {"sentry_dsn": _DSN},
            "staging",
            "Sentry initialized for env=staging (traces_sample_rate=0.1, breadcrumbs=100)",
        ),
        (
            {"sentry_dsn": _DSN, "sentry_in_dev": True, "sentry_traces_sample_rate": 0.5},
            "dev",
            "Sentry initialized for env=dev (traces_sample_rate=0.5, breadcrumbs=100)",
        ),
    ],
)
def test_one_line_says_whether_errors_are_sent_and_why(
    settings: dict[str, Any], environment: str, standing: str
) -> None:
    door, said = open_sentry_door(SentrySettings(**settings), environment, "donecast@1")
    assert said == standing
    assert (door is not None) == said.startswith("Sentry initialized")


def _crash(secret: object) -> None:
    held = {"given": secret}  # a local variable, which goes with the event
    raise ValueError(f"broke with {held['given']}")


def _tell(door: SentryDoor, secret: object = "nothing") -> None:
    with ErrorTracker(FixedClock(_NOON), (door,)).tracked("request", request_id="r1"):
        set_user_context("acc_1", "ann@example.org")
        set_request_context(method="POST", route="/api/shows/{show_id}", status=500)
        set_business_context(show_id="sh_1", episode_id="ep_1", action="publish", operation_id="op_1", step="tag")
        add_breadcrumb("sql", "SELECT 1", milliseconds=2.5)
        try:
            _crash(secret)
        except ValueError as error:
            capture_exception(error)
    door.drain(10)


def test_an_event_has_its_whole_context(receiver: EnvelopeReceiver) -> None:
    _tell(_opened(receiver.dsn, sentry_traces_sample_rate=0.0))
    (event,) = receiver.items("event")
    assert event["user"] == {"id": "acc_1"}
    assert event["tags"] == {
        "source": "server",
        "request_id": "r1",
        "method": "POST",
        "route": "/api/shows/{show_id}",
        "status": "500",
        "show_id": "sh_1",
        "episode_id": "ep_1",
        "action": "publish",
        "operation_id": "op_1",
        "step": "tag",
    }
    assert (event["release"], event["environment"], event["level"]) == ("donecast@1+abc", "staging", "error")
    assert event["transaction"] == "/api/shows/{show_id}"
    (crumb,) = event["breadcrumbs"]["values"]
    assert (crumb["category"], crumb["message"], crumb["data"]) == ("sql", "SELECT 1", {"milliseconds": 2.5})
    frame = event["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["vars"]["held"]) == ("_crash", {"given": "'nothing'"})
    assert "ann@example.org" not in receiver.everything()
    assert not receiver.items("transaction")


def test_the_address_of_a_person_goes_only_where_the_operator_allows_it(receiver: EnvelopeReceiver) -> None:
    _tell(_opened(receiver.dsn, sentry_send_email=True))
    (event,) = receiver.items("event")
    assert event["user"] == {"id": "acc_1", "email": "ann@example.org"}


@pytest.mark.filterwarnings("ignore:Transaction-based profiling:DeprecationWarning")
def test_a_python_that_a_profiler_can_stop_for_good_is_not_profiled(receiver: EnvelopeReceiver) -> None:
    settings = SentrySettings(sentry_dsn=receiver.dsn, sentry_traces_sample_rate=1.0, sentry_profiles_sample_rate=1.0)
    door, said = open_sentry_door(settings, "staging", "donecast@1")
    assert door is not None
    assert (door.profiles, "no profiles: they need Python 3.12" in said) == (CAN_PROFILE, not CAN_PROFILE)
    _tell(door)
    assert any(thread.name.startswith("sentry.profiler") for thread in threading.enumerate()) == CAN_PROFILE


@pytest.mark.filterwarnings("ignore:Transaction-based profiling:DeprecationWarning")
@pytest.mark.parametrize("profiles", [0.0, 1.0])
def test_the_course_of_a_request_is_sent_when_it_is_chosen(receiver: EnvelopeReceiver, profiles: float) -> None:
    door = _opened(receiver.dsn, sentry_traces_sample_rate=1.0, sentry_profiles_sample_rate=profiles)
    _tell(door)
    (course,) = receiver.items("transaction")
    assert course["transaction"] == "POST /api/shows/{show_id}"
    assert course["tags"]["request_id"] == "r1"
    assert "user_email" not in course["tags"]
    (part,) = course["spans"]
    assert (part["op"], part["description"]) == ("sql", "SELECT 1")


def test_no_secret_goes_through(receiver: EnvelopeReceiver) -> None:
    door = _opened(receiver.dsn, sentry_traces_sample_rate=1.0)
    secrets = [planted(kind, 3) for kind in KINDS]
    for secret in secrets:
        with ErrorTracker(FixedClock(_NOON), (door,)).tracked("request"):
            set_business_context(action=secret.text)
            add_breadcrumb("http", secret.text, data={"given": secret.value}, milliseconds=1)
            capture_message(f"said {secret.text}", tags={"given": secret.text})
        _tell(door, secret.value)
    sent = receiver.everything()
    assert len(receiver.items("event")) == 2 * len(KINDS)
    assert [secret.kind for secret in secrets if any(part in sent for part in secret.parts)] == []


def test_nobody_waits_for_a_receiver_that_never_answers_and_what_is_dropped_is_counted() -> None:
    with envelope_receiver(is_black_hole=True) as receiver:
        door = _opened(receiver.dsn, sentry_traces_sample_rate=0.0)
        tracker = ErrorTracker(FixedClock(_NOON), (door,))
        begun = time.monotonic()
        for number in range(400):
            with tracker.tracked("request"):
                capture_message(f"message {number}")
        took = time.monotonic() - begun
        deadline = time.monotonic() + 20
        while sum(door.lost.values()) < 400 - 205 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert took < 5  # one answer that is waited for would take 30 seconds
    # One is being sent, and one being packed; at most 100 wait for each of the two threads.
    assert sum(door.lost.values()) >= 400 - 205


def test_that_a_receiver_is_away_is_told_in_our_words_alone(capfd: pytest.CaptureFixture[str]) -> None:
    configure_logs(load_settings({"log_format": "json"}).server)
    door = _opened(f"http://abc@127.0.0.1:{free_port()}/1", sentry_traces_sample_rate=0.0)
    with ErrorTracker(FixedClock(_NOON), (door,)).tracked("request"):
        capture_message("nobody hears this")
    deadline = time.monotonic() + 20
    while not door.lost and time.monotonic() < deadline:
        time.sleep(0.02)
    sentry_sdk.flush(timeout=5)
    told = {json.loads(line)["event"] for line in capfd.readouterr().err.splitlines()}
    assert told == {"errors did not reach Sentry"}
