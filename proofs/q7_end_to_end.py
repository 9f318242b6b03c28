"""From a trouble of the product to the reply in the alert's thread, with nothing between them but the product.

Three troubles of a real installation: a voice service that begins to fail, so that its breaker opens; a burst of
requests that fail because of that; and an episode that was ordered while no worker runs. The watch tells of each
through the outbox and an incoming webhook into the channel of a stand-in for Slack. A real `donecast auto-ops --daemon`
hears of it over Socket Mode, gathers evidence from that installation and this checkout, and replies without any model.
The time from each alert to its reply is judged. Then an alert is told again, which must not bring a second reply. The
replies are printed as Slack would show them, and the first is read aloud where this machine has flite. At last whoever
runs the place opens the page of Auto-Ops in a real browser and reads each run.
"""

import json
import sys
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofs.browser_walk import print_problems, walk
from proofs.harness import ROOT, ProofFailed, Studio, donecast_up, folder, run_admin, speak, table
from tests.support.ill_service import ill_service
from tests.support.servers import await_url, start_donecast, stop
from tests.support.slack_socket import socket_mode
from tests.support.slack_workspace import Workspace, slack
from tools.environment import Environment

DURATION = "about 6 minutes"
REPLY_SECONDS_MAX = 5.0
_CALLS = 6
_PATIENCE_SECONDS = 300.0
_PAUSE_SECONDS = 2.0
_CHANNEL = "C0ALERTS"
_EMAIL = "runs-it@example.com"
_ON_THE_PAGE = [
    ("Breaker open: elevenlabs", ("elevenlabs: open",)),
    ("Error burst", ("Requests fail while a service by others is left alone",)),
    ("Stuck work", ("1 piece of work is stuck", "waits too long")),
]
"""Runs by their names in the list, and what their pages must show."""
_TALK = "Good morning from the allotment."
_ALWAYS = ("Who is affected:", "Do first:", "Seen:", "[auto-ops] run run_")
_MUST_SAY: Mapping[str, tuple[str, ...]] = {
    "breaker_open": ("Outside service", "elevenlabs: open", "Only episodes and pages that need this service"),
    "error_burst": ("Requests fail while a service by others is left alone", "error_burst.md"),
    "stuck_work": ("stuck", "stuck_work.md"),
}


