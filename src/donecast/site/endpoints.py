"""Pages for people and the files that pages name. No sign-in, no cookie, nothing from another site."""

from fastapi import APIRouter, Request, Response

from donecast.episodes.errors import NoSuchEpisode
from donecast.feeds.delivery import deliver
from donecast.platform.web import GroundHere, ReadingSession
from donecast.shows.errors import NoSuchShow
from donecast.site import pages, service

PAGE_TYPE = "text/html; charset=utf-8"
_FOR_EVER = "public, max-age=31536000, immutable"
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
}

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
def read_landing_page(request: Request) -> Response:
    """The first page of the server."""
    return _page(request, pages.landing_page())


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
def read_static_file(name: str, request: Request) -> Response:
    """A style sheet, script or picture of the pages; its address changes with its bytes."""
    if name not in pages.STATIC_TYPES:
        return not_found_response(request)
    return deliver(
        request.headers,
        pages.static_file(name),
        method=request.method,
        media_type=pages.STATIC_TYPES[name],
        last_modified=None,
        compressed=True,
        headers={"Cache-Control": _FOR_EVER},
    )


@router.api_route("/shows/{slug}", methods=["GET", "HEAD"])
def read_show_page(slug: str, request: Request, ground: GroundHere, session: ReadingSession) -> Response:
    """A show with its live episodes."""
    try:
        show, episodes = service.show_with_episodes(session, ground.settings.server.base_url, slug, ground.clock.now())
    except NoSuchShow:
        return not_found_response(request)
    return _page(request, pages.show_page(show, episodes))


@router.api_route("/shows/{slug}/{episode_slug}", methods=["GET", "HEAD"])
def read_episode_page(
    slug: str, episode_slug: str, request: Request, ground: GroundHere, session: ReadingSession
) -> Response:
    """A live episode."""
    base_url, now = ground.settings.server.base_url, ground.clock.now()
    try:
        show, episode = service.episode_with_texts(session, base_url, slug, episode_slug, now)
    except (NoSuchShow, NoSuchEpisode):
        return not_found_response(request)
    return _page(request, pages.episode_page(show, episode))


def not_found_response(request: Request) -> Response:
    """The page for people at an address that leads nowhere."""
    body = pages.not_found_page()
    return Response(
        b"" if request.method == "HEAD" else body,
        404,
        {**_PAGE_HEADERS, "Content-Type": PAGE_TYPE, "Content-Length": str(len(body)), "Cache-Control": "no-cache"},
    )


def _page(request: Request, body: bytes) -> Response:
    return deliver(
        request.headers,
        body,
        method=request.method,
        media_type=PAGE_TYPE,
        last_modified=None,
        compressed=True,
        headers=_PAGE_HEADERS,
    )
