"""Settings of services by others, and of what this machine does in their place: who hears, speaks, writes, is paid.

A key is sent over https alone, except to this machine.
"""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from donecast.platform.settings_group import PREFIX, SettingsGroup

_PRICE = r"^(\d{1,6}(\.\d{1,6})?)?$"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class SpeechSettings(SettingsGroup):
    """Who writes out the words: the recogniser on this machine, or a vendor that is paid for it."""

    transcriber: Literal["local", "pocketsphinx", "assemblyai", "auphonic"] = "local"
    """Who hears where no show or episode chose. ``local`` is Whisper where a model of it is, else pocketsphinx."""
    transcriber_language: str = Field(default="en_us", pattern=r"^(auto|[a-z]{2,3}(_[a-z]{2})?)$")
    """A language's code such as en_us or de, or ``auto``; pocketsphinx knows US English alone."""
    speech_model: str = ""
    """The model that ``local`` hears with: the name of an installed one, or a folder; empty means the largest."""
    speech_models: str = ""
    """The folder of installed models; empty means ``speech/models`` in the data folder."""
    speech_model_url: str = "https://huggingface.co"
    """Where ``donecast speech install`` fetches models; nothing else ever does."""
    transcriber_poll_ms: int = Field(default=3_000, ge=100)
    """How soon a vendor is asked again at first; then ever more rarely, up to ten times as long."""
    transcriber_settle_ms: int = Field(default=90_000, ge=500)
    """So long after a request whose answer was lost, a job that the vendor does not list was not made."""
    transcriber_wait_seconds_max: int = Field(default=10_800, ge=1)
    assemblyai_key: str = Field(default="", repr=False)
    """With it, each show and episode may choose this vendor; the installation is charged."""
    assemblyai_url: str = "https://api.assemblyai.com"
    assemblyai_models: str = Field(default="", pattern=r"^[a-z0-9.,-]*$")
    """In order of preference, with commas; empty means what the vendor takes by itself."""
    assemblyai_webhook_secret: str = Field(default="", repr=False)
    """Together with a public URL, the vendor calls us when a job has ended; else it is asked alone."""
    auphonic_key: str = Field(default="", repr=False)
    auphonic_url: str = "https://auphonic.com"
    auphonic_webhook_secret: str = Field(default="", repr=False)
    """As ``assemblyai_webhook_secret``; it stands in the address that the vendor calls."""


class VoiceSettings(SettingsGroup):
    """Who speaks the texts of templates: a program on this machine, or a vendor that is paid for it.

    With its key, each show, episode and template may choose a vendor's voices; the installation is charged.
    """

    synthesizer: Literal["auto", "flite", "espeak-ng", "piper", "kokoro", "elevenlabs", "google"] = "auto"
    """Speaks where nobody is named. ``auto`` is flite, or espeak-ng where that alone is installed; never a vendor."""
    voice_files: str = ""
    """The folder of the files that voices of Piper and Kokoro are; empty means ``speech/voices`` in the data folder."""
    elevenlabs_key: str = Field(default="", repr=False, pattern=r"^[!-~]*$")
    elevenlabs_url: str = "https://api.elevenlabs.io"
    elevenlabs_voice: str = Field(default="JBFqnCBsd6RMkjVDRZzb", pattern=r"^[A-Za-z0-9]{1,64}$")
    """Speaks where a template names no voice."""
    elevenlabs_model: str = Field(default="eleven_multilingual_v2", pattern=r"^[a-z0-9_.-]{1,64}$")
    google_voice_key: str = Field(default="", repr=False, pattern=r"^[!-~]*$")
    google_voice_url: str = "https://texttospeech.googleapis.com"
    google_voice_name: str = Field(default="en-US-Neural2-C", pattern=r"^[A-Za-z0-9-]{1,80}$")
    """Speaks where a template names no voice."""


