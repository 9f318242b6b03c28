"""What podcast apps and players on other websites read: the feed, captions, chapters. No sign-in, no cookie."""

from fastapi import APIRouter, Request, Response

from donecast.feeds import service
from donecast.feeds.delivery import deliver
from donecast.feeds.service import PublicText
from donecast.platform.web import GroundHere, ReadingSession

router = APIRouter(include_in_schema=False)


@router.api_route("/shows/{slug}/feed.xml", methods=["GET", "HEAD"])
def read_feed(slug: str, request: Request, ground: GroundHere, session: ReadingSession) -> Response:
    """The show's RSS feed."""
    text = service.feed(session, ground.settings.server.base_url, slug, ground.clock.now())
    return _answer(request, text, compressed=True)


@router.api_route("/shows/{slug}/{episode_slug}/chapters.json", methods=["GET", "HEAD"])
def read_chapters(
    slug: str, episode_slug: str, request: Request, ground: GroundHere, session: ReadingSession
) -> Response:
    """A live episode's chapters."""
    return _answer(request, service.chapters(session, slug, episode_slug, ground.clock.now()))


@router.api_route("/shows/{slug}/{episode_slug}/transcript.{caption_format}", methods=["GET", "HEAD"])
def read_captions(
    slug: str, episode_slug: str, caption_format: str, request: Request, ground: GroundHere, session: ReadingSession
) -> Response:
    """A live episode's transcript."""
    return _answer(request, service.captions(session, slug, episode_slug, caption_format, ground.clock.now()))


def _answer(request: Request, text: PublicText, *, compressed: bool = False) -> Response:
    return deliver(
        request.headers,
        text.body,
        method=request.method,
        media_type=text.media_type,
        last_modified=text.changed_at,
        compressed=compressed,
        for_other_sites=True,
    )
