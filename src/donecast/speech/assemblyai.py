"""AssemblyAI over plain HTTP: upload, job, list, poll, words with speakers and hesitations, webhook.

Interface: https://www.assemblyai.com/docs (pre-recorded audio, version 2). The key stands in the header
``authorization`` without a "Bearer"; a job that failed is an answer 200 with the status "error"; times are integer
milliseconds, the length is whole seconds.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from donecast.core.words import Transcript, TranscriptQuality
from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Method, Outgoing, retry_after_seconds
from donecast.speech.remote import Hook, HookCall, JobState, RemoteJob
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
from donecast.speech.vendor_http import VendorHttp, document_of, file_pieces
from donecast.speech.vendor_words import language_tag, require_same_length, vendor_word, words_within

HOOK_PATH = "/api/hooks/assemblyai"
_HOOK_HEADER = "x-donecast-webhook-secret"
_RECIPE = 1  # counted up when the way from the vendor's answer to words changes
_UPLOAD_SECONDS_MAX = 3_600.0
_UPLOAD_SILENCE_SECONDS = 120.0
_CHECK_SECONDS = 10.0
_LIST_PAGE = 200
_LIST_PAGES_MAX = 5
"""A thousand jobs back: what was begun before a crash stands near the top of the vendor's list."""
_STATES: Mapping[str, JobState] = {
    "queued": "waiting",
    "processing": "waiting",
    "completed": "done",
    "error": "failed",
}
_ABOUT_MONEY = re.compile(r"balance|funds|credits?\b|top up|billing|payment|quota|free tier|upgrade", re.IGNORECASE)
_ABOUT_THE_UPLOAD = re.compile(r"uploaded file|upload_url|audio_url|download", re.IGNORECASE)
_IDENTITY = re.compile(r"[A-Za-z0-9_-]{1,100}")


