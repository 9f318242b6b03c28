"""Durable steps of transcripts. Each looks for its result first, so a retry or a second episode never pays twice."""

from collections.abc import Mapping
from pathlib import Path

from donecast.engine.feed import speech_feed
from donecast.kit.progress import Report, portion
from donecast.platform.web import Ground
from donecast.recordings import service as recordings
from donecast.recordings.rules import MediaFacts
from donecast.speech.alignment import align
from donecast.speech.transcriber import FLUBBER, MarkerSpec, Transcriber
from donecast.speech.voice_activity import pauses
from donecast.transcripts import service
from donecast.transcripts.rules import Heard, transcript_key

_LISTENED_FOR: Mapping[str, MarkerSpec] = {"flubber": FLUBBER}
_FEED_PERCENT = 5
_PAUSES_PERCENT = 15


def transcribe(ground: Ground, transcriber: Transcriber, media_id: str, report: Report) -> str:
    """Writes out the words of a recording; answers the transcript's id.

    Raises the errors of the engine room and of `Transcriber.transcribe`; ``report`` may raise to stop.
    """
    with ground.database.reading() as session:
        media = recordings.media_by_id(session, media_id)
        key = _key(media, transcriber, None)
        found = service.find(session, key)
    if found is not None:
        return found
    with ground.temporary.folder("transcribe") as folder:
        feed = _feed(ground, media, folder, report)
        report(_FEED_PERCENT, "Listening for pauses")
        silence = pauses(feed)
        transcript = transcriber.transcribe(
            feed,
            duration_ms=media.duration_ms,
            markers=_LISTENED_FOR,
            pauses=silence,
            on_progress=portion(report, _PAUSES_PERCENT, 99, "Writing out the words"),
        )
    return _keep(ground, media, key, Heard(transcript, silence))


def align_given(ground: Ground, transcriber: Transcriber, media_id: str, text: str, report: Report) -> str:
    """Finds where each word of a given transcript is spoken; answers the transcript's id.

    The words are the person's own; marker words are listened for all the same, for people rarely write them down.
    Raises TranscriptUnreadable, and the errors of the engine and speech rooms.
    """
    with ground.database.reading() as session:
        media = recordings.media_by_id(session, media_id)
        key = _key(media, transcriber, text)
        found = service.find(session, key)
    if found is not None:
        return found
    cues = service.read_given(ground.settings.limits, text)
    with ground.temporary.folder("align") as folder:
        feed = _feed(ground, media, folder, report)
        report(_FEED_PERCENT, "Listening for pauses")
        silence = pauses(feed)
        transcript = align(
            feed,
            cues,
            duration_ms=media.duration_ms,
            markers=_LISTENED_FOR,
            pauses=silence,
            on_progress=portion(report, _PAUSES_PERCENT, 99, "Finding your words in the recording"),
        )
    return _keep(ground, media, key, Heard(transcript, silence))


def _key(media: MediaFacts, transcriber: Transcriber, given_text: str | None) -> str:
    return transcript_key(
        account_id=media.account_id,
        content_hash=media.content_hash,
        engine=transcriber.name,
        engine_version=transcriber.version,
        options_digest=transcriber.options_digest,
        markers=[
            (name, spec.keyword, *spec.pronunciations, str(spec.threshold)) for name, spec in _LISTENED_FOR.items()
        ],
        given_text=given_text,
    )


def _feed(ground: Ground, media: MediaFacts, folder: Path, report: Report) -> Path:
    report(0, "Preparing the sound")
    feed = folder / "feed.wav"
    speech_feed(ground.blobs.local_path(media.content_hash, folder), feed)
    return feed


def _keep(ground: Ground, media: MediaFacts, key: str, heard: Heard) -> str:
    with ground.database.transaction() as session:
        return service.keep(session, ground.clock, account_id=media.account_id, media_id=media.id, key=key, heard=heard)
