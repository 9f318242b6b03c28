"""Auphonic over plain HTTP: production, upload, start, captions, webhook.

Interface: https://auphonic.com/help/api/. A production is made and filled first and charged for only once it is
started, so the production is both where the vendor keeps the sound and the job. Every answer is an envelope
``{status_code, error_code, error_message, form_errors, data}``, in which a refusal may hide behind the status 200. Of
the numbers of its states only 3 (done) and 2 (error) are promised; the others go by their names.

Words come as a WebVTT file, for it is a public standard: which ending stands for it, ``vtt`` or ``webvtt``, the vendor
lists at ``/api/info/output_files.json``. The webhook is a form without a signature: its secret stands in its address.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from donecast.core.words import TranscriptQuality
from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Method, Outgoing, retry_after_seconds
from donecast.speech.remote import Hook, HookCall, RemoteJob, TimedText
from donecast.speech.vendor_captions import captions_within
from donecast.speech.vendor_errors import (
    HookRefused,
    HookUnreadable,
    SpeechAuth,
    SpeechBadAnswer,
    SpeechJobUnknown,
    SpeechQuota,
    SpeechRateLimited,
    SpeechRejected,
    SpeechTransient,
    SpeechUnsure,
    SpeechUploadGone,
    said_by_vendor,
)
from donecast.speech.vendor_http import VendorHttp, any_body, document_of, file_pieces
from donecast.speech.vendor_words import language_tag, require_same_length

HOOK_PATH = "/api/hooks/auphonic"
_RECIPE = 1  # counted up when the way from the vendor's captions to words changes
_UPLOAD_SECONDS_MAX = 3_600.0
_UPLOAD_SILENCE_SECONDS = 120.0
_CHECK_SECONDS = 10.0
_REDIRECTS_MAX = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DONE, _FAILED = 3, 2
_NOT_STARTED = frozenset({"incomplete form", "production not started yet"})
_FILLING = "file upload"
"""May be before the start and after it."""
_STOPPED = _NOT_STARTED | {"production outdated", "production changed"}
"""What a job that was started becomes when somebody stops or changes it at the vendor's own site."""
_CAPTIONS = "subtitle"
_ENDINGS = ("vtt", "webvtt")
_UNTOUCHED = dict.fromkeys(
    ("leveler", "normloudness", "filtering", "denoise", "silence_cutter", "filler_cutter", "cough_cutter"), False
)
"""The sound is heard as it is: what is cut there would put every later word at a wrong time."""
_REFUSALS: Mapping[int, type[DonecastError]] = {
    401: SpeechAuth,
    403: SpeechAuth,
    408: SpeechTransient,
    409: SpeechTransient,
    429: SpeechRateLimited,
}
_ABOUT_MONEY = re.compile(r"credits?\b|balance|top up|billing|payment|quota|upgrade|subscription", re.IGNORECASE)
_IDENTITY = re.compile(r"[A-Za-z0-9]{1,100}")


