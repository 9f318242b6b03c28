"""The enclosure: audio for apps, players and downloads. No sign-in, no cookie; the address names the bytes for ever."""

from fastapi import APIRouter, Request, Response

from donecast.listens import service
from donecast.platform.freshness import Validators
from donecast.platform.ranges import file_response
from donecast.platform.web import GroundHere, ReadingSession

router = APIRouter(include_in_schema=False)

_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Access-Control-Allow-Origin": "*"}


@router.api_route("/listen/{episode_id}/{rendition_id}/{file_name}", methods=["GET", "HEAD"])
def listen(
    episode_id: str, rendition_id: str, file_name: str, request: Request, ground: GroundHere, session: ReadingSession
) -> Response:
    """The bytes of a live episode's audio, or those that were asked for."""
    audio = service.audio(session, episode_id, rendition_id, file_name, ground.clock.now())
    return file_response(
        request.headers,
        lambda start, end: ground.blobs.stream(audio.content_hash, start, end),
        method=request.method,
        length=audio.length_bytes,
        media_type=audio.audio_type,
        validators=Validators(f'"{audio.content_hash[:32]}"', audio.made_at),
        headers=_HEADERS,
    )
