"""`donecast up` killed at random moments while it renders: what the restarted one makes of it, and what lies about."""

import json
import math
import os
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

from sqlalchemy import text

from benchmarks._episode import digest_of
from benchmarks._material import speech_file
from donecast.core.plan import render_plan_from_json
from donecast.core.template import MediaSource, RecordingSource, Segment, Template, template_to_json
from donecast.engine.limits import EngineLimits
from donecast.engine.render import render
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from proofs.harness import ProofFailed, Studio, base_settings, distinct, run_admin, speak, studio_of
from proofs.killing import Running, renders_of, seconds_until_gone
from tests.support.servers import await_url, start_donecast, stop

_TEXT = "Good morning. This is a short note about the garden. The beans are up, and the rain was kind to us."
_INTRO_SECONDS = 90
_QUICK = {"worker_heartbeat_ms": 400, "worker_lease_ms": 2_500, "dispatch_interval_ms": 100}
_GONE_SECONDS_MAX = 10.0
_POLL_SECONDS = 0.01
_TRIES = 2


@dataclass(frozen=True, slots=True)
class KilledServer:
    """What became of one episode whose server was killed while it rendered."""

    moment_seconds: float
    had_rendered: bool
    orphan_seconds: float
    state: str
    runs: int
    same_sound: bool
    renditions: int
    stray: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether the promise was kept."""
        right = self.state == "done" and self.same_sound and self.renditions == 1
        return right and not self.stray and self.orphan_seconds <= _GONE_SECONDS_MAX


@dataclass(slots=True)
class Installation:
    """A DoneCast in a folder, whose server can be killed and started again, and a show with a long intro."""

    place: Path
    settings: Mapping[str, object]
    process: "Popen[bytes]" = field(init=False)
    studio: Studio = field(init=False)
    show_id: str = field(init=False)
    template_id: str = field(init=False)

    def start(self) -> None:
        """Until it is ready."""
        self.process = start_donecast(["up"], self.settings, self.place / "up.log")
        await_url(f"http://127.0.0.1:{self.settings['port']}/readyz", self.process)

    def furnish(self) -> None:
        """A show whose template begins with a minute and a half of speech, so that a render takes a while."""
        self.studio = studio_of(self.settings)
        self.show_id = str(self.studio.make_show("Killed")["id"])
        intro = speech_file(self.place, _INTRO_SECONDS)
        with intro.open("rb") as file:
            media = self.studio.ask(
                "POST", "/api/media", files={"file": (intro.name, file)}, data={"category": "intro"}
            )
        template: dict[str, Any] = self.studio.ask("GET", f"/api/shows/{self.show_id}/templates")[0]
        self.template_id = str(template["id"])
        segments = (
            Segment("intro", "intro", "Intro", MediaSource(str(media["id"]))),
            Segment("content", "content", "Talk", RecordingSource(), offset_ms=-500),
        )
        definition = template_to_json(Template(str(template["name"]), segments))
        self.studio.ask("PUT", f"/api/templates/{self.template_id}", json={"definition": definition})

    def order(self, speech: Path, number: int) -> tuple[str, str]:
        """The ids of a new episode's operation and of the episode; its recording is one that no other has."""
        media = self.studio.upload(distinct(speech, self.place / f"talk-{number}.wav", number))
        episode_id = self.studio.make_episode(
            self.show_id, media["id"], title=f"Talk {number}", template_id=self.template_id
        )
        return self.studio.produce(episode_id), episode_id

    def await_render(self, operation_id: str) -> list[Running]:
        """Who renders, as soon as somebody does. Raises ProofFailed when the operation ends before."""
        while not (found := renders_of(self.process.pid)):
            operation = self.studio.ask("GET", f"/api/operations/{operation_id}")
            if operation["state"] not in {"queued", "running"}:
                raise ProofFailed(f"it ended without a render: {operation}")
            time.sleep(_POLL_SECONDS)
        return found

    @contextmanager
    def ground(self) -> Iterator[Ground]:
        """Its database and files, as the program sees them."""
        ground = lay_ground(load_settings(dict(self.settings)))
        try:
            yield ground
        finally:
            ground.database.dispose()

    def rows(self, query: str, **values: object) -> Sequence[Any]:
        """What the database answers."""
        with self.ground() as ground, ground.database.reading_engine.connect() as connection:
            return connection.execute(text(query), values).all()


@contextmanager
def installation(place: Path) -> Iterator[Installation]:
    """One that is ready for orders."""
    one = Installation(place, {**base_settings(place / "data"), **_QUICK})
    one.start()
    try:
        one.furnish()
        yield one
    finally:
        stop(one.process)


@dataclass(frozen=True, slots=True)
class KilledServers:
    """All kills, and stored files that no row names after them.

    Then: whether producing the last episode again reused its audio, how long that took, and how long a render takes.
    """

    killed: Sequence[KilledServer]
    unused_files: int
    reused: bool
    reuse_seconds: float
    render_seconds: float


