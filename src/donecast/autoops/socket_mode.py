"""Socket Mode: Slack tells of a message at once, over a connection that we open, so that no address of ours is needed.

It only makes things quicker. The channel is read all the same, so whatever is lost here is found there.
"""

import json
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from donecast.autoops.errors import SlackRefused, SlackTrouble
from donecast.autoops.intake import Intake
from donecast.autoops.slack_client import SlackClient, message_of
from donecast.kit.errors import DonecastError
from donecast.platform.telemetry import logger

_PAUSE_SECONDS_MIN, _PAUSE_SECONDS_MAX = 1.0, 60.0
_LISTEN_SECONDS = 0.5
_OPEN_SECONDS = 10.0
_MESSAGE_BYTES_MAX = 1024**2


@dataclass(frozen=True, slots=True)
class SocketMode:
    """One connection after the other. ``slack`` asks with the app's own token."""

    slack: SlackClient
    intake: Intake
    told: Event

    def start(self) -> None:
        """Listens in the background until it is told to stop, or Slack will not have us."""
        Thread(target=self._stay_connected, name="slack-socket", daemon=True).start()

    def _stay_connected(self) -> None:
        pause = _PAUSE_SECONDS_MIN
        while not self.told.is_set():
            try:
                with connect(
                    self.slack.open_connection(), open_timeout=_OPEN_SECONDS, max_size=_MESSAGE_BYTES_MAX
                ) as connection:
                    logger().info("Slack tells of alerts at once")
                    pause = _PAUSE_SECONDS_MIN
                    self._listen(connection)
            except SlackRefused as error:
                logger().error("Slack will not tell of alerts at once; they are read", details=error.details)
                return
            except (SlackTrouble, WebSocketException, OSError) as error:
                logger().warning("the connection to Slack broke; alerts are read", reason=type(error).__name__)
            self.told.wait(pause)
            pause = min(2 * pause, _PAUSE_SECONDS_MAX)

    def _listen(self, connection: ClientConnection) -> None:
        while not self.told.is_set():
            try:
                said = json.loads(connection.recv(timeout=_LISTEN_SECONDS))
            except TimeoutError:
                continue
            except ValueError:
                return
            if not isinstance(said, dict) or said.get("type") == "disconnect":
                return
            if said.get("type") == "events_api" and not self._take(said):
                continue  # not acknowledged: Slack says it again
            if isinstance(said.get("envelope_id"), str):
                connection.send(json.dumps({"envelope_id": said["envelope_id"]}))

    def _take(self, said: dict[str, Any]) -> bool:
        payload = said.get("payload")
        event = payload.get("event") if isinstance(payload, dict) else None
        is_message = isinstance(event, dict) and event.get("type") == "message" and isinstance(event.get("ts"), str)
        if not isinstance(event, dict) or not is_message or event.get("channel") != self.intake.channel:
            return True
        try:
            self.intake.take(message_of(event))
        except (DonecastError, SQLAlchemyError) as error:
            logger().warning("an alert that Slack told of was not taken in", reason=type(error).__name__)
            return False
        return True