class AiTextSettings(SettingsGroup):
    """Who proposes titles, notes, tags, chapters and summaries, what it costs, and how long it may take."""

    ai_text_engine: Literal["extractive", "gemini", "openai_compatible"] = "extractive"
    """``extractive`` finds texts in the recording's own words and asks nobody."""
    ai_text_model: str = Field(default="", max_length=200)
    ai_text_url: str = ""
    """Where ``/chat/completions`` follows, such as ``http://127.0.0.1:11434/v1``; Gemini has Google's when empty."""
    ai_text_key: str = Field(default="", repr=False, pattern=r"^[!-~]*$")
    ai_text_json_mode: bool = True
    """Whether an OpenAI-compatible server is asked for JSON by ``response_format``; a few know no such field."""
    ai_text_price_input: str = Field(default="", pattern=_PRICE)
    """For a million tokens, in ``ai_text_currency``; empty means not known, and then no cost is told."""
    ai_text_price_output: str = Field(default="", pattern=_PRICE)
    ai_text_currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    ai_text_deadline_seconds: int = Field(default=60, ge=1, le=600)
    """For one text, all attempts together."""
    ai_text_attempts_max: int = Field(default=3, ge=1, le=4)
    ai_text_answer_bytes_max: int = Field(default=1024**2, ge=1024)
    ai_text_answer_tokens_max: int = Field(default=4_000, ge=100)
    ai_text_excerpt_characters_max: int = Field(default=60_000, ge=1_000)
    """Of a longer recording an even selection is sent."""
    ai_text_at_once_max: int = Field(default=4, ge=1, le=64)
    ai_text_drafts_per_episode_max: int = Field(default=200, ge=1)


class PaymentSettings(SettingsGroup):
    """Who takes payments for credits and plans: Stripe, or without a key nobody, and then nothing can be bought."""

    stripe_key: str = Field(default="", repr=False, pattern=r"^[!-~]*$")
    """A secret or restricted key (``sk_...``, ``rk_...``); empty means that payments are off."""
    stripe_webhook_secret: str = Field(default="", repr=False, pattern=r"^[!-~]*$")
    """Signs what Stripe tells us; without it no payment would ever be credited."""
    stripe_url: str = "https://api.stripe.com"
    stripe_deadline_seconds: int = Field(default=10, ge=1, le=60)
    """For one attempt, from connecting to the last byte."""
    stripe_retries_max: int = Field(default=2, ge=0, le=3)
    """More attempts after the first one, under the same idempotency key."""
    stripe_answer_bytes_max: int = Field(default=2 * 1024**2, ge=1024)
    stripe_hook_bytes_max: int = Field(default=512 * 1024, ge=1024)
    """The largest event that Stripe may send."""
    stripe_portal_configuration: str = Field(default="", pattern=r"^(bpc_[A-Za-z0-9]{1,80})?$")
    """Which set-up of Stripe's customer portal is used; empty means the account's default."""


def payment_mistakes(payments: PaymentSettings) -> list[str]:
    """What in these settings cannot be, a sentence each with the name of the setting."""
    mistakes = []
    key, secret = payments.stripe_key, payments.stripe_webhook_secret
    if key and not key.startswith(_PAYMENT_KEY_STARTS):
        mistakes.append(f"{PREFIX}STRIPE_KEY: must be a secret or restricted key, which starts with sk_ or rk_")
    if key and not secret:
        mistakes.append(f"{PREFIX}STRIPE_WEBHOOK_SECRET: is needed with a key, or payments would never be credited")
    if secret and not key:
        mistakes.append(f"{PREFIX}STRIPE_KEY: is needed, because {PREFIX}STRIPE_WEBHOOK_SECRET is set")
    if not _is_safe_for_keys(payments.stripe_url):
        mistakes.append(f"{PREFIX}STRIPE_URL: must be an https:// address, for the key is sent there")
    return mistakes


_PAYMENT_KEY_STARTS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")


def vendor_mistakes(speech: SpeechSettings, voices: VoiceSettings, ai_text: AiTextSettings) -> list[str]:
    """What in these settings cannot be, a sentence each with the name of the setting."""
    return [*_vendor_contradictions(speech), *_voice_mistakes(voices), *_ai_text_mistakes(ai_text)]


