"""Pure rules of episodes: state, first titles, whose captions, and where words are heard."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.chapters import Chapter
from donecast.core.span import Span
from donecast.core.timeline import from_cuts
from donecast.core.words import TranscriptQuality, Word
from donecast.episodes.layout import Layout, SpokenPart, layout_from_json
from donecast.episodes.rules import (
    Assembly,
    Clip,
    EpisodeFacts,
    PersonHeard,
    RenditionFacts,
    assembly_from_json,
    captions_public,
    digest_of,
    enclosure_url,
    guests_of,
    guid_of,
    joined_word_spans,
    page_url,
    people_of,
    slugs,
    spoken_guests,
    state_of,
    title_of_recording,
)
from donecast.transcripts.rules import TranscriptFacts
from tests.support.scene import NOON

RENDITION = RenditionFacts(
    id="ren_1",
    episode_id="ep_1",
    content_hash="ab" * 32,
    codec="mp3",
    duration_ms=60_000,
    length_bytes=960_000,
    loudness_lufs=-16.0,
    true_peak_dbtp=-1.3,
    edit_list_version=2,
    transcript_id="tr_1",
    made_at=NOON,
)
TRANSCRIPT = TranscriptFacts(
    id="tr_1", account_id="acc_1", engine="e", quality="basic", language="en", words_count=9, duration_ms=60_000
)
DRAFT = EpisodeFacts(
    id="ep_1",
    account_id="acc_1",
    show_id="show_1",
    recording_id="med_1",
    template_id=None,
    title="Beans",
    notes="",
    speaker_names={},
    season=None,
    number=None,
    kind="full",
    explicit=None,
    slug="beans",
    guid="urn:uuid:1",
    publish_when="not_yet",
    published_at=None,
    transcript=None,
    captions_public=False,
    transcriber=None,
    voice=None,
    edit_list_version=2,
    operation_id=None,
    working=False,
    rendition=None,
    outdated=False,
    created_at=NOON,
    updated_at=NOON,
)


def test_the_state_follows_from_what_is_there() -> None:
    stopped = replace(DRAFT, operation_id="op_1", transcript=TRANSCRIPT)
    ready = replace(stopped, rendition=RENDITION)
    assert state_of(DRAFT, NOON) == "draft"
    assert state_of(stopped, NOON) == "needs_you"
    assert state_of(ready, NOON) == "ready"
    assert state_of(replace(ready, published_at=NOON + timedelta(seconds=1)), NOON) == "scheduled"
    assert state_of(replace(ready, published_at=NOON), NOON) == "live"
    for episode in (DRAFT, stopped, ready, replace(ready, published_at=NOON)):
        assert state_of(replace(episode, working=True), NOON) == "working"


def test_without_audio_nothing_is_live_whatever_the_clock_says() -> None:
    episode = replace(DRAFT, published_at=NOON - timedelta(days=1))
    assert not episode.is_live(NOON)
    assert state_of(episode, NOON) == "draft"


@pytest.mark.parametrize(
    ("quality", "approved", "public"),
    [
        (None, True, False),
        ("basic", None, False),
        ("basic", True, True),
        ("good", None, True),
        ("provider", None, True),
        ("given", None, True),
        ("given", False, False),
    ],
)
def test_approximate_captions_need_the_persons_word(
    quality: TranscriptQuality | None, approved: bool | None, public: bool
) -> None:
    assert captions_public(quality, approved) is public


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("interview_final.WAV", "interview final"),
        ("Dr. Smith on v1.2", "Dr. Smith on v1.2"),
        ("  talk   one ", "talk one"),
        (".mp3", "Untitled episode"),
        ("x" * 300, "x" * 200),
    ],
)
def test_a_first_title_comes_from_the_recordings_name(name: str, title: str) -> None:
    assert title_of_recording(name) == title


def test_addresses_are_made_of_plain_letters_and_stay_apart() -> None:
    names = slugs("Ärger mit Bohnen?")
    assert [next(names), next(names)] == ["arger-mit-bohnen", "arger-mit-bohnen-2"]
    assert next(slugs("番組")) == "episode"
    assert page_url("https://a.example", "beans", "one") == "https://a.example/shows/beans/one"
    url = enclosure_url("https://a.example", DRAFT, RENDITION)
    assert url == "https://a.example/listen/ep_1/ren_1/beans.mp3"


def test_a_guid_is_made_of_the_episodes_id_and_of_nothing_else() -> None:
    assert guid_of("ep_1") == guid_of("ep_1") != guid_of("ep_2")


LAYOUT = Layout(
    duration_ms=20_000,
    content_start_ms=5_000,
    timeline=from_cuts(12_000, [Span(2_000, 4_000)]),
    spoken=(SpokenPart("Welcome to Beans.", 1_000, 4_000), SpokenPart("Bye.", 16_000, 17_000)),
)


def test_words_are_moved_behind_the_intro_and_over_the_cuts() -> None:
    recorded = [Word("one", 1_000, 1_400), Word("cut", 2_500, 2_900), Word("two", 5_000, 5_400)]
    words = LAYOUT.words(recorded)
    assert [(word.text, word.start_ms) for word in words if word.timing == "engine"] == [("one", 6_000), ("two", 8_000)]
    assert [word.text for word in words] == ["Welcome", "to", "Beans.", "one", "two", "Bye."]


def test_spoken_words_fill_their_part_by_length() -> None:
    welcome, to, beans = LAYOUT.words([])[:3]
    assert (welcome.start_ms, beans.end_ms) == (1_000, 4_000)
    assert (welcome.end_ms, to.end_ms) == (to.start_ms, beans.start_ms)
    assert welcome.end_ms - welcome.start_ms > to.end_ms - to.start_ms
    assert {word.timing for word in (welcome, to, beans)} == {"interpolated"}


def test_words_are_said_when_the_voice_says_them_and_never_outside_their_part() -> None:
    part = SpokenPart("Up beans!", 1_000, 1_800, (Span(100, 300), Span(400, 900)))
    words = Layout(10_000, 0, from_cuts(1, []), (part,)).words([])
    assert [(word.text, word.start_ms, word.end_ms, word.timing) for word in words] == [
        ("Up", 1_100, 1_300, "engine"),
        ("beans!", 1_400, 1_800, "engine"),
    ]
    late = replace(part, word_spans=(Span(100, 300), Span(5_000, 5_100)))
    assert [word.end_ms for word in Layout(10_000, 0, from_cuts(1, []), (late,)).words([])] == [1_300, 1_800]
    few = replace(part, word_spans=(Span(100, 300),))
    assert {word.timing for word in Layout(10_000, 0, from_cuts(1, []), (few,)).words([])} == {"interpolated"}


def test_clips_one_after_another_say_their_words_one_after_another() -> None:
    one = Clip(key="a", text="Up beans", content_hash="", duration_ms=1_000, loudness_lufs=None, channels=1)
    one = replace(one, word_spans=(Span(0, 300), Span(400, 900)))
    two = replace(one, text="Rain", duration_ms=500, word_spans=(Span(50, 450),))
    assert joined_word_spans([one, two], gap_ms=200) == (Span(0, 300), Span(400, 900), Span(1_250, 1_650))
    assert joined_word_spans([one, replace(two, word_spans=())], gap_ms=200) == ()


@given(st.lists(st.sampled_from(["a", "bean", "greenhouse"]), min_size=1, max_size=60), st.integers(1, 5_000))
def test_spoken_words_are_always_in_order_and_have_a_length(texts: list[str], length_ms: int) -> None:
    layout = Layout(10_000, 0, from_cuts(1, []), (SpokenPart(" ".join(texts), 100, 100 + length_ms),))
    words = layout.words([])
    assert sorted(word.text for word in words) == sorted(texts)
    assert all(100 <= word.start_ms < word.end_ms <= 101 + length_ms for word in words)
    starts = [word.start_ms for word in words]
    assert starts == sorted(starts)


def test_layouts_and_assemblies_are_read_back_as_they_were() -> None:
    assert layout_from_json(LAYOUT.to_json()) == LAYOUT
    assembly = Assembly(
        plan_digest="d",
        edit_list_version=3,
        transcript_id=None,
        layout=LAYOUT,
        chapters=(Chapter(0, "Intro"), Chapter(5_000, "Beans", 9_000, "https://a.example")),
    )
    assert assembly_from_json(assembly.to_json()) == assembly
    told = replace(LAYOUT, spoken=(SpokenPart("Up beans!", 1_000, 1_800, (Span(100, 300), Span(400, 800))),))
    assert layout_from_json(told.to_json()) == told
    second_form = {**LAYOUT.to_json(), "version": 2, "spoken": [["Bye.", 16_000, 17_000]]}
    assert layout_from_json(second_form).spoken == (SpokenPart("Bye.", 16_000, 17_000),)
    first_form = {**LAYOUT.to_json(), "version": 1, "kept": [[0, 2_000], [4_000, 12_000]]}
    assert layout_from_json(first_form) == LAYOUT
    with pytest.raises(ValueError, match="layout version 4 is not known"):
        layout_from_json({**LAYOUT.to_json(), "version": 4})


def test_a_digest_knows_values_and_not_their_order() -> None:
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1, "b": 3})


def test_guests_are_everybody_who_is_named_but_the_host() -> None:
    names = {"B": "Ben", "A": "ann", "C": "Carla", "D": "BEN"}
    assert guests_of(names, "Ann") == ("Ben", "Carla")
    assert guests_of({}, "Ann") == ()


@pytest.mark.parametrize(
    ("names", "language", "said"),
    [
        ({}, "en-GB", ""),
        ({"A": "Ann"}, "en", ""),
        ({"A": "Ann", "B": "Ben"}, "en", "Ben"),
        ({"B": "Ben", "C": "Carla"}, "en-US", "Ben and Carla"),
        ({"B": "Ben", "C": "Carla", "D": "Dan"}, "en", "Ben, Carla and Dan"),
        ({"B": "Ben", "C": "Carla"}, "de", "Ben, Carla"),
    ],
)
def test_guests_are_spoken_as_one_would(names: dict[str, str], language: str, said: str) -> None:
    assert spoken_guests(names, "Ann", language) == said


def test_people_of_a_show_are_counted_once_an_episode_and_written_as_last() -> None:
    newest_first = [{"A": "Ann", "B": "Ben"}, {"A": "Ann", "B": "ben", "C": "Ben"}, {"A": "Carla"}]
    assert people_of(newest_first, "Ann") == (
        PersonHeard("Ann", 2, is_host=True),
        PersonHeard("Ben", 2, is_host=False),
        PersonHeard("Carla", 1, is_host=False),
    )
