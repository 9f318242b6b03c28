"""What admins see of Auto-Ops: runs, one run with all that it found, and settings without secrets."""

from datetime import timedelta
from typing import Any

import pytest

from donecast.autoops.case import Source
from donecast.autoops.run import Bench, Run
from tests.autoops.conftest import BAD, FAULT, FIX, Scene, gate_that_says
from tests.support.alerts import breaker_alert, scripted
from tests.support.people import Person


@pytest.fixture
def overrides() -> dict[str, Any]:
    """With a bot."""
    return {"auto_ops_slack_bot_token": "xoxb-1-geheim", "auto_ops_slack_alert_channel": "C0ALERTS"}


@pytest.fixture
def answered(scene: Scene) -> Scene:
    """With one alert that was answered, told again, and one that waits."""
    scene.workspace.say("KeyError in GET /clock & <b>")
    scene.read_all()
    claim = scene.claim()
    assert claim is not None
    analyst, _ = scripted(FAULT, FIX, FIX, FIX)
    sources = [Source("errors", "errors", "Which?", lambda _: "KeyError: no bean")]
    bench = Bench(scene.ground, sources, analyst, gate_that_says(BAD)[0])
    scene.posting.bring(Run(bench, claim).to_reply())
    scene.workspace.say("KeyError in GET /clock & <b>")
    scene.clock.advance(timedelta(minutes=1))
    scene.workspace.say(breaker_alert("gemini"))
    scene.read_all()
    return scene


def test_runs_are_listed_newest_first_and_repeats_are_counted(answered: Scene, admin: Person) -> None:
    del answered
    page = admin.ask("GET", "/api/admin/auto-ops/runs").json()
    assert [(run["name"], run["state"], run["repeats"]) for run in page["runs"]] == [
        ("breaker_open", "seen", 0),
        ("", "replied", 1),
    ]
    assert page["is_set_up"]
    assert page["next_cursor"] is None
    first = admin.ask("GET", "/api/admin/auto-ops/runs?limit=1").json()
    second = admin.ask("GET", f"/api/admin/auto-ops/runs?limit=1&cursor={first['next_cursor']}").json()
    assert [*first["runs"], *second["runs"]] == page["runs"]
    assert second["next_cursor"] is None


def test_one_run_shows_evidence_rounds_cost_and_reply(answered: Scene, admin: Person) -> None:
    del answered
    run_id = admin.ask("GET", "/api/admin/auto-ops/runs").json()["runs"][1]["run_id"]
    run = admin.ask("GET", f"/api/admin/auto-ops/runs/{run_id}").json()
    assert run["text"] == "KeyError in GET /clock & <b>"
    assert [one["excerpt"] for one in run["evidence"]] == ["KeyError: no bean"]
    assert run["analysis"]["disposition"] == "code_bug"
    assert [one["validation"]["checks"][0]["name"] for one in run["rounds"]] == ["applies"] * 3
    assert (run["spent"]["model_calls"], run["spent"]["model_calls_max"]) == (4, 12)
    assert run["reply"][0].startswith("Fault in the program")
    assert any("tried and rejected" in paragraph for paragraph in run["reply"])
    assert run["replied_at"]


def test_settings_are_shown_without_their_secrets(admin: Person) -> None:
    answer = admin.ask("GET", "/api/admin/auto-ops/settings")
    shown = {one["name"]: one["value"] for one in answer.json()["settings"]}
    assert shown["AUTO_OPS_SLACK_BOT_TOKEN"] == "(set)"
    assert shown["AUTO_OPS_GEMINI_API_KEY"] == "(not set)"
    assert shown["AUTO_OPS_MAX_ITERATIONS"] == "3"
    assert "geheim" not in answer.text


def test_what_is_not_there_is_not_found_and_not_for_podcasters(admin: Person, ann: Person) -> None:
    assert admin.ask("GET", "/api/admin/auto-ops/runs/run_none").status_code == 404
    for path in ("runs", "runs/run_none", "settings"):
        assert ann.ask("GET", f"/api/admin/auto-ops/{path}").status_code == 404
