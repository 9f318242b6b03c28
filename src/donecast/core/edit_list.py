"""The edit list: what was decided about a recording, in its own time, as a documented and versioned JSON value.

A recording is never changed. Everything heard, read or drawn of an episode is rendered from this list, and undo is
an earlier list. Kept and cut together are the whole source; a list without operations changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from donecast.core.errors import EditListUnreadable, StaleVersion
from donecast.core.span import Span, merged
from donecast.core.timeline import Timeline, from_cuts

FORMAT = "donecast.edit-list"
FORMAT_VERSION = 1
OPERATIONS_MAX = 100_000
_INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$"

JSON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "DoneCast edit list",
    "description": "Decisions about one recording, in its own time, in whole milliseconds.",
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "format_version", "version", "source_duration_ms", "operations"],
    "properties": {
        "format": {"const": FORMAT},
        "format_version": {"const": FORMAT_VERSION},
        "version": {
            "type": "integer",
            "minimum": 0,
            "description": "Goes up by one with each change; a change must name the version it was made from.",
        },
        "source_duration_ms": {"type": "integer", "minimum": 0},
        "operations": {"type": "array", "maxItems": OPERATIONS_MAX, "items": {"$ref": "#/$defs/cut"}},
    },
    "$defs": {
        "cut": {
            "description": "The instants from start_ms (included) to end_ms (not included) are not heard.",
            "type": "object",
            "additionalProperties": False,
            "required": ["kind", "id", "start_ms", "end_ms", "reason", "decided_by", "decided_at", "proposal_id"],
            "properties": {
                "kind": {"const": "cut"},
                "id": {"type": "string", "minLength": 1, "maxLength": 100},
                "start_ms": {"type": "integer", "minimum": 0},
                "end_ms": {"type": "integer", "minimum": 1},
                "reason": {"type": "string", "maxLength": 500},
                "decided_by": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 100,
                    "description": "The account that decided, or standing_choice.",
                },
                "decided_at": {"type": "string", "pattern": _INSTANT},
                "proposal_id": {"type": ["string", "null"], "maxLength": 100},
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the recording that is not heard. ``proposal_id`` is None when a person drew it by hand."""

    id: str
    span: Span
    decided_by: str
    decided_at: str
    reason: str = ""
    proposal_id: str | None = None
    kind: Literal["cut"] = "cut"


Operation = Cut


@dataclass(frozen=True, slots=True)
class EditList:
    """All operations on one recording. Raises EditListUnreadable when they reach outside it or share an id."""

    version: int
    source_duration_ms: int
    operations: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        ids = {operation.id for operation in self.operations}
        if len(ids) != len(self.operations):
            raise EditListUnreadable("Two operations of the list of cuts have the same id.")
        for operation in self.operations:
            if operation.span.end_ms > self.source_duration_ms:
                raise EditListUnreadable(
                    f"A cut ends at {operation.span.end_ms} ms, but the recording lasts {self.source_duration_ms} ms."
                )

    @property
    def timeline(self) -> Timeline:
        """What remains of the recording."""
        return from_cuts(self.source_duration_ms, cuts(self))


def cuts(edit_list: EditList) -> tuple[Span, ...]:
    """Everything that is cut: sorted, neither overlapping nor touching."""
    return merged(operation.span for operation in edit_list.operations)


def apply(edit_list: EditList, operations: Sequence[Operation], expected_version: int) -> EditList:
    """The list with its operations replaced and the version one higher; the same list when nothing differs.

    Raises StaleVersion when ``expected_version`` is not the list's version, EditListUnreadable when the operations
    do not fit the recording.
    """
    if expected_version != edit_list.version:
        raise StaleVersion(details={"expected_version": expected_version, "version": edit_list.version})
    if tuple(operations) == edit_list.operations:
        return edit_list
    return EditList(edit_list.version + 1, edit_list.source_duration_ms, tuple(operations))


def to_json(edit_list: EditList) -> dict[str, Any]:
    """The document of `JSON_SCHEMA`."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "version": edit_list.version,
        "source_duration_ms": edit_list.source_duration_ms,
        "operations": [operation_to_json(operation) for operation in edit_list.operations],
    }


def operation_to_json(operation: Operation) -> dict[str, Any]:
    """One operation as it stands in the document."""
    return {
        "kind": operation.kind,
        "id": operation.id,
        "start_ms": operation.span.start_ms,
        "end_ms": operation.span.end_ms,
        "reason": operation.reason,
        "decided_by": operation.decided_by,
        "decided_at": operation.decided_at,
        "proposal_id": operation.proposal_id,
    }


def edit_list_from_json(document: Any) -> EditList:
    """Reads what `to_json` wrote. Raises EditListUnreadable, saying where, for anything `JSON_SCHEMA` refuses."""
    fields = _checked(document, "the list of cuts", JSON_SCHEMA)
    operations = tuple(operation_from_json(operation) for operation in fields["operations"])
    return EditList(fields["version"], fields["source_duration_ms"], operations)


def operation_from_json(document: Any) -> Operation:
    """Reads one operation. Raises EditListUnreadable."""
    fields = _checked(document, "an operation of the list of cuts", JSON_SCHEMA["$defs"]["cut"])
    if fields["end_ms"] <= fields["start_ms"]:
        raise EditListUnreadable(f"A cut from {fields['start_ms']} to {fields['end_ms']} ms has no length.")
    return Cut(
        id=fields["id"],
        span=Span(fields["start_ms"], fields["end_ms"]),
        decided_by=fields["decided_by"],
        decided_at=fields["decided_at"],
        reason=fields["reason"],
        proposal_id=fields["proposal_id"],
    )


def _checked(document: Any, what: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document, once each field meets its part of the schema: only the few words the schema above uses."""
    if not isinstance(document, Mapping):
        raise EditListUnreadable(f"Instead of {what} there is something else.")
    properties: Mapping[str, Mapping[str, Any]] = schema["properties"]
    missing = [name for name in schema["required"] if name not in document]
    unknown = [str(name) for name in document if name not in properties]
    if missing or unknown:
        names = ", ".join(missing or unknown)
        raise EditListUnreadable(f"In {what}, {'these fields are missing' if missing else 'unknown fields'}: {names}.")
    for name, rule in properties.items():
        if not _meets(document[name], rule):
            raise EditListUnreadable(f"In {what}, the field {name} has a value that is not allowed.")
    return document


def _meets(value: Any, rule: Mapping[str, Any]) -> bool:
    if "const" in rule:
        return type(value) is type(rule["const"]) and bool(value == rule["const"])
    kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    if value is None:
        return "null" in kinds
    if isinstance(value, str):
        fits = rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value))
        return "string" in kinds and fits and ("pattern" not in rule or re.match(rule["pattern"], value) is not None)
    if isinstance(value, int) and not isinstance(value, bool):
        return "integer" in kinds and value >= rule["minimum"]
    return isinstance(value, list) and "array" in kinds and len(value) <= rule["maxItems"]
