"""Languages by their small words and scripts, and the words that carry a topic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.languages import (
    SMALL_WORDS,
    content_words,
    guessed_language,
    is_plausible,
    runs,
    script_of,
    small_words,
    words_in,
)

_TEXTS = {
    "en": "We have been talking about the garden for a while, and it is what people want to hear from us.",
    "de": "Wir haben uns schon eine Weile über den Garten unterhalten, und das ist es, was die Leute hören wollen.",
    "fr": "Nous avons parlé du jardin pendant un moment, et c'est ce que les gens veulent entendre de nous.",
    "es": "Hemos hablado del jardín durante un rato, y eso es lo que la gente quiere oír de nosotros en la radio.",
    "it": "Abbiamo parlato del giardino per un po' di tempo, e questo è quello che la gente vuole sentire da noi.",
    "pt": "Nós falamos do jardim por um tempo, e isso é o que as pessoas querem ouvir de nós na rádio também.",
    "nl": "We hebben een tijdje over de tuin gepraat, en dat is wat de mensen van ons op de radio willen horen.",
}


@pytest.mark.parametrize("language", sorted(SMALL_WORDS))
def test_a_sentence_tells_its_language(language: str) -> None:
    assert guessed_language(_TEXTS[language]) == language


@pytest.mark.parametrize("text", ["", "Runner beans", "Bunker Hill Baghdad Georgia Ukraine Afghanistan Iraq", "17 4 9"])
def test_where_nothing_can_be_told_nothing_is_said(text: str) -> None:
    assert guessed_language(text) is None
    assert is_plausible(text, "en", _TEXTS["en"])


def test_another_language_is_not_plausible_and_another_region_is() -> None:
    assert not is_plausible(_TEXTS["de"], "en", _TEXTS["en"])
    assert is_plausible(_TEXTS["en"], "en-GB", "")
    assert is_plausible(_TEXTS["de"], "en", _TEXTS["de"])


def test_of_a_language_that_is_not_known_only_the_script_is_looked_at() -> None:
    swedish = "Vi har pratat om trädgården en stund, och det är vad folk vill höra av oss på radion den här veckan."
    assert is_plausible(swedish, "sv", swedish)
    assert not is_plausible("Как вырастить фасоль", "sv", swedish)


def test_another_script_is_not_plausible() -> None:
    assert not is_plausible("Как вырастить фасоль", "en", _TEXTS["en"])
    assert not is_plausible("Runner beans", "ru", "Как вырастить фасоль в саду")
    assert is_plausible("豆の育て方", "ja", "今日は豆について話します")
    assert is_plausible("東京", "ja", "きょうはとうきょうのはなし")
    assert is_plausible("2026", "ru", "Как вырастить фасоль")


def test_scripts_have_the_names_of_unicode() -> None:
    assert [script_of(text) for text in ("Beans", "фасоль", "豆", "まめ", "1234")] == [
        "LATIN",
        "CYRILLIC",
        "HAN",
        "JAPANESE",
        None,
    ]


def test_words_keep_their_apostrophe_and_nothing_else() -> None:
    assert words_in("It’s Margaret's well-known “plot”, n°4!") == [
        "it's",
        "margaret's",
        "well",
        "known",
        "plot",
        "n",
        "4",
    ]


def test_content_words_leave_out_the_small_ones() -> None:
    assert content_words("And so we have 12 runner beans on a plot", "en-US") == ["runner", "beans", "plot"]
    assert content_words("Ende gut, alles gut", "xx") == ["ende", "gut", "alles", "gut"]
    assert small_words("xx") == frozenset()


def test_runs_are_all_neighbours() -> None:
    assert runs(["a", "b", "c"], 2) == {("a", "b"), ("b", "c")}
    assert runs(["a"], 2) == set()


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert guessed_language(text) in {None, *SMALL_WORDS}
    assert all(word == word.strip() and word for word in words_in(text))
