"""Settings of how people are told: mail, Slack. Each way is off until it is set up, and says so."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from donecast.kit.addresses import ADDRESS
from donecast.platform.settings_group import PREFIX, SettingsGroup

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ADDRESS = f"^({ADDRESS})?$"


class NoticeSettings(SettingsGroup):
    """Where mail is handed in, and where Slack takes messages."""

    smtp_host: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]{0,253}$")
    """The mail server that takes our mail; empty means that no mail is sent."""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """``tls`` from the first byte (usual on port 465), ``none`` only for this machine or without a password."""
    smtp_user: str = Field(default="", max_length=254)
    smtp_password: str = Field(default="", repr=False, max_length=1_000)
    smtp_from: str = Field(default="", pattern=_ADDRESS)
    """Who mail comes from; needed with a host."""
    smtp_ca_file: str = ""
    """A file with the certificates to trust in place of the system's, for a mail server of one's own."""
    smtp_deadline_seconds: int = Field(default=30, ge=1, le=300)
    """For one mail, from connecting to the server's last word."""
    operator_email: str = Field(default="", pattern=_ADDRESS)
    """Who is told when the installation needs a person; empty means every admin."""
    slack_webhook_url: str = Field(default="", repr=False)
    """An incoming webhook of Slack, which is a secret; empty means that Slack is told nothing."""
    slack_deadline_seconds: int = Field(default=10, ge=1, le=60)
    runbooks_url: str = Field(default="", max_length=300)
    """Where ``docs/runbooks`` can be read, for links in alerts; empty means that the path is named."""


def notice_mistakes(notices: NoticeSettings) -> list[str]:
    """What in these settings cannot be, a sentence each with the name of the setting."""
    mistakes = []
    if notices.smtp_host and not notices.smtp_from:
        mistakes.append(f"{PREFIX}SMTP_FROM: is needed with a host; it is the address that mail comes from")
    is_here = notices.smtp_host in _LOOPBACK
    if notices.smtp_password and notices.smtp_security == "none" and not is_here:
        mistakes.append(f"{PREFIX}SMTP_SECURITY: a password goes over starttls or tls only, except on this machine")
    if notices.slack_webhook_url and not _is_safe(notices.slack_webhook_url):
        mistakes.append(f"{PREFIX}SLACK_WEBHOOK_URL: must be an https:// address, for it is a secret")
    return mistakes


def _is_safe(url: str) -> bool:
    try:
        address = urlsplit(url)
    except ValueError:
        return False
    host = address.hostname or ""
    return bool(host) and (address.scheme == "https" or (address.scheme == "http" and host in _LOOPBACK))
