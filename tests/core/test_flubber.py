"""Flubber: where the mistake began, in the ways people really restart a sentence."""

import pytest

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.flubber import FlubberCut, find_flubbers
from donecast.core.markers import find_markers
from donecast.core.retake import Retake
from donecast.core.span import Span
from donecast.core.words import Word
from tests.support.spoken import Spoken, spoken

RULES = CleanupRules()
SURE_SCORE = 150
MISHEARD_RETAKE = (
    "this stays in here and the mare of the small town signed a paper <flubber> "
    "the mayor off a small down signed the paper on Monday morning in the hall"
)


def flubbers(speech: Spoken, rules: CleanupRules = RULES) -> tuple[FlubberCut, ...]:
    return find_flubbers(speech.words, speech.pauses, rules)


def heard(speech: Spoken, rules: CleanupRules = RULES) -> str:
    return speech.heard_without([cut.span for cut in flubbers(speech, rules)])


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        # The whole sentence is said again.
        (
            "Good morning. The quick brown fox jumps _400 <flubber> _400 the quick brown fox jumps over.",
            "Good morning. the quick brown fox jumps over.",
        ),
        # The sentence broke off in the middle of a word.
        (
            "Hello all. We spoke with a famous bak _300 <flubber> _500 We spoke with a famous baker today.",
            "Hello all. We spoke with a famous baker today.",
        ),
        # Only a part of the sentence is said again: the cut begins there, not at the sentence.
        (
            "Today we went to the market in Leeds <flubber> to the market in London and bought bread.",
            "Today we went to the market in London and bought bread.",
        ),
        # Words heard a little differently the second time.
        (
            "So it goes. Our guests a night is a painter <flubber> our guest tonight is a painter from Rome.",
            "So it goes. our guest tonight is a painter from Rome.",
        ),
        # An "um" on the way neither hides the retake nor survives in the middle of it.
        (
            "Right. In the year nineteen {um} ninety <flubber> {uh} in the year nineteen eighty we moved.",
            "Right. uh in the year nineteen eighty we moved.",
        ),
        # The same words stand earlier on as well: the near ones are meant.
        (
            "We like the sea. Then we like the hills. Then we like the see <flubber> Then we like the sky a lot.",
            "We like the sea. Then we like the hills. Then we like the sky a lot.",
        ),
    ],
)
def test_the_first_attempt_goes_and_the_retake_stays(script: str, rest: str) -> None:
    speech = spoken(script)
    assert heard(speech) == rest
    (cut,) = flubbers(speech)
    assert cut.beginning == "retake"
    assert cut.sure
    assert cut.reason("flubber") == 'You said "flubber" and began the sentence again'


def test_a_badly_misheard_retake_is_found_and_called_possible() -> None:
    speech = spoken(MISHEARD_RETAKE)
    (cut,) = flubbers(speech)
    assert cut.beginning == "possible_retake"
    assert cut.span.start_ms >= speech.word("here").end_ms
    assert cut.span.start_ms <= speech.word("mare").start_ms
    assert "seem to have begun" in cut.reason("flubber")


def test_the_same_misheard_words_long_ago_are_no_retake() -> None:
    between = " ".join(f"other{number} things{number}" for number in range(20))
    speech = spoken(
        f"the mare of the small town signed a paper {between} <flubber> the mayor off a small down signed the paper"
    )
    assert flubbers(speech)[0].beginning == "fallback"


def test_three_words_alike_long_ago_are_no_retake() -> None:
    between = " ".join(f"other{number} things{number}" for number in range(20))
    speech = spoken(f"in the world {between} <flubber> in the world of bees and flowers")
    assert flubbers(speech)[0].beginning == "fallback"


def test_without_a_retake_the_sentence_before_goes() -> None:
    speech = spoken("This stays. My uncle is a horse. _300 <flubber> _300 Anyway here is the news.")
    assert heard(speech) == "This stays. Anyway here is the news."
    assert flubbers(speech)[0].beginning == "sentence"


def test_without_punctuation_the_words_since_the_last_pause_go() -> None:
    speech = spoken("this stays _800 my uncle is a horse _600 <flubber> _300 anyway here is the news")
    assert heard(speech) == "this stays anyway here is the news"
    assert flubbers(speech)[0].beginning == "pause"


def test_with_neither_three_quarters_of_a_second_go_but_never_half_a_word() -> None:
    speech = spoken("one two three four five six <flubber> seven eight nine", marker_confidence=0.95)
    (cut,) = flubbers(speech)
    marker = speech.word("flubber")
    assert cut.beginning == "fallback"
    assert cut.span.start_ms == speech.word("four").start_ms
    assert marker.start_ms - 750 - 300 <= cut.span.start_ms <= marker.start_ms - 750


