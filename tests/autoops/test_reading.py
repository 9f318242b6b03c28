"""Which messages of the channel are alerts, how bad they are, and what ids they carry."""

import pytest

from donecast.autoops.rules.reading import ids_in, kind_of, own_alert, severity_of


def kind(text: str, *, subtype: str = "", is_reply: bool = False, ours: bool = False, machine: bool = True) -> str:
    """What a message counts as."""
    return kind_of(text, subtype=subtype, is_reply=is_reply, by_ourselves=ours, by_a_machine=machine)


@pytest.mark.parametrize(
    "text",
    [
        "[donecast] ALERT breaker_open opened id=al_1 subject=stripe severity=page\nStripe does not answer.",
        ":rotating_light: 12 errors in 60 s on GET /feeds/{slug}",
        "Database pool exhausted (20 of 20)",
        "KeyError: 'words' in assemblyai.py",
        "Certificate of podcast.example expires in 3 days",
        "Deploy failed: 500 on /readyz",
        "ElevenLabs answers 401 invalid_api_key for every voice",
        "ZeroDivisionError in checkout. Release: 1.4.2",
        "[prod] TypeError: x is None | release 2026.11.3 | 412 events",
        "CRITICAL: disk full since deploy #123",
        "CRITICAL outage after deployment: 500s on /api",
        "CRITICAL: api is OOM-killed since release 5",
        "Deployment 7 finished, 12 errors",
        "GET /feeds/beans answers 502 since release 1.4.3",
        "Not resolved: checkout is down again",
    ],
)
def test_trouble_is_an_alert(text: str) -> None:
    assert kind(text) == "alert"


@pytest.mark.parametrize(
    "text",
    [
        "Deployed 1.4.2 to production",
        "Build #123 passed",
        "Good morning everyone!",
        "Stripe is back to normal",
        "Build #503 passed, released as 1.4.3",
        "Deployment finished with 0 errors, no failures",
        "[prod] RESOLVED: checkout is down",
        "Recovered: TypeError in checkout",
        "",
        "   ",
    ],
)
def test_notices_and_chatter_are_not(text: str) -> None:
    assert kind(text) == "noise"


def test_a_person_is_listened_to_when_they_paste_an_error_and_not_when_they_grumble() -> None:
    assert kind("my computer is so slow today, total failure", machine=False) == "noise"
    assert kind("Anna gets 503 since ten, request_id 3f9a1bc2d4e5f607", machine=False) == "alert"


def test_joins_threads_and_ourselves_are_never_alerts() -> None:
    text = "CRITICAL: database down"
    assert kind(text, subtype="channel_join") == "noise"
    assert kind(text, is_reply=True) == "noise"
    assert kind(text, ours=True) == "noise"


def test_our_own_operations_are_read_by_their_first_line() -> None:
    text = "*[donecast] ALERT breaker_open opened id=al_1 subject=stripe severity=page*\nStripe does not answer."
    assert own_alert(text) == (
        "breaker_open",
        "opened",
        {"id": "al_1", "subject": "stripe", "severity": "page"},
    )
    assert kind("[donecast] ALERT breaker_open closed id=al_1 subject=stripe severity=page") == "closing"
    assert own_alert("somebody said: [donecast] ALERT breaker_open opened") is None


@pytest.mark.parametrize(
    ("text", "severity", "by"),
    [
        ("[donecast] ALERT disk_low opened id=al_2 severity=ticket\nfull", "medium", "alert"),
        ("Severity: low, something odd", "low", "alert"),
        ("Severity: critical, something odd", "critical", "alert"),
        ("CRITICAL outage: ValueError: bad value 'severity=low'", "critical", "words"),
        ("checkout is down, severity: medium", "high", "words"),
        ("Outage: nothing answers", "critical", "words"),
        ("stripe is down", "high", "words"),
        ("an odd thing", "medium", "default"),
    ],
)
def test_how_bad_it_is_and_who_says_so(text: str, severity: str, by: str) -> None:
    assert severity_of(text) == (severity, by)


def test_ids_are_found_a_few_of_each() -> None:
    text = "request_id=3f9a1bc2d4e5f607 and Request ID: abc-123.x; operation op_01jd8zk3 " + " ".join(
        f"request_id=aaaaaa{number}" for number in range(20)
    )
    found = ids_in(text)
    assert found["request"][:2] == ("3f9a1bc2d4e5f607", "abc-123.x")
    assert len(found["request"]) == 5
    assert found["operation"] == ("op_01jd8zk3",)
