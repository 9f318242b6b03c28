"""The running period in a picture, on both engines."""

from datetime import timedelta

from donecast.credits import service
from donecast.credits.rules.pricing import Assembly, Transcription, Work
from donecast.credits.service import Month
from tests.support.ledgers import ANN, BEN, NOON, Ledger


def month(ledger: Ledger, who: str = ANN) -> Month:
    with ledger.database.reading() as session:
        return service.month(session, ledger.clock, who)


def charge(ledger: Ledger, operation_id: str, work: Work, episode_id: str) -> str:
    with ledger.database.transaction() as session:
        return service.charge_for_work(
            session, ledger.clock, ANN, work, operation_id=operation_id, episode_id=episode_id
        ).entry.id


def test_each_day_that_has_begun_says_what_was_used_until_its_end(ledger: Ledger) -> None:
    assert NOON.day == 10
    ledger.charge("a", Transcription(600_000))
    ledger.charge("of somebody else", Transcription(600_000), who=BEN)
    ledger.wait(days=2)
    back = ledger.charge("b", Assembly(600_000)).entry
    ledger.wait(days=1)
    ledger.refund(back.id, 4_000)
    seen = month(ledger)
    assert (seen.period.start.day, seen.period.end.month) == (1, 4)
    assert seen.used_mc == (*[0] * 9, *[15_000] * 2, *[21_000] * 2)


def test_who_used_nothing_has_a_line_at_zero(ledger: Ledger) -> None:
    seen = month(ledger)
    assert seen.used_mc == (0,) * 10
    assert (seen.last_episode, seen.enough_for) == (None, None)


def test_a_new_period_begins_at_zero_and_never_has_more_days_than_it_has(ledger: Ledger) -> None:
    ledger.charge("a", Transcription(600_000))
    ledger.wait(days=21, hours=11, minutes=59)
    assert len(month(ledger).used_mc) == 31
    ledger.wait(minutes=1)
    assert month(ledger).used_mc == (0,)


def test_days_of_a_paid_plan_are_counted_from_its_anniversary(ledger: Ledger) -> None:
    ledger.tier("creator")
    ledger.wait(hours=23)
    assert len(month(ledger).used_mc) == 1
    ledger.wait(hours=1)
    assert len(month(ledger).used_mc) == 2
    assert month(ledger).period.start == NOON


def test_what_is_left_is_enough_for_so_many_more_like_the_last(ledger: Ledger) -> None:
    charge(ledger, "dear", Assembly(3_600_000), "ep_old")
    charge(ledger, "heard", Transcription(60_000), "ep_new")
    charge(ledger, "made", Assembly(60_000), "ep_new")
    charge(ledger, "begun", Transcription(60_000), "ep_next")
    seen = month(ledger)
    assert seen.last_episode == ("ep_new", 7_000)
    assert seen.enough_for == (90_000 - 35_000 - 7_000 - 1_500) // 7_000 == 6
    ledger.tier("unlimited")
    assert month(ledger).enough_for is None


def test_an_episode_that_was_given_back_whole_says_nothing_of_the_next(ledger: Ledger) -> None:
    ledger.refund(charge(ledger, "made", Assembly(60_000), "ep_new"))
    seen = month(ledger)
    assert seen.last_episode == ("ep_new", 0)
    assert seen.enough_for is None


def test_many_charges_of_a_day_are_one_sum(ledger: Ledger) -> None:
    for number in range(40):
        ledger.charge(f"op{number}", Transcription(1_000))
    assert month(ledger).used_mc[-1] == 40 * 25
    assert month(ledger).period.end - month(ledger).period.start == timedelta(days=31)
