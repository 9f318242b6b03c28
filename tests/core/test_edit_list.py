"""The edit list: a versioned document, and a guard against two windows."""

import json
import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from donecast.core.edit_list import (
    JSON_SCHEMA,
    EditList,
    apply,
    edit_list_from_json,
    operation_from_json,
    operation_to_json,
    to_json,
)
from donecast.core.errors import EditListUnreadable, StaleVersion
from donecast.core.operations import Cut, Move, Replace
from donecast.core.span import Span
from tests.support.operations import edit_lists
from tests.support.times import durations_ms

PUBLISHED_SCHEMA = Path(__file__).parents[2] / "docs" / "edit-list.schema.json"
NOON = "2026-01-05T12:00:00Z"


def cut(identity: str, start_ms: int, end_ms: int) -> Cut:
    return Cut(id=identity, span=Span(start_ms, end_ms), decided_by="acc_1", decided_at=NOON, reason="Because")


def move(identity: str, start_ms: int, end_ms: int, to_ms: int) -> Move:
    return Move(id=identity, span=Span(start_ms, end_ms), to_ms=to_ms, decided_by="acc_1", decided_at=NOON)


@given(edit_lists())
def test_an_edit_list_survives_json_and_meets_its_schema(edit_list: EditList) -> None:
    document = json.loads(json.dumps(to_json(edit_list)))
    jsonschema.validate(document, JSON_SCHEMA)
    assert edit_list_from_json(document) == edit_list


@given(durations_ms)
def test_an_edit_list_without_operations_changes_nothing(duration_ms: int) -> None:
    assert EditList(0, duration_ms).timeline.kept == (Span(0, duration_ms),)


@given(edit_lists())
def test_applying_what_is_there_already_changes_nothing(edit_list: EditList) -> None:
    assert apply(edit_list, edit_list.operations, edit_list.version) is edit_list


def test_applying_replaces_the_operations_under_the_next_version() -> None:
    edited = apply(EditList(3, 1_000, (cut("a", 0, 10),)), [cut("b", 5, 20)], 3)
    assert edited == EditList(4, 1_000, (cut("b", 5, 20),))


@pytest.mark.parametrize("read_version", [2, 4])
def test_a_second_window_is_told_that_it_is_stale(read_version: int) -> None:
    with pytest.raises(StaleVersion) as caught:
        apply(EditList(3, 1_000), [cut("b", 5, 20)], read_version)
    assert "somewhere else" in caught.value.message
    assert "Reload" in caught.value.action
    assert caught.value.details == {"expected_version": read_version, "version": 3}


def test_the_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(EditListUnreadable("The 5th cut is odd.")))
    assert error.message == "The 5th cut is odd."
    assert isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("moves", "problem"),
    [
        ((move("a", 100, 300, 700), move("b", 299, 400, 0)), "overlap"),
        ((move("a", 100, 300, 250),), "moved itself"),
        ((move("a", 100, 300, 500), move("b", 400, 600, 0)), "moved itself"),
        ((move("a", 100, 300, 1_001),), "lasts 1000 ms"),
    ],
)
def test_moves_do_not_tangle(moves: tuple[Move, ...], problem: str) -> None:
    with pytest.raises(EditListUnreadable, match=problem):
        EditList(1, 1_000, moves)


def test_operations_must_fit_the_recording_and_have_ids_of_their_own() -> None:
    with pytest.raises(EditListUnreadable, match="lasts 1000 ms"):
        apply(EditList(1, 1_000), [cut("a", 990, 1_001)], 1)
    with pytest.raises(EditListUnreadable, match="same id"):
        EditList(1, 1_000, (cut("a", 0, 1), cut("a", 2, 3)))


