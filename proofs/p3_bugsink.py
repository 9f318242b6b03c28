"""What a real receiver of errors hears: crashes with their whole context, and nothing of what people can mend.

`donecast up` in staging sends to Bugsink, a server of its own that speaks Sentry's protocol. A table and the folder
of files are taken away below the running program: a request, a step of a workflow and an upload crash. Requests that
are refused with 404, 422, 401, 403 and 429 are made as well.

Each crash is one event, and one message more at most: that of the bug report which the crash became, with its severity,
so that alert rules can look at it. An upload belongs to no show or episode, because its request names none.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2

from proofs.harness import ProofFailed, Studio, donecast_up, folder, speak, table
from tests.support.bugsink import Bugsink, BugsinkMissing, bugsink

DURATION = "about 2 minutes"
_ALWAYS = ("user", "request_id", "action", "breadcrumbs")
_WANTED = {
    "API crash": (*_ALWAYS, "route", "show_id", "episode_id"),
    "workflow step": (*_ALWAYS, "show_id", "episode_id", "operation_id", "step"),
    "failed upload": (*_ALWAYS, "route"),
}
_REPORTS = {"API crash": 0, "workflow step": 1, "failed upload": 1}
"""A person who is told of a broken page reports it by a button; work and uploads report themselves."""
_NOT_THERE: dict[str, dict[str, str]] = {
    "API crash": {"operation_id": "no work", "step": "no work"},
    "workflow step": {"route": "no request"},
    "failed upload": {
        **{"show_id": "not named", "episode_id": "not named"},
        **{"operation_id": "no work", "step": "no work"},
    },
}
_SHOWN = ("user", "request_id", "route", "show_id", "episode_id", "action", "operation_id", "step", "breadcrumbs")


def main(arguments: list[str]) -> int:
    del arguments
    try:
        with bugsink() as receiver, folder() as place:
            return _proved(receiver, place)
    except BugsinkMissing as missing:
        print(f"P3: not shown: {missing}")
        return 1


def _proved(receiver: Bugsink, place: Path) -> int:
    more: dict[str, object] = {"environment": "staging", "sentry_dsn": receiver.dsn, "demo_show": False}
    with donecast_up(place / "data", **more) as (studio, _settings):
        asked = _break(studio, place / "data")
        refused = _be_refused(studio)
        _await_all(receiver)
    came = [event["data"] for event in receiver.events()]
    events = [event for event in came if "severity" not in event.get("tags", {})]
    reports = [event for event in came if "severity" in event.get("tags", {})]
    said = next(line for line in (place / "up.log").read_text().splitlines() if "Sentry initialized" in line)
    print(said)
    rows: list[tuple[object, ...]] = []
    lacking = surplus = 0
    for what, request_id in asked.items():
        found, told = _of(events, request_id), _of(reports, request_id)
        facts = _facts_of(found[0]) if found else {}
        lacks = [name for name in _WANTED[what] if not facts.get(name)]
        lacking += len(lacks)
        surplus += abs(len(found) - 1) + abs(len(told) - _REPORTS[what])
        shown = (facts.get(name) or _NOT_THERE[what].get(name, "") for name in _SHOWN)
        said_by = ", ".join(event["tags"]["severity"] for event in told) or "none"
        rows.append((what, len(found), said_by, *shown, ", ".join(lacks) or "nothing"))
    print(table(rows, ("what crashed", "events", "report", *_SHOWN, "lacking")))
    strangers = [event for request_id in refused.values() for event in _of(came, request_id)]
    print(table([(status, request_id, "no event") for status, request_id in refused.items()], ("refused", "as", "")))
    arrived = sum(bool(_of(events, request_id)) for request_id in asked.values())
    others = len(came) - len(strangers) - sum(len(_of(came, request_id)) for request_id in asked.values())
    print(
        f"P3: {arrived} of {len(asked)} crashes arrived as one event and {len(reports)} reports of them, "
        f"{surplus} too many or too few, {lacking} facts lacking; "
        f"{len(strangers)} events from {', '.join(refused)}; {others} others"
    )
    return 1 if lacking or surplus or strangers or others else 0


def _of(events: list[dict[str, Any]], request_id: str) -> list[dict[str, Any]]:
    return [event for event in events if event.get("tags", {}).get("request_id") == request_id]


def _break(studio: Studio, data: Path) -> dict[str, str]:
    """Lets a request, a step and an upload crash; the request id of each."""
    recording = speak("The beans are up and the rain was kind to us.", data.parent / "talk.wav")
    show = studio.make_show("Broken garden")
    episode_id = studio.make_episode(show["id"], studio.upload(recording)["id"], title="Beans")
    asked = {"API crash": "p3-request", "workflow step": "p3-step", "failed upload": "p3-upload"}
    with closing(sqlite3.connect(data / "donecast.sqlite", timeout=30)) as rows:
        rows.execute("ALTER TABLE edit_lists RENAME TO edit_lists_gone")
        rows.commit()
        _expect(studio, "GET", f"/api/episodes/{episode_id}/edit-list", 500, asked["API crash"])
        rows.execute("ALTER TABLE edit_lists_gone RENAME TO edit_lists")
        rows.commit()
    shutil.rmtree(data / "blobs")
    (data / "blobs").write_text("no folder any more")
    order = {"until": "proposals"}
    made = _expect(studio, "POST", f"/api/episodes/{episode_id}/produce", 202, asked["workflow step"], json=order)
    studio.wait(made["operation_id"])
    other = speak("Another one.", data.parent / "other.wav")
    with other.open("rb") as file:
        _expect(
            studio,
            "POST",
            "/api/media",
            503,
            asked["failed upload"],
            files={"file": (other.name, file)},
            data={"category": "recording"},
        )
    return asked


def _be_refused(studio: Studio) -> dict[str, str]:
    """Requests that a person can mend; the request id of each, by status."""
    ids = {status: f"p3-refused-{status}" for status in ("404", "422", "401", "403", "429")}
    stranger = Studio(studio.url, httpx2.Client())
    _expect(studio, "GET", "/api/episodes/ep_none", 404, ids["404"])
    _expect(studio, "POST", "/api/shows", 422, ids["422"], json={"title": 5})
    _expect(stranger, "GET", "/api/shows", 401, ids["401"])
    words = {"email": "ann@example.com", "password": "long enough 1"}
    _expect(
        stranger, "POST", "/api/auth/sign-in", 403, ids["403"], json=words, headers={"Origin": "https://evil.example"}
    )
    for _ in range(30):
        headers = {"Origin": studio.url, "X-Request-ID": ids["429"]}
        answer = stranger.client.post(f"{studio.url}/api/auth/sign-in", json=words, headers=headers)
        if answer.status_code == 429:
            return ids
    raise ProofFailed(f"nobody was refused for trying too often: {answer.status_code}")


def _expect(studio: Studio, method: str, path: str, status: int, request_id: str, **options: Any) -> Any:
    headers = {"X-Request-ID": request_id, "Connection": "close", **options.pop("headers", {})}
    answer = studio.client.request(method, f"{studio.url}{path}", headers=headers, **options)
    if answer.status_code != status:
        raise ProofFailed(f"{method} {path}: {answer.status_code} instead of {status}: {answer.text[:300]}")
    return answer.json()


def _await_all(receiver: Bugsink) -> None:
    wanted = len(_WANTED) + sum(_REPORTS.values())
    receiver.await_events(wanted)
    receiver.await_events(wanted + 1, seconds=5)  # one too many would come late


def _facts_of(event: dict[str, Any]) -> dict[str, Any]:
    tags = event.get("tags", {})
    facts = {name: tags.get(name, "") for name in _SHOWN}
    crumbs = event.get("breadcrumbs", {}).get("values", [])
    kinds = sorted({crumb["category"] for crumb in crumbs})
    return facts | {"user": event.get("user", {}).get("id", ""), "breadcrumbs": f"{len(crumbs)} {'+'.join(kinds)}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