class AssemblyAI:
    """Vendor adapter, see `remote.RemoteTranscriber`.

    ``language`` is the vendor's code, such as "en_us", or "auto". ``models`` in order of preference; without any, the
    vendor chooses. Without a ``hook``, the vendor calls nobody. An answer that does not end within
    ``answer_seconds_max`` counts as lost.
    """

    name = "assemblyai"
    version = "v2"
    hook_path = HOOK_PATH
    quality: TranscriptQuality = "provider"

    def __init__(
        self,
        *,
        key: str,
        base_url: str,
        language: str,
        models: tuple[str, ...] = (),
        hook: Hook | None = None,
        answer_seconds_max: float = 60.0,
        way: Outgoing = UNGUARDED,
    ) -> None:
        self._secrets = (key, hook.secret if hook is not None else "")
        self._answer_seconds_max = answer_seconds_max
        self._http = VendorHttp(base_url, {"authorization": key}, way)
        self._language = language
        self._models = models
        self._hook = hook

    @property
    def options_digest(self) -> str:
        """Stands for the options of a job that change its words; who is called when it ends does not."""
        parts = json.dumps([_RECIPE, self._options()], sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    @property
    def calls_back(self) -> bool:
        """With a hook."""
        return self._hook is not None

    def check(self) -> list[Problem]:
        """Asks for the newest job, which costs nothing and needs the key."""
        try:
            self._asked("GET", "/v2/transcript", params={"limit": "1"}, seconds_max=_CHECK_SECONDS)
        except DonecastError as error:
            return [Problem(error.code, error.message, error.action)]
        return []

    def upload(self, audio: Path, on_sent: Callable[[float], None]) -> str:
        """See `remote.RemoteTranscriber.upload`: a piece of the file is in memory at a time."""
        document = self._asked(
            "POST",
            "/v2/upload",
            content=file_pieces(audio, on_sent),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(audio.stat().st_size)},
            seconds_max=_UPLOAD_SECONDS_MAX,
            silence_seconds_max=_UPLOAD_SILENCE_SECONDS,
        )
        return _text(document, "upload_url", 2_000)

    def submit(self, upload: str) -> str:
        """See `remote.RemoteTranscriber.submit`."""
        wish = {"audio_url": upload, **self._options()}
        if self._hook is not None:
            wish["webhook_url"] = self._hook.url
            wish["webhook_auth_header_name"] = _HOOK_HEADER
            wish["webhook_auth_header_value"] = self._hook.secret
        answer = self._http.ask("POST", "/v2/transcript", json=wish, seconds_max=self._answer_seconds_max)
        if answer.status >= 500 or answer.status == 408:
            raise SpeechUnsure(details=self._said(answer))
        try:
            return _identity(self._good(answer))
        except SpeechBadAnswer as error:
            # Whatever it was that answered, it did not say that there is no job.
            raise SpeechUnsure(details=error.details) from error

    def find(self, upload: str) -> str | None:
        """See `remote.RemoteTranscriber.find`: looks through the vendor's list, newest first."""
        before: dict[str, str] = {}
        for _ in range(_LIST_PAGES_MAX):
            page = {"limit": str(_LIST_PAGE), **before}
            document = self._asked("GET", "/v2/transcript", params=page, seconds_max=self._answer_seconds_max)
            jobs = document.get("transcripts")
            if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
                raise SpeechBadAnswer(details={"why": "a list without transcripts"})
            for job in jobs:
                if job.get("audio_url") == upload:
                    return _identity(job)
            if len(jobs) < _LIST_PAGE:
                return None
            before = {"before_id": _identity(jobs[-1])}
        return None

    def poll(self, job_id: str) -> RemoteJob:
        """See `remote.RemoteTranscriber.poll`."""
        document = self._job(job_id)
        status = document.get("status")
        if not isinstance(status, str) or status not in _STATES:
            raise SpeechBadAnswer(details={"why": "a job in no known state"})
        said = document.get("error")
        problem = said_by_vendor(said, *self._secrets) if isinstance(said, str) else ""
        return RemoteJob(_STATES[status], problem)

    def fetch(self, job_id: str, duration_ms: int) -> Transcript:
        """See `remote.RemoteTranscriber.fetch`. Raises SpeechBadAnswer for words that cannot be this recording's."""
        document = self._job(job_id)
        if document.get("status") != "completed":
            raise SpeechBadAnswer(details={"why": "words of a job that is not completed"})
        require_same_length(document.get("audio_duration"), duration_ms)
        words = document.get("words")
        if words is None and not document.get("text"):
            words = []  # nobody spoke
        if not isinstance(words, list):
            raise SpeechBadAnswer(details={"why": "a text without words"})
        language = document.get("language_code")
        return Transcript(
            words=words_within([vendor_word(word) for word in words], duration_ms),
            language=language_tag(language if isinstance(language, str) else self._language),
            duration_ms=duration_ms,
            engine=self.name,
            engine_version=self.version,
            quality=self.quality,
            fillers="reported" if "disfluencies" in self._options() else "left_out",
        )

    def parse_webhook(self, call: HookCall) -> str:
        """See `remote.RemoteTranscriber.parse_webhook`."""
        given = call.headers.get(_HOOK_HEADER, "")
        if self._hook is None or not hmac.compare_digest(given.encode(), self._hook.secret.encode()):
            raise HookRefused
        try:
            document = json.loads(call.body)
        except (ValueError, RecursionError) as error:
            raise HookUnreadable from error
        job_id = document.get("transcript_id") if isinstance(document, dict) else None
        if not isinstance(job_id, str) or not _IDENTITY.fullmatch(job_id):
            raise HookUnreadable
        return job_id

    def _options(self) -> dict[str, Any]:
        language = {"language_detection": True} if self._language == "auto" else {"language_code": self._language}
        models = {"speech_models": list(self._models)} if self._models else {}
        flags = dict.fromkeys(("punctuate", "format_text", "speaker_labels"), True)
        # Hesitations are written down in English only; asking for them elsewhere would be refused.
        hesitations = {"disfluencies": True} if self._language == "auto" or self._language.startswith("en") else {}
        return {**flags, **hesitations, **language, **models}

    def _job(self, job_id: str) -> dict[str, Any]:
        answer = self._http.ask("GET", f"/v2/transcript/{job_id}", seconds_max=self._answer_seconds_max)
        if answer.status == 404 or (answer.status == 400 and "not found" in str(self._said(answer)["said"])):
            raise SpeechJobUnknown(details={"job_id": job_id})
        document = self._good(answer)
        if document.get("id") != job_id:
            raise SpeechBadAnswer(details={"why": "another job than the one that was asked for"})
        return document

    def _asked(self, method: Method, path: str, **request: Any) -> dict[str, Any]:
        return self._good(self._http.ask(method, path, **request))

    def _good(self, answer: Answer) -> dict[str, Any]:
        """The object of an answer 200; raises what every other answer means."""
        if answer.status == 200:
            document = document_of(answer)
            if not isinstance(document, dict):
                raise SpeechBadAnswer(details={"why": "not an object"})
            return document
        details = self._said(answer)
        said = str(details["said"])
        if answer.status == 401:
            raise SpeechAuth(details=details)
        if answer.status == 429:
            raise SpeechRateLimited(details={**details, "retry_after_seconds": retry_after_seconds(answer)})
        if answer.status == 402 or (answer.status in {400, 403} and _ABOUT_MONEY.search(said)):
            raise SpeechQuota(details=details)
        if answer.status in {400, 403} and _ABOUT_THE_UPLOAD.search(said):
            raise SpeechUploadGone(details=details)
        if answer.status == 403:
            raise SpeechAuth(details=details)
        if answer.status >= 500 or answer.status == 408:
            raise SpeechTransient(details=details)
        if answer.status < 400:
            raise SpeechBadAnswer(details=details)
        raise SpeechRejected(
            f"The transcription service does not take this recording. It says: {said}" if said else None,
            details=details,
        )

    def _said(self, answer: Answer) -> dict[str, object]:
        try:
            document = document_of(answer)
        except SpeechBadAnswer:
            document = None
        said = document.get("error") if isinstance(document, dict) else None
        return {"status": answer.status, "said": said_by_vendor(said, *self._secrets) if isinstance(said, str) else ""}


def _text(document: Mapping[str, Any], name: str, characters_max: int) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= characters_max:
        raise SpeechBadAnswer(details={"why": f"no {name}"})
    return value


def _identity(document: Mapping[str, Any]) -> str:
    """The id of a job, which becomes part of addresses."""
    value = _text(document, "id", 100)
    if not _IDENTITY.fullmatch(value):
        raise SpeechBadAnswer(details={"why": "an id that is none"})
    return value
