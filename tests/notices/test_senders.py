"""Mail and Slack over real sockets: what goes out, what is tried again, what is given up."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from donecast.accounts.rules import normal_address
from donecast.entry.wiring import guarded, open_error_tracker, open_senders
from donecast.kit.addresses import is_address
from donecast.kit.clock import FixedClock
from donecast.notices import service
from donecast.notices.rules import Notice
from donecast.notices.senders import MailSender, SlackSender, slack_text
from donecast.platform.error_rules import ErrorReport
from donecast.platform.error_tracking import ErrorTracker, Trail
from donecast.platform.notice_settings import NoticeSettings
from donecast.platform.sentry_door import SentryDoor
from donecast.platform.settings import SettingsInvalid, load_settings
from donecast.platform.web import Ground
from tests.support.mail_server import MailServer, Mood, mail_server, make_certificate
from tests.support.outboxes import put, rows
from tests.support.servers import free_port
from tests.support.slack_server import SlackAnswer, SlackServer, slack_server

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ANN = "ann@example.com"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(_NOON)


@pytest.fixture
def still(ground: Ground, clock: FixedClock) -> Ground:
    return replace(ground, clock=clock)


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with slack_server() as server:
        yield server


@dataclass
class Kept:
    """Our own store, which keeps what it is given."""

    kept: list[ErrorReport] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)

    def take(self, report: ErrorReport) -> None:
        self.kept.append(report)

    def flush(self) -> None:
        """Nothing waits."""

    def begin(self, trail: Trail) -> None:
        """Follows no course."""

    def trace(self, trail: Trail, ended_at: datetime) -> None:
        """Follows no course."""


@dataclass
class KeptDoor(SentryDoor):
    """A door behind which reports are kept."""

    kept: list[ErrorReport] = field(default_factory=list)

    def take(self, report: ErrorReport) -> None:
        self.kept.append(report)


def mail_sender(server: MailServer, **changes: Any) -> MailSender:
    return MailSender(NoticeSettings(**server.settings | changes), lambda: ["root@example.org", "eve@example.org"])


def slack_sender(ground: Ground, slack: SlackServer, **changes: Any) -> SlackSender:
    return SlackSender(NoticeSettings(**slack.settings | changes), guarded(ground)("slack"))


def text_of(message: Message, kind: str) -> str:
    part = next(part for part in message.walk() if part.get_content_type() == kind)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode()


def test_a_mail_is_plain_text_and_simple_html_with_the_number_to_quote(still: Ground, mailbox: MailServer) -> None:
    body = "Your upload <b>stopped</b>.\n\nLook at https://pod.example.org/studio, please."
    put(still, "k:1", "mail", recipient=_ANN, subject="About “Erste Folge” – ü", body=body, request_id="req-77")
    assert service.deliver_due(still, mail_sender(mailbox)) == 1
    (mail,) = mailbox.taken
    assert mailbox.recipients == [[_ANN]]
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (_ANN, "donecast@example.org", "auto-generated")
    assert mail["Date"] == "Sun, 01 Mar 2026 12:00:00 +0000"
    assert "Number of the request: req-77" in text_of(mail, "text/plain")
    page = text_of(mail, "text/html")
    assert "&lt;b&gt;stopped&lt;/b&gt;" in page
    assert '<a href="https://pod.example.org/studio">https://pod.example.org/studio</a>, please' in page


def test_what_is_for_admins_goes_to_all_of_them(still: Ground, mailbox: MailServer) -> None:
    put(still, "k:1", "mail")
    service.deliver_due(still, mail_sender(mailbox))
    assert mailbox.recipients == [["root@example.org", "eve@example.org"]]


def test_an_odd_address_of_one_admin_keeps_no_other_from_being_told(still: Ground, mailbox: MailServer) -> None:
    addresses = ["root@example.org", "jörg@bücher.example", "(x)@example.org"]
    put(still, "k:1", "mail")
    sender = MailSender(NoticeSettings(**mailbox.settings), lambda: addresses)
    assert service.deliver_due(still, sender) == 1
    assert mailbox.recipients == [["root@example.org"]]


@pytest.mark.parametrize("email", ["jörg@example.org", "ann@bücher.example", "(x)@example.org", "a,b@example.org"])
def test_who_signs_up_has_an_address_that_mail_can_be_sent_to(email: str) -> None:
    assert (normal_address(email), is_address(email)) == (None, False)


def test_a_report_goes_to_sentry_alone_and_not_where_sentry_is_off(ground: Ground, clock: FixedClock) -> None:
    own, door = Kept(), KeptDoor(sends_email=False, rate=0.0, profiles=False)
    on = replace(ground, clock=clock, errors=ErrorTracker(clock, (own, door)))
    put(on, "k:1", "sentry")
    (sentry,) = [sender for sender in open_senders(on) if sender.channel == "sentry"]
    assert service.deliver_due(on, sentry) == 1
    assert ([report.message for report in door.kept], own.kept) == (["About k:1"], [])

    settings = load_settings(
        {"environment": "dev", "data": ground.settings.data, "sentry_dsn": "https://key@sentry.example/1"}
    )
    off = replace(ground, settings=settings, errors=open_error_tracker(settings, clock, ground.database))
    (sentry,) = [sender for sender in open_senders(off) if sender.channel == "sentry"]
    assert sentry.off_because() == "Sentry disabled: env=dev sends nothing unless SENTRY_IN_DEV is true"


@pytest.mark.parametrize("mood", ["busy", "cuts", "cuts_after_taking", "slow"])
def test_a_mail_that_was_not_surely_taken_goes_out_again_under_the_same_message_id(
    still: Ground, clock: FixedClock, mailbox: MailServer, mood: Mood
) -> None:
    mailbox.moods, mailbox.seconds_slow = [mood], 1.5
    put(still, "k:1", "mail", recipient=_ANN)
    sender = mail_sender(mailbox, smtp_deadline_seconds=1)
    assert service.deliver_due(still, sender) == 0
    assert [(row.state, row.attempts) for row in rows(still)] == [("waiting", 1)]
    clock.advance(timedelta(minutes=1))
    time.sleep(0.6 if mood == "slow" else 0.0)
    assert service.deliver_due(still, sender) == 1
    assert len(mailbox.taken) == (2 if mood in {"cuts_after_taking", "slow"} else 1)
    assert len({mail["Message-ID"] for mail in mailbox.taken}) == 1


def test_an_address_that_does_not_exist_is_given_up_at_once(still: Ground, mailbox: MailServer) -> None:
    mailbox.moods = ["refuses_recipient"]
    put(still, "k:1", "mail", recipient="gone@example.com")
    put(still, "k:2", "mail", recipient="a@example.com, b@example.com")
    service.deliver_due(still, mail_sender(mailbox))
    assert {row.key: row.state for row in rows(still) if row.channel == "mail"} == {
        "k:1": "given_up",
        "k:2": "given_up",
    }
    assert mailbox.taken == []


@pytest.mark.parametrize("evil", ["a\nBcc: all@example.com", "a\r\n\r\nBuy now", "x\x00y", "= ?utf-8?q?=0ABcc: x?="])
def test_no_subject_can_add_a_line_to_the_head(still: Ground, mailbox: MailServer, evil: str) -> None:
    put(still, "k:1", "mail", recipient=_ANN, subject=evil)
    assert service.deliver_due(still, mail_sender(mailbox)) == 1
    (mail,) = mailbox.taken
    assert (mail["Bcc"], mailbox.recipients) == (None, [[_ANN]])
    assert "Buy now" not in text_of(mail, "text/plain")


def test_with_a_password_over_starttls_and_not_with_a_certificate_that_nobody_trusts(
    still: Ground, clock: FixedClock, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    with mail_server(certificate=certificate, password="open sesame") as server:
        put(still, "k:1", "mail", recipient=_ANN)
        right = {"smtp_user": "donecast", "smtp_password": "open sesame"}
        for wrong in ({"smtp_ca_file": ""}, {"smtp_password": "guess"}, {"smtp_security": "none"}):
            assert service.deliver_due(still, mail_sender(server, **right | wrong)) == 0
            assert rows(still)[0].state == "waiting"
            clock.advance(timedelta(hours=1))
        assert service.deliver_due(still, mail_sender(server, **right)) == 1
        assert len(server.taken) == 1


def test_a_mail_server_that_says_a_sign_a_second_ends_at_the_deadline(still: Ground) -> None:
    with socket.create_server(("127.0.0.1", 0)) as dripping:

        def drip() -> None:
            connection, _ = dripping.accept()
            with connection:
                try:
                    while True:
                        connection.sendall(b"2")
                        time.sleep(0.1)
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        put(still, "k:1", "mail", recipient=_ANN)
        port = dripping.getsockname()[1]
        server = MailServer(settings={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_from": "d@example.org"})
        begun = time.monotonic()
        assert service.deliver_due(still, mail_sender(server, smtp_deadline_seconds=1, smtp_security="none")) == 0
        assert time.monotonic() - begun < 3
        thread.join(5)
    assert rows(still)[0].state == "waiting"


def test_a_mail_server_that_is_not_there_is_tried_again(still: Ground) -> None:
    put(still, "k:1", "mail", recipient=_ANN)
    server = MailServer(settings={"smtp_host": "127.0.0.1", "smtp_port": free_port(), "smtp_from": "d@example.org"})
    assert service.deliver_due(still, mail_sender(server)) == 0
    assert rows(still)[0].state == "waiting"
    assert "ConnectionRefused" in (rows(still)[0].last_error or "")


def test_slack_shows_the_subject_first_and_no_word_of_ours_is_a_command(still: Ground, slack: SlackServer) -> None:
    put(still, "k:1", subject="[donecast] alert <!channel>", body="a < b & c\n<https://x|y>", request_id="req-1")
    assert service.deliver_due(still, slack_sender(still, slack)) == 1
    assert slack.posted == ["[donecast] alert &lt;!channel&gt;\na &lt; b &amp; c\n&lt;https://x|y&gt;\nrequest req-1"]
    assert len(slack_text(Notice(key="k", channel="slack", subject="s", body="b" * 20_000))) < 10_000


@pytest.mark.parametrize(
    "answer",
    [
        SlackAnswer(500, b"rolling over"),
        SlackAnswer(200, b"<html>Please sign in to the guest network</html>"),
        SlackAnswer(cut=True, body=b"o?"),
        SlackAnswer(seconds=3.0, body=b"never"),
    ],
    ids=["broken", "garbage", "cut", "slow"],
)
def test_slack_is_asked_again_when_it_did_not_take_a_message(
    still: Ground, clock: FixedClock, slack: SlackServer, answer: SlackAnswer
) -> None:
    slack.answers = [answer]
    put(still, "k:1")
    sender = slack_sender(still, slack, slack_deadline_seconds=1)
    assert service.deliver_due(still, sender) == 0
    assert rows(still)[0].state == "waiting"
    clock.advance(timedelta(minutes=1))
    assert service.deliver_due(still, sender) == 1
    assert len(slack.posted) == 1


def test_slack_says_how_long_it_wants_to_be_left_alone_and_is(still: Ground, slack: SlackServer) -> None:
    slack.answers = [SlackAnswer(429, b"ratelimited", {"Retry-After": "37"})]
    put(still, "k:1")
    put(still, "k:2")
    service.deliver_due(still, slack_sender(still, slack))
    assert slack.asked == 1
    asked_again_at = max(row.next_attempt_at for row in rows(still))
    assert asked_again_at == _NOON + timedelta(seconds=37)
    service.deliver_due(still, slack_sender(still, slack))
    assert slack.asked == 1, "the breaker that all processes share keeps the others away too"


def test_a_webhook_that_was_taken_back_is_given_up_and_told(still: Ground, slack: SlackServer) -> None:
    slack.answers = [SlackAnswer(404, b"no_service")]
    put(still, "k:1")
    service.deliver_due(still, slack_sender(still, slack))
    states = {row.channel: (row.state, row.last_error or row.subject) for row in rows(still)}
    assert states["slack"] == ("given_up", "Slack answers 404 no_service")
    assert states["in_app"][1] == "Not delivered by slack: About k:1"


def test_without_settings_every_channel_is_off_and_says_which_setting_is_missing(ground: Ground) -> None:
    reasons = {sender.channel: sender.off_because() or "" for sender in open_senders(ground)}
    assert "DONECAST_SMTP_HOST" in reasons["mail"]
    assert "DONECAST_SLACK_WEBHOOK_URL" in reasons["slack"]


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_host": "smtp.example.org"},
        {"smtp_host": "m.example.org", "smtp_from": "a@b.org", "smtp_security": "none", "smtp_password": "p"},
        {"slack_webhook_url": "http://hooks.slack.com/x"},
        {"operator_email": "a@b.org\nBcc: c@d.org"},
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, given: dict[str, Any]) -> None:
    with pytest.raises(SettingsInvalid):
        load_settings({"environment": "test", "data": tmp_path, **given})
