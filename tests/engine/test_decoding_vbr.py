"""MP3 of variable bit rate, whose small frames keep much of their sound in earlier ones."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from donecast.engine.decoding import open_decoding
from tests.engine.sounds import LIMITS, speech_like


@pytest.mark.parametrize("quality", [0.0, 0.4, 0.9])
def test_nothing_goes_missing_between_two_reads(quality: float, tmp_path: Path) -> None:
    path = tmp_path / "gated.mp3"
    with soundfile.SoundFile(
        path, "w", 44_100, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=quality
    ) as file:
        file.write(speech_like(20))
    decoded = np.concatenate(list(open_decoding(path, LIMITS).blocks()))
    with av.open(str(path)) as other:
        wanted = np.concatenate([frame.to_ndarray() for frame in other.decode(audio=0)], axis=1).T
    assert len(decoded) == len(wanted)
    assert np.abs(decoded - wanted).max() < 0.001
