"""Voices of Google Cloud Text-to-Speech over plain HTTP: its voices, and a text as samples.

Interface: https://cloud.google.com/text-to-speech/docs/reference/rest (version 1). The key stands in the header
``X-Goog-Api-Key``. One request takes 5,000 bytes, so a long text in a script of several bytes a letter is spoken in
pieces. LINEAR16 comes as base64 inside JSON, and has a WAV header.
"""

import base64
import io
import re
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from donecast.kit.errors import DonecastError
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Outgoing, retry_after_seconds
from donecast.speech.errors import TextTooLong, UnknownVoice
from donecast.speech.sentences import packed
from donecast.speech.speaking import require_speed, require_text, write_speech
from donecast.speech.synthesizer import Speech, Voice
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechQuota,
    said_by_vendor,
)
from donecast.speech.vendor_http import VendorHttp
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

PIECE_BYTES_MAX = 5_000
_RATE = 24_000
_ENCODING = "LINEAR16"
_WRAPPING_BYTES = 64 * 1024  # of JSON and headers around the sound
_LICENCE = "Free to use in any episode under Google Cloud's terms, which ask that listeners are not misled."
_VOICE_NAME = re.compile(r"([a-z]{2,3}-[A-Z]{2})-[A-Za-z0-9-]{1,60}")
_VOICE_UNKNOWN = re.compile(r"\bvoice\b.*\b(does not exist|not found|not available|not supported)", re.IGNORECASE)
_KEY_REASONS = frozenset({"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED", "ACCESS_TOKEN_EXPIRED"})
_MONEY_REASONS = frozenset({"BILLING_DISABLED", "CONSUMER_SUSPENDED"})
_DELAY = re.compile(r"(\d{1,6})(?:\.\d+)?s")
_GENDERS: Mapping[str, str] = {"FEMALE": "a woman", "MALE": "a man", "NEUTRAL": "neither"}


class GoogleVoice:
    """SpeechSynthesizer adapter, see `synthesizer.SpeechSynthesizer`. ``voice``: the default, "en-US-Neural2-C"."""

    name = "google"
    version = f"v1 {_ENCODING} {_RATE}"
    speeds = (0.5, 2.0)

    def __init__(
        self, *, key: str, base_url: str, voice: str, pace: VoicePace | None = None, way: Outgoing = UNGUARDED
    ) -> None:
        self._key = key
        self._voice = voice
        http = VendorHttp(base_url, {"x-goog-api-key": key}, way)
        self._vendor = VoiceVendor(http, self._refusal, pace or VoicePace())

    @property
    def default_voice(self) -> str:
        """The configured voice."""
        return self._voice

    def check(self) -> list[Problem]:
        """Asks for the voices, which costs nothing and needs the key."""
        try:
            voices = self.voices()
        except DonecastError as error:
            return [problem_of(error)]
        return [] if self._voice in {voice.id for voice in voices} else [problem_of(_unknown(self._voice))]

    def voices(self) -> list[Voice]:
        """All voices whose name says their language, several hundred."""
        with in_sentences(about_listing):
            listed = entries(self._vendor.listed("/v1/voices"), "voices")
        # The others are names of models without a language, which this request cannot ask for.
        named = [entry for entry in listed if _VOICE_NAME.fullmatch(str(entry.get("name")))]
        return [_voice(str(entry["name"]), entry) for entry in named]

    def pieces(self, text: str) -> list[str]:
        """Whole sentences of at most 5,000 bytes together; a longer sentence is cut between two words."""
        return packed(text, lambda piece: len(piece.encode()) <= PIECE_BYTES_MAX)

    def synthesize(self, text: str, voice: str, out_path: Path, *, speed: float = 1.0) -> Speech:
        """See `synthesizer.SpeechSynthesizer.synthesize`; one request, paid by the character.

        Raises TextTooLong also for a text that is more than one of its ``pieces``.
        """
        require_speed(speed, self.speeds)
        require_text(text)
        if (size := len(text.encode())) > PIECE_BYTES_MAX:
            raise TextTooLong(f"This text has {size:,} bytes; {PIECE_BYTES_MAX:,} can be sent at once.")
        match = _VOICE_NAME.fullmatch(voice)
        if match is None:
            raise _unknown(voice)
        wish = {
            "input": {"text": text},
            "voice": {"languageCode": match.group(1), "name": voice},
            "audioConfig": {"audioEncoding": _ENCODING, "sampleRateHertz": _RATE, "speakingRate": speed},
        }
        bytes_max = sample_bytes_max(text, _RATE) * 4 // 3 + _WRAPPING_BYTES
        with in_sentences(about_speaking):
            samples = _samples(json_object(self._vendor.spoken("/v1/text:synthesize", wish, bytes_max)))
        return write_speech(samples, out_path, voice=voice, sample_rate=_RATE)

    def _refusal(self, answer: Answer) -> DonecastError:
        error = refused_document(answer).get("error")
        told = error if isinstance(error, dict) else {}
        found = told.get("details")
        parts = [part for part in (found if isinstance(found, list) else []) if isinstance(part, dict)]
        reasons = {reason for part in parts if isinstance(reason := part.get("reason"), str)}
        message = told.get("message")
        said = said_by_vendor(message, self._key) if isinstance(message, str) else ""
        details: dict[str, object] = {
            "status": answer.status,
            "said": said,
            "retry_after_seconds": _delay(answer, parts),
        }
        if reasons & _MONEY_REASONS:
            return SpeechQuota(details=details)
        # A key that Google does not know is answered with 400 and not with 401.
        if reasons & _KEY_REASONS:
            return SpeechAuth(details=details)
        if answer.status in {400, 404} and _VOICE_UNKNOWN.search(said):
            return UnknownVoice("The voice service does not have the chosen voice.", details=details)
        return refused_by_status(answer.status, details)


def _samples(document: Mapping[str, Any]) -> bytes:
    """The samples of the WAV in an answer. Raises SpeechBadAnswer for anything but mono, 16 bits and the asked rate."""
    try:
        content = base64.b64decode(document["audioContent"], validate=True)
        with wave.open(io.BytesIO(content), "rb") as sound:
            shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            frames = sound.getnframes()
            samples = sound.readframes(frames)
    except (KeyError, TypeError, ValueError, wave.Error, EOFError) as error:
        raise SpeechBadAnswer(details={"why": f"no sound in it: {type(error).__name__}"}) from error
    if shape != (1, 2, _RATE) or len(samples) != 2 * frames:
        raise SpeechBadAnswer(details={"why": "another sound than was asked for", "channels_bytes_rate": shape})
    return require_samples(samples)


def _voice(name: str, entry: Mapping[str, Any]) -> Voice:
    language, kind = "-".join(name.split("-")[:2]), " ".join(name.split("-")[2:])
    gender = _GENDERS.get(str(entry.get("ssmlGender")))
    return Voice(
        id=name,
        label=f"{kind}: {gender}, {language}" if gender else f"{kind}, {language}",
        language=language,
        sample_rate=_RATE,
        licence=_LICENCE,
    )


def _delay(answer: Answer, parts: list[dict[str, Any]]) -> float | None:
    """How many seconds Google wants us to wait: it says so in the body rather than in a header."""
    delays = [_DELAY.fullmatch(str(part.get("retryDelay"))) for part in parts]
    return next((float(delay.group(1)) for delay in delays if delay), retry_after_seconds(answer))


def _unknown(voice: str) -> UnknownVoice:
    return UnknownVoice(f'Google has no voice with the name "{voice}".', details={"voice": voice})
