"""From a vendor that goes down to the reply in the alert's thread, with nothing between them but the product.

A real `donecast up` asks a voice service that begins to fail: its breaker opens, the watch tells of it through the
outbox and an incoming webhook into the channel of a stand-in for Slack. A real `donecast auto-ops --daemon` hears of it
over Socket Mode, gathers evidence from that installation and this checkout, and replies without any model. The time
from the alert to the reply is judged. Then the alert is told again, which must not bring a second reply. The reply is
printed as Slack would show it, and read aloud where this machine has flite.
"""

import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

from proofs.harness import ROOT, ProofFailed, donecast_up, folder, speak, table
from tests.support.ill_service import ill_service
from tests.support.servers import start_donecast, stop
from tests.support.slack_socket import socket_mode
from tests.support.slack_workspace import Workspace, slack

DURATION = "about 3 minutes"
REPLY_SECONDS_MAX = 5.0
_CALLS = 6
_PATIENCE_SECONDS = 180.0
_CHANNEL = "C0ALERTS"
_MUST_SAY = (
    ("what it is", "Outside service"),
    ("which service", "elevenlabs"),
    ("the evidence", "elevenlabs: open"),
    ("whom it hits", "Only episodes and pages that need this service"),
    ("what to do first", "Do first:"),
    ("the runbook", "breaker_open.md"),
    ("who says so", "[auto-ops] run run_"),
)


def main(arguments: list[str]) -> int:
    del arguments
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()))
    with folder() as data, slack(workspace) as url, socket_mode(workspace) as side, ill_service() as vendor:
        settings = {
            "elevenlabs_key": "a-key",
            "elevenlabs_url": vendor.url.rstrip("/"),
            "slack_webhook_url": f"{url.removesuffix('api/')}services/T0/B0/secret",
            "auto_ops_slack_bot_token": "xoxb-a-token",
            "auto_ops_slack_app_token": "xapp-a-token",
            "auto_ops_slack_alert_channel": _CHANNEL,
            "auto_ops_slack_url": url,
            "auto_ops_repository_root": ROOT,
        }
        with donecast_up(data / "data", **settings) as (studio, all_settings):
            watching = start_donecast(["auto-ops", "--daemon"], all_settings, data / "auto-ops.log")
            try:
                _await("Auto-Ops at the socket", lambda: bool(side.connected))
                vendor.illness = "broken"
                down_at = time.monotonic()
                for _ in range(_CALLS):
                    studio.client.get(f"{studio.url}/api/voices", params={"engine": "elevenlabs"})
                breakers = studio.ask("GET", "/api/health/circuit-breakers")
                opened_at = time.monotonic()
                _await("the alert in the channel", lambda: bool(workspace.messages))
                told_at = time.monotonic()
                (ts,) = workspace.messages
                _await("the reply in its thread", lambda: bool(workspace.ours(ts)))
                replied_at = time.monotonic()
                alert = workspace.messages[ts]["text"]
                again = workspace.say(alert.replace("opened", "reminder"), subtype="bot_message")
                _await("the second telling taken in", lambda: again in side.receipts)
                time.sleep(3)
            finally:
                stop(watching)
        replies, more = workspace.ours(ts), workspace.ours(again)
        return _told(
            [
                ("a call fails -> the breaker is open", opened_at - down_at),
                ("breaker open -> alert in the channel", told_at - opened_at),
                ("alert -> reply in its thread", replied_at - told_at),
            ],
            alert,
            replies[0],
            [
                *([] if "elevenlabs" in str(breakers) else ["the breaker was not open"]),
                *([] if len(replies) == 1 and not more else [f"{len(replies)} replies, {len(more)} to the repeat"]),
                *_wrong_in(replies[0], alert),
            ],
            data,
        )


def _told(times: list[tuple[str, float]], alert: str, reply: dict[str, Any], wrong: list[str], data: Path) -> int:
    print(table([(what, f"{seconds:.1f} s") for what, seconds in times], ("step", "time")))
    print(f"\nAlert in the channel:\n{_indented(alert)}\n\nReply in its thread, as Slack shows it:")
    shown = rendered(reply)
    print(f"{_indented(shown)}\n")
    print(f"read aloud: {_aloud(shown, data)}")
    seconds = times[-1][1]
    if seconds > REPLY_SECONDS_MAX:
        wrong.append(f"the reply took {seconds:.1f} s")
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    verdict = "NOT WELL" if wrong else "well"
    print(f"{verdict}: the reply came {seconds:.1f} s after the alert (at most {REPLY_SECONDS_MAX:g} s), exactly one")
    return 1 if wrong else 0


def rendered(reply: dict[str, Any]) -> str:
    """The words that Slack shows, block by block."""
    lines = []
    for block in reply["blocks"]:
        texts = block.get("elements") or [block["text"]]
        lines += [text["text"].replace("*", "") for text in texts]
    return "\n".join(lines).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _wrong_in(reply: dict[str, Any], alert: str) -> list[str]:
    shown = rendered(reply)
    wrong = [f"the reply lacks {what}" for what, words in _MUST_SAY if words not in shown]
    if "[donecast] ALERT breaker_open opened" not in alert:
        wrong.append("the alert is another one")
    return wrong


def _aloud(text: str, data: Path) -> str:
    try:
        with wave.open(str(speak(text, data / "reply.wav"))) as sound:
            return f"{sound.getnframes() / sound.getframerate():.0f} s for {len(text.split())} words"
    except FileNotFoundError:
        return f"{len(text.split())} words (flite is not here)"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _await(what: str, is_there: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not is_there():
        if time.monotonic() > until:
            raise ProofFailed(f"waited in vain for {what}")
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
