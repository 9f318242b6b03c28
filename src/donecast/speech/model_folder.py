"""A folder with a Whisper model in CTranslate2's form: what must lie in it, and a digest of its content.

Looking costs nothing: a few bytes of each file. Whether the model runs, only its engine can say (`whisper_job.look`).
"""

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from donecast.speech.model_errors import SpeechModelUnusable

CONFIG, WEIGHTS = "config.json", "model.bin"
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
SPECIAL_TOKENS = ("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>")
_CONFIG_BYTES_MAX = 1024**2
_VOCABULARY_BYTES_MAX = 16 * 1024**2
_HEAD_BYTES = 64
_KIND = b"WhisperSpec"
"""The kind of network stands at the head of CTranslate2's file, after its version."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder in which everything that a model needs was seen."""

    path: Path
    vocabulary: str

    @property
    def files(self) -> tuple[Path, ...]:
        """What the model consists of; whatever else lies there is not read."""
        return tuple(self.path / name for name in (CONFIG, WEIGHTS, self.vocabulary))

    @property
    def weights_bytes(self) -> int:
        """The size of the network itself."""
        return (self.path / WEIGHTS).stat().st_size


def opened(path: Path) -> ModelFolder:
    """The model in this folder. Raises SpeechModelUnusable, with the reason."""
    if not path.is_dir():
        raise unusable(path, "there is no such folder")
    try:
        vocabulary = next((name for name in VOCABULARIES if (path / name).is_file()), None)
        missing = [name for name in (CONFIG, WEIGHTS) if not (path / name).is_file()]
        missing += [] if vocabulary else [VOCABULARIES[0]]
        if vocabulary is None or missing:
            raise unusable(path, f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing")
        _require_config(path)
        if (path / vocabulary).stat().st_size > _VOCABULARY_BYTES_MAX:
            raise unusable(path, f"{vocabulary} is much too large")
        with (path / WEIGHTS).open("rb") as weights:
            if _KIND not in weights.read(_HEAD_BYTES):
                raise unusable(path, f"{WEIGHTS} is not a Whisper model in the form that CTranslate2 reads")
    except OSError as error:
        raise unusable(path, str(error.strerror)) from error
    return ModelFolder(path, vocabulary)


def unusable(path: Path, why: str) -> SpeechModelUnusable:
    """The error for the model in this folder."""
    return SpeechModelUnusable(f"The speech model {path} cannot be used: {why}.", details={"why": why})


def models_in(folder: Path) -> tuple[Path, ...]:
    """The folders of models that lie in ``folder``, the largest first; folders with a dot are being made.

    Raises SpeechModelUnusable when there is such a folder and it cannot be looked into.
    """
    try:
        found = [(size, path) for path in folder.iterdir() if (size := _weights_bytes(path)) is not None]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise unusable(folder, str(error.strerror)) from error
    return tuple(path for _, path in sorted(found, key=lambda one: (-one[0], one[1].name)))


def _weights_bytes(path: Path) -> int | None:
    """The size of the network in a folder; None where there is none, or it goes away this moment."""
    try:
        return None if path.name.startswith(".") else (path / WEIGHTS).stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def digest_of(model: ModelFolder) -> str:
    """Stands for the content of the model's files; read once as long as size and time of change stay."""
    try:
        parts = [(path.name, _hash_of(path, *_state_of(path))) for path in model.files]
    except OSError as error:
        raise unusable(model.path, str(error.strerror)) from error
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def vocabulary_of(model: ModelFolder) -> list[str]:
    """The tokens in the order of their numbers. Raises SpeechModelUnusable."""
    path = model.path / model.vocabulary
    try:
        text = path.read_text("utf-8")
        tokens: Any = json.loads(text) if path.suffix == ".json" else text.removesuffix("\n").split("\n")
    except (OSError, ValueError) as error:
        raise unusable(model.path, f"{path.name} cannot be read") from error
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise unusable(model.path, f"{path.name} is not a list of tokens")
    if missing := [token for token in SPECIAL_TOKENS if token not in tokens]:
        raise unusable(model.path, f"{path.name} lacks {missing[0]}")
    return tokens


def _require_config(path: Path) -> None:
    if (path / CONFIG).stat().st_size > _CONFIG_BYTES_MAX:
        raise unusable(path, f"{CONFIG} is much too large")
    try:
        config = json.loads((path / CONFIG).read_bytes())
    except ValueError as error:
        raise unusable(path, f"{CONFIG} is not JSON") from error
    if not isinstance(config, dict) or not config.get("alignment_heads"):
        raise unusable(path, f"{CONFIG} does not say by which alignment_heads words get their times")


def _state_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


@functools.lru_cache(maxsize=64)
def _hash_of(path: Path, _bytes: int, _changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
