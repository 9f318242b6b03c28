"""``donecast produce``: the whole line on one recording, without a server, in a folder that vanishes afterwards.

It is the same line, the same rows and the same steps as behind the web; only the memory of a durable engine is
missing, for there is nothing to come back to.
"""

import json
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.accounts.rules import Account
from donecast.core.chapters import chapters_json
from donecast.core.operations import Cut
from donecast.core.plan import Treatment
from donecast.edits import service as edits
from donecast.engine.tracks import JoinedTracks, join_tracks
from donecast.entry.bar import Bar
from donecast.entry.named_files import require_apart, require_files
from donecast.entry.results import CODED, OutputRefused, coded_by_name, write_all
from donecast.entry.talk_words import clock, joined_facts, tracks_in_words
from donecast.entry.wiring import lay_ground, open_workshop
from donecast.episodes import service as episodes
from donecast.episodes.rules import CaptionFormat, EpisodeDraft
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.durable import InlineRunner
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.temporary import folder_among_others
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import service as production
from donecast.production.line import Line
from donecast.recordings import service as recordings
from donecast.recordings.examination import engine_limits
from donecast.shows import service as shows
from donecast.shows.rules import ShowDraft
from donecast.speech.track_speakers import TrackSpeakers

_LINING_UP = "Lining up the tracks"
_CAPTION_KINDS: tuple[CaptionFormat, ...] = ("vtt", "srt", "json", "txt")


class NoSuchTemplateName(DonecastError):
    """There is no ready template of this name."""

    code = "no_such_template_name"
    kind = ErrorKind.NOT_FOUND
    message = "There is no template of this name."
    action = 'Use "Just me" or "Interview".'


class TranscriptNotText(DonecastError):
    """The transcript's bytes are not UTF-8."""

    code = "transcript_not_text"
    kind = ErrorKind.INVALID
    message = "The transcript file cannot be read as text."
    action = "Save it as plain text in UTF-8 and try again."


class EpisodeUnfinished(DonecastError):
    """The line said done, but there is no audio."""

    code = "episode_unfinished"
    message = "The episode was not finished."
    action = "Please report this; your recording is unchanged."


@dataclass(frozen=True, slots=True)
class ProduceWish:
    """What the command line asked for.

    Several recordings are the tracks of one talk, one for each person; ``together``: they began at the same moment;
    ``stereo``: their voices stand a little apart.
    """

    recordings: tuple[Path, ...]
    together: bool
    stereo: bool
    out: Path
    template: str
    show: str
    title: str | None
    transcript: Path | None
    treatment: Treatment


def produce(wish: ProduceWish, *, as_json: bool) -> int:
    """Makes the episode, writes it and its texts, prints what was done; 0 when all went well."""
    _refuse_early(wish)
    with folder_among_others(Path(tempfile.gettempdir()), "donecast-produce-") as folder:
        ground = _private_ground(folder, wish.out)
        try:
            return _produce(ground, wish, as_json=as_json)
        finally:
            ground.database.dispose()


def _refuse_early(wish: ProduceWish) -> None:
    brought = [*wish.recordings, *([wish.transcript] if wish.transcript else [])]
    require_files(brought)
    if wish.out.suffix.lower() not in CODED or not wish.out.absolute().parent.is_dir():
        raise OutputRefused
    require_apart([wish.out, _chapters_path(wish.out), *_caption_paths(wish.out).values()], brought)


def _caption_paths(out: Path) -> dict[CaptionFormat, Path]:
    return {kind: out.with_suffix(f".{kind}") for kind in _CAPTION_KINDS}


def _chapters_path(out: Path) -> Path:
    return out.with_suffix(".chapters.json")


def _private_ground(folder: Path, out: Path) -> Ground:
    settings = load_settings(
        {
            "data": folder / "data",
            "speech_models": str(load_settings(coded_by_name(out)).speech_models),
            "database_url": "",
            "storage_url": "",
            "log_level": "ERROR",
            "kill_at": "",
            **coded_by_name(out),
        }
    )
    configure_logs(settings.server)
    ground = lay_ground(settings, "worker")
    ground.database.migrate()
    return ground


def _produce(ground: Ground, wish: ProduceWish, *, as_json: bool) -> int:
    account = accounts.register(
        ground.database,
        ground.settings.accounts,
        ground.clock,
        email="me@example.com",
        password=secrets.token_urlsafe(16),
        name="",
        role="user",
    )
    bar, workshop = Bar(sys.stderr), open_workshop(ground)
    with _one_recording(ground, wish, bar) as (recording, joined):
        operation_id, episode_id = _order(ground, account, wish, recording)
    if joined is not None:
        names = [path.stem for path in wish.recordings]
        workshop = replace(workshop, transcriber=TrackSpeakers(workshop.transcriber, joined.spans, names))
    Line(workshop, on_change=bar.show).produce(InlineRunner(), operation_id)
    with ground.database.reading() as session:
        operation = production.view(session, account.id, operation_id)
    bar.end("Done" if operation.state == "done" else "Stopped")
    if operation.state != "done":
        error = operation.error or {}
        print(f"{error.get('message')}\n{error.get('action')}", file=sys.stderr)
        return 1
    result = _write_results(ground, account, episode_id, wish.out)
    if joined is not None:
        result |= joined_facts(joined)
    print(json.dumps(result, indent=2) if as_json else _in_words(result))
    return 0


