"""Sentry's documents, read field by field: what is not as it must be raises SentryAnswerBad.

Forms: https://docs.sentry.io/api/events/ (issues of an organisation, events of an issue). Counts of issues are texts.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from donecast.health.sentry.errors import SentryAnswerBad
from donecast.health.sentry.rules import LEVELS, Breadcrumb, Event, Frame, Issue, Level, Status
from donecast.kit.clock import in_utc

TEXT_MAX = 2_000
BREADCRUMBS_MAX = 30
FRAMES_MAX = 12
_STATUSES: Mapping[str, Status] = {
    "unresolved": "unresolved",
    "reprocessing": "unresolved",
    "resolved": "resolved",
    "resolvedInNextRelease": "resolved",
    "ignored": "ignored",
    "muted": "ignored",
}


def parsed(body: bytes) -> Any:
    """The JSON of an answer. Raises SentryAnswerBad."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SentryAnswerBad(details={"why": "no JSON"}) from error


def issues_of(document: Any) -> tuple[Issue, ...]:
    """A page of issues."""
    return tuple(issue_of(one) for one in _list(document))


def issue_of(document: Any) -> Issue:
    """One issue, in a list or alone."""
    fields = _object(document)
    metadata = _object(fields.get("metadata") or {})
    status = _STATUSES.get(_text(fields, "status", needed=True))
    if status is None:
        raise SentryAnswerBad(details={"why": "a status that we do not know"})
    stats = _object(fields.get("stats") or {})
    return Issue(
        id=_number_text(fields, "id"),
        title=_text(fields, "title", needed=True),
        error_type=_text(metadata, "type"),
        message=_text(metadata, "value") or _text(metadata, "title"),
        level=_level(fields),
        status=status,
        event_count=int(_number_text(fields, "count")),
        user_count=int(_number_text(fields, "userCount")),
        first_seen=_instant(fields, "firstSeen"),
        last_seen=_instant(fields, "lastSeen"),
        short_id=_text(fields, "shortId"),
        culprit=_text(fields, "culprit"),
        url=_web_address(_text(fields, "permalink")),
        assigned_to=_assignee(fields.get("assignedTo")),
        hourly=_bars(stats.get("24h")),
        daily=_bars(stats.get("14d")),
    )


def events_of(document: Any) -> tuple[Event, ...]:
    """The events of an issue in full."""
    return tuple(event_of(one) for one in _list(document))


def event_of(document: Any) -> Event:
    """One event with what led to it."""
    fields = _object(document)
    tags = {
        _text(tag, "key"): _text(tag, "value")
        for tag in map(_object, _list(fields.get("tags") or []))
        if _text(tag, "key")
    }
    user = _object(fields.get("user") or {})
    entries = {_text(one, "type"): one.get("data") or {} for one in map(_object, _list(fields.get("entries") or []))}
    release = fields.get("release")
    return Event(
        id=_text(fields, "eventID", needed=True),
        at=_instant(fields, "dateCreated"),
        message=_text(fields, "message") or _text(fields, "title"),
        environment=tags.get("environment", ""),
        release=_text(release, "version") if isinstance(release, dict) else tags.get("release", ""),
        user_id=_text(user, "id"),
        user_email=_text(user, "email"),
        request_id=tags.get("request_id", ""),
        show_id=tags.get("show_id", ""),
        episode_id=tags.get("episode_id", ""),
        route=tags.get("route", "") or tags.get("transaction", ""),
        action=tags.get("action", ""),
        frames=_frames(_object(entries.get("exception") or {})),
        breadcrumbs=_breadcrumbs(_object(entries.get("breadcrumbs") or {})),
    )


def _frames(exception: Mapping[str, Any]) -> tuple[Frame, ...]:
    """The innermost frames of the last error, the innermost first."""
    values = _list(exception.get("values") or [])
    if not values:
        return ()
    trace = _object(_object(values[-1]).get("stacktrace") or {})
    frames = [
        Frame(
            file=_text(one, "filename") or _text(one, "module"),
            line=one["lineNo"] if type(one.get("lineNo")) is int else None,
            function=_text(one, "function"),
            in_app=one.get("inApp") is True,
        )
        for one in map(_object, _list(trace.get("frames") or []))
    ]
    return tuple(reversed(frames[-FRAMES_MAX:]))


def _breadcrumbs(data: Mapping[str, Any]) -> tuple[Breadcrumb, ...]:
    found = [
        Breadcrumb(_text(one, "timestamp"), _text(one, "category"), _text(one, "level"), _text(one, "message"))
        for one in map(_object, _list(data.get("values") or []))
    ]
    return tuple(found[-BREADCRUMBS_MAX:])


def _level(fields: Mapping[str, Any]) -> Level:
    said = _text(fields, "level")
    return said if said in LEVELS else "error"


def _assignee(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    return _text(found, "email") or _text(found, "name")


def _bars(found: Any) -> tuple[int, ...]:
    """Counts of ``[[instant, count], ...]``."""
    bars = _list(found or [])
    try:
        return tuple(int(count) for _, count in bars)
    except (TypeError, ValueError) as error:
        raise SentryAnswerBad(details={"why": "a trend of another form"}) from error


def _web_address(text: str) -> str:
    """An address that may stand in a link: nothing but the web."""
    return text if text.startswith(("https://", "http://")) else ""


def _object(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise SentryAnswerBad(details={"why": "not an object"})
    return found


def _list(found: Any) -> Sequence[Any]:
    if not isinstance(found, list):
        raise SentryAnswerBad(details={"why": "not a list"})
    return found


def _text(fields: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    """A text without NUL, cut to what anybody reads; empty where it is missing and not needed."""
    found = fields.get(name)
    if isinstance(found, str) and (found or not needed):
        return found.replace("\x00", "")[:TEXT_MAX]
    if found is None and not needed:
        return ""
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise SentryAnswerBad(details={"why": f"{name} is no text"})


def _number_text(fields: Mapping[str, Any], name: str) -> str:
    found = _text(fields, name, needed=True)
    if not (found.isascii() and found.isdigit() and len(found) <= 18):
        raise SentryAnswerBad(details={"why": f"{name} is no number"})
    return found


def _instant(fields: Mapping[str, Any], name: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(_text(fields, name, needed=True)))
    except ValueError as error:
        raise SentryAnswerBad(details={"why": f"{name} is no instant"}) from error
