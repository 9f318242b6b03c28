"""Use cases of shows. Covers and music are drawn and checked outside any transaction, for that takes a while."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from donecast.accounts.rules import Account
from donecast.core.assembly import HOUSE_MUSIC, ready_templates, template_from_json, template_to_json
from donecast.core.cleanup_settings import cleanup_settings_from_json
from donecast.core.errors import TemplateUnreadable
from donecast.core.operations import HOUSE_BEEP
from donecast.core.sound_cues import SoundCue
from donecast.engine.analysis import analyse
from donecast.engine.beep import synthesise_beep
from donecast.engine.cover import SIDE_PIXELS_MIN, check_cover, draw_cover
from donecast.engine.limits import EngineLimits
from donecast.engine.music_bed import synthesise_music_bed
from donecast.kit.clock import Clock
from donecast.kit.ids import new_id
from donecast.platform.blob_uses import forget_unused, forgotten_on_failure, hold
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.shows import repository
from donecast.shows.errors import AddressesTaken, NoSuchCover, NoSuchShow, NoSuchTemplate
from donecast.shows.models import HouseSoundRow, ShowRow, TemplateRow
from donecast.shows.rules import (
    TEMPLATE_NAME_CHARACTERS_MAX,
    Cover,
    HouseSound,
    ShowDraft,
    ShowFacts,
    ShowKind,
    TemplateFacts,
    checked,
    cover_file_name,
    feed_url,
    podcast_guid,
    slot_of,
    slugs,
    with_word_learnt_anew,
)

_HOUSE_SOUNDS: Mapping[str, Callable[[Path], Path]] = {HOUSE_MUSIC: synthesise_music_bed, HOUSE_BEEP: synthesise_beep}
_SLUG_ATTEMPTS = 20
_DEMO = ShowDraft(
    title="My First Show",
    description="A place to try things out. Change everything here, or make a show of your own.",
    language="en",
    category="Society & Culture",
    subcategory=None,
    author="",
    owner_name="",
    owner_email="",
    explicit=False,
    kind="episodic",
    website=None,
    copyright=None,
    locked=True,
    time_zone="UTC",
    slot=None,
)


def create_show(ground: Ground, account: Account, draft: ShowDraft) -> ShowFacts:
    """A new show with a drawn cover and the two ready templates. Raises ShowInvalid.

    Its address comes from the title and stays when the title changes; so does its ``podcast:guid``, which is computed
    once from the first feed address.
    """
    return _create(ground, account.id, draft)


def make_demo_show(ground: Ground, account_id: str, *, owner_email: str) -> ShowFacts:
    """The show that a fresh installation starts with."""
    return _create(ground, account_id, replace(_DEMO, owner_email=owner_email))


def _create(ground: Ground, account_id: str, draft: ShowDraft) -> ShowFacts:
    draft = checked(draft)
    drawn = draw_cover(draft.title, author=draft.author, side_pixels=SIDE_PIXELS_MIN)
    cover = Cover(ground.blobs.put_bytes(drawn).content_hash, "image/jpeg", SIDE_PIXELS_MIN)
    with forgotten_on_failure(ground.database, ground.blobs, [cover.content_hash]):
        for _ in range(_SLUG_ATTEMPTS):
            try:
                return _save_new(ground, account_id, draft, cover, drawn)
            except IntegrityError:  # another show took the name between our look and our save
                continue
        raise AddressesTaken


def change_show(session: Session, clock: Clock, account_id: str, show_id: str, changes: Mapping[str, Any]) -> ShowFacts:
    """Changes the named fields of `ShowDraft`. Raises NoSuchShow, ShowInvalid."""
    row = _own(session, account_id, show_id)
    before = _draft(row)
    draft = checked(with_word_learnt_anew(before, replace(before, **changes)))
    if draft != before:
        _fill(row, draft)
        row.feed_changed_at = clock.now()
    return _facts(row)


def change_cues(
    session: Session,
    account_id: str,
    show_id: str,
    change: Callable[[Sequence[SoundCue]], Sequence[SoundCue]],
) -> None:
    """Replaces the words of a show that call a sound by what ``change`` makes of them.

    Raises NoSuchShow, CleanupUnreadable, and what ``change`` raises.
    """
    row = repository.locked_show_of(session, account_id, show_id)
    if row is None:
        raise NoSuchShow
    before = cleanup_settings_from_json(row.cleanup)
    row.cleanup = replace(before, cues=tuple(change(before.cues))).to_json()


def change_cover(ground: Ground, account_id: str, show_id: str, image: Path) -> ShowFacts:
    """Gives the show another cover. Raises NoSuchShow, or the engine's refusal of an image that Apple would refuse."""
    with ground.database.reading() as session:
        old_hash = _own(session, account_id, show_id).cover_hash
    cover = _stored_cover(ground, image)

    def save(session: Session) -> ShowFacts:
        row = _own(session, account_id, show_id)
        hold(session, ground.blobs, cover.content_hash, partial(ground.blobs.put_file, image))
        if row.cover_hash != cover.content_hash:
            row.cover_hash, row.cover_mime, row.cover_width = cover.content_hash, cover.mime, cover.width_px
            row.feed_changed_at = ground.clock.now()
        return _facts(row)

    with forgotten_on_failure(ground.database, ground.blobs, [cover.content_hash]):
        facts = run_unit(ground.database, save)
    forget_unused(ground.database, ground.blobs, [old_hash])
    return facts


