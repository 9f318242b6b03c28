"""Speaking a text once and for all: the same text, voice and engine are spoken, and paid for, a single time."""

from donecast.core.template import SpokenSource, Template
from donecast.engine.analysis import analyse
from donecast.episodes import service
from donecast.episodes.rules import Clip, digest_of
from donecast.platform.blob_uses import hold
from donecast.platform.web import Ground
from donecast.recordings.examination import engine_limits
from donecast.speech.synthesizer import SpeechSynthesizer


def clip_key(synthesizer: SpeechSynthesizer, text: str, voice: str) -> str:
    """Under which a spoken text is found again."""
    return digest_of({"text": text, "voice": voice, "engine": [synthesizer.name, synthesizer.version]})


def voice_of_show(template: Template, synthesizer: SpeechSynthesizer) -> str:
    """The voice of the template's first spoken part that names one, else the engine's own."""
    chosen = [
        one.source.voice for one in template.segments if isinstance(one.source, SpokenSource) and one.source.voice
    ]
    return chosen[0] if chosen else synthesizer.default_voice


def speak_clip(ground: Ground, synthesizer: SpeechSynthesizer, text: str, voice: str) -> Clip:
    """The spoken text, made now or found. Raises the errors of `SpeechSynthesizer.synthesize`."""
    key = clip_key(synthesizer, text, voice)
    with ground.database.reading() as session:
        found = service.clips(session, [key]).get(key)
    if found is not None:
        return found
    with ground.temporary.folder("speak") as folder:
        spoken = folder / "spoken.wav"
        synthesizer.synthesize(text, voice, spoken)
        audio = analyse(spoken, folder / "analysis", limits=engine_limits(ground.settings.limits)).facts
        stored = ground.blobs.put_file(spoken)
        clip = Clip(
            key=key,
            text=text,
            content_hash=stored.content_hash,
            duration_ms=audio.duration_ms,
            loudness_lufs=audio.loudness_lufs,
            channels=audio.channels,
        )
        with ground.database.transaction() as session:
            hold(session, ground.blobs, stored.content_hash, lambda: ground.blobs.put_file(spoken))
            service.keep_clip(session, ground.clock, clip)
    return clip
