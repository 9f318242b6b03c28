"""Bringing a speech model to this machine: fetched by its name, or taken from a folder. Nothing else ever fetches one.

A model is made in a folder beside its place and moved there when every byte is proved and its engine has run it, so
that there is all of a model or nothing. However this ends, what was begun is gone; a killed process's folder goes with
the next installation.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from donecast.platform.disk_room import NO_ROOM
from donecast.platform.fetching import Fetched, FetchLimits, fetch
from donecast.platform.outgoing import NoAnswer
from donecast.platform.temporary import folder_among_others
from donecast.speech.model_catalogue import CatalogueFile, CatalogueModel
from donecast.speech.model_errors import (
    ModelDamaged,
    ModelSourceRefused,
    ModelSourceSilent,
    NoRoomForModel,
    SpeechModelUnknown,
    SpeechModelUnusable,
)
from donecast.speech.model_folder import opened, unusable

_UNDER_WAY = ".fetching-"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_COPY_BYTES = 4 * 1024**2
_SPACE_BESIDE_BYTES = 64 * 1024**2
_SILENCE_SECONDS = 30.0
_ATTEMPTS_MAX = 8
_LACKS = {
    "unreachable": "cannot be reached",
    "too_slow": "stopped sending",
    "cut_off": "broke off again and again",
    "too_large": "sends more than the file",
}

Tell = Callable[[str, int], None]
"""Gets what is done and whole percent."""


def install_named(
    model: CatalogueModel,
    models: Path,
    *,
    source: str,
    tell: Tell,
    try_out: Callable[[Path], None],
    silence_seconds: float = _SILENCE_SECONDS,
    attempts_max: int = _ATTEMPTS_MAX,
) -> Path:
    """Fetches a model from ``source`` into ``models``; answers its folder. One that is whole already stays as it is.

    ``try_out`` gets the folder before it is moved to its place, and raises when the model does not run. Raises
    ModelSourceSilent, ModelSourceRefused, ModelDamaged, NoRoomForModel, SpeechModelUnusable.
    """
    if _is_whole(model, models / model.name):
        return models / model.name
    with _made_beside(models, model.name, model.bytes, model.name) as staged:
        done = 0
        for file in model.files:
            limits = FetchLimits(file.bytes, silence_seconds, attempts_max)

            def note(there: int, before: int = done) -> None:
                tell("Fetching", 100 * (before + there) // model.bytes)

            with (staged / file.name).open("xb") as sink:
                found = fetch(model.address(source, file), sink, limits=limits, on_bytes=note)
                _keep(sink)
            _require(file, found, staged / file.name)
            done += file.bytes
        tell("Trying it out", 100)
        opened(staged)
        try_out(staged)
    return models / model.name


def install_folder(folder: Path, models: Path, *, tell: Tell, try_out: Callable[[Path], None]) -> Path:
    """Copies the model in ``folder`` into ``models``, under the folder's name; answers its place there.

    Raises SpeechModelUnknown, SpeechModelUnusable, NoRoomForModel, and what ``try_out`` raises.
    """
    source = folder.absolute()
    if not source.is_dir():
        raise SpeechModelUnknown
    if not _NAME.fullmatch(source.name):
        raise SpeechModelUnknown(
            "The folder's name cannot become the model's name.",
            action="Give it a name of letters, digits, dots, hyphens and underscores.",
        )
    if source.parent == models.absolute():
        raise SpeechModelUnknown("This folder is an installed model already.", action="Nothing is left to be done.")
    model = opened(source)
    total = sum(path.stat().st_size for path in model.files)
    with _made_beside(models, source.name, total, str(source)) as staged:
        done = 0
        for path in model.files:
            with path.open("rb") as given, (staged / path.name).open("xb") as sink:
                done = _copied(given, sink, done, lambda there: tell("Copying", 100 * there // max(1, total)))
        tell("Trying it out", 100)
        opened(staged)
        try_out(staged)
    return models / source.name


@contextmanager
def _made_beside(models: Path, name: str, bytes_needed: int, told_as: str) -> Iterator[Path]:
    """A folder to fill, moved to its place when the block ends well; what stood there goes away.

    ``told_as`` is what a person knows the model as, for the folder itself vanishes when something is wrong with it.
    """
    models.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(models).free < bytes_needed + _SPACE_BESIDE_BYTES:
        raise NoRoomForModel(details={"bytes_needed": bytes_needed})
    with folder_among_others(models, _UNDER_WAY) as around:
        staged = around / "model"
        staged.mkdir()
        try:
            yield staged
            if (models / name).exists():
                (models / name).rename(around / "before")
            staged.rename(models / name)
        except SpeechModelUnusable as error:
            raise unusable(Path(told_as), str(error.details.get("why", "it does not run"))) from error
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise NoRoomForModel(details={"bytes_needed": bytes_needed}) from error


def _copied(given: BinaryIO, sink: BinaryIO, done: int, note: Callable[[int], None]) -> int:
    while piece := given.read(_COPY_BYTES):
        sink.write(piece)
        done += len(piece)
        note(done)
    _keep(sink)
    return done


def _keep(sink: BinaryIO) -> None:
    """On the disk before its folder gets its name: else a power cut could leave a model of zeros."""
    sink.flush()
    os.fsync(sink.fileno())


def _is_whole(model: CatalogueModel, place: Path) -> bool:
    return all(
        (place / file.name).is_file()
        and (place / file.name).stat().st_size == file.bytes
        and _sha256_of(place / file.name) == file.sha256
        for file in model.files
    )


def _require(file: CatalogueFile, found: Fetched | NoAnswer, path: Path) -> None:
    """Refuses everything but the file that was promised."""
    if isinstance(found, NoAnswer):
        if found.lack == "too_large":
            raise ModelDamaged(f"{file.name} is larger than it should be, so it was thrown away.")
        said = f"The model could not be fetched: the place where it is kept {_LACKS[found.lack]}."
        raise ModelSourceSilent(said, details={"file": file.name, "lack": found.lack})
    if found.status != 200:
        said = (
            f"The model could not be fetched: asked for {file.name}, the place where it is kept answers {found.status}."
        )
        raise ModelSourceRefused(said, details={"file": file.name, "status": found.status})
    if found.media_type == "text/html":
        said = f"The model could not be fetched: instead of {file.name} there came a web page."
        raise ModelSourceRefused(said, details={"file": file.name})
    size = path.stat().st_size
    if size != file.bytes:
        said = f"{file.name} has {size:,} bytes instead of {file.bytes:,}, so it was thrown away."
        raise ModelDamaged(said, details={"file": file.name})
    if _sha256_of(path) != file.sha256:
        raise ModelDamaged(
            f"{file.name} has the right size and another content than it should, so it was thrown away.",
            details={"file": file.name},
        )


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
