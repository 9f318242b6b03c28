"""The JSON file in which an earlier program kept what it had answered: read once, and written for whoever wants one.

A file that is damaged is refused: to begin again with an empty memory would answer every old alert once more.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from donecast.autoops.errors import StateFileDamaged

FORMAT = "donecast.auto-ops-state"
_STAMP = re.compile(r"(?:(?P<channel>[A-Z][A-Z0-9]{1,29}):)?(?P<stamp>[0-9]{1,12}\.[0-9]{1,9})")
"""The older program kept a time stamp alone, or behind the channel that it belongs to."""


@dataclass(frozen=True, slots=True)
class OldState:
    """Time stamps that were answered, by channel, and up to where each channel was read."""

    answered: Mapping[str, tuple[str, ...]]
    read_through: Mapping[str, str]


def to_text(state: OldState) -> str:
    """The file's text, with a checksum over what it says."""
    said = {
        "answered": {name: sorted(stamps) for name, stamps in sorted(state.answered.items())},
        "read_through": dict(sorted(state.read_through.items())),
    }
    return json.dumps({"format": FORMAT, "version": 1, "sha256": _checksum(said), **said}, indent=1) + "\n"


def from_text(text: str, channel: str) -> OldState:
    """Reads our file, or the older one that knew one channel and no checksum. Raises StateFileDamaged."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StateFileDamaged(details={"why": "it is not whole JSON"}) from error
    if not isinstance(document, dict):
        raise StateFileDamaged(details={"why": "it holds no object"})
    return _ours(document) if document.get("format") == FORMAT else _older(document, channel)


def _ours(document: dict[str, Any]) -> OldState:
    said = {"answered": document.get("answered"), "read_through": document.get("read_through")}
    if document.get("version") != 1 or document.get("sha256") != _checksum(said):
        raise StateFileDamaged(details={"why": "its checksum does not fit what it says"})
    answered, read_through = said["answered"], said["read_through"]
    if not isinstance(answered, dict) or not isinstance(read_through, dict):
        raise StateFileDamaged(details={"why": "its lists are missing"})
    return OldState(
        {name: tuple(_own(entry, name) for entry in _entries(stamps)) for name, stamps in answered.items()},
        {name: _own(stamp, name) for name, stamp in read_through.items()},
    )


_CURSORS = ("last_timestamp", "last_ts", "cursor", "latest_ts")
_DONE = ("processed", "processed_alerts", "processed_ts", "handled")


def _older(document: dict[str, Any], channel: str) -> OldState:
    cursor = next((document[name] for name in _CURSORS if name in document), None)
    done = next((document[name] for name in _DONE if name in document), None)
    if cursor is None and done is None:
        raise StateFileDamaged(details={"why": "it names neither answered alerts nor how far the channel was read"})
    answered: dict[str, list[str]] = {channel: []}
    for entry in _entries(done):
        where, stamp = _placed(entry.get("ts") if isinstance(entry, dict) else entry, channel)
        answered.setdefault(where, []).append(stamp)
    read_through = {} if cursor is None else dict([_placed(cursor, channel)])
    return OldState({name: tuple(stamps) for name, stamps in answered.items()}, read_through)


def _entries(done: Any) -> list[Any]:
    if done is None:
        return []
    if isinstance(done, dict):
        return list(done)
    if isinstance(done, list):
        return done
    raise StateFileDamaged(details={"why": "its list of answered alerts is none"})


def _placed(entry: object, channel: str) -> tuple[str, str]:
    """The channel that an entry belongs to, which is this one unless it names another, and the time stamp alone."""
    found = _STAMP.fullmatch(entry) if isinstance(entry, str) else None
    if found is None:
        raise StateFileDamaged(details={"why": f"{str(entry)[:40]!r} is no time stamp of Slack's"})
    return found["channel"] or channel, found["stamp"]


def _own(entry: object, channel: str) -> str:
    """The time stamp of an entry of our own file, where each stands under its channel."""
    where, stamp = _placed(entry, channel)
    if where != channel:
        raise StateFileDamaged(details={"why": f"what belongs to {where} stands under {channel}"})
    return stamp


def _checksum(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
