"""Pauses before asking again grow, and differ from one who asks to the next."""

from itertools import islice
from statistics import mean

from donecast.platform.retrying import jittered, jittered_pauses


def test_pauses_are_around_one_two_and_four_seconds_and_no_longer_than_eight() -> None:
    rows = [list(islice(jittered_pauses(), 6)) for _ in range(2_000)]
    for number, usual in enumerate((1, 2, 4, 8, 8, 8)):
        column = [row[number] for row in rows]
        assert all(0 <= pause <= 2 * usual for pause in column)
        assert abs(mean(column) - usual) < usual / 5


def test_two_who_failed_together_do_not_come_back_together() -> None:
    assert len({jittered(1.0) for _ in range(50)}) == 50
