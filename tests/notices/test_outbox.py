"""The outbox: once for each key, never two at once, tried again, given up, summarised; on both databases."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from donecast.kit.clock import FixedClock
from donecast.notices import service
from donecast.notices.errors import NotDelivered
from donecast.notices.models import NoticeRow
from donecast.notices.rules import GIVEN_UP_AFTER, KEPT, LEASE, ROWS_MAX, Notice, average_pause_seconds
from donecast.platform.database import DatabaseBusy
from donecast.platform.web import Ground
from tests.support.cut_lines import cut_line
from tests.support.outboxes import ToldSender, put, rows

_START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_START)


@pytest.fixture
def on_sqlite(ground: Ground, clock: FixedClock) -> Ground:
    return replace(ground, clock=clock)


@pytest.fixture(params=["sqlite", "postgres"])
def on_both(request: pytest.FixtureRequest, clock: FixedClock) -> Ground:
    name = "ground" if request.param == "sqlite" else "postgres_ground"
    ground: Ground = request.getfixturevalue(name)
    return replace(ground, clock=clock)


def failing(**how: Any) -> ToldSender:
    def fail(_notice: Notice) -> None:
        raise NotDelivered("it hurts", **how)

    return ToldSender(then=fail)


def test_one_key_is_one_notice_however_often_and_from_however_many(on_both: Ground) -> None:
    answers: list[bool] = []

    def put_all() -> None:
        answers.extend(put(on_both, f"alert:{number}") for number in range(5))

    threads = [threading.Thread(target=put_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 15 + [True] * 5
    sender = ToldSender()
    assert (service.deliver_due(on_both, sender), service.deliver_due(on_both, sender)) == (5, 0)
    assert not put(on_both, "alert:0"), "nor again after it went out"


def test_two_workers_never_send_the_same_one(on_both: Ground) -> None:
    for number in range(20):
        put(on_both, f"n:{number}")
    sender, together = ToldSender(), threading.Barrier(4)

    def work() -> None:
        together.wait()
        service.deliver_due(on_both, sender)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(notice.key for notice in sender.delivered) == sorted(f"n:{number}" for number in range(20))


def test_what_a_killed_worker_had_begun_is_sent_by_another_after_the_lease(
    on_sqlite: Ground, clock: FixedClock
) -> None:
    class Killed(BaseException):
        pass

    def die(_notice: Notice) -> None:
        raise Killed

    put(on_sqlite, "one")
    with pytest.raises(Killed):
        service.deliver_due(on_sqlite, ToldSender(then=die))
    other = ToldSender()
    clock.advance(LEASE - timedelta(seconds=1))
    assert service.deliver_due(on_sqlite, other) == 0
    clock.advance(timedelta(seconds=1))
    assert service.deliver_due(on_sqlite, other) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("when", ["before", "answer"])
@pytest.mark.parametrize("which", ["claim", "note"])
def test_a_commit_that_is_lost_sends_nothing_twice_and_loses_nothing(
    postgres_ground: Ground, clock: FixedClock, when: str, which: str
) -> None:
    with cut_line(postgres_ground.database.url) as (line, database):
        ground = replace(postgres_ground, database=database, clock=clock)
        put(ground, "one")
        sender = ToldSender(then=(lambda _: line.arm(when)) if which == "note" else (lambda _: None))
        if which == "claim":
            line.arm(when)
        assert service.deliver_due(ground, sender) == 1
        assert line.times == 0, "it was cut"
        clock.advance(LEASE)
        assert service.deliver_due(ground, sender) == 0
        assert [notice.key for notice in sender.delivered] == ["one"]
        assert [(row.state, row.attempts) for row in rows(ground)] == [("sent", 1)]


@pytest.mark.postgres
def test_what_went_out_while_the_database_went_away_is_written_down_before_anything_else_is_sent(
    postgres_ground: Ground, clock: FixedClock
) -> None:
    with cut_line(postgres_ground.database.url) as (line, database):
        ground, unnoted = replace(postgres_ground, database=database, clock=clock), service.Unnoted()
        put(ground, "one")
        put(ground, "two")
        sender = ToldSender(then=lambda _: line.arm("before", times=100))
        for _ in range(2):
            with pytest.raises(DatabaseBusy):
                service.deliver_due(ground, sender, unnoted)
            clock.advance(LEASE)
        line.times, sender.then = 0, lambda _: None
        assert service.deliver_due(ground, sender, unnoted) == 1
        assert sorted(notice.key for notice in sender.delivered) == ["one", "two"]
        assert [(row.state, row.attempts) for row in rows(ground)] == [("sent", 1), ("sent", 1)]
        assert not unnoted.went


def test_a_worker_whose_lease_ran_out_changes_nothing_any_more(on_sqlite: Ground, clock: FixedClock) -> None:
    put(on_sqlite, "one")
    quick = ToldSender()

    def sleep_and_fail(_notice: Notice) -> None:
        clock.advance(LEASE)
        service.deliver_due(on_sqlite, quick)
        raise NotDelivered("too late", for_good=True)

    service.deliver_due(on_sqlite, ToldSender(then=sleep_and_fail))
    assert [(row.state, row.attempts) for row in rows(on_sqlite)] == [("sent", 2)]


def test_it_is_tried_again_after_growing_pauses_and_given_up_after_a_day_and_told_so(
    on_sqlite: Ground, clock: FixedClock
) -> None:
    put(on_sqlite, "one", subject="Storage is full")
    sender = failing(channel_is_down=True)
    pauses = []
    while rows(on_sqlite)[0].state == "waiting":
        before = rows(on_sqlite)[0]
        clock.advance(max(before.next_attempt_at - clock.now(), timedelta(seconds=1)))
        assert service.deliver_due(on_sqlite, sender) == 0
        pauses.append((rows(on_sqlite)[0].next_attempt_at - clock.now()).total_seconds())
    given_up, told = rows(on_sqlite)  # made at different times
    assert (given_up.state, given_up.last_error) == ("given_up", "it hurts")
    assert clock.now() - _START >= GIVEN_UP_AFTER
    assert 20 < given_up.attempts < 300
    assert all(pause <= 2 * average_pause_seconds(number + 1) for number, pause in enumerate(pauses))
    assert len(set(pauses)) > len(pauses) / 2, "by chance, so that many who failed together spread out"
    assert (told.channel, told.subject) == ("in_app", "Not delivered by slack: Storage is full")
    assert "it hurts" in told.body


def test_what_nobody_will_ever_take_is_given_up_at_once_and_the_next_one_goes_out(on_sqlite: Ground) -> None:
    put(on_sqlite, "bad")
    put(on_sqlite, "good")

    def refuse_bad(notice: Notice) -> None:
        if notice.key == "bad":
            raise NotDelivered("no such address", for_good=True)

    assert service.deliver_due(on_sqlite, ToldSender(then=refuse_bad)) == 1
    assert {row.key: row.state for row in rows(on_sqlite) if row.channel == "slack"} == {
        "bad": "given_up",
        "good": "sent",
    }


def test_while_a_channel_is_down_one_is_tried_and_the_others_wait(on_sqlite: Ground, clock: FixedClock) -> None:
    for number in range(3):
        put(on_sqlite, f"n:{number}")
    service.deliver_due(on_sqlite, failing(channel_is_down=True, after_seconds=40.0))
    tried, *others = sorted(rows(on_sqlite), key=lambda row: -row.attempts)
    assert (tried.attempts, tried.next_attempt_at) == (1, clock.now() + timedelta(seconds=40))
    assert [row.attempts for row in others] == [0, 0]


def test_a_channel_that_is_off_ends_what_waits_and_says_why(on_sqlite: Ground) -> None:
    put(on_sqlite, "one")
    put(on_sqlite, "two", "mail", recipient="ann@example.com")
    assert service.deliver_due(on_sqlite, ToldSender(off="Slack is not set up.")) == 0
    assert {(row.key, row.state, row.last_error) for row in rows(on_sqlite)} == {
        ("one", "off", "Slack is not set up."),
        ("two", "waiting", None),
    }


def _fill(ground: Ground, count: int, *, state: str) -> None:
    values = service._values(Notice(key="", channel="mail", subject="Full", body="b", recipient="a@b.c"), _START)
    filled = [{**values, "id": f"not_{n:06d}", "key": f"f:{n}", "state": state} for n in range(count)]
    with ground.database.transaction() as session:
        session.execute(insert(NoticeRow), filled)


def test_more_than_ten_thousand_are_never_kept_and_what_went_out_goes_first(on_sqlite: Ground) -> None:
    _fill(on_sqlite, ROWS_MAX - 1, state="sent")
    put(on_sqlite, "fits")
    assert len(rows(on_sqlite)) == ROWS_MAX
    put(on_sqlite, "one more")
    kept = rows(on_sqlite)
    assert len(kept) == ROWS_MAX - ROWS_MAX // 10
    assert {row.key for row in kept[-2:]} == {"fits", "one more"}


def test_whoever_asks_for_a_week_is_asked_once_more_after_a_day(on_sqlite: Ground, clock: FixedClock) -> None:
    put(on_sqlite, "one")
    service.deliver_due(on_sqlite, failing(channel_is_down=True, after_seconds=999_999.0))
    clock.advance(GIVEN_UP_AFTER)
    service.deliver_due(on_sqlite, failing(channel_is_down=True, after_seconds=999_999.0))
    assert rows(on_sqlite)[0].state == "given_up"


def test_of_what_waits_the_oldest_are_summarised_and_the_summary_grows(on_sqlite: Ground) -> None:
    _fill(on_sqlite, ROWS_MAX, state="waiting")
    put(on_sqlite, "one more")
    folded = ROWS_MAX // 10 + 1
    kept = rows(on_sqlite)
    assert len(kept) == ROWS_MAX + 1 - folded + 1
    summary = next(row for row in kept if row.key.startswith("summary:"))
    assert (summary.channel, summary.recipient, summary.state) == ("mail", "admins", "waiting")
    assert summary.subject == f"{folded} messages could not be delivered one by one"
    assert "- Full" in summary.body
    for number in range(folded):
        put(on_sqlite, f"again:{number}")
    assert [row.subject for row in rows(on_sqlite) if row.key.startswith("summary:")] == [
        f"{2 * folded} messages could not be delivered one by one"
    ]
    assert len(rows(on_sqlite)) <= ROWS_MAX


def test_what_went_out_is_forgotten_after_thirty_days(on_sqlite: Ground, clock: FixedClock) -> None:
    put(on_sqlite, "one", "in_app")
    put(on_sqlite, "two")
    clock.advance(KEPT)
    assert service.forget_old(on_sqlite) == 0
    clock.advance(timedelta(seconds=1))
    assert service.forget_old(on_sqlite) == 1
    assert [row.key for row in rows(on_sqlite)] == ["two"], "what still waits stays"


def test_the_head_of_a_notice_is_one_line(on_sqlite: Ground) -> None:
    put(on_sqlite, "one", subject="Hello\r\nBcc: all@example.com\x00\x1b[31m" + "x" * 300)
    assert rows(on_sqlite)[0].subject.startswith("Hello Bcc: all@example.com [31mx")
    assert len(rows(on_sqlite)[0].subject) == 200


def test_a_notice_over_which_a_sender_stumbles_is_noted_holds_up_no_other_and_is_given_up(
    on_sqlite: Ground, clock: FixedClock
) -> None:
    put(on_sqlite, "k:1")
    clock.advance(timedelta(milliseconds=1))  # of what was put in one millisecond any may be the first
    put(on_sqlite, "k:2")

    def stumble(notice: Notice) -> None:
        if notice.key == "k:1":
            raise KeyError("nobody foresaw it")

    sender = ToldSender(then=stumble)
    with pytest.raises(KeyError):
        service.deliver_due(on_sqlite, sender)
    assert service.deliver_due(on_sqlite, sender) == 1
    first = rows(on_sqlite)[0]
    assert (first.state, first.attempts, first.last_error) == ("waiting", 1, "KeyError('nobody foresaw it')")
    clock.advance(GIVEN_UP_AFTER)
    with pytest.raises(KeyError):
        service.deliver_due(on_sqlite, sender)
    assert rows(on_sqlite)[0].state == "given_up"
