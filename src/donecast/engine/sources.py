"""Sources brought to the rate and channels of an output, ready to be read anywhere."""

from collections.abc import Callable
from pathlib import Path

import soxr

from donecast.engine.decoding import Decoding, open_decoding
from donecast.engine.limits import EngineLimits
from donecast.engine.raw_audio import RawAudio
from donecast.engine.samples import with_channels


def unpack_source(
    path: Path,
    out: Path,
    *,
    sample_rate: int,
    channels: int,
    limits: EngineLimits,
    on_frames: Callable[[Decoding], None],
) -> RawAudio:
    """Decodes a file once into ``out``, resampled where its rate differs.

    Frame n of the result is the instant n / sample_rate of the source: the resampler's delay is taken out. A mono
    source stays mono (it goes to both sides when it is mixed); stereo is averaged for a mono output.
    """
    decoding = open_decoding(path, limits)
    kept = min(decoding.channels, channels)
    raw = RawAudio(out, kept)
    resampler = None
    if decoding.sample_rate != sample_rate:
        resampler = soxr.ResampleStream(decoding.sample_rate, sample_rate, kept, dtype="float32", quality="HQ")
    block = None
    for block in decoding.blocks():
        sound = with_channels(block, kept)
        raw.append(resampler.resample_chunk(sound, last=False) if resampler else sound)
        on_frames(decoding)
    if resampler and block is not None:
        raw.append(resampler.resample_chunk(with_channels(block[:0], kept), last=True))
    return raw
