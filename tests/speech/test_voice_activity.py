"""Pauses: found where they are, to a hundredth of a second where the room is quiet."""

from pathlib import Path

import numpy as np
import pytest

from donecast.core.span import Span, merged
from donecast.speech.errors import TranscriptionCancelled
from donecast.speech.feed import Feed
from donecast.speech.voice_activity import activity_between, listen, pauses, speech_segments
from donecast.speech.voice_detector import (
    frame_energies_db,
    listen_to_part,
    snap_to_energy,
    speech_from_probabilities,
)
from tests.support.spoken_scene import SpokenScene

EDGE_MS_MAX = 40


def test_planted_pauses_are_found_with_their_edges(scene: SpokenScene) -> None:
    rests = [scene.rest(500)]
    for duration_ms in (300, 600, 1_500, 2_500):
        scene.say("We drove along the river for an hour.")
        rests.append(scene.rest(duration_ms))
    feed = scene.write()
    found = pauses(feed)
    assert len(found) == len(rests)
    for pause, rest in zip(found, rests, strict=True):
        assert abs(pause.start_ms - rest.start_ms) <= EDGE_MS_MAX
        assert abs(pause.end_ms - rest.end_ms) <= EDGE_MS_MAX
    assert merged([*found, *speech_segments(feed)]) == (Span(0, scene.duration_ms),)


def test_parts_heard_apart_agree_with_the_whole(scene: SpokenScene) -> None:
    for duration_ms in (700, 400, 900):
        scene.say("My sister bought a garden near the lake.")
        scene.rest(duration_ms)
    feed = scene.write()
    whole = listen_to_part(feed, Span(0, scene.duration_ms))
    middle_ms = scene.duration_ms // 2 // 32 * 32
    parts = [*listen_to_part(feed, Span(0, middle_ms)), *listen_to_part(feed, Span(middle_ms, scene.duration_ms))]
    joined = merged(parts)
    assert len(joined) == len(whole)
    for one, other in zip(joined, whole, strict=True):
        assert abs(one.start_ms - other.start_ms) <= 40
        assert abs(one.end_ms - other.end_ms) <= 40


def test_a_quiet_room_is_one_pause(scene: SpokenScene) -> None:
    scene.rest(1_000)
    activity = listen(scene.write())
    assert activity.speech == ()
    assert activity.pauses == (Span(0, 1_000),)


def test_noise_is_not_speech(scene: SpokenScene, tmp_path: Path) -> None:
    scene.rest(100)
    noise = np.random.default_rng(7).normal(0, 800, 48_000).astype(np.int16)
    scene.add(noise)
    assert sum(span.duration_ms for span in listen(scene.write()).speech) < 300


def test_listening_can_be_cancelled(scene: SpokenScene) -> None:
    scene.rest(3_000)
    with pytest.raises(TranscriptionCancelled):
        listen(scene.write(), cancelled=lambda: True)


def test_hysteresis_keeps_weak_syllables_and_drops_clicks() -> None:
    steps = [0.0] * 5 + [0.9, 0.4, 0.4, 0.9] + [0.1] * 10 + [0.9] + [0.1] * 10 + [0.4] * 10
    assert speech_from_probabilities(steps, 32) == (Span(160, 288),)


def test_short_gaps_are_closed_and_long_ones_stay() -> None:
    speech, closure, pause = [0.9] * 4, [0.1] * 2, [0.1] * 4
    assert speech_from_probabilities(speech + closure + speech + pause + speech, 32) == (Span(0, 320), Span(448, 576))


def test_speech_to_the_very_end_is_kept() -> None:
    assert speech_from_probabilities([0.0, 0.9, 0.9, 0.9], 10_0) == (Span(100, 400),)


def test_edges_move_to_the_sound_within_reach() -> None:
    envelope = np.full(200, -70.0)
    envelope[50:120] = -20.0
    (snapped,) = snap_to_energy([Span(560, 1_290)], envelope, 2_000)
    assert snapped == Span(500, 1_200)
    (far,) = snap_to_energy([Span(800, 1_290)], envelope, 2_000)
    assert far.start_ms == 640


def test_energies_are_in_decibels_of_full_scale() -> None:
    half = np.full(320, 16_384, dtype=np.int16)
    assert frame_energies_db(half).round(1).tolist() == [-6.0, -6.0]
    assert frame_energies_db(np.zeros(10, dtype=np.int16)).tolist() == [-100.0]


def test_activity_and_pauses_say_the_same() -> None:
    activity = activity_between([Span(0, 300), Span(900, 1_200)], 2_000)
    assert activity.speech == (Span(300, 900), Span(1_200, 2_000))
    assert activity.pauses == (Span(0, 300), Span(900, 1_200))
    assert activity_between([], 0).silence == ()


def test_feed_is_read_in_pieces_and_ends_where_it_ends(scene: SpokenScene) -> None:
    scene.rest(1_000)
    with Feed(scene.write()) as feed:
        assert feed.duration_ms == 1_000
        assert feed.read(Span(900, 1_500)).size == 1_600
        assert feed.read(Span(5_000, 6_000)).size == 0
        assert [block.size for block in feed.blocks(Span(0, 5_000), 10_000)] == [10_000, 6_000]
