"""What is in a person's library: looking, lending to a template or to spoken words, deleting."""

from collections.abc import Collection

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.core.sound_cues import CueClip
from donecast.core.template import Template
from donecast.platform.blob_uses import forget_unused
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings import repository
from donecast.recordings.errors import (
    CueClipUnfitting,
    MediaInCue,
    MediaInTemplate,
    MediaInUse,
    MediaNotReady,
    MediaRefused,
    MediaUnfitting,
    NoPeaks,
    NoSuchMedia,
)
from donecast.recordings.rules import CATEGORY_WORDS, MediaFacts, asset_missing, places_of, unfit_for_a_cue
from donecast.recordings.service.rows import facts_of, known_category, own_row
from donecast.shows import service as shows


def media_of(session: Session, account_id: str, media_id: str) -> MediaFacts:
    """The person's own file. Raises NoSuchMedia."""
    return facts_of(own_row(session, account_id, media_id))


def has_media(session: Session, account_id: str, media_id: str) -> bool:
    """Whether the file is in the person's library and usable."""
    row = repository.media_of(session, account_id, media_id)
    return row is not None and row.state != "refused"


def media_by_id(session: Session, media_id: str) -> MediaFacts:
    """The file, whoever owns it: for the line. Raises NoSuchMedia."""
    row = repository.media_by_id(session, media_id)
    if row is None:
        raise NoSuchMedia
    return facts_of(row)


def library_of(session: Session, account_id: str, category: str | None) -> list[MediaFacts]:
    """A person's files, newest first, of one category or all. Raises CategoryUnknown."""
    chosen = None if category is None else known_category(category)
    return [facts_of(row) for row in repository.all_media_of(session, account_id, chosen)]


def content_of(session: Session, account_id: str, media_id: str) -> MediaFacts:
    """The person's own file, whose bytes are there. Raises NoSuchMedia, MediaRefused."""
    media = media_of(session, account_id, media_id)
    if media.state == "refused":
        raise MediaRefused(media.problem)
    return media


def peaks_hash_of(session: Session, account_id: str, media_id: str, per_second: int) -> str:
    """Where the gzipped waveform is stored. Raises NoSuchMedia, MediaNotReady, NoPeaks."""
    row = own_row(session, account_id, media_id)
    if row.state == "checking":
        raise MediaNotReady
    found = repository.peaks_hashes(session, media_id).get(per_second)
    if found is None:
        raise NoPeaks
    return found


def silences_of(session: Session, account_id: str, media_id: str) -> list[tuple[int, int]]:
    """Where nobody speaks in the person's own file: start and end of each stretch, in milliseconds; none in a cover.

    Raises NoSuchMedia, MediaNotReady, MediaRefused.
    """
    row = own_row(session, account_id, media_id)
    if row.state == "checking":
        raise MediaNotReady
    if row.state == "refused":
        raise MediaRefused(row.problem)
    return [(start, end) for start, end in row.silences_ms]


def stored_bytes(session: Session) -> dict[str, int]:
    """How many bytes of originals each person keeps, by account; the same file twice is stored, and counted, once."""
    return repository.stored_bytes(session)


def delete_media(ground: Ground, account_id: str, media_id: str) -> None:
    """Removes a file of which nothing is made, now or next.

    Raises NoSuchMedia, MediaInUse, MediaInTemplate, MediaInCue.
    """

    def remove(session: Session) -> list[str]:
        row = own_row(session, account_id, media_id)
        hashes = [row.content_hash, *repository.peaks_hashes(session, media_id).values()]
        repository.delete_media(session, media_id)
        # Asked after the removal, which waits for whoever is giving this file to a template (`lend`).
        templates = shows.templates_naming(session, account_id, media_id)
        if templates:
            names = ", ".join(f"“{name}”" for name in templates)
            raise MediaInTemplate(
                f"“{row.name}” is used by the template {names}, so it cannot be deleted.",
                details={"templates": templates},
            )
        cues = shows.cues_calling(session, account_id, media_id)
        if cues:
            words = [cue.words for cue in cues]
            names = ", ".join(f"“{one}”" for one in words)
            raise MediaInCue(
                f"“{row.name}” is heard where you say {names}, so it cannot be deleted.", details={"words": words}
            )
        return hashes

    try:
        hashes = run_unit(ground.database, remove)
    except IntegrityError as error:  # an episode's row points at it
        raise MediaInUse from error
    forget_unused(ground.database, ground.blobs, filter(None, hashes))


def lend(session: Session, account_id: str, template: Template) -> None:
    """Called in the transaction that saves a template: every file it names is the person's own, and fits.

    Raises MissingAsset, MediaUnfitting.
    """
    there = {row.id: row for row in repository.media_kept(session, account_id, template.assets)}
    for place in places_of(template):
        row = there.get(place.asset)
        if row is None or row.state == "refused":
            raise asset_missing(template, place.asset)
        category = known_category(row.category)
        if category not in place.fitting:
            raise MediaUnfitting(f"“{row.name}” is {CATEGORY_WORDS[category]}, which cannot be used {place.purpose}.")


def lend_to_cue(session: Session, account_id: str, media_id: str) -> MediaFacts:
    """Called in the transaction that lets words call a file: it is the person's own, ready, and fits.

    Raises NoSuchMedia, MediaRefused, MediaNotReady, CueClipUnfitting.
    """
    rows = repository.media_kept(session, account_id, [media_id])
    if not rows:
        raise NoSuchMedia
    media = facts_of(rows[0])
    if media.state == "refused":
        raise MediaRefused(media.problem)
    if media.state != "ready":
        raise MediaNotReady
    problem = unfit_for_a_cue(media)
    if problem is not None:
        raise CueClipUnfitting(problem, details={"field": "clip_id"})
    return media


def cue_clips(session: Session, account_id: str, media_ids: Collection[str]) -> dict[str, CueClip]:
    """Those of the person's own files that are there to be heard, by id."""
    rows = repository.media_among(session, account_id, media_ids)
    return {row.id: CueClip(row.name, row.duration_ms) for row in rows if row.state == "ready"}
