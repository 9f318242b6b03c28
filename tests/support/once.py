"""What the same input makes again and again is made once in each process of the tests: their answers are real ones.

For tests whose matter lies elsewhere; those of the recogniser itself listen each time.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest

from donecast.core.assembly import HOUSE_MUSIC
from donecast.core.words import Transcript
from donecast.shows import service as shows
from donecast.speech.errors import TranscriptionCancelled
from donecast.speech.pocketsphinx import PocketSphinxTranscriber

_HEARD: dict[tuple[str, str], Transcript] = {}
_MUSIC: list[Path] = []


@pytest.fixture
def heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in recogniser hears a sound with the same wishes once."""
    really = PocketSphinxTranscriber.transcribe

    def transcribe(self: PocketSphinxTranscriber, feed: Path, **wishes: Any) -> Transcript:
        digest = hashlib.sha256(feed.read_bytes()).hexdigest()
        wanted = {name: wish for name, wish in wishes.items() if name not in {"on_progress", "cancelled"}}
        key = (digest, repr(sorted(wanted.items())))
        if key not in _HEARD:
            _HEARD[key] = really(self, feed, **wishes)
        elif (cancelled := wishes.get("cancelled")) and cancelled():
            raise TranscriptionCancelled
        elif on_progress := wishes.get("on_progress"):
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
