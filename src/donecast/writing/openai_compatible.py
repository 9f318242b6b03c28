"""Any server that speaks OpenAI's chat completions: Ollama, llama.cpp, vLLM, LM Studio, or a service in the cloud."""

from typing import Any

from donecast.core.text_request import TextRequest
from donecast.kit.problems import Problem
from donecast.platform.outgoing import UNGUARDED, Answer, Outgoing
from donecast.platform.vendor_settings import AiTextSettings
from donecast.writing.asking import Trouble, ask, dig, json_object, service_of, tokens, trouble
from donecast.writing.errors import WriterAnswerBad, WriterModelUnknown, WriterRejected
from donecast.writing.writer import RawAnswer

_SPENT = {"insufficient_quota", "billing_hard_limit_reached", "insufficient_credits"}


class OpenAiCompatibleWriter:
    """TextWriter adapter, see `writer.TextWriter`. The address ends where ``/chat/completions`` follows."""

    name = "openai_compatible"

    def __init__(self, settings: AiTextSettings, way: Outgoing = UNGUARDED) -> None:
        self._service = service_of(settings, way)
        self._json_mode = settings.ai_text_json_mode

    @property
    def model(self) -> str:
        """The configured model."""
        return self._service.model

    @property
    def source_label(self) -> str:
        """The model alone: whose server it is, is the host's business."""
        return f"AI, {self.model}"

    def check(self) -> list[Problem]:
        """Whether an address and a model are set; a server of one's own needs no key."""
        if self._service.url and self._service.model:
            return []
        action = "Set DONECAST_AI_TEXT_URL and DONECAST_AI_TEXT_MODEL."
        return [Problem(WriterModelUnknown.code, "The AI server needs an address and a model.", action)]

    def write(self, request: TextRequest) -> RawAnswer:
        """See `writer.TextWriter.write`."""
        prompt, service = request.prompt, self._service
        body: dict[str, Any] = {
            "model": service.model,
            "messages": [
                {"role": "system", "content": prompt.rules},
                {"role": "user", "content": prompt.material},
            ],
            "max_tokens": service.answer_tokens_max,
            "stream": False,
        }
        if self._json_mode:
            body["response_format"] = {"type": "json_object"}
        headers = {"Authorization": f"Bearer {service.key}"} if service.key else {}
        document = ask(service, "/chat/completions", body, headers, _trouble)
        usage = document.get("usage")
        read, written = tokens(dig(usage, "prompt_tokens")), tokens(dig(usage, "completion_tokens"))
        return RawAnswer(_text(document), read, written, service.prices.cost_micros(read, written))


def _text(document: dict[str, Any]) -> str:
    choice = dig(document, "choices", 0)
    finish = dig(choice, "finish_reason")
    if finish == "content_filter" or dig(choice, "message", "refusal"):
        raise WriterRejected
    text = dig(choice, "message", "content")
    if not isinstance(text, str) or finish not in {"stop", "eos", None}:
        raise WriterAnswerBad(details={"cut_at_the_limit": finish == "length"})
    return text


def _trouble(answer: Answer) -> Trouble:
    found = (json_object(answer) or {}).get("error")
    code = dig(found, "code") or dig(found, "type")
    return trouble(answer, code, quota_spent=dig(found, "code") in _SPENT or dig(found, "type") in _SPENT)
