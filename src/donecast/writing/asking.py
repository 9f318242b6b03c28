"""What both services have in common: one JSON document there, one back, and what goes wrong on the way."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from donecast.kit.errors import DonecastError
from donecast.platform.outgoing import (
    Answer,
    AskAgain,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    looks_like_json,
    retry_after_seconds,
)
from donecast.platform.vendor_settings import AiTextSettings
from donecast.writing.errors import (
    WriterAnswerBad,
    WriterFailed,
    WriterKeyRefused,
    WriterModelUnknown,
    WriterQuotaSpent,
    WriterRateLimited,
    WriterRequestRefused,
    WriterResting,
    WriterUnavailable,
)
from donecast.writing.writer import TokenPrices

_CODE = re.compile(r"[A-Za-z_]{1,40}")  # no digits: some services say the key again
_TOKENS_MAX = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is and what may be asked of it. The key stands in no text that this value makes of itself."""

    url: str
    model: str
    key: str = field(repr=False)
    prices: TokenPrices
    limits: OutgoingLimits
    answer_tokens_max: int
    way: Outgoing


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a service says is wrong: its status, its word for it, and how long to wait, where it says so."""

    status: int
    code: str = ""
    retry_after_seconds: float | None = None
    quota_spent: bool = False
    key_refused: bool = False


def service_of(settings: AiTextSettings, way: Outgoing, default_url: str = "") -> Service:
    """The service that the settings name, asked by this way."""
    return Service(
        url=(settings.ai_text_url or default_url).rstrip("/"),
        model=settings.ai_text_model,
        key=settings.ai_text_key,
        prices=TokenPrices(_price(settings.ai_text_price_input), _price(settings.ai_text_price_output)),
        limits=OutgoingLimits(
            deadline_seconds=settings.ai_text_deadline_seconds,
            attempts_max=settings.ai_text_attempts_max,
            answer_bytes_max=settings.ai_text_answer_bytes_max,
        ),
        answer_tokens_max=settings.ai_text_answer_tokens_max,
        way=way,
    )


def ask(
    service: Service,
    path: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    trouble_of: Callable[[Answer], Trouble],
) -> dict[str, Any]:
    """The JSON object that the service answers. Raises the errors of `writer.TextWriter.write`."""

    def judge(answer: Answer) -> AskAgain | None:
        # Of the others nobody knows whether they are paid, and these services have no key for a request.
        if answer.status not in {429, 503}:
            return None
        trouble = trouble_of(answer)
        return None if trouble.quota_spent else AskAgain(trouble.retry_after_seconds)

    question = Question("POST", service.url + path, headers, json=body, is_answer=looks_like_json)
    answer = service.way.ask_patiently(question, service.limits, judge)
    if isinstance(answer, NoAnswer):
        raise _lacking(answer)
    if answer.status != 200:
        raise _error(trouble_of(answer))
    document = json_object(answer)
    if document is None:
        raise WriterAnswerBad(details={"status": answer.status})
    return document


def json_object(answer: Answer) -> dict[str, Any] | None:
    """The answer's body as a JSON object, or None where it is none."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def dig(document: object, *path: str | int) -> Any:
    """What stands at a place of a JSON document, or None: services leave out and rename as they like."""
    for step in path:
        if isinstance(step, int):
            inside = isinstance(document, list) and -len(document) <= step < len(document)
            document = document[step] if isinstance(document, list) and inside else None
        else:
            document = document.get(step) if isinstance(document, dict) else None
    return document


def tokens(count: object) -> int | None:
    """A count of tokens, or None where it is none."""
    return count if type(count) is int and 0 <= count <= _TOKENS_MAX else None


def trouble(answer: Answer, code: object, **more: Any) -> Trouble:
    """What is wrong, with the service's word for it where it is a plain one: its sentences may hold anything."""
    named = code if isinstance(code, str) and _CODE.fullmatch(code) else ""
    more.setdefault("retry_after_seconds", retry_after_seconds(answer))
    return Trouble(answer.status, named, **more)


def _price(told: str) -> Fraction | None:
    return Fraction(told) if told else None


def _lacking(answer: NoAnswer) -> DonecastError:
    details: dict[str, object] = {"reason": answer.lack}
    match answer.lack:
        case "too_large" | "garbled":
            return WriterAnswerBad(details=details)
        case "cut_off":
            return WriterFailed(details=details)
        case "asked_too_much":
            return WriterRateLimited(details={**details, "retry_after_seconds": round(answer.after_seconds or 0)})
        case "resting" | "isolated":
            return WriterResting.after(answer.after_seconds)
        case _:
            return WriterUnavailable(details=details)


def _error(found: Trouble) -> DonecastError:
    details: dict[str, object] = {"status": found.status, "service_code": found.code}
    if found.key_refused or found.status in {401, 403}:
        return WriterKeyRefused(details=details)
    if found.quota_spent or found.status == 402:
        return WriterQuotaSpent(details=details)
    if found.status == 429:
        waits = {} if found.retry_after_seconds is None else {"retry_after_seconds": int(found.retry_after_seconds)}
        return WriterRateLimited(details={**details, **waits})
    if found.status == 404:
        return WriterModelUnknown(details=details)
    if found.status >= 500:
        return WriterFailed(details=details)
    return WriterRequestRefused(details=details) if found.status >= 400 else WriterAnswerBad(details=details)
