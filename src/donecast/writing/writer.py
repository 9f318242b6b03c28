"""What every engine that writes offers: a request in, a raw answer out, with what it took."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from donecast.core.text_request import TextRequest
from donecast.kit.problems import Problem


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What an engine said, unchecked: to be read by `core.answer_checks.checked` and by nobody before.

    Tokens are None where the service does not count them. ``cost_micros`` is in millionths of the price's currency, 0
    for what costs nothing, and None where it is not known; it is never guessed.
    """

    text: str
    input_tokens: int | None
    output_tokens: int | None
    cost_micros: int | None


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """What a million tokens cost, exactly; None where nobody said."""

    input_price: Fraction | None
    output_price: Fraction | None

    def cost_micros(self, input_tokens: int | None, output_tokens: int | None) -> int | None:
        """The cost in millionths, any begun one counted whole; None where a price or a count is missing."""
        if self.input_price is None or self.output_price is None or input_tokens is None or output_tokens is None:
            return None
        # So much for a million tokens is as many millionths for one.
        return math.ceil(self.input_price * input_tokens + self.output_price * output_tokens)


class TextWriter(Protocol):
    """Something that writes about a recording. It may be slow, wrong or rude; it never touches an episode."""

    @property
    def name(self) -> str:
        """Short and stable, such as "gemini"."""
        ...

    @property
    def model(self) -> str:
        """Which model of the service writes; empty where there is none."""
        ...

    @property
    def source_label(self) -> str:
        """Who wrote it, as a person reads it beside a draft."""
        ...

    def check(self) -> list[Problem]:
        """What is missing, asking nobody and never raising; empty when the engine can be asked."""
        ...

    def write(self, request: TextRequest) -> RawAnswer:
        """The engine's answer to the request.

        Raises WriterUnavailable, WriterFailed, WriterKeyRefused, WriterModelUnknown, WriterQuotaSpent,
        WriterRateLimited, WriterRejected, WriterAnswerBad, WriterRequestRefused, NothingToExtract.
        """
        ...
