"""Episodes, their words and their edits on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from donecast.core.cleanup_rules import Cover
from donecast.core.decisions import Decision
from donecast.core.edit_list import OPERATIONS_MAX
from donecast.core.engine_choice import VOICE_CHARACTERS_MAX
from donecast.core.proposals import ProposalKind
from donecast.core.words import FillerHearing, TranscriptQuality, WordKind, WordTiming
from donecast.episodes.rules import EpisodeKind, EpisodeState, PublishWhen
from donecast.platform.web import InstantIn
from donecast.speech.offers import OfferState


class EpisodeIn(BaseModel):
    """A new episode. `transcript` is a whole VTT, SRT, JSON or plain text, when you have one.

    `transcriber` (see `/api/engines`) writes out its words, `voice` (see `/api/voices`) speaks in it; null: as its show
    has it.
    """

    show_id: str = Field(max_length=40)
    recording_id: str = Field(max_length=40)
    template_id: str | None = Field(default=None, max_length=40)
    title: str | None = Field(default=None, max_length=1_000)
    transcript: str | None = None
    transcriber: str | None = Field(default=None, max_length=20)
    voice: str | None = Field(default=None, max_length=VOICE_CHARACTERS_MAX)


class EpisodeChangeIn(BaseModel):
    """What changes; fields that are left out stay. `captions_approved` lets everybody see an approximate transcript.

    `transcriber` and `voice` count from the next time it is produced. `speaker_names` are the names of all who speak,
    by the label that a word's `speaker` has.
    """

    title: str | None = Field(default=None, max_length=1_000)
    notes: str | None = Field(default=None, max_length=200_000)
    season: int | None = None
    number: int | None = None
    kind: EpisodeKind | None = None
    explicit: bool | None = None
    publish_when: PublishWhen | None = None
    captions_approved: bool | None = None
    transcriber: str | None = Field(default=None, max_length=20)
    voice: str | None = Field(default=None, max_length=VOICE_CHARACTERS_MAX)
    speaker_names: dict[str, str] | None = None


class EpisodeTranscriptOut(BaseModel):
    """The words that the episode has, without the words."""

    id: str
    engine: str
    quality: TranscriptQuality
    language: str
    words_count: int


class RenditionOut(BaseModel):
    """The finished audio. `outdated`: the cuts have changed since it was made."""

    id: str
    url: str
    duration_ms: int
    length_bytes: int
    loudness_lufs: float | None
    true_peak_dbtp: float
    edit_list_version: int
    outdated: bool


class EpisodeOut(BaseModel):
    """An episode as its owner sees it. `captions_public`: whether everybody sees its transcript once it is live."""

    id: str
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
    state: EpisodeState
    published_at: datetime | None
    publish_when: PublishWhen
    page_url: str
    transcript: EpisodeTranscriptOut | None
    captions_public: bool
    transcriber: str | None
    voice: str | None
    speaker_names: dict[str, str]
    edit_list_version: int
    operation_id: str | None
    rendition: RenditionOut | None
    created_at: datetime
    updated_at: datetime


class PersonHeardOut(BaseModel):
    """Somebody who was named in episodes of a show: in how many, and whether they are its host."""

    name: str
    episodes: int
    is_host: bool


class PublishIn(BaseModel):
    """When it goes out; now, when left out."""

    publish_at: InstantIn | None = None


class WordOut(BaseModel):
    """One spoken word in the recording's own time; `confidence` is null where there is no honest one."""

    id: int
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None
    speaker: str | None
    kind: WordKind
    timing: WordTiming


class WordsOut(BaseModel):
    """All words of the recording. `fillers` says whether hesitations such as "um" are among them.

    `left_out`: whoever wrote the words leaves them out, so that none can be found, though they may well be heard.
    """

    duration_ms: int
    language: str
    quality: TranscriptQuality
    fillers: FillerHearing
    words: list[WordOut]


class InsteadOut(BaseModel):
    """A sound that is heard instead: file of your library, how long, and how much louder or quieter than the talk."""

    asset: str
    duration_ms: int
    gain_db: float


class ProposalOut(BaseModel):
    """Something that could be cut. `decision` is null while you are still asked; `cut` says what the edit list does.

    It is cut, or would be, from `start_ms` to `end_ms`; what was found, before a person moved its edges, lasts from
    `found_start_ms` to `found_end_ms`.
    Where `cover` says how, it is covered for its exact length instead of cut; where there is a `sound`, that is heard
    instead. A `sound_cue` without one cannot be accepted: its file is not in the library any more.
    """

    id: str
    kind: ProposalKind
    start_ms: int
    end_ms: int
    found_start_ms: int
    found_end_ms: int
    reason: str
    confidence: float
    automatic: bool
    decision: Decision | None
    decided_by: str | None
    cut: bool
    cover: Cover | None
    sound: InsteadOut | None


class DecisionsIn(BaseModel):
    """Your decisions by proposal, made while looking at this version of the edit list."""

    edit_list_version: int
    decisions: dict[str, Decision] = Field(max_length=OPERATIONS_MAX)


class EdgesIn(BaseModel):
    """From where to where of the recording a proposal is accepted, whatever was decided about it before.

    Made while looking at this version of the edit list.
    """

    edit_list_version: int
    start_ms: int
    end_ms: int


class EditListIn(BaseModel):
    """The operations that replace those of the version you read. Their form is that of `docs/edit-list.schema.json`.

    Who decided and when is written by the server.
    """

    version: int
    operations: list[dict[str, Any]] = Field(max_length=OPERATIONS_MAX)


class EditListOut(BaseModel):
    """The edit list as `docs/edit-list.schema.json` describes it."""

    format: str
    format_version: int
    version: int
    source_duration_ms: int
    operations: list[dict[str, Any]]


class VersionIn(BaseModel):
    """The version of the edit list that you look at."""

    version: int


class EditHistoryOut(BaseModel):
    """Whether there is a step to take back, or one that was taken back and can be done again."""

    version: int
    can_undo: bool
    can_redo: bool


class JointOut(BaseModel):
    """A place where something is cut: from `start_ms` to `end_ms` of the recording.

    `finished_ms`: where what is left meets, in the cut recording, without what the template puts in front of it.
    """

    number: int
    start_ms: int
    end_ms: int
    finished_ms: int


class JointsOut(BaseModel):
    """All joints of one version of the edit list, in order of time."""

    version: int
    duration_ms: int
    joints: list[JointOut]


class VoiceOut(BaseModel):
    """A voice of an engine, for spoken parts; the default one of the default engine speaks where nobody is named."""

    id: str
    label: str
    language: str
    licence: str
    engine: str
    is_default: bool
    preview_url: str | None
    """A few words by it, at the service's own address."""


class EngineOut(BaseModel):
    """Somebody who writes out words, or who speaks: what they are good for, and where your sound or text goes.

    `remedy` says who does what where it is not ready; `command` is what they type, if that is all.
    """

    id: str
    label: str
    good_for: str
    sound_goes: str
    is_elsewhere: bool
    state: OfferState
    remedy: str | None
    command: str | None
    is_default: bool


class EnginesOut(BaseModel):
    """Who can write out words, and who can speak: a show, an episode and a template name one of each, or nobody."""

    transcribers: list[EngineOut]
    synthesizers: list[EngineOut]
