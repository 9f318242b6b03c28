"""Every request has an id, and it is found again everywhere: answers, error bodies, log lines, steps, ledger.

A real `donecast up`. One episode is made, then every operation of the API's description and every page is asked by a
stranger, a person and an admin, each time under an id of its own, and by callers who send what no route takes. What is
no HTTP at all, an invented method among it, is refused by the server before it is a request.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from proofs.harness import ROOT, ProofFailed, Studio, donecast_up, folder, run_admin, speak, studio_of, table

DURATION = "about 3 minutes"
_PERSON = "ann@example.com"
_TEXT = "Good morning. The beans are up and the rain was kind to us."
_ERROR_FIELDS = {"code", "message", "retryable", "action", "request_id", "details"}
_LEAVES_NO_LINE = "/livez"
_OTHERS = (
    *(("GET", path) for path in ("/", "/studio/", "/studio/x", "/static/site.css", "/openapi.json", "/nothing")),
    *(("GET", path) for path in ("/shows/nobody", "/shows/nobody/feed.xml", "/covers/x/y", "/listen/x/y/z.mp3")),
    *(("GET", path) for path in ("/api/nothing", "/api/health/error-rate")),
    *(("POST", path) for path in ("/api/uploads", "/api/hooks/stripe", _LEAVES_NO_LINE)),
    *(("PROPFIND", path) for path in (_LEAVES_NO_LINE, "/api/shows")),
)
_BODIES = (b"{broken", b"[" * 3_000_000)
_OF_A_REQUEST = ("account_id", "operation_id", "episode_id", "route")
"""A line with one of these was written for somebody, who can ask for it."""


@dataclass(slots=True)
class Crawl:
    """What was sent and what was wrong with it."""

    sent: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    errors: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, studio: Studio, method: str, path: str, content: bytes | None = None) -> None:
        """One request under an id of its own; an error must repeat it."""
        wanted = f"o1-{len(self.sent):05d}"
        headers = {"X-Request-ID": wanted, "Content-Type": "application/json"}
        with studio.client.stream(method, f"{studio.url}{path}", headers=headers, content=content) as answer:
            streams = answer.headers.get("content-type", "").startswith("text/event-stream")
            body = b"" if streams else answer.read()
        self.sent.append(wanted)
        if path != _LEAVES_NO_LINE:
            self.told.append(wanted)
        self.statuses[answer.status_code] += 1
        where = f"{method} {path}: {answer.status_code}"
        if answer.headers.get("x-request-id") != wanted:
            self.wrong.append(f"{where} has no id, or another one")
        if answer.status_code >= 400 and "json" in answer.headers.get("content-type", "") and path != "/readyz":
            self.errors += 1
            error = json.loads(body).get("error", {})
            if set(error) != _ERROR_FIELDS or error["request_id"] != wanted or not error["message"].endswith("."):
                self.wrong.append(f"{where} is no error in our form: {body[:200]!r}")


def main(arguments: list[str]) -> int:
    if arguments:
        print("O1 takes no arguments.")
        return 2
    crawl = Crawl()
    with folder() as place:
        data, log = place / "data", place / "up.log"
        with donecast_up(data) as (admin, settings):
            run_admin(settings, "account", "--email", _PERSON)
            person = studio_of(settings, _PERSON)
            stranger = Studio(person.url, httpx2.Client(timeout=300))
            operation_id, produced = _make(person, place)
            ids = {"operation_id": operation_id}
            for studio in (stranger, admin, person):
                _crawl(crawl, studio, ids)
        lines = _lines(log)
        rows = [
            ("answers, the header", len(crawl.sent), len(crawl.wrong)),
            ("of these errors, the body", crawl.errors, sum("our form" in line for line in crawl.wrong)),
            *_of_log(lines, crawl.told),
            *_of_rows(settings, operation_id, produced),
        ]
    for trouble in crawl.wrong[:20]:
        print(trouble)
    print(table([*rows], ("what", "looked at", "without the id")))
    missing = sum(int(row[2]) for row in rows)
    print(
        f"O1: {len(crawl.sent)} requests by a stranger, a person and an admin, {crawl.errors} of them refused: "
        f"{missing} answers, error bodies, log lines, steps or ledger entries without the request's id"
    )
    return 0 if missing == 0 and all(row[1] for row in rows) else 1


def _make(person: Studio, place: Path) -> tuple[str, str]:
    """An episode from its recording to its file, ordered under a known id; answers the operation's and that id."""
    recording = speak(_TEXT, place / "talk.wav")
    episode = person.make_episode(person.make_show("The Garden Hour")["id"], person.upload(recording)["id"])
    asked = "o1-the-order"
    ordered = person.ask("POST", f"/api/episodes/{episode}/produce", json={}, headers={"X-Request-ID": asked})
    ended = person.wait(ordered["operation_id"])
    if ended["state"] != "done":
        raise ProofFailed(f"the episode was not made: {ended['error']}")
    return str(ordered["operation_id"]), asked


def _crawl(crawl: Crawl, studio: Studio, ids: Mapping[str, str]) -> None:
    for method, path in (*_operations(ids), *_OTHERS):
        crawl.ask(studio, method, path, None if method in {"GET", "DELETE"} else b"{}")
    for body in _BODIES:
        crawl.ask(studio, "POST", "/api/auth/sign-in", body)


def _operations(ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    document: dict[str, Any] = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    for path, methods in document["paths"].items():
        filled = re.sub(r"\{(\w+)\}", lambda match: ids.get(match[1], "x1"), path)
        for method in methods:
            yield method.upper(), filled


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]


def _of_log(lines: list[dict[str, Any]], sent: list[str]) -> Iterator[tuple[str, int, int]]:
    told = {line.get("request_id") for line in lines if line["event"] == "request"}
    yield "requests with a line of their own in the log", len(sent), sum(one not in told for one in sent)
    of_somebody = [line for line in lines if any(line.get(name) for name in _OF_A_REQUEST)]
    without = [line for line in of_somebody if not line.get("request_id")]
    for line in without[:5]:
        print(f"a line without an id: {line}")
    yield "log lines written for somebody", len(of_somebody), len(without)


def _of_rows(settings: Mapping[str, object], operation_id: str, asked: str) -> Iterator[tuple[str, int, int]]:
    database = Database(load_settings(settings).database_url)
    queries = {
        "operations": "SELECT request_id FROM operations WHERE id = :operation",
        "steps": "SELECT request_id FROM operation_steps WHERE operation_id = :operation",
        "ledger entries of the episode": "SELECT request_id FROM credit_entries WHERE episode_id = "
        "(SELECT episode_id FROM operations WHERE id = :operation)",
    }
    with database.reading() as session:
        for what, query in queries.items():
            found = session.scalars(text(query), {"operation": operation_id}).all()
            yield what, len(found), sum(one != asked for one in found)
    database.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
