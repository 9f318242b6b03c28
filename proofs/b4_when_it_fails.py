"""What is charged when work fails: once where a vendor took it, nothing where nobody did, nothing for what is stopped.

A real server and stand-ins for both vendors of words. Then a worker that is killed in the middle of an assembly, and
one that is killed (SIGKILL) before every statement of the step that puts an episode together, the capture among them,
on SQLite and on PostgreSQL: whatever it left, the next attempt ends with one charge and one file.
"""

import sys
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

from sqlalchemy import text

from donecast.credits.steps import sweep_holds
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from proofs.harness import ProofFailed, Studio, base_settings, folder, run_admin, speak, studio_of, table
from proofs.killed_captures import killed_at_every_statement
from tests.support.servers import await_url, start_donecast, stop
from tests.support.vendor import VENDORS
from tests.support.vendor_server import Fault, VendorStandIn, even_words

DURATION = "about 5 minutes"
_EMAIL = "ann@example.com"
_FIRST_EMAIL = "first@example.com"
_TEXT = "The beans are up and the rain was kind to us."
_LONG_MINUTES = 20
_ENOUGH_MC = 10_000_000
_SWEPT_AFTER = timedelta(minutes=31)
_BREAK_SECONDS = 31
"""Longer than the first break of a circuit breaker."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was done, and what it had to come to: the charges, and what is still set aside."""

    words: str
    ended: str
    charges: list[str]
    held: str
    wanted: list[str]

    @property
    def well(self) -> bool:
        """Whether it is as it should be."""
        return self.charges == self.wanted and self.held == "0.000"


def main(arguments: list[str]) -> int:
    del arguments
    cases = [case for name in VENDORS for case in _of_vendor(name)]
    cases += _of_cancelling()
    rows: list[tuple[object, ...]] = [
        (case.words, case.ended, ", ".join(case.charges) or "none", case.held, "ok" if case.well else "WRONG")
        for case in cases
    ]
    print(table(rows, ("what happened", "ended", "charged", "set aside", "")), flush=True)
    kills, wrong = killed_at_every_statement()
    failures = sum(not case.well for case in cases) + wrong
    print(
        f"B4: {len(cases)} failures and stops, {kills} kills at the statements of an assembly on two databases: "
        f"{failures} with anything but the right charge"
    )
    return 1 if failures else 0


@contextmanager
def _installation(place: Path, **more: object) -> Iterator[tuple[Studio, dict[str, Any], "Popen[bytes]"]]:
    settings = {**base_settings(place / "data"), "first_admin_email": _FIRST_EMAIL, **more}
    server = start_donecast(["up"], settings, place / "up.log")
    try:
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
        run_admin(settings, "account", "--email", _EMAIL)
        yield studio_of(settings, _EMAIL), settings, server
    finally:
        stop(server)


def _of_vendor(name: str) -> Iterator[Case]:
    vendor = VENDORS[name]
    with folder() as place, vendor.opened() as stand_in:
        quick = {"transcriber_poll_ms": 150, "transcriber_settle_ms": 600}
        with _installation(place, **vendor.settings(stand_in), **quick) as (studio, settings, _):
            admin = studio_of(settings, _FIRST_EMAIL)

            def release() -> None:
                """What an admin does who knows that the vendor is well: nobody waits for the end of a break."""
                admin.ask("POST", f"/api/admin/circuit-breakers/{name}/release")

            show = studio.make_show("The Garden Hour")["id"]
            for words, prepare, wanted in _FAILURES:
                yield _fails(studio, show, place, stand_in, f"{name}: {words}", prepare, wanted, release)
            yield _left_alone(studio, show, place, stand_in, name)


def _fails(
    studio: Studio,
    show: str,
    place: Path,
    stand_in: VendorStandIn,
    words: str,
    prepare: Any,
    wanted: int,
    release: Callable[[], None],
) -> Case:
    """One recording of its own: the vendor fails, is mended, and the same work is done again."""
    recording = speak(f"{words}. {_TEXT}", place / f"{len(stand_in.requests)}.wav")
    stand_in.script = even_words(_TEXT, 2_000)
    media = studio.upload(recording)["id"]
    episode = studio.make_episode(show, media)
    before = _charges(studio)
    mend = prepare(stand_in)
    operation = studio.produce(episode, until="proposals")
    failed = studio.wait(operation)
    after_failure = _new(before, _charges(studio))
    mend()
    release()
    studio.ask("POST", f"/api/operations/{operation}/retry")
    ended = studio.wait(operation)
    charges = _new(before, _charges(studio))
    told = f"{failed['state']}, again: {ended['state']}"
    if len(after_failure) != wanted or len(charges) != 1:
        told += f"; charged {len(after_failure)} after the failure and {len(charges)} in the end"
        return Case(words, told, [*charges, "WRONG"], _held(studio), charges)
    error = (failed["error"] or {}).get("code", "")
    return Case(words, f"{told} ({error})", charges, _held(studio), charges)


