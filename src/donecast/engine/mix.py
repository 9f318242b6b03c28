"""The finished timeline before it is levelled: speech on disk, music laid over it as it is read."""

from collections.abc import Callable, Mapping
from pathlib import Path

from donecast.core.plan import RenderPlan
from donecast.engine.beds import BedMixer
from donecast.engine.decoding import Decoding
from donecast.engine.ducking import SpeechLevel, ducking_curve
from donecast.engine.limits import EngineLimits
from donecast.engine.looping import unpack_lap
from donecast.engine.mixing import SpeechMixer
from donecast.engine.raw_audio import RawAudio, blocks_of
from donecast.engine.samples import Samples, with_channels
from donecast.engine.sources import (
    SourceKey,
    WalkedSource,
    bed_keys,
    is_walked_through,
    spoken_keys,
    unpack_source,
)
from donecast.engine.treatment import treat

Report = Callable[[float], None]
"""Called with the part that is done, 0 to 1."""

_UNPACKING_SHARE = 0.3
"""Of the time that unpacking and treating a source take."""


class Mix:
    """A plan's whole sound at the level at which its parts are put together; any block, by any thread."""

    def __init__(
        self, plan: RenderPlan, speech: RawAudio, beds: BedMixer, stores: tuple[RawAudio, ...], *, noise_db: float
    ) -> None:
        """``noise_db`` is the level that a tenth of the speech stays under (dBFS, RMS)."""
        self._speech, self._beds, self._stores = speech, beds, stores
        self.noise_db = noise_db
        self.channels = plan.output.channels
        self.frames = plan.frames

    def read(self, start: int, end: int) -> Samples:
        """The frames from ``start`` to ``end`` (not included); silence before the first and after the last."""
        speech = self._speech.read(start, end)
        block = speech if self.channels == speech.shape[1] else with_channels(speech, self.channels)
        self._beds.add_to(block, start)
        return block

    def close(self) -> None:
        """Frees its place on the disk."""
        for raw in (self._speech, *self._stores):
            raw.close()


def mix_down(plan: RenderPlan, paths: Mapping[str, Path], folder: Path, limits: EngineLimits, report: Report) -> Mix:
    """Decodes what the plan names and lays its speech on the timeline, in ``folder``.

    Raises SourceTooShort and what decoding raises.
    """
    rate = plan.output.sample_rate
    walked: dict[SourceKey, WalkedSource] = {}
    laps: dict[SourceKey, RawAudio] = {}
    unpacked: dict[SourceKey, RawAudio] = {}
    spoken = sorted(spoken_keys(plan), key=repr)
    # What is heard as music and in a clip as well is stored twice: resampled, a lap and a whole are not the same sound.
    wanted = [(key, laps) for key in bed_keys(plan)]
    wanted += [(key, unpacked) for key in spoken if not is_walked_through(plan, key)]
    for index, (key, stored) in enumerate(wanted):

        def tell(part: float, index: int = index) -> None:
            report(0.5 * (index + part) / len(wanted))

        out = folder / f"source-{index}.raw"
        stored[key] = _stored(
            plan, key, paths[key[0]], out, limits, tell, unpack_lap if stored is laps else unpack_source
        )
    try:
        for key in spoken:
            if key not in unpacked:
                walked[key] = WalkedSource(
                    paths[key[0]], sample_rate=rate, channels=plan.output.channels, limits=limits
                )
        speech, level = _lay_speech(plan, {**unpacked, **walked}, folder, report, 0.5 if wanted else 0.0)
    finally:
        for source in walked.values():
            source.close()
    active = level.active()
    curves = [ducking_curve(active, bed.ducking) if bed.ducking else None for bed in plan.beds]
    stores = (*laps.values(), *unpacked.values())
    return Mix(plan, speech, BedMixer(plan, laps, curves), stores, noise_db=level.noise_db())


def _stored(
    plan: RenderPlan,
    key: SourceKey,
    path: Path,
    out: Path,
    limits: EngineLimits,
    report: Report,
    unpack: Callable[..., RawAudio],
) -> RawAudio:
    """A source's sound on disk, treated where that is chosen."""
    rate, treatment = plan.output.sample_rate, key[1]
    share = 1.0 if treatment.is_none else _UNPACKING_SHARE

    def tell(decoding: Decoding) -> None:
        report(share * decoding.frames / max(decoding.frames_promised or 0, decoding.frames, 1))

    raw = unpack(path, out, sample_rate=rate, channels=plan.output.channels, limits=limits, on_frames=tell)
    if treatment.is_none:
        return raw
    return treat(raw, out, rate, treatment, lambda part: report(share + (1 - share) * part))


def _lay_speech(
    plan: RenderPlan,
    sources: Mapping[SourceKey, RawAudio | WalkedSource],
    folder: Path,
    report: Report,
    done: float,
) -> tuple[RawAudio, SpeechLevel]:
    channels = max([sources[key].channels for key in spoken_keys(plan)], default=1)
    speech = RawAudio(folder / "speech.raw", channels)
    mixer, level = SpeechMixer(plan, sources, channels), SpeechLevel(plan.output.sample_rate)
    for start, end in blocks_of(plan.frames):
        block = mixer.block(start, end)
        level.add(block)
        speech.write(start, block)
        report(done + (1 - done) * end / plan.frames)
    return speech, level
