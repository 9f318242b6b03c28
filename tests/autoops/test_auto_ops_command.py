"""`donecast auto-ops` from the channel to the thread, with every flag, over a real socket."""

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from donecast.autoops import repository, service
from donecast.autoops.changes.errors import BranchesReadOnly
from donecast.autoops.errors import (
    NoSuchRun,
    RepositoryMissing,
    SlackChannelUnknown,
    SlackMessageUnknown,
    SlackTokenDead,
    StateFileDamaged,
)
from donecast.autoops.rules.old_state import from_text
from donecast.entry.auto_ops import (
    AlertLinkUnknown,
    AutoOpsUnset,
    MomentUnknown,
    Wish,
    add_options,
    auto_ops,
    moment_of,
    wish_of,
)
from donecast.entry.auto_ops_health import ALIVE_SECONDS, Pulse, answering
from donecast.platform.settings import SettingsInvalid, load_settings
from donecast.platform.web import Ground
from tests.support.alerts import breaker_alert
from tests.support.servers import free_port
from tests.support.slack_socket import SocketSide, socket_mode
from tests.support.slack_workspace import Workspace, slack
from tests.support.small_repository import make_small_repository

_CHANNEL = "C0ALERTS"


@dataclass(frozen=True, slots=True)
class Installation:
    """With a bot in a workspace."""

    ground: Ground
    workspace: Workspace

    def with_settings(self, **settings: Any) -> Ground:
        """The ground with these settings of Auto-Ops."""
        changed = self.ground.settings.auto_ops.model_copy(update=settings)
        return replace(self.ground, settings=replace(self.ground.settings, auto_ops=changed))

    def states(self) -> list[str]:
        """Of all alerts, oldest first."""
        with self.ground.database.reading() as session:
            return [row.state for row in repository.all_alerts(session)]

    def run_id(self) -> str:
        """Of the first alert."""
        with self.ground.database.reading() as session:
            return repository.all_alerts(session)[0].run_id or ""


@pytest.fixture
def here(ground: Ground) -> Iterator[Installation]:
    """An installation whose channel is empty; the workspace's clock is the present one."""
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()) - 600)
    with slack(workspace) as url:
        settings = ground.settings.auto_ops.model_copy(
            update={
                "auto_ops_slack_bot_token": "xoxb-a-token",
                "auto_ops_slack_alert_channel": _CHANNEL,
                "auto_ops_slack_url": url,
            }
        )
        yield Installation(replace(ground, settings=replace(ground.settings, auto_ops=settings)), workspace)


def words(reply: dict[str, Any]) -> str:
    """All that a reply says."""
    return json.dumps(reply["blocks"], ensure_ascii=False)


def test_once_answers_what_there_is_each_in_its_thread_and_never_again(here: Installation) -> None:
    first = here.workspace.say(breaker_alert("gemini"))
    second = here.workspace.say("KeyError in POST /api/webhooks")
    here.workspace.say("lunch?", bot=False)
    assert auto_ops(here.ground, Wish()) == 0
    assert auto_ops(here.ground, Wish()) == 0
    assert "Outside service" in words(here.workspace.ours(first)[0])
    assert "KeyError" in words(here.workspace.ours(second)[0])
    assert [len(here.workspace.ours(ts)) for ts in here.workspace.messages] == [1, 1, 0]
    assert here.states() == ["replied", "replied"]


