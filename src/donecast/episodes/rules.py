"""Pure rules of episodes: the frozen values that travel, what state an episode is in."""

import hashlib
import json
import re
import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Literal

from donecast.core.chapters import Chapter
from donecast.core.engine_choice import choice_mistake
from donecast.core.plan import Codec
from donecast.core.span import Span
from donecast.core.words import TranscriptQuality
from donecast.credits.rules.pricing import Provider
from donecast.episodes.errors import EpisodeInvalid
from donecast.episodes.layout import Layout, layout_from_json
from donecast.shows import rules as shows
from donecast.shows.rules import ShowFacts
from donecast.transcripts.rules import TranscriptFacts

EpisodeKind = Literal["full", "trailer", "bonus"]
EpisodeState = Literal["draft", "working", "needs_you", "ready", "scheduled", "live"]
PublishWhen = Literal["now", "slot", "not_yet"]
CaptionFormat = Literal["vtt", "srt", "json", "txt"]

# The types of feeds' enclosures, as Apple names them, and what a file of each ends in.
AUDIO_TYPES: Mapping[Codec, str] = {"mp3": "audio/mpeg", "aac": "audio/x-m4a", "wav": "audio/wav"}
FILE_ENDINGS: Mapping[Codec, str] = {"mp3": ".mp3", "aac": ".m4a", "wav": ".wav"}
CAPTION_TYPES: Mapping[CaptionFormat, str] = {
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
TITLE_CHARACTERS_MAX = 200
NOTES_CHARACTERS_MAX = 50_000
COUNT_MAX = 100_000
SPEAKERS_MAX = 50
SPEAKER_CHARACTERS_MAX = 60
_CLIP_ASSET = "clip:"
_FILE_ENDING = re.compile(r"\.(wav|mp3|m4a|aac|flac|ogg|opus|aiff?|wma|mp4|mov|mkv|webm)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeDraft:
    """What a person says about a new episode. ``transcript`` is a whole VTT, SRT, JSON or plain text, or None."""

    show_id: str
    recording_id: str
    template_id: str | None = None
    title: str | None = None
    transcript: str | None = None
    transcriber: str | None = None
    voice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionFacts:
    """A finished file, bytes in the storage under ``content_hash``; it never changes, and neither does its address."""

    id: str
    episode_id: str
    content_hash: str
    codec: Codec
    duration_ms: int
    length_bytes: int
    loudness_lufs: float | None
    true_peak_dbtp: float
    edit_list_version: int
    transcript_id: str | None
    made_at: datetime

    @property
    def audio_type(self) -> str:
        """The media type."""
        return AUDIO_TYPES[self.codec]

    @property
    def file_ending(self) -> str:
        """What the name of the file ends in, with its dot."""
        return FILE_ENDINGS[self.codec]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeFacts:
    """An episode as other features see it. ``notes`` is Markdown; instants are aware and UTC.

    ``captions_public`` says whether its transcript may be shown to everybody; ``working`` whether the line has it;
    ``outdated`` whether something else is heard now than in the finished audio. ``speaker_names`` are what people are
    called, by the label that the transcript's engine gave them. ``transcriber`` shall write out its words and ``voice``
    speak in it; None: as its show has it.
    """

    id: str
    account_id: str
    show_id: str
    recording_id: str
    template_id: str | None
    title: str
    notes: str
    season: int | None
    number: int | None
    kind: EpisodeKind
    explicit: bool | None
    slug: str
    guid: str
    publish_when: PublishWhen
    published_at: datetime | None
    transcript: TranscriptFacts | None
    captions_public: bool
    transcriber: str | None
    voice: str | None
    speaker_names: Mapping[str, str]
    edit_list_version: int
    operation_id: str | None
    working: bool
    rendition: RenditionFacts | None
    outdated: bool
    created_at: datetime
    updated_at: datetime

    def is_live(self, now: datetime) -> bool:
        """The only truth of live: there is audio, and its moment has come."""
        return self.rendition is not None and self.published_at is not None and self.published_at <= now


def state_of(episode: EpisodeFacts, now: datetime) -> EpisodeState:
    """Where an episode stands. The line's work comes first, for that is what its owner waits for."""
    if episode.working:
        return "working"
    if episode.is_live(now):
        return "live"
    if episode.rendition is not None:
        return "ready" if episode.published_at is None else "scheduled"
    # It was on the line and has no audio: it waits for a decision, or something failed and wants to be tried again.
    return "draft" if episode.operation_id is None else "needs_you"


def captions_public(quality: TranscriptQuality | None, approved: bool | None) -> bool:
    """Whether captions may be shown to everybody: as the person says, else unless they are only approximate."""
    if quality is None:
        return False
    return quality != "basic" if approved is None else approved


def title_of_recording(name: str) -> str:
    """A first title from the name of a recording: without a file's ending and underscores."""
    stem = _FILE_ENDING.sub("", name)
    return " ".join(stem.replace("_", " ").split())[:TITLE_CHARACTERS_MAX] or "Untitled episode"


def checked_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that a person changes, tidied. Raises EpisodeInvalid about the first that cannot be."""
    tidy = dict(changes)
    if "title" in tidy:
        tidy["title"] = " ".join((tidy["title"] or "").split())
        if not tidy["title"]:
            raise _wrong("title", "An episode needs a title.", "Write one and save again.")
        if len(tidy["title"]) > TITLE_CHARACTERS_MAX:
            raise _wrong("title", f"This title is longer than {TITLE_CHARACTERS_MAX} characters.", "Please shorten it.")
    if "notes" in tidy:
        tidy["notes"] = (tidy["notes"] or "").strip()
        if len(tidy["notes"]) > NOTES_CHARACTERS_MAX:
            raise _wrong("notes", f"The notes are longer than {NOTES_CHARACTERS_MAX:,} characters.", "Please shorten.")
    if "speaker_names" in tidy:
        tidy["speaker_names"] = _checked_names(tidy["speaker_names"] or {})
    if mistake := choice_mistake(tidy.get("transcriber"), tidy.get("voice")):
        raise _wrong(*mistake, "Choose one from the list.")
    for field, name in (("season", "season"), ("number", "episode number")):
        value = tidy.get(field)
        if value is not None and not 1 <= value <= COUNT_MAX:
            raise _wrong(field, f"The {name} must be a whole number from 1 on.", "Correct it, or leave it empty.")
    return {name: value for name, value in tidy.items() if value is not None or name not in {"kind", "publish_when"}}


def _checked_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names by label, without those that were left empty."""
    tidy = {label: " ".join(name.split()) for label, name in names.items()}
    if len(tidy) > SPEAKERS_MAX or any(len(text) > SPEAKER_CHARACTERS_MAX for pair in tidy.items() for text in pair):
        message = (
            f"There are at most {SPEAKERS_MAX} speakers, with names of at most {SPEAKER_CHARACTERS_MAX} characters."
        )
        raise _wrong("speaker_names", message, "Please shorten.")
    return {label: name for label, name in tidy.items() if name}


def _wrong(field: str, message: str, action: str) -> EpisodeInvalid:
    return EpisodeInvalid(message, action=action, details={"field": field})


def slugs(title: str) -> Iterator[str]:
    """Names for the episode's address, best first; a title without Latin letters is called episode."""
    plain = unicodedata.normalize("NFKD", title)
    has_latin = any(character.isascii() and character.isalnum() for character in plain)
    return shows.slugs(title if has_latin else "episode")


def guid_of(episode_id: str) -> str:
    """The feed's guid: given once from the episode's own id, so it never changes and never repeats."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'donecast:episode:{episode_id}')}"


def page_url(base_url: str, show_slug: str, slug: str) -> str:
    """The episode's public page."""
    return f"{shows.page_url(base_url, show_slug)}/{slug}"


def enclosure_url(base_url: str, episode: EpisodeFacts, rendition: RenditionFacts) -> str:
    """The finished audio's public address: stable, never signed, never used for other bytes."""
    return f"{base_url}/listen/{episode.id}/{rendition.id}/{episode.slug}{rendition.file_ending}"


def audio_url(base_url: str, episode_id: str) -> str:
    """Where the owner hears an episode that is not live yet."""
    return f"{base_url}/api/episodes/{episode_id}/audio"


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """What a spoken part of the template says this time, and the key of the clip that says it."""

    segment_id: str
    text: str
    clip_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A spoken clip in the storage, as an assembly needs it; ``word_spans`` as in `speech.synthesizer.Speech`."""

    key: str
    text: str
    content_hash: str
    duration_ms: int
    loudness_lufs: float | None
    channels: int
    word_spans: tuple[Span, ...] = ()


def joined_word_spans(clips: Sequence[Clip], *, gap_ms: int) -> tuple[Span, ...]:
    """When each word of clips is said that follow one another after a gap; none where one of them does not tell."""
    if any(len(clip.word_spans) != len(clip.text.split()) for clip in clips):
        return ()
    starts_ms = accumulate((clip.duration_ms + gap_ms for clip in clips), initial=0)
    return tuple(
        Span(start_ms + span.start_ms, start_ms + span.end_ms)
        for clip, start_ms in zip(clips, starts_ms, strict=False)
        for span in clip.word_spans
    )


def provider_of(engine: str) -> Provider:
    """What speaking is priced as, by the engine's name."""
    match engine:
        case "elevenlabs":
            return "elevenlabs"
        case "flite" | "espeak-ng" | "piper" | "kokoro":
            return "local"
        case _:
            return "standard"


def clip_asset(key: str) -> str:
    """The asset id under which an edit list names a spoken clip."""
    return f"{_CLIP_ASSET}{key}"


def clip_key_of(asset: str) -> str | None:
    """The key of the spoken clip that an asset id names; None for any other sound."""
    return asset.removeprefix(_CLIP_ASSET) if asset.startswith(_CLIP_ASSET) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedAudio:
    """Audio rendered from a plan, without tags; loudness and true peak are measured on the decoded file."""

    plan_digest: str
    content_hash: str
    codec: Codec
    frames: int
    duration_ms: int
    bytes: int
    loudness_lufs: float | None
    true_peak_dbtp: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """What was put together last: which audio, and everything about it that the audio does not tell."""

    plan_digest: str
    edit_list_version: int
    transcript_id: str | None
    layout: Layout
    chapters: tuple[Chapter, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `assembly_from_json` reads them back to an equal value."""
        return {
            "plan_digest": self.plan_digest,
            "edit_list_version": self.edit_list_version,
            "transcript_id": self.transcript_id,
            "layout": self.layout.to_json(),
            "chapters": chapters_to_json(self.chapters),
        }


def assembly_from_json(document: Mapping[str, Any]) -> Assembly:
    """Reads what `Assembly.to_json` wrote."""
    return Assembly(
        plan_digest=document["plan_digest"],
        edit_list_version=document["edit_list_version"],
        transcript_id=document["transcript_id"],
        layout=layout_from_json(document["layout"]),
        chapters=chapters_from_json(document["chapters"]),
    )


def chapters_to_json(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """Chapters as they are stored: plain JSON values in milliseconds."""
    return [
        {"start_ms": one.start_ms, "title": one.title, "end_ms": one.end_ms, "url": one.url, "image_url": one.image_url}
        for one in chapters
    ]


def chapters_from_json(entries: Sequence[Mapping[str, Any]]) -> tuple[Chapter, ...]:
    """Reads what `chapters_to_json` wrote."""
    return tuple(Chapter(**entry) for entry in entries)


def spoken_host(show: ShowFacts) -> str:
    """Who is named as host in spoken texts; nobody, when the show is its own author ("X, with X")."""
    return "" if show.author.casefold() == show.title.casefold() else show.author


def guests_of(names: Mapping[str, str], host: str) -> tuple[str, ...]:
    """Who speaks in an episode beside the host, each once, in the order of their labels."""
    named: dict[str, str] = {}
    for _, name in sorted(names.items()):
        named.setdefault(name.casefold(), name)
    return tuple(name for folded, name in named.items() if folded != host.casefold())


def spoken_guests(names: Mapping[str, str], host: str, language: str) -> str:
    """The guests as spoken texts name them: "Ben", "Ben and Carla"; with commas alone in other languages."""
    guests = guests_of(names, host)
    if len(guests) < 2 or not language.startswith("en"):
        return ", ".join(guests)
    return f"{', '.join(guests[:-1])} and {guests[-1]}"


@dataclass(frozen=True, slots=True)
class PersonHeard:
    """Somebody who was named in episodes of a show, and in how many of them."""

    name: str
    episodes: int
    is_host: bool


def people_of(episodes: Iterable[Mapping[str, str]], host: str) -> tuple[PersonHeard, ...]:
    """Everybody who was named in a show's episodes (newest first), most often first; as they were written last."""
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for names in episodes:
        for name in {name.casefold(): name for name in names.values()}.values():
            counts[name.casefold()] += 1
            spelled.setdefault(name.casefold(), name)
    return tuple(
        PersonHeard(spelled[folded], count, folded == host.casefold())
        for folded, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def digest_of(value: Any) -> str:
    """SHA-256 (hex) of a JSON value in its canonical form: the key of whatever is made from it."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
