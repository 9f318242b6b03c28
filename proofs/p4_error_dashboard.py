"""The pages of errors and monitoring in a browser: 250 issues of a stand-in for Sentry, every failure by its name.

"Token dead" is met twice, with a mirror from before and with nothing at all, and is never shown as "no errors".
Without any Sentry the same page shows what DoneCast keeps itself.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from sqlalchemy import text

from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from donecast.production import service as production
from proofs.browser_walk import print_problems, walk
from proofs.harness import ROOT, ProofFailed, Studio, base_settings, folder, run_admin, studio_of, table
from tests.support.own_errors import happened
from tests.support.rude_server import RudeServer, listening
from tests.support.sentry_server import SentryStandIn, sentry_service
from tests.support.servers import await_url, start_donecast, stop
from tests.support.sounds import tone
from tools.environment import Environment

DURATION = "about 5 minutes"
_ISSUES = 250
_LOOKS = 100
_LIST_MS_MAX = 300.0
_EVENTS = "/api/admin/feedback/sentry/events"
_STATS = "/api/admin/feedback/sentry/stats"
_EMAIL = "runs-it@example.com"
_MIRROR_SECONDS_MAX = 90.0
_AT_ONCE_SECONDS = 5.2
_OWN = {"step_lease_ms": 600_000}
"""So long that the worker does not begin the stuck work again by itself while a person looks."""
_KINDS = {
    "token_dead": "Sentry does not accept our token any more.",
    "scope_missing": "Our token may not read errors in Sentry.",
    "not_found": "Sentry does not know our organisation.",
    "hang": "Sentry takes too long to answer.",
    "broken": "Sentry has a fault of its own.",
    "page": "What answers is not Sentry.",
    "cut": "What answers is not Sentry.",
    "rate_limited": "Sentry asks us to slow down.",
}


@dataclass(slots=True)
class Installation:
    """A running DoneCast, and who runs it."""

    settings: Mapping[str, Any]
    studio: Studio
    password: str
    shots: Path

    def walk(self, mode: str, **more: object) -> dict[str, Any]:
        """A walk through its page of errors."""
        given = {"url": self.studio.url, "email": _EMAIL, "password": self.password, "shots": self.shots}
        found = walk("errors", {**given, "mode": mode, **more})
        print_problems(found)
        return found


@dataclass(slots=True)
class Figures:
    """What was seen."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    walks: list[dict[str, Any]] = field(default_factory=list)

    def note(self, what: str, wanted: object, seen: object, *, holds: bool) -> None:
        """One line of the table."""
        self.rows.append((what, wanted, seen, "holds" if holds else "FAILS"))


def main(arguments: list[str]) -> int:
    """Pictures go to the first argument, a folder."""
    shots = Path(arguments[0]) if arguments else ROOT / "test-results" / "screens"
    shots.mkdir(parents=True, exist_ok=True)
    Environment().ensure_studio()
    figures = Figures()
    with folder() as place, sentry_service() as stand_in:
        stand_in.retry_after_seconds = 5
        _fill(stand_in)
        with _installation(place / "answers", shots, stand_in.settings()) as installation:
            _answers(installation, stand_in, figures)
        stand_in.manner = "token_dead"
        with _installation(place / "dead", shots, stand_in.settings()) as installation:
            _token_dead(installation, figures)
        with _installation(place / "own", shots, _OWN) as installation:
            _own(installation, figures)
    return _told(figures, shots)


def _answers(installation: Installation, stand_in: SentryStandIn, figures: Figures) -> None:
    studio = installation.studio
    _await_mirror(studio)
    ids = _all_pages(studio)
    figures.note("issues paged over the API", _ISSUES, len(ids), holds=len(ids) == _ISSUES)
    p95 = _list_p95_ms(studio)
    figures.note(
        "list from the mirror, p95 of 100", f"<= {_LIST_MS_MAX:.0f} ms", f"{p95:.0f} ms", holds=p95 <= _LIST_MS_MAX
    )
    oldest = next(issue for issue in stand_in.issues.values() if int(issue["count"]) > 8)
    with _control(stand_in, installation) as control:
        found = installation.walk("answers", control=control, kinds=json.dumps(_KINDS), request=f"req-{oldest['id']}-6")
    figures.walks.append(found)
    shown = found.get("shown", 0)
    figures.note("issues paged in the browser", _ISSUES, shown, holds=shown == _ISSUES)
    seen = len(found["kinds"])
    figures.note("failures shown by their names", len(_KINDS), seen, holds=seen == len(_KINDS))
    audit = studio.ask("GET", "/api/admin/audit")["entries"]
    acts = [entry["act"] for entry in audit]
    figures.note("the change in the audit log", "resolve_error", acts[:1], holds=acts.count("resolve_error") == 1)


def _token_dead(installation: Installation, figures: Figures) -> None:
    stats = installation.studio.ask("GET", _STATS)
    said = (stats["total_unresolved"], stats["api_available"], stats["source"]["state"])
    figures.note("token dead from the start", "not known", said, holds=said == (None, False, "sentry_token_dead"))
    figures.walks.append(installation.walk("token_dead", kinds=json.dumps({"token_dead": _KINDS["token_dead"]})))


