"""Durable steps of episodes: propose, speak, assemble, tag, publish.

Each loads, works without a transaction, and saves under a key, so that it may be repeated after any interruption:
nothing is done twice that was finished, nothing is left behind that was not. ``report`` may raise to stop.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial

from sqlalchemy.orm import Session

from donecast.core.assembly import (
    RECORDING,
    AssemblyChoices,
    EpisodePlan,
    SourceFacts,
    SpokenSource,
    spoken_key,
    spoken_texts,
    to_render_plan,
)
from donecast.core.assembly import assemble as place
from donecast.core.chapters import Chapter, on_finished_time, with_topics
from donecast.core.edit_list import EditList
from donecast.core.plan import RenderPlan
from donecast.core.proposals import propose as find_proposals
from donecast.core.span import Span
from donecast.core.timeline import Inserted
from donecast.credits.paying import Payer, Payment
from donecast.credits.rules.pricing import Assembly as Assembling
from donecast.edits import service as edits
from donecast.engine.render import render
from donecast.engine.tags import ChapterTag, Tags, write_tags
from donecast.episodes import service
from donecast.episodes.errors import NotAssembled
from donecast.episodes.layout import Layout, SpokenPart
from donecast.episodes.makings import Makings, asset_facts, delivery_of, facts_of, makings_of, treatment_of, voice_of
from donecast.episodes.rules import (
    FILE_ENDINGS,
    Assembly,
    Clip,
    EpisodeFacts,
    PublishWhen,
    RenderedAudio,
    SpokenSegment,
    chapters_to_json,
    digest_of,
    spoken_guests,
    spoken_host,
)
from donecast.episodes.spoken_clips import SpokenClips
from donecast.kit.progress import Report, portion
from donecast.platform.blob_uses import forgotten_on_failure, hold
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.recordings import service as recordings
from donecast.recordings.examination import engine_limits
from donecast.shows import service as shows
from donecast.shows.rules import ShowFacts
from donecast.speech.voice_engines import ChosenVoice, VoiceEngines


def propose(ground: Ground, episode_id: str, report: Report) -> str:
    """Looks for what could be cut or covered and decides it, as the show wants it; answers the edit list's version.

    Raises NoSuchEpisode, NoTranscriptYet, StaleVersion when a person edits in the very same moment.
    """
    report(None, "Looking for slips and long pauses")
    with ground.database.reading() as session:
        episode = service.episode_by_id(session, episode_id)
        heard = service.heard(session, episode)
        wanted = shows.show_by_id(session, episode.show_id).cleanup
        clips = recordings.cue_clips(session, episode.account_id, [cue.clip for cue in wanted.cues])
    found = find_proposals(heard.transcript, heard.pauses, wanted.rules, heard.retakes, cues=wanted.cues, clips=clips)
    after = run_unit(
        ground.database,
        lambda session: edits.take_proposals(
            session,
            ground.clock,
            episode_id=episode_id,
            source_duration_ms=heard.transcript.duration_ms,
            proposals=found,
            choices=wanted.choices,
        ),
    )
    return str(after.version)


def speak(ground: Ground, voices: VoiceEngines, episode_id: str, report: Report) -> str:
    """Speaks the template's texts, each once and for all; answers how many parts there are.

    Raises NotEnoughCredits, VoiceEngineNotOffered, the errors of `SpeechSynthesizer.synthesize`, those of vendors among
    them, MissingAsset for a template that cannot be put together.
    """
    makings = makings_of(ground, episode_id)
    clips = SpokenClips(ground, Payer(makings.episode.account_id, episode_id))
    wanted = spoken_segments(ground, makings, voices)
    segments = [segment for segment, _ in wanted]
    done = clips.kept([segment.clip_key for segment in segments])
    missing = {segment.clip_key: (segment, voice) for segment, voice in wanted if segment.clip_key not in done}
    for number, (segment, voice) in enumerate(missing.values()):
        tell = partial(report, 100 * number // len(missing), f"Speaking part {number + 1} of {len(missing)}")
        clips.keep(segment.text, voice, tell)
    run_unit(ground.database, lambda session: service.note_spoken(session, episode_id, segments))
    return f"{len(segments)} spoken"


def assemble(ground: Ground, episode_id: str, report: Report) -> str:
    """Puts the episode together and renders it, unless the same plan was rendered before; answers the plan's digest.

    Raises MissingAsset by name, NothingLeft, NotEnoughCredits, the engine's errors.
    """
    report(0, "Laying out the episode")
    makings = makings_of(ground, episode_id)
    with ground.database.reading() as session:
        spoken = service.spoken_segments(session, episode_id)
        clips = service.clips(session, [segment.clip_key for segment in spoken or ()])
        edit_list = edits.edit_list_of(session, episode_id, makings.recording.duration_ms)
        inserted = service.inserted_clips(session, edit_list.timeline)
        topics = on_finished_time(service.own_chapters(session, episode_id), edit_list.timeline)
    if spoken is None:
        raise NotAssembled
    facts = {RECORDING: facts_of(makings.recording), **_asset_facts(ground, makings, edit_list, report)}
    facts |= {spoken_key(one.segment_id): facts_of(clips[one.clip_key]) for one in spoken if one.clip_key in clips}
    silent = frozenset(
        segment.id
        for segment in makings.template.segments
        if isinstance(segment.source, SpokenSource) and segment.id not in {one.segment_id for one in spoken}
    )
    plan = place(makings.template, edit_list.timeline, facts, AssemblyChoices(left_out=silent))
    render_plan = to_render_plan(plan, delivery_of(ground.settings.audio), treatment_of(makings.show))
    with ground.database.reading() as session:
        rendered = service.rendered_audio(session, render_plan.digest)
    if rendered is None:
        # The same plan on the same way through the line is paid once, however often it is begun.
        operation_id = f"assembly:{makings.episode.operation_id or episode_id}:{render_plan.digest}"
        payer, work = Payer(makings.episode.account_id, episode_id), Assembling(render_plan.duration_ms)
        with Payment(ground, payer, operation_id, at_most=work) as payment:
            _render(ground, render_plan, payment.while_alive(report), payment)
    assembly = Assembly(
        plan_digest=render_plan.digest,
        edit_list_version=edit_list.version,
        transcript_id=makings.episode.transcript.id if makings.episode.transcript else None,
        layout=_layout(plan, edit_list, spoken, clips, inserted),
        chapters=with_topics(plan.chapters, topics, plan.content_start_ms),
    )
    run_unit(ground.database, lambda session: service.note_assembly(session, episode_id, assembly))
    return render_plan.digest


def tag(ground: Ground, episode_id: str, report: Report) -> str:
    """Writes title, chapters and cover into the audio and makes it the episode's rendition; answers its id.

    Raises NotAssembled, the engine's errors.
    """
    report(0, "Adding title, chapters and cover")
    with ground.database.reading() as session:
        episode = service.episode_by_id(session, episode_id)
        show = shows.show_by_id(session, episode.show_id)
        assembly = service.assembly_of(session, episode_id)
        audio = service.rendered_audio(session, assembly.plan_digest) if assembly else None
    if assembly is None or audio is None:
        raise NotAssembled
    tags = _tags(episode, show, assembly, ground.blobs.read(show.cover.content_hash))
    key = digest_of(
        {
            "episode": episode.guid,
            "plan": assembly.plan_digest,
            "tags": [tags.title, tags.artist, tags.album, tags.track, tags.date, tags.comment],
            "chapters": chapters_to_json(assembly.chapters),
            "cover": show.cover.content_hash,
        }
    )
    with ground.database.reading() as session:
        is_made = service.has_rendition(session, key)
    if not is_made:
        with ground.temporary.folder("tag") as folder:
            finished = folder / f"episode{FILE_ENDINGS[audio.codec]}"
            write_tags(ground.blobs.local_path(audio.content_hash, folder), finished, tags)
            stored = ground.blobs.put_file(finished)

            def save(session: Session) -> None:
                hold(session, ground.blobs, stored.content_hash, lambda: ground.blobs.put_file(finished))
                service.keep_rendition(
                    session, ground.clock, episode_id, key, assembly, stored.content_hash, stored.bytes
                )

            with forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]):
                run_unit(ground.database, save)
    return run_unit(
        ground.database, lambda session: service.choose_rendition(session, ground.clock, episode_id, key, assembly)
    )


def publish(ground: Ground, episode_id: str, when: PublishWhen, report: Report) -> str:
    """Publishes as the order says; answers the moment as ISO 8601, or an empty text for not yet.

    Raises NoAudioYet, NoSlot, AudioOutdated.
    """
    report(None, "Publishing")
    at = run_unit(ground.database, lambda session: service.publish_by_order(session, ground.clock, episode_id, when))
    return at.astimezone(UTC).isoformat() if at else ""


def spoken_segments(ground: Ground, makings: Makings, voices: VoiceEngines) -> list[tuple[SpokenSegment, ChosenVoice]]:
    """What is spoken this time, variables filled in, and by whom, in order; parts that come out empty are left out.

    Raises VoiceEngineNotOffered.
    """
    variables = {
        "show": makings.show.title,
        "title": makings.episode.title,
        "host": spoken_host(makings.show),
        "guests": spoken_guests(makings.episode.speaker_names, makings.show.author, makings.show.language),
    }
    clips, found = SpokenClips(ground), []
    for segment_id, text in spoken_texts(makings.template, variables).items():
        voice = voices.chosen(_voice(makings, segment_id))
        found.append((SpokenSegment(segment_id, text, clips.key_of(text, voice)), voice))
    return found


def _voice(makings: Makings, segment_id: str) -> str | None:
    named = [
        segment.source.voice
        for segment in makings.template.segments
        if segment.id == segment_id and isinstance(segment.source, SpokenSource)
    ]
    return voice_of(makings, named[0])


def _asset_facts(ground: Ground, makings: Makings, edit_list: EditList, report: Report) -> dict[str, SourceFacts]:
    """Facts of the library's files that are heard, once they are checked. Raises MissingAsset by name."""
    return asset_facts(ground, makings, edit_list.timeline, lambda asset: recordings.check(ground, asset, report))


