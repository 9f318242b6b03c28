"""Teaching a show its marker: somebody says the word a few times, and the spotter learns how strictly to listen.

People say a word differently from the dictionary. The strictest threshold at which each saying is heard is kept: a
laxer one would hear the word where nobody said it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from donecast.core.span import Span
from donecast.engine.analysis import speech_feed
from donecast.engine.limits import EngineLimits
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.shows import service
from donecast.shows.errors import LessonUnusable
from donecast.speech.spotting import spot_markers
from donecast.speech.transcriber import flubber_spec
from donecast.speech.voice_activity import listen

LESSON_BYTES_MAX = 20 * 1024**2
LESSON_MS_MAX = 60_000
SAYINGS_MIN, SAYINGS_MAX = 3, 12
EXPONENTS = (-3, -5, -7, -10, -13, -16, -20)
"""Of the thresholds that are tried, the strictest first. Below the last one, too much is heard that nobody said."""
_APART_MS_MIN = 350
"""Shorter silences are inside a saying, such as the closure of its b."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt: how often the word was said, how many of these were heard, and the threshold's power of ten."""

    keyword: str
    said: int
    heard: int
    exponent: int


def teach(ground: Ground, account_id: str, show_id: str, recording: Path) -> Lesson:
    """Learns a show's word from a recording of nothing else, and keeps what was learnt.

    Raises NoSuchShow, LessonUnusable, the engine's refusals of the file, SpeechUnavailable, TranscriptionFailed.
    """
    with ground.database.reading() as session:
        cleanup = service.show_of(session, account_id, show_id).cleanup
    limits = EngineLimits(
        deadline_seconds=ground.settings.limits.preview_deadline_seconds,
        file_bytes_max=LESSON_BYTES_MAX,
        duration_ms_max=LESSON_MS_MAX,
    )
    with ground.temporary.folder("lesson") as folder:
        feed = speech_feed(recording, folder / "feed.wav", limits=limits)
        activity = listen(feed)
        sayings = sayings_of(activity.speech)
        if not SAYINGS_MIN <= len(sayings) <= SAYINGS_MAX:
            raise LessonUnusable(details={"said": len(sayings)})
        best: Lesson | None = None
        for exponent in EXPONENTS:
            spec = replace(flubber_spec(cleanup.flubber_keyword), threshold=10.0**exponent)
            hits = spot_markers(feed, {spec.keyword: spec}, pauses=activity.pauses, duration_ms=activity.duration_ms)
            heard = sum(any(hit.span.overlaps(saying) for hit in hits) for saying in sayings)
            if best is None or heard > best.heard:
                best = Lesson(cleanup.flubber_keyword, len(sayings), heard, exponent)
            if heard == len(sayings):
                break
    if best is None or 2 * best.heard <= best.said:
        raise LessonUnusable(
            f'"{cleanup.flubber_keyword}" was heard {best.heard if best else 0} of {len(sayings)} times.',
            action="Say it more clearly, or choose another word, and try again.",
            details={"said": len(sayings), "heard": best.heard if best else 0},
        )

    def keep(session: Session) -> None:
        now = service.show_of(session, account_id, show_id).cleanup
        if now.flubber_keyword != best.keyword:
            raise LessonUnusable("The show's word was changed in the meantime.", action="Teach the new word.")
        learnt = replace(now, flubber_exponent=best.exponent)
        service.change_show(session, ground.clock, account_id, show_id, {"cleanup": learnt})

    run_unit(ground.database, keep)
    return best


def sayings_of(speech: Sequence[Span]) -> list[Span]:
    """Stretches of speech, those that only a short silence parts taken as one."""
    sayings: list[Span] = []
    for span in speech:
        if sayings and span.start_ms - sayings[-1].end_ms < _APART_MS_MIN:
            sayings[-1] = Span(sayings[-1].start_ms, span.end_ms)
        else:
            sayings.append(span)
    return sayings