def _own(installation: Installation, figures: Figures) -> None:
    ground = lay_ground(load_settings(dict(installation.settings)))
    try:
        happened(ground.database, ground.clock.now(), "make", "publish", "transcribe", request_id="r-1")
        stuck = _stuck_work(installation.studio, ground)
    finally:
        ground.database.dispose()
    page = installation.studio.ask("GET", _EVENTS)
    said = (page["source"]["kind"], page["total"])
    figures.note("without any Sentry", "own, 3", said, holds=said == ("own", 3))
    figures.walks.append(installation.walk("own"))
    state = installation.studio.ask("GET", f"/api/operations/{stuck}")["state"]
    figures.note("the stuck work, after one click more", "failed", state, holds=state == "failed")
    acts = [entry["act"] for entry in installation.studio.ask("GET", "/api/admin/audit")["entries"]]
    ended = acts.count("stuck_work_fail_and_release")
    figures.note("its end in the audit log, after two rehearsals", 1, ended, holds=ended == 1)


def _stuck_work(studio: Studio, ground: Ground) -> str:
    """An operation whose worker was last heard of an hour ago."""
    recording = studio.ask("POST", "/api/media", files={"file": ("beans.wav", tone(2))}, data={"category": "recording"})
    episode_id = studio.make_episode(studio.make_show("The Allotment Hour")["id"], recording["id"])
    account_id = studio.ask("GET", "/api/auth/me")["account"]["id"]
    with ground.database.transaction() as session:
        operation_id = production.order(
            session,
            ground.clock,
            account_id=account_id,
            episode_id=episode_id,
            until="ready",
            publish_when="not_yet",
            request_id=None,
        )
        session.execute(
            text(
                "UPDATE operations SET state = 'running', dispatched_attempt = 1, lease_token = 1, "
                "lease_holder = 'worker-away', lease_renewed_at = :heard_at WHERE id = :id"
            ),
            {"id": operation_id, "heard_at": f"{ground.clock.now() - timedelta(hours=1):%Y-%m-%d %H:%M:%S}"},
        )
    return operation_id


def _told(figures: Figures, shots: Path) -> int:
    looks = sum(found["looks"] for found in figures.walks)
    violations = sum(len(found["violations"]) for found in figures.walks)
    page_errors = sum(len(found["page_errors"]) for found in figures.walks)
    no_errors = sum(found["no_errors_said"] for found in figures.walks)
    figures.note('times "no errors" was said while it was not known', 0, no_errors, holds=no_errors == 0)
    figures.note(f"axe, in {looks} looks", "0 violations", violations, holds=violations == 0)
    figures.note("errors of the page", 0, page_errors, holds=page_errors == 0)
    done = [line for found in figures.walks for line in found["done"]]
    print(table(figures.rows, ("what", "wanted", "seen", "")))
    print("\n".join(done))
    failed = [row for row in figures.rows if row[3] == "FAILS"]
    well = not failed and all(found["passed"] for found in figures.walks)
    print(
        f'P4: {_ISSUES} issues paged, {len(_KINDS)} failures by name, {no_errors} times "no errors" for a failure, '
        f"{violations} axe violations in {looks} looks, {page_errors} page errors; pictures in {shots}"
    )
    return 0 if well else 1


def _fill(stand_in: SentryStandIn) -> None:
    """250 issues of the last twenty hours, the worst of them now and then."""
    now = datetime.now(UTC)
    kinds = ("ValueError", "TimeoutError", "KeyError", "SpeechUnsure")
    levels = ("error", "error", "warning", "fatal", "error", "info")
    for number in range(_ISSUES):
        stand_in.add_issue(
            number,
            seen=now - timedelta(minutes=5 * number, seconds=number),
            level=levels[number % len(levels)],
            type=kinds[number % len(kinds)],
        )


@contextmanager
def _installation(place: Path, shots: Path, more: Mapping[str, Any]) -> Iterator[Installation]:
    place.mkdir()
    settings = {**base_settings(place / "data"), **more}
    server = start_donecast(["up"], settings, place / "up.log")
    try:
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
        password = run_admin(settings, "account", "--email", _EMAIL, "--admin").splitlines()[-1]
        yield Installation(settings, studio_of(settings, _EMAIL), password, shots)
    finally:
        stop(server)


def _await_mirror(studio: Studio) -> None:
    deadline = time.monotonic() + _MIRROR_SECONDS_MAX
    while time.monotonic() < deadline:
        if studio.ask("GET", _STATS)["total_unresolved"] == _ISSUES:
            return
        time.sleep(1)
    raise ProofFailed("the mirror was not filled")


def _all_pages(studio: Studio) -> set[str]:
    ids: set[str] = set()
    cursor = ""
    while True:
        page = studio.ask("GET", _EVENTS, params={"limit": 100, "cursor": cursor})
        ids |= {row["issue_id"] for row in page["events"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return ids


def _list_p95_ms(studio: Studio) -> float:
    took = []
    for _ in range(_LOOKS):
        begun = time.perf_counter()
        studio.ask("GET", _EVENTS, params={"limit": 100})
        took.append((time.perf_counter() - begun) * 1_000)
    return sorted(took)[int(_LOOKS * 0.95) - 1]


@contextmanager
def _control(stand_in: SentryStandIn, installation: Installation) -> Iterator[str]:
    """An address at which the stand-in is told how to fail next; Sentry may then be asked at once."""
    ground = lay_ground(load_settings(dict(installation.settings)))

    class Control(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            stand_in.manner = self.path.strip("/")  # type: ignore[assignment]
            stand_in.released.set()
            stand_in.released = threading.Event()
            time.sleep(_AT_ONCE_SECONDS)  # so soon nobody may ask for another look
            ground.breakers.release("sentry")
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    try:
        with listening(RudeServer(("127.0.0.1", 0), Control)) as url:
            yield url
    finally:
        ground.database.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
