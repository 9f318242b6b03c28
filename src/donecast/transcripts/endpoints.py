"""Where a vendor calls when a job of ours has ended. Public: the vendor has no account here, but a secret."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from donecast.platform.web import Ground, GroundHere
from donecast.speech.assemblyai import HOOK_PATH
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.vendor_errors import HookUnreadable
from donecast.transcripts import service

HOOK_BYTES_MAX = 16 * 1024
"""A call names a job and its state; anything longer is none."""

hooks = APIRouter(include_in_schema=False)


@hooks.post(HOOK_PATH, status_code=204)
async def vendor_calls(request: Request, ground: GroundHere) -> None:
    """Makes whoever waits for the job look at once; a job that nobody here knows is answered the same."""
    remote: RemoteTranscriber = request.app.state.remote
    try:
        body = await request.body()
    except ClientDisconnect as error:  # it is too long, which the web app's frame says, or nobody waits for an answer
        raise HookUnreadable from error
    job_id = remote.parse_webhook(request.headers, body)
    await run_in_threadpool(_nudge, ground, remote.name, job_id)


def _nudge(ground: Ground, engine: str, job_id: str) -> None:
    with ground.database.transaction() as session:
        service.nudge(session, ground.clock, engine, job_id)
