"""Times, lengths, numbers and paragraphs read the way people write them."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.words import Word
from donecast.site.rules import (
    PARAGRAPH_PAUSE_MS,
    PARAGRAPH_WORDS_MAX,
    EpisodeView,
    Paragraph,
    ShowView,
    clock_time,
    date_in_words,
    duration_iso,
    episode_data,
    length_in_words,
    number_line,
    paragraphs,
    series_data,
)

SHOW = ShowView(
    base_url="https://cast.example",
    title="The Allotment Hour",
    description_html="<p>Two friends.</p>",
    summary="Two friends.",
    author="Margaret Hale",
    language="en-gb",
    website=None,
    podcast_guid="3dd7b1e2-67ec-5c63-98ed-936c220057fa",
    page_path="/shows/allotment",
    feed_path="/shows/allotment/feed.xml",
    cover_path="/covers/med_1.jpg",
)


def episode(**changes: Any) -> EpisodeView:
    values: dict[str, Any] = {
        "title": "A greenhouse",
        "notes_html": "",
        "summary": "Three shower doors.",
        "page_path": "/shows/allotment/a-greenhouse",
        "published_at": datetime(2026, 11, 20, 0, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        "duration_ms": 3_594_400,
        "audio_path": "/listen/ep_1/ren_1/a-greenhouse.mp3",
        "audio_type": "audio/mpeg",
        "audio_bytes": 57_512_345,
        "season": None,
        "number": 42,
        "kind": "full",
        "explicit": False,
    }
    return EpisodeView(**values | changes)


def spoken(texts: list[str], *, speaker: str | None = None, start_ms: int = 0, every_ms: int = 400) -> list[Word]:
    return [
        Word(text, start_ms + n * every_ms, start_ms + n * every_ms + every_ms - 50, speaker=speaker)
        for n, text in enumerate(texts)
    ]


@pytest.mark.parametrize(
    ("instant_ms", "text"),
    [(0, "0:00"), (999, "0:00"), (186_000, "3:06"), (3_599_999, "59:59"), (3_729_000, "1:02:09")],
)
def test_clock_times(instant_ms: int, text: str) -> None:
    assert clock_time(instant_ms) == text


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (1, "1 second"),
        (45_000, "45 seconds"),
        (60_000, "1 minute"),
        (3_540_000, "59 minutes"),
        (3_594_400, "1 hour"),
        (3_720_000, "1 hour 2 minutes"),
        (7_260_000, "2 hours 1 minute"),
    ],
)
def test_lengths_in_words(duration_ms: int, text: str) -> None:
    assert length_in_words(duration_ms) == text


@pytest.mark.parametrize(
    ("duration_ms", "text"), [(3_594_400, "PT59M54S"), (3_600_000, "PT1H"), (400, "PT1S"), (61_000, "PT1M1S")]
)
def test_lengths_for_search_engines(duration_ms: int, text: str) -> None:
    assert duration_iso(duration_ms) == text


def test_the_day_is_that_of_the_show() -> None:
    """Half past midnight in Berlin is still the day before in UTC."""
    assert date_in_words(episode().published_at) == "20 November 2026"
    assert date_in_words(episode().published_at.astimezone(UTC)) == "19 November 2026"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"number": 42}, "Episode 42"),
        ({"number": 42, "season": 2}, "Season 2, episode 42"),
        ({"number": None, "season": 2}, "Season 2"),
        ({"number": None}, None),
        ({"kind": "trailer"}, "Trailer"),
        ({"kind": "bonus", "number": 3}, "Bonus"),
    ],
)
def test_episodes_are_numbered_as_far_as_we_know(changes: dict[str, Any], line: str | None) -> None:
    assert number_line(episode(**changes)) == line


def test_a_change_of_voice_starts_a_paragraph() -> None:
    words = spoken(["Hello", "there."], speaker="Margaret") + spoken(["Hi."], speaker="Desmond", start_ms=900)
    assert paragraphs(words) == (Paragraph(0, "Margaret", "Hello there."), Paragraph(900, "Desmond", "Hi."))


def test_a_long_silence_starts_a_paragraph() -> None:
    words = spoken(["one"]) + spoken(["two"], start_ms=350 + PARAGRAPH_PAUSE_MS)
    assert [paragraph.text for paragraph in paragraphs(words)] == ["one", "two"]
    closer = spoken(["one"]) + spoken(["two"], start_ms=349 + PARAGRAPH_PAUSE_MS)
    assert [paragraph.text for paragraph in paragraphs(closer)] == ["one two"]


def test_a_long_paragraph_ends_with_its_sentence() -> None:
    sentence = ["word"] * 19 + ["end."]
    texts = [paragraph.text for paragraph in paragraphs(spoken(sentence * 8))]
    assert all(text.endswith("end.") for text in texts)
    assert [len(text.split()) for text in texts] == [60, 60, 40]


def test_text_without_sentences_is_still_broken_up() -> None:
    found = paragraphs(spoken(["word"] * 400))
    assert [len(paragraph.text.split()) for paragraph in found] == [PARAGRAPH_WORDS_MAX, PARAGRAPH_WORDS_MAX, 120]
    assert [paragraph.start_ms for paragraph in found] == [0, 56_000, 112_000]


def test_no_words_no_paragraph() -> None:
    assert paragraphs([]) == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b.", "c?"]), st.sampled_from([None, "Margaret", "Desmond"]), st.integers(1, 4_000)
        ),
        max_size=300,
    )
)
def test_paragraphs_lose_no_word_and_keep_their_order(drawn: list[tuple[str, str | None, int]]) -> None:
    words, at_ms = [], 0
    for text, speaker, gap_ms in drawn:
        words.append(Word(text, at_ms, at_ms + 100, speaker=speaker))
        at_ms += 100 + gap_ms
    found = paragraphs(words)
    assert " ".join(paragraph.text for paragraph in found).split() == [word.text for word in words]
    starts = [paragraph.start_ms for paragraph in found]
    assert starts == sorted(starts)


def test_search_engines_learn_about_the_show() -> None:
    data = series_data(SHOW)
    assert data["@type"] == "PodcastSeries"
    assert data["webFeed"] == "https://cast.example/shows/allotment/feed.xml"
    assert data["image"] == "https://cast.example/covers/med_1.jpg"
    assert data["identifier"] == "urn:uuid:3dd7b1e2-67ec-5c63-98ed-936c220057fa"


def test_search_engines_learn_about_the_episode() -> None:
    view = episode(season=2, transcript_paths=(("vtt", "/shows/allotment/a-greenhouse/transcript.vtt"),))
    data = episode_data(SHOW, view)
    assert data["datePublished"] == "2026-11-19T23:30:00Z"
    assert data["duration"] == "PT59M54S"
    assert data["episodeNumber"] == 42
    assert data["partOfSeason"] == {"@type": "PodcastSeason", "seasonNumber": 2}
    assert data["partOfSeries"]["url"] == "https://cast.example/shows/allotment"
    assert data["associatedMedia"]["contentUrl"] == "https://cast.example/listen/ep_1/ren_1/a-greenhouse.mp3"
    assert data["associatedMedia"]["contentSize"] == "57512345"
    assert data["associatedMedia"]["transcript"] == "https://cast.example/shows/allotment/a-greenhouse/transcript.vtt"


def test_what_is_not_known_is_not_said() -> None:
    data = episode_data(SHOW, episode(number=None))
    assert "episodeNumber" not in data
    assert "partOfSeason" not in data
    assert "transcript" not in data["associatedMedia"]
