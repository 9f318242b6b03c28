"""Ten minutes with an ElevenLabs intro and a standard outro: the ledger has each charge, and everything adds up.

A real server, a person on the free plan, AssemblyAI, ElevenLabs and Google as stand-ins over real sockets. The voices
speak 30.000 seconds each. Asked are the ledger, the usage, the quote before the work, and the statement, which is
replayed line by line; `donecast credits verify` looks at the books last.
"""

import csv
import io
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from proofs.harness import ProofFailed, Studio, base_settings, folder, run_admin, speak, studio_of, table
from tests.support.servers import await_url, environment_of, start_donecast, stop
from tests.support.vendor import VENDORS
from tests.support.vendor_server import even_words
from tests.support.voice_services import KEY, MODEL, VOICES, VoiceService, voice_service

DURATION = "about 1 minute"
_EMAIL = "ann@example.com"
_MINUTES = 10
_SPOKEN_MS = 30_000
_CHARACTERS = 400
_SAID = (
    "This is the garden hour. We talk about beans, and about rain, and about what the neighbours think of both. "
    "Every week somebody comes by with a question, and every week we find an answer, or at least a cup of tea. "
)


def main(arguments: list[str]) -> int:
    del arguments
    vendor = VENDORS["assemblyai"]
    with (
        folder() as place,
        vendor.opened() as ear,
        voice_service("elevenlabs") as fine,
        voice_service("google") as plain,
    ):
        ear.script = even_words("We talked about the beans and about the rain for quite a while. " * 40, 598_000)
        for service in (fine, plain):
            service.character_ms = _SPOKEN_MS // _CHARACTERS
        settings = {
            **base_settings(place / "data"),
            **vendor.settings(ear),
            "transcriber_poll_ms": 200,
            "elevenlabs_key": KEY,
            "elevenlabs_url": fine.url,
            "elevenlabs_model": MODEL,
            "google_voice_key": KEY,
            "google_voice_url": plain.url,
            "first_admin_email": "first@example.com",
        }
        server = start_donecast(["up"], settings, place / "up.log")
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
            run_admin(settings, "account", "--email", _EMAIL)
            faults = _episode(studio_of(settings, _EMAIL), place, settings, fine, plain)
        finally:
            stop(server)
    for fault in faults:
        print(f"WRONG: {fault}")
    print(f"B3: one episode, {len(faults)} things that do not agree")
    return 1 if faults else 0


