"""The JSON schema of a render plan: what `RenderPlan.to_json` writes, for those who keep, compare or make plans."""

from typing import Any

from donecast.core.plan import PLAN_VERSION

_MILLISECONDS = {"type": "integer", "minimum": 0}
_DECIBELS = {"type": "number"}


def _thing(description: str, **properties: Any) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


JSON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "DoneCast render plan",
    **_thing(
        "One finished file: clips and music on its timeline in whole milliseconds, loudness and format.",
        version={"const": PLAN_VERSION},
        duration_ms={"type": "integer", "minimum": 1},
        tracks={"type": "array", "items": {"$ref": "#/$defs/track"}},
        beds={"type": "array", "items": {"$ref": "#/$defs/bed"}},
        loudness=_thing(
            "Integrated loudness (ITU-R BS.1770-4) and the highest true peak of the decoded result.",
            lufs={"type": "number"},
            true_peak_dbtp={"type": "number", "maximum": 0},
        ),
        output=_thing(
            "Constant bit rate, unless vbr_quality (0 best, 9 smallest) asks MP3 for a variable one; WAV has none.",
            codec={"enum": ["mp3", "aac", "wav"]},
            bitrate_kbps={"type": "integer", "minimum": 8, "maximum": 512},
            sample_rate={"type": "integer", "minimum": 8_000, "maximum": 192_000},
            channels={"enum": [1, 2]},
            vbr_quality={"type": ["integer", "null"], "minimum": 0, "maximum": 9},
        ),
    ),
    "$defs": {
        "source": {"description": "SHA-256 of a source's bytes.", "type": "string", "minLength": 1},
        "track": _thing(
            "Speech clips in order of time, not overlapping; where they touch they are crossfaded.",
            role={"enum": ["content", "segment"]},
            clips={"type": "array", "items": {"$ref": "#/$defs/clip"}},
            crossfade_ms=_MILLISECONDS,
            treatment=_thing(
                "What is done to the sources before they are cut.",
                noise_reduction={"type": "boolean"},
                levelling={"type": "boolean"},
                de_essing={"type": "boolean"},
            ),
        ),
        "clip": _thing(
            "A stretch of a source on the timeline.",
            source_hash={"$ref": "#/$defs/source"},
            source_start_ms=_MILLISECONDS,
            source_end_ms={"type": "integer", "minimum": 1},
            at_ms=_MILLISECONDS,
            gain_db=_DECIBELS,
        ),
        "bed": _thing(
            "Music under the speech, looped when it is shorter than its stretch.",
            source_hash={"$ref": "#/$defs/source"},
            start_ms=_MILLISECONDS,
            end_ms={"type": "integer", "minimum": 1},
            gain_db=_DECIBELS,
            fade_in_ms=_MILLISECONDS,
            fade_out_ms=_MILLISECONDS,
            ducking={"oneOf": [{"type": "null"}, {"$ref": "#/$defs/ducking"}]},
        ),
        "ducking": _thing(
            "How far music steps back under speech, and how fast.",
            amount_db={"type": "number", "maximum": 0},
            attack_ms=_MILLISECONDS,
            hold_ms=_MILLISECONDS,
            release_ms=_MILLISECONDS,
        ),
    },
}
