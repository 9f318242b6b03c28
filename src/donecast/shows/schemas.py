"""Shows on the wire."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from donecast.core.cleanup_rules import Cover
from donecast.core.cleanup_settings import CENSORED_MAX, EXPONENT_MIN, KEYWORD_CHARACTERS_MAX, CleanupSettings
from donecast.core.decisions import Choice
from donecast.core.engine_choice import VOICE_CHARACTERS_MAX
from donecast.shows.rules import ShowKind


class SlotIn(BaseModel):
    """A weekly moment of publishing; weekday 0 is Monday, the time is the show's wall clock."""

    weekday: int = Field(ge=0, le=6)
    time: str = Field(max_length=5, examples=["07:00"])


_DEFAULT = CleanupSettings()


class ChoicesModel(BaseModel):
    """What is done about each kind of finding without asking you: `cut` acts where it is sure and asks otherwise.

    A word to be covered (`censor`) is covered rather than cut.
    """

    flubber: Choice = _DEFAULT.choices.flubber
    filler: Choice = _DEFAULT.choices.filler
    long_pause: Choice = _DEFAULT.choices.long_pause
    repeat: Choice = _DEFAULT.choices.repeat
    censor: Choice = _DEFAULT.choices.censor


class CleanupModel(BaseModel):
    """What is looked for in a show's recordings. It counts from the next time an episode is produced.

    `flubber_exponent` is the power of ten of the threshold at which the keyword is heard; a lesson sets it.
    """

    flubber_keyword: str = Field(default=_DEFAULT.flubber_keyword, max_length=KEYWORD_CHARACTERS_MAX)
    flubber_exponent: int = Field(default=_DEFAULT.flubber_exponent, ge=EXPONENT_MIN, le=0)
    choices: ChoicesModel = Field(default_factory=ChoicesModel)
    censored: list[str] = Field(default_factory=list, max_length=CENSORED_MAX)
    cover_with: Cover = _DEFAULT.cover_with


class LessonOut(BaseModel):
    """What was learnt from somebody saying the show's word `said` times, of which `heard` were heard."""

    keyword: str
    said: int
    heard: int
    exponent: int


class ShowIn(BaseModel):
    """A new show; only the title is needed. What is done to the sound of its recordings is off unless it is chosen.

    `transcriber` (see `/api/engines`) writes out the words of its episodes, `voice` (see `/api/voices`) speaks in them;
    null: as the installation has it.
    """

    title: str = Field(max_length=1_000)
    description: str = Field(default="", max_length=20_000)
    language: str = Field(default="en", max_length=20)
    category: str = Field(default="Society & Culture", max_length=60)
    subcategory: str | None = Field(default=None, max_length=60)
    author: str | None = Field(default=None, max_length=200)
    owner_name: str | None = Field(default=None, max_length=200)
    owner_email: str | None = Field(default=None, max_length=254)
    explicit: bool = False
    kind: ShowKind = "episodic"
    website: str | None = Field(default=None, max_length=500)
    copyright: str | None = Field(default=None, max_length=300)
    locked: bool = True
    time_zone: str = Field(default="UTC", max_length=60)
    slot: SlotIn | None = None
    noise_reduction: bool = False
    levelling: bool = False
    de_essing: bool = False
    cleanup: CleanupModel = Field(default_factory=CleanupModel)
    transcriber: str | None = Field(default=None, max_length=20)
    voice: str | None = Field(default=None, max_length=VOICE_CHARACTERS_MAX)


class ShowChangeIn(BaseModel):
    """What changes; fields that are left out stay."""

    title: str = Field(default="", max_length=1_000)
    description: str = Field(default="", max_length=20_000)
    language: str = Field(default="", max_length=20)
    category: str = Field(default="", max_length=60)
    subcategory: str | None = Field(default=None, max_length=60)
    author: str = Field(default="", max_length=200)
    owner_name: str = Field(default="", max_length=200)
    owner_email: str = Field(default="", max_length=254)
    explicit: bool = False
    kind: ShowKind = "episodic"
    website: str | None = Field(default=None, max_length=500)
    copyright: str | None = Field(default=None, max_length=300)
    locked: bool = True
    time_zone: str = Field(default="", max_length=60)
    slot: SlotIn | None = None
    noise_reduction: bool = False
    levelling: bool = False
    de_essing: bool = False
    cleanup: CleanupModel = Field(default_factory=CleanupModel)
    transcriber: str | None = Field(default=None, max_length=20)
    voice: str | None = Field(default=None, max_length=VOICE_CHARACTERS_MAX)


class SlotOut(BaseModel):
    """A weekly moment of publishing; weekday 0 is Monday, the time is the show's wall clock."""

    weekday: int
    time: str


class ShowOut(BaseModel):
    """A show as its owner sees it."""

    id: str
    slug: str
    title: str
    description: str
    language: str
    category: str
    subcategory: str | None
    author: str
    owner_name: str
    owner_email: str
    explicit: bool
    kind: ShowKind
    website: str | None
    copyright: str | None
    cover_url: str
    feed_url: str
    page_url: str
    podcast_guid: str
    locked: bool
    time_zone: str
    slot: SlotOut | None
    noise_reduction: bool
    levelling: bool
    de_essing: bool
    cleanup: CleanupModel
    transcriber: str | None
    voice: str | None
    next_slot_at: datetime | None
    created_at: datetime


class TemplateIn(BaseModel):
    """A template's new definition; its name stands inside."""

    definition: dict[str, Any]


class TemplateOut(BaseModel):
    """A template of a show."""

    id: str
    name: str
    show_id: str
    definition: dict[str, Any]


class CategoryOut(BaseModel):
    """A category of Apple's list and what it holds."""

    name: str
    subcategories: list[str]
