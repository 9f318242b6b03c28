"""Where a vendor calls when a job of ours has ended. Public: the vendor has no account here, but a secret."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from donecast.platform.web import Ground, GroundHere
from donecast.platform.work_unit import run_unit
from donecast.speech.remote import HookCall, RemoteTranscriber
from donecast.speech.vendor_errors import HookUnreadable
from donecast.transcripts import service

HOOK_BYTES_MAX = 16 * 1024
"""A call names a job and its state; anything longer is none."""


def hooks_of(remote: RemoteTranscriber) -> APIRouter:
    """The one address at which this vendor's calls come in."""
    router = APIRouter(include_in_schema=False)

    @router.post(remote.hook_path, status_code=204)
    async def vendor_calls(request: Request, ground: GroundHere) -> None:
        """Makes whoever waits for the job look at once; a job that nobody here knows is answered the same."""
        try:
            body = await request.body()
        except ClientDisconnect as error:  # too long, which the web app's frame says, or nobody waits for an answer
            raise HookUnreadable from error
        job_id = remote.parse_webhook(HookCall(request.headers, request.query_params, body))
        await run_in_threadpool(_nudge, ground, remote.name, job_id)

    return router


def _nudge(ground: Ground, engine: str, job_id: str) -> None:
    run_unit(ground.database, lambda session: service.nudge(session, ground.clock, engine, job_id))