_SECRET_CHARACTERS_MIN = 16


def _is_safe_for_keys(url: str) -> bool:
    scheme, host = _scheme_and_host(url)
    return bool(host) and (scheme == "https" or (scheme == "http" and host in _LOOPBACK))


def _vendor_contradictions(speech: SpeechSettings) -> list[str]:
    mistakes = []
    for vendor, key, url, secret in (
        ("assemblyai", speech.assemblyai_key, speech.assemblyai_url, speech.assemblyai_webhook_secret),
        ("auphonic", speech.auphonic_key, speech.auphonic_url, speech.auphonic_webhook_secret),
    ):
        name = f"{PREFIX}{vendor.upper()}"
        if speech.transcriber == vendor and not key:
            mistakes.append(f"{name}_KEY: is needed, because {PREFIX}TRANSCRIBER is {vendor}")
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            mistakes.append(f"{name}_KEY: holds a space or a sign that no key has (leave out “Bearer”)")
        if not _is_safe_for_keys(url):
            mistakes.append(f"{name}_URL: must be an https:// address, for the key is sent there")
        if secret and not (len(secret) >= _SECRET_CHARACTERS_MIN and secret.isascii() and secret.isalnum()):
            mistakes.append(
                f"{name}_WEBHOOK_SECRET: needs at least {_SECRET_CHARACTERS_MIN} letters and digits, and no other signs"
            )
    if not _is_safe_for_keys(speech.speech_model_url):
        mistakes.append(f"{PREFIX}SPEECH_MODEL_URL: must be an https:// address")
    return mistakes


def _voice_mistakes(voices: VoiceSettings) -> list[str]:
    mistakes = []
    for engine, name, key, url in (
        ("elevenlabs", "ELEVENLABS", voices.elevenlabs_key, voices.elevenlabs_url),
        ("google", "GOOGLE_VOICE", voices.google_voice_key, voices.google_voice_url),
    ):
        if voices.synthesizer == engine and not key:
            mistakes.append(f"{PREFIX}{name}_KEY: is needed, because {PREFIX}SYNTHESIZER is {engine}")
        if not _is_safe_for_keys(url):
            mistakes.append(f"{PREFIX}{name}_URL: must be an https:// address, for the key is sent there")
    return mistakes


def _ai_text_mistakes(settings: AiTextSettings) -> list[str]:
    mistakes = []
    engine, (scheme, host) = settings.ai_text_engine, _scheme_and_host(settings.ai_text_url)
    if engine != "extractive" and not settings.ai_text_model:
        mistakes.append(f"{PREFIX}AI_TEXT_MODEL: {engine} needs the name of a model")
    if engine == "gemini" and not settings.ai_text_key:
        mistakes.append(f"{PREFIX}AI_TEXT_KEY: gemini needs a key")
    if engine == "openai_compatible" and not settings.ai_text_url:
        mistakes.append(f"{PREFIX}AI_TEXT_URL: openai_compatible needs an address, such as http://127.0.0.1:11434/v1")
    if settings.ai_text_url and (scheme not in {"http", "https"} or not host):
        mistakes.append(f"{PREFIX}AI_TEXT_URL: must be an address that starts with http:// or https://")
    elif settings.ai_text_key and scheme == "http" and host not in _LOOPBACK:
        mistakes.append(f"{PREFIX}AI_TEXT_URL: a key goes over https:// only, except on this machine")
    if bool(settings.ai_text_price_input) != bool(settings.ai_text_price_output):
        mistakes.append(f"{PREFIX}AI_TEXT_PRICE_INPUT: a cost needs both prices, or leave both out")
    return mistakes


def _scheme_and_host(url: str) -> tuple[str, str]:
    try:
        address = urlsplit(url)
    except ValueError:
        return "", ""
    return address.scheme, address.hostname or ""
