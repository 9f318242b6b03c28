"""Who can write out words here, and who can speak, told to a podcaster who chooses. Pure.

What each is good for, where the sound goes, whether it is ready, and who makes it so where it is not.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

VOICES_ARE_FILES = ("piper", "kokoro")
"""Engines on this machine whose voices a person brings."""
OfferState = Literal["ready", "needs_key", "not_installed"]

_HERE = "Your recording stays on the computer that runs this DoneCast."
_TEXT_HERE = "The text stays on the computer that runs this DoneCast."
_HOST = "The person who runs this DoneCast"
_BRINGS_FILES = f"{_HOST} installs it, puts a voice’s files into the folder for voices, and starts DoneCast again:"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOffer:
    """One of them. ``remedy`` says who does what where it is not ready, ``command`` is what they type, if anything."""

    id: str
    label: str
    good_for: str
    sound_goes: str
    is_elsewhere: bool
    state: OfferState
    remedy: str | None = None
    command: str | None = None
    is_default: bool = False


def transcriber_offers(
    *, default: str, is_built_in_whole: bool, model: str | None, runs_models: bool, keys: Collection[str]
) -> tuple[EngineOffer, ...]:
    """Who can write out words. ``default`` is who does where nobody chose; ``model`` the speech model that is here;
    ``keys`` are the services whose key is.
    """
    return (
        EngineOffer(
            id="pocketsphinx",
            label="Built-in recogniser",
            good_for="Good for finding pauses and your word for a mistake. Its words are approximate, in English only.",
            sound_goes=_HERE,
            is_elsewhere=False,
            state="ready" if is_built_in_whole else "not_installed",
            remedy=None if is_built_in_whole else f"{_HOST} starts it again, which installs what is missing:",
            command=None if is_built_in_whole else "./dev up",
            is_default=default == "pocketsphinx",
        ),
        _whisper(model, runs_models, is_default=default == "whisper"),
        _vendor(
            "assemblyai",
            "AssemblyAI",
            "Good for the best words, ums and ers among them, and for telling who speaks.",
            default,
            keys,
        ),
        _vendor(
            "auphonic",
            "Auphonic",
            "Good for words that one can read, in many languages. It leaves out most ums and ers.",
            default,
            keys,
        ),
    )


def _vendor(name: str, label: str, good_for: str, default: str, keys: Collection[str]) -> EngineOffer:
    return EngineOffer(
        id=name,
        label=label,
        good_for=good_for,
        sound_goes=f"Your recording is sent to {label}, a company on the internet, which charges for it.",
        is_elsewhere=True,
        state="ready" if name in keys else "needs_key",
        remedy=None if name in keys else _key_remedy(label, f"{name.upper()}_KEY"),
        is_default=default == name,
    )


def _whisper(model: str | None, runs_models: bool, *, is_default: bool) -> EngineOffer:
    remedy, command = None, None
    if model is None:
        remedy, command = f"{_HOST} fetches a model for it:", "donecast speech install whisper-small"
    elif not runs_models:
        remedy, command = f"{_HOST} adds what runs its model:", "./dev whisper"
    return EngineOffer(
        id="whisper",
        label="Whisper",
        good_for="Good for words that one can read, in many languages. Slower, and it leaves out most ums and ers.",
        sound_goes=_HERE,
        is_elsewhere=False,
        state="ready" if remedy is None else "not_installed",
        remedy=remedy,
        command=command,
        is_default=is_default,
    )


def synthesizer_offers(*, default: str, here: Collection[str], keys: Collection[str]) -> tuple[EngineOffer, ...]:
    """Who can speak. ``default`` does where nobody is named; ``here`` are the programs that can speak, ``keys`` the
    services whose key is.
    """
    return (
        _program(
            "flite",
            "Simple voices (flite)",
            "Good for a short intro in English. It sounds like a machine.",
            default,
            here,
        ),
        _program(
            "espeak-ng",
            "Robot voices (espeak-ng)",
            "Good for many languages. It sounds very much like a machine.",
            default,
            here,
        ),
        _program(
            "piper",
            "Piper",
            "Good for natural voices in many languages, free, on your own computer.",
            default,
            here,
            remedy=_BRINGS_FILES,
            command="pipx install piper-tts",
        ),
        _program(
            "kokoro",
            "Kokoro",
            "Good for very natural voices in nine languages, free, on your own computer. Slower.",
            default,
            here,
            remedy=_BRINGS_FILES,
            command="pipx install kokoro-tts",
        ),
        _service(
            "elevenlabs", "ElevenLabs", "ELEVENLABS_KEY", "Good for voices that sound like people.", default, keys
        ),
        _service("google", "Google", "GOOGLE_VOICE_KEY", "Good for natural voices in many languages.", default, keys),
    )


def _program(
    name: str,
    label: str,
    good_for: str,
    default: str,
    here: Collection[str],
    *,
    remedy: str = f"{_HOST} installs it:",
    command: str = "",
) -> EngineOffer:
    is_there = name in here
    return EngineOffer(
        id=name,
        label=label,
        good_for=good_for,
        sound_goes=_TEXT_HERE,
        is_elsewhere=False,
        state="ready" if is_there else "not_installed",
        remedy=None if is_there else remedy,
        command=None if is_there else command or f"sudo apt install {name}",
        is_default=default == name,
    )


def _service(name: str, label: str, setting: str, good_for: str, default: str, keys: Collection[str]) -> EngineOffer:
    has_key = name in keys
    return EngineOffer(
        id=name,
        label=label,
        good_for=good_for,
        sound_goes=f"The text, not your recording, goes to {label}, a company on the internet, which charges for it.",
        is_elsewhere=True,
        state="ready" if has_key else "needs_key",
        remedy=None if has_key else _key_remedy(label, setting),
        is_default=default == name,
    )


def _key_remedy(label: str, setting: str) -> str:
    return f"{_HOST} puts a key of {label} into its settings, as DONECAST_{setting}."
