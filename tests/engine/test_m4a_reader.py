"""Any part of an M4A of ours is what decoding it from the start gives there."""

from pathlib import Path

import numpy as np
import pytest

from donecast.core.plan import OutputFormat
from donecast.engine.aac import write_m4a
from donecast.engine.decoding import open_decoding
from donecast.engine.m4a_reader import M4aReader
from donecast.engine.tags import ChapterTag, Tags, write_tags
from tests.engine.sounds import LIMITS, Sound, sine, speech_like

RATE = 44_100
FRAMES = 5 * RATE + 123


@pytest.fixture
def sound() -> Sound:
    voice = speech_like(6)[:FRAMES, 0]
    return np.stack([voice, sine(6, hertz=700)[:FRAMES, 0]], axis=1)


@pytest.fixture
def m4a(sound: Sound, tmp_path: Path) -> Path:
    path = tmp_path / "a.m4a"
    write_m4a(path, OutputFormat("aac", 192), FRAMES, lambda start, end: sound[start:end])
    write_tags(path, path, Tags(title="x", chapters=(ChapterTag(0, 4_000, "a"), ChapterTag(4_000, 5_002, "b"))))
    return path


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, 5_000), (1_023, 1_025), (50_000, 60_000), (FRAMES - 10, FRAMES), (0, FRAMES)]
)
def test_a_part_is_what_the_whole_has_there(m4a: Path, start: int, end: int) -> None:
    whole = np.concatenate(list(open_decoding(m4a, LIMITS).blocks()))
    with M4aReader(m4a) as reader:
        assert (reader.sample_rate, reader.channels, reader.frames) == (RATE, 2, FRAMES)
        part = reader.read(start, end)
    assert part.shape == (end - start, 2)
    np.testing.assert_allclose(part, whole[start:end], atol=2e-5)


def test_parts_may_be_read_in_any_order_and_beyond_the_end(m4a: Path) -> None:
    with M4aReader(m4a) as reader:
        late, early = reader.read(200_000, 210_000), reader.read(10, 20)
        again = reader.read(200_000, 210_000)
        assert len(reader.read(FRAMES - 5, FRAMES + 100)) == 5
        assert reader.read(FRAMES, FRAMES + 1).shape == (0, 2)
    assert len(early) == 10
    np.testing.assert_allclose(late, again, atol=2e-5)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.m4a").write_bytes(b"\0" * 100)
    with pytest.raises(ValueError, match="not an M4A of ours"):
        M4aReader(tmp_path / "a.m4a")
