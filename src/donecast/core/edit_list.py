"""The edit list: what was decided about a recording, in its own time, as a documented and versioned JSON value.

A recording is never changed. Everything heard, read or drawn of an episode is rendered from this list, and undo is
an earlier list. Kept and cut together are the whole source; a list without operations changes nothing.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from donecast.core.arrangement import arranged
from donecast.core.errors import EditListUnreadable, StaleVersion
from donecast.core.operations import GAIN_DB_MAX, GAP_MS_MAX, SOUND_MS_MAX, Cut, Gain, Insert, Move, Operation, Replace
from donecast.core.span import Span
from donecast.core.timeline import Timeline

FORMAT = "donecast.edit-list"
FORMAT_VERSION = 1
OPERATIONS_MAX = 100_000
_INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$"

_SPAN: dict[str, Any] = {
    "start_ms": {"type": "integer", "minimum": 0},
    "end_ms": {"type": "integer", "minimum": 1},
}
_DECIDED: dict[str, Any] = {
    "id": {"type": "string", "minLength": 1, "maxLength": 100},
    "reason": {"type": "string", "maxLength": 500},
    "decided_by": {
        "type": "string",
        "minLength": 1,
        "maxLength": 100,
        "description": "The account that decided, or standing_choice.",
    },
    "decided_at": {"type": "string", "pattern": _INSTANT},
    "proposal_id": {"type": ["string", "null"], "maxLength": 100},
}
_ASSET: dict[str, Any] = {"minLength": 1, "maxLength": 100}


def _operation(
    kind: str, description: str, own: Mapping[str, Any], optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    properties = {"kind": {"const": kind}, **own, **_DECIDED}
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": {**properties, **(optional or {})},
    }


_GAIN: dict[str, Any] = {"gain_db": {"type": "number", "minimum": -GAIN_DB_MAX, "maximum": GAIN_DB_MAX}}


_KINDS: dict[str, dict[str, Any]] = {
    "cut": _operation("cut", "The instants from start_ms (included) to end_ms (not included) are not heard.", _SPAN),
    "replace": _operation(
        "replace",
        "Something else is heard in place of a stretch. Silence (asset null) and the asset house:beep are as long as "
        "the stretch, with duration_ms null; a sound of the library is heard once, for duration_ms, as loud as the "
        "talk or, where gain_db is given, louder or quieter by so many decibels.",
        {
            **_SPAN,
            "asset": {"type": ["string", "null"], **_ASSET},
            "duration_ms": {"type": ["integer", "null"], "minimum": 1, "maximum": SOUND_MS_MAX},
        },
        _GAIN,
    ),
    "insert": _operation(
        "insert",
        "A sound of the library is heard before the instant at_ms, with gap_ms of silence on both sides.",
        {
            "at_ms": {"type": "integer", "minimum": 0},
            "asset": {"type": "string", **_ASSET},
            "duration_ms": {"type": "integer", "minimum": 1, "maximum": SOUND_MS_MAX},
            "gap_ms": {"type": "integer", "minimum": 0, "maximum": GAP_MS_MAX},
        },
    ),
    "gain": _operation(
        "gain",
        "A stretch is louder or quieter by gain_db decibels; where two overlap, they add up.",
        {**_SPAN, **_GAIN},
    ),
    "move": _operation(
        "move",
        "A stretch is heard before the instant to_ms, and not where it was said. Moved stretches do not overlap, and "
        "none leads into a moved one.",
        {**_SPAN, "to_ms": {"type": "integer", "minimum": 0}},
    ),
}
_TYPES: Mapping[str, type[Operation]] = {"cut": Cut, "replace": Replace, "insert": Insert, "gain": Gain, "move": Move}

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
        "operations": {
            "type": "array",
            "maxItems": OPERATIONS_MAX,
            "items": {"oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in _KINDS]},
        },
    },
    "$defs": _KINDS,
}


@dataclass(frozen=True, slots=True)
class EditList:
    """All operations on one recording.

    Raises EditListUnreadable when they reach outside it, share an id, or move what is moved already.
    """

    version: int
    source_duration_ms: int
    operations: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        ids = {operation.id for operation in self.operations}
        if len(ids) != len(self.operations):
            raise EditListUnreadable("Two operations of the list of cuts have the same id.")
        for operation in self.operations:
            last_ms = _last_ms(operation)
            if last_ms > self.source_duration_ms:
                raise EditListUnreadable(
                    f"{_NAMES[operation.kind]} reaches {last_ms} ms, but the recording lasts "
                    f"{self.source_duration_ms} ms."
                )
        _refuse_tangled([operation for operation in self.operations if isinstance(operation, Move)])

    @property
    def timeline(self) -> Timeline:
        """What is heard, in which order."""
        return arranged(self.source_duration_ms, self.operations)


_NAMES = {
    "cut": "A cut",
    "replace": "A replaced stretch",
    "insert": "An inserted sound",
    "gain": "A change of level",
    "move": "A moved stretch",
}


def _last_ms(operation: Operation) -> int:
    if isinstance(operation, Insert):
        return operation.at_ms
    return max(operation.span.end_ms, operation.to_ms) if isinstance(operation, Move) else operation.span.end_ms


def _refuse_tangled(moves: Sequence[Move]) -> None:
    ordered = sorted(moves, key=lambda one: one.span)
    if any(one.span.overlaps(following.span) for one, following in pairwise(ordered)):
        raise EditListUnreadable("Two moved stretches overlap.")
    targets_ms = sorted(one.to_ms for one in ordered)
    reached = 0
    for one in ordered:
        while reached < len(targets_ms) and targets_ms[reached] <= one.span.start_ms:
            reached += 1
        if reached < len(targets_ms) and targets_ms[reached] < one.span.end_ms:
            raise EditListUnreadable("A stretch is moved into one that is moved itself.")


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
    fields = asdict(operation)
    span = fields.pop("span", {})
    return {"kind": fields.pop("kind"), **span, **fields}


def edit_list_from_json(document: Any) -> EditList:
    """Reads what `to_json` wrote. Raises EditListUnreadable, saying where, for anything `JSON_SCHEMA` refuses."""
    fields = _checked(document, "the list of cuts", JSON_SCHEMA)
    operations = tuple(operation_from_json(operation) for operation in fields["operations"])
    return EditList(fields["version"], fields["source_duration_ms"], operations)


def operation_from_json(document: Any) -> Operation:
    """Reads one operation. Raises EditListUnreadable."""
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if not isinstance(kind, str) or kind not in _TYPES:
        raise EditListUnreadable(f"An operation of the list of cuts must be one of these kinds: {', '.join(_TYPES)}.")
    values = dict(_checked(document, "an operation of the list of cuts", _KINDS[kind]))
    if "start_ms" in values:
        start_ms, end_ms = values.pop("start_ms"), values.pop("end_ms")
        if end_ms <= start_ms:
            raise EditListUnreadable(f"{_NAMES[kind]} from {start_ms} to {end_ms} ms has no length.")
        values["span"] = Span(start_ms, end_ms)
    del values["kind"]
    try:
        return _TYPES[kind](**values)
    except ValueError as error:
        raise EditListUnreadable(
            "Silence and the beep are as long as the words that they cover, and as loud as they are; any other sound "
            "needs its duration_ms."
        ) from error


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
        if name in document and not _meets(document[name], rule):
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
    if isinstance(value, int | float) and not isinstance(value, bool):
        whole = isinstance(value, int)
        return ("number" in kinds or (whole and "integer" in kinds)) and (
            (whole or math.isfinite(value)) and rule["minimum"] <= value <= rule.get("maximum", value)
        )
    return isinstance(value, list) and "array" in kinds and len(value) <= rule["maxItems"]
