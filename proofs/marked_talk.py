"""Hours of talk in which everything is known: flubbers, requests to the intern, fillers, long pauses, words that call
a sound, look-alikes.

Sentences are put together anew each time, spoken by the local voices; real readers speak between them, nothing twice.
Around each marker lie pauses of 0, 250 or 600 ms, in turn. The spoken words stand with their times beside the sound.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice, pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from donecast.core.span import Span
from donecast.core.words import Word, WordKind
from donecast.speech.voice_activity import pauses
from proofs.harness import sample
from proofs.recordings import READERS
from tests.support.spoken_scene import SpokenScene

Samples = npt.NDArray[np.int16]
Kind = Literal["flubber", "intern", "filler", "long_pause", "sound_cue"]

VOICES = ("slt", "rms", "awb", "kal16")
MARKER_PAUSES_MS = (0, 250, 600)
_LEVEL = 12_000
"""Peak of the readers' sound, about that of the local voices."""

_WHO = (
    "My uncle|The baker|Our neighbour|A young teacher|The old sailor|Somebody from the council|My first boss|"
    "The doctor|A friend of mine|The man at the station|Our guest|The woman next door|My grandfather|The mayor|"
    "An engineer|The librarian|His brother|Her daughter|The whole family|A farmer from the valley|The conductor|"
    "Nobody in the village|The gardener|My cousin|The photographer|A retired pilot|The captain|Our choir|"
    "The committee|A group of students"
)
_DID = (
    "painted|repaired|borrowed|forgot about|talked about|sold|collected|carried home|found|wanted to keep|"
    "wrote about|cleaned|bought|looked after|gave away|photographed|remembered|described|counted|hid|discovered|"
    "asked for|measured|sang about|planned|brought back|paid for|opened|polished|laughed at"
)
_WHAT = (
    "seven wooden chairs|an old radio|the broken window|a box of letters|the garden wall|"
    "some apples from the north|a map of the river|two silver spoons|the recipe for plum cake|"
    "a bicycle without brakes|the church bell|a photograph of the harbour|the last train tickets|her winter coat|"
    "a small blue notebook|the family piano|an enormous pumpkin|the kitchen clock|a pair of brown boots|"
    "every single book|the lighthouse lamp|a basket of eggs|the money for the roof|a very long ladder|"
    "the story of the flood|his favourite song|the names of all the streets|a jar of honey|an empty suitcase|"
    "the weather report"
)
_WHERE = (
    "near the harbour|at the weekly market|behind the school|on the other side of the lake|in the middle of town|"
    "under the bridge|close to the airport|in a tiny kitchen|outside the theatre|along the coast road|by the fire|"
    "in the museum|at the end of the platform|on a farm in Wales|above the bakery|in front of everyone|"
    "halfway up the hill|beside the canal|inside the old mill|at our summer house"
)
_WHEN = (
    "last summer|before breakfast|during the war|on a rainy Sunday|when I was nine|after the concert|"
    "every other week|in the spring of that year|just before midnight|while the others slept|"
    "at the end of September|for nearly a decade|once the snow had melted|two days later|on the way home|"
    "until the power failed|as soon as he could|in those days|when the music stopped|for the very first time"
)
_LOOKALIKES = (
    "They used rubber boots in the garden",
    "Each of them spoke in turn about the house",
    "Our intern wrote a good report about it",
    "She worked as an intern in the museum that year",
    "The internal walls were made of rubber",
    "A blubber knife hung above the door",
    "The internet was slow in the interim",
    "He was a lover of butter and of rubber plants",
)
_REQUESTS = (
    "who wrote the song about the lighthouse",
    "when did the old harbour open",
    "how many people live in the valley",
    "what is the capital of Portugal",
    "tell us how long the river is",
    "put the address of the museum in the notes",
    "find the name of the captain",
    "add a link to the recipe to the show notes",
)
CUES = ("applause please", "door bell", "thunder")
_CUE_LOOKALIKES = (
    "They asked for applause please and then sat down",
    "He heard the door bell of the people next door",
    "A pause please, said the conductor",
    "The doors and the bells were painted blue",
    "It was hot under the roof and the thunder was far away",
)
_FILLERS = ("um", "uh", "um", "er")


@dataclass(frozen=True)
class Planted:
    """Something known. ``keyword`` is where the marker was said (the thing itself, for fillers and pauses).

    ``starts_ms`` and ``ends_ms``: first and last instant at which each end of a right cut, or of a request, may lie.
    """

    kind: Kind
    keyword: Span
    starts_ms: tuple[int, int]
    ends_ms: tuple[int, int]
    pause_ms: int | None = None


@dataclass
class Talk:
    """One recording with what was planted in it; ``words`` are known for the local voices, readers speak unwritten."""

    scene: SpokenScene
    planted: list[Planted] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def say(self, text: str, kind: WordKind = "word") -> Span:
        """Speaks a text; its words share the time by their letters."""
        span = self.scene.say(text)
        parts = text.split()
        edges = np.cumsum([0, *(len(part) + 1 for part in parts)]) / (len(text) + 1) * span.duration_ms + span.start_ms
        for part, (start, end) in zip(parts, pairwise(edges), strict=True):
            self.words.append(Word(part, int(start), int(end), 0.95, None, kind))
        return span


def talks(folder: Path, number_each: int) -> Iterator[tuple[str, Talk]]:
    """``number_each`` recordings of some six minutes for each voice, one after the other, with a name for each."""
    breaths, turn, cue_turn = _breaths(folder), count(), count()
    for voice in VOICES:
        for number in range(number_each):
            generator = np.random.default_rng([VOICES.index(voice), number])
            talk = Talk(SpokenScene(folder, voice))
            _fill(talk, generator, breaths, turn)
            _call_sounds(talk, np.random.default_rng([VOICES.index(voice), number, 1]), cue_turn)
            talk.say("Thank you for listening.")
            talk.scene.rest(600)
            yield f"{voice}-{number}", talk


