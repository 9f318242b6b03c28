"""Words that call a sound: what may be one, where one is heard, and where it acts by itself."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.cleanup_settings import CleanupSettings, cleanup_settings_from_json
from donecast.core.decisions import StandingChoices, decide, standing_choices_from_json
from donecast.core.errors import CleanupUnreadable
from donecast.core.proposals import Proposal, propose
from donecast.core.retake import Retake
from donecast.core.sound_cues import (
    CUE_CHARACTERS_MAX,
    CUE_GAIN_DB_MAX,
    CUES_MAX,
    CueClip,
    CueSound,
    FoundCue,
    SoundCue,
    find_sound_cues,
    tidied_words,
)
from donecast.core.span import Span
from donecast.core.words import TranscriptQuality, Word
from tests.support.spoken import Spoken, spoken

RULES = CleanupRules()
APPLAUSE = SoundCue(id="cue_1", words="applause please", clip="med_1", gain_db=-6.0)
BELL = SoundCue(id="cue_2", words="door bell", clip="med_2")
CLIPS = {"med_1": CueClip("clap", 2_000), "med_2": CueClip("ding", 700)}


def found(speech: Spoken, *cues: SoundCue, good_words: bool = True) -> list[FoundCue]:
    asked = cues or (APPLAUSE, BELL)
    return list(find_sound_cues(speech.words, speech.pauses, asked, RULES, good_words=good_words))


def proposed(
    speech: Spoken, *cues: SoundCue, clips: dict[str, CueClip] | None = None, quality: TranscriptQuality = "good"
) -> list[Proposal]:
    transcript = replace(speech.transcript, quality=quality)
    given_clips = CLIPS if clips is None else clips
    everything = propose(transcript, speech.pauses, RULES, cues=cues or (APPLAUSE, BELL), clips=given_clips)
    return [one for one in everything if one.kind == "sound_cue"]


def cues_called(*words: str) -> CleanupSettings:
    return CleanupSettings(
        cues=tuple(SoundCue(id=f"cue_{n}", words=text, clip="med_1") for n, text in enumerate(words))
    )


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Applause, please!", "applause please"),
        ("  DOOR-BELL ", "door bell"),
        ("the crowd’s roar", "the crowd's roar"),
        ("“Olé, olé”", "ole ole"),
    ],
)
def test_words_are_kept_as_they_are_said(typed: str, words: str) -> None:
    assert tidied_words(typed) == words
    assert SoundCue(id="cue_1", words=tidied_words(typed), clip="med_1").words == words


@pytest.mark.parametrize("words", ["one two three four five", "boom", "a" * CUE_CHARACTERS_MAX])
def test_at_the_limits_words_are_taken(words: str) -> None:
    assert SoundCue(id="cue_1", words=words, clip="med_1").words == words


@pytest.mark.parametrize(
    "words", ["", "pop", "one two three four five six", "a" * (CUE_CHARACTERS_MAX + 1), "take 5", "звонок", "x  y z w"]
)
def test_beyond_them_they_are_refused_in_a_sentence(words: str) -> None:
    with pytest.raises(CleanupUnreadable, match="cannot be listened for") as caught:
        SoundCue(id="cue_1", words=words, clip="med_1")
    assert "one to 5 words" in caught.value.action


@pytest.mark.parametrize("gain_db", [CUE_GAIN_DB_MAX, -CUE_GAIN_DB_MAX])
def test_loudness_is_bounded(gain_db: float) -> None:
    assert replace(APPLAUSE, gain_db=gain_db).gain_db == gain_db
    for beyond in (1.01 * gain_db, float("nan")):
        with pytest.raises(CleanupUnreadable, match="at most 12 dB"):
            replace(APPLAUSE, gain_db=beyond)


def test_a_show_has_so_many_and_no_more() -> None:
    letters = "bdfgklmnprstvzw"
    # Words without an a are spelled of consonants that nobody takes for one another.
    many = [f"{one}o{one}o {other}i{other}i" for one in letters for other in letters if one < other]
    chosen: list[str] = []
    for words in many:
        try:
            cues_called(*chosen, words)
        except CleanupUnreadable:
            continue
        chosen.append(words)
        if len(chosen) == CUES_MAX:
            break
    assert len(cues_called(*chosen).cues) == CUES_MAX
    with pytest.raises(CleanupUnreadable, match="at most 20 sounds"):
        cues_called(*chosen, "something entirely different")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("flubber", '"flubber" already says that you made a mistake.'),
        ("flub her", '"flub her" sounds too much like "flubber", which says that you made a mistake.'),
        ("big flubber", '"big flubber" sounds too much like "flubber", which says that you made a mistake.'),
        ("intern", '"intern" already calls the intern.'),
        ("clever intern", '"clever intern" sounds too much like "intern", which calls the intern.'),
        ("stop the music", '"stop the music" sounds too much like "stop", which ends what you ask the intern.'),
    ],
)
def test_words_of_the_flubber_and_of_the_intern_call_nothing_else(words: str, sentence: str) -> None:
    with pytest.raises(CleanupUnreadable) as caught:
        cues_called(words)
    assert caught.value.message == sentence


@pytest.mark.parametrize(
    ("first", "second"),
    [("door bell", "door bell"), ("door bell", "doorbell"), ("applause please", "applause"), ("ring", "ring ring")],
)
def test_two_sounds_are_not_called_by_words_that_are_alike(first: str, second: str) -> None:
    with pytest.raises(CleanupUnreadable, match="calls a sound"):
        cues_called(first, second)


def test_the_word_after_a_mistake_cannot_become_one_that_calls_a_sound() -> None:
    with pytest.raises(CleanupUnreadable, match="door bell"):
        replace(cues_called("door bell"), flubber_keyword="doorbell")


def test_cues_survive_json_and_older_settings_have_none() -> None:
    settings = CleanupSettings(cues=(APPLAUSE, replace(BELL, by_itself=False)))
    assert cleanup_settings_from_json(settings.to_json()) == settings
    assert cleanup_settings_from_json({}).cues == ()
    for broken in ({"id": "cue_1"}, {"id": "cue_1", "words": "door bell", "clip": "med_1", "colour": "red"}, "door"):
        with pytest.raises(CleanupUnreadable):
            cleanup_settings_from_json({"cues": [broken]})


def test_nobody_chooses_for_all_cues_at_once() -> None:
    assert StandingChoices().for_kind("sound_cue") == "cut"
    with pytest.raises(ValueError, match="sound_cue"):
        standing_choices_from_json({"sound_cue": "keep"})


def test_words_between_two_silences_are_sure() -> None:
    speech = spoken("here he comes. _700 Applause, please. _700 thank you")
    (one,) = found(speech)
    assert (one.cue, one.sure, one.likeness) == (APPLAUSE, True, 1.0)
    assert one.span == Span(speech.word("Applause,").start_ms, speech.word("please.").end_ms)


@pytest.mark.parametrize(
    "script",
    [
        "he asked for applause please and nobody clapped",
        "he asked for _700 applause please and nobody clapped",
        "he asked for applause please _700 and nobody clapped",
    ],
)
def test_words_in_running_speech_are_a_question(script: str) -> None:
    (one,) = found(spoken(script))
    assert (one.cue, one.sure) == (APPLAUSE, False)


@pytest.mark.parametrize("heard_as", ["applause peas", "a plus please", "the door bells", "doorbell"])
def test_what_is_only_alike_is_a_question_also_between_silences(heard_as: str) -> None:
    (one,) = found(spoken(f"well _700 {heard_as} _700 good"))
    assert (one.sure, one.likeness < 1.0) == (False, True)


@pytest.mark.parametrize(
    "script",
    [
        "_700 a pause please _700",
        "_700 please applaud _700",
        "_700 the door and the bell _700",
        "_700 applause _900 please _700",
        "_700 applause {um} please _700",
        "_700 applause flubber please _700",
    ],
)
def test_other_words_are_none(script: str) -> None:
    assert [one for one in found(spoken(script)) if one.sure] == []


def test_a_cue_that_was_listened_for_acts_when_silence_lies_on_both_sides() -> None:
    gated = spoken("here he comes _700 <applause~please> _700 good")
    assert [one.sure for one in found(gated, good_words=False)] == [True]
    ungated = spoken("here he comes <applause~please> good", marker_confidence=0.5)
    assert [one.sure for one in found(ungated, good_words=False)] == [False]


@pytest.mark.parametrize(("heard_as", "questions"), [("a pause please", 1), ("the clause is", 0)])
def test_where_other_words_still_stand_they_are_judged_and_not_what_was_listened_for(
    heard_as: str, questions: int
) -> None:
    speech = spoken(f"so _700 {heard_as} _700 good")
    first, *_, last = speech.words[1:-1]
    marker = Word("applause please", first.start_ms, last.end_ms, 0.95, kind="marker")
    words = sorted([*speech.words, marker], key=lambda word: (word.start_ms, word.end_ms))
    found_there = find_sound_cues(words, speech.pauses, [APPLAUSE], RULES, good_words=True)
    assert [one.sure for one in found_there] == [False] * questions


def test_poor_words_that_say_it_are_a_question() -> None:
    speech = spoken("here he comes. _700 applause please _700 thank you")
    assert [one.sure for one in found(speech, good_words=False)] == [False]


def test_a_question_of_the_spotter_does_not_hide_what_good_words_say() -> None:
    speech = spoken("so _700 applause please _700 good")
    first = speech.word("applause")
    doubtful = replace(first, text="applause please", start_ms=first.start_ms + 10, kind="marker", confidence=0.5)
    words = sorted([*speech.words, doubtful], key=lambda word: (word.start_ms, word.end_ms))
    (one,) = find_sound_cues(words, speech.pauses, [APPLAUSE], RULES, good_words=True)
    assert one.sure


def test_edges_lie_where_the_voice_begins_and_ends() -> None:
    speech = spoken("so _700 applause please _700 good")
    late = [replace(word, start_ms=word.start_ms + 90, end_ms=word.end_ms + 90) for word in speech.words]
    (one,) = find_sound_cues(late, speech.pauses, [APPLAUSE], RULES, good_words=True)
    assert (one.span, one.sure) == (Span(speech.words[1].start_ms, speech.words[2].end_ms), True)


def test_without_voice_activity_the_times_of_the_words_tell() -> None:
    speech = replace(spoken("so _300 applause please _300 good applause please"), pauses=())
    assert [one.sure for one in found(speech)] == [True, False]


@given(
    st.lists(
        st.sampled_from(
            ["applause", "please", "door", "bell", "the", "a", "good", "{um}", "_700", "_300", "<door~bell>"]
        ),
        max_size=30,
    )
)
def test_findings_are_in_order_and_apart(parts: list[str]) -> None:
    speech = spoken(" ".join(parts))
    spans = [one.span for one in found(speech)]
    assert spans == sorted(spans)
    assert not any(one.overlaps(other) for one, other in pairwise(spans))


def test_a_proposal_names_the_words_and_the_sound() -> None:
    (one,) = proposed(spoken("here he comes. _700 applause please _700 thank you"))
    assert one.reason == 'You said "applause please". We put "clap" there instead.'
    assert (one.automatic, one.sound) == (True, CueSound("med_1", 2_000, -6.0))
    assert one.instead == one.sound
    (verdict,) = decide([one], StandingChoices(), {})
    assert (verdict.cut, verdict.is_open) == (True, False)


def test_a_show_can_be_asked_first() -> None:
    speech = spoken("here he comes. _700 applause please _700 thank you")
    (one,) = proposed(speech, replace(APPLAUSE, by_itself=False))
    assert not one.automatic
    assert one.reason == 'You said "applause please". Shall "clap" be heard instead?'
    (verdict,) = decide([one], StandingChoices(), {})
    assert verdict.is_open


def test_poor_words_ask_and_say_that_it_only_sounds_like_it() -> None:
    (one,) = proposed(spoken("well _700 a plus please _700 good"), quality="basic")
    assert not one.automatic
    assert one.reason == 'This sounds like "applause please". Shall "clap" be heard instead?'


def test_without_its_file_nothing_is_put_there_and_the_words_stay() -> None:
    (one,) = proposed(spoken("here he comes. _700 applause please _700 thank you"), clips={})
    assert (one.automatic, one.sound, one.lacks_its_sound) == (False, None, True)
    assert one.reason.endswith("Its sound is not in your library any more, so the words stay in.")


def test_a_cue_inside_a_mistake_stays_a_finding_and_the_cut_wins() -> None:
    speech = spoken("we clap now applause please _700 <flubber> _700 we clap now. _700 good")
    everything = propose(speech.transcript, speech.pauses, RULES, cues=[APPLAUSE], clips=CLIPS)
    flubber = next(one for one in everything if one.kind == "flubber")
    cue = next(one for one in everything if one.kind == "sound_cue")
    assert flubber.span.start_ms <= cue.span.start_ms
    assert cue.span.end_ms <= flubber.span.end_ms
    assert cue.reason.endswith('It belongs to a mistake, so "clap" is not heard where that is cut.')


def test_a_cue_that_a_mistake_takes_only_a_part_of_does_not_act() -> None:
    loud = SoundCue(id="cue_4", words="loud applause please", clip="med_1")
    speech = spoken("so _700 loud applause please _500 <flubber> _700 please sit down")
    retake = Retake(speech.word("flubber").span, speech.word("please").start_ms, 400)
    everything = propose(speech.transcript, speech.pauses, RULES, [retake], cues=[loud], clips=CLIPS)
    flubber = next(one for one in everything if one.kind == "flubber")
    cue = next(one for one in everything if one.kind == "sound_cue")
    assert cue.span.start_ms < flubber.span.start_ms < cue.span.end_ms
    assert not cue.automatic


def test_a_cue_inside_a_request_to_the_intern_does_not_act() -> None:
    speech = spoken("so _700 <intern> _700 tell us about _700 applause please _700 in the theatre stop _700 good")
    (one,) = proposed(speech)
    assert not one.automatic
    assert "what you asked the intern" in one.reason


def test_a_word_said_twice_inside_a_cue_is_no_repeat() -> None:
    ding = SoundCue(id="cue_3", words="ding ding ding", clip="med_2")
    speech = spoken("so _700 ding ding ding _700 good")
    everything = propose(speech.transcript, speech.pauses, RULES, cues=[ding], clips=CLIPS)
    assert [one.kind for one in everything] == ["sound_cue"]
