"""Counts of requests: exact in a window, over processes that live and that are gone, and quiet about a burst."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.platform.database import DatabaseBusy
from donecast.platform.traffic import BUCKET_SECONDS, LATENCY_BOUNDS_SECONDS, SLOW_KEPT_MAX, Label, Outcome, Traffic
from donecast.platform.traffic_rows import TrafficRows, burst, slow_requests, tally_over
from donecast.platform.traffic_rules import BURST_ERRORS_MIN, BURST_WINDOW_SECONDS, Tally, is_burst, tally
from donecast.platform.web import Ground

NOON_MS = int(datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp() * 1_000)


class Hand:
    """A steady clock that is moved by hand."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def now_ms(self) -> int:
        return self.ms

    def forward(self, seconds: float) -> None:
        self.ms += int(seconds * 1_000)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.ms / 1_000, UTC)


def note(traffic: Traffic, outcome: Outcome, times: int = 1, took_seconds: float = 0.01) -> None:
    for number in range(times):
        traffic.note("/api/shows", "GET", outcome, took_seconds, f"r{number}")


@pytest.fixture
def overrides() -> dict[str, Any]:
    return {"database_lock_wait_ms": 200}


@pytest.fixture
def hand() -> Hand:
    return Hand()


@given(moments=st.lists(st.integers(0, 4_000), max_size=60), window=st.sampled_from([5, 60, 300, 3_600]))
def test_a_window_holds_exactly_the_buckets_that_it_names(moments: list[int], window: int) -> None:
    hand = Hand()
    traffic = Traffic(hand.now_ms)
    for moment in sorted(moments):
        hand.ms = NOON_MS + 1_000 * moment
        note(traffic, "2xx")
    hand.ms = NOON_MS + 4_000_000
    wanted = [moment for moment in moments if moment // 5 > 4_000 // 5 - window // 5]
    assert tally(traffic.counts(window)).total == len(wanted)


def test_many_threads_lose_no_request(hand: Hand) -> None:
    traffic = Traffic(hand.now_ms)
    threads = [Thread(target=note, args=(traffic, "2xx", 2_000)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally(traffic.counts(300)).total == 16_000
    assert sum(traffic.latencies()["/api/shows", "GET"].counts) == 16_000


def test_latencies_are_counted_up_to_their_bounds(hand: Hand) -> None:
    traffic = Traffic(hand.now_ms)
    for took in (0.005, 0.0051, 11.0):
        note(traffic, "2xx", took_seconds=took)
    found = traffic.latencies()["/api/shows", "GET"]
    assert (found.counts[0], found.counts[1], found.counts[len(LATENCY_BOUNDS_SECONDS)]) == (1, 1, 1)
    assert found.sum_seconds == pytest.approx(11.0101)


def test_processes_see_each_other_also_those_that_are_gone(ground: Ground, hand: Hand) -> None:
    ours, gone = Traffic(hand.now_ms), Traffic(hand.now_ms)
    note(gone, "5xx", 3)
    note(gone, "2xx", 4)
    TrafficRows(ground.database, gone).save()
    del gone
    note(ours, "2xx", 5)
    hand.forward(7)
    note(ours, "4xx", 2)
    rows = TrafficRows(ground.database, ours)
    wanted = Counter({"5xx": 3, "2xx": 9, "4xx": 2})
    for _ in range(2):  # before we saved our own, and after
        found = rows.counts(300)
        assert Counter({label.outcome: count for label, count in found.items()}) == wanted
        rows.save()
        rows.save()
    assert tally(rows.counts(300)) == Tally(total=14, errors=3, client_errors=2)
    hand.forward(293)
    assert tally(rows.counts(300)) == Tally(total=2, errors=0, client_errors=2)


def test_what_could_not_be_saved_is_saved_the_next_time(ground: Ground, hand: Hand) -> None:
    ours, other = Traffic(hand.now_ms), Traffic(hand.now_ms)
    note(ours, "2xx", 5, took_seconds=2.5)
    rows = TrafficRows(ground.database, ours)
    with ground.database.writing_engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE traffic_minutes RENAME TO away")
        connection.commit()
    with pytest.raises(Exception, match="traffic_minutes"):
        rows.save()
    assert tally(TrafficRows(ground.database, other).counts(300)).total == 0
    with ground.database.writing_engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO traffic_minutes")
        connection.commit()
    rows.save()
    assert tally(TrafficRows(ground.database, other).counts(300)).total == 5
    with ground.database.reading() as session:
        assert len(slow_requests(session)) == 5


def test_minutes_are_kept_for_what_burns_slowly(ground: Ground, hand: Hand) -> None:
    rows = TrafficRows(ground.database, traffic := Traffic(hand.now_ms))
    for minutes in (0, 4 * 60, 5 * 60 + 40, 6 * 60 - 1):
        hand.ms = NOON_MS + 60_000 * minutes
        note(traffic, "5xx")
        note(traffic, "2xx", 3)
        note(traffic, "4xx", 96)
        rows.save()
    with ground.database.reading() as session:
        for window, times in ((5, 1), (30, 2), (60, 2), (180, 3), (360, 4)):
            found = tally_over(session, hand.now(), timedelta(minutes=window))
            assert (found.errors, found.error_share) == (times, 0.25), window
    hand.forward(120)
    rows.save()
    with ground.database.reading() as session:
        assert tally_over(session, hand.now(), timedelta(hours=6)).errors == 3


def test_slow_requests_are_bounded_and_the_newest_stay(ground: Ground, hand: Hand) -> None:
    traffic = Traffic(hand.now_ms)
    for number in range(SLOW_KEPT_MAX + 20):
        traffic.note("/api/shows", "GET", "2xx", 1.2, f"slow-{number}")
    traffic.note("/api/shows", "GET", "2xx", 1.0, "quick enough")
    TrafficRows(ground.database, traffic).save()
    with ground.database.reading() as session:
        found = slow_requests(session)
    assert (len(found), found[0].request_id, found[0].took_ms) == (SLOW_KEPT_MAX, "slow-119", 1_200)


def test_a_burst_is_told_once_by_whoever_sees_it(ground: Ground, hand: Hand, caplog: pytest.LogCaptureFixture) -> None:
    first, second = Traffic(hand.now_ms), Traffic(hand.now_ms)
    rows = [TrafficRows(ground.database, first), TrafficRows(ground.database, second)]

    def save_and_read() -> list[str]:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            for one in rows:
                one.save()
        return [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]

    note(first, "5xx", 5)
    note(second, "5xx", 4)
    assert save_and_read() == []
    note(second, "5xx")
    assert save_and_read() == ["burst of errors"]
    with ground.database.reading() as session:
        found = burst(session, hand.now())
    assert found is not None
    assert (found.began_at, found.errors) == (hand.now(), 10)
    hand.forward(BURST_WINDOW_SECONDS + BUCKET_SECONDS)  # no error counts any more
    assert save_and_read() == [], "who looks once a minute must find it"
    for _ in range(20):  # it goes on, now more, now less
        hand.forward(30)
        note(first, "5xx", 4)
        assert save_and_read() == []
    hand.forward(60)
    assert save_and_read() == ["burst of errors is over"]
    note(first, "5xx", 10)
    assert save_and_read() == ["burst of errors"]


def test_a_burst_goes_on_no_more_when_all_who_count_are_dead(ground: Ground, hand: Hand) -> None:
    traffic = Traffic(hand.now_ms)
    note(traffic, "5xx", 10)
    TrafficRows(ground.database, traffic).save()
    with ground.database.reading() as session:
        assert burst(session, hand.now() + timedelta(minutes=2)) is not None
        assert burst(session, hand.now() + timedelta(minutes=2, seconds=BUCKET_SECONDS)) is None


def test_a_burst_begins_at_ten_and_ends_below_five() -> None:
    assert not is_burst(BURST_ERRORS_MIN - 1, was_burst=False)
    assert is_burst(BURST_ERRORS_MIN, was_burst=False)
    assert is_burst(5, was_burst=True)
    assert not is_burst(4, was_burst=True)


def test_two_who_save_at_once_on_postgres_lose_nothing(postgres_ground: Ground, hand: Hand) -> None:
    several = [Traffic(hand.now_ms) for _ in range(4)]
    for traffic in several:
        note(traffic, "5xx", 5)
    savers = [Thread(target=TrafficRows(postgres_ground.database, traffic).save) for traffic in several]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    found = TrafficRows(postgres_ground.database, Traffic(hand.now_ms)).counts(300)
    assert found == {Label("/api/shows", "GET", "5xx"): 20}


def test_a_busy_database_is_told_and_nothing_is_lost(ground: Ground, hand: Hand) -> None:
    traffic = Traffic(hand.now_ms)
    note(traffic, "2xx", 2)
    rows = TrafficRows(ground.database, traffic)
    with ground.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM slow_requests")
        with pytest.raises(DatabaseBusy):
            rows.save()
    rows.save()
    assert tally(TrafficRows(ground.database, Traffic(hand.now_ms)).counts(300)).total == 2
