"""``donecast polish``: one recording's long pauses and loudness put right, by its sound alone.

Nothing is written out, spoken or stored: a look at the sound, the cuts that follow from it, a render. It is the same
analysis, the same proposals and the same engine as in the whole line.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from donecast.core.assembly import RECORDING, SourceFacts, assemble, to_render_plan
from donecast.core.delivery import Delivery
from donecast.core.plan import Codec, RenderPlan
from donecast.core.proposals import CleanupRules, Proposal, long_pauses
from donecast.core.ready_templates import RECORDING_ALONE
from donecast.core.span import Span
from donecast.core.timeline import from_cuts
from donecast.engine.analysis import AudioFacts, analyse
from donecast.engine.limits import EngineLimits
from donecast.engine.render import RenderResult, render
from donecast.engine.tags import Tags, write_tags
from donecast.entry.bar import Bar
from donecast.entry.named_files import require_apart, require_files
from donecast.entry.results import OutputRefused
from donecast.entry.talk_words import clock
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.temporary import folder_among_others

CODECS: Mapping[str, Codec] = {".mp3": "mp3", ".m4a": "aac", ".wav": "wav"}
"""What is written, by the ending of the name."""
_RATES = (48_000, 44_100)
_LISTENING, _WRITING = "Listening for pauses and loudness", "Writing the finished file"


class PauseLengthsRefused(DonecastError):
    """The lengths of pauses do not go together."""

    code = "pause_lengths_refused"
    kind = ErrorKind.INVALID
    message = "A pause cannot become longer than it was."
    action = "Give lengths in seconds, such as --pause-over 1.8 --pause-to 0.6."


class LoudnessRefused(DonecastError):
    """Nobody could listen to this, or no ceiling lets it be reached."""

    code = "loudness_refused"
    kind = ErrorKind.INVALID
    message = "This loudness is not one to listen to."
    action = "Choose between -40 and -8 LUFS; podcasts have -16 in stereo and -19 in mono."


class PolishRefused(OutputRefused):
    """The polished file cannot be written where it shall go."""

    action = "Name a file that ends in .mp3, .m4a or .wav, in a folder that exists and that you may write to."


_LUFS_MIN, _LUFS_MAX = -40.0, -8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolishWish:
    """What the command line asked for.

    ``rules`` say which pauses become how long; None keeps them all. ``lufs`` None is the usual loudness for the number
    of channels.
    """

    recording: Path
    out: Path
    rules: CleanupRules | None
    lufs: float | None = None


def pause_rules(over_seconds: float, to_seconds: float) -> CleanupRules:
    """Pauses over so many seconds become so many. Raises PauseLengthsRefused."""
    if not 0 <= to_seconds <= over_seconds:
        raise PauseLengthsRefused
    if not math.isfinite(1000 * over_seconds):
        raise PauseLengthsRefused("No pause is endless.")
    return replace(CleanupRules(), pause_ms_max=round(1000 * over_seconds), pause_ms_target=round(1000 * to_seconds))


def polish(wish: PolishWish, limits: EngineLimits, usual: Delivery, bar: Bar) -> dict[str, Any]:
    """Writes the polished recording; answers what was done as JSON values. ``usual`` is what episodes usually are.

    Raises NoSuchFile, OutputOverInput, PolishRefused, LoudnessRefused, and the engine's errors. The file appears only
    when all is well.
    """
    require_files([wish.recording])
    codec = CODECS.get(wish.out.suffix.lower())
    if codec is None or not wish.out.absolute().parent.is_dir():
        raise PolishRefused
    require_apart([wish.out], [wish.recording])
    if wish.lufs is not None and not _LUFS_MIN <= wish.lufs <= _LUFS_MAX:
        raise LoudnessRefused
    with _folder_beside(wish.out) as folder:
        analysis = analyse(
            wish.recording, folder, limits=limits, on_progress=lambda percent: bar.tell(_LISTENING, percent)
        )
        found = pauses_to_shorten(analysis.facts, wish.rules)
        plan = polished_plan(analysis.facts, [one.span for one in found], _delivery(usual, codec, wish.lufs))
        finished = folder / f"finished{wish.out.suffix.lower()}"
        result = render(
            plan,
            {RECORDING: wish.recording},
            finished,
            limits=limits,
            on_progress=lambda percent: bar.tell(_WRITING, percent),
        )
        if codec != "wav":
            write_tags(finished, finished, Tags(title=wish.out.stem))
        _move(finished, wish.out)
    return _facts(wish, analysis.facts, found, plan, result)


def pauses_to_shorten(facts: AudioFacts, rules: CleanupRules | None) -> list[Proposal]:
    """What `core.proposals.long_pauses` makes of the silences that the analysis heard; nothing without rules."""
    return long_pauses([Span(start, end) for start, end in facts.silences_ms], rules) if rules else []


def _delivery(usual: Delivery, codec: Codec, lufs: float | None) -> Delivery:
    wanted = replace(usual, codec=codec, vbr_quality=usual.vbr_quality if codec == "mp3" else None)
    return wanted if lufs is None else replace(wanted, lufs_stereo=lufs, lufs_mono=lufs)


def polished_plan(facts: AudioFacts, cuts: list[Span], delivery: Delivery) -> RenderPlan:
    """The recording alone without its cuts, on as many channels as it has, at its own rate where the codecs have it.

    Nothing of it is kept, so the plan calls its one source by a name and not by a hash. Raises NothingLeft.
    """
    rate = next((rate for rate in _RATES if facts.sample_rate % rate == 0), _RATES[-1])
    sources = {RECORDING: SourceFacts(RECORDING, facts.duration_ms, facts.loudness_lufs, facts.channels)}
    episode = assemble(RECORDING_ALONE, from_cuts(facts.duration_ms, cuts), sources)
    return to_render_plan(episode, replace(delivery, sample_rate=rate, channels=facts.channels))


@contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    """On the disk of the finished file, which then is only moved; what was left by one that was killed goes first."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(folder_among_others(out.absolute().parent, ".donecast-polish-"))
        except OSError as error:
            raise PolishRefused from error
        yield folder


def _move(finished: Path, out: Path) -> None:
    try:
        finished.replace(out)
    except OSError as error:
        raise PolishRefused(f"The file {out} cannot be written there: {error.strerror}.") from error


def _facts(
    wish: PolishWish, facts: AudioFacts, found: list[Proposal], plan: RenderPlan, result: RenderResult
) -> dict[str, Any]:
    return {
        "recording_duration_ms": facts.duration_ms,
        "recording_loudness_lufs": facts.loudness_lufs,
        "recording_true_peak_dbtp": facts.true_peak_dbtp,
        "target_lufs": plan.loudness.lufs,
        **asdict(result),
        "cuts": [{"start_ms": one.span.start_ms, "end_ms": one.span.end_ms, "reason": one.reason} for one in found],
        "file": str(wish.out),
    }


def polished_in_words(result: Mapping[str, Any]) -> str:
    """The answer of `polish` for people."""
    loudness = result["loudness_lufs"]
    level = "too short to have a loudness" if loudness is None else f"{loudness:.1f} LUFS"
    return "\n".join(
        [
            f"{result['file']}: {clock(result['recording_duration_ms'])} -> {clock(result['duration_ms'])}",
            *(f"  cut {clock(cut['start_ms'])} to {clock(cut['end_ms'])}  {cut['reason']}" for cut in result["cuts"]),
            *(() if result["cuts"] else ("  nothing was cut",)),
            f"Loudness {level} (target {result['target_lufs']:g}), true peak {result['true_peak_dbtp']:.1f} dBTP",
        ]
    )
