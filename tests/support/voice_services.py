"""Stand-ins for ElevenLabs and Google Cloud Text-to-Speech over a real socket, faithful where it matters, and rude.

What they have spoken stands in ``charged``, whether or not its answer arrived: so much would be paid. Speech is a tone,
so long for each character as `VoiceService.character_ms` says.
"""

import base64
import io
import json
import re
import threading
import urllib.parse
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

import numpy as np

from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import UNGUARDED, Outgoing
from donecast.speech.elevenlabs import ElevenLabs
from donecast.speech.google_voice import GoogleVoice
from donecast.speech.synthesizer import SpeechSynthesizer
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechQuota,
    SpeechRateLimited,
    SpeechRejected,
    SpeechUnsure,
)
from donecast.speech.voice_vendor import VoicePace
from tests.support.rude_server import RudeServer, listening, send

Dialect = Literal["elevenlabs", "google"]
DIALECTS: tuple[Dialect, ...] = ("elevenlabs", "google")
Kind = Literal["speak", "voices", "account"]
Manner = Literal[
    "polite",
    "slow",
    "unknown_key",
    "may_not",
    "quota_spent",
    "quota_spent_429",
    "payment_required",
    "rate_limited",
    "rate_limited_shortly",
    "refused",
    "refused_object",
    "refused_bare",
    "refused_cut",
    "broken_inside",
    "gateway_page",
    "page",
    "another_form",
    "cut",
    "truncated",
    "hang",
    "drip",
    "drop",
    "lose",
    "empty",
    "odd",
    "huge",
    "silent",
    "mp3",
    "wrong_rate",
    "elsewhere",
]
KEY = "sk-a-secret-key-0123456789"
MODEL = "eleven_multilingual_v2"
RATE = 24_000
VOICES: Mapping[Dialect, tuple[str, ...]] = {
    "elevenlabs": ("JBFqnCBsd6RMkjVDRZzb", "EXAVITQu4vr4xnSDxMaL"),
    "google": ("en-US-Neural2-C", "de-DE-Wavenet-B"),
}
TRIES = 3
QUICK = VoicePace(answer_longest=15.0, silence_longest=15.0, retry_first=0.01, retry_longest=0.5, tries=TRIES)
"""Enough for a busy machine."""
HASTY = replace(QUICK, answer_longest=1.5, silence_longest=1.5)
"""For what never comes."""
_Reply = tuple[int, bytes, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Rude:
    """Something a voice service does to us.

    ``outcome``: the error that a person reads, None where the text is spoken at once. ``asked``: how often the service
    was asked until then. ``charged``: how often the text is paid in the end, after a person has pressed “Try again”
    where there was an error.
    """

    name: str
    manners: tuple[Manner, ...]
    outcome: type[DonecastError] | None = None
    asked: int = 1
    charged: int = 1
    only: Dialect | None = None

    @property
    def pace(self) -> VoicePace:
        """How long it is worth to wait for it."""
        return HASTY if self.manners[0] in {"hang", "drip"} else QUICK


RUDE: tuple[Rude, ...] = (
    Rude("all goes well", ("polite",)),
    Rude("answers slowly", ("slow",)),
    Rude("does not know the key", ("unknown_key",), SpeechAuth),
    Rude("the key may not speak", ("may_not",), SpeechAuth),
    Rude("quota spent", ("quota_spent",), SpeechQuota),
    Rude("quota spent, said with 429", ("quota_spent_429",), SpeechQuota, only="elevenlabs"),
    Rude("402", ("payment_required",), SpeechQuota),
    Rude("429, come back in an hour", ("rate_limited",), SpeechRateLimited),
    Rude("429, come back at once", ("rate_limited_shortly", "polite"), asked=2),
    Rude("429, come back at once, for ever", ("rate_limited_shortly",), SpeechRateLimited, asked=TRIES),
    Rude("422 or 400 about a field", ("refused",), SpeechRejected),
    Rude("400 with an object", ("refused_object",), SpeechRejected, only="elevenlabs"),
    Rude("400 with bare words", ("refused_bare",), SpeechRejected, only="elevenlabs"),
    Rude("400 with half a JSON", ("refused_cut",), SpeechRejected),
    Rude("500", ("broken_inside",), SpeechUnsure),
    Rude("502 and a page", ("gateway_page",), SpeechUnsure),
    Rude("200 and a page", ("page",), SpeechBadAnswer),
    Rude("200 and JSON of another form", ("another_form",), SpeechBadAnswer),
    Rude("307 to elsewhere", ("elsewhere",), SpeechBadAnswer),
    Rude("never answers", ("hang",), SpeechUnsure),
    Rude("socket dropped before it speaks", ("drop",), SpeechUnsure),
    # From here on the service has done its work, and would charge for it again.
    Rude("socket dropped after it spoke", ("lose",), SpeechUnsure, charged=2),
    Rude("half of the sound", ("cut",), SpeechUnsure, charged=2),
    Rude("a byte now and then, for ever", ("drip",), SpeechUnsure, charged=2),
    Rude("whole answer, half JSON", ("truncated",), SpeechBadAnswer, charged=2),
    Rude("no sound at all", ("empty",), SpeechBadAnswer, charged=2),
    Rude("half a sample", ("odd",), SpeechBadAnswer, charged=2),
    Rude("ten minutes of sound", ("huge",), SpeechBadAnswer, charged=2),
    Rude("silence", ("silent",), SpeechBadAnswer, charged=2),
    Rude("MP3 instead of samples", ("mp3",), SpeechBadAnswer, charged=2),
    Rude("another sample rate", ("wrong_rate",), SpeechBadAnswer, charged=2, only="google"),
)
RUDE_TO: tuple[tuple[Dialect, Rude], ...] = tuple(
    (dialect, rude) for dialect in DIALECTS for rude in RUDE if rude.only in {None, dialect}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    kind: Kind
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class VoiceService:
    """A running stand-in: how it behaves, what it was asked, and which texts it has spoken."""

    dialect: Dialect
    url: str = ""
    manners: dict[Kind, list[Manner]] = field(
        default_factory=lambda: {"speak": ["polite"], "voices": ["polite"], "account": ["polite"]}
    )
    asked: list[Asked] = field(default_factory=list)
    charged: list[str] = field(default_factory=list)
    account: dict[str, Any] = field(
        default_factory=lambda: {"tier": "free", "character_count": 500, "character_limit": 10_000}
    )
    says: str | None = None
    """The body with which it answers 200 whatever it is asked to speak."""
    sound_name: str = "audio_base64"
    """The field of the sound at ElevenLabs, of which there are two descriptions."""
    alignment: Any = None
    """What stands in the place of the times of characters, where that is anything."""
    character_ms: int = 70
    """How long it speaks for each character at the speed 1.0."""
    released: threading.Event = field(default_factory=threading.Event)

    def behave(self, *manners: Manner, kind: Kind = "speak") -> None:
        """How it answers, one manner for each request; the last one stays."""
        self.manners[kind] = list(manners)

    def next_manner(self, kind: Kind) -> Manner:
        """The manner of the request that is being answered."""
        manners = self.manners[kind]
        return manners.pop(0) if len(manners) > 1 else manners[0]

    def asked_for(self, kind: Kind) -> int:
        """How many requests of a kind came."""
        return sum(1 for one in self.asked if one.kind == kind)


def voice_of(
    service: VoiceService,
    *,
    key: str = KEY,
    voice: str = "",
    pace: VoicePace = QUICK,
    way: Outgoing = UNGUARDED,
) -> SpeechSynthesizer:
    """The shipped adapter in front of a stand-in."""
    chosen = voice or VOICES[service.dialect][0]
    if service.dialect == "google":
        return GoogleVoice(key=key, base_url=service.url, voice=chosen, pace=pace, way=way)
    return ElevenLabs(key=key, base_url=service.url, voice=chosen, model=MODEL, pace=pace, way=way)


@contextmanager
def voice_service(dialect: Dialect) -> Iterator[VoiceService]:
    """A stand-in that answers until the block ends."""
    service = VoiceService(dialect)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.service = service
    with listening(server) as service.url:
        try:
            yield service
        finally:
            service.released.set()


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked stands in ``asked``."""

    def do_GET(self) -> None:
        """A list or an account."""
        kind: Kind = "account" if self.path.startswith("/v1/user") else "voices"
        self._answer(kind, {}, lambda: _json(_lists(self.server.service, kind)))

    def do_POST(self) -> None:
        """A text to speak."""
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
        speaks = _elevenlabs if self.server.service.dialect == "elevenlabs" else _google
        self._answer("speak", body, lambda: speaks(self.server.service, self.server.service.asked[-1], "polite"))

    def _answer(self, kind: Kind, body: dict[str, Any], polite: Callable[[], _Reply]) -> None:
        service, parts = self.server.service, urllib.parse.urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        service.asked.append(Asked(kind, parts.path, urllib.parse.parse_qs(parts.query), headers, body))
        self.close_connection = True
        manner = service.next_manner(kind)
        if manner == "hang":
            service.released.wait(30)
            return
        if manner == "drop":
            return
        if not _has_key(service.dialect, headers):
            self._send(_refusal(service, "unknown_key"))
        elif kind == "speak" and service.says is not None:
            self._send((200, service.says.encode(), {"Content-Type": "application/json"}))
        elif refusal := _REFUSALS.get(manner):
            self._send(refusal(service, manner))
        elif kind == "speak" and manner not in {"polite", "slow", "cut", "drip", "lose"}:
            speaks = _elevenlabs if service.dialect == "elevenlabs" else _google
            self._send(speaks(service, service.asked[-1], manner))
        else:
            self._deliver(polite(), manner)

    def _deliver(self, reply: _Reply, manner: Manner) -> None:
        """A good answer, on a bad line."""
        if manner == "lose":
            return
        if manner != "drip":
            status, body, headers = reply
            send(self, status, body, headers, cut=manner == "cut", seconds=0.3 if manner == "slow" else 0.0)
            return
        self.send_response(reply[0])
        for name, value in {**reply[2], "Content-Length": "1000000"}.items():
            self.send_header(name, value)
        self.end_headers()
        while not self.server.service.released.wait(0.1):
            self.wfile.write(b"  ")

    def _send(self, reply: _Reply) -> None:
        send(self, *reply)


class _Server(RudeServer):
    service: VoiceService


def _has_key(dialect: Dialect, headers: Mapping[str, str]) -> bool:
    return headers.get("xi-api-key" if dialect == "elevenlabs" else "x-goog-api-key") == KEY


def _json(document: object, status: int = 200, **headers: str) -> _Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, json.dumps(document).encode(), {"Content-Type": "application/json", **named}


def _samples(text: str, speed: float, character_ms: int) -> bytes:
    frames = int(len(text) * character_ms * RATE / 1_000 / speed)
    tone = 9_000 * np.sin(2 * np.pi * 220 * np.arange(frames) / RATE)
    return bytes(tone.astype("<i2").tobytes())


def _spoiled(samples: bytes, manner: Manner) -> bytes:
    """What comes instead of the samples."""
    match manner:
        case "empty":
            return b""
        case "odd":
            return samples[:-1]
        case "huge":
            return samples * (600 * RATE * 2 // len(samples))
        case "silent":
            return bytes(len(samples))
        case "mp3":
            return b"ID3\x04" + samples
    return samples


def _elevenlabs(service: VoiceService, asked: Asked, manner: Manner) -> _Reply:
    """A text spoken as ElevenLabs does it, or refused for what is wrong with the request."""
    match, body = re.fullmatch(r"/v1/text-to-speech/(\w+)/with-timestamps", asked.path), asked.body
    speed = body.get("voice_settings", {}).get("speed", 1.0)
    if match is None or asked.query.get("output_format") != ["pcm_24000"]:
        return _json({"detail": "Not Found"}, 404)
    voice = match.group(1)
    if voice not in VOICES["elevenlabs"]:
        return _told(404, "voice_not_found", f"A voice with voice_id {voice} was not found.")
    if not 0.7 <= speed <= 1.2 or body.get("model_id") != MODEL or not body.get("text"):
        return _refusal(service, "refused")
    service.charged.append(body["text"])
    samples = _spoiled(_samples(body["text"], speed, service.character_ms), manner)
    alignment = service.alignment or _times(body["text"], speed, service.character_ms)
    document = {
        service.sound_name: base64.b64encode(samples).decode(),
        "alignment": alignment,
        "normalized_alignment": alignment,
    }
    status, content, headers = _json(document)
    return status, content[: len(content) // 2] if manner == "truncated" else content, headers


def _times(text: str, speed: float, character_ms: int) -> dict[str, Any]:
    """When each character is said, in seconds."""
    edges = [number * character_ms / 1_000 / speed for number in range(len(text) + 1)]
    return {
        "characters": list(text),
        "character_start_times_seconds": edges[:-1],
        "character_end_times_seconds": edges[1:],
    }


def _google(service: VoiceService, asked: Asked, manner: Manner) -> _Reply:
    """A text spoken as Google does it, or refused for what is wrong with the request."""
    body = asked.body
    text, voice, wish = body["input"]["text"], body["voice"], body["audioConfig"]
    if asked.path != "/v1/text:synthesize" or asked.query:
        return _told_by_google(404, "NOT_FOUND", "Method not found.")
    if len(text.encode()) > 5_000:
        return _told_by_google(400, "INVALID_ARGUMENT", "`input.text` is longer than the limit of 5000 bytes.")
    if voice["name"] not in VOICES["google"] or not voice["name"].startswith(voice["languageCode"] + "-"):
        said = f"Voice '{voice['name']}' does not exist. Is it misspelled?"
        return _told_by_google(400, "INVALID_ARGUMENT", said)
    if (
        wish["audioEncoding"] != "LINEAR16"
        or wish["sampleRateHertz"] != RATE
        or not 0.25 <= wish["speakingRate"] <= 2.0
    ):
        return _refusal(service, "refused")
    service.charged.append(text)
    samples = _samples(text, wish["speakingRate"], service.character_ms)
    sound = _wav(_spoiled(samples, manner), 8_000 if manner == "wrong_rate" else RATE)
    if manner == "odd":
        sound = _wav(samples, RATE)[:-1]
    if manner in {"empty", "mp3"}:
        sound = _spoiled(samples, manner)
    status, answer, headers = _json({"audioContent": base64.b64encode(sound).decode()})
    return status, answer[: len(answer) // 2] if manner == "truncated" else answer, headers


def _wav(samples: bytes, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def _lists(service: VoiceService, kind: Kind) -> dict[str, Any]:
    if kind == "account":
        return service.account
    names = VOICES[service.dialect]
    if service.dialect == "google":
        genders = ("FEMALE", "MALE")
        listed = [
            {"languageCodes": [name[:5]], "name": name, "ssmlGender": gender, "naturalSampleRateHertz": RATE}
            for name, gender in zip(names, genders, strict=True)
        ]
        return {"voices": [*listed, {"languageCodes": ["en-US"], "name": "Achernar", "ssmlGender": "FEMALE"}]}
    labels = {"accent": "british", "descriptive": "warm", "gender": "male", "language": "en"}
    return {
        "voices": [
            {
                "voice_id": names[0],
                "name": "George",
                "category": "premade",
                "labels": labels,
                "preview_url": "https://storage.example.com/george.mp3",
            },
            {"voice_id": names[1], "name": "Sarah", "category": "cloned", "labels": {}, "preview_url": None},
        ]
    }


def _told(status: int, code: str, message: str, **headers: str) -> _Reply:
    """A refusal of ElevenLabs. The old form has no code but a status; both are sent."""
    return _json({"detail": {"status": code, "message": message}}, status, **headers)


def _told_by_google(status: int, name: str, message: str, *details: dict[str, Any]) -> _Reply:
    return _json({"error": {"code": status, "message": message, "status": name, "details": list(details)}}, status)


def _refusal(service: VoiceService, manner: Manner) -> _Reply:
    return _REFUSALS[manner](service, manner)


def _alike(reply: _Reply) -> Callable[[VoiceService, Manner], _Reply]:
    return lambda _service, _manner: reply


def _apart(elevenlabs: _Reply, google: _Reply) -> Callable[[VoiceService, Manner], _Reply]:
    return lambda service, _manner: elevenlabs if service.dialect == "elevenlabs" else google


def _reason(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def _delay(seconds: int) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}


_PAGE = b"<html><body>502 Bad Gateway</body></html>"
_MAY_NOT = "The API key you used is missing the permission text_to_speech to execute this operation."
_SPENT = "This request exceeds your quota of 10000. You have 0 credits remaining."
_BUSY = "Too many requests are being made at once."
_REFUSALS: Mapping[Manner, Callable[[VoiceService, Manner], _Reply]] = {
    "unknown_key": _apart(
        _told(401, "invalid_api_key", f"Invalid API key: {KEY}"),
        _told_by_google(
            400, "INVALID_ARGUMENT", f"API key {KEY} not valid. Please pass a valid one.", _reason("API_KEY_INVALID")
        ),
    ),
    "may_not": _apart(
        _told(401, "missing_permissions", _MAY_NOT),
        _told_by_google(403, "PERMISSION_DENIED", "Cloud Text-to-Speech API is off.", _reason("SERVICE_DISABLED")),
    ),
    "quota_spent": _apart(
        _told(401, "quota_exceeded", _SPENT),
        _told_by_google(403, "PERMISSION_DENIED", "This API needs billing.", _reason("BILLING_DISABLED")),
    ),
    "quota_spent_429": _alike(
        _json({"detail": {"type": "quota", "code": "quota_exceeded", "message": _SPENT, "request_id": "1"}}, 429)
    ),
    "payment_required": _apart(
        _told(402, "payment_required", "Free users cannot use library voices via the API."),
        _told_by_google(402, "FAILED_PRECONDITION", "Please pay."),
    ),
    "rate_limited": _apart(
        _told(429, "too_many_concurrent_requests", _BUSY, Retry_After="3600"),
        _told_by_google(429, "RESOURCE_EXHAUSTED", _BUSY, _delay(3600)),
    ),
    "rate_limited_shortly": _apart(
        _told(429, "system_busy", _BUSY, Retry_After="0"),
        _told_by_google(429, "RESOURCE_EXHAUSTED", _BUSY, _delay(0)),
    ),
    "refused": _apart(
        _json({"detail": [{"loc": ["body", "text"], "msg": f"not this text, {KEY}", "type": "value_error"}]}, 422),
        _told_by_google(400, "INVALID_ARGUMENT", "This request contains sentences that are too long."),
    ),
    "refused_object": _alike(
        _json({"detail": {"type": "validation_error", "code": "invalid_parameters", "message": "Not this one."}}, 400)
    ),
    "refused_bare": _alike(_json({"detail": "Not this text"}, 400)),
    "refused_cut": _alike((400, b'{"detail": {"mess', {"Content-Type": "application/json"})),
    "broken_inside": _alike(_json({"detail": {"status": "internal", "message": f"trace {KEY}"}}, 500)),
    "gateway_page": _alike((502, _PAGE, {"Content-Type": "text/html; charset=utf-8"})),
    "page": _alike((200, _PAGE, {"Content-Type": "text/html; charset=utf-8"})),
    "another_form": _alike(_json({"hello": ["world"], "audioContent": {"no": "text"}, "voices": "none"})),
    "elsewhere": _alike((307, b"", {"Location": "http://127.0.0.1:9/"})),
}
