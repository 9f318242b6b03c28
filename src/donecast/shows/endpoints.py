"""Shows, their covers and templates."""

from dataclasses import asdict, fields
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from donecast.accounts.access import CurrentAccount
from donecast.accounts.errors import AddressInvalid
from donecast.accounts.pace import at_pace
from donecast.accounts.rules import Account, normal_address
from donecast.core.cleanup_settings import CleanupSettings, cleanup_settings_from_json
from donecast.engine.cover import FILE_BYTES_MAX
from donecast.platform.form_files import receive_form
from donecast.platform.freshness import Validators
from donecast.platform.ranges import file_response
from donecast.platform.web import Ground, GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.shows import service
from donecast.shows.categories import APPLE_CATEGORIES
from donecast.shows.lessons import LESSON_BYTES_MAX, teach
from donecast.shows.rules import (
    ShowDraft,
    ShowFacts,
    Slot,
    TemplateFacts,
    cover_url,
    feed_url,
    next_slot,
    page_url,
    slot_of,
)
from donecast.shows.schemas import (
    CategoryOut,
    CleanupModel,
    LessonOut,
    ShowChangeIn,
    ShowIn,
    ShowOut,
    SlotIn,
    SlotOut,
    TemplateOut,
)

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}
_PLAIN_FIELDS = tuple(field.name for field in fields(ShowDraft) if field.name not in {"slot", "cleanup"})
_FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}

router = APIRouter(tags=["shows"], route_class=UnitRoute)


@router.get("/api/categories")
def list_categories(_account: CurrentAccount) -> list[CategoryOut]:
    """The categories that podcast apps know."""
    return [CategoryOut(name=name, subcategories=list(inner)) for name, inner in APPLE_CATEGORIES.items()]


