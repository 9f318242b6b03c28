"""Episodes for their owner."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response

from donecast.accounts.access import CurrentAccount
from donecast.episodes import edit_endpoints, service, voice_endpoints
from donecast.episodes.errors import NoAudioYet, UnknownTranscriptFormat
from donecast.episodes.rules import (
    CAPTION_TYPES,
    CaptionFormat,
    EpisodeDraft,
    EpisodeFacts,
    audio_url,
    enclosure_url,
    page_url,
    state_of,
)
from donecast.episodes.schemas import (
    EpisodeChangeIn,
    EpisodeIn,
    EpisodeOut,
    EpisodeTranscriptOut,
    PersonHeardOut,
    PublishIn,
    RenditionOut,
)
from donecast.platform.freshness import Validators
from donecast.platform.ranges import file_response
from donecast.platform.web import Ground, GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.shows import service as shows

_NOT_KEPT = {"Cache-Control": "private, no-cache"}
_FORMATS: dict[str, CaptionFormat] = {name: name for name in get_args(CaptionFormat)}
_PLAIN_FIELDS = tuple(EpisodeOut.model_fields.keys() - {"state", "page_url", "transcript", "rendition"})

router = APIRouter(prefix="/api", tags=["episodes"], route_class=UnitRoute)
router.include_router(edit_endpoints.router)
router.include_router(voice_endpoints.router)


@router.get("/episodes")
def list_episodes(
    account: CurrentAccount,
    ground: GroundHere,
    session: ReadingSession,
    show_id: Annotated[str | None, Query(description="Only this show's episodes")] = None,
) -> list[EpisodeOut]:
    """The person's episodes, newest first."""
    slugs = {show.id: show.slug for show in shows.shows_of(session, account.id)}
    now = ground.clock.now()
    return [
        _episode(ground, episode, slugs[episode.show_id], now)
        for episode in service.episodes_of(session, account.id, show_id)
    ]


@router.get("/shows/{show_id}/people")
def list_people(show_id: str, account: CurrentAccount, session: ReadingSession) -> list[PersonHeardOut]:
    """Who was named in the show's episodes: its host and its guests, most often first."""
    return [PersonHeardOut(**asdict(person)) for person in service.people_of_show(session, account.id, show_id)]


@router.post("/episodes", status_code=201)
def create_episode(body: EpisodeIn, account: CurrentAccount, ground: GroundHere, session: WritingSession) -> EpisodeOut:
    """A new episode from a recording; a given transcript is read at once and refused when it cannot be used."""
    draft = EpisodeDraft(
        show_id=body.show_id,
        recording_id=body.recording_id,
        template_id=body.template_id,
        title=body.title,
        transcript=body.transcript,
        transcriber=body.transcriber,
        voice=body.voice,
    )
    return _answer(ground, session, service.create(session, ground, account.id, draft))


@router.get("/episodes/{episode_id}")
def read_episode(episode_id: str, account: CurrentAccount, ground: GroundHere, session: ReadingSession) -> EpisodeOut:
    """One episode."""
    return _answer(ground, session, service.episode_of(session, account.id, episode_id))


@router.patch("/episodes/{episode_id}")
def change_episode(
    episode_id: str, body: EpisodeChangeIn, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EpisodeOut:
    """Changes the fields that are sent and leaves the others."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    return _answer(ground, session, service.update(session, ground.clock, account.id, episode_id, changes))


@router.post("/episodes/{episode_id}/publish")
def publish_episode(
    episode_id: str,
    account: CurrentAccount,
    ground: GroundHere,
    session: WritingSession,
    body: PublishIn | None = None,
) -> EpisodeOut:
    """Publishes now or at a moment in the future; asking again changes nothing."""
    at = body.publish_at if body else None
    return _answer(ground, session, service.publish(session, ground.clock, account.id, episode_id, at))


@router.post("/episodes/{episode_id}/unpublish")
def unpublish_episode(
    episode_id: str, account: CurrentAccount, ground: GroundHere, session: WritingSession
) -> EpisodeOut:
    """Takes the episode back; asking again changes nothing."""
    return _answer(ground, session, service.unpublish(session, ground.clock, account.id, episode_id))


@router.get("/episodes/{episode_id}/audio", response_class=Response)
def episode_audio(
    episode_id: str, request: Request, account: CurrentAccount, ground: GroundHere, session: ReadingSession
) -> Response:
    """The finished audio for its owner, whether it is live or not, in ranges where asked."""
    rendition = service.episode_of(session, account.id, episode_id).rendition
    if rendition is None:
        raise NoAudioYet
    session.close()  # the connection is not held while the file goes out
    return file_response(
        request.headers,
        lambda start, end: ground.blobs.stream(rendition.content_hash, start, end),
        method=request.method,
        length=rendition.length_bytes,
        media_type=rendition.audio_type,
        validators=Validators(f'"{rendition.content_hash[:32]}"'),
        headers=_NOT_KEPT,
    )


@router.get("/episodes/{episode_id}/transcript.{kind}", response_class=Response)
def episode_transcript(episode_id: str, kind: str, account: CurrentAccount, session: ReadingSession) -> Response:
    """The transcript of the finished audio, in its own time: vtt, srt, json or txt."""
    episode = service.episode_of(session, account.id, episode_id)
    if kind not in _FORMATS:
        raise UnknownTranscriptFormat
    text = service.captions(session, episode, _FORMATS[kind])
    return Response(text, media_type=CAPTION_TYPES[_FORMATS[kind]], headers=_NOT_KEPT)


def _answer(ground: Ground, session: ReadingSession, episode: EpisodeFacts) -> EpisodeOut:
    show = shows.show_by_id(session, episode.show_id)
    return _episode(ground, episode, show.slug, ground.clock.now())


def _episode(ground: Ground, episode: EpisodeFacts, show_slug: str, now: datetime) -> EpisodeOut:
    base_url, transcript = ground.settings.server.base_url, episode.transcript
    return EpisodeOut(
        **{name: getattr(episode, name) for name in _PLAIN_FIELDS},
        state=state_of(episode, now),
        page_url=page_url(base_url, show_slug, episode.slug),
        transcript=EpisodeTranscriptOut.model_validate(asdict(transcript)) if transcript else None,
        rendition=_rendition(base_url, episode, now),
    )


def _rendition(base_url: str, episode: EpisodeFacts, now: datetime) -> RenditionOut | None:
    rendition = episode.rendition
    if rendition is None:
        return None
    is_live = episode.is_live(now)
    return RenditionOut(
        id=rendition.id,
        url=enclosure_url(base_url, episode, rendition) if is_live else audio_url(base_url, episode.id),
        duration_ms=rendition.duration_ms,
        length_bytes=rendition.length_bytes,
        loudness_lufs=rendition.loudness_lufs,
        true_peak_dbtp=rendition.true_peak_dbtp,
        edit_list_version=rendition.edit_list_version,
        outdated=episode.outdated,
    )
