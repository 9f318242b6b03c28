"""The library: whole files in, facts, waveforms and bytes out."""

import gzip
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from donecast.accounts.access import CurrentAccount
from donecast.accounts.pace import at_pace
from donecast.platform.form_files import receive_form
from donecast.platform.freshness import Validators
from donecast.platform.ranges import file_response
from donecast.platform.web import GroundHere, ReadingSession
from donecast.recordings import service, upload_endpoints
from donecast.recordings.broken_uploads import told_when_broken
from donecast.recordings.rules import MediaFacts, media_type
from donecast.recordings.schemas import MediaOut, SilenceOut

_FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "category"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "category": {
                            "type": "string",
                            "enum": ["recording", "intro", "outro", "music", "advert", "sound_effect", "cover"],
                        },
                        "name": {"type": "string"},
                    },
                }
            }
        },
    }
}
_BINARY: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}}}

router = APIRouter(tags=["recordings"])


@router.post("/api/media", status_code=201, openapi_extra=_FILE_BODY, dependencies=[at_pace("upload")])
async def add_media(
    request: Request,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    background: BackgroundTasks,
) -> MediaOut:
    """Takes a whole file; up to 64 MB it is examined before the answer, else the state is ``checking`` for a while."""
    session.close()  # the connection is not held while the file comes
    await run_in_threadpool(service.require_uploads_open, ground, account.id)
    with told_when_broken(ground, account.id), ground.temporary.folder("form") as folder:
        form = await receive_form(request, folder, bytes_max=ground.settings.limits.upload_bytes_max)
        media = await run_in_threadpool(
            service.add_file,
            ground,
            account.id,
            form.path,
            filename=form.filename,
            category=form.fields.get("category", ""),
            name=form.fields.get("name", ""),
        )
    if media.state == "checking":
        background.add_task(service.check_soon, ground, media.id)
    return _media(media)


@router.get("/api/media")
def list_media(
    account: CurrentAccount,
    session: ReadingSession,
    category: Annotated[str | None, Query(description="Only this shelf of the library")] = None,
) -> list[MediaOut]:
    """The person's files, newest first."""
    return [_media(media) for media in service.library_of(session, account.id, category)]


@router.get("/api/media/{media_id}")
def get_media(media_id: str, account: CurrentAccount, session: ReadingSession) -> MediaOut:
    """One file."""
    return _media(service.media_of(session, account.id, media_id))


@router.get("/api/media/{media_id}/peaks", response_class=Response, responses=_BINARY)
def get_peaks(
    media_id: str,
    request: Request,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    per_second: Annotated[int, Query(description="Steps per second: 2, 20 or 100")] = 20,
) -> Response:
    """The waveform, an audiowaveform .dat of version 2 with 8 bits."""
    content_hash = service.peaks_hash_of(session, account.id, media_id, per_second)
    data, headers = ground.blobs.read(content_hash), {**_FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"  # stored that way
    else:
        data = gzip.decompress(data)
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get("/api/media/{media_id}/silences")
def get_silences(
    media_id: str, account: CurrentAccount, session: ReadingSession, response: Response
) -> list[SilenceOut]:
    """Where nobody speaks, in order: stretches of at least 200 ms that lie near the noise floor."""
    silences = service.silences_of(session, account.id, media_id)
    response.headers.update(_FOR_EVER)
    return [SilenceOut(start_ms=start, end_ms=end) for start, end in silences]


@router.get("/api/media/{media_id}/content", response_class=Response, responses=_BINARY)
@router.head("/api/media/{media_id}/content", include_in_schema=False)
def get_content(
    media_id: str, request: Request, account: CurrentAccount, ground: GroundHere, session: ReadingSession
) -> Response:
    """The file as it came, whole or by byte range."""
    media = service.content_of(session, account.id, media_id)
    return file_response(
        request.headers,
        lambda start, end: ground.blobs.stream(media.content_hash, start, end),
        method=request.method,
        length=media.bytes,
        media_type=media_type(media.container),
        validators=Validators(f'"{media.content_hash[:32]}"'),
        headers=_FOR_EVER,
    )


@router.delete("/api/media/{media_id}", status_code=204)
def delete_media(media_id: str, account: CurrentAccount, ground: GroundHere) -> None:
    """Removes a file that no episode is made from and no template uses."""
    service.delete_media(ground, account.id, media_id)


router.include_router(upload_endpoints.router)


def _media(media: MediaFacts) -> MediaOut:
    return MediaOut(
        id=media.id,
        category=media.category,
        name=media.name,
        state=media.state,
        bytes=media.bytes,
        container=media.container or None,
        codec=media.codec or None,
        sample_rate=media.sample_rate or None,
        channels=media.channels or None,
        duration_ms=media.duration_ms or None,
        loudness_lufs=media.loudness_lufs,
        true_peak_dbtp=media.true_peak_dbtp,
        noise_floor_db=media.noise_floor_db,
        created_at=media.created_at,
        problem=media.problem,
    )