def test_a_pause_far_back_is_not_where_the_mistake_began() -> None:
    flowing = " ".join(f"word{number}" for number in range(60))
    (cut,) = flubbers(spoken(f"start _900 {flowing} <flubber> something else entirely"))
    assert cut.beginning == "fallback"


def test_the_cut_reaches_a_fifth_of_a_second_past_the_keyword_and_never_into_the_next_word() -> None:
    relaxed = spoken("Well. I fell asleep <flubber> _500 hello again")
    assert flubbers(relaxed)[0].span.end_ms == relaxed.word("flubber").end_ms + 200
    hurried = spoken("Well. I fell asleep <flubber> hello again")
    assert flubbers(hurried)[0].span.end_ms == hurried.word("hello").start_ms


def test_the_joint_keeps_a_breath_of_the_silence_before_the_mistake() -> None:
    speech = spoken("All good. _1000 the wrong name here _300 <flubber> _400 the wrong name here again")
    (cut,) = flubbers(speech)
    before = speech.word("good.").end_ms
    assert before + 100 <= cut.span.start_ms <= before + 200


def test_where_no_pause_was_measured_the_cut_stays_close_to_its_first_word() -> None:
    """A gap between recognised words may hold speech that nobody recognised."""
    first = Word("Fine.", 0, 300)
    rest = [Word(text, 3_000 + 340 * n, 3_300 + 340 * n) for n, text in enumerate(["we", "drove", "to", "flubber"])]
    again = [Word(text, 4_800 + 340 * n, 5_100 + 340 * n) for n, text in enumerate(["we", "drove", "to", "Bath"])]
    (cut,) = find_flubbers([first, *rest, *again], [], RULES)
    assert 2_800 <= cut.span.start_ms <= 3_000


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        # Two tries, two flubbers: only the third try is heard.
        (
            "Hi. The bells of the <flubber> _300 the bells of <flubber> _300 the bells of the town ring.",
            "Hi. the bells of the town ring.",
        ),
        # Said twice in a row out of annoyance.
        (
            "Hi. The bells of the <flubber> _200 <flubber> _300 the bells of the town ring.",
            "Hi. the bells of the town ring.",
        ),
        # The second try is too short to compare by itself.
        (
            "Hi. The bells of the <flubber> the <flubber> _300 the bells of the town ring.",
            "Hi. the bells of the town ring.",
        ),
    ],
)
def test_two_markers_near_each_other_become_one_cut(script: str, rest: str) -> None:
    speech = spoken(script)
    (cut,) = flubbers(speech)
    assert cut.markers == 2
    assert "2 times" in cut.reason("flubber")
    assert heard(speech) == rest


def test_markers_far_apart_make_cuts_of_their_own() -> None:
    middle = "And so the day went on with a great deal of talk about boats and trains and people we met."
    speech = spoken(f"Oh. A red car came <flubber> a red car went. {middle} I took the bus <flubber> I took the tram.")
    assert [cut.markers for cut in flubbers(speech)] == [1, 1]
    assert heard(speech) == f"Oh. a red car went. {middle} I took the tram."


@pytest.mark.parametrize("said", ["Flubber,", "flubbers", "blubber", "Flubber!", "floober", "flub her", "flubba"])
def test_what_sounds_like_the_keyword_is_a_marker(said: str) -> None:
    speech = spoken(f"Good. It was a Monday {said} it was a Tuesday in May.")
    assert heard(speech) == "Good. it was a Tuesday in May."


@pytest.mark.parametrize(
    "said", ["flavour", "rubber", "flutter", "fluff", "clever", "for rubber", "flub", "lumber", "over"]
)
def test_what_only_resembles_the_keyword_is_a_word(said: str) -> None:
    assert find_markers(spoken(f"Good. It was a Monday {said} it was a Tuesday").words, [], "flubber", RULES) == ()


def test_another_keyword_can_be_chosen() -> None:
    speech = spoken("Good. It was a Monday pineapple it was a Tuesday. I like flubber very much.")
    assert heard(speech, CleanupRules(flubber_keyword="Pineapple")) == (
        "Good. it was a Tuesday. I like flubber very much."
    )


def test_a_marker_word_for_something_else_is_no_flubber() -> None:
    assert flubbers(spoken("Well _300 <intern> _300 who wrote this song")) == ()


def test_a_doubtful_marker_in_running_speech_is_only_a_suggestion() -> None:
    speech = spoken("we saw the film called <flubber> with my sister and her dog", marker_confidence=0.5)
    (cut,) = flubbers(speech)
    assert not cut.sure


