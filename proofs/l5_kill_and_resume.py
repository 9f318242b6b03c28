"""kill -9 at the start, middle and end of each step: the episode finishes, one rendition, nothing done twice."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from donecast.platform.database import Database
from donecast.production.rules import STEPS
from proofs.harness import (
    ProofFailed,
    Studio,
    base_settings,
    distinct,
    folder,
    run_admin,
    speak,
    studio_of,
    table,
)
from tests.support.servers import await_url, postgres, start_donecast, stop

DURATION = "about 12 minutes"
POINTS = ("start", "middle", "end")
_TEXT = "Good morning. This is a short note about the garden. The beans are up, and the rain was kind to us."
_QUICK = {
    "worker_heartbeat_ms": 400,
    "worker_lease_ms": 2_500,
    "step_lease_renew_ms": 500,
    "step_lease_ms": 2_500,
    "dispatch_interval_ms": 100,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one killed run."""

    state: str
    renditions: int
    repeated: tuple[str, ...]
    seconds: float

    @property
    def well(self) -> bool:
        """Whether the promise was kept."""
        return self.state == "done" and self.renditions == 1 and not self.repeated


def main(arguments: list[str]) -> int:
    """Runs both tables; an argument such as ``sqlite`` or ``postgres`` runs one."""
    engines = arguments or ["sqlite", "postgres"]
    rows: list[tuple[object, ...]] = []
    for engine in engines:
        run = {"sqlite": _on_sqlite, "postgres": _on_postgres}[engine]
        with folder() as place:
            speech = speak(_TEXT, place / "speech.wav")
            rows += run(place, speech)
    print(
        table(rows, ("database", "killed at", "ended", "renditions", "finished steps repeated", "seconds after kill"))
    )
    well = sum(1 for row in rows if row[-1] is not None and row[2] == "done" and row[3] == 1 and row[4] == "none")
    print(f"L5: {well} of {len(rows)} killed runs finished with one rendition and no finished step repeated")
    return 0 if well == len(rows) and rows else 1


def _on_sqlite(place: Path, speech: Path) -> list[tuple[object, ...]]:
    settings = {**base_settings(place / "data"), **_QUICK}
    rows = []
    for number, (step, point) in enumerate((step, point) for step in STEPS for point in POINTS):
        recording = distinct(speech, place / f"sqlite-{number}.wav", number)
        killed = start_donecast(["up"], {**settings, "kill_at": f"{step}:{point}"}, place / "up.log")
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", killed)
        studio = studio_of(settings)
        operation_id, episode_id = _order(studio, recording, f"Proof {number}")
        killed.wait(120)
        died = time.monotonic()
        again = start_donecast(["up"], settings, place / "up.log")
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", again)
        outcome = _outcome(studio, settings, operation_id, episode_id, (step, point), died)
        stop(again)
        rows.append(_row("SQLite", step, point, outcome))
    return rows


def _on_postgres(place: Path, speech: Path) -> list[tuple[object, ...]]:
    rows = []
    with postgres() as url:
        settings = {**base_settings(place / "data"), **_QUICK, "database_url": url, "worker_concurrency": 1}
        run_admin(settings, "migrate")
        run_admin(settings, "account", "--email", "admin@example.com", "--admin")
        api = start_donecast(["api"], settings, place / "api.log")
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", api)
        steady = start_donecast(["worker"], {**settings, "worker_id": "steady"}, place / "steady.log")
        studio = studio_of(settings)
        try:
            for number, (step, point) in enumerate((step, point) for step in STEPS for point in POINTS):
                recordings = [distinct(speech, place / f"pg-{number}-{i}.wav", 1000 + 2 * number + i) for i in (0, 1)]
                doomed_settings = {**settings, "worker_id": f"doomed-{number}", "kill_at": f"{step}:{point}"}
                doomed = start_donecast(["worker"], doomed_settings, place / "doomed.log")
                _await_worker(settings, f"doomed-{number}")
                # Each worker takes one thing at a time, so of two orders the doomed worker gets one.
                orders = [_order(studio, recording, f"Proof {number}") for recording in recordings]
                doomed.wait(180)
                died = time.monotonic()
                outcomes = [_outcome(studio, settings, *order, (step, point), died) for order in orders]
                worst = next((outcome for outcome in outcomes if not outcome.well), outcomes[-1])
                rows.append(_row("PostgreSQL, 2 workers", step, point, worst))
        finally:
            stop(steady)
            stop(api)
    return rows


def _order(studio: Studio, recording: Path, title: str) -> tuple[str, str]:
    show = studio.make_show(f"{title} {recording.stem}")
    media = studio.upload(recording)
    episode_id = studio.make_episode(show["id"], media["id"], title=title)
    return studio.produce(episode_id, publish="now"), episode_id


def _outcome(
    studio: Studio,
    settings: Mapping[str, object],
    operation_id: str,
    episode_id: str,
    killed_at: tuple[str, str],
    died: float,
) -> Outcome:
    try:
        operation: dict[str, Any] = studio.wait(operation_id, 120)
    except ProofFailed as failure:
        return Outcome(f"never: {failure}", 0, (), time.monotonic() - died)
    runs = {step["name"]: step["runs"] for step in operation["steps"]}
    step, _ = killed_at
    # A step that was killed runs again; every other one must have been begun exactly once.
    repeated = tuple(name for name, count in runs.items() if count != 1 and not (name == step and count == 2))
    if operation["error"]:
        return Outcome(f"{operation['state']}: {operation['error']['message']}", 0, repeated, time.monotonic() - died)
    return Outcome(operation["state"], _renditions(settings, episode_id), repeated, time.monotonic() - died)


def _renditions(settings: Mapping[str, object], episode_id: str) -> int:
    with _rows(settings) as connection:
        found = connection.execute(text("SELECT count(*) FROM renditions WHERE episode_id = :id"), {"id": episode_id})
        return int(found.scalar_one())


def _await_worker(settings: Mapping[str, object], worker_id: str) -> None:
    for _ in range(300):
        with _rows(settings) as connection:
            if connection.execute(text("SELECT id FROM workers WHERE id = :id"), {"id": worker_id}).scalar():
                return
        time.sleep(0.1)
    raise ProofFailed(f"worker {worker_id} did not start")


def _rows(settings: Mapping[str, object]) -> Any:
    url = str(settings.get("database_url", "")).replace("postgresql://", "postgresql+psycopg://")
    return Database(url or f"sqlite:///{settings['data']}/donecast.sqlite").reading_engine.connect()


def _row(database: str, step: str, point: str, outcome: Outcome) -> tuple[object, ...]:
    row = (
        database,
        f"{step}:{point}",
        outcome.state,
        outcome.renditions,
        ", ".join(outcome.repeated) or "none",
        f"{outcome.seconds:.1f}",
    )
    print("  ".join(map(str, row)), file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
