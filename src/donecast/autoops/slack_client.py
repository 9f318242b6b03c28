"""What Auto-Ops asks of Slack's Web API, through the one door for outgoing HTTP.

Slack answers 200 with ``"ok": false`` where it says no. A post has no key that would keep it from being taken twice, so
its outcome is told in three: taken, certainly not taken, or not known. Who does not know reads the thread, see
`posting`. Source: docs.slack.dev/reference/methods.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from donecast.autoops.errors import (
    SlackAskedTooMuch,
    SlackChannelUnknown,
    SlackMessageUnknown,
    SlackNotAsked,
    SlackRefused,
    SlackScopeMissing,
    SlackTokenDead,
    SlackTrouble,
    SlackUnavailable,
)
from donecast.platform.outgoing import (
    UNGUARDED,
    Answer,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    looks_like_json,
    retry_after_seconds,
)

_LIMITS = OutgoingLimits(deadline_seconds=10.0, attempts_max=1, answer_bytes_max=4 * 1024**2)
_CERTAINLY_NOT_TAKEN = frozenset({"unreachable", "not_sent", "resting", "asked_too_much", "isolated"})
_TOKEN_DEAD = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required"}
)
_SCOPE = frozenset({"missing_scope", "not_allowed_token_type", "no_permission", "access_denied"})
_CHANNEL = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action"})
_MESSAGE = frozenset({"thread_not_found", "message_not_found"})
_NOT_KNOWN = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""Half of a pair, which JSON can hold and no text may."""
_WAIT_SECONDS = 60.0
"""Where Slack asks us to wait and does not say how long."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as Slack tells it; ``ts`` is its key. ``alert_id`` is that of our own reply's metadata."""

    ts: str
    text: str
    subtype: str = ""
    user: str = ""
    bot_id: str = ""
    thread_ts: str = ""
    alert_id: str = ""

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages, newest first in a channel and oldest first in a thread, and whether there are more."""

    messages: tuple[Message, ...]
    has_more: bool
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Ourselves:
    """Who the bot is in this workspace."""

    user: str
    bot_id: str
    team: str


@dataclass(frozen=True, slots=True)
class SlackClient:
    """The Web API by one bot's token. ``url`` ends with a slash."""

    token: str
    url: str = "https://slack.com/api/"
    reading: Outgoing = UNGUARDED
    writing: Outgoing = UNGUARDED

    def ourselves(self) -> Ourselves:
        """Who we are. Raises SlackTrouble."""
        said = self._ask("auth.test", {}, self.reading)
        return Ourselves(_text(said, "user_id"), _text(said, "bot_id"), _text(said, "team_id"))

    def history(self, channel: str, *, after: str, before: str | None, count: int, cursor: str = "") -> Page:
        """Messages of a channel between two time stamps, without those two, the newest first. Raises SlackTrouble."""
        asked = {"channel": channel, "oldest": after, "limit": count, "inclusive": False}
        asked |= {"latest": before} if before else {}
        return self._page("conversations.history", asked, cursor)

    def thread(self, channel: str, ts: str, *, count: int, cursor: str = "") -> Page:
        """A thread from its first message on. Raises SlackTrouble."""
        return self._page("conversations.replies", {"channel": channel, "ts": ts, "limit": count}, cursor)

    def post(self, channel: str, thread_ts: str, payload: Mapping[str, Any]) -> str:
        """Puts a reply into a thread; answers its time stamp.

        Raises SlackNotAsked, SlackAskedTooMuch or SlackRefused where it certainly does not stand there, and
        SlackUnavailable where nobody knows.
        """
        said = self._ask("chat.postMessage", {"channel": channel, "thread_ts": thread_ts, **payload}, self.writing)
        return _text(said, "ts")

    def update(self, channel: str, ts: str, payload: Mapping[str, Any]) -> None:
        """Replaces a message of ours; saying it twice changes nothing. Raises SlackTrouble."""
        self._ask("chat.update", {"channel": channel, "ts": ts, **payload}, self.writing)

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message. Raises SlackTrouble."""
        return _text(self._ask("chat.getPermalink", {"channel": channel, "message_ts": ts}, self.reading), "permalink")

    def reactions(self, channel: str, ts: str) -> dict[str, tuple[str, ...]]:
        """The signs under a message, and who set each. Raises SlackTrouble."""
        said = self._ask("reactions.get", {"channel": channel, "timestamp": ts, "full": True}, self.reading)
        message = said.get("message")
        told = message.get("reactions", []) if isinstance(message, dict) else []
        return {
            one["name"]: tuple(user for user in one["users"] if isinstance(user, str))
            for one in (told if isinstance(told, list) else [])
            if isinstance(one, dict) and isinstance(one.get("name"), str) and isinstance(one.get("users"), list)
        }

    def open_connection(self) -> str:
        """The address at which Slack tells of messages, for an app's own token (``xapp-``). Raises SlackTrouble."""
        return _text(self._ask("apps.connections.open", {}, self.reading), "url")

    def _page(self, method: str, asked: dict[str, Any], cursor: str) -> Page:
        said = self._ask(
            method,
            {**asked, "include_all_metadata": True, **({"cursor": cursor} if cursor else {})},
            self.reading,
        )
        told = said.get("messages")
        if not isinstance(told, list):
            raise SlackUnavailable(details={"method": method, "why": "no messages in the answer"})
        after = said.get("response_metadata")
        following = after.get("next_cursor", "") if isinstance(after, dict) else ""
        return Page(_messages(told), said.get("has_more") is True, following if isinstance(following, str) else "")

    def _ask(self, method: str, asked: dict[str, Any], way: Outgoing) -> dict[str, Any]:
        question = Question(
            "POST",
            f"{self.url}{method}",
            headers={"Authorization": f"Bearer {self.token}"},
            json=asked,
            is_answer=looks_like_json,
        )
        found = way.ask(question, _LIMITS)
        if isinstance(found, NoAnswer):
            raise _no_answer(method, found)
        return _said(method, found)