@router.get("/api/shows")
def list_shows(account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> list[ShowOut]:
    """The person's shows, oldest first."""
    return [_show(ground, facts) for facts in service.shows_of(session, account.id)]


@router.post("/api/shows", status_code=201)
def create_show(body: ShowIn, account: CurrentAccount, ground: GroundHere) -> ShowOut:
    """A new show with a drawn cover and two ready templates."""
    return _show(ground, service.create_show(ground, account, _draft(body, account)))


@router.get("/api/shows/{show_id}")
def get_show(show_id: str, account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> ShowOut:
    """One show."""
    return _show(ground, service.show_of(session, account.id, show_id))


@router.patch("/api/shows/{show_id}")
def change_show(
    show_id: str, body: ShowChangeIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> ShowOut:
    """Changes the fields that are sent and leaves the others."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    if "slot" in changes:
        changes["slot"] = _slot(body.slot)
    if "cleanup" in changes:
        changes["cleanup"] = _changed(service.show_of(session, account.id, show_id).cleanup, body.cleanup)
    if "owner_email" in changes:
        changes["owner_email"] = _address(body.owner_email)
    return _show(ground, service.change_show(session, ground.clock, account.id, show_id, changes))


@router.put("/api/shows/{show_id}/cover", openapi_extra=_FILE_BODY)
async def change_cover(
    show_id: str, request: Request, account: CurrentAccount, ground: GroundHere, session: ReadingSession
) -> ShowOut:
    """Another cover: a square JPEG or PNG of 1400 to 3000 pixels, as the form field ``file``."""
    await run_in_threadpool(service.show_of, session, account.id, show_id)
    session.close()  # the connection is not held while the image comes
    with ground.temporary.folder("cover") as folder:
        form = await receive_form(request, folder, bytes_max=FILE_BYTES_MAX)
        return _show(ground, await run_in_threadpool(service.change_cover, ground, account.id, show_id, form.path))


@router.post("/api/shows/{show_id}/marker-lesson", openapi_extra=_FILE_BODY, dependencies=[at_pace("upload")])
async def teach_marker(
    show_id: str, request: Request, account: CurrentAccount, ground: GroundHere, session: ReadingSession
) -> LessonOut:
    """Learns how you say the show's word: a recording of up to a minute, of nothing but it, as the field ``file``."""
    await run_in_threadpool(service.show_of, session, account.id, show_id)
    session.close()  # the connection is not held while the sound comes
    with ground.temporary.folder("lesson") as folder:
        form = await receive_form(request, folder, bytes_max=LESSON_BYTES_MAX)
        return LessonOut(**asdict(await run_in_threadpool(teach, ground, account.id, show_id, form.path)))


@router.get("/api/shows/{show_id}/templates")
def list_templates(show_id: str, account: CurrentAccount, session: ReadingSession) -> list[TemplateOut]:
    """The show's templates; the first is the default."""
    return [_template(facts) for facts in service.templates_of(session, account.id, show_id)]


@router.api_route("/covers/{show_id}/{file_name}", methods=["GET", "HEAD"], include_in_schema=False)
def cover(show_id: str, file_name: str, request: Request, ground: GroundHere, session: ReadingSession) -> Response:
    """The cover for everybody; another cover has another address, so it may be kept for ever."""
    found = service.cover_at(session, show_id, file_name)
    return file_response(
        request.headers,
        lambda start, end: ground.blobs.stream(found.content_hash, start, end),
        method=request.method,
        length=ground.blobs.size(found.content_hash),
        media_type=found.mime,
        validators=Validators(f'"{found.content_hash[:32]}"'),
        headers=_FOR_EVER,
    )


def _draft(body: ShowIn, account: Account) -> ShowDraft:
    return ShowDraft(
        title=body.title,
        description=body.description,
        language=body.language,
        category=body.category,
        subcategory=body.subcategory,
        author=account.name if body.author is None else body.author,
        owner_name=account.name if body.owner_name is None else body.owner_name,
        owner_email=account.email if body.owner_email is None else _address(body.owner_email),
        explicit=body.explicit,
        kind=body.kind,
        website=body.website,
        copyright=body.copyright,
        locked=body.locked,
        time_zone=body.time_zone,
        slot=_slot(body.slot),
        noise_reduction=body.noise_reduction,
        levelling=body.levelling,
        de_essing=body.de_essing,
        cleanup=_cleanup(body.cleanup),
        transcriber=body.transcriber,
        voice=body.voice,
    )


def _address(email: str) -> str:
    address = normal_address(email)
    if address is None:
        raise AddressInvalid(details={"field": "owner_email"})
    return address


def _cleanup(wish: CleanupModel) -> CleanupSettings:
    return cleanup_settings_from_json(wish.model_dump())


def _changed(before: CleanupSettings, wish: CleanupModel) -> CleanupSettings:
    """What is not sent stays, as in the rest of a show."""
    known, sent = before.to_json(), wish.model_dump(exclude_unset=True)
    choices = {**known["choices"], **sent.get("choices", {})}
    return cleanup_settings_from_json({**known, **sent, "choices": choices})


def _slot(slot: SlotIn | None) -> Slot | None:
    return slot_of(slot.weekday, slot.time) if slot else None


def _show(ground: Ground, facts: ShowFacts) -> ShowOut:
    base_url = ground.settings.server.base_url
    slot = facts.slot
    return ShowOut(
        id=facts.id,
        slug=facts.slug,
        cover_url=cover_url(base_url, facts.id, facts.cover),
        feed_url=feed_url(base_url, facts.slug),
        page_url=page_url(base_url, facts.slug),
        podcast_guid=facts.podcast_guid,
        slot=SlotOut(weekday=slot.weekday, time=slot.clock_time) if slot else None,
        next_slot_at=next_slot(slot, facts.time_zone, ground.clock.now()) if slot else None,
        created_at=facts.created_at,
        cleanup=CleanupModel.model_validate(facts.cleanup.to_json()),
        **{name: getattr(facts, name) for name in _PLAIN_FIELDS},
    )


def _template(facts: TemplateFacts) -> TemplateOut:
    return TemplateOut(id=facts.id, name=facts.name, show_id=facts.show_id, definition=facts.definition)