def show_of(session: Session, account_id: str, show_id: str) -> ShowFacts:
    """The person's own show. Raises NoSuchShow."""
    return _facts(_own(session, account_id, show_id))


def shows_of(session: Session, account_id: str) -> list[ShowFacts]:
    """All shows of a person, oldest first."""
    return [_facts(row) for row in repository.shows_of(session, account_id)]


def show_by_id(session: Session, show_id: str) -> ShowFacts:
    """The show, whoever owns it: for the public side and for the line. Raises NoSuchShow."""
    row = repository.show_by_id(session, show_id)
    if row is None:
        raise NoSuchShow
    return _facts(row)


def show_by_slug(session: Session, slug: str) -> ShowFacts:
    """The show at a public address. Raises NoSuchShow."""
    row = repository.show_by_slug(session, slug)
    if row is None:
        raise NoSuchShow
    return _facts(row)


def all_shows(session: Session) -> list[ShowFacts]:
    """Every show of this installation, oldest first."""
    return [_facts(row) for row in repository.shows_all(session)]


def touch_feed(session: Session, show_id: str, now: datetime) -> None:
    """Notes that something in the show's feed changed; an episode that was taken back leaves no other trace."""
    row = repository.show_by_id(session, show_id)
    if row is None:
        raise NoSuchShow
    row.feed_changed_at = max(row.feed_changed_at, now)


def cover_at(session: Session, show_id: str, file_name: str) -> Cover:
    """The cover whose public file name this is. Raises NoSuchCover when the show has another one by now."""
    row = repository.show_by_id(session, show_id)
    if row is None or cover_file_name(_cover(row)) != file_name:
        raise NoSuchCover
    return _cover(row)


def templates_of(session: Session, account_id: str, show_id: str) -> list[TemplateFacts]:
    """The show's templates; the first is the default. Raises NoSuchShow."""
    _own(session, account_id, show_id)
    return [_template(row) for row in repository.templates_of(session, account_id, show_id)]


def template_of(session: Session, account_id: str, template_id: str) -> TemplateFacts:
    """The person's own template. Raises NoSuchTemplate."""
    row = repository.template_of(session, account_id, template_id)
    if row is None:
        raise NoSuchTemplate
    return _template(row)


def templates_naming(session: Session, account_id: str, asset: str) -> list[str]:
    """The names of a person's templates that use a file of the library."""
    rows = repository.all_templates_of(session, account_id)
    return [row.name for row in rows if asset in template_from_json(row.definition).assets]


def cues_calling(session: Session, account_id: str, clip: str) -> list[SoundCue]:
    """The words of all of a person's shows that call a file of the library."""
    settings = [cleanup_settings_from_json(row.cleanup) for row in repository.shows_of(session, account_id)]
    return [cue for one in settings for cue in one.cues if cue.clip == clip]


def change_template(
    session: Session, account_id: str, template_id: str, definition: Mapping[str, Any]
) -> TemplateFacts:
    """Replaces a template by another definition, which carries its name. Raises NoSuchTemplate, TemplateUnreadable."""
    row = repository.template_of(session, account_id, template_id)
    if row is None:
        raise NoSuchTemplate
    template = template_from_json(definition)
    if not template.name.strip() or len(template.name) > TEMPLATE_NAME_CHARACTERS_MAX:
        raise TemplateUnreadable(f"A template needs a name of at most {TEMPLATE_NAME_CHARACTERS_MAX} characters.")
    row.name, row.definition = template.name, template_to_json(template)
    return _template(row)


def is_house_sound(asset: str) -> bool:
    """Whether this is the id of a sound of the project's own, which everybody has."""
    return asset in _HOUSE_SOUNDS


