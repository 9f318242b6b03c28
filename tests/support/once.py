"""What the same input makes again and again is made once in each process of the tests: their answers are real ones.

For tests whose matter lies elsewhere; those of the recogniser itself listen each time.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from donecast.core.assembly import HOUSE_MUSIC
from donecast.core.span import Span
from donecast.core.words import Transcript
from donecast.shows import service as shows
from donecast.speech.errors import TranscriptionCancelled
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import MarkerSpec

_HEARD: dict[tuple[str, int, str, str], Transcript] = {}
_MUSIC: list[Path] = []


@pytest.fixture
def heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in recogniser hears a sound with the same wishes once."""
    really = PocketSphinxTranscriber.transcribe

    def transcribe(
        self: PocketSphinxTranscriber,
        feed: Path,
        *,
        duration_ms: int,
        markers: Mapping[str, MarkerSpec] | None = None,
        pauses: Sequence[Span] | None = None,
        on_progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        digest = hashlib.sha256(feed.read_bytes()).hexdigest()
        key = (digest, duration_ms, repr(sorted((markers or {}).items())), repr(pauses))
        if key not in _HEARD:
            _HEARD[key] = really(
                self,
                feed,
                duration_ms=duration_ms,
                markers=markers,
                pauses=pauses,
                on_progress=on_progress,
                cancelled=cancelled,
            )
        elif cancelled and cancelled():
            raise TranscriptionCancelled
        elif on_progress:
            on_progress(1.0)
        return _HEARD[key]

    monkeypatch.setattr(PocketSphinxTranscriber, "transcribe", transcribe)


@pytest.fixture
def music_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The house's music, which is the same to the bit each time, is copied and not made anew."""
    really = shows._HOUSE_SOUNDS[HOUSE_MUSIC]

    def copied(out: Path) -> Path:
        if not _MUSIC:
            _MUSIC.append(really(tmp_path_factory.mktemp("music") / out.name))
        assert _MUSIC[0].suffix == out.suffix
        return Path(shutil.copyfile(_MUSIC[0], out))

    monkeypatch.setattr(shows, "_HOUSE_SOUNDS", {**shows._HOUSE_SOUNDS, HOUSE_MUSIC: copied})