def test_a_retake_makes_a_doubtful_marker_sure() -> None:
    speech = spoken("well. _600 We saw the film <flubber> We saw the film with my sister", marker_confidence=0.5)
    assert flubbers(speech)[0].sure


@pytest.mark.parametrize(("score", "sure"), [(SURE_SCORE, False), (200, True)])
def test_a_sound_somewhat_alike_places_a_doubtful_marker_and_does_not_make_it_sure(score: int, sure: bool) -> None:
    said = "and so it ended _600 dare few zoo beef <flubber> the museum keeps a collection"
    speech = spoken(said, marker_confidence=0.7)
    marker, first = speech.word("flubber").span, speech.word("dare")
    (cut,) = find_flubbers(speech.words, speech.pauses, RULES, [Retake(marker, first.start_ms, score)])
    assert cut.sure == sure
    assert cut.beginning == ("retake" if sure else "possible_retake")
    assert speech.word("ended").end_ms <= cut.span.start_ms <= first.start_ms
    certain = spoken(said)
    (same,) = find_flubbers(certain.words, certain.pauses, RULES, [Retake(marker, first.start_ms, score)])
    assert (same.span, same.beginning, same.sure) == (cut.span, "retake", True)


def test_the_same_words_that_sound_different_do_not_make_a_doubtful_marker_sure() -> None:
    said = "well. _600 We saw the film <flubber> We saw the film with my sister"
    doubtful, certain = spoken(said, marker_confidence=0.5), spoken(said)
    unlike = Retake(certain.word("flubber").span, certain.word("film").start_ms, 20)
    (cut,) = find_flubbers(doubtful.words, doubtful.pauses, RULES, [unlike])
    assert (cut.beginning, cut.sure) == ("possible_retake", False)
    (same,) = find_flubbers(certain.words, certain.pauses, RULES, [unlike])
    assert (same.span, same.beginning, same.sure) == (cut.span, "retake", True)


@pytest.mark.parametrize(("said", "sure"), [("film _600 flubber with", True), ("film flubber with", False)])
def test_a_keyword_among_the_words_is_sure_beside_a_silence(said: str, sure: bool) -> None:
    (cut,) = flubbers(spoken(f"on Monday _600 we saw the {said} my sister and her dog"))
    assert cut.sure == sure


def test_a_doubtful_marker_does_not_make_a_sure_one_near_it_doubtful() -> None:
    sure = spoken("Hi. The bells of the <flubber> _600 the bells of the town ring out")
    doubtful = Word("flubber", sure.word("ring").start_ms, sure.word("ring").end_ms, 0.4, None, "marker")
    words = sorted([*sure.words, doubtful], key=lambda word: word.start_ms)
    assert [cut.sure for cut in find_flubbers(words, sure.pauses, RULES)] == [True, False]


def test_the_keyword_heard_as_text_and_spotted_at_once_is_one_marker() -> None:
    words = [
        Word("Hello.", 0, 300),
        Word("blubber", 990, 1_400, 0.3),
        Word("flubber", 1_000, 1_380, 0.95, None, "marker"),
        Word("bye", 1_900, 2_200),
    ]
    (marker,) = find_markers(words, [], "flubber", RULES)
    assert marker.span == Span(1_000, 1_380)


def test_a_marker_as_the_first_and_only_word_cuts_itself() -> None:
    (alone,) = flubbers(spoken("_100 <flubber>"))
    assert alone.span.start_ms <= 100
    assert alone.span.end_ms == 600


def test_a_long_recording_with_many_markers_is_read_in_good_time() -> None:
    sentence = "we walked along the river and talked about the years that had gone by since then"
    speech = spoken(" ".join(f"{sentence} {number} <flubber> _500" for number in range(60)))
    (cut, *_) = flubbers(speech)
    assert cut.sure


def test_a_retake_heard_as_sound_is_taken_where_the_words_show_none() -> None:
    speech = spoken("and so it ended _600 dare few zoo beef _400 <flubber> _500 the museum keeps a collection")
    first, marker = speech.word("zoo"), speech.word("flubber").span
    (by_words,) = flubbers(speech)
    assert by_words.beginning == "pause"
    (cut,) = find_flubbers(speech.words, speech.pauses, RULES, [Retake(marker, first.start_ms + 20, SURE_SCORE)])
    assert (cut.beginning, cut.sure, cut.likeness) == ("retake", True, 1.0)
    assert speech.word("few").end_ms <= cut.span.start_ms <= first.start_ms
    assert cut.span.end_ms == by_words.span.end_ms