def house_sound(ground: Ground, asset: str) -> HouseSound:
    """A sound of the project's own; synthesised and stored the first time, remembered from then on.

    Raises KeyError for what is not one of them.
    """
    synthesise = _HOUSE_SOUNDS[asset]
    with ground.database.reading() as session:
        row = repository.house_sound(session, asset)
    if row is not None:
        return _house_sound(row)
    with ground.temporary.folder("house-sound") as folder:
        sound = synthesise(folder / "sound.flac")
        audio = analyse(sound, folder, limits=EngineLimits()).facts
        stored = ground.blobs.put_file(sound)

        def save(session: Session) -> HouseSound:
            row = repository.house_sound(session, asset)
            if row is None:
                hold(session, ground.blobs, stored.content_hash, partial(ground.blobs.put_file, sound))
                row = HouseSoundRow(
                    asset=asset,
                    content_hash=stored.content_hash,
                    duration_ms=audio.duration_ms,
                    sample_rate=audio.sample_rate,
                    channels=audio.channels,
                    loudness_lufs=audio.loudness_lufs,
                )
                session.add(row)
            return _house_sound(row)

        with forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]):
            return run_unit(ground.database, save)


def _save_new(ground: Ground, account_id: str, draft: ShowDraft, cover: Cover, drawn: bytes) -> ShowFacts:
    now = ground.clock.now()

    def save(session: Session) -> ShowFacts:
        slug = next(name for name in slugs(draft.title) if not repository.slug_taken(session, name))
        row = ShowRow(
            id=new_id("show", now),
            account_id=account_id,
            slug=slug,
            podcast_guid=podcast_guid(feed_url(ground.settings.server.base_url, slug)),
            cover_hash=cover.content_hash,
            cover_mime=cover.mime,
            cover_width=cover.width_px,
            feed_changed_at=now,
            created_at=now,
        )
        _fill(row, draft)
        hold(session, ground.blobs, cover.content_hash, partial(ground.blobs.put_bytes, drawn))
        session.add(row)
        session.flush()
        for position, template in enumerate(ready_templates()):
            session.add(
                TemplateRow(
                    id=new_id("tpl", now),
                    account_id=account_id,
                    show_id=row.id,
                    position=position,
                    name=template.name,
                    definition=template_to_json(template),
                    created_at=now,
                )
            )
        return _facts(row)

    return run_unit(ground.database, save)


def _stored_cover(ground: Ground, image: Path) -> Cover:
    facts = check_cover(image)
    return Cover(ground.blobs.put_file(image).content_hash, f"image/{facts.format}", facts.side_pixels)


def _own(session: Session, account_id: str, show_id: str) -> ShowRow:
    row = repository.show_of(session, account_id, show_id)
    if row is None:
        raise NoSuchShow
    return row


def _fill(row: ShowRow, draft: ShowDraft) -> None:
    fields = asdict(draft)
    del fields["slot"]
    fields["cleanup"] = draft.cleanup.to_json()
    for name, value in fields.items():
        setattr(row, name, value)
    row.slot_weekday = draft.slot.weekday if draft.slot else None
    row.slot_time = draft.slot.clock_time if draft.slot else None


def _draft(row: ShowRow) -> ShowDraft:
    return ShowDraft(
        title=row.title,
        description=row.description,
        language=row.language,
        category=row.category,
        subcategory=row.subcategory,
        author=row.author,
        owner_name=row.owner_name,
        owner_email=row.owner_email,
        explicit=row.explicit,
        kind=cast(ShowKind, row.kind),
        website=row.website,
        copyright=row.copyright,
        locked=row.locked,
        time_zone=row.time_zone,
        slot=None if row.slot_weekday is None or row.slot_time is None else slot_of(row.slot_weekday, row.slot_time),
        noise_reduction=row.noise_reduction,
        levelling=row.levelling,
        de_essing=row.de_essing,
        cleanup=cleanup_settings_from_json(row.cleanup),
        transcriber=row.transcriber,
        voice=row.voice,
    )


def _facts(row: ShowRow) -> ShowFacts:
    draft = _draft(row)
    return ShowFacts(
        id=row.id,
        account_id=row.account_id,
        slug=row.slug,
        podcast_guid=row.podcast_guid,
        cover=_cover(row),
        feed_changed_at=row.feed_changed_at,
        created_at=row.created_at,
        **{name: getattr(draft, name) for name in ShowDraft.__slots__},
    )


def _cover(row: ShowRow) -> Cover:
    return Cover(row.cover_hash, row.cover_mime, row.cover_width)


def _template(row: TemplateRow) -> TemplateFacts:
    return TemplateFacts(row.id, row.account_id, row.show_id, row.name, row.definition)


def _house_sound(row: HouseSoundRow) -> HouseSound:
    return HouseSound(row.content_hash, row.duration_ms, row.sample_rate, row.channels, row.loudness_lufs)
