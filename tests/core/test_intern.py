"""Intern: what is a request, where it ends, and who only spoke about an intern."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.intern import InternCommand, find_interns
from donecast.core.words import Word
from tests.support.spoken import Spoken, spoken

RULES = CleanupRules()
FORTY_WORDS = " ".join(f"word{number}" for number in range(60))


def interns(speech: Spoken, rules: CleanupRules = RULES) -> tuple[InternCommand, ...]:
    return find_interns(speech.words, speech.pauses, rules)


def only(script: str, rules: CleanupRules = RULES) -> InternCommand:
    (command,) = interns(spoken(script), rules)
    return command


@pytest.mark.parametrize(
    ("script", "request_", "ended_by"),
    [
        ("So. _600 Intern, who wrote this song? Stop. And now on.", "who wrote this song?", "end_word"),
        ("So. _600 <intern> who wrote this song stop _600 and now on", "who wrote this song", "end_word"),
        ("So. _600 Intern, who wrote this song? stop intern and now on", "who wrote this song?", "end_word"),
        ("So. _600 Intern, who wrote this song? Stop <intern> and now on", "who wrote this song?", "end_word"),
        ("So. _600 Intern, when do trains stop running now _3000 so on", "when do trains stop running now", "gap"),
        ("So. _600 Intern, who wrote it _3000 we had to stop. Then on.", "who wrote it", "gap"),
        ("So. _600 Intern, who wrote it _400 <flubber> _400 Intern please", "who wrote it", "marker"),
        ("So. _600 Intern, who wrote this song?", "who wrote this song?", "recording"),
        ("So. _600 Intern, {um} who {uh} wrote it _3000 well", "who wrote it", "gap"),
    ],
)  # fmt: skip
def test_a_request_ends_where_people_mean_it_to(script: str, request_: str, ended_by: str) -> None:
    command = interns(spoken(script))[0]
    assert (command.request, command.ended_by, command.sure) == (request_, ended_by, True)


def test_a_request_without_an_end_stops_after_forty_words_or_fifteen_seconds() -> None:
    quickly = CleanupRules(intern_request_ms_max=600_000)
    assert only(f"_600 Intern, tell {FORTY_WORDS}", quickly).ended_by == "words"
    assert len(only(f"_600 Intern, tell {FORTY_WORDS}", quickly).request.split()) == 40
    timed = only(f"_600 Intern, {FORTY_WORDS.replace(' ', ' _300 ')}")
    assert timed.ended_by == "time"
    assert timed.span.duration_ms <= 15_000 + 300


def test_the_end_word_counts_up_to_48_words_after_the_keyword() -> None:
    rules = CleanupRules(intern_request_ms_max=600_000, intern_request_words_max=48)
    for count, ended_by in ((46, "end_word"), (47, "end_word"), (48, "words")):
        asked = " ".join(f"word{number}" for number in range(count))
        assert only(f"_600 Intern, {asked} stop intern and on", rules).ended_by == ended_by


def test_the_answer_comes_after_the_end_word() -> None:
    speech = spoken("So. _600 Intern, who wrote this song? Stop. And now on.")
    (command,) = interns(speech)
    stop = speech.word("Stop.")
    assert command.end_word == stop.span
    assert command.answer_at_ms == command.span.end_ms == stop.end_ms
    assert command.span.start_ms == speech.word("Intern,").start_ms


def test_sooner_ends_are_offered() -> None:
    speech = spoken("So. _600 Intern, who wrote it? I forgot _900 and we went on from there _3000 yes")
    (command,) = interns(speech)
    assert command.other_ends_ms == (speech.word("it?").end_ms, speech.word("forgot").end_ms)


@pytest.mark.parametrize(
    "script",
    [
        "Last year our intern wrote a song about it.",
        "Last year our new intern wrote a song.",
        "Then the intern _600 who is called Anna went home",
        "She began as an intern and then she was in charge",
        "He is a former intern. What a story.",
        "We had one intern who could do it",
        "And then intern after intern came to us",
    ],
)
def test_a_person_who_speaks_about_an_intern_asked_for_nothing(script: str) -> None:
    assert not any(command.sure for command in interns(spoken(script)))
    assert all("perhaps" in command.reason("intern") for command in interns(spoken(script)))


@pytest.mark.parametrize(
    ("script", "sure"),
    [
        ("So. _600 <intern> who wrote this song stop _600 well", True),
        ("Last year our <intern> wrote a song about it.", False),
        ("Then the <intern> _600 who is called Anna went home", False),
        ("Each of them spoke <intern> about the house", False),
    ],
)
def test_beside_words_that_an_engine_is_sure_of_they_decide_who_was_spoken_to(script: str, sure: bool) -> None:
    for silence_beside in (0.7, 0.95):
        (command,) = interns(spoken(script, confidence=0.9, marker_confidence=silence_beside))
        assert command.sure == sure


@pytest.mark.parametrize(("said", "count"), [("Interns", 0), ("Turn", 1)])
def test_where_an_engine_is_sure_of_another_word_nobody_was_asked(said: str, count: int) -> None:
    speech = spoken(f"So. _600 {said} can be late _600 well", confidence=0.9)
    other = speech.word(said)
    words = sorted([*speech.words, Word("intern", other.start_ms, other.end_ms, 0.5, None, "marker")], key=_starts)
    commands = find_interns(words, speech.pauses, RULES)
    assert [command.sure for command in commands] == [False] * count


def _starts(word: Word) -> int:
    return word.start_ms


@pytest.mark.parametrize(
    "said", ["internal", "internet", "international", "interns", "inner", "return", "turn", "interval", "winter"]
)
def test_other_words_are_not_the_keyword(said: str) -> None:
    assert interns(spoken(f"So. _600 {said} who wrote this song. Well.")) == ()


@pytest.mark.parametrize("said", ["in turn", "interim"])
def test_what_sounds_like_it_is_a_question_at_most(said: str) -> None:
    assert not any(command.sure for command in interns(spoken(f"So. _600 {said} who wrote this song. Well.")))


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ("put that in the show notes", "notes"),
        ("add the link to the notes", "notes"),
        ("who wrote this song", "spoken"),
        ("what does a noteworthy song need", "spoken"),
    ],
)
def test_a_request_for_the_notes_goes_to_the_notes(asked: str, target: str) -> None:
    assert only(f"So. _600 Intern, {asked} stop. _600 well").target == target


def test_a_keyword_with_nothing_after_it_asks_nothing() -> None:
    command = only("And that was it. _600 <intern>")
    assert (command.request, command.ended_by) == ("", "recording")
    assert command.reason("intern") == 'You said "intern", and nothing after it'


def test_the_reason_says_how_the_request_ended() -> None:
    assert only("So. _600 Intern, who wrote this song? Stop. On.").reason("intern") == (
        'You said "intern" and asked for something; you ended it yourself'
    )
    assert only("So. _600 Intern, put it in the notes _3000 well").reason("intern") == (
        'You said "intern" and asked for a note; it ends where you paused'
    )


def test_a_pause_heard_as_sound_ends_a_request_whose_words_were_stretched_over_it() -> None:
    speech = spoken("So. _600 Intern, who wrote it _2600 well we go on")
    stretched = [
        word if word.text != "it" else type(word)("it", word.start_ms, word.end_ms + 2_500) for word in speech.words
    ]
    (command,) = find_interns(stretched, speech.pauses, RULES)
    assert (command.request, command.ended_by) == ("who wrote it", "gap")


def test_two_requests_in_a_row_are_two() -> None:
    first, second = interns(spoken("So. _600 Intern, who wrote it? _700 Intern, when was it written? Stop. _600 well"))
    assert (first.request, first.ended_by) == ("who wrote it?", "marker")
    assert (second.request, second.ended_by) == ("when was it written?", "end_word")


def test_another_keyword_and_end_word_can_be_chosen() -> None:
    rules = CleanupRules(intern_keyword="Computer", intern_end_word="over")
    command = only("So. _600 Computer, who wrote it? Over. _600 intern what", rules)
    assert command.request == "who wrote it?"
    with pytest.raises(ValueError, match="no letters"):
        CleanupRules(intern_keyword="?!")


_TOKENS = st.sampled_from(
    [
        "intern",
        "Intern,",
        "<intern>",
        "<flubber>",
        "stop",
        "stop.",
        "our",
        "who",
        "wrote",
        "it?",
        "{um}",
        "_600",
        "_3000",
    ]
)


@given(st.lists(_TOKENS, max_size=60))
def test_whatever_is_said_commands_keep_to_their_limits(tokens: list[str]) -> None:
    speech = spoken(" ".join(tokens))
    commands = interns(speech)
    for command in commands:
        assert command.span.start_ms == command.marker.span.start_ms
        assert command.marker.span.end_ms <= command.answer_at_ms == command.span.end_ms
        assert len(command.request.split()) <= RULES.intern_request_words_max
        assert all(command.span.contains(end_ms) for end_ms in command.other_ends_ms)
        assert list(command.other_ends_ms) == sorted(set(command.other_ends_ms))
    assert all(one.span.start_ms < other.span.start_ms for one, other in pairwise(commands))
