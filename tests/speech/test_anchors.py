"""Where a given text is cut so that text and sound stay together."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from donecast.core.given_transcript import GivenCue
from donecast.core.span import Span
from donecast.core.words import Word
from donecast.speech.anchors import cut_by_cues, cut_by_hearing

_WORD_MS = 400
_WORDS = [f"word{chr(97 + index // 26)}{chr(97 + index % 26)}" for index in range(140)]
_OTHERS = [word.replace("word", "else") for word in _WORDS]


def _heard(words: Sequence[str]) -> list[Word]:
    return [
        Word(word, index * _WORD_MS, index * _WORD_MS + 350) for index, word in enumerate(words) if word != "(missed)"
    ]


def _edges(text: Sequence[str], heard: Sequence[str], pauses: Sequence[Span] = ()) -> list[tuple[int, int]]:
    return cut_by_hearing([(word,) for word in text], _heard(heard), pauses, len(heard) * _WORD_MS)


def test_cues_are_cut_about_every_forty_seconds_in_a_pause() -> None:
    cues = [GivenCue("one two", start, start + 4_500) for start in range(0, 120_000, 5_000)]
    edges = cut_by_cues(cues, range(0, 48, 2), [Span(39_600, 40_600), Span(81_000, 81_400)], 120_000)
    assert edges == [(16, 40_100), (34, 84_750)]


def test_a_gap_between_cues_cuts_too() -> None:
    cues = [GivenCue("a b", 0, 12_000), GivenCue("c d", 16_000, 30_000)]
    assert cut_by_cues(cues, [0, 2], [], 30_000) == [(2, 14_000)]


def test_cues_beyond_the_end_cut_nothing() -> None:
    cues = [GivenCue("a", 0, 1_000), GivenCue("b", 50_000, 51_000)]
    assert cut_by_cues(cues, [0, 1], [], 10_000) == []


def test_hearing_cuts_where_three_words_agree() -> None:
    text = [f"word{chr(97 + index // 26)}{chr(97 + index % 26)}" for index in range(300)]
    heard = [word if index % 7 else "(missed)" for index, word in enumerate(text)]
    edges = _edges(text, heard)
    assert len(edges) >= 2
    for token, instant_ms in edges:
        assert abs(instant_ms - token * _WORD_MS) <= _WORD_MS


def test_repeated_phrases_never_anchor() -> None:
    text = ["again", "and", "again"] * 60
    assert _edges(text, text) == []


def test_cuts_prefer_pauses() -> None:
    text = [f"word{chr(97 + index // 26)}{chr(97 + index % 26)}" for index in range(200)]
    pause = Span(90 * _WORD_MS - 50, 90 * _WORD_MS)
    assert (90, 90 * _WORD_MS - 25) in _edges(text, text, [pause])


def test_text_that_nobody_says_is_cut_out() -> None:
    text = [*_WORDS[:60], *_OTHERS[:12], *_WORDS[60:120]]
    assert _edges(text, _WORDS[:120]) == [(60, 23_966), (72, 23_984)]


def test_speech_that_nobody_wrote_down_is_cut_out_in_the_pauses_beside_it() -> None:
    text, pauses = [*_WORDS[:60], *_WORDS[72:132]], [Span(23_950, 24_000), Span(28_750, 28_800)]
    assert _edges(text, _WORDS[:132], pauses) == [(60, 23_975), (60, 28_775)]
    assert _edges(text, _WORDS[:132]) == [(60, 24_050), (60, 28_700)]


def test_a_long_beginning_or_end_that_nobody_wrote_down_is_cut_off() -> None:
    heard = [*_OTHERS[:20], *_WORDS[:40], *_OTHERS[20:40]]
    assert _edges(_WORDS[:40], heard) == [(0, 100), (0, 7_900), (40, 24_050), (40, 31_900)]


def test_misheard_words_and_a_word_more_or_less_cut_nothing() -> None:
    text = [*_WORDS[:30], *_OTHERS[:6], *_WORDS[36:60], _OTHERS[7], *_WORDS[60:80], *_WORDS[81:90]]
    assert _edges(text, _WORDS[:90]) == []


@given(
    text=st.lists(st.sampled_from("abcdefghij"), max_size=200),
    heard=st.lists(st.sampled_from("abcdefghij"), max_size=200),
)
def test_edges_rise_in_words_and_in_time(text: list[str], heard: list[str]) -> None:
    words = [Word(word, index * 900, index * 900 + 350) for index, word in enumerate(heard)]
    edges = cut_by_hearing([(word,) for word in text], words, [], 900 * len(heard))
    tokens, instants = [token for token, _ in edges], [instant for _, instant in edges]
    assert tokens == sorted(tokens)
    assert instants == sorted(set(instants))
    assert all(0 <= token <= len(text) for token in tokens)
    assert all(0 <= instant <= 900 * len(heard) for instant in instants)
