"""Stuck work, for admins."""

from fastapi import APIRouter

from donecast.accounts.access import CurrentAdmin
from donecast.health.stuck_work import service
from donecast.health.stuck_work.schemas import CleanUpIn, CleanUpOut, StuckOut, stuck_episode_out
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession
from donecast.production.stuck_rules import Remedy

router = APIRouter(prefix="/api/admin/monitoring/stuck-operations", tags=["health"], route_class=UnitRoute)

_SHOWN_MAX = 10
_DEEDS: dict[Remedy, str] = {
    "requeue": "begun again; what was finished is not done twice",
    "fail_and_release": "ended as failed, with the credits given back and the person told",
    "ignore": "left alone until it moves again",
}


@router.get("")
def list_stuck_operations(_admin: CurrentAdmin, ground: GroundHere, session: ReadingSession) -> StuckOut:
    """What does not move: its lease is gone, it waits longer than 30 minutes, or it runs for more than two hours."""
    found = service.stuck(ground, session)
    gone = any(one.work.trouble == "lease_gone" for one in found)
    return StuckOut(
        stuck_count=len(found),
        stuck_episodes=[stuck_episode_out(one) for one in found[:_SHOWN_MAX]],
        action_required=""
        if not found
        else "Look whether a worker runs; then this goes on by itself within two minutes. Or clean up by hand."
        if gone
        else "Look whether the workers have too much to do, or whether this should be ended by hand.",
    )


@router.post("/cleanup")
def clean_up_stuck_operations(
    body: CleanUpIn, admin: CurrentAdmin, ground: GroundHere, session: WritingSession
) -> CleanUpOut:
    """Says what would be done; does it where `dry_run` is false. What moves again meanwhile is left alone."""
    done = service.clean_up(ground, session, admin.id, body.action, body.choice, rehearse=body.dry_run)
    verb = "would be" if body.dry_run else "is"
    running = any(one.work.trouble == "runs_very_long" for one in done)
    taken = " Its worker is still at it and loses it." if running and body.action != "ignore" else ""
    return CleanUpOut(
        dry_run=body.dry_run,
        action=body.action,
        count=len(done),
        episodes=[stuck_episode_out(one) for one in done],
        message=f"{len(done)} {verb} {_DEEDS[body.action]}.{taken}" if done else "There is nothing to do.",
    )
