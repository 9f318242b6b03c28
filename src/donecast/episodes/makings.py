"""What an episode is made of: show, template, recording, and what assembly must know of each file."""

from collections.abc import Callable
from dataclasses import dataclass

from donecast.core.assembly import (
    SourceFacts,
    Template,
    template_from_json,
)
from donecast.core.delivery import Delivery
from donecast.core.plan import Treatment
from donecast.core.ready_templates import RECORDING_ALONE
from donecast.core.timeline import Timeline
from donecast.episodes import service
from donecast.episodes.rules import Clip, EpisodeFacts
from donecast.platform.settings import AudioSettings
from donecast.platform.web import Ground
from donecast.recordings import service as recordings
from donecast.recordings.rules import MediaFacts, asset_missing
from donecast.shows import service as shows
from donecast.shows.rules import HouseSound, ShowFacts


@dataclass(frozen=True, slots=True)
class Makings:
    """What an episode is made of."""

    episode: EpisodeFacts
    show: ShowFacts
    template: Template
    recording: MediaFacts


def makings_of(ground: Ground, episode_id: str) -> Makings:
    """Whoever owns it. Raises NoSuchEpisode."""
    with ground.database.reading() as session:
        episode = service.episode_by_id(session, episode_id)
        template = service.template_of(session, episode)
        return Makings(
            episode,
            shows.show_by_id(session, episode.show_id),
            template_from_json(template.definition) if template else RECORDING_ALONE,
            recordings.media_by_id(session, episode.recording_id),
        )


def asset_facts(
    ground: Ground, makings: Makings, timeline: Timeline, checked: Callable[[str], MediaFacts]
) -> dict[str, SourceFacts]:
    """Facts of the sounds that the template names or that are put into the recording; ``checked`` gives those of one.

    Raises MissingAsset.
    """
    with ground.database.reading() as session:
        clips = service.inserted_clips(session, timeline)
    facts = {asset: facts_of(clip) for asset, clip in clips.items()}
    for asset in (*makings.template.assets, *sorted(timeline.assets.difference(makings.template.assets, clips))):
        if shows.is_house_sound(asset):
            facts[asset] = facts_of(shows.house_sound(ground, asset))
            continue
        with ground.database.reading() as session:
            is_there = recordings.has_media(session, makings.episode.account_id, asset)
        if is_there:
            facts[asset] = facts_of(checked(asset))
        elif asset in makings.template.assets:
            raise asset_missing(makings.template, asset)
    return facts


def voice_of(makings: Makings, named: str | None) -> str | None:
    """Who speaks: whom the template's part names, else whom the episode does, else its show; None: nobody is named."""
    return named or makings.episode.voice or makings.show.voice


def facts_of(source: MediaFacts | HouseSound | Clip) -> SourceFacts:
    """What assembly must know of a checked file."""
    return SourceFacts(source.content_hash, source.duration_ms, source.loudness_lufs, source.channels)


def delivery_of(audio: AudioSettings) -> Delivery:
    """How this installation delivers finished episodes."""
    return Delivery(
        codec="aac" if audio.audio_format == "m4a" else "mp3",
        bitrate_kbps=audio.audio_bitrate_kbps,
        vbr_quality=int(audio.audio_vbr_quality) if audio.audio_vbr_quality else None,
        lufs_stereo=audio.loudness_lufs_stereo,
        lufs_mono=audio.loudness_lufs_mono,
        true_peak_dbtp_max=audio.true_peak_dbtp_max,
    )


def treatment_of(show: ShowFacts) -> Treatment:
    """What a show's owner chose to be done to the sound of its recordings."""
    return Treatment(noise_reduction=show.noise_reduction, levelling=show.levelling, de_essing=show.de_essing)
