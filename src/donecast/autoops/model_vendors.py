"""Whom a model is asked of: Gemini, or a server that speaks OpenAI's chat completions; and what it costs.

Both libraries are told not to try again by themselves: each attempt is a call, and calls are counted.
"""

from genai_prices import Usage, calc_price
from openai import AsyncOpenAI
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider

from donecast.autoops.rules.budget import Price
from donecast.platform.auto_ops_settings import AutoOpsSettings

_MILLION = 1_000_000


def open_model(settings: AutoOpsSettings) -> Model:
    """The model that the settings name; nothing is asked yet."""
    if settings.auto_ops_openai_url:
        key = settings.auto_ops_openai_api_key or "none"  # a server at home may want no key, the library wants one
        client = AsyncOpenAI(api_key=key, base_url=settings.auto_ops_openai_url, max_retries=0)
        return OpenAIChatModel(settings.auto_ops_model, provider=OpenAIProvider(openai_client=client))
    provider = GoogleProvider(api_key=settings.gemini_key, base_url=settings.auto_ops_gemini_url or None)
    return GoogleModel(settings.auto_ops_model, provider=provider)


def price_of(model: str) -> Price | None:
    """What a million tokens of a model cost, by the list that pydantic-ai brings along; None: the list has none."""
    try:
        found = calc_price(Usage(input_tokens=_MILLION, output_tokens=_MILLION), model)
    except LookupError:
        return None
    return Price(int(found.input_price * _MILLION) + 1, int(found.output_price * _MILLION) + 1)