GOOD = to_json(EditList(2, 1_000, (replace(cut("a", 10, 20), proposal_id="prop_1"),)))
GOOD_OPERATION = GOOD["operations"][0]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {},
        {**GOOD, "format": "other"},
        {**GOOD, "format_version": 2},
        {**GOOD, "format_version": True},
        {**GOOD, "version": -1},
        {**GOOD, "version": "2"},
        {**GOOD, "version": True},
        {**GOOD, "source_duration_ms": 1.5},
        {**GOOD, "source_duration_ms": None},
        {**GOOD, "operations": {}},
        {**GOOD, "operations": ["cut"]},
        {**GOOD, "extra": 1},
        {name: value for name, value in GOOD.items() if name != "version"},
        *[
            {**GOOD, "operations": [{**GOOD_OPERATION, **change}]}
            for change in (
                {"kind": "beep"},
                {"kind": "insert"},
                {"kind": ["cut"]},
                {"id": ""},
                {"id": "x" * 101},
                {"start_ms": -1},
                {"start_ms": 1.5},
                {"end_ms": 0},
                {"reason": None},
                {"reason": "x" * 501},
                {"decided_by": ""},
                {"decided_at": "yesterday"},
                {"decided_at": 5},
                {"proposal_id": 5},
                {"colour": "red"},
            )
        ],
        {**GOOD, "operations": [{"kind": "cut", "id": "a"}]},
    ],
)
def test_what_the_schema_refuses_is_refused_with_a_sentence(document: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, JSON_SCHEMA)
    with pytest.raises(EditListUnreadable) as caught:
        edit_list_from_json(document)
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    "change",
    [
        {"asset": None, "duration_ms": 5},
        {"asset": "house:beep", "duration_ms": 5},
        {"asset": "med_1", "duration_ms": None},
        {"asset": "med_1", "duration_ms": 0},
        {"asset": "", "duration_ms": 5},
    ],
)
def test_only_sounds_of_their_own_length_say_how_long_they_are(change: dict[str, Any]) -> None:
    document = {**GOOD_OPERATION, "kind": "replace", **change}
    with pytest.raises(EditListUnreadable):
        operation_from_json(document)


@pytest.mark.parametrize("gain_db", [25, -24.5, None, "3", True, math.nan, math.inf])
def test_a_level_that_nobody_can_mean_is_refused(gain_db: Any) -> None:
    assert operation_from_json({**GOOD_OPERATION, "kind": "gain", "gain_db": -3}).kind == "gain"
    with pytest.raises(EditListUnreadable, match="gain_db"):
        operation_from_json({**GOOD_OPERATION, "kind": "gain", "gain_db": gain_db})


@pytest.mark.parametrize("field", ["start_ms", "end_ms"])
def test_a_number_larger_than_any_float_is_refused_like_any_place_outside(field: str) -> None:
    with pytest.raises(EditListUnreadable):
        edit_list_from_json({**GOOD, "operations": [{**GOOD_OPERATION, field: 10**400}]})


def test_a_cut_must_end_after_it_begins() -> None:
    with pytest.raises(EditListUnreadable, match="no length"):
        operation_from_json({**GOOD_OPERATION, "start_ms": 20})


def test_one_operation_survives_json() -> None:
    operation = cut("a", 10, 20)
    assert operation_from_json(operation_to_json(operation)) == operation


def test_the_published_schema_is_the_one_in_use() -> None:
    """When this fails, write JSON_SCHEMA to docs/edit-list.schema.json again (indent 2, a newline at the end)."""
    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)
    assert PUBLISHED_SCHEMA.read_text("utf-8") == json.dumps(JSON_SCHEMA, indent=2) + "\n"


def test_a_sound_in_place_of_words_needs_no_loudness_and_has_a_bounded_one() -> None:
    sound = Replace(
        id="a", span=Span(10, 20), asset="med_1", duration_ms=500, gain_db=-6.0, decided_by="acc_1", decided_at=NOON
    )
    document = operation_to_json(sound)
    assert operation_from_json(document) == sound
    without = {name: value for name, value in document.items() if name != "gain_db"}
    assert operation_from_json(without) == replace(sound, gain_db=0.0)
    for gain_db in (24.1, None, "loud"):
        with pytest.raises(EditListUnreadable, match="gain_db"):
            operation_from_json({**document, "gain_db": gain_db})
    with pytest.raises(EditListUnreadable, match="as loud as they are"):
        operation_from_json({**document, "asset": None, "duration_ms": None})