@contextmanager
def _one_recording(ground: Ground, wish: ProduceWish, bar: Bar) -> Iterator[tuple[Path, JoinedTracks | None]]:
    """The recording to take in; several tracks are joined first, into a file that vanishes with the block."""
    first, *others = wish.recordings
    if not others:
        yield first, None
        return
    with ground.temporary.folder("tracks") as folder:
        bar.tell(_LINING_UP, None)
        joined = join_tracks(
            wish.recordings,
            folder / f"{first.stem}.flac",
            limits=engine_limits(ground.settings.limits),
            together=wish.together,
            stereo=wish.stereo,
            on_progress=lambda percent: bar.tell(_LINING_UP, percent),
        )
        yield joined.path, joined


def _order(ground: Ground, account: Account, wish: ProduceWish, recording: Path) -> tuple[str, str]:
    show = shows.create_show(ground, account, _show_draft(wish))
    media = recordings.add_file(ground, account.id, recording, filename=recording.name, category="recording", name="")
    with ground.database.reading() as session:
        templates = {
            template.name.casefold(): template for template in shows.templates_of(session, account.id, show.id)
        }
    template = templates.get(wish.template.casefold())
    if template is None:
        raise NoSuchTemplateName(f"There is no template “{wish.template}”.")
    draft = EpisodeDraft(
        show_id=show.id,
        recording_id=media.id,
        template_id=template.id,
        title=wish.title,
        transcript=_text_of(wish.transcript) if wish.transcript else None,
    )

    def order(session: Session) -> tuple[str, str]:
        episode = episodes.create(session, ground, account.id, draft)
        operation_id = production.order(
            session,
            ground.clock,
            account_id=account.id,
            episode_id=episode.id,
            until="ready",
            publish_when="not_yet",
            request_id=None,
        )
        return operation_id, episode.id

    return run_unit(ground.database, order)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TranscriptNotText(f"The transcript file {path} cannot be read as text.") from error


def _show_draft(wish: ProduceWish) -> ShowDraft:
    title = wish.show
    return ShowDraft(
        title=title,
        description=title,
        language="en",
        category="Society & Culture",
        subcategory=None,
        author=title,
        owner_name=title,
        owner_email="me@example.com",
        explicit=False,
        kind="episodic",
        website=None,
        copyright=None,
        locked=False,
        time_zone="UTC",
        slot=None,
        noise_reduction=wish.treatment.noise_reduction,
        levelling=wish.treatment.levelling,
        de_essing=wish.treatment.de_essing,
    )


def _write_results(ground: Ground, account: Account, episode_id: str, out: Path) -> dict[str, Any]:
    """Writes audio, words and chapters beside each other; answers everything worth knowing as JSON values."""
    texts, chapters_path = _caption_paths(out), _chapters_path(out)
    with ground.database.reading() as session:
        episode = episodes.episode_of(session, account.id, episode_id)
        recording = recordings.media_of(session, account.id, episode.recording_id)
        rendition, made = episode.rendition, episodes.assembly_of(session, episode_id)
        if rendition is None or made is None:
            raise EpisodeUnfinished
        plan = episodes.render_plan(session, made.plan_digest)
        edit_list = edits.edit_list_of(session, episode_id, recording.duration_ms)
        heard = episodes.heard(session, episode).transcript if episode.transcript else None
        words = {path: [episodes.captions(session, episode, kind).encode()] for kind, path in texts.items()}
        chapters = json.dumps(chapters_json(episodes.chapters(session, episode)), indent=2)
    audio = ground.blobs.stream(rendition.content_hash, 0, rendition.length_bytes)
    write_all({**words, out: audio, chapters_path: [chapters.encode()]})
    return {
        "title": episode.title,
        "recording_duration_ms": recording.duration_ms,
        "duration_ms": rendition.duration_ms,
        "frames": plan.frames,
        "sample_rate": plan.output.sample_rate,
        "target_lufs": plan.loudness.lufs,
        "loudness_lufs": rendition.loudness_lufs,
        "true_peak_dbtp": rendition.true_peak_dbtp,
        "transcript": {"engine": heard.engine, "quality": heard.quality, "fillers": heard.fillers} if heard else None,
        "cuts": [
            {"start_ms": cut.span.start_ms, "end_ms": cut.span.end_ms, "reason": cut.reason}
            for cut in edit_list.operations
            if isinstance(cut, Cut)
        ],
        "spoken": [
            {"text": part.text, "start_ms": part.start_ms, "end_ms": part.end_ms} for part in made.layout.spoken
        ],
        "files": {
            "audio": str(out),
            **{kind: str(path) for kind, path in texts.items()},
            "chapters": str(chapters_path),
        },
    }


def _in_words(result: Mapping[str, Any]) -> str:
    lines = [f"{result['title']}: {clock(result['recording_duration_ms'])} -> {clock(result['duration_ms'])}"]
    lines += tracks_in_words(result["tracks"]) if "tracks" in result else []
    lines += [
        f"  cut {clock(cut['start_ms'])} to {clock(cut['end_ms'])}  {cut['reason']}" for cut in result["cuts"]
    ] or ["  nothing was cut"]
    lines.append(
        f"Loudness {result['loudness_lufs']:.1f} LUFS (target {result['target_lufs']:g}), "
        f"true peak {result['true_peak_dbtp']:.1f} dBTP"
    )
    if result["transcript"] and result["transcript"]["quality"] == "basic":
        lines.append("The words are an approximate transcript; read them before you show them to anyone.")
    if result["transcript"] and result["transcript"]["fillers"] == "left_out":
        lines.append("What wrote the words leaves out “um” and “uh”, so none of these was found or cut.")
    lines += [f"  {kind:9} {path}" for kind, path in result["files"].items()]
    return "\n".join(lines)
