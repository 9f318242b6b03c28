"""Durable steps of transcripts. Each looks for its result first, so a retry or a second episode never pays twice."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from donecast.core.cleanup_rules import CleanupRules
from donecast.core.markers import find_markers
from donecast.core.span import Span
from donecast.core.words import Transcript
from donecast.credits.paying import Payer, Payment
from donecast.credits.rules.pricing import Transcription
from donecast.engine.analysis import speech_feed
from donecast.kit.progress import Report, portion
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings import service as recordings
from donecast.recordings.examination import engine_limits
from donecast.recordings.rules import MediaFacts
from donecast.speech.alignment import align
from donecast.speech.retakes import find_retakes
from donecast.speech.transcriber import FLUBBER, INTERN, MarkerSpec, Subject, Transcriber
from donecast.speech.voice_activity import pauses
from donecast.transcripts import service
from donecast.transcripts.job_book import charged_as, job_key
from donecast.transcripts.rules import Heard, pipeline_of, transcript_key

_LIKENESS_MIN = 0.6
"""Retakes are looked for after everything that a show's own rules might take for its marker."""


def transcribe(
    ground: Ground,
    transcriber: Transcriber,
    media_id: str,
    report: Report,
    *,
    marker: MarkerSpec = FLUBBER,
    cues: Sequence[MarkerSpec] = (),
    episode_id: str | None = None,
) -> str:
    """Writes out the words of a recording; answers the transcript's id.

    ``marker`` is said after a mistake, ``cues`` call sounds: both are listened for beside the words.

    The recording's owner pays, for ``episode_id``. Raises NoSuchMedia, NotEnoughCredits, the engine's errors, those of
    `Transcriber.transcribe`; ``report`` may raise to stop.
    """
    markers = _listened_for(marker, cues)
    media, ear, key, found = _look(ground, transcriber, media_id, markers, None)
    if found is not None:
        return found
    work = Transcription(media.duration_ms, pipeline_of(ear.name))
    operation_id = charged_as(job_key(ear, _subject(media)))
    with (
        Payment(ground, Payer(media.account_id, episode_id), operation_id, at_most=work) as payment,
        ground.temporary.folder("transcribe") as folder,
    ):
        report = payment.while_alive(report)
        feed = _feed(ground, media, folder, report)
        silence = pauses(feed, on_progress=portion(report, 5, 25, "Listening for pauses"))
        transcript = ear.transcribe(
            feed,
            duration_ms=media.duration_ms,
            markers=markers,
            pauses=silence,
            on_progress=portion(report, 25, 99, "Writing out the words"),
        )
        heard = _with_retakes(feed, transcript, silence, marker.keyword)

        def save(session: Session) -> str:
            transcript_id = _keep(session, ground, media, key, heard)
            payment.capture(session, work)
            return transcript_id

        return run_unit(ground.database, save)


def align_given(
    ground: Ground,
    transcriber: Transcriber,
    media_id: str,
    text: str,
    report: Report,
    *,
    marker: MarkerSpec = FLUBBER,
    cues: Sequence[MarkerSpec] = (),
) -> str:
    """Finds where each word of a given transcript is spoken; answers the transcript's id.

    The words are the person's own; marker words are listened for all the same, for people rarely write them down.
    Raises what `transcribe` raises, TranscriptUnreadable and GivenTranscriptTooLarge.
    """
    markers = _listened_for(marker, cues)
    media, ear, key, found = _look(ground, transcriber, media_id, markers, text)
    if found is not None:
        return found
    given = service.read_given(ground.settings.limits, text)
    with ground.temporary.folder("align") as folder:
        feed = _feed(ground, media, folder, report)
        silence = pauses(feed, on_progress=portion(report, 5, 25, "Listening for pauses"))
        transcript = align(
            feed,
            given,
            duration_ms=media.duration_ms,
            markers=markers,
            pauses=silence,
            transcriber=ear,
            on_progress=portion(report, 25, 99, "Finding your words in the recording"),
        )
        heard = _with_retakes(feed, transcript, silence, marker.keyword)
    return run_unit(ground.database, lambda session: _keep(session, ground, media, key, heard))


def _listened_for(marker: MarkerSpec, cues: Sequence[MarkerSpec]) -> Mapping[str, MarkerSpec]:
    return {spec.keyword: spec for spec in (marker, INTERN, *cues)}


def _look(
    ground: Ground,
    transcriber: Transcriber,
    media_id: str,
    markers: Mapping[str, MarkerSpec],
    given_text: str | None,
) -> tuple[MediaFacts, Transcriber, str, str | None]:
    """The recording, who hears it, the key of its transcript, and the transcript's id where there is one."""
    with ground.database.reading() as session:
        media = recordings.media_by_id(session, media_id)
    # Chosen once: a model that comes or goes meanwhile must not put one engine's words under another's key.
    ear = transcriber.for_recording(_subject(media))
    key = transcript_key(
        account_id=media.account_id,
        content_hash=media.content_hash,
        engine=ear.name,
        engine_version=ear.version,
        options_digest=ear.options_digest,
        markers=[(spec.keyword, *spec.pronunciations, f"{spec.threshold:g}") for spec in markers.values()],
        given_text=given_text,
    )
    with ground.database.reading() as session:
        return media, ear, key, service.find(session, key)


def _feed(ground: Ground, media: MediaFacts, folder: Path, report: Report) -> Path:
    report(0, "Preparing the sound")
    source = ground.blobs.local_path(media.content_hash, folder)
    tell = portion(report, 0, 5, "Preparing the sound")
    return speech_feed(
        source,
        folder / "feed.wav",
        limits=engine_limits(ground.settings.limits),
        on_progress=lambda percent: tell(percent / 100),
    )


def _with_retakes(feed: Path, transcript: Transcript, pauses: tuple[Span, ...], keyword: str) -> Heard:
    loosely = CleanupRules(marker_likeness_min=_LIKENESS_MIN)
    markers = [marker.span for marker in find_markers(transcript.words, pauses, keyword, loosely)]
    return Heard(transcript, pauses, find_retakes(feed, markers, duration_ms=transcript.duration_ms))


def _subject(media: MediaFacts) -> Subject:
    return Subject(media.account_id, media.content_hash, media.duration_ms)


def _keep(session: Session, ground: Ground, media: MediaFacts, key: str, heard: Heard) -> str:
    return service.keep(session, ground.clock, account_id=media.account_id, media_id=media.id, key=key, heard=heard)
