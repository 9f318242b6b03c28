"""Who speaks is told from levels alone; beginnings are never cut, bleed never counts, ramps are straight in dB."""

import numpy as np
import pytest

from donecast.engine.track_activity import (
    TURNED_DOWN_DB,
    Matrix,
    gains_db,
    on_one_clock,
    spans_ms,
    who_speaks,
)

Turns = list[tuple[int, int]]


def levels_of(
    turns: list[Turns],
    hops: int,
    *,
    bleed_db: float = -25.0,
    gains: tuple[float, ...] = (0.0, 0.0, 0.0),
    floor_dbfs: float = -75.0,
) -> Matrix:
    """Levels of tracks whose persons speak in the given turns (hops), each at about -30 dBFS in the own track."""
    generator = np.random.default_rng(1)
    power = np.full((len(turns), hops), 10 ** (floor_dbfs / 10))
    for speaker, spoken in enumerate(turns):
        voice = np.zeros(hops)
        for start, end in spoken:
            voice[start:end] = 10 ** ((-30 + generator.normal(0, 4, end - start)) / 10)
        for track in range(len(turns)):
            power[track] += voice * (1 if track == speaker else 10 ** (bleed_db / 10))
    levels: Matrix = (10 * np.log10(power) + generator.normal(0, 1.5, power.shape)).astype(np.float32)
    levels += np.array(gains, np.float32)[: len(turns), None]
    return levels


HOST: Turns = [(100, 400), (900, 1_300), (1_900, 2_100)]
GUEST: Turns = [(430, 860), (1_250, 1_800)]


@pytest.mark.parametrize("gains", [(0.0, 0.0), (8.0, -8.0), (-8.0, 8.0)])
@pytest.mark.parametrize("bleed_db", [-18.0, -30.0, -60.0])
def test_turns_are_found_whatever_the_inputs_were_set_to(bleed_db: float, gains: tuple[float, float]) -> None:
    activity = who_speaks(levels_of([HOST, GUEST], 2_400, bleed_db=bleed_db, gains=gains))
    assert activity.own_voice == (True, True)
    for track, turns in enumerate((HOST, GUEST)):
        found = spans_ms(activity.speaking[track], 24_000)
        assert len(found) == len(turns)
        for (start_ms, end_ms), (start, end) in zip(found, turns, strict=True):
            assert abs(start_ms - 10 * start) <= 60
            assert abs(end_ms - 10 * end) <= 60


def test_both_are_open_where_both_speak() -> None:
    activity = who_speaks(levels_of([HOST, GUEST], 2_400))
    assert activity.open[:, 1_255:1_295].all()


def test_a_track_opens_before_its_person_begins_and_closes_after() -> None:
    activity = who_speaks(levels_of([HOST, GUEST], 2_400))
    for track, turns in enumerate((HOST, GUEST)):
        gains = gains_db(activity.open[track])
        for start, end in turns:
            assert (gains[start - 8 : end + 5] == 0).all()


def test_a_track_is_down_while_only_the_other_speaks() -> None:
    activity = who_speaks(levels_of([HOST, GUEST], 2_400))
    assert (gains_db(activity.open[0])[480:840] == TURNED_DOWN_DB).all()
    assert (gains_db(activity.open[1])[950:1_200] == TURNED_DOWN_DB).all()


def test_in_silence_whoever_spoke_last_stays_open_so_the_room_does_not_vanish() -> None:
    activity = who_speaks(levels_of([[(100, 300)], [(900, 1_200)]], 1_500))
    assert activity.open[0, :850].all()
    assert not activity.open[1, 300:850].any()
    assert activity.open[1, 885:].all()
    assert activity.open.any(axis=0).all()


def test_a_short_answer_counts_and_a_click_does_not() -> None:
    levels = levels_of([HOST, [(430, 860), (1_000, 1_015)]], 2_400)
    levels[1, 200:202] = -20
    spans = spans_ms(who_speaks(levels).speaking[1], 24_000)
    assert len(spans) == 2
    assert abs(spans[1][0] - 10_000) <= 30


def test_gaps_between_words_stay_inside_a_turn() -> None:
    words = [(at, at + 30) for at in range(100, 700, 60)]
    activity = who_speaks(levels_of([words, [(800, 1_000)]], 1_200))
    assert len(spans_ms(activity.speaking[0], 12_000)) == 1


def test_a_track_into_which_nobody_speaks_has_no_voice() -> None:
    activity = who_speaks(levels_of([HOST, []], 2_400))
    assert activity.own_voice == (True, False)
    assert not activity.speaking[1].any()
    assert len(spans_ms(activity.speaking[0], 24_000)) == len(HOST)


def test_three_people_are_told_apart() -> None:
    turns: list[Turns] = [[(100, 300), (1_000, 1_200)], [(320, 600)], [(650, 950), (1_150, 1_350)]]
    activity = who_speaks(levels_of(turns, 1_500, gains=(0, 6, -6)))
    for track, spoken in enumerate(turns):
        assert len(spans_ms(activity.speaking[track], 15_000)) == len(spoken)
    assert activity.open[[0, 2], 1_160].all()
    assert not activity.open[1, 1_160]


def test_nobody_at_all_leaves_everything_open() -> None:
    activity = who_speaks(np.full((2, 500), -75, np.float32))
    assert not activity.speaking.any()
    assert activity.open.all()


def test_ramps_are_straight_in_decibels_and_end_where_the_track_opens() -> None:
    opened = np.zeros(200, np.bool_)
    opened[80:120] = True
    gains = gains_db(opened)
    assert (gains[80:120] == 0).all()
    assert (gains[:70] == TURNED_DOWN_DB).all()
    rising, falling = np.diff(gains[75:81]), np.diff(gains[119:132])
    assert rising == pytest.approx(rising[0])
    assert falling == pytest.approx(falling[0])
    assert np.abs(np.diff(gains)).max() <= 4.001
    assert (gains_db(np.zeros(10, np.bool_)) == TURNED_DOWN_DB).all()


def test_levels_move_to_another_clock_and_are_silent_outside() -> None:
    levels = np.arange(5, dtype=np.float32)
    moved = on_one_clock(levels, np.array([-2.0, -0.4, 1.2, 3.9, 4.6]))
    assert moved.tolist() == [-120.0, 0.0, 1.0, 4.0, -120.0]


def test_spans_end_with_the_recording() -> None:
    flags = np.ones(12, np.bool_)
    assert spans_ms(flags, 115) == [(0, 115)]
    assert spans_ms(np.array([False] * 11 + [True]), 110) == []
