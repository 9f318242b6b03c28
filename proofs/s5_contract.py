"""Every rude behaviour of a vendor: what a person reads, what “Try again” does, and that nothing is paid twice."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx2
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground, open_remote
from donecast.platform.durable import InlineRunner
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from donecast.speech.assemblyai import HOOK_PATH, Hook
from donecast.speech.elsewhere import Elsewhere
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import Transcriber
from donecast.speech.whisper import WhisperTranscriber
from donecast.transcripts.job_book import open_book
from proofs.harness import ProofFailed, Studio, base_settings, distinct, folder, speak, table
from tests.support.assemblyai_server import KEY, Calls, StandIn, assemblyai
from tests.support.people import sign_up
from tests.support.vendor import RUDE, Rude, elsewhere_of
from tests.support.voice_services import RUDE_TO, Dialect, voice_of, voice_service
from tests.support.voice_services import Rude as RudeVoice
from tests.support.whisper_model import make_model

DURATION = "about 6 minutes"
_SECRET = "s3cr3ts3cr3ts3cr3t"
_TEXT = "Good morning. This is a short note about the garden. The beans are up, and the rain was kind to us."
_HOOKS: tuple[tuple[Calls, str], ...] = (
    ("once", "calls once"),
    ("twice", "calls twice"),
    ("never", "never calls"),
    ("early", "calls before the job is done"),
    ("form", "calls with a form instead of JSON"),
    ("wrong secret", "somebody calls with a wrong secret"),
)
_HEAD = ("engine", "the vendor", "first", "what is read", "in the end", "jobs", "paid", "transcripts", "seconds")
_VOICE_HEAD = ("voice", "the vendor", "first", "what is read", "in the end", "asked", "paid", "seconds")
_INTRO = {"id": "intro", "kind": "intro", "title": "Intro", "source": {"type": "speech", "text": "{title}."}}
_CONTENT = {"id": "content", "kind": "content", "title": "Content", "source": {"type": "recording"}}


@dataclass(frozen=True, slots=True)
class Place:
    """An installation in this process, behind a real socket, and a person at its API."""

    ground: Ground
    studio: Studio
    show_id: str
    voices_show_id: str
    recording_id: str
    speech: Path
    folder: Path

    def hear(self, ear: Transcriber, number: int, vendor: StandIn, rude: Rude) -> tuple[tuple[object, ...], bool]:
        """One recording of its own, written out by this ear; a row of the table, and whether all is as promised."""
        media = self.studio.upload(distinct(self.speech, self.folder / f"{number}.wav", number))
        episode_id = self.studio.make_episode(self.show_id, media["id"], title=rude.name)
        operation_id = self.studio.produce(episode_id, until="proposals")
        begun = monotonic()
        workshop = Workshop(self.ground, ear, FliteSynthesizer(), PocketSphinxTranscriber())
        first = self._run(workshop, operation_id)
        if first["state"] == "failed":
            vendor.faults = []
        last = self._again(workshop, operation_id, first)
        error = first["error"] or {}
        transcripts = self._transcripts(media["id"])
        expected = rude.outcome.code if rude.outcome is not None else None
        told = bool(error.get("message") and error.get("action")) if expected else True
        asked_somebody = isinstance(ear, Elsewhere)
        counts = (len(vendor.jobs), vendor.charged())
        well = (
            error.get("code") == expected
            and told
            and last["state"] == "done"
            and transcripts == 1
            and counts == ((rude.jobs, rude.charged) if asked_somebody else (0, 0))
        )
        row = (ear.name, rude.name, error.get("code") or first["state"], error.get("message") or "", last["state"])
        return (*row, *counts, transcripts, f"{monotonic() - begun:.1f}"), well

    def say(self, dialect: Dialect, rude: RudeVoice) -> tuple[tuple[object, ...], bool]:
        """One episode whose intro this service speaks; a row of the table, and whether all is as promised."""
        title = f"{dialect}, {rude.name}"
        episode_id = self.studio.make_episode(self.voices_show_id, self.recording_id, title=title)
        operation_id = self.studio.produce(episode_id)
        begun = monotonic()
        with voice_service(dialect) as vendor:
            vendor.behave(*rude.manners)
            ear = PocketSphinxTranscriber()
            first = self._run(Workshop(self.ground, ear, voice_of(vendor, pace=rude.pace)), operation_id)
            vendor.behave("polite")
            last = self._again(Workshop(self.ground, ear, voice_of(vendor)), operation_id, first)
        error = first["error"] or {}
        expected = rude.outcome.code if rude.outcome is not None else None
        asked = rude.asked + (rude.outcome is not None)
        well = (
            error.get("code") == expected
            and bool(error.get("message") and error.get("action")) == bool(expected)
            and last["state"] == "done"
            and vendor.charged == [f"{title}."] * rude.charged
            and vendor.asked_for("speak") == asked
        )
        row = (dialect, rude.name, error.get("code") or first["state"], error.get("message") or "", last["state"])
        return (*row, vendor.asked_for("speak"), len(vendor.charged), f"{monotonic() - begun:.1f}"), well

    def _again(self, workshop: Workshop, operation_id: str, first: dict[str, Any]) -> dict[str, Any]:
        """How the work ended at last: where it failed, after a person has tried again."""
        if first["state"] != "failed":
            return first
        self.studio.ask("POST", f"/api/operations/{operation_id}/retry")
        return self._run(workshop, operation_id)

    def _run(self, workshop: Workshop, operation_id: str) -> dict[str, Any]:
        Line(workshop).produce(InlineRunner(), operation_id)
        operation: dict[str, Any] = self.studio.ask("GET", f"/api/operations/{operation_id}")
        return operation

    def _transcripts(self, media_id: str) -> int:
        with self.ground.database.reading() as session:
            found = session.execute(text("SELECT count(*) FROM transcripts WHERE media_id = :id"), {"id": media_id})
            return int(found.scalar_one())


def main(_arguments: list[str]) -> int:
    """Prints the table; 0 when every row is as promised."""
    rows: list[tuple[object, ...]] = []
    voices: list[tuple[object, ...]] = []
    broken: list[str] = []
    local: list[Transcriber]

    def note(found: tuple[tuple[object, ...], bool], rows: list[tuple[object, ...]] = rows) -> None:
        row, well = found
        rows.append(row)
        broken.extend([] if well else [str(row[1])])
        print("  ".join(map(str, row)), file=sys.stderr, flush=True)

    with folder() as here, _place(here) as place:
        with assemblyai() as vendor:
            local = [PocketSphinxTranscriber(), WhisperTranscriber(make_model(here / "model"))]
            for number, ear in enumerate(local, 1 + len(RUDE) + len(_HOOKS)):
                note(place.hear(ear, number, vendor, Rude("whatever it does: nobody asks it")))
            if vendor.requests:
                broken.append("a local engine asked a vendor")
        for number, rude in enumerate(RUDE, 1):
            with assemblyai(calls="never") as vendor:
                vendor.faults, vendor.problems = rude.faults(), list(rude.problems)
                remote = elsewhere_of(vendor, partial(open_book, place.ground))
                note(place.hear(remote, number, vendor, rude))
        for number, (calls, name) in enumerate(_HOOKS, 1 + len(RUDE)):
            with assemblyai(seconds=0.5, calls=calls) as vendor:
                hook = Hook(f"{place.studio.url}{HOOK_PATH}", _SECRET)
                remote = elsewhere_of(vendor, partial(open_book, place.ground), hook=hook)
                note(place.hear(remote, number, vendor, Rude(name)))
        for dialect, rude_voice in RUDE_TO:
            note(place.say(dialect, rude_voice), voices)
    print(table(rows, _HEAD))
    print(table(voices, _VOICE_HEAD))
    rows += voices
    for name in broken:
        print(f"not as promised: {name}")
    print(
        f"S5: {len(rows) - len(broken)} of {len(rows)} behaviours end as promised; no job lost, none paid twice unasked"
    )
    return 1 if broken else 0


@contextmanager
def _place(here: Path) -> Iterator[Place]:
    settings = base_settings(here / "data")
    url = f"http://127.0.0.1:{settings['port']}"
    ground = lay_ground(
        load_settings(
            {
                **settings,
                "log_level": "ERROR",
                "transcriber": "assemblyai",
                "assemblyai_key": KEY,
                "assemblyai_webhook_secret": _SECRET,
                "public_url": url,
            }
        )
    )
    configure_logs(ground.settings.server)
    ground.database.migrate()
    if (remote := open_remote(ground.settings)) is None or not remote.calls_back:
        raise ProofFailed("the vendor's hook is not set up")
    token = sign_up(ground, TestClient(create_app(ground)), "prover@example.com").token
    with (
        _listening(ground, int(str(settings["port"]))),
        httpx2.Client(headers={"Authorization": f"Bearer {token}"}, timeout=120) as client,
    ):
        studio = Studio(url, client)
        show_id, voices_show_id = (str(studio.make_show(title)["id"]) for title in ("The vendor", "The voices"))
        (template, *_) = studio.ask("GET", f"/api/shows/{voices_show_id}/templates")
        definition = {**template["definition"], "segments": [_INTRO, _CONTENT], "music": []}
        studio.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
        speech = speak(_TEXT, here / "speech.wav")
        recording_id = str(studio.upload(speech)["id"])
        yield Place(ground, studio, show_id, voices_show_id, recording_id, speech, here)
    ground.database.dispose()


@contextmanager
def _listening(ground: Ground, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(ground), port=port, log_config=None, timeout_graceful_shutdown=1))
    thread = Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
