"""When an alert is on, and that it is opened, told again and closed once whatever its rule says minute by minute."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.health.alerts.rules import (
    CLOSED_AFTER,
    FIRST_STEPS,
    REMINDED_AFTER,
    WINDOW_MINUTES,
    Facts,
    Judgement,
    Standing,
    Told,
    WaitingOutbox,
    Window,
    after,
    verdict_of_unlisted,
    verdicts,
)

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_GIB = 1024**3


def judged(name: str, **facts: object) -> Judgement | None:
    """What the rule of a name says; None: nothing."""
    found = [verdict for verdict in verdicts(Facts(**{"now": _NOON, **facts})) if verdict.name == name]  # type: ignore[arg-type]
    return found[0].judgement if found else None


def windows(fast: tuple[int, int], slow: tuple[int, int]) -> dict[int, Window]:
    """Errors and requests of the windows of 5 and 60 minutes, and of 30 and 360."""
    (short, long), (shorter, longer) = fast, slow
    counts = dict(zip(WINDOW_MINUTES, (short, shorter, long, longer), strict=True))
    return {minutes: Window(errors, 1_000) for minutes, errors in counts.items()}


@given(said=st.lists(st.sampled_from(["on", "off", "between"]), max_size=400))
def test_what_comes_and_goes_is_told_once_for_each_stretch_of_trouble(said: list[Judgement]) -> None:
    standing: Standing | None = None
    told: list[tuple[Told, datetime]] = []
    for minute, judgement in enumerate(said):
        now = _NOON + minute * _MINUTE
        following = after(standing, judgement, now)
        standing = following.standing
        if following.told:
            told.append((following.told, now))
    kinds = [kind for kind, _ in told]
    assert kinds == [["opened", "closed"][place % 2] for place in range(len(kinds))], "in turns, beginning with opened"
    assert (standing is not None) == (kinds[-1:] == ["opened"])
    for (kind, opened_at), (_, closed_at) in zip(told[::2], told[1::2], strict=False):
        assert kind == "opened"
        assert closed_at - opened_at >= CLOSED_AFTER
        quiet = said[round((closed_at - CLOSED_AFTER - _NOON) / _MINUTE) : round((closed_at - _NOON) / _MINUTE) + 1]
        assert set(quiet) == {"off"}, "closed only after it was well without a break"


def test_what_lasts_is_told_again_each_day() -> None:
    standing = after(None, "on", _NOON).standing
    told = []
    for minute in range(1, 3 * 24 * 60):
        following = after(standing, "on", _NOON + minute * _MINUTE)
        standing = following.standing
        if following.told:
            told.append((following.told, minute))
    day = REMINDED_AFTER / _MINUTE
    assert told == [("reminder", day), ("reminder", 2 * day)]


@pytest.mark.parametrize(
    ("fast", "slow", "is_fast", "is_slow"),
    [
        ((15, 15), (0, 0), "on", "off"),
        ((14, 15), (0, 0), "between", "off"),  # 14 of 1,000 are 14.0 times what is allowed
        ((15, 14), (0, 0), "between", "off"),
        ((7, 100), (0, 0), "off", "off"),  # it is over: the short window says so
        ((0, 0), (6, 10), "off", "on"),
        ((0, 0), (6, 9), "off", "between"),  # too few errors to say anything
        ((0, 0), (2, 50), "off", "off"),
    ],
)
def test_burn_rates_at_their_limits(
    fast: tuple[int, int], slow: tuple[int, int], is_fast: Judgement, is_slow: Judgement
) -> None:
    counts = windows(fast, slow)
    assert (judged("error_budget_fast", windows=counts), judged("error_budget_slow", windows=counts)) == (
        is_fast,
        is_slow,
    )


@pytest.mark.parametrize(
    ("name", "on", "between", "off"),
    [
        ("pool_exhausted", {"pool_percent": 95.0}, {"pool_percent": 94.9}, {"pool_percent": 79.9}),
        ("database_slow", {"database_ms": 1_000.0}, {"database_ms": 999.0}, {"database_ms": 299.0}),
        (
            "disk_low",
            {"disk_free_bytes": 49 * _GIB, "disk_total_bytes": 1_000 * _GIB},
            {"disk_free_bytes": 50 * _GIB, "disk_total_bytes": 1_000 * _GIB},
            {"disk_free_bytes": 80 * _GIB, "disk_total_bytes": 1_000 * _GIB},
        ),
        (
            "disk_low",
            {"disk_free_bytes": 4 * _GIB - 1, "disk_total_bytes": 10 * _GIB, "disk_reserve_bytes": _GIB},
            {"disk_free_bytes": 4 * _GIB, "disk_total_bytes": 10 * _GIB, "disk_reserve_bytes": _GIB},
            {"disk_free_bytes": 6 * _GIB, "disk_total_bytes": 10 * _GIB, "disk_reserve_bytes": _GIB},
        ),
        (
            "sentry_token_dead",
            {"sentry_failure": "sentry_token_dead"},
            {"sentry_failure": "sentry_too_slow"},
            {"sentry_failure": ""},
        ),
        (
            "outbox_stuck",
            {"outbox": (WaitingOutbox("mail", 3, _NOON - timedelta(minutes=30), 0),)},
            {"outbox": (WaitingOutbox("mail", 3, _NOON - timedelta(minutes=29), 0),)},
            {"outbox": (WaitingOutbox("mail", 3, _NOON - timedelta(minutes=9), 0),)},
        ),
    ],
)
def test_each_rule_at_its_two_limits(
    name: str, on: dict[str, object], between: dict[str, object], off: dict[str, object]
) -> None:
    assert [judged(name, **facts) for facts in (on, between, off)] == ["on", "between", "off"]


@pytest.mark.parametrize(
    ("name", "on", "off"),
    [
        ("error_burst", {"errors_in_burst": 10}, {"errors_in_burst": 0}),
        ("stuck_work", {"stuck_work": ("op_1",)}, {"stuck_work": ()}),
        ("ledger_mismatch", {"ledger_findings": 1}, {"ledger_findings": 0}),
        ("worker_dead", {"workers_alive": 0}, {"workers_alive": 1}),
        ("worker_dead", {"workers_alive": 1, "workers_silent": ("w2",)}, {"workers_alive": 2}),
    ],
)
def test_rules_with_one_limit(name: str, on: dict[str, object], off: dict[str, object]) -> None:
    assert (judged(name, **on), judged(name, **off)) == ("on", "off")


def test_what_is_not_known_changes_nothing_and_services_that_are_well_again_are_off() -> None:
    nothing = Facts(now=_NOON)
    assert verdicts(nothing) == []
    assert {verdict_of_unlisted(name, nothing) for name in FIRST_STEPS} == {"between"}
    known = replace(nothing, breakers_failing=("gemini",), outbox=())
    assert [(one.name, one.subject) for one in verdicts(known)] == [("breaker_open", "gemini")]
    assert (verdict_of_unlisted("breaker_open", known), verdict_of_unlisted("outbox_stuck", known)) == ("off", "off")


def test_that_the_disk_is_low_says_by_itself_that_it_is_little() -> None:
    gib = 1024**3
    low, well = (
        verdicts(Facts(now=_NOON, disk_free_bytes=free, disk_total_bytes=100 * gib))[0] for free in (gib, 50 * gib)
    )
    assert low.figures == "Only 1.0 GiB are free, 1 % of the disk."
    assert well.figures == "50.0 GiB are free, 50 % of the disk."
