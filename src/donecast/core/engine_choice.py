"""Whom a show or an episode may name to write out its words and to speak in it."""

TRANSCRIBERS = ("pocketsphinx", "whisper", "assemblyai", "auphonic")
"""By the names that `donecast.speech` gives them."""
VOICE_CHARACTERS_MAX = 100
"""Of the id of a voice."""


def choice_mistake(transcriber: str | None, voice: str | None) -> tuple[str, str] | None:
    """The field that cannot be, and why in a sentence; None when both can. A field that is None names nobody."""
    if transcriber is not None and transcriber not in TRANSCRIBERS:
        return "transcriber", "This way of writing out words is not known."
    if voice is not None and not 0 < len(voice.strip()) <= VOICE_CHARACTERS_MAX:
        return "voice", "This is not the name of a voice."
    return None
