"""`donecast up` with a person who uploads and orders all the time, killed at moments within steps that are chosen."""

import random
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from subprocess import Popen
from threading import Thread
from typing import Any

import httpx2

from donecast.platform.database import Database
from proofs.harness import ProofFailed, Studio, base_settings, distinct, speak, studio_of
from proofs.killing import children_of, renders_of, seconds_until_gone
from proofs.publications import count_publications
from tests.support.servers import await_url, start_donecast, stop

STAGES = ("upload", "check", "transcribe", "propose", "speak", "assemble", "charge", "tag", "publish")
"""The person's upload, the line's steps, and the charge: from the end of a render until the step is noted as done."""
GONE_SECONDS_MAX = 10.0
_SETTINGS: Mapping[str, object] = {"dispatch_interval_ms": 50}
_TEXT = "The beans are up."
_OPEN_ORDERS_MAX = 3
_UNDISTURBED = 2
_AIM_SECONDS_MAX = 60.0
_AGAIN_SECONDS_MAX = 120.0
_END_SECONDS_MAX = 900.0
_POLL_SECONDS = 0.003
_USUAL_SECONDS = 0.1

Running = tuple[str, str, int]
"""An operation, its step, and how often that was begun."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One of them: where it was aimed, what it met, and what came of it."""

    aimed: str
    met: frozenset[str]
    after_seconds: float
    healthy_seconds: float
    again_seconds: float
    """Until all work that it broke off was begun again; from the start of the new process."""
    wrong: tuple[str, ...]