def _no_answer(method: str, found: NoAnswer) -> SlackTrouble:
    error: SlackTrouble
    if found.lack == "asked_too_much":
        error = SlackAskedTooMuch(details={"method": method})
    elif found.lack in _CERTAINLY_NOT_TAKEN:
        error = SlackNotAsked(details={"method": method, "why": found.lack})
    else:
        error = SlackUnavailable(details={"method": method, "why": found.lack})
    error.after_seconds = found.after_seconds
    return error


def _said(method: str, answer: Answer) -> dict[str, Any]:
    if answer.status == 429:
        raise _wait(method, retry_after_seconds(answer))
    if answer.status >= 500:
        raise SlackUnavailable(details={"method": method, "status": answer.status})
    try:
        said = json.loads(answer.body)
    except ValueError as error:
        raise SlackUnavailable(details={"method": method, "why": "not JSON"}) from error
    if not isinstance(said, dict) or not isinstance(said.get("ok"), bool):
        raise SlackUnavailable(details={"method": method, "why": "not an answer of Slack's"})
    if said["ok"]:
        return said
    raise _refusal(method, str(said.get("error", ""))[:60], retry_after_seconds(answer))


def _refusal(method: str, code: str, after_seconds: float | None) -> SlackTrouble:
    details = {"method": method, "slack_error": code}
    if code in _RATE_LIMITED:
        return _wait(method, after_seconds)
    if code in _NOT_KNOWN:
        return SlackUnavailable(details=details)
    if code in _TOKEN_DEAD:
        return SlackTokenDead(details=details)
    if code in _SCOPE:
        return SlackScopeMissing(details=details)
    if code in _MESSAGE:
        return SlackMessageUnknown(details=details)
    return SlackChannelUnknown(details=details) if code in _CHANNEL else SlackRefused(details=details)


def _wait(method: str, after_seconds: float | None) -> SlackAskedTooMuch:
    error = SlackAskedTooMuch(details={"method": method})
    error.after_seconds = _WAIT_SECONDS if after_seconds is None else after_seconds
    return error


def _messages(told: Sequence[object]) -> tuple[Message, ...]:
    return tuple(message_of(one) for one in told if isinstance(one, dict) and isinstance(one.get("ts"), str))


def message_of(one: dict[str, Any]) -> Message:
    """A message as Slack tells it, in a list or by itself; it has a time stamp. Its texts are valid Unicode."""
    metadata = one.get("metadata")
    inner = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return Message(
        ts=one["ts"],
        text=_valid(_whole_text(one)),
        subtype=_text_or_none(one, "subtype"),
        user=_text_or_none(one, "user"),
        bot_id=_text_or_none(one, "bot_id"),
        thread_ts=_text_or_none(one, "thread_ts"),
        alert_id=_text_or_none(inner, "alert_id") if isinstance(inner, dict) else "",
    )


_WORDS_IN = ("pretext", "title", "text", "value")
_PARTS_IN = ("fields", "elements", "blocks", "attachments")
_DEPTH_MAX = 8


def _whole_text(one: dict[str, Any]) -> str:
    """What a reader sees: many machines write into blocks and attachments and leave the text empty."""
    return "\n".join(dict.fromkeys(_words_of(one, _DEPTH_MAX)))[:40_000]


def _words_of(part: object, depth_left: int) -> Iterator[str]:
    """The words of a message or of a part of one, in their order; what stands for an attachment, only without them."""
    if isinstance(part, list) and depth_left:
        for one in part:
            yield from _words_of(one, depth_left - 1)
    if not isinstance(part, dict) or not depth_left:
        return
    is_empty = True
    for name in _WORDS_IN:
        said = part.get(name)
        for words in [said] if isinstance(said, str) else _words_of(said, depth_left - 1):
            is_empty = is_empty and not words
            yield from [words] if words else []
    for name in _PARTS_IN:
        for words in _words_of(part.get(name), depth_left - 1):
            is_empty = False
            yield words
    fallback = part.get("fallback")
    if is_empty and isinstance(fallback, str) and fallback:
        yield fallback


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if not isinstance(found, str) or not found:
        raise SlackUnavailable(details={"why": f"no {name} in the answer"})
    return found


def _text_or_none(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    return _valid(found) if isinstance(found, str) else ""


def _valid(text: str) -> str:
    return _HALF_CHARACTER.sub("\ufffd", text)
