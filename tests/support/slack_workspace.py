"""A stand-in for Slack's Web API over a real socket: pages, threads, metadata, limits, and every rudeness of a network.

What Slack does and this does: newest first in a channel, ``oldest`` and ``latest`` without the messages they name,
edits keep their time stamp, a 200 that says ``ok: false``, 429 with Retry-After for each method, and a post that is
stored although its answer is lost.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from tests.support.rude_server import RudeServer, listening, send

BOT, BOT_ID, TEAM = "UBOT", "BBOT", "T1"
Manner = Literal[
    "polite",
    "limited",
    "down",
    "garbage",
    "cut",
    "stored_and_lost",
    "stored_and_500",
    "lost",
    "hang",
    "token_dead",
    "no_scope",
    "no_channel",
]


@dataclass(slots=True)
class Workspace:
    """One channel with its threads, and how the server behaves: by method, for so many calls, or always (-1)."""

    channel: str = "C1"
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    manners: dict[str, list[tuple[Manner, int]]] = field(default_factory=dict)
    page_messages_max: int = 15
    calls: Counter[str] = field(default_factory=Counter)
    retry_after_seconds: int = 1
    hang_seconds: float = 30.0
    first_second: int = 1_796_000_000
    signs: dict[str, list[str]] = field(default_factory=dict)
    """Reactions under every message: who set each."""
    socket_url: str = ""
    told: Callable[[dict[str, Any]], None] | None = None
    """Who hears of each message at once, see `slack_socket`."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def say(self, text: str, *, bot: bool = True, **more: Any) -> str:
        """A message in the channel; answers its time stamp."""
        ts = self.stamp()
        author = {"bot_id": "BALERTS"} if bot else {"user": "UANN"}
        with self.lock:
            self.messages[ts] = {"type": "message", "ts": ts, "text": text, **author, **more}
        if self.told is not None:
            self.told(self.messages[ts])
        return ts

    def stamp(self) -> str:
        """The next time stamp."""
        with self.lock:
            return self._stamp()

    def _stamp(self) -> str:
        self._count += 1
        return f"{self.first_second + self._count}.{self._count % 1_000_000:06}"

    def behave(self, method: str, manner: Manner, times: int = -1) -> None:
        """How the next calls of a method are met."""
        with self.lock:
            self.manners.setdefault(method, []).append((manner, times))

    def ours(self, ts: str) -> list[dict[str, Any]]:
        """The bot's replies under a message."""
        with self.lock:
            return [reply for reply in self.replies.get(ts, []) if reply.get("bot_id") == BOT_ID]

    def manner_of(self, method: str) -> Manner:
        """How this call is met."""
        with self.lock:
            self.calls[method] += 1
            planned = self.manners.get(method, [])
            if not planned:
                return "polite"
            manner, times = planned[0]
            if times > 0:
                planned[0] = (manner, times - 1)
                if times == 1:
                    planned.pop(0)
            return manner

    def answer(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What Slack says to a well-formed question."""
        with self.lock:
            said: dict[str, Any] = getattr(self, f"_{method.replace('.', '_').lower()}", self._unknown)(asked)
            return said

    def _unknown(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"ok": False, "error": "unknown_method"}

    def _auth_test(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "user_id": BOT, "bot_id": BOT_ID, "team_id": TEAM}

    def _reactions_get(self, asked: dict[str, Any]) -> dict[str, Any]:
        everything = [*self.messages.values(), *(reply for replies in self.replies.values() for reply in replies)]
        message = next((one for one in everything if one["ts"] == asked.get("timestamp")), None)
        if message is None:
            return {"ok": False, "error": "message_not_found"}
        signs = [{"name": name, "users": users, "count": len(users)} for name, users in self.signs.items()]
        return {"ok": True, "type": "message", "message": {**message, **({"reactions": signs} if signs else {})}}

    def _apps_connections_open(self, _asked: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "url": self.socket_url} if self.socket_url else {"ok": False, "error": "invalid_auth"}

    def _chat_getpermalink(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {
            "ok": True,
            "permalink": f"https://example.slack.com/archives/{asked['channel']}/p{asked['message_ts']}",
        }

    def _conversations_history(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked.get("channel") != self.channel:
            return {"ok": False, "error": "channel_not_found"}
        oldest, latest = asked.get("oldest", "0"), asked.get("latest", "9")
        found = sorted((ts for ts in self.messages if oldest < ts < latest), reverse=True)
        count = min(int(asked.get("limit", 100)), self.page_messages_max)
        begin = int(asked.get("cursor") or 0)
        page = [_as_asked(self.messages[ts], asked) for ts in found[begin : begin + count]]
        more = len(found) > begin + count
        return {
            "ok": True,
            "messages": page,
            "has_more": more,
            "response_metadata": {"next_cursor": str(begin + count) if more else ""},
        }

    def _conversations_replies(self, asked: dict[str, Any]) -> dict[str, Any]:
        ts = asked.get("ts", "")
        if ts not in self.messages:
            return {"ok": False, "error": "thread_not_found"}
        found = [self.messages[ts], *self.replies.get(ts, [])]
        count = min(int(asked.get("limit", 100)), self.page_messages_max)
        begin = int(asked.get("cursor") or 0)
        more = len(found) > begin + count
        return {
            "ok": True,
            "messages": [_as_asked(message, asked) for message in found[begin : begin + count]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(begin + count) if more else ""},
        }

    def _chat_postmessage(self, asked: dict[str, Any]) -> dict[str, Any]:
        texts = [block["text"]["text"] for block in asked.get("blocks", []) if "text" in block]
        if (
            len(asked.get("blocks", [])) > 50
            or any(len(text) > 3_000 for text in texts)
            or sum(map(len, texts)) > 13_200
        ):
            return {"ok": False, "error": "msg_blocks_too_long"}
        ts = self._stamp()
        known: dict[str, Any] = {name: asked[name] for name in ("text", "blocks", "metadata") if name in asked}
        reply: dict[str, Any] = {
            "type": "message",
            "ts": ts,
            "bot_id": BOT_ID,
            "user": BOT,
            "thread_ts": asked["thread_ts"],
        } | known
        self.replies.setdefault(asked["thread_ts"], []).append(reply)
        return {"ok": True, "channel": self.channel, "ts": ts, "message": reply}

    def _chat_update(self, asked: dict[str, Any]) -> dict[str, Any]:
        for replies in self.replies.values():
            for reply in replies:
                if reply["ts"] == asked.get("ts"):
                    reply.update({name: asked[name] for name in ("text", "blocks", "metadata") if name in asked})
                    return {"ok": True, "ts": reply["ts"]}
        return {"ok": False, "error": "message_not_found"}


def _as_asked(message: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Metadata comes only to who asks for it."""
    if asked.get("include_all_metadata"):
        return message
    return {name: value for name, value in message.items() if name != "metadata"}


@contextmanager
def slack(workspace: Workspace) -> Iterator[str]:
    """The address of a workspace's Web API, with its slash."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.removeprefix("/api/")
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
            if self.path.startswith("/services/"):  # an incoming webhook of the same channel
                workspace.say(asked["text"], subtype="bot_message")
                send(self, 200, b"ok", {})
                return
            _meet(self, workspace, method, asked)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        yield f"{address}/api/"


_SAYS_NO = {"token_dead": "invalid_auth", "no_scope": "missing_scope", "no_channel": "channel_not_found"}


def _meet(handler: BaseHTTPRequestHandler, workspace: Workspace, method: str, asked: dict[str, Any]) -> None:
    def say(status: int, said: object, *, cut: bool = False, after: int | None = None) -> None:
        headers = {"Content-Type": "application/json"} | ({} if after is None else {"Retry-After": str(after)})
        send(handler, status, json.dumps(said).encode(), headers, cut=cut)

    manner = workspace.manner_of(method)
    match manner:
        case "limited":
            say(429, {"ok": False, "error": "ratelimited"}, after=workspace.retry_after_seconds)
        case "down":
            say(503, {"ok": False})
        case "garbage":
            send(handler, 200, b"<html>Sorry</html>", {"Content-Type": "text/html"})
        case "cut":
            say(200, workspace.answer(method, asked), cut=True)
        case "stored_and_lost":
            workspace.answer(method, asked)
            handler.connection.close()
        case "stored_and_500":
            workspace.answer(method, asked)
            say(500, {"ok": False, "error": "internal_error"})
        case "lost":
            handler.connection.close()
        case "hang":
            time.sleep(workspace.hang_seconds)
        case "token_dead" | "no_scope" | "no_channel":
            say(200, {"ok": False, "error": _SAYS_NO[manner]})
        case "polite":
            say(200, workspace.answer(method, asked))