def killed_servers(place: Path, count: int, seed: int) -> KilledServers:
    """So many kills while an episode is rendered, and those that came too late; then one is produced again."""
    choose = random.Random(seed)
    speech = speak(_TEXT, place / "speech.wav")
    found = []
    with installation(place) as here:
        operation_id, episode_id = here.order(speech, 0)
        seconds = seconds_until_gone(here.await_render(operation_id), 120)
        if math.isinf(seconds):
            raise ProofFailed("the render does not end even when nobody disturbs it")
        here.studio.wait(operation_id)
        latest = seconds
        for number in range(1, _TRIES * count + 1):
            episode_id, one = _killed(here, speech, number, choose.uniform(0, latest))
            print(f"{number:3} {one}", file=sys.stderr, flush=True)
            found.append(one)
            if one.had_rendered:
                latest = one.moment_seconds  # renders take less than that by now
            if sum(not one.had_rendered for one in found) == count:
                break
        return KilledServers(found, _unused_files(here), *_produced_again(here, episode_id), seconds)


def _killed(here: Installation, speech: Path, number: int, moment_seconds: float) -> tuple[str, KilledServer]:
    operation_id, episode_id = here.order(speech, number)
    workers = here.await_render(operation_id)
    time.sleep(moment_seconds)
    had_rendered = not any(worker.lives for worker in workers)
    here.process.kill()
    here.process.wait(10)
    orphan_seconds = seconds_until_gone(workers, _GONE_SECONDS_MAX)
    here.start()
    operation = here.studio.wait(operation_id, 120)
    runs = {step["name"]: step["runs"] for step in operation["steps"]}
    renditions = here.rows("SELECT plan_digest FROM renditions WHERE episode_id = :id", id=episode_id)
    return episode_id, KilledServer(
        moment_seconds=round(moment_seconds, 3),
        had_rendered=had_rendered,
        orphan_seconds=round(orphan_seconds, 3),
        state=operation["state"],
        runs=runs["assemble"],
        same_sound=bool(renditions) and _as_rendered_here(here, str(renditions[0][0])),
        renditions=len(renditions),
        stray=tuple(_strays(here)),
    )


def _as_rendered_here(here: Installation, plan_digest: str) -> bool:
    """Whether the audio is, byte for byte, what a render of the same plan gives that nobody disturbs."""
    plan_json, content_hash = here.rows(
        "SELECT plan, content_hash FROM rendered_audio WHERE plan_digest = :digest", digest=plan_digest
    )[0]
    plan = render_plan_from_json(json.loads(plan_json))
    with here.ground() as ground:
        sources = {source: ground.blobs.local_path(source, here.place) for source in plan.source_hashes}
        out = here.place / "again" / "audio"
        render(plan, sources, out, limits=EngineLimits())
    return digest_of(out) == str(content_hash)


def _strays(here: Installation) -> Iterator[str]:
    """Temporary files and half-stored ones."""
    data = Path(str(here.settings["data"]))
    yield from (path.name for path in (data / "temporary").iterdir())
    yield from (path.name for path in (data / "blobs").glob("??/*#*"))


def _unused_files(here: Installation) -> int:
    """How many stored files no row names, as the operator is told; that one is told of is tried with one."""
    with here.ground() as ground:
        ground.blobs.put_bytes(b"Nobody names me.")
    for path in (Path(str(here.settings["data"])) / "blobs").glob("??/*"):
        os.utime(path, (0, 0))  # only what is a day old is looked at
    told = int(run_admin(here.settings, "unused-files").splitlines()[-1].split()[0])
    if not told:
        raise ProofFailed("a file that nothing names is not told of")
    return told - 1


def _produced_again(here: Installation, episode_id: str) -> tuple[bool, float]:
    """Whether an unchanged episode keeps its audio without a render, and how long that takes."""
    before = here.rows("SELECT rendition_id FROM episodes WHERE id = :id", id=episode_id)
    audio = here.rows("SELECT plan_digest, content_hash, made_at FROM rendered_audio ORDER BY plan_digest")
    begun, rendered = time.monotonic(), False
    operation_id = here.studio.produce(episode_id)
    while (operation := here.studio.ask("GET", f"/api/operations/{operation_id}"))["state"] in {"queued", "running"}:
        rendered = rendered or bool(renders_of(here.process.pid))
        time.sleep(_POLL_SECONDS)
    seconds = time.monotonic() - begun
    after = here.rows("SELECT rendition_id FROM episodes WHERE id = :id", id=episode_id)
    same = audio == here.rows("SELECT plan_digest, content_hash, made_at FROM rendered_audio ORDER BY plan_digest")
    return bool(operation["state"] == "done" and same and before == after and not rendered), seconds
