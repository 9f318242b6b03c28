"""A restart with the state file of an earlier program: nothing is answered again, and a damaged file is refused.

Forty alerts stand in the channel of a stand-in for Slack, of which an earlier program has answered thirty-three, as its
state file says, in each form that such a file has. A real `donecast auto-ops --once` starts beside it, twice, and once
more over an empty database with nothing but the file that it wrote itself. Then all of them are hours old, and the file
says no more than how far the channel was read: without `--since` that is where it goes on. Then the file is damaged in
many ways, and each time the program has to end with a sentence, a failure code, and not one question about the channel.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.autoops.rules.old_state import OldState, to_text
from proofs.harness import base_settings, folder, run_admin, table
from tests.support.servers import environment_of
from tests.support.slack_workspace import Workspace, slack

DURATION = "about 3 minutes"
_CHANNEL = "C0ALERTS"
_ALERTS, _ANSWERED = 40, 33
_SAYS = "The state file of Auto-Ops is damaged"


@dataclass(frozen=True, slots=True)
class Scene:
    """One installation and its channel."""

    data: Path
    workspace: Workspace
    settings: dict[str, Any]
    state_file: Path

    def run(self, *more: str) -> subprocess.CompletedProcess[str]:
        """`donecast auto-ops --once`."""
        command = [sys.executable, "-m", "donecast.entry.cli", "auto-ops", "--once", *more]
        return subprocess.run(
            command, env=environment_of(self.settings), capture_output=True, text=True, check=False, timeout=120
        )

    def answered(self) -> list[int]:
        """How many replies each message has, oldest first."""
        return [len(self.workspace.ours(ts)) for ts in sorted(self.workspace.messages)]


def main(arguments: list[str]) -> int:
    del arguments
    rows: list[tuple[object, ...]] = []
    wrong: list[str] = []
    with folder() as ground:
        template = ground / "template"
        run_admin({**base_settings(template), "data": template}, "migrate")
        for name, write in _FORMS.items():
            wrong += _forms(ground, template, name, write, rows)
        for name, write_cursor in _CURSORS.items():
            wrong += _cursor(ground, template, name, write_cursor, rows)
        wrong += _damage(ground, template, rows)
    print(table(rows, ("state file", "what happened")))
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    print(
        f"{'NOT WELL' if wrong else 'well'}: {len(_FORMS)} forms of a state file, {_ANSWERED} answered alerts in each, "
        f"none answered again; {len(_CURSORS)} with a cursor alone, gone on from there; {len(_DAMAGES)} damaged ones "
        f"refused with a sentence; {len(wrong)} went otherwise"
    )
    return 1 if wrong else 0


def _scene(ground: Path, template: Path, name: str, url: str, workspace: Workspace) -> Scene:
    data = ground / name
    shutil.copytree(template, data)
    for number in range(_ALERTS):
        workspace.say(f"KeyError number {'abcdefghijklmnopqrstuvwxyz'[number % 26] * (1 + number // 26)} in GET /x")
    state_file = ground / f"{name}.json"
    settings = {
        **base_settings(data),
        "auto_ops_slack_bot_token": "xoxb-a-token",
        "auto_ops_slack_alert_channel": _CHANNEL,
        "auto_ops_slack_url": url,
        "auto_ops_state_file": state_file,
    }
    return Scene(data, workspace, settings, state_file)


def _forms(
    ground: Path, template: Path, name: str, write: Callable[[list[str]], str], rows: list[tuple[object, ...]]
) -> list[str]:
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()) - 600)
    with slack(workspace) as url:
        scene = _scene(ground, template, name.replace(" ", "-"), url, workspace)
        stamps = sorted(workspace.messages)
        scene.state_file.write_text(write(stamps[:_ANSWERED]), "utf-8")
        expected = [0] * _ANSWERED + [1] * (_ALERTS - _ANSWERED)
        wrong = []
        for again in ("first", "second"):
            done = scene.run("--since", "1h")
            if done.returncode or scene.answered() != expected:
                wrong.append(f"{name}, {again} start: code {done.returncode}, replies {scene.answered()}")
        shutil.rmtree(scene.data)
        shutil.copytree(template, scene.data)
        done = scene.run("--since", "1h")
        if done.returncode or scene.answered() != expected:
            wrong.append(
                f"{name}, database lost: code {done.returncode}, replies {scene.answered()} {done.stderr[-300:]}"
            )
        rows.append((name, f"{sum(scene.answered())} new ones answered once, over three starts"))
        return wrong


def _cursor(
    ground: Path, template: Path, name: str, write: Callable[[str], str], rows: list[tuple[object, ...]]
) -> list[str]:
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()) - 3 * 3_600)
    with slack(workspace) as url:
        scene = _scene(ground, template, name.replace(" ", "-"), url, workspace)
        scene.state_file.write_text(write(sorted(workspace.messages)[_ANSWERED - 1]), "utf-8")
        expected = [0] * _ANSWERED + [1] * (_ALERTS - _ANSWERED)
        wrong = []
        for again in ("first", "second"):
            done = scene.run()
            if done.returncode or scene.answered() != expected:
                wrong.append(f"{name}, {again} start: code {done.returncode}, replies {scene.answered()}")
        rows.append((name, f"{sum(scene.answered())} that came after it answered once, over two starts"))
        return wrong


def _damage(ground: Path, template: Path, rows: list[tuple[object, ...]]) -> list[str]:
    wrong = []
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()) - 600)
    with slack(workspace) as url:
        scene = _scene(ground, template, "damaged", url, workspace)
        whole = _ours(sorted(workspace.messages)[:_ANSWERED])
        for name, damage in _DAMAGES.items():
            scene.state_file.write_bytes(damage(whole))
            before = scene.state_file.read_bytes()
            done = scene.run("--since", "1h")
            said = done.stderr.strip().splitlines()[-2:]
            is_refused = done.returncode == 1 and any(_SAYS in line for line in said)
            untouched = scene.state_file.read_bytes() == before
            if not is_refused or not untouched or workspace.calls["conversations.history"] or any(scene.answered()):
                wrong.append(f"{name}: code {done.returncode}, {said}")
            rows.append((name, "refused" if is_refused else "NOT REFUSED"))
    return wrong


def _ours(stamps: list[str]) -> str:
    return to_text(OldState({_CHANNEL: tuple(stamps)}, {_CHANNEL: stamps[-1]}))


_FORMS: dict[str, Callable[[list[str]], str]] = {
    "our own": _ours,
    "list and cursor": lambda stamps: json.dumps({"last_timestamp": stamps[-1], "processed": stamps}),
    "records": lambda stamps: json.dumps({"processed_alerts": [{"ts": ts, "ok": True} for ts in stamps]}),
    "behind the channel": lambda stamps: json.dumps(
        {
            "last_ts": f"{_CHANNEL}:{stamps[-1]}",
            "processed": [*(f"{_CHANNEL}:{ts}" for ts in stamps), "C0OTHERS:1796000001.000001"],
        }
    ),
    "by stamp": lambda stamps: json.dumps({"cursor": stamps[0], "handled": dict.fromkeys(stamps, "done")}),
}
_CURSORS: dict[str, Callable[[str], str]] = {
    "cursor alone": lambda stamp: json.dumps({"last_timestamp": stamp}),
    "cursor behind the channel": lambda stamp: json.dumps({"cursor": f"{_CHANNEL}:{stamp}", "processed": []}),
    "our own cursor": lambda stamp: to_text(OldState({}, {_CHANNEL: stamp})),
}
_DAMAGES: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _: b"",
    "cut in half": lambda whole: whole.encode()[: len(whole) // 2],
    "cut by one byte": lambda whole: whole.strip().encode()[:-1],
    "one stamp changed": lambda whole: whole.replace('.000007"', '.000008"', 1).encode(),
    "one stamp taken out": lambda whole: "\n".join(
        line for line in whole.splitlines() if ".000007" not in line
    ).encode(),
    "a list": lambda _: b"[]",
    "null": lambda _: b"null",
    "another program's": lambda _: b'{"theme": "dark"}',
    "stamps as numbers": lambda _: b'{"processed": [1796000001.000001]}',
    "no stamps": lambda _: b'{"processed": ["yesterday"]}',
    "no channel before the stamp": lambda _: b'{"processed": ["an alert:1796000001.000001"]}',
    "very deep": lambda _: b"[" * 100_000,
    "zeros": lambda whole: b"\0" * len(whole),
    "not text": lambda _: bytes(range(128, 256)),
    "a version to come": lambda whole: whole.replace('"version": 1', '"version": 2').encode(),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
