"""Use cases of stuck work: look, rehearse, clean up."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from donecast.accounts.audit import service as audit
from donecast.episodes import service as episodes
from donecast.health.rules import Check
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import Ground
from donecast.production import recovery
from donecast.production import service as production
from donecast.production.recovery import Choice, StuckWork
from donecast.production.stuck_rules import Remedy


@dataclass(frozen=True, slots=True)
class StuckEpisode:
    """Stuck work with the title of its episode."""

    work: StuckWork
    title: str


def stuck(ground: Ground, session: Session) -> list[StuckEpisode]:
    """Everything that does not move, oldest first."""
    return [_titled(session, work) for work in recovery.stuck_work(ground, session)]


def clean_up(
    ground: Ground, session: Session, by: str, remedy: Remedy, choice: Choice, *, rehearse: bool
) -> list[StuckEpisode]:
    """Does it to those that are meant, as far as they are stuck; a rehearsal only answers to which.

    Each act stands in the audit log.
    """
    if rehearse:
        return [one for one in stuck(ground, session) if choice.takes(one.work)]
    done = [_titled(session, work) for work in recovery.clean_up(ground, session, choice, remedy)]
    for one in done:
        audit.note(
            session,
            actor_id=by,
            act=f"stuck_work_{remedy}",
            subject=one.work.operation_id,
            details={"episode_id": one.work.episode_id, "trouble": one.work.trouble, "silent_ms": one.work.silent_ms},
            at=ground.clock.now(),
            request_id=current_request_id(),
        )
    return done


def checks(ground: Ground) -> tuple[Check, Check]:
    """Whether any work is stuck, and whether a worker has gone silent that nobody has taken over from."""
    lease = timedelta(milliseconds=ground.settings.worker.worker_lease_ms)
    with ground.database.reading() as session:
        count = len(recovery.stuck_work(ground, session))
        _, silent = production.workers_by_sign(session, ground.clock.now() - lease)
    return (
        Check(
            "stuck_work",
            ok=not count,
            finding=f"{count} stuck" if count else "everything moves",
            action="It is begun again by itself within two minutes while a worker runs; else see the monitoring page."
            if count
            else "",
        ),
        Check(
            "worker_dead",
            ok=not silent,
            finding=f"silent: {', '.join(silent)}" if silent else "none is silent",
            action="Start it again, or any other; its work is taken over by whoever runs." if silent else "",
        ),
    )


def _titled(session: Session, work: StuckWork) -> StuckEpisode:
    return StuckEpisode(work, episodes.episode_by_id(session, work.episode_id).title)
