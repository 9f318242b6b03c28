"""Preview of any of 900 joints in a three-hour recording: within 300 ms, and the sound that the episode will have."""

import io
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks._material import speech_file
from donecast.core.loudness import amplitude_of
from donecast.core.plan import Clip, LoudnessTarget, OutputFormat, RenderPlan, Track, frame_at
from donecast.engine.decoding import open_decoding
from donecast.engine.limits import EngineLimits
from donecast.engine.mix import mix_down
from donecast.engine.preview import Previewer, PreviewSource
from proofs.harness import ProofFailed, Studio, donecast_up, folder, table
from tools.environment import ensure_system_packages

DURATION = "about 12 minutes, most of it making and uploading three-hour files"
_P95_MS_MAX = 300.0
_ERROR_DB_MAX = -60.0
_EVERY_MS, _CUT_MS, _AROUND_MS = 12_000, 1_750, 3_000
_KINDS = ("wav", "flac", "mp3", "m4a")
_SHORT_SECONDS = 300
_RATE = 44_100
_PAUSE_SECONDS = 1.0
"""Between two joints that a person listens to goes by at least this much; each lasts six seconds."""
_CHECK_SECONDS_MAX = 1_200
_DICE = "m4a with noise"
"""FFmpeg's encoder leaves faint bands as noise to the decoder's dice: no two decoders agree on the samples there."""
_EXACT: dict[str, tuple[str, tuple[str, ...]]] = {
    "wav": ("wav", ()),
    "flac, 48 kHz": ("flac", ("-ar", "48000")),
    "mp3, constant": ("mp3", ("-b:a", "128k")),
    "mp3, variable": ("mp3", ("-q:a", "4")),
    "mp3, 22 kHz": ("mp3", ("-b:a", "48k", "-ar", "22050")),
    "m4a": ("m4a", ("-c:a", "aac", "-aac_pns", "0")),
    _DICE: ("m4a", ("-c:a", "aac")),
    "opus": ("opus", ("-c:a", "libopus")),
}

Sound = NDArray[np.float32]


def main(arguments: list[str]) -> int:
    """``--hours N``, ``--joints N``, ``--kinds wav,mp3`` change the job, ``--folder PATH`` keeps the files it made.

    ``--only speed`` or ``--only sound`` does one half.
    """
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    seconds, joints = int(float(options.get("--hours", 3)) * 3_600), int(options.get("--joints", 60))
    kinds = options["--kinds"].split(",") if "--kinds" in options else _KINDS
    ensure_system_packages(["ffmpeg", "flite"])
    with folder() as scraps:
        material = Path(options["--folder"]) if "--folder" in options else scraps / "material"
        only = options.get("--only")
        exact = [_exactness(name, material, scraps) for name in _EXACT] if only != "speed" else []
        print(table([row for row, _ in exact], ("file", "joints", "error dB", "off by frames", "holds")), end="\n\n")
        sys.stdout.flush()
        with donecast_up(scraps / "data") as (studio, _):
            show = studio.make_show("A6")
            if only != "sound":  # the house music is made once in an installation, when it is first asked for
                _asked(studio, show["id"], speech_file(material, 60), 0)
            asked = {
                kind: _asked(studio, show["id"], _long(material, seconds, kind), joints)
                for kind in (kinds if only != "sound" else ())
            }
    rows: list[tuple[object, ...]] = [
        (kind, len(times), *(f"{value:.0f}" for value in (np.median(times), _p95(times), max(times), first)))
        for kind, (first, times) in asked.items()
    ]
    print(table(rows, ("recording", "joints", "p50 ms", "p95 ms", "max ms", "the very first ms")))
    worst = max((_p95(times) for _, times in asked.values()), default=0.0)
    holds = sum(well for _, well in exact)
    print(
        f"A6: preview of any of {seconds * 1000 // _EVERY_MS} joints in {seconds / 3_600:g} hours: p95 {worst:.0f} ms "
        f"over {len(asked)} kinds of files (at most {_P95_MS_MAX:g}); {holds} of {len(exact)} kinds sound exactly as "
        "the whole"
    )
    return 0 if worst <= _P95_MS_MAX and holds == len(exact) else 1


def _p95(times: Sequence[float]) -> float:
    return float(np.percentile(times, 95))


def _long(material: Path, seconds: int, kind: str) -> Path:
    if kind != "flac":
        return speech_file(material, seconds, kind=kind)
    wav = speech_file(material, seconds)
    return _converted(wav, wav.with_suffix(".flac"), ())


def _converted(wav: Path, out: Path, options: Sequence[str]) -> Path:
    if not out.exists():
        begun = out.with_stem(f"{out.stem}.part")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(wav), *options, str(begun)], check=True)
        begun.replace(out)
    return out


