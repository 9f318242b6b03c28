"""Google's Gemini by its REST interface, ``models/...:generateContent`` (ai.google.dev/api/generate-content)."""

import re
from typing import Any
from urllib.parse import quote

from donecast.core.text_draft import DraftKind
from donecast.core.text_request import TextRequest
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Outgoing
from donecast.platform.vendor_settings import AiTextSettings
from donecast.writing.asking import Trouble, ask, dig, json_object, service_of, tokens, trouble
from donecast.writing.errors import WriterAnswerBad, WriterKeyRefused, WriterRejected
from donecast.writing.writer import RawAnswer

URL = "https://generativelanguage.googleapis.com/v1beta"
_BLOCKED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"}
_DELAY = re.compile(r"(\d{1,6})(?:\.\d+)?s")


class GeminiWriter:
    """TextWriter adapter, see `writer.TextWriter`."""

    name = "gemini"

    def __init__(self, settings: AiTextSettings, way: Outgoing = UNGUARDED) -> None:
        self._service = service_of(settings, way, URL)

    @property
    def model(self) -> str:
        """The configured model."""
        return self._service.model

    @property
    def source_label(self) -> str:
        """The service and its model."""
        return f"Gemini, {self.model}"

    def check(self) -> list[Problem]:
        """Whether there is a key; whether it is good, only asking shows."""
        if self._service.key:
            return []
        return [Problem(WriterKeyRefused.code, "Gemini needs a key.", "Set DONECAST_AI_TEXT_KEY.")]

    def write(self, request: TextRequest) -> RawAnswer:
        """See `writer.TextWriter.write`."""
        prompt, service = request.prompt, self._service
        body = {
            "systemInstruction": {"parts": [{"text": prompt.rules}]},
            "contents": [{"role": "user", "parts": [{"text": prompt.material}]}],
            "generationConfig": {
                "responseMimeType": "application/json",
                "responseSchema": _schema(request.kind),
                "maxOutputTokens": service.answer_tokens_max,
            },
        }
        path = f"/models/{quote(service.model, safe='')}:generateContent"
        document = ask(service, path, body, {"x-goog-api-key": service.key}, _trouble)
        usage = document.get("usageMetadata")
        read = tokens(dig(usage, "promptTokenCount"))
        written = tokens(dig(usage, "candidatesTokenCount"))
        if written is not None:
            written += tokens(dig(usage, "thoughtsTokenCount")) or 0  # thinking is paid like writing
        return RawAnswer(_text(document), read, written, service.prices.cost_micros(read, written))


def _text(document: dict[str, Any]) -> str:
    blocked = dig(document, "promptFeedback", "blockReason")
    if blocked:
        raise WriterRejected
    finish = dig(document, "candidates", 0, "finishReason")
    if finish in _BLOCKED:
        raise WriterRejected
    parts = dig(document, "candidates", 0, "content", "parts")
    texts = [
        part["text"]
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict) and isinstance(part.get("text"), str) and not part.get("thought")
    ]
    if finish not in {"STOP", None} or not texts:
        raise WriterAnswerBad(details={"cut_at_the_limit": finish == "MAX_TOKENS"})
    return "".join(texts)


def _trouble(answer: Answer) -> Trouble:
    document = json_object(answer) or {}
    found = dig(document, "error", "details")
    details = [detail for detail in (found if isinstance(found, list) else []) if isinstance(detail, dict)]
    reasons = {detail.get("reason") for detail in details if isinstance(detail.get("reason"), str)}
    quotas = [dig(detail, "violations", 0, "quotaId") for detail in details]
    delays = [_DELAY.fullmatch(str(detail.get("retryDelay"))) for detail in details]
    more: dict[str, Any] = {
        # Gemini says 400, and not 401, to a key that it does not know.
        "key_refused": bool(reasons & {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED"}),
        "quota_spent": any(isinstance(quota, str) and "PerDay" in quota for quota in quotas),
    }
    waits = [float(delay.group(1)) for delay in delays if delay]
    if waits:
        more["retry_after_seconds"] = waits[0]
    return trouble(answer, dig(document, "error", "status"), **more)


def _schema(kind: DraftKind) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "STRING"}
    content: dict[DraftKind, dict[str, Any]] = {
        "titles": {"type": "ARRAY", "items": text},
        "tags": {"type": "ARRAY", "items": text},
        "chapters": {
            "type": "ARRAY",
            "items": {
                "type": "OBJECT",
                "properties": {"passage": {"type": "INTEGER"}, "title": text},
                "required": ["passage", "title"],
            },
        },
    }
    return {"type": "OBJECT", "properties": {kind: content.get(kind, text)}, "required": [kind]}
