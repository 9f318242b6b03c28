"""kill -9 between upload, job, call and store of a vendor's work: one job there, one transcript here, each time."""

import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any, Protocol

import soundfile
from sqlalchemy import text

from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from proofs.harness import ProofFailed, Studio, base_settings, distinct, folder, run_admin, speak, studio_of, table
from tests.support.servers import await_url, postgres, start_donecast, stop
from tests.support.vendor import VENDORS, Vendor
from tests.support.vendor_server import VendorStandIn, even_words

DURATION = "about 17 minutes; names of vendors and of databases (sqlite, postgres) make it shorter"
_TEXT = "Good morning. This is a short note about the garden. The beans are up, and the rain was kind to us."
_JOB_SECONDS = 1.2
_QUICK = {
    "worker_heartbeat_ms": 400,
    "worker_lease_ms": 2_500,
    "step_lease_renew_ms": 500,
    "step_lease_ms": 2_500,
    "dispatch_interval_ms": 100,
    "transcriber_poll_ms": 300,
    "transcriber_settle_ms": 1_500,
}
_HEAD = (
    "vendor",
    "installation",
    "killed",
    "ended",
    "seconds after",
    "step began",
    "uploads",
    "jobs there",
    "transcripts here",
)


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process is killed: at the ``nth`` such moment at the vendor, or by its own fault injection."""

    words: str
    moment: str = ""
    nth: int = 1
    kill_at: str = ""


POINTS = (
    Point("before anything is sent", kill_at="transcribe:start"),
    Point("while sound is sent", "upload:begun"),
    Point("sound sent, address not stored", "upload:answered"),
    Point("job asked for, not made", "submit:begun"),
    Point("job made, not answered", "submit:made"),
    Point("job answered, id not stored", "submit:answered"),
    Point("at the first look", "poll:begun"),
    Point("while the vendor works", "poll:queued"),
    Point("just before the vendor calls", "hook:before"),
    Point("after the vendor called", "hook:answered"),
    Point("told that it is done", "poll:completed"),
    Point("words fetched, not stored", "poll:completed", nth=2),
    Point("words stored, step not ended", kill_at="transcribe:end"),
)


_POINTS_OF = {
    "auphonic": (
        Point("production made, no sound in it", "create:answered"),
        Point("captions fetched, words not found", "fetch:answered"),
    )
}


@dataclass(slots=True)
class Killer:
    """Kills a process once, at a moment that the vendor sees."""

    process: "Popen[bytes]"
    point: Point
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, moment: str) -> None:
        """Called by the vendor; returns when the process is gone."""
        with self._lock:
            self._seen += moment == self.point.moment
            now = moment == self.point.moment and self._seen == self.point.nth
        if now:
            self.process.kill()
            self.process.wait(10)


class Installation(Protocol):
    """A DoneCast whose working process can be killed and followed by another."""

    name: str
    settings: Mapping[str, object]

    def doomed(self, point: Point) -> "Popen[bytes]":
        """The process that will do the work and be killed."""
        ...

    def follow(self) -> None:
        """Starts the one that goes on."""
        ...

    def rest(self) -> None:
        """Called when the work is done."""
        ...


class OneProcess:
    """`donecast up` on SQLite, started again by whoever watches over it."""

    name = "up, SQLite"

    def __init__(self, place: Path, settings: Mapping[str, object]) -> None:
        self.settings = settings
        self._log = place / "up.log"
        self._process = self._started({})

    def doomed(self, point: Point) -> "Popen[bytes]":
        """The one that runs; with fault injection, one that has it."""
        if point.kill_at:
            stop(self._process)
            self._process = self._started({"kill_at": point.kill_at})
        return self._process

    def follow(self) -> None:
        """Starts it again."""
        self._process = self._started({})

    def rest(self) -> None:
        """It runs on."""

    def end(self) -> None:
        """Stops it."""
        stop(self._process)

    def _started(self, more: Mapping[str, object]) -> "Popen[bytes]":
        process = start_donecast(["up"], {**self.settings, **more}, self._log)
        await_url(f"http://127.0.0.1:{self.settings['port']}/readyz", process)
        return process


class Workers:
    """`donecast api` and workers on PostgreSQL: another worker takes over from one that is silent."""

    name = "workers, PostgreSQL"

    def __init__(self, place: Path, settings: Mapping[str, object]) -> None:
        self.settings = settings
        self._log = place / "workers.log"
        self._number = 0
        run_admin(settings, "migrate")
        run_admin(settings, "account", "--email", "admin@example.com", "--admin")
        self._api = start_donecast(["api"], settings, self._log)
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", self._api)
        self._follower: Popen[bytes] | None = None

    def doomed(self, point: Point) -> "Popen[bytes]":
        """A worker that is alone."""
        return self._worker({"kill_at": point.kill_at})

    def follow(self) -> None:
        """A worker of another name."""
        self._follower = self._worker({})

    def rest(self) -> None:
        """Ends the worker, so that the next doomed one is alone."""
        if self._follower is not None:
            stop(self._follower)

    def end(self) -> None:
        """Stops all."""
        self.rest()
        stop(self._api)

    def _worker(self, more: Mapping[str, object]) -> "Popen[bytes]":
        self._number += 1
        name = {"worker_id": f"worker-{self._number}"}
        return start_donecast(["worker"], {**self.settings, **name, **more}, self._log)


def main(arguments: list[str]) -> int:
    """Kills at every point, with every vendor on both databases, or those named; 0 when each leaves one of each."""
    rows: list[tuple[object, ...]] = []
    vendors = [one for name, one in VENDORS.items() if name in arguments] or list(VENDORS.values())
    for one in vendors:
        for engine in [name for name in _ON if name in arguments] or _ON:
            with folder() as place, one.opened(seconds=_JOB_SECONDS) as vendor:
                rows += _ON[engine](place, one, vendor, speak(_TEXT, place / "speech.wav"))
    print(table(rows, _HEAD))
    well = sum(1 for row in rows if (row[3], row[7], row[8]) == ("done", 1, 1))
    print(f"S6: {well} of {len(rows)} kills left one job at the vendor and one transcript")
    return 0 if rows and well == len(rows) else 1


def _on_sqlite(place: Path, one: Vendor, vendor: VendorStandIn, speech: Path) -> list[tuple[object, ...]]:
    here = OneProcess(place, _settings(place, one, vendor))
    try:
        return _all_points(here, place, one, vendor, speech)
    finally:
        here.end()


def _on_postgres(place: Path, one: Vendor, vendor: VendorStandIn, speech: Path) -> list[tuple[object, ...]]:
    with postgres() as url:
        here = Workers(place, {**_settings(place, one, vendor), "database_url": url})
        try:
            return _all_points(here, place, one, vendor, speech)
        finally:
            here.end()


_ON = {"sqlite": _on_sqlite, "postgres": _on_postgres}


def _settings(place: Path, one: Vendor, vendor: VendorStandIn) -> Mapping[str, object]:
    settings = {**base_settings(place / "data"), **_QUICK}
    return {
        **settings,
        **one.settings(vendor),
        f"{one.name}_webhook_secret": "s3cr3ts3cr3ts3cr3t",
        "public_url": f"http://127.0.0.1:{settings['port']}",
    }


def _all_points(
    here: Installation, place: Path, one: Vendor, vendor: VendorStandIn, speech: Path
) -> list[tuple[object, ...]]:
    rows = []
    studio = studio_of(here.settings)
    show_id = str(studio.make_show("Killed")["id"])
    for number, point in enumerate((*POINTS, *_POINTS_OF.get(one.name, ()))):
        recording = distinct(speech, place / f"talk-{number}.wav", number)
        rows.append((one.name, *_killed(here, studio, show_id, vendor, recording, point)))
        print("  ".join(map(str, rows[-1])), file=sys.stderr, flush=True)
    return rows


def _killed(
    here: Installation, studio: Studio, show_id: str, vendor: VendorStandIn, recording: Path, point: Point
) -> tuple[object, ...]:
    """One recording of its own: the process that works on it is killed at the point, and another one goes on."""
    process = here.doomed(point)
    jobs, uploads = len(vendor.jobs), len(vendor.uploads)
    vendor.on_moment = Killer(process, point).at
    media = studio.upload(recording)
    vendor.script = even_words(_TEXT, round(1_000 * soundfile.info(recording).duration))
    episode_id = studio.make_episode(show_id, media["id"], title=recording.stem)
    operation_id = studio.produce(episode_id, until="proposals")
    code = process.wait(120)
    died = time.monotonic()
    vendor.on_moment = lambda _moment: None
    here.follow()
    operation = studio.wait(operation_id, 120)
    seconds = time.monotonic() - died
    here.rest()
    if code != -9:
        raise ProofFailed(f"the process was not killed {point.words}, but ended with {code}")
    heard = _rows(here.settings, "SELECT engine FROM transcripts WHERE media_id = :id", id=media["id"])
    return (
        here.name,
        point.words,
        operation["state"] if not operation["error"] else operation["error"]["message"],
        f"{seconds:.1f}",
        next(step["runs"] for step in operation["steps"] if step["name"] == "transcribe"),
        len(vendor.uploads) - uploads,
        len(vendor.jobs) - jobs,
        sum(1 for row in heard if row[0] == here.settings["transcriber"]),
    )


def _rows(settings: Mapping[str, object], query: str, **values: object) -> Sequence[Any]:
    database = Database(load_settings(dict(settings)).database_url)
    try:
        with database.reading() as session:
            return session.execute(text(query), values).all()
    finally:
        database.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
