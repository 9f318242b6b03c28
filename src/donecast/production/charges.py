"""What an order will take at most, told before it is given, and refused where there is too little.

The steps themselves set aside and charge (`credits.paying`), each under a name of its own; here is only the look ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from donecast.core.engine_choice import TRANSCRIBERS
from donecast.core.operations import Insert
from donecast.core.template import MediaSource
from donecast.credits import service as ledger
from donecast.credits.errors import NotEnoughCredits
from donecast.credits.rules.guide import EXAMPLE_MINUTES
from donecast.credits.rules.pricing import (
    MS_PER_MINUTE,
    Assembly,
    Line,
    Speech,
    Transcription,
    Work,
    speech_ms_max,
)
from donecast.edits import service as edits
from donecast.episodes import service as episodes
from donecast.episodes.makings import Makings, makings_of
from donecast.episodes.rules import provider_of
from donecast.episodes.steps import spoken_segments
from donecast.platform.web import Ground
from donecast.production.rules import Until
from donecast.recordings import service as recordings
from donecast.shows import service as shows
from donecast.speech.voice_engines import VoiceEngines
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import pipeline_of


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """What an order takes at most, in milli-credits, and what is there; ``available_mc`` None: there is no limit.

    Each piece of work stands beside its line. ``complete`` is False while a recording's length is not known yet.
    """

    parts: tuple[tuple[Work, Line], ...]
    available_mc: int | None
    complete: bool

    @property
    def total_mc(self) -> int:
        """The sum of the lines."""
        return sum(line.amount_mc for _, line in self.parts)

    @property
    def shortfall_mc(self) -> int:
        """What is missing."""
        return 0 if self.available_mc is None else max(0, self.total_mc - self.available_mc)

    def require_enough(self) -> None:
        """Raises NotEnoughCredits."""
        if self.available_mc is not None and self.shortfall_mc:
            raise NotEnoughCredits.lacking(self.total_mc, self.available_mc)


@dataclass(frozen=True, slots=True)
class MinutePrices:
    """Milli-credits for a minute on somebody's plan: of words written out, and of speech, by the engine's name.

    ``transcriber_mc`` is that of who writes them out where nobody is chosen. ``assembly_mc`` is what putting together a
    recording of `EXAMPLE_MINUTES` comes to.
    """

    transcribers: Mapping[str, int]
    transcriber_mc: int
    voices: Mapping[str, int]
    assembly_mc: int


def minute_prices(ground: Ground, voices: VoiceEngines, account_id: str) -> MinutePrices:
    """What each engine takes, before there is anything to quote."""
    heard = [Transcription(MS_PER_MINUTE, pipeline_of(name)) for name in TRANSCRIBERS]
    spoken = [Speech(MS_PER_MINUTE, provider_of(engine.name)) for engine in voices]
    own = Transcription(MS_PER_MINUTE, pipeline_of(ground.settings.speech.transcriber))
    assembly = Assembly(EXAMPLE_MINUTES * MS_PER_MINUTE)
    with ground.database.reading() as session:
        lines = iter(ledger.quote(session, ground.clock, account_id, (*heard, own, *spoken, assembly)).lines)
    return MinutePrices(
        transcribers={name: next(lines).amount_mc for name in TRANSCRIBERS},
        transcriber_mc=next(lines).amount_mc,
        voices={engine.name: next(lines).amount_mc for engine in voices},
        assembly_mc=next(lines).amount_mc,
    )


def quote_order(ground: Ground, voices: VoiceEngines, account_id: str, episode_id: str, until: Until) -> OrderQuote:
    """What the rest of the way takes at most: nothing that was done, and paid, already.

    Raises NoSuchEpisode, VoiceEngineNotOffered.
    """
    with ground.database.reading() as session:
        episodes.episode_of(session, account_id, episode_id)  # whose is it?
    makings = makings_of(ground, episode_id)
    work = _hearing_ahead(ground, makings)
    if until == "ready":
        spoken, spoken_ms = _speech_ahead(ground, voices, makings)
        work += spoken
        if makings.recording.state == "ready":
            work.append(Assembly(_recorded_ms(ground, makings) + spoken_ms))
    with ground.database.reading() as session:
        quote = ledger.quote(session, ground.clock, account_id, tuple(work))
        balance = ledger.get_user_credit_balance(session, ground.clock, account_id)
    parts = tuple(zip(work, quote.lines, strict=True))
    return OrderQuote(parts, balance.available_mc, complete=makings.recording.state == "ready")


def _hearing_ahead(ground: Ground, makings: Makings) -> list[Work]:
    """Writing out the words, where nobody did and nobody brought them."""
    recording, episode_id = makings.recording, makings.episode.id
    engine = episodes.transcriber_of(ground, episode_id) or ground.settings.speech.transcriber
    if recording.state != "ready" or episodes.given_transcript(ground, episode_id) is not None:
        return []
    with ground.database.reading() as session:
        if transcripts.is_heard(session, recording.id, engine):
            return []
    return [Transcription(recording.duration_ms, pipeline_of(engine))]


def _speech_ahead(ground: Ground, voices: VoiceEngines, makings: Makings) -> tuple[list[Speech], int]:
    """What was not spoken yet, each as long as the slowest voice takes; and how long all spoken parts are together."""
    wanted = spoken_segments(ground, makings, voices)
    with ground.database.reading() as session:
        done = episodes.clips(session, [segment.clip_key for segment, _ in wanted])
    ahead = {
        segment.clip_key: Speech(speech_ms_max(segment.text), provider_of(voice.engine.name), segment.text)
        for segment, voice in wanted
        if segment.clip_key not in done
    }
    lengths_ms = {key: speech.duration_ms for key, speech in ahead.items()}
    lengths_ms |= {key: clip.duration_ms for key, clip in done.items()}
    return list(ahead.values()), sum(lengths_ms[segment.clip_key] for segment, _ in wanted)


def _recorded_ms(ground: Ground, makings: Makings) -> int:
    """The recording, the files before, after and within it, one after the other, with nothing cut."""
    recording, episode = makings.recording, makings.episode
    assets = [segment.source.asset for segment in makings.template.segments if isinstance(segment.source, MediaSource)]
    with ground.database.reading() as session:
        edit_list = edits.edit_list_of(session, episode.id, recording.duration_ms)
        files = [
            recordings.media_of(session, episode.account_id, asset)
            for asset in assets
            if not shows.is_house_sound(asset) and recordings.has_media(session, episode.account_id, asset)
        ]
    house_ms = sum(shows.house_sound(ground, asset).duration_ms for asset in assets if shows.is_house_sound(asset))
    files_ms = sum(file.duration_ms for file in files if file.state == "ready")
    inserts = [operation for operation in edit_list.operations if isinstance(operation, Insert)]
    inserted_ms = sum(one.duration_ms + 2 * one.gap_ms for one in inserts)
    return recording.duration_ms + house_ms + files_ms + inserted_ms
