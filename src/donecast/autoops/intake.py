"""Reads the alert channel so that every message is seen, at whatever pace Slack allows."""

from dataclasses import dataclass
from datetime import datetime

from donecast.autoops import service
from donecast.autoops.errors import SlackMessageUnknown
from donecast.autoops.rules.reading import ids_in, kind_of, own_alert, severity_of
from donecast.autoops.rules.reading_window import after_page
from donecast.autoops.rules.repeats import fingerprint
from donecast.autoops.rules.values import Alert
from donecast.autoops.slack_client import Message, Ourselves, SlackClient
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

PAGE_MESSAGES = 15
"""As many as Slack gives to an app of its smallest tier; larger pages are cut there without a word."""


@dataclass(frozen=True, slots=True)
class Intake:
    """One channel, as the bot sees it."""

    ground: Ground
    slack: SlackClient
    ourselves: Ourselves
    channel: str

    def read_page(self) -> bool:
        """Takes in one page of what is new, oldest page last; answers whether there is more. Raises SlackTrouble.

        The alerts of a page and how far was read are saved together: who is killed in between reads the page again,
        and an alert that is known is not taken twice.
        """
        with self.ground.database.reading() as session:
            window = service.window_of(session, self.channel)
        page = self.slack.history(self.channel, after=window.read_through, before=window.floor, count=PAGE_MESSAGES)
        seen = list(page.messages)
        while page.has_more and not page.messages and page.cursor:  # a page may hold nothing that we are shown
            page = self.slack.history(
                self.channel, after=window.read_through, before=window.floor, count=PAGE_MESSAGES, cursor=page.cursor
            )
            seen += page.messages
        stamps = [message.ts for message in seen]
        now = self.ground.clock.now()
        with self.ground.database.transaction() as session:
            for message in sorted(seen, key=lambda one: one.ts):
                alert = self.alert_in(message, now)
                if alert is not None:
                    state = service.take_in(session, alert, now)
                    logger().info("alert read", alert_id=alert.id, name=alert.name, state=state or "known")
            service.move_window(session, self.channel, after_page(window, stamps, has_more=page.has_more), now)
        return page.has_more

    def take(self, message: Message) -> None:
        """Takes in one message that Slack told us of by itself; the channel is read all the same, sooner or later."""
        now = self.ground.clock.now()
        alert = self.alert_in(message, now)
        if alert is not None:
            with self.ground.database.transaction() as session:
                service.take_in(session, alert, now)

    def take_one(self, ts: str) -> str:
        """Takes in the message of this time stamp because somebody asked for it; answers the alert's id.

        Raises SlackMessageUnknown and the rest of SlackTrouble.
        """
        messages = self.slack.thread(self.channel, ts, count=1).messages
        if not messages or messages[0].ts != ts or messages[0].is_reply:
            raise SlackMessageUnknown
        now = self.ground.clock.now()
        alert = self._alert(messages[0], now)
        with self.ground.database.transaction() as session:
            service.take_in(session, alert, now)
        return alert.id

    def alert_in(self, message: Message, now: datetime) -> Alert | None:
        """The alert that a message is, if it is one."""
        by_ourselves = bool(message.alert_id) or message.user == self.ourselves.user
        kind = kind_of(
            message.text,
            subtype=message.subtype,
            is_reply=message.is_reply,
            by_ourselves=by_ourselves,
            by_a_machine=bool(message.bot_id),
        )
        return self._alert(message, now) if kind == "alert" else None

    def _alert(self, message: Message, now: datetime) -> Alert:
        own = own_alert(message.text)
        severity, severity_from = severity_of(message.text)
        facts = own[2] if own else {}
        subject = facts.get("subject", "")
        ids = ids_in(message.text)
        text = message.text if own is None else f"{own[0]} {subject}"
        return Alert(
            channel=self.channel,
            ts=message.ts,
            author=message.bot_id or message.user,
            text=message.text,
            name=own[0] if own else None,
            subject=subject,
            severity=severity,
            severity_from=severity_from,
            request_ids=ids["request"],
            operation_ids=ids["operation"],
            fingerprint=fingerprint(text, subject),
            received_at=now,
        )
