"""Pure rules of shows: the frozen values that travel, what a feed allows, and when the next weekly slot is."""

import re
import unicodedata
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from donecast.core.cleanup_settings import EXPONENT_USUAL, CleanupSettings
from donecast.core.engine_choice import choice_mistake
from donecast.shows.categories import APPLE_CATEGORIES, is_category
from donecast.shows.errors import ShowInvalid

PODCAST_GUID_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The Podcasting 2.0 namespace's UUID for ``podcast:guid``."""

DESCRIPTION_BYTES_MAX = 4_000
"""Apple's limit; bytes, not characters."""

TITLE_CHARACTERS_MAX = 200
SLUG_CHARACTERS_MAX = 60
TEMPLATE_NAME_CHARACTERS_MAX = 100

ShowKind = Literal["episodic", "serial"]

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{4})?(-([A-Z]{2}|\d{3}))?")
_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_COVER_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekly moment of publishing by the wall clock; ``weekday`` is 0 (Monday) to 6 (Sunday)."""

    weekday: int
    hour: int
    minute: int

    @property
    def clock_time(self) -> str:
        """The time of day as ``07:00``."""
        return f"{self.hour:02}:{self.minute:02}"


@dataclass(frozen=True, slots=True)
class Cover:
    """The bytes of a show's cover in the storage; a square of ``width_px``, ``image/jpeg`` or ``image/png``."""

    content_hash: str
    mime: str
    width_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFacts:
    """A show as other features see it. ``description`` is Markdown; instants are aware and UTC.

    ``noise_reduction``, ``levelling`` and ``de_essing`` are what is done to the sound of its recordings, ``cleanup``
    what is found in them. ``transcriber`` writes out their words, ``voice`` speaks; None: as the installation has it.
    """

    id: str
    account_id: str
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
    locked: bool
    podcast_guid: str
    time_zone: str
    slot: Slot | None
    noise_reduction: bool
    levelling: bool
    de_essing: bool
    cleanup: CleanupSettings
    transcriber: str | None
    voice: str | None
    cover: Cover
    feed_changed_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """A template of a show; ``definition`` is what `donecast.core.assembly.template_from_json` reads."""

    id: str
    account_id: str
    show_id: str
    name: str
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class HouseSound:
    """A sound of the project's own in the storage: what is known of its audio, as an assembly needs it."""

    content_hash: str
    duration_ms: int
    sample_rate: int
    channels: int
    loudness_lufs: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDraft:
    """What a person says about a show, before it is checked."""

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
    locked: bool
    time_zone: str
    slot: Slot | None
    noise_reduction: bool = False
    levelling: bool = False
    de_essing: bool = False
    cleanup: CleanupSettings = field(default_factory=CleanupSettings)
    transcriber: str | None = None
    voice: str | None = None


def podcast_guid(feed_url: str) -> str:
    """The show's ``podcast:guid`` for its first feed address: a UUIDv5 of it without its scheme and last slashes."""
    _, found, rest = feed_url.partition("://")
    return str(uuid.uuid5(PODCAST_GUID_NAMESPACE, (rest if found else feed_url).rstrip("/")))


def page_url(base_url: str, slug: str) -> str:
    """The show's public page."""
    return f"{base_url}/shows/{slug}"


def feed_url(base_url: str, slug: str) -> str:
    """The show's feed."""
    return f"{page_url(base_url, slug)}/feed.xml"


def cover_url(base_url: str, show_id: str, cover: Cover) -> str:
    """The cover's address, which changes with its bytes, so that caches may keep what they have for ever."""
    return f"{base_url}/covers/{show_id}/{cover_file_name(cover)}"


def cover_file_name(cover: Cover) -> str:
    """The last part of the cover's address: the start of its hash, and a suffix that podcast apps look at."""
    return f"{cover.content_hash[:8]}.{_COVER_SUFFIX[cover.mime]}"