def _episode(
    studio: Studio, place: Path, settings: dict[str, Any], fine: VoiceService, plain: VoiceService
) -> list[str]:
    show = studio.make_show("The Garden Hour")
    template = studio.ask("GET", f"/api/shows/{show['id']}/templates")[0]
    said = (_SAID * 4)[: _CHARACTERS - 1].strip().ljust(_CHARACTERS - 1, "a") + "."
    segments = [
        _spoken("intro", said, f"elevenlabs:{VOICES['elevenlabs'][0]}"),
        {"id": "content", "kind": "content", "title": "The episode", "source": {"type": "recording"}},
        _spoken("outro", said.upper(), f"google:{VOICES['google'][0]}"),
    ]
    definition = {**template["definition"], "segments": segments, "music": []}
    studio.ask("PUT", f"/api/templates/{template['id']}", json={"definition": definition})
    media = studio.upload(_recording(place))
    episode = studio.make_episode(show["id"], media["id"], template_id=template["id"], title="Beans")
    quote = studio.ask("GET", f"/api/episodes/{episode}/quote")
    ended = studio.wait(studio.produce(episode))
    if ended["state"] != "done":
        raise ProofFailed(f"the episode was not made: {ended}")
    finished_ms = studio.ask("GET", f"/api/episodes/{episode}")["rendition"]["duration_ms"]
    faults = _faults(studio, episode, finished_ms, quote)
    if (len(fine.charged), len(plain.charged)) != (1, 1):
        faults.append(f"ElevenLabs spoke {len(fine.charged)} times, Google {len(plain.charged)} times")
    verified = subprocess.run(
        [sys.executable, "-m", "donecast.entry.cli", "credits", "verify"],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    print(verified.stdout.strip())
    return [*faults, *([] if verified.returncode == 0 else ["donecast credits verify found something"])]


def _faults(studio: Studio, episode: str, finished_ms: int, quote: dict[str, Any]) -> list[str]:
    faults: list[str] = []

    def same(what: str, got: object, wanted: object) -> None:
        if got != wanted:
            faults.append(f"{what}: {got}, not {wanted}")

    assembly_mc = 5_000 + (2 * finished_ms * 500 + 60_000) // (2 * 60_000)
    wanted = {"TRANSCRIPTION": [15_000], "TTS_GENERATION": [750, 2_250], "ASSEMBLY": [assembly_mc]}
    invoices = studio.ask("GET", "/api/billing/ledger", params={"of_episodes": True})["invoices"]
    (invoice,) = (one for one in invoices if one["episode_id"] == episode)
    entries = list(reversed(invoice["entries"]))
    rows: list[tuple[object, ...]] = [
        (entry["reason"], entry["credits"], entry["notes"], "; ".join(entry["formulas"])) for entry in entries
    ]
    print(table(rows, ("reason", "credits", "notes", "how it came about")))
    for reason, amounts in wanted.items():
        same(reason, sorted(_mc(entry["credits"]) for entry in entries if entry["reason"] == reason), amounts)
    for entry in entries:
        parts = [_mc(formula.rpartition("= ")[2]) for formula in entry["formulas"]]
        same(f"the lines of {entry['reason']}", sum(parts), _mc(entry["credits"]))
    total_mc = sum(amount for amounts in wanted.values() for amount in amounts)
    same("the invoice", _mc(invoice["total"]), total_mc)
    if _mc(quote["total"]) < total_mc:
        faults.append(f"the quote said at most {quote['total']}, and it took {total_mc}")

    usage = studio.ask("GET", "/api/billing/usage")
    used = {reason: sum(amounts) / 1_000 for reason, amounts in wanted.items()}
    same("used", usage["credits_used_this_month"], total_mc / 1_000)
    same("remaining", usage["credits_remaining"], 90 - total_mc / 1_000)
    same("by action", {reason: usage["breakdown_by_action"][reason] for reason in wanted}, used)
    same("the newest charge", usage["recent_charges"][0]["reason"], "ASSEMBLY")

    standing = studio.ask("GET", "/api/billing/standing")
    same("available", _mc(standing["available"]), 90_000 - total_mc)
    same("set aside", _mc(standing["held"]), 0)
    faults += _replayed(studio.client, studio.url, _mc(standing["available"]))
    print(
        f"finished {finished_ms} ms; quoted at most {quote['total']}, took {total_mc / 1_000:.3f}; "
        f"{standing['available']} left of {standing['allowance']}"
    )
    return faults


def _replayed(client: httpx2.Client, url: str, available_mc: int) -> list[str]:
    """Adds up the statement from its first line on; every line's balance must be the one so far."""
    rows = list(csv.DictReader(io.StringIO(client.get(f"{url}/api/billing/statement.csv").text)))
    balance_mc, faults = 0, []
    for row in rows:
        balance_mc += _mc(row["change"])
        if balance_mc != _mc(row["balance"]):
            faults.append(f"the statement says {row['balance']} where its lines come to {balance_mc}")
    if balance_mc != available_mc:
        faults.append(f"the statement ends at {balance_mc}, and {available_mc} are there")
    print(f"the statement's {len(rows)} lines come to {balance_mc / 1_000:.3f}")
    return faults


def _mc(text: str) -> int:
    """Milli-credits of a decimal with three places."""
    return int(text.replace(".", ""))


def _spoken(kind: str, text: str, voice: str) -> dict[str, Any]:
    return {"id": kind, "kind": kind, "title": kind.title(), "source": {"type": "speech", "text": text, "voice": voice}}


def _recording(place: Path) -> Path:
    """Exactly ten minutes of the local voice."""
    with wave.open(str(speak(_SAID, place / "said.wav"))) as reader:
        rate, samples = reader.getframerate(), np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2")
    whole = np.resize(samples, _MINUTES * 60 * rate)
    out = place / "garden.wav"
    with wave.open(str(out), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(whole.tobytes())
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
