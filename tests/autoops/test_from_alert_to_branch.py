"""The whole way: an alert, a model behind OpenAI's protocol, the gate over a real checkout, a reply and a branch."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from donecast.entry.auto_ops import Wish, auto_ops
from donecast.platform.web import Ground
from tests.support.alerts import ANALYSIS
from tests.support.rude_server import RudeServer, listening, send
from tests.support.slack_workspace import Workspace, slack
from tests.support.small_repository import FAULTS, make_small_repository

_CHANNEL = "C0ALERTS"


@contextmanager
def model_that_mends(diff: str, test: str) -> Iterator[str]:
    """A server that speaks OpenAI's chat completions and answers whatever object it is asked for."""
    proposal = {"kind": "code", "plan": "Pad the seconds.", "diff": diff, "tests": [test], "risk": "low"}
    answers: dict[str, dict[str, Any]] = {
        "approved": {"approved": True},
        "diff": {**proposal, "rollback": "Take it back.", "confidence": 0.9},
        "summary": {**ANALYSIS, "severity": "low"},
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            tool = next(one["function"] for one in asked["tools"] if one["function"]["name"] == "answer")
            kind = next(name for name in answers if name in tool["parameters"]["properties"])
            call = {"name": "answer", "arguments": json.dumps(answers[kind])}
            calls = [{"id": "c1", "type": "function", "function": call}]
            message = {"role": "assistant", "content": None, "tool_calls": calls}
            said = {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "local",
                "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}],
                "usage": {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990},
            }
            send(self, 200, json.dumps(said).encode(), {"Content-Type": "application/json"})

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        yield f"{address}/v1"


def test_an_alert_becomes_a_verified_change_and_a_branch(ground: Ground, tmp_path: Path) -> None:
    fault = FAULTS[0]
    repository = make_small_repository(tmp_path / "shop")
    workspace = Workspace(channel=_CHANNEL, first_second=int(time.time()) - 600)
    ts = workspace.say("ValueError: 1:5 is no time, in POST /api/chapters")
    with slack(workspace) as url, model_that_mends(repository.good(fault), fault.test) as model_url:
        settings = ground.settings.auto_ops.model_copy(
            update={
                "auto_ops_slack_bot_token": "xoxb-a-token",
                "auto_ops_slack_alert_channel": _CHANNEL,
                "auto_ops_slack_url": url,
                "auto_ops_openai_url": model_url,
                "auto_ops_model": "local",
                "auto_ops_repository_root": str(repository.root),
                "auto_ops_outcome": "branch",
            }
        )
        here = replace(ground, settings=replace(ground.settings, auto_ops=settings))
        assert auto_ops(here, Wish()) == 0
    (reply,) = workspace.ours(ts)
    said = json.dumps(reply["blocks"], ensure_ascii=False)
    for part in (
        "verified: its test failed before and passes after",
        "price is not known",
        "Made: branch auto-ops/run_",
    ):
        assert part in said
    listed = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "for-each-ref", "--format=%(refname:short)", "refs/heads/auto-ops"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=True,
    )
    (branch,) = listed.stdout.split()
    shown = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "cat-file", "blob", f"{branch}:{fault.file}"],
        cwd=repository.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout == fault.repaired()
    assert not (tmp_path / "sprung").exists()
