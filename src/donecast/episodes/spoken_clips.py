"""What voices have said, kept by all that its sound depends on, so that nothing is spoken or paid twice."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from donecast.core.span import Span
from donecast.credits.paying import Payer, Payment
from donecast.credits.rules.pricing import Provider, Speech, speech_ms_max
from donecast.engine.analysis import analyse
from donecast.episodes import service
from donecast.episodes.rules import Clip, digest_of, joined_word_spans, provider_of
from donecast.platform.blob_uses import forgotten_on_failure, hold
from donecast.platform.file_locks import LockHeld, held
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings.examination import engine_limits
from donecast.speech.speaking import join_speech
from donecast.speech.synthesizer import SpeechSynthesizer
from donecast.speech.voice_engines import ChosenVoice

_SPEED = 1.0  # templates know no other
_PIECE_GAP_MS = 200
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class SpokenClips:
    """The clips of all engines; each is asked its version once."""

    ground: Ground
    payer: Payer | None = None
    """Who pays for what is spoken; None: the house, such as for a sample of a voice."""
    _versions: dict[str, str] = field(default_factory=dict)

    def key_of(self, text: str, voice: ChosenVoice) -> str:
        """Stands for text, voice, engine, version and speed."""
        engine = [voice.engine.name, self._version(voice.engine)]
        return digest_of({"text": text, "voice": voice.id, "engine": engine, "speed": _SPEED})

    def _version(self, engine: SpeechSynthesizer) -> str:
        if engine.name not in self._versions:
            self._versions[engine.name] = engine.version
        return self._versions[engine.name]

    def kept(self, keys: Collection[str]) -> dict[str, Clip]:
        """Those of the clips that have been spoken, by key."""
        with self.ground.database.reading() as session:
            return service.clips(session, keys)

    def keep(self, text: str, voice: ChosenVoice, waiting: Callable[[], None] = lambda: None) -> Clip:
        """The clip of a text: what was kept, else it is spoken now and kept.

        Where another episode on this machine may be having it spoken, waits for that; ``waiting`` is called at each
        look and may raise to stop. Raises the errors of `SpeechSynthesizer.synthesize`.
        """
        key = self.key_of(text, voice)
        clip = self.kept([key]).get(key)
        if clip is not None:
            return clip
        with self._alone(key, waiting), self.ground.temporary.folder("speak") as folder:
            return self._made(text, voice, folder)

    @contextmanager
    def _alone(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        """A few locks for all texts, so that their files do not become many: now and then one waits in vain."""
        with ExitStack() as stack:
            while True:
                waiting()
                try:
                    stack.enter_context(held(self.ground.settings.data / "locks" / f"speak-{key[0]}"))
                    break
                except LockHeld:
                    time.sleep(_LOOK_AGAIN_SECONDS)
            yield

    def _made(self, text: str, voice: ChosenVoice, folder: Path) -> Clip:
        key = self.key_of(text, voice)
        clip = self.kept([key]).get(key)  # somebody else may have made it while this one waited
        if clip is not None:
            return clip
        spoken, pieces = folder / f"{key}.wav", voice.engine.pieces(text)
        scratch = folder / f"{key}-analysis"
        if len(pieces) > 1:  # each is paid for itself, and so kept for itself
            clips = [self._made(piece, voice, folder) for piece in pieces]
            parts = [self.ground.blobs.local_path(clip.content_hash, folder) for clip in clips]
            join_speech(parts, spoken, gap_ms=_PIECE_GAP_MS)
            return self._stored(key, text, spoken, joined_word_spans(clips, gap_ms=_PIECE_GAP_MS), scratch)
        provider = provider_of(voice.engine.name)
        with ExitStack() as stack:
            payment = None
            if self.payer is not None:
                at_most = Speech(speech_ms_max(text), provider, text)
                payment = stack.enter_context(Payment(self.ground, self.payer, f"speech:{key}", at_most=at_most))
            speech = voice.engine.synthesize(text, voice.id, spoken, speed=_SPEED)
            charged = (payment, provider) if payment else None
            return self._stored(key, text, spoken, speech.word_spans, scratch, charged)

    def _stored(
        self,
        key: str,
        text: str,
        spoken: Path,
        word_spans: tuple[Span, ...],
        scratch: Path,
        charged: tuple[Payment, Provider] | None = None,
    ) -> Clip:
        ground = self.ground
        audio = analyse(spoken, scratch, limits=engine_limits(ground.settings.limits)).facts
        stored = ground.blobs.put_file(spoken)
        clip = Clip(
            key=key,
            text=text,
            content_hash=stored.content_hash,
            duration_ms=audio.duration_ms,
            loudness_lufs=audio.loudness_lufs,
            channels=audio.channels,
            word_spans=word_spans,
        )

        def save(session: Session) -> None:
            hold(session, ground.blobs, stored.content_hash, lambda: ground.blobs.put_file(spoken))
            service.keep_clip(session, ground.clock, clip)
            if charged is not None:
                payment, provider = charged
                payment.capture(session, Speech(clip.duration_ms, provider, text))

        with forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]):
            run_unit(ground.database, save)
        return clip
