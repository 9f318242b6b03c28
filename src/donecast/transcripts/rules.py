"""Pure rules of transcripts: the frozen values that travel, and the key under which one is found again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from donecast.core.retake import Retake
from donecast.core.span import Span
from donecast.core.words import Transcript, TranscriptQuality, transcript_from_json
from donecast.credits.rules.pricing import Pipeline

DOCUMENT_VERSION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFacts:
    """A transcript as other features see it, without its words."""

    id: str
    account_id: str
    engine: str
    quality: TranscriptQuality
    language: str
    words_count: int
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in a recording: its words, and what the sound itself says of pauses and retakes."""

    transcript: Transcript
    pauses: tuple[Span, ...]
    retakes: tuple[Retake, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `heard_from_json` reads them back to an equal value."""
        return {
            "version": DOCUMENT_VERSION,
            "transcript": self.transcript.to_json(),
            "pauses": [[pause.start_ms, pause.end_ms] for pause in self.pauses],
            "retakes": [
                [one.marker.start_ms, one.marker.end_ms, one.start_ms, one.score, one.rest_ms] for one in self.retakes
            ],
        }


def heard_from_json(document: Mapping[str, Any]) -> Heard:
    """Reads what `Heard.to_json` wrote. Raises ValueError for another version."""
    if document.get("version") != DOCUMENT_VERSION:
        raise ValueError(f"transcript document version {document.get('version')!r} is not known")
    pauses = tuple(Span(start_ms, end_ms) for start_ms, end_ms in document["pauses"])
    retakes = tuple(Retake(Span(start_ms, end_ms), *found) for start_ms, end_ms, *found in document["retakes"])
    return Heard(transcript_from_json(document["transcript"]), pauses, retakes)


LOCAL_ENGINES = ("pocketsphinx", "whisper")
"""Recognisers on this machine; "local" is whichever of them it has."""


def pipeline_of(engine: str) -> Pipeline:
    """What hearing a recording is priced as, by the engine's name."""
    if engine == "auphonic":
        return "auphonic"
    return "local" if engine in {"local", *LOCAL_ENGINES} else "standard"


def transcript_key(
    *,
    account_id: str,
    content_hash: str,
    engine: str,
    engine_version: str,
    options_digest: str,
    markers: Sequence[Sequence[str]],
    given_text: str | None = None,
) -> str:
    """SHA-256 (hex) of everything that decides what a transcript says.

    The account is part of it: what one person corrects in their transcript never reaches another who has the same
    recording. ``markers`` is one list of texts for each word listened for; ``given_text`` is what a person brought.
    """
    parts = {
        "account": account_id,
        "content": content_hash,
        "engine": [engine, engine_version, options_digest],
        "markers": sorted([list(marker) for marker in markers]),
        "document": DOCUMENT_VERSION,
        "given": None if given_text is None else hashlib.sha256(given_text.encode()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
