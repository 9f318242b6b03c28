"""What a real receiver of errors hears: crashes with their whole context, and nothing of what people can mend.

`donecast up` in staging sends to Bugsink, a server of its own that speaks Sentry's protocol. A table and the folder
of files are taken away below the running program: a request, a step of a workflow and an upload crash. Requests that
are refused with 404, 422, 401, 403 and 429 are made as well.
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
    # A report of the failure goes to Sentry as well, and says how severe it is.
    events = [event["data"] for event in receiver.events() if "severity" not in event["data"].get("tags", {})]
    said = next(line for line in (place / "up.log").read_text().splitlines() if "Sentry initialized" in line)
    print(said)
    rows: list[tuple[object, ...]] = []
    lacking = 0
    for what, request_id in asked.items():
        found = [event for event in events if event.get("tags", {}).get("request_id") == request_id]
        facts = _facts_of(found[0]) if found else {}
        lacks = [name for name in _WANTED[what] if not facts.get(name)]
        lacking += len(lacks) + (len(found) != 1)
        rows.append((what, len(found), *(facts.get(name, "") for name in _SHOWN), ", ".join(lacks) or "nothing"))
    print(table(rows, ("what crashed", "events", *_SHOWN, "lacking")))
    strangers = [event for event in events if event.get("tags", {}).get("request_id") in refused.values()]
    print(table([(status, request_id, "no event") for status, request_id in refused.items()], ("refused", "as", "")))
    others = len(events) - len(asked) - len(strangers)
    print(
        f"P3: {len(events) - len(strangers) - others} of {len(asked)} crashes arrived, {lacking} facts lacking; "
        f"{len(strangers)} events from {', '.join(refused)}; {others} others"
    )
    return 1 if lacking or strangers or others else 0


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
    receiver.await_events(len(_WANTED))


def _facts_of(event: dict[str, Any]) -> dict[str, Any]:
    tags = event.get("tags", {})
    facts = {name: tags.get(name, "") for name in _SHOWN}
    crumbs = event.get("breadcrumbs", {}).get("values", [])
    kinds = sorted({crumb["category"] for crumb in crumbs})
    return facts | {"user": event.get("user", {}).get("id", ""), "breadcrumbs": f"{len(crumbs)} {'+'.join(kinds)}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
