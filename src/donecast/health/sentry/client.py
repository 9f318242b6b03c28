"""Sentry's API over plain HTTP: issues of the organisation, their events, and the change of one of them.

Interface: https://docs.sentry.io/api/ (version 0), the same for a Sentry of one's own. A question takes at most ten
seconds and is asked once; who asks again is the mirror's round. Every failure raises its own SentryTrouble.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from donecast.health.sentry.document import event_of, events_of, issue_of, issues_of, parsed
from donecast.health.sentry.errors import (
    SentryAnswerBad,
    SentryBroken,
    SentryIssueGone,
    SentryNotFound,
    SentryRateLimited,
    SentryReadOnly,
    SentryRefused,
    SentryResting,
    SentryScopeMissing,
    SentryTokenDead,
    SentryTooSlow,
    SentryTrouble,
    SentryUnreachable,
)
from donecast.health.sentry.rules import Change, Event, Issue
from donecast.kit.clock import Clock
from donecast.platform.outgoing import (
    UNGUARDED,
    Answer,
    Method,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    looks_like_json,
    retry_after_seconds,
)
from donecast.platform.sentry_settings import SentrySettings

NAME = "sentry"
PAGE_MAX = 100
"""More is silently cut by Sentry."""
EVENTS_MAX = 10
LIMITS = OutgoingLimits(deadline_seconds=10.0, attempts_max=1, answer_bytes_max=16 * 1024**2)
_WAIT_SECONDS_MAX = 900.0
_ISSUE_ID = re.compile(r"[0-9]{1,18}")
_REFUSALS: Mapping[int, type[SentryTrouble]] = {401: SentryTokenDead, 403: SentryScopeMissing, 404: SentryNotFound}
Trend = Literal["24h", "14d"]


@dataclass(frozen=True, slots=True)
class Page:
    """Issues, and where those after them begin; None after the last."""

    issues: tuple[Issue, ...]
    next_cursor: str | None


class Sentry:
    """One organisation at one Sentry."""

    def __init__(
        self, settings: SentrySettings, clock: Clock, way: Outgoing = UNGUARDED, limits: OutgoingLimits = LIMITS
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._clock = clock
        self._way = way
        self._root = f"{settings.sentry_base_url.rstrip('/')}/api/0/organizations/{settings.sentry_org}"

    @property
    def place(self) -> str:
        """Whose issues these are; another place has other ones under the same ids."""
        return self._root

    @property
    def may_write(self) -> bool:
        """Whether there is a token to change issues with."""
        return bool(self._settings.sentry_write_token)

    def issues(self, *, query: str, period: str, trend: Trend = "24h", cursor: str | None = None) -> Page:
        """A page of issues, the last seen first. ``query`` empty: of every status. ``period``: such as ``90d``.

        Raises SentryTrouble, also where Sentry says that there is a next page and not which.
        """
        params = {
            "query": query,
            "statsPeriod": period,
            "groupStatsPeriod": trend,
            "sort": "date",
            "limit": str(PAGE_MAX),
            **({"cursor": cursor} if cursor else {}),
        }
        answer = self._asked("GET", "/issues/", params=params)
        return Page(issues_of(parsed(answer.body)), next_cursor(answer.headers.get("link", "")))

    def issue(self, issue_id: str) -> Issue:
        """One issue. Raises SentryIssueGone or SentryTrouble."""
        return issue_of(parsed(self._about(issue_id, "GET", "/").body))

    def last_events(self, issue_id: str) -> tuple[Event, ...]:
        """The last ten events of an issue in full, the last first. Raises SentryIssueGone or SentryTrouble."""
        params = {"full": "true", "per_page": str(EVENTS_MAX)}
        return events_of(parsed(self._about(issue_id, "GET", "/events/", params).body))[:EVENTS_MAX]

    def last_event(self, issue_id: str) -> Event:
        """The last event of an issue. Raises SentryIssueGone or SentryTrouble."""
        return event_of(parsed(self._about(issue_id, "GET", "/events/latest/").body))

    def change(self, issue_id: str, change: Change) -> None:
        """Changes one issue. Raises SentryReadOnly, SentryIssueGone or SentryTrouble."""
        if not self.may_write:
            raise SentryReadOnly
        body: dict[str, Any] = {}
        if change.status is not None:
            body["status"] = change.status
        if change.status == "ignored" and change.ignore_hours is not None:
            body["statusDetails"] = {"ignoreDuration": change.ignore_hours * 60}
        if change.assigned_to is not None:
            body["assignedTo"] = change.assigned_to
        self._about(issue_id, "PUT", "/", body=body)

    def _about(
        self, issue_id: str, method: Method, rest: str, params: Mapping[str, str] | None = None, body: object = None
    ) -> Answer:
        # An empty id in this place would name all issues of the organisation.
        if not _ISSUE_ID.fullmatch(issue_id):
            raise SentryIssueGone
        try:
            return self._asked(method, f"/issues/{issue_id}{rest}", params=params, body=body)
        except SentryNotFound as error:
            raise SentryIssueGone from error

    def _asked(
        self, method: Method, path: str, *, params: Mapping[str, str] | None = None, body: object = None
    ) -> Answer:
        settings = self._settings
        token = settings.sentry_org_token if method == "GET" else settings.sentry_write_token
        question = Question(
            method,
            f"{self._root}{path}",
            headers={"Authorization": f"Bearer {token}"},
            params=params,
            json=body,
            is_answer=looks_like_json,
        )
        found = self._way.ask(question, self._limits)
        if isinstance(found, NoAnswer):
            raise _lacking(found)
        if not 200 <= found.status < 300:
            raise self._refusal(found)
        return found

    def _refusal(self, answer: Answer) -> SentryTrouble:
        status, details = answer.status, {"status": answer.status}
        if status == 429:
            return SentryRateLimited(details={**details, "after_seconds": self._wait_seconds(answer)})
        if status in _REFUSALS:
            return _REFUSALS[status](details=details)
        kind = SentryBroken if status >= 500 else SentryRefused if status >= 400 else SentryAnswerBad
        return kind(details=details)

    def _wait_seconds(self, answer: Answer) -> float:
        """How long to leave it alone: as Retry-After says, or until the window ends that Sentry's own header names."""
        named = retry_after_seconds(answer)
        if named is None:
            reset = answer.headers.get("x-sentry-rate-limit-reset", "")
            is_number = reset.isascii() and reset.isdigit() and len(reset) <= 12
            named = int(reset) - self._clock.now().timestamp() if is_number else 0.0
        return min(max(named, 0.0), _WAIT_SECONDS_MAX)


