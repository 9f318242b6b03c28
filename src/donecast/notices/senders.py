"""Who delivers by which channel. Each is off until the settings name where to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from donecast.notices.errors import NotDelivered
from donecast.notices.rules import ADMINS, Channel, Notice
from donecast.platform import mail
from donecast.platform.error_rules import Level
from donecast.platform.error_tracking import ErrorTracker, capture_message
from donecast.platform.notice_settings import NoticeSettings
from donecast.platform.outgoing import UNGUARDED, NoAnswer, Outgoing, OutgoingLimits, Question, retry_after_seconds
from donecast.platform.settings_group import PREFIX

SLACK = "slack"
"""The name of its circuit breaker."""
_TAKEN = b"ok"
_SLACK_ANSWER_BYTES_MAX = 64 * 1024
_SLACK_CHARACTERS_MAX = 8_000
_FACTS_OF_SENTRY = ("request_id", "user_id", "show_id", "episode_id")
_LEVELS: Mapping[str, Level] = {"critical": "fatal", "high": "error", "medium": "warning", "low": "info"}


@dataclass(frozen=True, slots=True)
class MailSender:
    """Mail, to an address, or to everybody who runs this installation."""

    settings: NoticeSettings
    admins: Callable[[], Sequence[str]]
    channel: Channel = "mail"

    def off_because(self) -> str | None:
        """See `service.Sender`."""
        return None if self.settings.smtp_host else f"Mail is not set up: {PREFIX}SMTP_HOST is empty."

    def send(self, notice: Notice, at: datetime) -> None:
        """See `service.Sender`."""
        to = tuple(self.admins()) if notice.recipient == ADMINS else (notice.recipient,)
        number = f"\n\nNumber of the request: {notice.request_id}" if notice.request_id else ""
        letter = mail.Mail(to, notice.subject, f"{notice.body}{number}\n", notice.key, at)
        failure = mail.send(self.settings, letter)
        if failure:
            raise NotDelivered(failure.why, for_good=failure.for_good, channel_is_down=failure.is_down)


@dataclass(frozen=True, slots=True)
class SlackSender:
    """One channel of Slack, by an incoming webhook. The subject is the first line, as it is."""

    settings: NoticeSettings
    way: Outgoing = UNGUARDED
    channel: Channel = "slack"

    def off_because(self) -> str | None:
        """See `service.Sender`."""
        return None if self.settings.slack_webhook_url else f"Slack is not set up: {PREFIX}SLACK_WEBHOOK_URL is empty."

    def send(self, notice: Notice, at: datetime) -> None:  # noqa: ARG002
        """See `service.Sender`. What Slack does not take at all, it says with a status from 400 on."""
        limits = OutgoingLimits(self.settings.slack_deadline_seconds, 1, _SLACK_ANSWER_BYTES_MAX)
        question = Question(
            "POST", self.settings.slack_webhook_url, json={"text": slack_text(notice)}, is_answer=_is_taken
        )
        answer = self.way.ask(question, limits)
        if isinstance(answer, NoAnswer):
            raise NotDelivered(f"no answer: {answer.lack}", channel_is_down=True, after_seconds=answer.after_seconds)
        if answer.status == 429 or answer.status >= 500:
            after = retry_after_seconds(answer)
            raise NotDelivered(f"Slack answers {answer.status}", channel_is_down=True, after_seconds=after)
        if answer.status >= 300:
            said = answer.body[:100].decode("utf-8", "replace")
            raise NotDelivered(f"Slack answers {answer.status} {said}", for_good=True)
        if not _is_taken(answer.body):
            raise NotDelivered("what answers is not Slack", channel_is_down=True)


@dataclass(frozen=True, slots=True)
class SentrySender:
    """A message to Sentry, with the notice's facts as tags, so that its alert rules can look at ``severity``.

    What is handed to Sentry's own queue counts as delivered; that queue may lose it while Sentry is away. ``tracker``
    leads to Sentry alone, for what is passed on has its place with us already; without a sink it says why it is off.
    """

    tracker: ErrorTracker
    channel: Channel = "sentry"

    def off_because(self) -> str | None:
        """See `service.Sender`."""
        return None if self.tracker.sinks else self.tracker.standing

    def send(self, notice: Notice, at: datetime) -> None:  # noqa: ARG002
        """See `service.Sender`."""
        facts = {"request_id": notice.request_id, **notice.facts}
        about = {name: facts[name] for name in _FACTS_OF_SENTRY if facts.get(name)}
        level = _LEVELS.get(notice.facts.get("severity", ""), "info")
        with self.tracker.tracked("round", **about):
            if capture_message(notice.subject, level, dict(notice.facts)) is None:
                raise NotDelivered("the message was not taken")


def slack_text(notice: Notice) -> str:
    """The notice as Slack shows it: without mentions, links or marks that its words could hold."""
    number = f"\nrequest {notice.request_id}" if notice.request_id else ""
    plain = f"{notice.subject}\n{notice.body}"[:_SLACK_CHARACTERS_MAX] + number
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _is_taken(body: bytes) -> bool:
    return body.strip() == _TAKEN