def slugs(title: str) -> Iterator[str]:
    """Names for the show's address, the best first, then the same with 2, 3, 4 ... behind; never ends."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:SLUG_CHARACTERS_MAX].strip("-") or "show"
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def slot_of(weekday: int, clock_time: str) -> Slot:
    """The slot on this weekday (0 is Monday) at a time such as ``07:00``. Raises ShowInvalid."""
    match = _CLOCK_TIME.fullmatch(clock_time)
    if match is None or not 0 <= weekday <= 6:
        raise _wrong("slot", "The publishing day and time cannot be read.", "Choose a day and a time such as 07:00.")
    return Slot(weekday, int(match[1]), int(match[2]))


def next_slot(slot: Slot, time_zone: str, after: datetime, taken: Collection[datetime] = ()) -> datetime:
    """The first free moment of the slot later than ``after``, in UTC; ``taken`` holds the moments already given away.

    The wall clock of the zone rules, also over changes of summer time. A time that the clocks skip is read with the
    offset before the change, so 02:30 becomes 03:30; of a time that comes twice the first is meant (RFC 5545, 3.3.5).
    """
    zone = ZoneInfo(time_zone)
    day = after.astimezone(zone).date()
    day += timedelta(days=(slot.weekday - day.weekday()) % 7)
    occupied = {moment.astimezone(UTC) for moment in taken}
    while (moment := _moment(slot, zone, day)) <= after or moment in occupied:
        day += timedelta(days=7)
    return moment


def checked(draft: ShowDraft) -> ShowDraft:
    """The draft, tidied, if a feed can carry it. Raises ShowInvalid with a sentence about the first thing that is not.

    After Apple's requirements and PSP-1: a title, a description of at most 4000 bytes, a known category, a language.
    """
    title, description = " ".join(draft.title.split()), draft.description.strip()
    if not title:
        raise _wrong("title", "Your show needs a title.", "Write one and save again.")
    if len(title) > TITLE_CHARACTERS_MAX:
        raise _wrong("title", f"This title is longer than {TITLE_CHARACTERS_MAX} characters.", "Please shorten it.")
    if (excess := len(description.encode()) - DESCRIPTION_BYTES_MAX) > 0:
        raise _wrong(
            "description",
            f"The description is about {excess:,} characters longer than podcast apps take.",
            "Please shorten it.",
        )
    _check_category(draft.category, draft.subcategory)
    if _LANGUAGE.fullmatch(draft.language) is None:
        raise _wrong("language", "This language code is not known.", "Use a code such as en, de or pt-BR.")
    if not zone_known(draft.time_zone):
        raise _wrong("time_zone", "This time zone is not known.", "Use a name such as Europe/London.")
    if mistake := choice_mistake(draft.transcriber, draft.voice):
        raise _wrong(*mistake, "Choose one from the list.")
    website = draft.website.strip() if draft.website else None
    if website and not _is_web_address(website):
        raise _wrong("website", "This does not look like a web address.", "It should start with https://.")
    return ShowDraft(
        title=title,
        description=description,
        language=draft.language,
        category=draft.category,
        subcategory=draft.subcategory,
        author=" ".join(draft.author.split()) or title,
        owner_name=" ".join(draft.owner_name.split()) or title,
        owner_email=draft.owner_email,
        explicit=draft.explicit,
        kind=draft.kind,
        website=website or None,
        copyright=(draft.copyright or "").strip() or None,
        locked=draft.locked,
        time_zone=draft.time_zone,
        slot=draft.slot,
        noise_reduction=draft.noise_reduction,
        levelling=draft.levelling,
        de_essing=draft.de_essing,
        cleanup=draft.cleanup,
        transcriber=draft.transcriber,
        voice=draft.voice,
    )


def with_word_learnt_anew(before: ShowDraft, after: ShowDraft) -> ShowDraft:
    """What was learnt of how one word is said tells nothing of another."""
    if after.cleanup.flubber_keyword == before.cleanup.flubber_keyword:
        return after
    return replace(after, cleanup=replace(after.cleanup, flubber_exponent=EXPONENT_USUAL))


def zone_known(time_zone: str) -> bool:
    """Whether this is a name of the time zone database."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # such as a bracket that is never closed
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _check_category(category: str, subcategory: str | None) -> None:
    if not is_category(category):
        raise _wrong("category", "Podcast apps do not know this category.", "Choose one from the list.")
    if not is_category(category, subcategory):
        known = ", ".join(APPLE_CATEGORIES[category]) or "none"
        raise _wrong(
            "subcategory",
            f"Podcast apps do not know this subcategory of {category}.",
            f"Choose one of these, or leave it empty: {known}.",
        )


def _moment(slot: Slot, zone: ZoneInfo, day: date) -> datetime:
    return datetime.combine(day, time(slot.hour, slot.minute), tzinfo=zone).astimezone(UTC)


def _wrong(field: str, message: str, action: str) -> ShowInvalid:
    return ShowInvalid(message, action=action, details={"field": field})
