"""Voices of ElevenLabs over plain HTTP: what the account can speak with, what it has left, a text as samples.

Interface: https://elevenlabs.io/docs/api-reference (version 1). The key stands in the header ``xi-api-key``. Sound is
asked for as PCM, which has no header, so its length is known to the sample; 24 kHz is the highest rate of every plan.
It comes as base64 with the time of every character: ``audio_base64`` in some descriptions, ``audio_base_64`` in others.
An answer to a mistake holds ``detail``: an object with ``code`` (once ``status``) and ``message``, or a list of what is
wrong with each field.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Outgoing, retry_after_seconds
from donecast.speech.errors import UnknownVoice
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechQuota,
    SpeechRateLimited,
    said_by_vendor,
)
from donecast.speech.vendor_http import VendorHttp
from donecast.speech.voice_times import spans_of_words
from donecast.speech.voice_vendor import (
    VoicePace,
    VoiceVendor,
    about_listing,
    about_speaking,
    entries,
    in_sentences,
    json_object,
    problem_of,
    refused_by_status,
    refused_document,
    require_samples,
    sample_bytes_max,
)

_RATE = 24_000
_FORMAT = f"pcm_{_RATE}"
_SEED = 1  # with it, the same request gives nearly the same speech
_LICENCE = "As the plan at ElevenLabs says: a free one asks for its name in the notes, and is not for earning money."
_VOICE_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_SOUNDS = ("audio_base64", "audio_base_64")
_BYTES_A_CHARACTER = 400
"""Of the answer beside its sound: each character and its two times, twice."""
_WRAPPING_BYTES = 4_096
_OTHER_FORMATS = (b"RIFF", b"ID3", b"OggS", b"fLaC", b"<!DOC", b"<html")
_QUOTA_CODES = frozenset({"quota_exceeded", "insufficient_credits", "payment_required"})
_VOICE_CODES = frozenset({"voice_not_found", "voice_does_not_exist", "invalid_voice_id"})
_BUSY_CODES = frozenset(
    {"too_many_concurrent_requests", "concurrent_limit_exceeded", "rate_limit_exceeded", "system_busy"}
)
_MAY_NOT = "missing_permissions"


class ElevenLabs:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`.

    ``voice`` is the id of the default voice, ``model`` such as "eleven_multilingual_v2". Settings that a voice has at
    the vendor stay as they are there, except when another speed than 1.0 is asked for.
    """

    name = "elevenlabs"
    speeds = (0.7, 1.2)

    def __init__(
        self,
        *,
        key: str,
        base_url: str,
        voice: str,
        model: str,
        pace: VoicePace | None = None,
        way: Outgoing = UNGUARDED,
    ) -> None:
        self._key = key
        self._voice = voice
        self._model = model
        http = VendorHttp(base_url, {"xi-api-key": key}, way)
        self._vendor = VoiceVendor(http, self._refusal, pace or VoicePace())

    @property
    def version(self) -> str:
        """The model and the form in which its speech is fetched."""
        return f"{self._model} {_FORMAT}"

    @property
    def default_voice(self) -> str:
        """The configured voice."""
        return self._voice

    def check(self) -> list[Problem]:
        """Asks for the account's allowance and its voices, which costs nothing."""
        try:
            with in_sentences(about_listing):
                spent = self._spent()
            voices = self.voices()
        except DonecastError as error:
            return [problem_of(error)]
        problems = [] if spent is None else [problem_of(spent)]
        if self._voice not in {voice.id for voice in voices}:
            problems.append(problem_of(_unknown(self._voice)))
        return problems

    def voices(self) -> list[Voice]:
        """The voices of the account, with a link to a few words by each."""
        with in_sentences(about_listing):
            return [_voice(entry) for entry in entries(self._vendor.listed("/v1/voices"), "voices")]

    def pieces(self, text: str) -> list[str]:
        """The text as it is: every model takes 5,000 characters at once."""
        return [text]

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`; one request, which is paid by the character."""
        require_speed(speed, self.speeds)
        require_text(text)
        if not _VOICE_ID.fullmatch(voice):
            raise _unknown(voice)
        body: dict[str, Any] = {"text": text, "model_id": self._model, "seed": _SEED}
        if speed != 1.0:
            body["voice_settings"] = {"speed": speed}
        path = f"/v1/text-to-speech/{voice}/with-timestamps"
        bytes_max = sample_bytes_max(text, _RATE) * 4 // 3 + _BYTES_A_CHARACTER * len(text) + _WRAPPING_BYTES
        with in_sentences(about_speaking):
            document = json_object(self._vendor.spoken(path, body, bytes_max, params={"output_format": _FORMAT}))
            samples = _samples(document)
        speech = write_speech(samples, out_path, voice=voice, sample_rate=_RATE)
        return replace(speech, word_spans=spans_of_words(text, document.get("alignment"), speech.duration_ms))

    def _spent(self) -> DonecastError | None:
        """That nothing is left of the account's allowance; None also where the key may speak and not ask for it."""
        try:
            account = self._vendor.listed("/v1/user/subscription")
        except SpeechAuth as error:
            if error.details.get("code") == _MAY_NOT:
                return None
            raise
        used, limit = account.get("character_count"), account.get("character_limit")
        if not isinstance(used, int) or not isinstance(limit, int):
            raise SpeechBadAnswer(details={"why": "an account without its allowance"})
        if used < limit or account.get("can_extend_character_limit") is True:
            return None
        return SpeechQuota(
            f"All of the {limit:,} characters of this period are spoken{_until(account)}.",
            action=about_listing(SpeechQuota()).action,
        )

    def _refusal(self, answer: Answer) -> DonecastError:
        code, said = _told(answer, self._key)
        details: dict[str, object] = {
            "status": answer.status,
            "code": code,
            "said": said,
            "retry_after_seconds": retry_after_seconds(answer),
        }
        if code in _VOICE_CODES or answer.status == 404:
            return UnknownVoice("The voice service does not have the chosen voice.", details=details)
        # Both come with the status 401 as well as with 429, so the code counts first.
        if code in _QUOTA_CODES:
            return SpeechQuota(details=details)
        if code in _BUSY_CODES:
            return SpeechRateLimited(details=details)
        return refused_by_status(answer.status, details)


def _told(answer: Answer, key: str) -> tuple[str, str]:
    """The code and the sentence of a refusal; both empty where it says neither."""
    detail = refused_document(answer).get("detail")
    if isinstance(detail, list):
        wrong = [entry for entry in detail if isinstance(entry, dict)]
        return "", said_by_vendor("; ".join(str(entry.get("msg", "")) for entry in wrong), key)
    if isinstance(detail, str):
        return "", said_by_vendor(detail, key)
    if not isinstance(detail, dict):
        return "", ""
    code, message = detail.get("code") or detail.get("status"), detail.get("message")
    return (
        said_by_vendor(code, key).rstrip(".") if isinstance(code, str) else "",
        said_by_vendor(message, key) if isinstance(message, str) else "",
    )


def _samples(document: Mapping[str, Any]) -> bytes:
    """The samples of an answer, unless it holds something else. Raises SpeechBadAnswer."""
    encoded = next((document[name] for name in _SOUNDS if isinstance(document.get(name), str)), None)
    if encoded is None:
        raise SpeechBadAnswer(details={"why": "an answer without sound"})
    try:
        samples = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SpeechBadAnswer(details={"why": "sound that is not base64"}) from error
    if samples.startswith(_OTHER_FORMATS):
        raise SpeechBadAnswer(details={"why": "not PCM"})
    return require_samples(samples)


def _voice(entry: Mapping[str, Any]) -> Voice:
    voice_id, name, labels, preview = (entry.get(field) for field in ("voice_id", "name", "labels", "preview_url"))
    if not isinstance(voice_id, str) or not _VOICE_ID.fullmatch(voice_id):
        raise SpeechBadAnswer(details={"why": "a voice without an id"})
    told = labels if isinstance(labels, dict) else {}
    traits = [told[trait] for trait in ("gender", "accent", "descriptive", "description") if told.get(trait)]
    label = str(name or voice_id)
    language = told.get("language")
    return Voice(
        id=voice_id,
        label=f"{label}: {', '.join(map(str, traits))}" if traits else label,
        language=language if isinstance(language, str) and language else "mul",
        sample_rate=_RATE,
        licence=_LICENCE,
        preview_url=preview if isinstance(preview, str) and urlsplit(preview).scheme == "https" else None,
    )


def _until(account: Mapping[str, Any]) -> str:
    reset = account.get("next_character_count_reset_unix")
    if not isinstance(reset, int) or not 0 < reset < 2**33:
        return ""
    return f"; new ones come on {datetime.fromtimestamp(reset, UTC):%d %B %Y}"


def _unknown(voice: str) -> UnknownVoice:
    return UnknownVoice(f'The account at ElevenLabs has no voice with the id "{voice}".', details={"voice": voice})
