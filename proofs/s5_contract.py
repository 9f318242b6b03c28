"""Every rude behaviour of a vendor: what a person reads, what “Try again” does, and that nothing is paid twice."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import httpx2
import soundfile
import uvicorn
from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits.rules.tiers import OPERATORS_TIER
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground, open_remotes, unguarded
from donecast.platform.durable import InlineRunner
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.web import Ground
from donecast.production.line import Line, Workshop
from donecast.speech.elsewhere import Elsewhere
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.remote import Hook
from donecast.speech.transcriber import Transcriber
from donecast.speech.voice_engines import VoiceEngines
from donecast.speech.whisper import WhisperTranscriber
from donecast.transcripts.job_book import open_book
from proofs.harness import ProofFailed, Studio, base_settings, distinct, folder, speak, table
from tests.support.people import sign_up
from tests.support.servers import free_port
from tests.support.vendor import VENDORS, Rude, Vendor, elsewhere_of
from tests.support.vendor_server import KEY, Calls, VendorStandIn, even_words
from tests.support.voice_services import RUDE_TO, Dialect, voice_of, voice_service
from tests.support.voice_services import Rude as RudeVoice
from tests.support.whisper_model import make_model

DURATION = "about 12 minutes; with the name of a vendor, what that one does alone"
_SECRET = "s3cr3ts3cr3ts3cr3t"
_TEXT = "Good morning. This is a short note about the garden. The beans are up, and the rain was kind to us."
_HOOKS: tuple[tuple[Calls, str], ...] = (
    ("once", "calls once"),
    ("twice", "calls twice"),
    ("never", "never calls"),
    ("early", "calls before the job is done"),
    ("another's", "calls about another's job"),
    ("odd", "calls in another form than its own"),
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

    def hear(self, ear: Transcriber, number: int, vendor: VendorStandIn, rude: Rude) -> tuple[tuple[object, ...], bool]:
        """One recording of its own, written out by this ear; a row of the table, and whether all is as promised."""
        recording = distinct(self.speech, self.folder / f"{number}.wav", number)
        vendor.script = even_words(_TEXT, round(1_000 * soundfile.info(recording).duration))
        media = self.studio.upload(recording)
        episode_id = self.studio.make_episode(self.show_id, media["id"], title=rude.name)
        operation_id = self.studio.produce(episode_id, until="proposals")
        begun = monotonic()
        workshop = Workshop(self.ground, ear, VoiceEngines(FliteSynthesizer()), PocketSphinxTranscriber())
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
            first = self._run(Workshop(self.ground, ear, VoiceEngines(voice_of(vendor, pace=rude.pace))), operation_id)
            vendor.behave("polite")
            last = self._again(Workshop(self.ground, ear, VoiceEngines(voice_of(vendor))), operation_id, first)
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


def main(arguments: list[str]) -> int:
    """Prints the table; 0 when every row is as promised. ``arguments``: the vendors, all when none is named."""
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
        numbers = count(1)
        with VENDORS["assemblyai"].opened() as vendor:
            local = [PocketSphinxTranscriber(), WhisperTranscriber(make_model(here / "model"))]
            for ear in local:
                note(place.hear(ear, next(numbers), vendor, Rude("whatever it does: nobody asks it")))
            if vendor.requests:
                broken.append("a local engine asked a vendor")
        for name in arguments or VENDORS:
            for found in _vendor_rows(place, VENDORS[name], numbers):
                note(found)
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


def _vendor_rows(place: Place, one: Vendor, numbers: Iterator[int]) -> Iterator[tuple[tuple[object, ...], bool]]:
    """What this vendor does to us, and how it calls."""
    for rude in one.rude:
        with one.opened(calls="never") as vendor:
            vendor.faults, vendor.problems = rude.faults(), list(rude.problems)
            remote = elsewhere_of(vendor, partial(open_book, place.ground))
            yield place.hear(remote, next(numbers), vendor, rude)
    with _calling(place, one) as url:
        for calls, name in _HOOKS:
            with one.opened(seconds=0.5, calls=one.odd_call if calls == "odd" else calls) as vendor:
                hook = Hook(url, _SECRET)
                remote = elsewhere_of(vendor, partial(open_book, place.ground), hook=hook)
                yield place.hear(remote, next(numbers), vendor, Rude(name))


@contextmanager
def _calling(place: Place, one: Vendor) -> Iterator[str]:
    """The address at which this vendor calls, and an app behind it on the ground of the place."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    chosen = {"transcriber": one.name, f"{one.name}_key": KEY, f"{one.name}_webhook_secret": _SECRET}
    settings = load_settings(
        {**base_settings(place.folder / "data"), **chosen, "log_level": "ERROR", "public_url": url}
    )
    remote = open_remotes(settings, unguarded)[one.name]
    if not remote.calls_back:
        raise ProofFailed(f"the hook of {one.name} is not set up")
    with _listening(replace(place.ground, settings=settings), port):
        yield f"{url}{remote.hook_path}"


@contextmanager
def _place(here: Path) -> Iterator[Place]:
    settings = base_settings(here / "data")
    url = f"http://127.0.0.1:{settings['port']}"
    ground = lay_ground(load_settings({**settings, "log_level": "ERROR", "public_url": url}))
    configure_logs(ground.settings.server)
    ground.database.migrate()
    prover = sign_up(ground, TestClient(create_app(ground)), "prover@example.com")
    with ground.database.transaction() as session:
        ledger.assign_tier(session, ground.clock, prover.account.id, OPERATORS_TIER, actor="proof")
    with (
        _listening(ground, int(str(settings["port"]))),
        httpx2.Client(headers=prover.headers, timeout=120) as client,
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
