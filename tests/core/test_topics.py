"""Chapters begin where the words change, at a silence where one is near, and not too close to each other."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from donecast.core.passages import Passage
from donecast.core.topics import chapters_by_topic, topic_starts

_BEANS = ("Beans love warm soil.", "We sow beans in May.", "The soil must be warm for beans.", "Beans climb up poles.")
_RADIO = ("The radio needs a new valve.", "Old radios hum.", "We repair the valve of a radio.", "A radio hums softly.")
_BREAD = ("Bread rises in the oven.", "The oven must be hot for bread.", "Knead the dough of bread.", "Dough rests.")


def passages(*topics: tuple[str, ...], times: int = 4, length_ms: int = 5_000) -> list[Passage]:
    texts = [text for topic in topics for _ in range(times) for text in topic]
    return [
        Passage(n + 1, n * length_ms, n * length_ms + length_ms - 100, text, 100, whole=True)
        for n, text in enumerate(texts)
    ]


def test_three_topics_are_three_chapters() -> None:
    told = passages(_BEANS, _RADIO, _BREAD)
    assert topic_starts(told, "en") == (0, 16, 32)
    chapters = chapters_by_topic(told, "en")
    assert [number for number, _ in chapters] == [1, 17, 33]
    for (_, name), word in zip(chapters, ("bean", "radio", "bread"), strict=True):
        assert word in name.casefold() or (word == "bread" and "dough" in name.casefold())


def test_of_neighbours_the_longest_silence_is_taken() -> None:
    told = passages(_BEANS, _RADIO)
    told[17] = Passage(18, told[17].start_ms, told[17].end_ms, told[17].text, 2_000, whole=True)
    assert topic_starts(told, "en") == (0, 17)


def test_one_topic_or_one_minute_is_one_chapter() -> None:
    assert topic_starts(passages(_BEANS, _RADIO, times=1), "en") == (0,)
    assert topic_starts([Passage(1, 0, 900, "Hello.")], "en") == (0,)
    assert topic_starts([], "en") == ()
    assert chapters_by_topic([], "en") == ()


def test_misheard_words_make_no_sentence_of_a_name() -> None:
    (_, name), *_ = chapters_by_topic(passages(_BEANS, _RADIO), "en", rough=True)
    assert name not in {text.rstrip(".") for text in _BEANS}


def test_no_two_chapters_have_one_name() -> None:
    names = [name.casefold() for _, name in chapters_by_topic(passages(_BEANS, _RADIO, _BEANS, _RADIO), "en")]
    assert len(set(names)) == len(names)


@given(
    st.lists(st.sampled_from([*_BEANS, *_RADIO, *_BREAD, "Yes.", ""]), min_size=1, max_size=80),
    st.integers(200, 60_000),
)
def test_chapters_are_in_order_and_apart(texts: list[str], length_ms: int) -> None:
    told = [Passage(n + 1, n * length_ms, (n + 1) * length_ms, text) for n, text in enumerate(texts)]
    starts = topic_starts(told, "en")
    assert starts[0] == 0
    assert all(told[after].start_ms - told[before].start_ms >= 40_000 for before, after in pairwise(starts))
