"""How the tracks of a talk were joined, for programs and for people at a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from donecast.engine.track_activity import TURNED_DOWN_DB
from donecast.engine.tracks import JoinedTrack, JoinedTracks

_AGREEING_MIN = 0.8
"""Below this share of measurements, a person should listen."""


def joined_facts(joined: JoinedTracks) -> dict[str, Any]:
    """JSON values: ``tracks``, and ``speakers`` in the recording's own milliseconds."""
    return {
        "tracks": [_track_facts(track) for track in joined.tracks],
        "speakers": [{"start_ms": span.start_ms, "end_ms": span.end_ms, "track": span.track} for span in joined.spans],
    }


def _track_facts(track: JoinedTrack) -> dict[str, Any]:
    return {
        "name": track.name,
        "offset_ms": round(track.alignment.offset_ms, 2),
        "drift_ppm": round(track.alignment.drift_ppm, 2),
        "agreeing": round(track.alignment.agreeing, 3),
        "loudness_lufs": track.loudness_lufs,
        "loudness_after_lufs": track.loudness_after_lufs,
        "gain_db": track.gain_db,
        "speaking_ms": track.speaking_ms,
    }


def tracks_in_words(tracks: Sequence[Mapping[str, Any]]) -> list[str]:
    """How the tracks of a talk were joined, in lines for a terminal."""
    lines = [f"Tracks lined up, each {-TURNED_DOWN_DB:.0f} dB down while only others speak:"]
    for track in tracks:
        if track["loudness_lufs"] is None:
            lines.append(f"  {track['name']}: nobody speaks into this microphone, so it was left out")
            continue
        when = "gives the clock"
        if track is not tracks[0]:
            later = "later" if track["offset_ms"] >= 0 else "earlier"
            when = f"begins {abs(track['offset_ms']) / 1000:.3f} s {later}, drift {track['drift_ppm']:+.1f} ppm"
        spoken = f"speaks for {clock(track['speaking_ms'])}"
        lines.append(f"  {track['name']}: {when}, level {track['gain_db']:+.1f} dB, {spoken}")
        if track["agreeing"] < _AGREEING_MIN:
            lines.append(
                f"    Only {track['agreeing']:.0%} of the places that were compared fit this: the recorder may have "
                "dropped a piece. Listen for an echo before you publish."
            )
    return lines


def clock(duration_ms: int) -> str:
    """Minutes, seconds and tenths, such as 1:02.5."""
    seconds, ms = divmod(duration_ms, 1000)
    return f"{seconds // 60}:{seconds % 60:02d}.{ms // 100}"
