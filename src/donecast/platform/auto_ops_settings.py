"""Settings of Auto-Ops, under the names that its guides have always had: they begin with ``AUTO_OPS_``."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from donecast.platform.settings_group import SettingsGroup

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class AutoOpsSettings(SettingsGroup):
    """Who is watched and who reasons. Without a bot's token nothing is watched, without a key rules reason."""

    model_config = SettingsConfigDict(env_prefix="")

    auto_ops_slack_bot_token: str = Field(default="", repr=False)
    auto_ops_slack_alert_channel: str = ""
    """The channel's id, such as C0123ABCD."""
    auto_ops_slack_app_token: str = Field(default="", repr=False)
    """With it Slack tells of alerts at once (Socket Mode); the channel is read all the same."""
    auto_ops_slack_url: str = "https://slack.com/api/"
    auto_ops_slack_thread_prefix: str = Field(default="[auto-ops]", min_length=1, max_length=40)
    auto_ops_gemini_api_key: str = Field(default="", repr=False)
    gemini_api_key: str = Field(default="", repr=False)
    """Stands in for the former, for it is what Google's own tools read."""
    auto_ops_gemini_url: str = ""
    """Empty means Google's own."""
    auto_ops_openai_url: str = ""
    """A server that speaks OpenAI's chat completions; with it, it is asked instead of Gemini."""
    auto_ops_openai_api_key: str = Field(default="", repr=False)
    auto_ops_model: str = Field(default="gemini-3.8-flash", min_length=1, max_length=100)
    auto_ops_repository_root: str = ""
    """A git checkout of the program; without it no code is looked at and no change proposed."""
    auto_ops_max_iterations: int = Field(default=3, ge=1, le=6)
    auto_ops_daemon_mode: bool = False
    auto_ops_poll_interval_seconds: int = Field(default=30, ge=10)
    auto_ops_state_file: str = ""
    auto_ops_dry_run: bool = False
    auto_ops_outcome: Literal["report", "branch", "pull_request"] = "report"
    """``branch``: a verified change also becomes a local branch of the checkout, with leave where it matters;
    ``pull_request``: a draft on GitHub."""
    auto_ops_github_repository: str = Field(default="", pattern=r"^([A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100})?$")
    auto_ops_github_token: str = Field(default="", repr=False)
    """May write contents and pull requests of that repository alone."""
    auto_ops_github_url: str = "https://api.github.com"
    auto_ops_approvers: str = Field(default="", pattern=r"^([UW][A-Z0-9]{2,20}(, *|$))*$", max_length=1_000)
    """Ids of people in Slack (U0123ABCD) who may approve a change, with commas between them."""
    auto_ops_health_port: int = Field(default=0, ge=0, le=65_535)
    """Where a watching Auto-Ops says that it goes on; 0: nowhere."""
    auto_ops_link_hosts: str = Field(default="", max_length=1_000)
    """Hosts that a reply may link to, beside our own; with commas between them."""
    auto_ops_log_file: str = ""
    """Where the program's log lies, as JSON lines, if this machine can read it."""

    @property
    def root(self) -> Path | None:
        """The checkout, or None."""
        return Path(self.auto_ops_repository_root).absolute() if self.auto_ops_repository_root else None

    @property
    def gemini_key(self) -> str:
        """The key for Gemini, whichever name it was given under."""
        return self.auto_ops_gemini_api_key or self.gemini_api_key

    @property
    def approvers(self) -> frozenset[str]:
        """Who may approve a change."""
        return frozenset(one.strip() for one in self.auto_ops_approvers.split(",") if one.strip())

    @property
    def link_hosts(self) -> tuple[str, ...]:
        """Hosts that a reply may link to."""
        return tuple(host.strip() for host in self.auto_ops_link_hosts.split(",") if host.strip())


def auto_ops_mistakes(settings: AutoOpsSettings) -> list[str]:
    """What cannot be meant, a sentence each."""
    mistakes = []
    channel = settings.auto_ops_slack_alert_channel
    if (settings.auto_ops_slack_bot_token or channel) and not _CHANNEL.fullmatch(channel):
        mistakes.append("AUTO_OPS_SLACK_ALERT_CHANNEL: must be the channel's id, such as C0123ABCD")
    if not settings.auto_ops_slack_url.endswith("/"):
        mistakes.append("AUTO_OPS_SLACK_URL: must end with a slash")
    for name in ("auto_ops_slack_url", "auto_ops_gemini_url", "auto_ops_openai_url", "auto_ops_github_url"):
        address = getattr(settings, name)
        if address and not _is_safe(address):
            mistakes.append(f"{name.upper()}: must be an https:// address, for a token is sent there")
    if settings.auto_ops_outcome != "report" and settings.root is None:
        mistakes.append("AUTO_OPS_REPOSITORY_ROOT: is needed, because AUTO_OPS_OUTCOME is not report")
    if settings.auto_ops_outcome == "pull_request":
        needed = ("auto_ops_github_repository", "auto_ops_github_token")
        mistakes += [
            f"{name.upper()}: is needed, because AUTO_OPS_OUTCOME is pull_request"
            for name in needed
            if not getattr(settings, name)
        ]
    return mistakes


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