class Auphonic:
    """Vendor adapter, see `remote.RemoteTranscriber`.

    ``language`` is ours, such as "en_us", or "auto"; the vendor knows no regions. Without a ``hook``, the vendor calls
    nobody. An answer that does not end within ``answer_seconds_max`` counts as lost.
    """

    name = "auphonic"
    version = "v1"
    quality: TranscriptQuality = "provider"
    hook_path = HOOK_PATH

    def __init__(
        self,
        *,
        key: str,
        base_url: str,
        language: str,
        hook: Hook | None = None,
        answer_seconds_max: float = 60.0,
        way: Outgoing = UNGUARDED,
    ) -> None:
        self._secrets = (key, hook.secret if hook is not None else "")
        self._answer_seconds_max = answer_seconds_max
        self._http = VendorHttp(base_url, {"authorization": f"bearer {key}"}, way)
        self._language = language
        self._hook = hook

    @property
    def options_digest(self) -> str:
        """Stands for the options of a production that change its words; who is called when it ends does not."""
        parts = json.dumps([_RECIPE, self._options()], sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    @property
    def calls_back(self) -> bool:
        """With a hook."""
        return self._hook is not None

    def check(self) -> list[Problem]:
        """Asks what the account has left, which costs nothing and needs the key."""
        try:
            account = self._asked("GET", "/api/user.json", seconds_max=_CHECK_SECONDS)
        except DonecastError as error:
            return [Problem(error.code, error.message, error.action)]
        credit_hours = account.get("credits")
        spent = isinstance(credit_hours, int | float) and not isinstance(credit_hours, bool) and credit_hours <= 0
        return [Problem(SpeechQuota.code, SpeechQuota.message, SpeechQuota.action)] if spent else []

    def upload(self, audio: Path, on_sent: Callable[[float], None]) -> str:
        """See `remote.RemoteTranscriber.upload`: a production that holds the sound and is not started.

        A piece of the file is in memory at a time. A production whose upload fails stays there, empty and free.
        """
        production = self._asked("POST", "/api/productions.json", json=self._wish())
        upload = _identity(production)
        form = _Form(audio)
        self._asked(
            "POST",
            f"/api/production/{upload}/upload.json",
            content=form.content(on_sent),
            headers=form.headers,
            seconds_max=_UPLOAD_SECONDS_MAX,
            silence_seconds_max=_UPLOAD_SILENCE_SECONDS,
        )
        return upload

    def submit(self, upload: str) -> str:
        """See `remote.RemoteTranscriber.submit`: starts the production. One that was started is not started again."""
        answer = self._http.ask("POST", f"/api/production/{upload}/start.json", seconds_max=self._answer_seconds_max)
        try:
            production = self._data(answer, SpeechUploadGone)
        except (SpeechBadAnswer, SpeechTransient) as error:
            # Whatever it was that answered, it did not say that nothing was started.
            raise SpeechUnsure(details=error.details) from error
        except SpeechRejected:
            if self.find(upload) is None:
                raise
            return upload
        if _state_name(production) in _NOT_STARTED:
            raise SpeechUnsure(details={"why": "it was to be started and is not"})
        return upload

    def find(self, upload: str) -> str | None:
        """See `remote.RemoteTranscriber.find`: the production itself, once it is started."""
        try:
            production = self._production(upload)
        except SpeechJobUnknown:
            return None
        return None if _state_name(production) in _NOT_STARTED | {_FILLING} else upload

    def poll(self, job_id: str) -> RemoteJob:
        """See `remote.RemoteTranscriber.poll`."""
        production = self._production(job_id)
        state, name = production.get("status"), _state_name(production)
        if state == _DONE:
            return RemoteJob("done")
        if state == _FAILED:
            return RemoteJob("failed", self._cleaned(production.get("error_message")))
        if name in _STOPPED:
            return RemoteJob("failed", "It was stopped or changed at Auphonic.")
        return RemoteJob("waiting")

    def fetch(self, job_id: str, duration_ms: int) -> TimedText:
        """See `remote.RemoteTranscriber.fetch`. Raises SpeechBadAnswer for captions that are not this recording's.

        Without captions where speech recognition is off in the account: there is no such file then, or an empty one.
        """
        production = self._production(job_id)
        if production.get("status") != _DONE:
            raise SpeechBadAnswer(details={"why": "words of a production that is not done"})
        require_same_length(production.get("length"), duration_ms)
        recognition = production.get("speech_recognition")
        language = recognition.get("language") if isinstance(recognition, dict) else None
        return TimedText(
            captions_within(self._captions(production), duration_ms),
            language_tag(language if isinstance(language, str) and language != "auto" else self._language),
            fillers="left_out",  # it hears with Whisper, which writes for readers
        )

    def parse_webhook(self, call: HookCall) -> str:
        """See `remote.RemoteTranscriber.parse_webhook`."""
        given = call.query.get("secret", "")
        if self._hook is None or not hmac.compare_digest(given.encode(), self._hook.secret.encode()):
            raise HookRefused
        try:
            (job_id,) = parse_qs(call.body.decode("ascii"), max_num_fields=100)["uuid"]
        except (ValueError, KeyError) as error:
            raise HookUnreadable from error
        if not _IDENTITY.fullmatch(job_id):
            raise HookUnreadable
        return job_id

    def _options(self) -> dict[str, Any]:
        language = self._language.partition("_")[0]
        return {"speech_recognition": {"language": language}, "algorithms": _UNTOUCHED}

    def _wish(self) -> dict[str, Any]:
        captions = [{"format": _CAPTIONS, "ending": self._ending()}]
        wish = {"metadata": {"title": "DoneCast transcript"}, "output_files": captions, **self._options()}
        if self._hook is not None:
            wish["webhook"] = f"{self._hook.url}?{urlencode({'secret': self._hook.secret})}"
        return wish

    def _ending(self) -> str:
        """What stands for WebVTT in this vendor's list of files."""
        listed = self._asked("GET", "/api/info/output_files.json").get(_CAPTIONS)
        offered = listed.get("endings") if isinstance(listed, dict) else None
        known = [ending for ending in _ENDINGS if isinstance(offered, list) and ending in offered]
        if not known:
            raise SpeechBadAnswer(details={"why": "WebVTT is not among the files that it writes"})
        return known[0]

    def _production(self, identity: str) -> dict[str, Any]:
        answer = self._http.ask("GET", f"/api/production/{identity}.json", seconds_max=self._answer_seconds_max)
        production = self._data(answer, SpeechJobUnknown)
        if production.get("uuid") != identity:
            raise SpeechBadAnswer(details={"why": "another production than the one that was asked for"})
        if not isinstance(production.get("status"), int):
            raise SpeechBadAnswer(details={"why": "a production without a state"})
        return production

    def _captions(self, production: Mapping[str, Any]) -> bytes:
        """The bytes of the file of captions; none where there is no such file."""
        files = production.get("output_files")
        if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
            raise SpeechBadAnswer(details={"why": "a production without its files"})
        for file in files:
            address = file.get("download_url")
            if file.get("format") == _CAPTIONS and file.get("ending") in _ENDINGS and isinstance(address, str):
                return b"" if file.get("size") == 0 else self._downloaded(address)
        return b""

    def _downloaded(self, address: str) -> bytes:
        """A file of the vendor's, which is only for who has the key; the key goes nowhere else, wherever it leads."""
        for _ in range(_REDIRECTS_MAX + 1):
            http, path = self._place(address)
            answer = http.ask("GET", path, seconds_max=self._answer_seconds_max, is_answer=any_body)
            if answer.status == 200:
                return answer.body
            if answer.status in {401, 403} and not http.headers:
                raise SpeechBadAnswer(details={"why": "a file at an address that our key does not open"})
            if answer.status not in _REDIRECTS:
                raise self._refusal(answer, {}, answer.status, SpeechBadAnswer)
            address = urljoin(address, answer.headers.get("location", ""))
        raise SpeechBadAnswer(details={"why": "a file that leads from one address to the next"})

    def _place(self, address: str) -> tuple[VendorHttp, str]:
        try:
            parts, ours = urlsplit(address), urlsplit(self._http.base_url)
        except ValueError as error:
            raise SpeechBadAnswer(details={"why": "a file at an address that is none"}) from error
        origin, path = f"{parts.scheme}://{parts.netloc}", parts._replace(scheme="", netloc="", fragment="").geturl()
        if (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc):
            return VendorHttp(origin, self._http.headers, self._http.way), path
        if parts.scheme != "https" or not parts.hostname:
            raise SpeechBadAnswer(details={"why": "a file at an address that is not https"})
        return VendorHttp(origin, {}, self._http.way), path

    def _asked(self, method: Method, path: str, **request: Any) -> dict[str, Any]:
        seconds = {"seconds_max": self._answer_seconds_max}
        return self._data(self._http.ask(method, path, **{**seconds, **request}), SpeechBadAnswer)

    def _data(self, answer: Answer, gone: type[DonecastError]) -> dict[str, Any]:
        """What the envelope of an answer holds; raises what every other answer means. ``gone``: nothing is there."""
        envelope: Any = {}
        try:
            envelope = document_of(answer)
        except SpeechBadAnswer:
            if answer.status == 200:
                raise
        if not isinstance(envelope, dict):
            envelope = {}
        said = envelope.get("status_code")
        status = said if answer.status == 200 and isinstance(said, int) else answer.status
        wrong = envelope.get("error_code") or envelope.get("form_errors")
        if status != 200 or wrong:
            raise self._refusal(answer, envelope, 400 if status == 200 else status, gone)
        data = envelope.get("data")
        if not isinstance(data, dict):
            raise SpeechBadAnswer(details={"why": "an answer without data"})
        return data

    def _refusal(
        self, answer: Answer, envelope: Mapping[str, Any], status: int, gone: type[DonecastError]
    ) -> DonecastError:
        said = self._cleaned(_said(envelope))
        details: dict[str, object] = {
            "status": status,
            "said": said,
            "retry_after_seconds": retry_after_seconds(answer),
        }
        if status in {400, 402, 403} and (status == 402 or _ABOUT_MONEY.search(said)):
            return SpeechQuota(details=details)
        if status == 404:
            return gone(details=details)
        kind = _REFUSALS.get(status) or (
            SpeechTransient if status >= 500 else SpeechBadAnswer if status < 400 else None
        )
        if kind is not None:
            return kind(details=details)
        return SpeechRejected(
            f"The transcription service does not take this recording. It says: {said}" if said else None,
            details=details,
        )

    def _cleaned(self, said: object) -> str:
        return said_by_vendor(said, *self._secrets) if isinstance(said, str) else ""


class _Form:
    """A file as the field ``input_file`` of a form, as RFC 7578 has it."""

    def __init__(self, audio: Path) -> None:
        boundary = f"donecast-{secrets.token_hex(16)}"
        self._audio = audio
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="input_file"; filename="recording{audio.suffix}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        length = len(self._head) + audio.stat().st_size + len(self._tail)
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(length)}

    def content(self, on_sent: Callable[[float], None]) -> Iterator[bytes]:
        """The form, piece by piece."""
        yield self._head
        yield from file_pieces(self._audio, on_sent)
        yield self._tail


def _state_name(production: Mapping[str, Any]) -> str:
    name = production.get("status_string")
    return name.strip().lower() if isinstance(name, str) else ""


def _identity(production: Mapping[str, Any]) -> str:
    """The id of a production, which becomes part of addresses."""
    value = production.get("uuid")
    if not isinstance(value, str) or not _IDENTITY.fullmatch(value):
        raise SpeechBadAnswer(details={"why": "a production without an id"})
    return value


def _said(envelope: Mapping[str, Any]) -> str:
    """What a refusal says, and of which field of the request."""
    message, wrong = envelope.get("error_message"), envelope.get("form_errors")
    parts = [message] if isinstance(message, str) else []
    if isinstance(wrong, dict):
        for name, told in wrong.items():
            parts.append(f"{name}: {' '.join(map(str, told if isinstance(told, list) else [told]))}")
    return " ".join(parts)
