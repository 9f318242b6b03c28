"""The render plan: everything the engine needs to know, as hashable data.

A plan names sources by the SHA-256 of their bytes, places clips on the finished timeline in integer milliseconds, and
says how loud the result must be. It knows no path, no clock and no database, so the same plan means the same audio.

Meaning of the timeline, which the engine keeps to the sample:

* a position ``t`` ms is frame ``frame_at(t, rate)``; the finished file has exactly ``plan.frames`` frames;
* clips of one track never overlap; where one ends and the next begins at the same ms, the engine joins them with a
  crossfade of ``crossfade_ms`` centred on the joint, reading past both edges, so the length does not change; a clip
  edge without a neighbour gets a fade of half that length inside the clip;
* beds lie under the tracks, loop when shorter than their stretch, and duck by what the speech tracks do.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

PLAN_VERSION = 2

TrackRole = Literal["content", "segment"]
Codec = Literal["mp3", "aac", "wav"]


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a source laid on the finished timeline; its length there is ``source_end_ms - source_start_ms``."""

    source_hash: str
    source_start_ms: int
    source_end_ms: int
    at_ms: int
    gain_db: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.source_start_ms < self.source_end_ms or self.at_ms < 0:
            raise ValueError(f"clip has no length or place: {self}")

    @property
    def end_ms(self) -> int:
        """Where the clip ends on the finished timeline."""
        return self.at_ms + self.source_end_ms - self.source_start_ms


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to the sound of a track's sources before it is cut; each part is off unless it is chosen.

    ``noise_reduction`` takes steady noise and hum away, ``levelling`` brings quiet and loud talk together,
    ``de_essing`` softens sharp s sounds. All keep every sound at its instant.
    """

    noise_reduction: bool = False
    levelling: bool = False
    de_essing: bool = False

    @property
    def is_none(self) -> bool:
        """Whether the sound stays as it is."""
        return not (self.noise_reduction or self.levelling or self.de_essing)


@dataclass(frozen=True, slots=True)
class Track:
    """Speech clips in order of time, not overlapping."""

    role: TrackRole
    clips: tuple[Clip, ...]
    crossfade_ms: int = 10
    treatment: Treatment = Treatment()

    def __post_init__(self) -> None:
        for before, after in zip(self.clips, self.clips[1:], strict=False):
            if after.at_ms < before.end_ms:
                raise ValueError(f"clips overlap at {after.at_ms} ms")


@dataclass(frozen=True, slots=True)
class Ducking:
    """How far music steps back under speech: decibels (negative), and how fast, in milliseconds.

    Music looks ahead: it begins to step back ``attack_ms`` before speech does and is down when the first word begins.
    ``hold_ms`` after the last word it begins to come back, which takes ``release_ms``. Both ways are straight in
    decibels; a pause too short for them is bridged as far as it is short.
    """

    amount_db: float = -9.0
    attack_ms: int = 150
    hold_ms: int = 400
    release_ms: int = 800


@dataclass(frozen=True, slots=True)
class Bed:
    """Music under the speech from ``start_ms`` to ``end_ms`` of the finished timeline, looped when it is shorter."""

    source_hash: str
    start_ms: int
    end_ms: int
    gain_db: float
    fade_in_ms: int = 2_000
    fade_out_ms: int = 3_000
    ducking: Ducking | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms:
            raise ValueError(f"bed has no length: {self.start_ms} to {self.end_ms} ms")


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """Integrated loudness (LUFS, ITU-R BS.1770-4) and the highest true peak (dBTP) of the decoded result."""

    lufs: float = -16.0
    true_peak_dbtp: float = -1.0


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """What is written: codec, bit rate, frames per second, channels (1 or 2).

    The bit rate is constant, unless ``vbr_quality`` asks MP3 for a variable one: 0 (best) to 9 (smallest). WAV has
    none: it holds the samples themselves, in 16 bits.
    """

    codec: Codec = "mp3"
    bitrate_kbps: int = 128
    sample_rate: int = 44_100
    channels: int = 2
    vbr_quality: int | None = None

    def __post_init__(self) -> None:
        if self.vbr_quality is not None and (self.codec != "mp3" or not 0 <= self.vbr_quality <= 9):
            raise ValueError(f"no variable bit rate of quality {self.vbr_quality} in {self.codec}")


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """The whole of one finished file."""

    duration_ms: int
    tracks: tuple[Track, ...]
    beds: tuple[Bed, ...]
    loudness: LoudnessTarget
    output: OutputFormat

    def __post_init__(self) -> None:
        ends = [clip.end_ms for track in self.tracks for clip in track.clips] + [bed.end_ms for bed in self.beds]
        if self.duration_ms <= 0 or any(end > self.duration_ms for end in ends):
            raise ValueError(
                f"plan of {self.duration_ms} ms does not hold its parts, which end at {max(ends, default=0)}"
            )

    @property
    def frames(self) -> int:
        """Exact length of the finished audio in sample frames."""
        return frame_at(self.duration_ms, self.output.sample_rate)

    @property
    def source_hashes(self) -> frozenset[str]:
        """Every source the engine must be given a file for."""
        clips = {clip.source_hash for track in self.tracks for clip in track.clips}
        return frozenset(clips | {bed.source_hash for bed in self.beds})

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values with a version; `render_plan_from_json` reads them back to an equal plan."""
        return {"version": PLAN_VERSION, **asdict(self)}

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON: two plans with one digest are the same audio."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def frame_at(instant_ms: int, sample_rate: int) -> int:
    """The frame that stands at an instant, rounded to the nearest; never drifts, since it is never accumulated."""
    return (instant_ms * sample_rate + 500) // 1000


def render_plan_from_json(document: Mapping[str, Any]) -> RenderPlan:
    """Reads what `RenderPlan.to_json` wrote. Raises ValueError for another version or a malformed plan."""
    if document.get("version") != PLAN_VERSION:
        raise ValueError(f"render plan version {document.get('version')!r} is not known")
    try:
        tracks = tuple(
            Track(
                track["role"],
                tuple(Clip(**clip) for clip in track["clips"]),
                track["crossfade_ms"],
                Treatment(**track["treatment"]),
            )
            for track in document["tracks"]
        )
        beds = tuple(
            Bed(**{**bed, "ducking": Ducking(**bed["ducking"]) if bed["ducking"] else None}) for bed in document["beds"]
        )
        return RenderPlan(
            duration_ms=document["duration_ms"],
            tracks=tracks,
            beds=beds,
            loudness=LoudnessTarget(**document["loudness"]),
            output=OutputFormat(**document["output"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a render plan: {error}") from error
