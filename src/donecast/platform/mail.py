"""The one door to mail: hands one message to a mail server (RFC 5321), within a deadline, and says what came of it.

No address and no subject can add a line to the head of a message: what holds a control character is refused or cleaned
before it gets here, and the message is built by the standard library, which refuses it once more.
"""

import hashlib
import html
import re
import smtplib
import ssl
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from threading import Timer

from donecast.kit.addresses import is_address
from donecast.platform.notice_settings import NoticeSettings
from donecast.platform.telemetry import logger

_SILENCE_SECONDS_MAX = 10.0
_LINK = re.compile(r"https?://[^\s<>\"']+")
_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Mail:
    """One message. ``key`` becomes its Message-ID, so that who gets it twice can tell; ``at``: its date."""

    to: tuple[str, ...]
    subject: str
    text: str
    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NotTaken:
    """Why the mail server did not take a message. ``for_good``: it never will; ``is_down``: it takes none at present.

    Unless ``for_good``, the message may still have been taken: its last word may be what was lost.
    """

    why: str
    for_good: bool = False
    is_down: bool = False


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message as it is sent: plain text, and the same as simple HTML."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{hashlib.sha256(mail.key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    message.set_content(mail.text)
    message.add_alternative(_as_html(mail.text), subtype="html")
    return message


def send(settings: NoticeSettings, mail: Mail) -> NotTaken | None:
    """Hands the message to the mail server; None when it took it for at least one of the recipients.

    What cannot be an address is left out, and keeps no other recipient from being told.
    """
    recipients = tuple(filter(is_address, mail.to))
    if not recipients:
        return NotTaken("the address cannot be one", for_good=True)
    if len(recipients) < len(mail.to):
        logger().warning("some addresses cannot be one", recipients=len(mail.to) - len(recipients))
    deadline = settings.smtp_deadline_seconds
    server: smtplib.SMTP | None = None
    watch: Timer | None = None
    try:
        message = message_of(replace(mail, to=recipients), settings.smtp_from)
        trust = ssl.create_default_context(cafile=settings.smtp_ca_file or None)
        silence = min(float(deadline), _SILENCE_SECONDS_MAX)
        server = (
            smtplib.SMTP_SSL(timeout=silence, context=trust)
            if settings.smtp_security == "tls"
            else smtplib.SMTP(timeout=silence)
        )
        # A server that says one sign each few seconds is never silent for long, and yet has to end.
        watch = Timer(deadline, _hang_up, [server])
        watch.start()
        _hand_over(server, settings, message, trust)
    except smtplib.SMTPResponseException as error:
        return _refused(error)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return NotTaken(f"no recipient was taken: {codes}", for_good=min(codes) >= _PERMANENT)
    except smtplib.SMTPNotSupportedError as error:
        return NotTaken(f"the mail server cannot do what the settings ask: {error}", is_down=True)
    except (OSError, smtplib.SMTPException) as error:  # an SMTPException is an OSError; both named for the reader
        return NotTaken(f"{type(error).__name__}: {error}", is_down=True)
    finally:
        if watch:
            watch.cancel()
        if server:
            server.close()
    return None


def _hand_over(server: smtplib.SMTP, settings: NoticeSettings, message: EmailMessage, trust: ssl.SSLContext) -> None:
    # The certificate has to be that of the host, which the library remembers only from its constructor.
    server._host = settings.smtp_host  # type: ignore[attr-defined]
    code, said = server.connect(settings.smtp_host, settings.smtp_port)
    if code >= 400:
        raise smtplib.SMTPConnectError(code, said)
    server.ehlo()
    if settings.smtp_security == "starttls":
        server.starttls(context=trust)
        server.ehlo()
    if settings.smtp_user:
        server.login(settings.smtp_user, settings.smtp_password)
    refused = server.send_message(message)
    if refused:
        logger().warning("some recipients were not taken", recipients=len(refused))


def _refused(error: smtplib.SMTPResponseException) -> NotTaken:
    said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
    # A refused password or greeting is about the settings or the server, whatever the message.
    about_all = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError)
    permanent = error.smtp_code >= _PERMANENT and not about_all
    return NotTaken(f"{error.smtp_code} {said}", for_good=permanent, is_down=not permanent)


def _hang_up(server: smtplib.SMTP) -> None:
    if server.sock:
        try:
            server.sock.shutdown(2)
        except OSError:  # it has ended by itself meanwhile
            return


def _as_html(text: str) -> str:
    paragraphs = [_paragraph(part) for part in re.split(r"\n{2,}", text.strip())]
    style = "font-family:sans-serif;font-size:16px;line-height:1.5;color:#222;max-width:36em"
    return f'<!doctype html><html lang="en"><body style="{style}">{"".join(paragraphs)}</body></html>'


def _paragraph(text: str) -> str:
    lines = [_LINK.sub(_anchor, html.escape(line, quote=False)) for line in text.splitlines()]
    return f"<p>{'<br>'.join(lines)}</p>"


def _anchor(found: re.Match[str]) -> str:
    address = found.group().rstrip(".,;:!?)")
    return f'<a href="{address}">{address}</a>{found.group()[len(address) :]}'
