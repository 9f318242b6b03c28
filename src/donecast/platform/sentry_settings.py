"""Settings of error tracking with Sentry: where errors are sent, and with which tokens they are read and changed.

What runs in a browser can be read by everybody there, so the studio has a DSN of its own.

They keep the names that Sentry's own tools read, so none of them starts with our prefix.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from donecast.platform.settings_group import SettingsGroup

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SILENT_ENVIRONMENTS = frozenset({"dev", "test"})
_DSN_CHARACTERS_MAX = 300
_BROWSER_DSN = re.compile(
    r"(?:https://[A-Za-z0-9]{1,80}@[A-Za-z0-9.-]{1,120}|http://[A-Za-z0-9]{1,80}@(?:127\.0\.0\.1|localhost))"
    r"(?::\d{1,5})?(?:/[A-Za-z0-9_-]{1,40}){0,3}/\d{1,20}"
)
"""Without the old second half of a key, which is secret, and without anything that would end a line of a header."""


class SentrySettings(SettingsGroup):
    """Errors are always kept here as well; with a DSN they are sent, with a token the admin's pages read them there."""

    model_config = SettingsConfigDict(env_prefix="")

    sentry_dsn: str = Field(default="", repr=False)
    sentry_browser_dsn: str = Field(default="", max_length=_DSN_CHARACTERS_MAX)
    """Where the studio tells of its own errors, from people's browsers; without it they are kept here."""
    sentry_traces_sample_rate: float = Field(default=0.1, ge=0, le=1)
    sentry_profiles_sample_rate: float = Field(default=0.0, ge=0, le=1)
    sentry_in_dev: bool = False
    """Whether errors are sent from dev and test too, where a DSN alone does nothing."""
    sentry_send_email: bool = False
    """Whether a person's e-mail address goes with their errors; the id of their account always does."""
    sentry_base_url: str = Field(default="https://sentry.io", max_length=300)
    sentry_org: str = Field(default="donecast", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    sentry_org_token: str = Field(default="", repr=False)
    """With the scope event:read; without it the admin's pages show what is kept here."""
    sentry_write_token: str = Field(default="", repr=False)
    """With the scope event:write; without it errors are read and never changed."""


@dataclass(frozen=True, slots=True)
class BrowserErrors:
    """Where and as what the studio tells of its errors. ``origin``: the host that its page may speak to for it."""

    dsn: str
    origin: str
    environment: str


def off_because(settings: SentrySettings, environment: str, dsn_name: str = "SENTRY_DSN") -> str | None:
    """Why nothing is sent to Sentry by the DSN of that name; None: it is."""
    if not getattr(settings, dsn_name.lower()):
        return f"{dsn_name} is not set"
    if environment in _SILENT_ENVIRONMENTS and not settings.sentry_in_dev:
        return f"env={environment} sends nothing unless SENTRY_IN_DEV is true"
    return None


def browser_errors(settings: SentrySettings, environment: str) -> BrowserErrors | None:
    """How the studio tells Sentry of its own errors; None: it tells us."""
    if off_because(settings, environment, "SENTRY_BROWSER_DSN"):
        return None
    dsn = settings.sentry_browser_dsn
    address = urlsplit(dsn)
    return BrowserErrors(dsn, f"{address.scheme}://{address.netloc.rpartition('@')[2]}", environment)


def sentry_mistakes(settings: SentrySettings) -> list[str]:
    """What contradicts itself, a sentence each."""
    tokens = {"SENTRY_ORG_TOKEN": settings.sentry_org_token, "SENTRY_WRITE_TOKEN": settings.sentry_write_token}
    mistakes = [
        f"{name}: holds a space; it is sent as it is written here"
        for name, token in tokens.items()
        if any(character.isspace() for character in token)
    ]
    if settings.sentry_write_token and not settings.sentry_org_token:
        mistakes.append("SENTRY_ORG_TOKEN: is needed, because SENTRY_WRITE_TOKEN is set")
    scheme, host = _scheme_and_host(settings.sentry_base_url)
    if not host or (scheme != "https" and not (scheme == "http" and host in _LOOPBACK)):
        mistakes.append("SENTRY_BASE_URL: must be an https:// address, for the tokens are sent there")
    if settings.sentry_browser_dsn and not _BROWSER_DSN.fullmatch(settings.sentry_browser_dsn):
        mistakes.append(
            "SENTRY_BROWSER_DSN: must be a public DSN such as https://key@host/1, "
            "for everybody who opens the studio can read it"
        )
    return mistakes


def _scheme_and_host(url: str) -> tuple[str, str]:
    try:
        address = urlsplit(url)
    except ValueError:
        return "", ""
    return address.scheme, address.hostname or ""