def test_a_rehearsal_prints_the_exact_payload_and_changes_nothing(
    here: Installation, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ts = here.workspace.say(breaker_alert("gemini"))
    state_file = tmp_path / "state.json"
    ground = here.with_settings(auto_ops_state_file=str(state_file))
    assert auto_ops(ground, Wish(dry_run=True)) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (here.workspace.ours(ts), here.states(), state_file.exists()) == ([], [], False)
    assert here.workspace.calls["chat.postMessage"] == 0
    assert auto_ops(here.ground, Wish()) == 0
    (reply,) = here.workspace.ours(ts)
    assert (printed["channel"], printed["thread_ts"]) == (_CHANNEL, ts)
    said, rehearsed = ([block for block in one["blocks"] if block["type"] != "context"] for one in (reply, printed))
    assert said == rehearsed


def test_a_replay_reasons_about_the_same_evidence_and_posts_nothing(
    here: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    ts = here.workspace.say(breaker_alert("gemini"))
    here.ground.breakers.isolate("gemini", "ann")
    auto_ops(here.ground, Wish())
    here.ground.breakers.release("gemini")
    capsys.readouterr()
    assert auto_ops(here.ground, Wish(replay=here.run_id())) == 0
    printed = json.loads(capsys.readouterr().out)
    assert "gemini: isolated" in words(printed)
    assert len(here.workspace.ours(ts)) == 1
    with pytest.raises(NoSuchRun):
        auto_ops(here.ground, Wish(replay="run_none"))


def test_one_alert_by_its_link_even_when_it_is_old_or_no_alert_to_a_machine(here: Installation) -> None:
    ts = here.workspace.say("it hums strangely", bot=False)
    other = here.workspace.say(breaker_alert("gemini"))
    link = f"https://example.slack.com/archives/{_CHANNEL}/p{ts.replace('.', '')}"
    assert auto_ops(here.ground, Wish(alert=link)) == 0
    assert (len(here.workspace.ours(ts)), len(here.workspace.ours(other))) == (1, 0)
    for astray in ("https://example.slack.com/archives/C0OTHERS/p1796000001000001", "hm", ""):
        with pytest.raises(AlertLinkUnknown):
            auto_ops(here.ground, Wish(alert=astray))
    with pytest.raises(SlackMessageUnknown):
        auto_ops(here.ground, Wish(alert=f"https://example.slack.com/archives/{_CHANNEL}/p1000000001000001"))


def link_to(ts: str) -> str:
    """As Slack copies it."""
    return f"https://example.slack.com/archives/{_CHANNEL}/p{ts.replace('.', '')}"


def test_one_alert_says_why_there_is_nothing_to_do(here: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    ts = here.workspace.say(breaker_alert("gemini"))
    auto_ops(here.ground, Wish())
    again = here.workspace.say(breaker_alert("gemini", "reminder"))
    said: list[str] = []
    for one in (ts, again):
        assert auto_ops(here.ground, Wish(alert=link_to(one)), said.append) == 0
    run_id = here.run_id()
    assert said[0].startswith("It was answered at 20")
    assert said[1].startswith(f"It is a repeat of {run_id}. That one was answered at 20")
    assert all(f"({run_id}). Nothing was done; with --dry-run" in one for one in said)
    assert [len(here.workspace.ours(one)) for one in (ts, again)] == [1, 0]
    capsys.readouterr()
    assert auto_ops(here.ground, Wish(alert=link_to(again), dry_run=True), said.append) == 0
    assert json.loads(capsys.readouterr().out)["thread_ts"] == again
    assert len(said) == 2


def test_one_alert_whose_reply_waits_says_for_what_and_ends_with_an_error(here: Installation) -> None:
    ts = here.workspace.say(breaker_alert("gemini"))
    here.workspace.behave("chat.postMessage", "no_scope", 1)
    said: list[str] = []
    assert auto_ops(here.ground, Wish(alert=link_to(ts)), said.append) == 1
    assert said[0].startswith("It is not answered yet (run_")
    assert "Give the bot the scopes" in said[0]


def test_since_says_where_to_begin_and_without_it_a_new_bot_leaves_the_old_alone(here: Installation) -> None:
    now = here.workspace.first_second
    here.workspace.first_second = now - 7_200
    old = here.workspace.say("KeyError long ago")
    here.workspace.first_second = now
    auto_ops(here.ground, Wish())
    assert here.workspace.ours(old) == []
    auto_ops(here.ground, Wish(since="5h"))
    assert len(here.workspace.ours(old)) == 1


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("1796000001.000001", "1796000001.000001"),
        ("1796000001.5", "1796000001.500000"),
        ("2h", "1796032800.000000"),
        ("1d", "1795953600.000000"),
        ("90s", "1796039910.000000"),
        ("2026-11-30T10:00", "1796032800.000000"),
        ("2026-11-30T10:00:00+01:00", "1796029200.000000"),
        ("2026-11-30", "1795996800.000000"),
    ],
)
def test_a_moment_is_understood(said: str, moment: str) -> None:
    assert moment_of(said, datetime(2026, 11, 30, 12, tzinfo=UTC)) == moment


@pytest.mark.parametrize(
    "said", ["", "soon", "2 hours", "-2h", "12345h", "1796000001", "1e9.0", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_moment_is_refused(said: str) -> None:
    with pytest.raises(MomentUnknown):
        moment_of(said, datetime(2026, 11, 30, 12, tzinfo=UTC))


def test_a_daemon_answers_what_comes_and_ends_when_it_is_told_to(here: Installation, tmp_path: Path) -> None:
    ts = here.workspace.say(breaker_alert("gemini"))
    state_file = tmp_path / "state.json"

    def stop_when_answered() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and not here.workspace.ours(ts):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_when_answered, daemon=True).start()
    assert auto_ops(here.with_settings(auto_ops_state_file=str(state_file)), Wish(daemon=True)) == 0
    assert len(here.workspace.ours(ts)) == 1
    assert from_text(state_file.read_text("utf-8"), _CHANNEL).answered == {_CHANNEL: (ts,)}


def test_a_watch_that_goes_on_answers_a_health_check_and_one_that_hangs_does_not() -> None:
    pulse, port = Pulse(), free_port()
    with answering(port, pulse):
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200
        pulse.beat_at -= ALIVE_SECONDS
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 503
        pulse.beat()
        assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200
    with answering(0, pulse):
        pass


def test_with_socket_mode_an_alert_is_answered_before_the_channel_is_read_again(here: Installation) -> None:
    ground = here.with_settings(auto_ops_slack_app_token="xapp-a-token", auto_ops_poll_interval_seconds=3_600)
    seconds: list[float] = []

    def alert_and_stop(side: SocketSide) -> None:
        side.came.wait(20)
        side.say_raw(json.dumps({"type": "events_api", "envelope_id": "odd", "payload": {"event": None}}))
        side.say_raw(json.dumps({"type": "disconnect"}))
        until = time.monotonic() + 20
        while (time.monotonic() < until and here.workspace.calls["apps.connections.open"] < 2) or not side.connected:
            time.sleep(0.02)
        begun = time.monotonic()
        ts = here.workspace.say(breaker_alert("gemini"))
        while time.monotonic() < until and not here.workspace.ours(ts):
            time.sleep(0.02)
        seconds.append(time.monotonic() - begun)
        os.kill(os.getpid(), signal.SIGTERM)

    with socket_mode(here.workspace) as side:
        threading.Thread(target=alert_and_stop, args=(side,), daemon=True).start()
        assert auto_ops(ground, Wish(daemon=True)) == 0
        assert side.receipts[0] == "odd"
        assert len(side.receipts) == 2
    assert [len(here.workspace.ours(ts)) for ts in here.workspace.messages] == [1]
    assert here.workspace.calls["conversations.history"] == 1


def test_what_an_earlier_program_answered_is_not_answered_again(here: Installation, tmp_path: Path) -> None:
    old, new = here.workspace.say("KeyError in GET /one"), here.workspace.say("ValueError in GET /two")
    state_file = tmp_path / "state.json"
    state_file.write_text(json.dumps({"last_timestamp": old, "processed": [old]}), "utf-8")
    ground = here.with_settings(auto_ops_state_file=str(state_file))
    auto_ops(ground, Wish(since="1h"))
    assert (len(here.workspace.ours(old)), len(here.workspace.ours(new))) == (0, 1)
    assert not state_file.with_name("state.json.half").exists()


def test_a_damaged_state_file_is_refused_and_nothing_is_answered(here: Installation, tmp_path: Path) -> None:
    ts = here.workspace.say("KeyError in GET /one")
    state_file = tmp_path / "state.json"
    state_file.write_text('{"last_timestamp": "17960', "utf-8")
    with pytest.raises(StateFileDamaged):
        auto_ops(here.with_settings(auto_ops_state_file=str(state_file)), Wish())
    assert (here.workspace.ours(ts), here.states()) == ([], [])


@pytest.mark.parametrize(("manner", "error"), [("token_dead", SlackTokenDead), ("no_channel", SlackChannelUnknown)])
def test_when_slack_will_not_have_us_it_ends_and_says_so(
    here: Installation, manner: Any, error: type[Exception]
) -> None:
    here.workspace.behave("auth.test" if manner == "token_dead" else "conversations.history", manner)
    with pytest.raises(error):
        auto_ops(here.ground, Wish(daemon=True))


def test_without_a_bot_or_with_a_wrong_folder_it_does_not_begin(here: Installation, tmp_path: Path) -> None:
    with pytest.raises(AutoOpsUnset):
        auto_ops(here.with_settings(auto_ops_slack_bot_token=""), Wish())
    with pytest.raises(RepositoryMissing):
        auto_ops(here.with_settings(auto_ops_repository_root=str(tmp_path)), Wish())


def test_branches_that_cannot_be_written_are_told_at_the_start(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = make_small_repository(tmp_path / "shop")
    ts = here.workspace.say(breaker_alert())
    given = {"auto_ops_repository_root": str(repository.root), "auto_ops_outcome": "branch"}
    read_only = repository.root / ".git/objects"
    access = os.access
    # What a read-only mount answers to everybody; the mode of a folder says nothing to who is root.
    monkeypatch.setattr(os, "access", lambda place, mode: Path(place) != read_only and access(place, mode))
    with pytest.raises(BranchesReadOnly) as caught:
        auto_ops(here.with_settings(**given), Wish())
    assert "AUTO_OPS_OUTCOME is branch" in caught.value.message
    assert caught.value.details["folder"] == str(read_only)
    assert here.workspace.ours(ts) == []
    assert auto_ops(here.with_settings(**given), Wish(dry_run=True)) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "given", "wish"),
    [
        ([], {}, Wish()),
        ([], {"auto_ops_daemon_mode": True, "auto_ops_dry_run": True}, Wish(daemon=True, dry_run=True)),
        (["--once"], {"auto_ops_daemon_mode": True}, Wish()),
        (["--daemon", "--since", "2h"], {}, Wish(daemon=True, since="2h")),
        (["--alert", "a-link", "--dry-run"], {"auto_ops_daemon_mode": True}, Wish(alert="a-link", dry_run=True)),
        (["--replay", "run_1", "--log-level", "DEBUG"], {"auto_ops_daemon_mode": True}, Wish(replay="run_1")),
    ],
)
def test_flags_win_over_settings(here: Installation, flags: list[str], given: Any, wish: Wish) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    assert wish_of(parser.parse_args(flags), here.with_settings(**given)) == wish


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"AUTO_OPS_DRYRUN": "true"}, "AUTO_OPS_DRYRUN: no such setting"),
        ({"AUTO_OPS_POLL_INTERVAL_SECONDS": "9"}, "AUTO_OPS_POLL_INTERVAL_SECONDS"),
        ({"AUTO_OPS_MAX_ITERATIONS": "0"}, "AUTO_OPS_MAX_ITERATIONS"),
        ({"AUTO_OPS_MAX_ITERATIONS": "7"}, "AUTO_OPS_MAX_ITERATIONS"),
        ({"AUTO_OPS_SLACK_ALERT_CHANNEL": "#alerts"}, "AUTO_OPS_SLACK_ALERT_CHANNEL: must be the channel's id"),
        ({"AUTO_OPS_SLACK_BOT_TOKEN": "xoxb-1"}, "AUTO_OPS_SLACK_ALERT_CHANNEL: must be the channel's id"),
        ({"AUTO_OPS_SLACK_URL": "http://slack.example.com/api/"}, "AUTO_OPS_SLACK_URL: must be an https"),
        ({"AUTO_OPS_SLACK_URL": "https://slack.example.com/api"}, "AUTO_OPS_SLACK_URL: must end with a slash"),
        ({"AUTO_OPS_OPENAI_URL": "ftp://x"}, "AUTO_OPS_OPENAI_URL"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], complaint: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid, match=complaint):
        load_settings()


def test_geminis_own_name_stands_in_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "theirs")
    assert load_settings().auto_ops.gemini_key == "theirs"
    monkeypatch.setenv("AUTO_OPS_GEMINI_API_KEY", "ours")
    assert load_settings().auto_ops.gemini_key == "ours"


def test_a_repeat_is_counted_in_the_first_thread_and_answered_nowhere_else(here: Installation) -> None:
    first = here.workspace.say(breaker_alert("gemini"))
    auto_ops(here.ground, Wish())
    again = here.workspace.say(breaker_alert("gemini", "reminder"))
    auto_ops(here.ground, Wish())
    assert (len(here.workspace.ours(first)), len(here.workspace.ours(again))) == (1, 0)
    with here.ground.database.reading() as session:
        assert [row.repeats for row in repository.all_alerts(session)] == [1, 0]
        assert not service.is_unfinished(session)