def next_cursor(link: str) -> str | None:
    """Where the next page begins (RFC 8288, with Sentry's own ``results``); a link is always there, pages are not.

    Raises SentryAnswerBad for a next page without a cursor: stopping there would look like the end.
    """
    for part in link.split(","):
        target, *parameters = part.split(";")
        said = dict(one.strip().partition("=")[::2] for one in parameters)
        if said.get("rel", "").strip('"') != "next" or said.get("results", "").strip('"') != "true":
            continue
        asked = parse_qs(urlsplit(target.strip().strip("<>")).query)
        cursor = said.get("cursor", "").strip('"') or next(iter(asked.get("cursor", [])), "")
        if not cursor:
            raise SentryAnswerBad(details={"why": "a next page without a cursor"})
        return cursor
    return None


def _lacking(found: NoAnswer) -> SentryTrouble:
    match found.lack:
        case "too_slow" | "not_sent":
            return SentryTooSlow(details={"why": found.lack})
        case "unreachable":
            return SentryUnreachable(details={"why": found.lack})
        case "asked_too_much":
            return SentryRateLimited(details={"after_seconds": found.after_seconds or 0.0})
        case "resting" | "isolated":
            return SentryResting.after(found.after_seconds)
        case _:
            return SentryAnswerBad(details={"why": found.lack})