def _asked(studio: Studio, show_id: str, recording: Path, joints: int) -> tuple[float, list[float]]:
    """Milliseconds until a preview is there in whole: of the first joint after the page is opened, and of others."""
    media_id = studio.upload(recording)["id"]
    deadline = time.monotonic() + _CHECK_SECONDS_MAX
    while (media := studio.ask("GET", f"/api/media/{media_id}"))["state"] == "checking":
        if time.monotonic() > deadline:
            raise ProofFailed(f"{recording.name} is still being checked")
        time.sleep(1)
    template = studio.ask("GET", f"/api/shows/{show_id}/templates")[0]["id"]
    episode = studio.make_episode(show_id, media_id, template_id=template)
    cuts = [
        {"kind": "cut", "id": f"cut-{start}", "start_ms": start, "end_ms": start + _CUT_MS}
        for start in range(_EVERY_MS - _CUT_MS, media["duration_ms"] - _CUT_MS, _EVERY_MS)
    ]
    studio.ask("PUT", f"/api/episodes/{episode}/edit-list", json={"version": 0, "operations": cuts})
    found = studio.ask("GET", f"/api/episodes/{episode}/joints")
    time.sleep(_PAUSE_SECONDS)
    numbers = random.Random(6).choices(range(1, len(found["joints"]) + 1), k=joints + 1)
    times = []
    for number in numbers:
        begun = time.monotonic()
        answer = studio.client.get(f"{studio.url}/api/episodes/{episode}/joints/{number}/preview")
        times.append(1000 * (time.monotonic() - begun))
        _require_sound(answer, found["joints"][number - 1])
        time.sleep(_PAUSE_SECONDS)
    print(f"{recording.suffix}: {len(cuts)} cuts in {media['duration_ms'] / 3.6e6:.2f} h", file=sys.stderr, flush=True)
    return times[0], times[1:]


def _require_sound(answer: httpx2.Response, joint: dict[str, Any]) -> None:
    if answer.status_code != 200:
        raise ProofFailed(f"joint {joint['number']}: {answer.status_code} {answer.text[:300]}")
    sound, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32", always_2d=True)
    if len(sound) < frame_at(_AROUND_MS, rate) or np.abs(sound).max() < 0.01:
        raise ProofFailed(f"joint {joint['number']}: {len(sound)} frames, as loud as {np.abs(sound).max()}")


@contextmanager
def _previewer() -> Iterator[Previewer]:
    previewer = Previewer(
        at_once_max=1,
        waiting_max=1,
        idle_seconds=60,
        folder=_named_folder,
    )
    try:
        yield previewer
    finally:
        previewer.close()


@contextmanager
def _named_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="donecast-proof-standby-") as name:
        yield Path(name)


def _exactness(name: str, material: Path, scraps: Path) -> tuple[tuple[object, ...], bool]:
    """Compares previews with the mix of the whole, in a recording that is short enough to be mixed."""
    ending, options = _EXACT[name]
    wav = speech_file(material, _SHORT_SECONDS)
    path = _converted(wav, wav.with_name(f"exact-{name.replace(' ', '-').replace(',', '')}.{ending}"), options)
    limits, decoding = EngineLimits(), open_decoding(path, EngineLimits())
    frames = sum(map(len, decoding.blocks()))
    duration_ms = (frames * 1000 + decoding.sample_rate // 2) // decoding.sample_rate
    plan = _plan(duration_ms)
    joints = [clip.at_ms for clip in plan.tracks[0].clips[1:]]
    errors, lags = [], []
    with tempfile.TemporaryDirectory(dir=scraps) as mixing, _previewer() as previewer:
        mix = mix_down(plan, {"speech": path}, Path(mixing), limits, lambda _: None)
        for at_ms in joints:
            start_ms, end_ms = max(at_ms - _AROUND_MS, 0), min(at_ms + _AROUND_MS, plan.duration_ms)
            out = Path(mixing) / "preview.wav"
            previewer.preview(
                plan,
                {"speech": PreviewSource(path, duration_ms)},
                out,
                start_ms=start_ms,
                end_ms=end_ms,
                gain_db=3.0,
                limits=limits,
            )
            heard: Sound = soundfile.read(out, dtype="float32", always_2d=True)[0]
            whole = mix.read(frame_at(start_ms, _RATE), frame_at(end_ms, _RATE)) * np.float32(amplitude_of(3.0))
            errors.append(20 * float(np.log10(np.abs(heard - whole).max() / np.abs(whole).max())))
            lags.append(_lag(heard[:, 0], whole[:, 0]))
        mix.close()
    off = max(map(abs, lags))
    well = off == 0 and (name == _DICE or max(errors) <= _ERROR_DB_MAX)
    return (name, len(joints), f"{max(errors):.1f}", off, well), well


def _plan(duration_ms: int) -> RenderPlan:
    """Cuts of growing length, so that joints stand at odd places."""
    clips, at_ms = [], 0
    for number, start_ms in enumerate(range(0, duration_ms - _EVERY_MS, _EVERY_MS)):
        clips.append(Clip("speech", start_ms, start_ms + _EVERY_MS - _CUT_MS + 13 * number, at_ms))
        at_ms = clips[-1].end_ms
    return RenderPlan(at_ms, (Track("content", tuple(clips)),), (), LoudnessTarget(), OutputFormat(channels=1))


def _lag(heard: Sound, whole: Sound) -> int:
    """How many frames later the one is, where the two are most alike."""
    size = 1 << (2 * len(whole)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(whole, size)), size)
    place = int(np.argmax(alike))
    return place if place < size // 2 else place - size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