def test_a_retake_heard_where_nobody_recognised_a_word_begins_at_that_instant() -> None:
    speech = spoken("and so it ended _3000 <flubber> _500 the museum keeps a collection of radios")
    instant_ms = speech.word("flubber").start_ms - 1_700
    (cut,) = find_flubbers(speech.words, [], RULES, [Retake(speech.word("flubber").span, instant_ms, SURE_SCORE)])
    assert cut.span.start_ms == instant_ms


def test_words_that_are_sure_of_another_beginning_win_over_the_sound() -> None:
    speech = spoken(
        "Good morning all of you. The quick brown fox jumps _400 <flubber> _400 The quick brown fox jumps over."
    )
    far = Retake(speech.word("flubber").span, speech.word("Good").start_ms, SURE_SCORE)
    assert find_flubbers(speech.words, speech.pauses, RULES, [far]) == flubbers(speech)


def test_what_sounds_like_other_words_is_no_retake() -> None:
    said = "and so it ended that day in the harbour when all the others had gone home"
    speech = spoken(f"{said} _600 dare few zoo beef _400 <flubber> _500 the museum keeps a collection")
    marker = speech.word("flubber").span
    for score, gap_ms in ((69, 2_000), (89, 5_000), (0, 0)):
        unlike = Retake(marker, marker.start_ms - gap_ms, score)
        assert find_flubbers(speech.words, speech.pauses, RULES, [unlike]) == flubbers(speech)


def test_the_same_words_in_the_middle_are_no_retake_when_another_ending_follows() -> None:
    speech = spoken("That was that. He bought the house for very little money because <flubber> The house was cheap.")
    assert heard(speech) == "That was that. The house was cheap."


def test_an_earlier_sentence_that_begins_alike_stays() -> None:
    speech = spoken(
        "That was that. Every morning he swims. People ask me why <flubber> Every morning the baker opens his shop."
    )
    assert heard(speech) == "That was that. Every morning he swims. Every morning the baker opens his shop."


def test_two_sentences_said_again_both_go() -> None:
    speech = spoken(
        "That was that. Every day he swims. Then he eats a pear <flubber> Every day he swims. Then he eats an egg."
    )
    assert heard(speech) == "That was that. Every day he swims. Then he eats an egg."


def test_a_sound_that_misses_the_first_word_still_begins_at_the_beginning() -> None:
    speech = spoken("and so it ended _600 dare few zoo beef _400 <flubber> _500 the museum keeps a collection")
    marker, first = speech.word("flubber").span, speech.word("dare")
    (cut,) = find_flubbers(speech.words, speech.pauses, RULES, [Retake(marker, first.start_ms + 340, SURE_SCORE)])
    assert speech.word("ended").end_ms <= cut.span.start_ms <= first.start_ms


def test_a_sound_like_that_of_another_sentence_before_is_no_retake() -> None:
    speech = spoken("and so it ended _600 dare few zoo beef _700 who knows why _400 <flubber> _500 dare few more")
    marker, first = speech.word("flubber").span, speech.word("dare")
    other = Retake(marker, first.start_ms, SURE_SCORE, rest_ms=1_500)
    assert find_flubbers(speech.words, speech.pauses, RULES, [other]) == flubbers(speech)


def test_words_somewhat_alike_that_sound_different_are_chance() -> None:
    speech = spoken(MISHEARD_RETAKE)
    (by_words,) = flubbers(speech)
    assert by_words.beginning == "possible_retake"
    marker = speech.word("flubber").span
    (cut,) = find_flubbers(speech.words, speech.pauses, RULES, [Retake(marker, marker.start_ms - 300, 20)])
    assert cut.beginning in {"sentence", "pause", "fallback"}


def test_words_and_sound_that_both_seem_alike_agree_on_a_retake() -> None:
    speech = spoken(MISHEARD_RETAKE)
    (by_words,) = flubbers(speech)
    marker = speech.word("flubber").span
    (cut,) = find_flubbers(speech.words, speech.pauses, RULES, [Retake(marker, by_words.span.start_ms + 30, 60)])
    assert (cut.beginning, cut.sure) == ("retake", True)
    assert abs(cut.span.start_ms - by_words.span.start_ms) <= 150


def test_a_retake_of_another_marker_changes_nothing() -> None:
    speech = spoken("we like this part. We like that <flubber> something else comes now")
    elsewhere = Retake(Span(0, 100), 50, SURE_SCORE)
    assert find_flubbers(speech.words, speech.pauses, RULES, [elsewhere]) == flubbers(speech)