@dataclass(slots=True)
class Told:
    """What came of each trouble: its alert, its replies, and how long the reply took."""

    workspace: Workspace
    seconds: dict[str, float] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)

    def await_answer(self, name: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Waits for an alert of this name, doing that again and again, and for its reply."""
        _await(f"the alert {name} in the channel", lambda: self._find(name), meanwhile)
        begun = time.monotonic()
        _await(f"the reply to {name}", lambda: bool(self.workspace.ours(self.stamps[name])))
        self.seconds[name] = time.monotonic() - begun

    def _find(self, name: str) -> bool:
        for ts, message in list(self.workspace.messages.items()):
            if f"ALERT {name} opened" in message["text"]:
                self.stamps[name] = ts
        return name in self.stamps


def main(arguments: list[str]) -> int:
    """Pictures of the pages go to the first argument, a folder."""
    shots = Path(arguments[0]) if arguments else ROOT / "test-results" / "screens"
    shots.mkdir(parents=True, exist_ok=True)
    Environment().ensure_studio()
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()))
    told = Told(workspace)
    with folder() as data, slack(workspace) as url, socket_mode(workspace) as side, ill_service() as vendor:
        settings = {
            "elevenlabs_key": "a-key",
            "elevenlabs_url": vendor.url.rstrip("/"),
            "order_wait_minutes_max": 1,
            "slack_webhook_url": f"{url.removesuffix('api/')}services/T0/B0/secret",
            "auto_ops_slack_bot_token": "xoxb-a-token",
            "auto_ops_slack_app_token": "xapp-a-token",
            "auto_ops_slack_alert_channel": _CHANNEL,
            "auto_ops_slack_url": url,
            "auto_ops_repository_root": str(ROOT),
        }
        with donecast_up(data / "data", **settings) as (studio, all_settings):
            watching = start_donecast(["auto-ops", "--daemon"], all_settings, data / "auto-ops.log")
            try:
                _await("Auto-Ops at the socket", lambda: bool(side.connected))
                show = studio.make_show("The Allotment Hour")
                recording = studio.upload(speak("Good morning from the allotment.", data / "talk.wav"))
                episode_id = studio.make_episode(
                    show["id"], recording["id"], transcript="Good morning from the allotment."
                )
                vendor.illness = "broken"
                _ask_for_voices(studio, _CALLS)
                told.await_answer("breaker_open")
                # The watch looks once a minute: what has passed by then is none of its business.
                told.await_answer("error_burst", lambda: _ask_for_voices(studio, 1))
            except BaseException:
                stop(watching)
                raise
        try:
            with _api_alone(all_settings, data):
                studio.produce(episode_id)
                told.await_answer("stuck_work")
                again = workspace.say(
                    workspace.messages[told.stamps["breaker_open"]]["text"].replace("opened", "reminder"),
                    subtype="bot_message",
                )
                _await("the second telling taken in", lambda: again in side.receipts)
                time.sleep(3)
                walked = _look_at_the_runs(all_settings, shots)
        finally:
            stop(watching)
        return _report(told, again, walked, data)


def _ask_for_voices(studio: Studio, times: int) -> None:
    for _ in range(times):
        studio.client.get(f"{studio.url}/api/voices", params={"engine": "elevenlabs"})


@contextmanager
def _api_alone(settings: Mapping[str, object], data: Path) -> Iterator[None]:
    """The web side, and nobody who works."""
    process = start_donecast(["api"], settings, data / "api.log")
    try:
        await_url(f"http://127.0.0.1:{settings['port']}/livez", process)
        yield
    finally:
        stop(process)


def _look_at_the_runs(settings: Mapping[str, object], shots: Path) -> dict[str, Any]:
    password = run_admin(settings, "account", "--email", _EMAIL, "--admin").splitlines()[-1]
    given = {"url": f"http://127.0.0.1:{settings['port']}", "email": _EMAIL, "password": password, "shots": shots}
    found = walk("auto-ops", {**given, "runs": json.dumps(_ON_THE_PAGE)})
    print_problems(found)
    return found


def _report(told: Told, again: str, walked: Mapping[str, Any], data: Path) -> int:
    workspace, wrong = told.workspace, []
    print(table([(name, f"{seconds:.1f} s") for name, seconds in told.seconds.items()], ("alert", "until its reply")))
    for name, ts in told.stamps.items():
        replies = workspace.ours(ts)
        print(f"\nAlert in the channel:\n{_indented(workspace.messages[ts]['text'])}\n\nReply, as Slack shows it:")
        print(_indented(rendered(replies[0])))
        wrong += [f"{len(replies)} replies to {name}"] if len(replies) != 1 else []
        wrong += _wrong_in(name, replies[0])
        if told.seconds[name] > REPLY_SECONDS_MAX:
            wrong.append(f"the reply to {name} took {told.seconds[name]:.1f} s")
    wrong += ["the repeat was answered"] if workspace.ours(again) else []
    wrong += [] if walked["passed"] else ["the pages of Auto-Ops, see above"]
    print("\n".join(["", *walked["done"]]))
    print(f"\nread aloud: {_aloud(rendered(workspace.ours(told.stamps['breaker_open'])[0]), data)}")
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    slowest = max(told.seconds.values())
    print(
        f"{'NOT WELL' if wrong else 'well'}: {len(told.seconds)} troubles of the product, each answered once, "
        f"at the latest {slowest:.1f} s after its alert (at most {REPLY_SECONDS_MAX:g} s); their pages: "
        f"{len(walked['violations'])} axe violations in {walked['looks']} looks, "
        f"{len(walked['page_errors'])} page errors"
    )
    return 1 if wrong else 0


def rendered(reply: dict[str, Any]) -> str:
    """The words that Slack shows, block by block."""
    lines = []
    for block in reply["blocks"]:
        texts = block.get("elements") or [block["text"]]
        lines += [text["text"].replace("*", "") for text in texts]
    return "\n".join(lines).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _wrong_in(name: str, reply: dict[str, Any]) -> list[str]:
    shown = rendered(reply)
    return [f"the reply to {name} lacks “{words}”" for words in (*_ALWAYS, *_MUST_SAY[name]) if words not in shown]


def _aloud(text: str, data: Path) -> str:
    try:
        with wave.open(str(speak(text, data / "reply.wav"))) as sound:
            return f"{sound.getnframes() / sound.getframerate():.0f} s for {len(text.split())} words"
    except FileNotFoundError:
        return f"{len(text.split())} words (flite is not here)"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _await(what: str, is_there: Callable[[], bool], meanwhile: Callable[[], object] = lambda: None) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    acted_at = 0.0
    while not is_there():
        if time.monotonic() - acted_at > _PAUSE_SECONDS:
            acted_at = time.monotonic()
            meanwhile()
        if time.monotonic() > until:
            raise ProofFailed(f"waited in vain for {what}")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