class Onlooker:
    """Reads rows beside the program."""

    def __init__(self, data: Path) -> None:
        self._path = data / "donecast.sqlite"

    def rows(self, query: str, *values: object) -> list[Any]:
        """What the database answers."""
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)) as reader:
            return reader.execute(query, values).fetchall()

    def number(self, query: str, *values: object) -> int:
        """The same, of one figure."""
        return int(self.rows(query, *values)[0][0])

    def running(self) -> set[Running]:
        """Steps that are being done, by what is written down."""
        return set(
            self.rows(
                "SELECT s.operation_id, s.name, s.runs FROM operation_steps s JOIN operations o ON o.id = "
                "s.operation_id WHERE s.state = 'running' AND o.state IN ('queued', 'running')"
            )
        )

    def usual_seconds(self, step: str) -> float:
        """How long a step takes, half of the time."""
        query = "SELECT started_at, finished_at FROM operation_steps WHERE name = ? AND state = 'done' AND runs = 1"
        found = [
            (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
            for begin, end in self.rows(query, step)
        ]
        return median(found) if found else _USUAL_SECONDS

    def tokens(self) -> dict[str, int]:
        """Of what workers have, the leases' tokens."""
        query = "SELECT id, lease_token FROM operations WHERE state = 'running' AND lease_holder IS NOT NULL"
        return dict(self.rows(query))


@dataclass(slots=True)
class Person:
    """Uploads, orders and waits, again and again; remembers what was answered."""

    studio: Studio
    show_id: str
    speech: Path
    number: int = 0
    media: list[str] = field(default_factory=list)
    episodes: dict[str, str] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    upload_seconds: list[float] = field(default_factory=list)
    uploads_since: float | None = None
    """Of this machine's steady clock, while an upload has no answer."""
    wants_to_upload: bool = False
    tried_again: int = 0
    refusals: list[str] = field(default_factory=list)
    has_had_enough: bool = False

    def act(self) -> None:
        """One act after the other until nobody answers any more."""
        try:
            while not self.has_had_enough:
                try:
                    self._next()
                except ProofFailed as refused:
                    self.refusals.append(str(refused))
        except httpx2.TransportError:
            return

    def _next(self) -> None:
        open_orders = [order for order in self.orders if order not in self.ended]
        undone = [one for one in self.media if one not in self.episodes.values()]
        unordered = [one for one in self.episodes if one not in self.orders.values()]
        if unordered:
            self.orders[self.studio.produce(unordered[0], publish="now")] = unordered[0]
        elif undone:
            self.episodes[self.studio.make_episode(self.show_id, undone[0], title=f"Number {self.number}")] = undone[0]
        elif len(open_orders) < _OPEN_ORDERS_MAX or self.wants_to_upload:
            self._upload()
        else:
            for order in open_orders:
                found = self.studio.ask("GET", f"/api/operations/{order}")
                if found["state"] not in {"queued", "running"} and not self._tries_again(found):
                    self.ended.add(order)
            time.sleep(0.1)

    def _upload(self) -> None:
        self.number, self.wants_to_upload = self.number + 1, False
        recording = distinct(self.speech, self.speech.with_name("next.wav"), self.number)
        self.uploads_since = time.monotonic()
        self.media.append(self.studio.upload(recording)["id"])
        self.upload_seconds.append(time.monotonic() - self.uploads_since)
        self.uploads_since = None

    def finish(self) -> None:
        """Waits until every order has ended."""
        deadline = time.monotonic() + _END_SECONDS_MAX
        for order in self.orders:
            while self._tries_again(self.studio.wait(order, max(1.0, deadline - time.monotonic()))):
                pass

    def _tries_again(self, operation: Mapping[str, Any]) -> bool:
        """The rule of three attempts stays on: what three kills in one step ended is ordered again, as people do."""
        if operation["state"] != "failed" or operation["error"]["code"] != "work_keeps_stopping":
            return False
        self.studio.ask("POST", f"/api/operations/{operation['id']}/retry")
        self.tried_again += 1
        return True


@dataclass(slots=True)
class KilledLine:
    """An installation in a folder of its own, and its person."""

    place: Path
    chance: random.Random
    settings: dict[str, object] = field(init=False)
    process: "Popen[bytes]" = field(init=False)
    onlooker: Onlooker = field(init=False)
    person: Person = field(init=False)
    kills: list[Kill] = field(default_factory=list)
    charge_seconds: float = _USUAL_SECONDS
    _thread: Thread | None = None

    def __post_init__(self) -> None:
        self.place.mkdir()
        self.settings = {**base_settings(self.data), **_SETTINGS}
        self.onlooker = Onlooker(self.data)

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.place / "data"

    def furnish(self) -> None:
        """It has been started; now somebody comes who may do anything, and whose first orders nobody disturbs."""
        database = Database(f"sqlite:///{self.data / 'donecast.sqlite'}")
        count_publications(database)
        database.dispose()
        studio = studio_of(self.settings)
        me = studio.ask("GET", "/api/auth/me")["account"]["id"]
        studio.ask("PUT", f"/api/admin/credits/accounts/{me}/tier", json={"tier_id": "unlimited"})
        self.person = Person(studio, studio.make_show("Killed")["id"], speak(_TEXT, self.place / "speech.wav"))
        self._begin_to_act()
        self._watch_a_charge()
        _wait_until(lambda: len(self.person.ended) >= _UNDISTURBED, _END_SECONDS_MAX)

    def start(self) -> float:
        """Until it is healthy; answers after how many seconds."""
        begun = time.monotonic()
        self.process = start_donecast(["up"], self.settings, self.place / "up.log")
        await_url(f"http://127.0.0.1:{self.settings['port']}/readyz", self.process, 240)
        return time.monotonic() - begun

    def _begin_to_act(self) -> None:
        self._thread = Thread(target=self.person.act, daemon=True)
        self._thread.start()

    def _watch_a_charge(self) -> None:
        """How long it takes from the end of a render until it is charged."""
        charged = "SELECT count(*) FROM credit_entries WHERE act = 'charge' AND reason = 'ASSEMBLY'"
        if self._render_ends():
            before, begun = self.onlooker.number(charged), time.monotonic()
            _wait_until(lambda: self.onlooker.number(charged) > before, 5.0)
            self.charge_seconds = max(0.02, time.monotonic() - begun)

    def _render_ends(self) -> bool:
        _wait_until(lambda: bool(renders_of(self.process.pid)), _AIM_SECONDS_MAX)
        rendering = renders_of(self.process.pid)
        return _wait_until(lambda: any(not one.lives for one in rendering), _AIM_SECONDS_MAX)

    def kill_once(self) -> Kill:
        """Chooses a step that was met least, a moment within it, and looks at what comes of it."""
        # A step that is over too soon to be met is tried more often, and does not take all kills.
        seen = [stage for kill in self.kills for stage in (kill.aimed, *(kill.met & {kill.aimed}))]
        fewest = min(seen.count(stage) for stage in STAGES)
        aimed = self.chance.choice([stage for stage in STAGES if seen.count(stage) == fewest])
        part = self.chance.random()
        began, usual_seconds = self._await_beginning(aimed)
        time.sleep(max(0.0, began + part * usual_seconds - time.monotonic()))
        after_seconds, children = time.monotonic() - began, children_of(self.process.pid)
        was_rendering = any(one.lives for one in renders_of(self.process.pid))
        self.process.kill()
        self.process.wait(10)
        if self._thread is not None:
            self._thread.join(60)
        met_now = {step for _, step, _ in self.onlooker.running()}
        if "assemble" in met_now and aimed == "charge" and not was_rendering:
            met_now = met_now - {"assemble"} | {"charge"}
        if self.person.uploads_since is not None:
            met_now.add("upload")
            self.person.uploads_since = None
        broken_off, left = self.onlooker.tokens(), self._temporary()
        gone = seconds_until_gone(children, GONE_SECONDS_MAX)
        begun = time.monotonic()
        healthy_seconds = self.start()
        again = _wait_until(lambda: self._goes_on(broken_off), _AGAIN_SECONDS_MAX)
        wrong = [*self._lost(), *self._twice()]
        wrong += [f"a process lives on for {gone:.0f} s"] if gone > GONE_SECONDS_MAX else []
        wrong += [f"left behind: {name}" for name in left & self._temporary()]
        wrong += [] if again else [f"work that was broken off waits: {broken_off}"]
        kill = Kill(aimed, frozenset(met_now), after_seconds, healthy_seconds, time.monotonic() - begun, tuple(wrong))
        self.kills.append(kill)
        self._begin_to_act()
        return kill

    def _await_beginning(self, stage: str) -> tuple[float, float]:
        """When a stage began that nobody had begun before, and how long it takes."""
        if stage == "upload":
            self.person.wants_to_upload = True
            _wait_until(lambda: self.person.uploads_since is not None, _AIM_SECONDS_MAX)
            return self.person.uploads_since or time.monotonic(), median(self.person.upload_seconds)
        if stage == "charge":
            self._render_ends()
            return time.monotonic(), self.charge_seconds
        before = self.onlooker.running()
        _wait_until(lambda: any(step == stage for _, step, _ in self.onlooker.running() - before), _AIM_SECONDS_MAX)
        return time.monotonic(), self.onlooker.usual_seconds(stage)

    def _goes_on(self, broken_off: Mapping[str, int]) -> bool:
        waiting = "SELECT id, lease_token FROM operations WHERE state IN ('queued', 'running') AND lease_holder IS NULL"
        still = {*self.onlooker.tokens().items(), *self.onlooker.rows(waiting)}
        begun = self.onlooker.tokens()
        return all(
            begun.get(one, -1) > token or one not in {name for name, _ in still} for one, token in broken_off.items()
        )

    def _temporary(self) -> set[str]:
        found = [*(self.data / "temporary").iterdir(), *(self.data / "blobs").glob("??/*#*")]
        return {path.name for path in found}

    def _lost(self) -> list[str]:
        """What was answered and is not there."""
        wrong = []
        for table, ids in (
            ("media_items", self.person.media),
            ("episodes", list(self.person.episodes)),
            ("operations", list(self.person.orders)),
        ):
            kept = {row for (row,) in self.onlooker.rows(f"SELECT id FROM {table}")}
            wrong += [f"lost: {one} of {table}" for one in ids if one not in kept]
        return wrong

    def _twice(self) -> list[str]:
        """What happened twice."""
        wrong = []
        for words, query in (
            ("renditions", "SELECT episode_id FROM renditions GROUP BY 1 HAVING count(*) > 1"),
            ("publications", "SELECT episode_id FROM sim_publications GROUP BY 1 HAVING count(*) > 1"),
            (
                "charges",
                "SELECT operation_id FROM credit_entries WHERE act = 'charge' GROUP BY 1 HAVING count(*) > 1",
            ),
            (
                "charges for one assembly",
                "SELECT episode_id FROM credit_entries WHERE act = 'charge' AND reason = 'ASSEMBLY' "
                "GROUP BY 1 HAVING count(*) > 1",
            ),
        ):
            wrong += [f"two {words}: {one}" for (one,) in self.onlooker.rows(query)]
        return wrong

    def person_may_go(self) -> None:
        """Nothing new is uploaded or ordered from now on."""
        if self._thread is not None:
            self.person.has_had_enough = True
            self._thread.join(60)

    def stop(self) -> None:
        """Ends the program kindly, and the person's acts with it."""
        self.person_may_go()
        stop(self.process)

    def finish(self) -> list[str]:
        """Lets everything come to its end, stops it kindly, and answers what is wrong then."""
        self.person_may_go()
        self.person.finish()
        self.stop()
        wrong = [*self._lost(), *self._twice(), *(one for one in self.person.refusals if ": 500 " in one)]
        for order, episode in self.person.orders.items():
            figures = {
                "done": self.onlooker.number("SELECT count(*) FROM operations WHERE id = ? AND state = 'done'", order),
                "renditions": self.onlooker.number("SELECT count(*) FROM renditions WHERE episode_id = ?", episode),
                "publications": self.onlooker.number(
                    "SELECT count(*) FROM sim_publications WHERE episode_id = ?", episode
                ),
                "charges": self.onlooker.number(
                    "SELECT count(*) FROM credit_entries WHERE episode_id = ? AND act = 'charge' "
                    "AND reason = 'ASSEMBLY'",
                    episode,
                ),
            }
            wrong += [f"order {order}: {figures}"] if set(figures.values()) != {1} else []
        for reason, table in (("TRANSCRIPTION", "transcripts"), ("TTS_GENERATION", "spoken_clips")):
            charges = self.onlooker.number(
                "SELECT count(*) FROM credit_entries WHERE act = 'charge' AND reason = ?", reason
            )
            made = self.onlooker.number(f"SELECT count(*) FROM {table}")
            wrong += [f"{charges} charges for {reason}, and {made} were made"] if charges != made else []
        holds = self.onlooker.number("SELECT count(*) FROM credit_holds WHERE state = 'open'")
        wrong += [f"{holds} holds left"] if holds else []
        return wrong + [f"left behind: {name}" for name in sorted(self._temporary())]


def _wait_until(is_so: Callable[[], bool], seconds_max: float) -> bool:
    deadline = time.monotonic() + seconds_max
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True
