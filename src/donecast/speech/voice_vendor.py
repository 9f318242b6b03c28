"""What voices have in common that are made elsewhere: one paid request for a text, patience that pays nothing twice.

A request is made again by itself only where it was certainly not carried out; where that is not sure, a person decides.
What a vendor does to us ends as the same classes as for vendors that write out words, in sentences about voices.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from donecast.kit.errors import DonecastError
from donecast.kit.moments import soon_in_words
from donecast.kit.problems import Problem
from donecast.platform.outgoing import RETRY_WITHIN_SECONDS, Answer
from donecast.platform.retrying import jittered
from donecast.speech.vendor_errors import (
    SpeechAuth,
    SpeechBadAnswer,
    SpeechQuota,
    SpeechRateLimited,
    SpeechRejected,
    SpeechResting,
    SpeechTransient,
    SpeechUnsure,
)
from donecast.speech.vendor_http import VendorHttp, document_of

_Found = TypeVar("_Found")
_LISTING_SECONDS_MAX = 20.0
_BYTES_A_SECOND = 2  # for each sample of a second
_SECONDS_MIN, _SECONDS_A_CHARACTER_MAX = 10.0, 1.0
"""Longer is no speech: talk has some 15 characters a second, numbers spelled out perhaps two."""
_TRY = "press “Try again”"
_ANOTHER = "You can also choose another voice under “Words and voice”."
_HOST = "The person who runs this DoneCast has to"
_SENTENCES: Mapping[type[DonecastError], tuple[str, str]] = {
    SpeechAuth: (
        "The voice service does not accept the key of this DoneCast.",
        f"{_HOST} check the key in its settings; then {_TRY}. {_ANOTHER}",
    ),
    SpeechQuota: (
        "The account at the voice service cannot pay for this.",
        f"{_HOST} top up or change that account; then {_TRY}. {_ANOTHER}",
    ),
    SpeechRateLimited: (
        "The voice service is asked too much at the moment.",
        f"Nothing was paid. Please {_TRY} in a few minutes.",
    ),
    SpeechRejected: (
        "The voice service does not take this text with this voice.",
        "Reword the text, or choose another voice under “Words and voice”.",
    ),
    SpeechTransient: (
        "The voice service cannot be reached just now.",
        f"Nothing was paid. Please {_TRY} in a few minutes.",
    ),
    SpeechResting: (
        "The voice service is out of order, so we leave it alone for a while.",
        f"What was spoken before is kept, and nothing is paid twice. Please {_TRY} {{when}}. {_ANOTHER}",
    ),
    SpeechUnsure: (
        "The voice service is out of order, or did not answer to the end.",
        f"Please {_TRY} in a few minutes. This one text may be charged twice; what was spoken before is kept.",
    ),
    SpeechBadAnswer: (
        "The voice service answered something that is not speech.",
        f"Please {_TRY}; this one text may be charged twice, what was spoken before is kept. {_ANOTHER}",
    ),
}
_LISTING_SENTENCES: Mapping[type[DonecastError], tuple[str, str]] = {
    **_SENTENCES,
    SpeechUnsure: _SENTENCES[SpeechTransient],
    SpeechBadAnswer: (
        "The voice service answered something that cannot be used.",
        f"Nothing was paid. Please {_TRY} in a few minutes.",
    ),
}


@dataclass(frozen=True, slots=True)
class VoicePace:
    """How patiently a vendor is asked, in seconds; ``tries`` of one request before it counts as failed."""

    answer_longest: float = 240.0
    silence_longest: float = 120.0
    retry_first: float = 1.0
    retry_longest: float = 20.0
    tries: int = 3


@dataclass(frozen=True, slots=True)
class VoiceVendor:
    """A vendor's address. ``refusal`` says what an answer other than 200 means, in the vendor's own dialect."""

    http: VendorHttp
    refusal: Callable[[Answer], DonecastError]
    pace: VoicePace

    def listed(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at a path; costs nothing. Raises what stands in `vendor_errors`."""

        def ask() -> dict[str, Any]:
            seconds = min(self.pace.answer_longest, _LISTING_SECONDS_MAX)
            answer = self.http.ask("GET", path, params=params, seconds_max=seconds, silence_seconds_max=seconds)
            if answer.status != 200:
                raise self.refusal(answer)
            return json_object(answer)

        return self._patiently(ask)

    def spoken(
        self, path: str, body: Mapping[str, Any], answer_bytes_max: int, params: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer 200 to a text, which is paid with it. Raises what stands in `vendor_errors`."""
        http = replace(self.http, answer_bytes_max=answer_bytes_max)

        def ask() -> Answer:
            answer = http.ask(
                "POST",
                path,
                params=params,
                json=body,
                seconds_max=self.pace.answer_longest,
                silence_seconds_max=min(self.pace.answer_longest, self.pace.silence_longest),
            )
            if answer.status == 200:
                return answer
            refusal = self.refusal(answer)
            # Out of order may mean before or after the work: nobody here knows whether it is charged.
            raise SpeechUnsure(details=refusal.details) if type(refusal) is SpeechTransient else refusal

        return self._patiently(ask)

    def _patiently(self, request: Callable[[], _Found]) -> _Found:
        pause, last_retry = self.pace.retry_first, time.monotonic() + RETRY_WITHIN_SECONDS
        for tries_left in reversed(range(self.pace.tries)):
            try:
                return request()
            except DonecastError as error:
                asked = error.retry_after_seconds if isinstance(error, SpeechRateLimited) else None
                wait = jittered(pause) if asked is None else asked
                is_late = wait > self.pace.retry_longest or time.monotonic() + wait >= last_retry
                if not tries_left or not _was_not_carried_out(error) or is_late:
                    raise
            time.sleep(wait)
            pause *= 2
        raise ValueError("at least one try is needed")


def about_speaking(error: DonecastError) -> DonecastError:
    """The error of a request that is paid, in sentences about voices; an error that is no vendor's stays as it is."""
    return _in_sentences(error, _SENTENCES)


def about_listing(error: DonecastError) -> DonecastError:
    """The same for a request that costs nothing."""
    return _in_sentences(error, _LISTING_SENTENCES)


@contextmanager
def in_sentences(about: Callable[[DonecastError], DonecastError]) -> Iterator[None]:
    """Errors of a vendor leave the block in sentences about voices."""
    try:
        yield
    except DonecastError as error:
        told = about(error)
        if told is error:
            raise
        raise told from error


def _in_sentences(error: DonecastError, sentences: Mapping[type[DonecastError], tuple[str, str]]) -> DonecastError:
    if type(error) not in sentences:
        return error
    message, action = sentences[type(error)]
    said = error.details.get("said")
    if said and isinstance(error, SpeechAuth | SpeechQuota | SpeechRejected):
        message = f"{message} It says: {said}"
    if isinstance(error, SpeechResting):
        seconds = error.after_seconds
        if seconds is None:
            message = "The voice service is switched off for now."
        action = action.format(when="when it is switched on again" if seconds is None else soon_in_words(seconds))
    return type(error)(message, action=action, details=error.details)


def problem_of(error: DonecastError) -> Problem:
    """An error as what keeps an engine from working."""
    return Problem(error.code, error.message, error.action)


def json_object(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer. Raises SpeechBadAnswer."""
    document = document_of(answer)
    if not isinstance(document, dict):
        raise SpeechBadAnswer(details={"why": "not an object", "status": answer.status})
    return document


def entries(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list inside a document. Raises SpeechBadAnswer where there is no such list."""
    found = document.get(name)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise SpeechBadAnswer(details={"why": f"no list of {name}"})
    return found


def refused_document(answer: Answer) -> dict[str, Any]:
    """The JSON object with which a vendor refuses; empty where it said something else, such as a page."""
    try:
        return json_object(answer)
    except SpeechBadAnswer:
        return {}


def refused_by_status(status: int, details: Mapping[str, object]) -> DonecastError:
    """What a status other than 200 means where the vendor's code says no more."""
    kinds: dict[int, type[DonecastError]] = {
        401: SpeechAuth,
        402: SpeechQuota,
        403: SpeechAuth,
        408: SpeechTransient,
        429: SpeechRateLimited,
    }
    if status >= 500:
        return SpeechTransient(details=details)
    if status < 400:
        return SpeechBadAnswer(details=details)
    return kinds.get(status, SpeechRejected)(details=details)


def sample_bytes_max(text: str, sample_rate: int) -> int:
    """More bytes of mono 16-bit samples are no speech of this text."""
    seconds = _SECONDS_MIN + _SECONDS_A_CHARACTER_MAX * len(text)
    return int(seconds * sample_rate) * _BYTES_A_SECOND


def require_samples(samples: bytes) -> bytes:
    """Whole 16-bit samples, at least one that is not silent. Raises SpeechBadAnswer."""
    if len(samples) % 2:
        raise SpeechBadAnswer(details={"why": "half a sample"})
    if not any(samples):
        raise SpeechBadAnswer(details={"why": "no sound"})
    return samples


def _was_not_carried_out(error: DonecastError) -> bool:
    is_unsure = isinstance(error, SpeechUnsure)
    return isinstance(error, SpeechRateLimited) or (isinstance(error, SpeechTransient) and not is_unsure)