def _left_alone(studio: Studio, show: str, place: Path, stand_in: VendorStandIn, name: str) -> Case:
    """The vendor takes nothing until its circuit breaker opens; then nothing is sent; a break later it is well."""
    recording = speak(f"{name} is left alone. {_TEXT}", place / "left alone.wav")
    stand_in.script = even_words(_TEXT, 2_000)
    episode = studio.make_episode(show, studio.upload(recording)["id"])
    before = _charges(studio)
    stand_in.faults = [Fault(kind, "status", 503, times=10_000) for kind in ("formats", "create", "upload")]
    operation = studio.produce(episode, until="proposals")
    codes = [_code(studio.wait(operation))]
    for _ in range(2):
        asked = len(stand_in.requests)
        studio.ask("POST", f"/api/operations/{operation}/retry")
        codes.append(_code(studio.wait(operation)))
    sent_while_open = len(stand_in.requests) - asked
    opened = studio.ask("GET", "/api/health/circuit-breakers")["breakers"][name]["state"]
    charged_meanwhile = len(_new(before, _charges(studio)))
    stand_in.faults = []
    time.sleep(_BREAK_SECONDS)
    studio.ask("POST", f"/api/operations/{operation}/retry")
    ended = studio.wait(operation)["state"]
    charges = _new(before, _charges(studio))
    well = opened == "open" and codes[-1] == "speech_resting" and not sent_while_open and not charged_meanwhile
    told = f"{', '.join(codes)}; breaker {opened}, {sent_while_open} sent; after its break: {ended}"
    words = f"{name}: takes nothing, until its breaker opens"
    wanted = charges if well and len(charges) == 1 and ended == "done" else ["one charge, after the break"]
    return Case(words, told, charges, _held(studio), wanted)


def _code(operation: Mapping[str, Any]) -> str:
    return str((operation["error"] or {}).get("code", operation["state"]))


def _job_fails(stand_in: VendorStandIn) -> Any:
    stand_in.problems = ["The service broke."]
    return lambda: None


def _key_refused(stand_in: VendorStandIn) -> Any:
    key, stand_in.key = stand_in.key, "another"

    def mend() -> None:
        stand_in.key = key

    return mend


def _always(kind: str, status: int) -> Any:
    def prepare(stand_in: VendorStandIn) -> Any:
        stand_in.faults = [Fault(kind, "status", status, times=10_000)]

        def mend() -> None:
            stand_in.faults = []

        return mend

    return prepare


_FAILURES = (
    ("takes the job and fails", _job_fails, 1),
    ("refuses the key", _key_refused, 0),
    ("takes no sound, 500", _always("upload", 500), 0),
    ("takes no job, 402", _always("submit", 402), 0),
)


def _of_cancelling() -> Iterator[Case]:
    vendor = VENDORS["assemblyai"]
    with folder() as place, vendor.opened() as stand_in:
        stand_in.script = even_words(_TEXT * 40, _LONG_MINUTES * 60_000 - 1_000)
        with _installation(place, **vendor.settings(stand_in)) as (studio, settings, server):
            show = studio.make_show("The Long Hour")["id"]
            media = studio.upload(_long_recording(place))["id"]
            operation = studio.produce(studio.make_episode(show, media))
            told = _stop_assembling(studio, operation)
            ended = studio.wait(operation)
            charges = [one for one in _charges(studio) if one.startswith("ASSEMBLY")]
            told = f"{ended['state']} {told}"
            yield Case("stopped in the middle of an assembly", told, charges, _held(studio), [])

            studio.ask("POST", f"/api/operations/{operation}/retry")
            at_percent = _until_assembling(studio, operation)
            told = f"killed at {at_percent} %, with {_held(studio)} set aside"
            server.kill()
            server.wait(10)
        database = Database(load_settings(settings).database_url)
        yield from _left_behind(database, told)
        database.dispose()


def _stop_assembling(studio: Studio, operation: str) -> str:
    at_percent = _until_assembling(studio, operation)
    held = _held(studio)
    studio.ask("POST", f"/api/operations/{operation}/cancel")
    return f"at {at_percent} %, with {held} set aside"


def _left_behind(database: Database, told: str) -> Iterator[Case]:
    later = FixedClock(datetime.now(UTC) + _SWEPT_AFTER)
    swept = sweep_holds(database, later)
    with database.reading() as session:
        charges = session.execute(
            text("SELECT count(*) FROM credit_entries WHERE act = 'charge' AND reason = 'ASSEMBLY'")
        ).scalar_one()
        held_mc = session.execute(text("SELECT sum(held_mc) FROM credit_wallets")).scalar_one()
    yield Case(
        "worker gone in the middle of an assembly",
        f"{told}; {swept} swept after half an hour",
        ["ASSEMBLY"] * charges,
        f"{held_mc / 1_000:.3f}",
        [],
    )


def _until_assembling(studio: Studio, operation: str, seconds: float = 400) -> int:
    """Waits until the assembly has come a part of the way; answers how far."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = studio.ask("GET", f"/api/operations/{operation}")
        for step in found["steps"]:
            if step["name"] == "assemble" and step["state"] == "running" and (step["percent"] or 0) >= 10:
                return int(step["percent"])
        if found["state"] not in {"queued", "running"}:
            raise ProofFailed(f"the assembly was not seen: {found}")
        time.sleep(0.05)
    raise ProofFailed("no assembly began")


def _charges(studio: Studio) -> list[str]:
    """Reason and amount of every charge, newest first."""
    invoices = studio.ask("GET", "/api/billing/ledger", params={"limit": 100})["invoices"]
    entries = [entry for invoice in invoices for entry in invoice["entries"]]
    newest = sorted(entries, key=lambda entry: -entry["number"])
    return [f"{one['reason']} {one['credits']} #{one['number']}" for one in newest if one["what"] == "charge"]


def _new(before: list[str], after: list[str]) -> list[str]:
    return [one for one in after if one not in before]


def _held(studio: Studio) -> str:
    return str(studio.ask("GET", "/api/billing/standing")["held"])


def _long_recording(place: Path) -> Path:
    """So long that its assembly can be met in the middle."""
    with wave.open(str(speak(_TEXT, place / "said.wav"))) as reader:
        rate, frames = reader.getframerate(), reader.readframes(reader.getnframes())
    out = place / "long.wav"
    with wave.open(str(out), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(frames * (_LONG_MINUTES * 60 * rate * 2 // len(frames)))
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