def _fill(talk: Talk, generator: np.random.Generator, breaths: Iterator[Samples], turn: Iterator[int]) -> None:
    scene = talk.scene
    acts = ["flubber"] * 6 + ["intern"] * 3 + ["filler"] * 8 + ["long_pause"] * 6 + ["lookalike"] * 6 + ["reader"] * 5
    scene.rest(800)
    for act in generator.permutation(acts):
        talk.say(_sentence(generator) + ".")
        quiet = scene.rest(int(generator.integers(550, 900)))
        match act:
            case "flubber":
                _flubber(talk, generator, quiet, MARKER_PAUSES_MS[next(turn) % 3])
            case "intern":
                _intern(talk, generator, MARKER_PAUSES_MS[next(turn) % 3])
            case "filler":
                _filler(talk, generator)
            case "long_pause":
                pause = scene.rest(int(generator.integers(2_000, 4_500)) - quiet.duration_ms)
                whole = Span(quiet.start_ms, pause.end_ms)
                talk.planted.append(
                    Planted("long_pause", whole, (whole.start_ms + 300,) * 2, (whole.end_ms - 300,) * 2)
                )
            case "lookalike":
                talk.say(str(generator.choice(_LOOKALIKES)) + ".")
                scene.rest(int(generator.integers(550, 900)))
            case "reader":
                for breath in islice(breaths, 3):
                    scene.add(breath)
                    scene.rest(int(generator.integers(550, 900)))


def _call_sounds(talk: Talk, generator: np.random.Generator, turn: Iterator[int]) -> None:
    """Each cue within a sentence, then a sentence with the same or nearly the same words."""
    for cue in CUES:
        words = _sentence(generator).split()
        pause_ms = MARKER_PAUSES_MS[next(turn) // len(CUES) % 3]
        talk.say(" ".join(words[:5]))
        keyword = _between_pauses(talk, cue, pause_ms)
        talk.say(" ".join(words[5:]) + ".")
        talk.scene.rest(int(generator.integers(550, 900)))
        talk.planted.append(Planted("sound_cue", keyword, (keyword.start_ms,) * 2, (keyword.end_ms,) * 2, pause_ms))
        talk.say(str(generator.choice(_CUE_LOOKALIKES)) + ".")
        talk.scene.rest(int(generator.integers(550, 900)))


def _sentence(generator: np.random.Generator) -> str:
    parts = [str(generator.choice(part.split("|"))) for part in (_WHO, _DID, _WHAT, _WHERE, _WHEN)]
    return " ".join(parts)


def _flubber(talk: Talk, generator: np.random.Generator, quiet: Span, pause_ms: int) -> None:
    """An attempt that breaks off, the keyword, and the sentence again."""
    sentence = _sentence(generator)
    words = sentence.split()
    attempt = talk.say(" ".join(words[: int(generator.integers(4, len(words) - 1))]))
    keyword = _between_pauses(talk, "flubber", pause_ms)
    talk.say(sentence + ".")
    talk.scene.rest(int(generator.integers(550, 900)))
    starts_ms, ends_ms = (quiet.start_ms, attempt.start_ms), (keyword.end_ms, keyword.end_ms + pause_ms)
    talk.planted.append(Planted("flubber", keyword, starts_ms, ends_ms, pause_ms))


def _intern(talk: Talk, generator: np.random.Generator, pause_ms: int) -> None:
    keyword = _between_pauses(talk, "intern", pause_ms)
    asked = talk.say(str(generator.choice(_REQUESTS)))
    ended = asked
    if generator.integers(2):
        ended = talk.say("stop")
    talk.scene.rest(2_700)
    talk.planted.append(Planted("intern", keyword, (keyword.start_ms,) * 2, (asked.end_ms, ended.end_ms), pause_ms))


def _between_pauses(talk: Talk, keyword: str, pause_ms: int) -> Span:
    if pause_ms:
        talk.scene.rest(pause_ms)
    span = talk.say(keyword)
    if pause_ms:
        talk.scene.rest(pause_ms)
    return span


def _filler(talk: Talk, generator: np.random.Generator) -> None:
    words = _sentence(generator).split()
    talk.say(" ".join(words[:5]))
    before = talk.scene.rest(int(generator.integers(200, 500)))
    said = talk.say(str(generator.choice(_FILLERS)), "filler")
    after = talk.scene.rest(int(generator.integers(200, 500)))
    talk.say(" ".join(words[5:]) + ".")
    talk.scene.rest(int(generator.integers(550, 900)))
    talk.planted.append(Planted("filler", said, (before.start_ms, said.start_ms), (said.end_ms, after.end_ms)))


def _breaths(folder: Path) -> Iterator[Samples]:
    """What real readers say between two pauses, 1 to 8 seconds long, at the level of the local voices."""
    for name in READERS:
        sound, rate = soundfile.read(sample(f"{name}.flac"), dtype="float32", always_2d=True)
        mono = soxr.resample(sound.mean(axis=1), rate, 16_000)
        whole = np.round(mono * (_LEVEL / np.abs(mono).max())).astype(np.int16)
        feed = folder / "reader.wav"
        soundfile.write(feed, whole, 16_000, "PCM_16")
        edges_ms = [0, *(edge for pause in pauses(feed) for edge in (pause.start_ms, pause.end_ms)), len(whole) // 16]
        for start_ms, end_ms in zip(edges_ms[::2], edges_ms[1::2], strict=True):
            if 1_000 <= end_ms - start_ms <= 8_000:
                yield whole[start_ms * 16 : end_ms * 16]