def _layout(
    plan: EpisodePlan,
    edit_list: EditList,
    spoken: Sequence[SpokenSegment],
    clips: Mapping[str, Clip],
    inserted: Mapping[str, Clip],
) -> Layout:
    told = {one.segment_id: one for one in spoken}
    between = [
        SpokenPart(
            inserted[part.asset].text,
            plan.content_start_ms + start_ms,
            plan.content_start_ms + start_ms + part.duration_ms,
            inserted[part.asset].word_spans,
        )
        for start_ms, part in edit_list.timeline.placed()
        if isinstance(part, Inserted) and part.asset is not None and part.asset in inserted
    ]
    return Layout(
        duration_ms=plan.duration_ms,
        content_start_ms=plan.content_start_ms,
        timeline=edit_list.timeline,
        spoken=(
            *(
                SpokenPart(
                    told[segment.id].text, segment.start_ms, segment.end_ms, _word_spans(told[segment.id], clips)
                )
                for segment in plan.segments
                if segment.id in told
            ),
            *between,
        ),
    )


def _word_spans(segment: SpokenSegment, clips: Mapping[str, Clip]) -> tuple[Span, ...]:
    clip = clips.get(segment.clip_key)
    return clip.word_spans if clip else ()


def _render(ground: Ground, plan: RenderPlan, report: Report, payment: Payment) -> None:
    tell = portion(report, 5, 99, "Putting the episode together")
    with ground.temporary.folder("assemble") as folder:
        sources = {source: ground.blobs.local_path(source, folder) for source in plan.source_hashes}
        finished = folder / f"audio{FILE_ENDINGS[plan.output.codec]}"
        result = render(
            plan,
            sources,
            finished,
            limits=engine_limits(ground.settings.limits),
            on_progress=lambda percent: tell(percent / 100),
        )
        stored = ground.blobs.put_file(finished)
        audio = RenderedAudio(
            plan_digest=plan.digest,
            content_hash=stored.content_hash,
            codec=plan.output.codec,
            frames=result.frames,
            duration_ms=result.duration_ms,
            bytes=stored.bytes,
            loudness_lufs=result.loudness_lufs,
            true_peak_dbtp=result.true_peak_dbtp,
        )

        def save(session: Session) -> None:
            hold(session, ground.blobs, stored.content_hash, lambda: ground.blobs.put_file(finished))
            service.keep_audio(session, ground.clock, plan, audio)
            payment.capture(session, Assembling(audio.duration_ms))

        with forgotten_on_failure(ground.database, ground.blobs, [stored.content_hash]):
            run_unit(ground.database, save)


def _tags(episode: EpisodeFacts, show: ShowFacts, assembly: Assembly, cover: bytes) -> Tags:
    return Tags(
        title=episode.title,
        artist=show.author,
        album=show.title,
        track=episode.number,
        # The day the episode was begun: a day of publishing is not known yet, and today would make every retry new.
        date=episode.created_at.date().isoformat(),
        comment=episode.notes,
        chapters=_chapter_tags(assembly.chapters, assembly.layout.duration_ms),
        cover=cover,
    )


def _chapter_tags(chapters: Sequence[Chapter], duration_ms: int) -> tuple[ChapterTag, ...]:
    """Chapters with their ends, which the tag needs: each lasts until the next begins."""
    starts_ms = [*(chapter.start_ms for chapter in chapters[1:]), duration_ms]
    return tuple(
        ChapterTag(chapter.start_ms, chapter.end_ms or next_ms, chapter.title, url=chapter.url)
        for chapter, next_ms in zip(chapters, starts_ms, strict=True)
        if chapter.start_ms < (chapter.end_ms or next_ms)
    )
