"""What every recogniser offers: a feed in, a transcript out."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from donecast.core.cleanup_settings import EXPONENT_USUAL
from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality
from donecast.kit.problems import Problem

MARKER_THRESHOLD = 10.0**EXPONENT_USUAL
CUE_THRESHOLD = 10.0**-3
"""Stricter than for markers: a sound in a wrong place is heard by everybody. Nine cues of 3 to 14 phones, said by four
voices between pauses of 250 and 600 ms: 69 of 72 are heard at either threshold, and "room" is no "boom" at this one.
"""
_PRONUNCIATION = re.compile(r"[A-Z]{1,2}(?: [A-Z]{1,2})+")


@dataclass(frozen=True, slots=True)
class MarkerSpec:
    """A word to listen for beside the transcript.

    ``pronunciations`` are ARPABET phones without stress, such as "F L AH B ER"; when empty, the engine finds its own.
    ``threshold`` lies between 0 and 1: smaller hears more markers and more false ones. Raises ValueError otherwise.
    """

    keyword: str
    pronunciations: tuple[str, ...] = ()
    threshold: float = MARKER_THRESHOLD

    def __post_init__(self) -> None:
        if not any(character.isalpha() for character in self.keyword):
            raise ValueError("a marker needs letters")
        if not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"a marker's threshold lies between 0 and 1, not at {self.threshold}")
        for pronunciation in self.pronunciations:
            if not _PRONUNCIATION.fullmatch(pronunciation):
                raise ValueError(f"not a pronunciation: {pronunciation!r}")


FLUBBER = MarkerSpec("flubber", ("F L AH B ER",))
INTERN = MarkerSpec("intern", ("IH N T ER N",))


def flubber_spec(keyword: str) -> MarkerSpec:
    """The word that a show says after a mistake; its own word is said as the engine's dictionary says it."""
    return FLUBBER if keyword == FLUBBER.keyword else MarkerSpec(keyword)


def cue_spec(words: str) -> MarkerSpec:
    """The words of a show that call one of its sounds."""
    return MarkerSpec(words, threshold=CUE_THRESHOLD)


STANDARD_MARKERS: Mapping[str, MarkerSpec] = {"flubber": FLUBBER, "intern": INTERN}


@dataclass(frozen=True, slots=True)
class Subject:
    """Which recording is heard, for engines that keep book of their work: whose it is, its bytes, how long it is."""

    owner: str
    content_hash: str
    duration_ms: int


class SpeechEngine(Protocol):
    """What writes out words, here or elsewhere.

    ``options_digest`` stands for every setting that changes the answer: together with name and version it is the key
    under which a transcript can be found again instead of made again.
    """

    @property
    def name(self) -> str:
        """Short and stable, such as "pocketsphinx"."""
        ...

    @property
    def version(self) -> str:
        """The engine's own version, or that of a vendor's interface."""
        ...

    @property
    def quality(self) -> TranscriptQuality:
        """How far a person may trust the words."""
        ...

    @property
    def options_digest(self) -> str:
        """A short hash of the settings that change the answer."""
        ...

    def check(self) -> list[Problem]:
        """What is missing, never downloading and never raising; a vendor is asked once. Empty when all is well."""
        ...


class Transcriber(SpeechEngine, Protocol):
    """Something that turns speech into words with times."""

    def for_recording(self, subject: Subject) -> "Transcriber":
        """The transcriber to hear this recording with; work that costs something is written down under it."""
        ...

    def transcribe(
        self,
        feed: Path,
        *,
        duration_ms: int,
        markers: Mapping[str, MarkerSpec] | None = None,
        pauses: Sequence[Span] | None = None,
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """The words of a speech feed, times in the recording's milliseconds.

        ``duration_ms`` is the recording's own length, which the transcript reports. Markers that are heard become
        words of kind "marker". ``pauses``, when already known, spare listening for them again. ``on_progress`` gets
        the share that is done, 0 to 1, never falling. ``cancelled`` is asked often.

        Raises SpeechUnavailable, FeedUnreadable, TranscriptionFailed, TranscriptionCancelled, MarkerUnspeakable;
        engines that work elsewhere also what stands in `vendor_errors`.
        """
        ...
