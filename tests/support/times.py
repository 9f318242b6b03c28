"""Hypothesis strategies for spans, cuts, timelines and words."""

from hypothesis import strategies as st

from donecast.core.span import Span
from donecast.core.timeline import Timeline, from_cuts
from donecast.core.words import Word

DURATION_MS_MAX = 20_000

durations_ms = st.integers(1, DURATION_MS_MAX)


@st.composite
def spans(draw: st.DrawFn, end_ms_max: int = DURATION_MS_MAX) -> Span:
    """Any stretch of time up to a limit."""
    start_ms = draw(st.integers(0, end_ms_max - 1))
    return Span(start_ms, draw(st.integers(start_ms + 1, end_ms_max)))


@st.composite
def cut_recordings(draw: st.DrawFn) -> tuple[int, list[Span]]:
    """A length in milliseconds, and cuts in any order that may overlap."""
    duration_ms = draw(durations_ms)
    return duration_ms, draw(st.lists(spans(duration_ms), max_size=8))


timelines: st.SearchStrategy[Timeline] = cut_recordings().map(lambda cut: from_cuts(*cut))

_texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=14)


@st.composite
def spoken_words(draw: st.DrawFn, *, count_max: int = 40) -> tuple[Word, ...]:
    """Words in order of their starts; some overlap, some leave long silences, some have speakers."""
    now_ms = 0
    words = []
    for _ in range(draw(st.integers(0, count_max))):
        now_ms += draw(st.sampled_from([0, 0, 20, 60, 300, 900, 4_000]))
        length_ms = draw(st.integers(1, 900))
        text = draw(_texts) + draw(st.sampled_from(["", "", "", ",", ".", "?"]))
        speaker = draw(st.sampled_from([None, "Anna", "Ben & <Co>"]))
        words.append(Word(text, now_ms, now_ms + length_ms, None, speaker))
        now_ms += draw(st.sampled_from([length_ms, length_ms, length_ms // 2]))
    return tuple(words)
