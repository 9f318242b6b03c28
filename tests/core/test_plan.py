"""Render plans: hashable data with one meaning."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from donecast.core.plan import (
    Bed,
    Clip,
    Ducking,
    LoudnessTarget,
    OutputFormat,
    RenderPlan,
    Track,
    Treatment,
    frame_at,
    render_plan_from_json,
)
from donecast.core.plan_schema import JSON_SCHEMA

PLAN = RenderPlan(
    duration_ms=10_000,
    tracks=(
        Track("content", (Clip("aa", 0, 4_000, 1_000), Clip("aa", 6_000, 8_000, 5_000))),
        Track("segment", (Clip("bb", 0, 1_000, 0, -3.5),)),
    ),
    beds=(Bed("cc", 0, 3_000, -12.0, ducking=Ducking()), Bed("cc", 7_000, 10_000, -12.0)),
    loudness=LoudnessTarget(),
    output=OutputFormat(),
)


def test_a_plan_survives_json_with_the_same_digest() -> None:
    again = render_plan_from_json(json.loads(json.dumps(PLAN.to_json())))
    assert again == PLAN
    assert again.digest == PLAN.digest


def test_the_digest_is_the_same_in_every_process() -> None:
    assert PLAN.digest == "6024d15661e3867262344c90adf0248fe5c40c07c11ca578000957853d58eada"


@pytest.mark.parametrize(
    "change",
    [
        {"duration_ms": 10_001},
        {"loudness": LoudnessTarget(lufs=-19.0)},
        {"output": OutputFormat(channels=1)},
        {"beds": ()},
        {"tracks": (Track("content", PLAN.tracks[0].clips, crossfade_ms=11), PLAN.tracks[1])},
    ],
)
def test_whatever_is_heard_differently_has_another_digest(change: dict[str, Any]) -> None:
    fields = {name: getattr(PLAN, name) for name in ("duration_ms", "tracks", "beds", "loudness", "output")}
    assert RenderPlan(**{**fields, **change}).digest != PLAN.digest


def test_a_plan_names_its_sources() -> None:
    assert PLAN.source_hashes == {"aa", "bb", "cc"}


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not hold"):
        RenderPlan(3_999, PLAN.tracks, (), LoudnessTarget(), OutputFormat())
    with pytest.raises(ValueError, match="overlap"):
        Track("content", (Clip("aa", 0, 1_000, 0), Clip("aa", 0, 1_000, 999)))
    with pytest.raises(ValueError, match="no length"):
        Bed("cc", 5, 5, 0.0)
    with pytest.raises(ValueError, match="no length"):
        Clip("aa", 7, 7, 0)


@pytest.mark.parametrize("change", [{"version": 9}, {"tracks": [{}]}, {"loudness": {"loud": 1}}])
def test_what_is_no_plan_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="plan"):
        render_plan_from_json({**PLAN.to_json(), **change})


@given(st.integers(0, 400_000_000), st.integers(0, 400_000_000), st.sampled_from([8_000, 44_100, 48_000, 192_000]))
def test_frames_never_drift(first_ms: int, second_ms: int, sample_rate: int) -> None:
    assert abs(frame_at(first_ms, sample_rate) * 1000 - first_ms * sample_rate) <= 500
    if first_ms <= second_ms:
        assert frame_at(first_ms, sample_rate) <= frame_at(second_ms, sample_rate)


def test_a_plan_meets_its_published_schema() -> None:
    """When this fails, write JSON_SCHEMA to docs/render-plan.schema.json again (indent 2, a newline at the end)."""
    published = Path(__file__).parents[2] / "docs" / "render-plan.schema.json"
    assert json.loads(published.read_text("utf-8")) == JSON_SCHEMA
    validator = jsonschema.Draft202012Validator(JSON_SCHEMA)
    document = json.loads(json.dumps(PLAN.to_json()))
    validator.validate(document)
    for broken in (
        {**document, "version": 1},
        {**document, "surprise": 1},
        {**document, "duration_ms": 1.5},
        {**document, "output": {**document["output"], "codec": "wma"}},
    ):
        assert not validator.is_valid(broken)


def test_the_schema_names_every_field_of_a_plan() -> None:
    definitions = JSON_SCHEMA["$defs"]
    for kind, described in (
        (Clip, definitions["clip"]),
        (Track, definitions["track"]),
        (Treatment, definitions["track"]["properties"]["treatment"]),
        (Bed, definitions["bed"]),
        (Ducking, definitions["ducking"]),
        (LoudnessTarget, JSON_SCHEMA["properties"]["loudness"]),
        (OutputFormat, JSON_SCHEMA["properties"]["output"]),
    ):
        assert set(described["properties"]) == {field.name for field in fields(kind)}
