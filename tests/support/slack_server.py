"""A stand-in for Slack's incoming webhooks on a real socket; ``answers`` are used up one a message, then it is well."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.rude_server import RudeServer, listening, send


@dataclass(frozen=True)
class SlackAnswer:
    """One answer; what it answers other than ``ok`` was not posted. ``seconds``: how long its first bytes take."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: bool = False


@dataclass
class SlackServer:
    """What was posted, and what is answered next."""

    posted: list[str] = field(default_factory=list)
    asked: int = 0
    answers: list[SlackAnswer] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)


@contextmanager
def slack_server() -> Iterator[SlackServer]:
    """Slack on a free port."""
    slack = SlackServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            slack.asked += 1
            answer = slack.answers.pop(0) if slack.answers else SlackAnswer()
            if answer.body == b"ok" and answer.status == 200:
                slack.posted.append(document["text"])
            body = answer.body if not answer.seconds else answer.body.ljust(40)
            send(self, answer.status, body, answer.headers, seconds=answer.seconds, cut=answer.cut)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        slack.settings = {"slack_webhook_url": f"{address}/services/T0/B0/secret"}
        yield slack
