"""The web app: its routers, what they work with, and the studio."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Protocol, cast

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

import donecast
from donecast.accounts import endpoints as accounts
from donecast.accounts import notice_endpoints as notices
from donecast.accounts.audit import endpoints as audit
from donecast.autoops import endpoints as auto_ops
from donecast.billing import endpoints as billing
from donecast.credits import admin_endpoints as credits_admin
from donecast.credits import endpoints as own_credits
from donecast.drafts import endpoints as drafts
from donecast.entry.answers import add_answers
from donecast.entry.error_frame import ErrorFrame
from donecast.entry.frame import RequestFrame
from donecast.entry.wiring import (
    guarded,
    open_error_source,
    open_payments,
    open_previewer,
    open_remotes,
    open_vital_signs,
    open_voice_engines,
    open_writing_desk,
)
from donecast.episodes import endpoints as episodes
from donecast.feeds import endpoints as feeds
from donecast.health import endpoints as health
from donecast.health.alerts import endpoints as alerts
from donecast.health.bug_reports import endpoints as bug_reports
from donecast.health.error_groups import endpoints as own_errors
from donecast.health.feedback import endpoints as feedback
from donecast.health.history import endpoints as history
from donecast.health.stuck_work import endpoints as stuck_work
from donecast.interns import endpoints as interns
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.listens import endpoints as listens
from donecast.platform.pool_uses import SAVE_EVERY
from donecast.platform.rate_limits import RateLimits
from donecast.platform.release import release
from donecast.platform.sentry_settings import browser_errors
from donecast.platform.traffic import BUCKET_SECONDS
from donecast.platform.traffic_rows import TrafficRows
from donecast.platform.web import Ground
from donecast.production import endpoints as production
from donecast.production.rounds import Rounds, do_once
from donecast.recordings import cue_endpoints as sound_cues
from donecast.recordings import endpoints as recordings
from donecast.recordings import template_endpoints as templates
from donecast.shows import endpoints as shows
from donecast.site import endpoints as site
from donecast.transcripts.endpoints import hooks_of

_ROUTERS = (
    accounts.router,
    audit.router,
    notices.router,
    own_credits.router,
    credits_admin.router,
    billing.router,
    billing.hooks,
    shows.router,
    templates.router,
    sound_cues.router,
    recordings.router,
    episodes.router,
    drafts.router,
    interns.router,
    production.router,
    listens.router,
    feeds.router,
    site.router,
    health.router,
    own_errors.router,
    stuck_work.router,
    feedback.router,
    history.router,
    bug_reports.router,
    alerts.router,
    auto_ops.router,
)


def _describe(app: FastAPI) -> JSONResponse:
    # In a thread, not as the framework's own route: made the first time it takes a second, in which all would wait.
    return JSONResponse(app.openapi())


class StudioNotBuilt(DonecastError):
    """The studio's files are missing from this installation."""

    code = "studio_not_built"
    kind = ErrorKind.UNAVAILABLE
    message = "The studio has not been built on this machine yet."
    action = "Start DoneCast with `./dev up`, which builds it."


class Beside(Protocol):
    """Something that lives as long as the app, such as the worker of `donecast up`."""

    def start(self) -> None:
        """Begins with the app."""
        ...

    def stop(self) -> None:
        """Ends with the app."""
        ...


def create_app(ground: Ground, beside: Beside | None = None) -> FastAPI:
    """The whole web side on the given ground."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        traffic = TrafficRows(app.state.ground.database, app.state.ground.traffic)
        rounds = Rounds(app.state.ground.errors)
        rounds.begin("traffic", [traffic.save], timedelta(seconds=BUCKET_SECONDS))
        rounds.begin("pools", [app.state.vital_signs.save_pools], SAVE_EVERY)
        if beside:
            await run_in_threadpool(beside.start)
        yield
        await run_in_threadpool(rounds.end)
        await run_in_threadpool(do_once, traffic.save)  # what came since the last round
        await run_in_threadpool(app.state.previewer.close)
        await run_in_threadpool(app.state.vital_signs.close)
        await run_in_threadpool(app.state.ground.failures.close)
        if beside:
            await run_in_threadpool(beside.stop)

    app = FastAPI(
        title="DoneCast",
        version="1",
        openapi_url=None,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    furnish(app, ground)
    for router in _ROUTERS:
        app.include_router(router)
    for remote in open_remotes(ground.settings, guarded(ground)).values():
        if remote.calls_back:
            app.include_router(hooks_of(remote))
    app.add_api_route("/openapi.json", partial(_describe, app), include_in_schema=False)
    app.mount("/studio", Studio(_studio_folder(), _told_to_page(ground)))
    add_answers(app)
    app.add_middleware(ErrorFrame)
    app.add_middleware(RequestFrame)
    return app


def furnish(app: FastAPI, ground: Ground) -> None:
    """Gives the routes what they work with. Which routes there are, only the vendors that call back decide."""
    app.state.ground = ground
    app.state.previewer = open_previewer(ground)
    app.state.writing_desk = open_writing_desk(ground)
    app.state.payments = open_payments(ground.settings.payments, guarded(ground))
    app.state.voice_engines = open_voice_engines(ground.settings, guarded(ground))
    app.state.error_source = open_error_source(ground)
    app.state.vital_signs = open_vital_signs(ground)
    app.state.rate_limits = RateLimits(ground.clock)


def _told_to_page(ground: Ground) -> str:
    server = ground.settings.server
    errors = browser_errors(ground.settings.sentry, server.environment)
    if errors is None:
        return ""
    told = {"dsn": errors.dsn, "environment": errors.environment, "release": release(server.revision)}
    return f'<meta name="donecast-errors" content="{escape(json.dumps(told))}">'


def _studio_folder() -> Path:
    packaged, in_tree = Path(donecast.__file__).parent / "_studio", Path(donecast.__file__).parents[2] / "frontend/dist"
    return packaged if packaged.exists() else in_tree


class Studio:
    """The built studio: hashed assets are kept for ever, every other path is the one page, which never is.

    ``told_to_page``: what stands in the head of the page beside what was built, as HTML.
    """

    def __init__(self, folder: Path, told_to_page: str = "") -> None:
        self._folder, self._told = folder, told_to_page
        self._files = StaticFiles(directory=folder, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file of the studio."""
        path = self._files.get_path(scope)
        if not (self._folder / "index.html").exists():
            raise StudioNotBuilt
        is_file = path not in {"", "."} and (self._folder / path).is_file()
        if not is_file and path.startswith("assets/"):
            raise HTTPException(404)
        response: Response
        if self._told and (not is_file or path == "index.html"):
            page = (self._folder / "index.html").read_text("utf-8").replace("</head>", f"{self._told}</head>", 1)
            response = HTMLResponse(page)
        else:
            response = await self._files.get_response(path if is_file else "index.html", scope)
        kept = is_file and path.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        await response(scope, receive, send)


def _operation_id(route: Any) -> str:
    return cast(str, route.name)
