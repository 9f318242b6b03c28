"""Slack's Socket Mode over a real WebSocket: it tells whoever is connected of each message, and hears the receipts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.support.slack_workspace import Workspace


@dataclass(slots=True)
class SocketSide:
    """Who is connected, and what was acknowledged."""

    connected: list[ServerConnection] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def say_raw(self, text: str) -> None:
        """Sends words as they are."""
        for connection in list(self.connected):
            with suppress(ConnectionClosed):
                connection.send(text)

    def tell(self, message: dict[str, Any], channel: str) -> None:
        """Tells of a message."""
        event = {**message, "type": "message", "channel": channel}
        envelope = {"type": "events_api", "envelope_id": message["ts"], "payload": {"event": event}}
        self.say_raw(json.dumps(envelope))


@contextmanager
def socket_mode(workspace: Workspace) -> Iterator[SocketSide]:
    """Beside a workspace, whose messages are told from now on."""
    side = SocketSide()

    def meet(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello"}))
        side.connected.append(connection)
        side.came.set()
        with suppress(ConnectionClosed):  # killed perhaps, which is what the stand-in is for
            for said in connection:
                side.receipts.append(json.loads(said)["envelope_id"])
        side.connected.remove(connection)

    with serve(meet, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        workspace.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link"
        workspace.told = lambda message: side.tell(message, workspace.channel)
        yield side
        server.shutdown()
        thread.join(5)
