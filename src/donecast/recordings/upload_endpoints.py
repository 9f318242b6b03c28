"""Resumable uploads, tus 1.0.0: announce, send pieces, ask how far, cancel. A broken connection costs one piece."""

from dataclasses import replace

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from donecast.accounts.access import CurrentAccount
from donecast.accounts.pace import at_pace
from donecast.platform.web import Ground, GroundHere, ReadingSession
from donecast.recordings import service, tus
from donecast.recordings.broken_uploads import told_when_broken
from donecast.recordings.errors import WrongOffset
from donecast.recordings.partial_files import GrowingFile
from donecast.recordings.rules import UploadFacts
from donecast.recordings.schemas import UploadOut

MEDIA_HEADER = "Donecast-Media-Id"
_BATCH_BYTES = 1024 * 1024


class TusRoute(APIRoute):
    """Every answer, also a refusal, says which version of the protocol is spoken."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"tus-resumable", tus.VERSION.encode())]
            await send(message)

        await super().handle(scope, receive, marked)


router = APIRouter(prefix="/api/uploads", tags=["recordings"], route_class=TusRoute)


@router.options("", status_code=204, include_in_schema=False)
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
def tell_abilities(response: Response, ground: GroundHere) -> None:
    """What this server offers."""
    response.headers.update(tus.abilities(ground.settings.limits.upload_bytes_max))


@router.post("", status_code=201, include_in_schema=False, dependencies=[at_pace("upload")])
def begin_upload(request: Request, response: Response, account: CurrentAccount, ground: GroundHere) -> None:
    """Announces a file: its length, and its filename, category and name as metadata."""
    _require_version(request)
    announced = tus.read_announcement(request.headers)
    words = announced.metadata
    with told_when_broken(ground, account.id):
        upload = service.begin_upload(
            ground,
            account.id,
            length=announced.bytes,
            filename=words.get("filename", ""),
            category=words.get("category", "recording"),
            name=words.get("name", ""),
        )
    response.headers.update(tus.standing(offset=0, length=upload.bytes, expires_at=upload.expires_at))
    response.headers["Location"] = f"/api/uploads/{upload.id}"


@router.get("/{upload_id}")
def get_upload(upload_id: str, account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> UploadOut:
    """How far an upload has come, and what it became."""
    session.close()
    upload, offset = service.settled_upload(ground, account.id, upload_id)
    return UploadOut(id=upload.id, offset=offset, length=upload.bytes, media_id=upload.media_id)


@router.head("/{upload_id}", include_in_schema=False)
def tell_offset(
    upload_id: str,
    request: Request,
    response: Response,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
) -> None:
    """How far an upload has come, for the protocol."""
    _require_version(request)
    session.close()
    upload, offset = service.settled_upload(ground, account.id, upload_id)
    response.headers.update(_standing(upload, offset))


@router.patch("/{upload_id}", status_code=204, include_in_schema=False)
async def take_piece(
    upload_id: str,
    request: Request,
    response: Response,
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    background: BackgroundTasks,
) -> None:
    """Takes the next bytes; the last piece is answered when the file stands in the library."""
    session.close()  # the connection is not held while the piece comes
    _require_version(request)
    offset = tus.read_piece_offset(request.headers)
    await run_in_threadpool(service.find_upload, ground, account.id, upload_id)
    with told_when_broken(ground, account.id), service.partial_files(ground).open(upload_id) as growing:
        upload = await run_in_threadpool(service.find_upload, ground, account.id, upload_id)
        if upload.media_id is None:
            if growing.offset != offset:
                raise WrongOffset
            await _pour(request, growing, upload.bytes)
            if growing.offset == upload.bytes:
                upload = await _finish(ground, upload, growing, background)
        response.headers.update(_standing(upload, upload.bytes if upload.media_id else growing.offset))


@router.delete("/{upload_id}", status_code=204, include_in_schema=False)
def cancel_upload(upload_id: str, request: Request, account: CurrentAccount, ground: GroundHere) -> None:
    """Forgets an upload."""
    _require_version(request)
    service.cancel_upload(ground, account.id, upload_id)


async def _pour(request: Request, growing: GrowingFile, length: int) -> None:
    """Writes what comes; of a piece that breaks off, what has come is kept."""
    batch = bytearray()
    try:
        async for data in request.stream():
            batch += data
            if len(batch) >= _BATCH_BYTES:
                whole, batch = bytes(batch), bytearray()
                await run_in_threadpool(growing.append, whole, length=length)
    except ClientDisconnect:
        pass  # nobody is left to answer; the next request asks how far we are
    await run_in_threadpool(growing.append, bytes(batch), length=length)
    await run_in_threadpool(growing.settle)


async def _finish(
    ground: Ground, upload: UploadFacts, growing: GrowingFile, background: BackgroundTasks
) -> UploadFacts:
    media = await run_in_threadpool(service.finish_upload, ground, upload, growing.path)
    if media.state == "checking":
        background.add_task(service.check_soon, ground, media.id)
    return replace(upload, media_id=media.id)


def _require_version(request: Request) -> None:
    if not tus.is_spoken(request.headers):
        raise HTTPException(412, headers={"Tus-Version": tus.VERSION})


def _standing(upload: UploadFacts, offset: int) -> dict[str, str]:
    headers = tus.standing(offset=offset, length=upload.bytes, expires_at=upload.expires_at)
    return headers | ({MEDIA_HEADER: upload.media_id} if upload.media_id else {})
