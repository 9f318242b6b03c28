"""Files that come in a multipart form (RFC 7578): streamed to disk, counted as they come, refused when too large.

The framework's own form parser takes any amount before an endpoint is asked; here the endpoint has already decided
who may send, where it lands and how much. One file; short text fields beside it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.disk_room import disk_full_said

FIELD_BYTES_MAX = 1_000
FIELDS_MAX = 10
FRAMING_BYTES_MAX = 64 * 1024
"""What boundaries, headers and short fields may add to the file itself."""
_BATCH_BYTES = 1024 * 1024


class FileTooLarge(DonecastError):
    """More bytes than the limit came, or were announced."""

    code = "file_too_large"
    kind = ErrorKind.TOO_LARGE
    message = "This file is larger than we can take."
    action = "Choose a smaller file."


class FormUnreadable(DonecastError):
    """The body is not a multipart form with one file."""

    code = "form_unreadable"
    kind = ErrorKind.INVALID
    message = "No file came with this request."
    action = "Choose a file and send it as the form field named file."


class UploadBroken(DonecastError):
    """The connection ended before the whole file had come."""

    code = "upload_broken"
    kind = ErrorKind.INVALID
    message = "The connection broke before the whole file had arrived."
    action = "Nothing was kept. Please send it again."
    retryable = True


@dataclass(slots=True)
class ReceivedForm:
    """A file on disk, the name its sender gave it (never trusted), its length, and the text fields."""

    path: Path
    filename: str = ""
    bytes: int = 0
    fields: dict[str, str] = field(default_factory=dict)


async def receive_form(request: Request, folder: Path, *, bytes_max: int) -> ReceivedForm:
    """Reads the form; its field ``file`` becomes a file in ``folder``, which the caller removes.

    Raises FormUnreadable, UploadBroken, DiskFull, and FileTooLarge as soon as more than ``bytes_max`` is certain.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise FormUnreadable
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > bytes_max + FRAMING_BYTES_MAX:
        raise too_large(bytes_max)
    receiver = _Receiver(boundary, folder / "file", bytes_max)
    try:
        batch = bytearray()
        async for piece in request.stream():
            batch += piece
            if len(batch) >= _BATCH_BYTES:
                await run_in_threadpool(receiver.take, bytes(batch))
                batch.clear()
        await run_in_threadpool(receiver.take, bytes(batch))
        return receiver.finish()
    except ClientDisconnect as error:
        raise UploadBroken from error
    finally:
        with disk_full_said():  # what is left in the buffer goes out now
            receiver.close()


def too_large(bytes_max: int) -> FileTooLarge:
    """The refusal that names the limit."""
    return FileTooLarge(f"This file is larger than {human_bytes(bytes_max)}, which is the most we can take.")


def human_bytes(count: int) -> str:
    """A number of bytes as people say it: 500 bytes, 64 MB, 2 GB."""
    for unit, size in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"


class _Receiver:
    """The parser's callbacks: one part after the other, the file's bytes straight to disk."""

    def __init__(self, boundary: bytes, path: Path, bytes_max: int) -> None:
        self._form = ReceivedForm(path)
        self._bytes_max = bytes_max
        self._taken = 0
        self._file: BinaryIO | None = None
        self._has_file = self._ended = False
        self._name = ""
        self._text = bytearray()
        self._header_name, self._header_value = bytearray(), bytearray()
        callbacks: Any = {
            "on_part_data": self._on_data,
            "on_part_end": self._on_part_end,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._on_header_end,
            "on_part_begin": self._on_part_begin,
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def take(self, data: bytes) -> None:
        """The next bytes of the body."""
        self._taken += len(data)
        if self._taken > self._bytes_max + FRAMING_BYTES_MAX:
            raise too_large(self._bytes_max)
        try:
            with disk_full_said():
                self._parser.write(data)
        except MultipartParseError as error:
            raise FormUnreadable from error

    def finish(self) -> ReceivedForm:
        """What came, once the body has ended."""
        if self._has_file and not self._ended:
            raise UploadBroken
        if not self._has_file:
            raise FormUnreadable
        return self._form

    def close(self) -> None:
        """Ends the file, whatever happened."""
        if self._file is not None:
            self._file.close()

    def _on_part_begin(self) -> None:
        self._name = ""
        self._text.clear()

    def _on_header_end(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            if self._name == "file" and not self._has_file:
                self._has_file = True
                self._form.filename = options.get(b"filename", b"").decode("utf-8", "replace")
                self._file = self._form.path.open("wb")
        self._header_name.clear()
        self._header_value.clear()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == "file" and self._file is not None:
            self._form.bytes += end - start
            if self._form.bytes > self._bytes_max:
                raise too_large(self._bytes_max)
            self._file.write(data[start:end])
        elif len(self._text) + end - start <= FIELD_BYTES_MAX:
            self._text += data[start:end]
        else:
            raise FormUnreadable(f"The form field {self._name[:40]!r} is too long.")

    def _on_part_end(self) -> None:
        if self._name == "file" and self._file is not None:
            self._file.close()
            self._file = None
        elif self._name and len(self._form.fields) < FIELDS_MAX:
            self._form.fields[self._name] = bytes(self._text).decode("utf-8", "replace")

    def _on_end(self) -> None:
        self._ended = True
