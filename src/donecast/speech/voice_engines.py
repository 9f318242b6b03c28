"""All engines that may speak here. A voice is named together with its engine: ``elevenlabs:JBFqnCBsd6RMkjVDRZzb``."""

from collections.abc import Iterator
from dataclasses import dataclass

from donecast.speech.errors import VoiceEngineNotOffered
from donecast.speech.synthesizer import SpeechSynthesizer

_BETWEEN = ":"


@dataclass(frozen=True, slots=True)
class ChosenVoice:
    """An engine and the id of one of its voices."""

    engine: SpeechSynthesizer
    id: str


@dataclass(frozen=True, slots=True)
class VoiceEngines:
    """The engines. ``first`` speaks where nobody is named, and has the voices that are named without an engine."""

    first: SpeechSynthesizer
    others: tuple[SpeechSynthesizer, ...] = ()

    def __iter__(self) -> Iterator[SpeechSynthesizer]:
        yield self.first
        yield from self.others

    def engine(self, name: str | None) -> SpeechSynthesizer:
        """The engine of this name, and never another in its place. Raises VoiceEngineNotOffered."""
        if name is None:
            return self.first
        for engine in self:
            if engine.name == name:
                return engine
        raise VoiceEngineNotOffered(details={"engine": name})

    def chosen(self, voice: str | None) -> ChosenVoice:
        """Whom a voice's full name means; None is the first engine's own. Raises VoiceEngineNotOffered."""
        if voice is None:
            return ChosenVoice(self.first, self.first.default_voice)
        engine, between, own = voice.partition(_BETWEEN)
        return ChosenVoice(self.engine(engine), own) if between else ChosenVoice(self.first, voice)


def full_name(engine: SpeechSynthesizer, voice_id: str) -> str:
    """The name under which shows, episodes and templates keep a voice."""
    return f"{engine.name}{_BETWEEN}{voice_id}"
