"""What the clean-up proposes in speech of which everything is known: recall, false cuts, timing.

The local voice says sentences; mistakes are followed by "flubber" and the sentence again, hesitations ("um", "uh") and
long pauses stand at known instants, put together sample by sample. The real recogniser hears it, the real rules
propose. Exits with 1 when flubber or pause recall falls below 90 %, when anything would be cut
automatically that should stay, or when filler suggestions fall below what was reached when this was written.

An edge's error is its distance from where it may rightly lie: anywhere in the silence before a mistake or around a
hesitation, at exactly one place for the end of a flubber cut (keyword and tail) and for both ends of a pause's middle.
"""

import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from donecast.core.proposals import CleanupRules, Proposal, ProposalKind, propose
from donecast.core.span import Span
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.transcriber import FLUBBER
from donecast.speech.voice_activity import pauses
from tests.support.spoken_scene import SpokenScene

DURATION = "2 minutes"
VOICES = ("slt", "rms", "awb", "kal16")
RECALL_MIN = 0.9
FILLER_RECALL_MIN = 0.15
"""The built-in recogniser does not report fillers; only lonely ones that sound like no word are suggested."""
OVERLAP_MIN = 0.5
"""A proposal and the truth are the same thing when they share this much of both together."""
SLACK_MS = 50
"""A cut may touch this much of what stays before it counts as harm."""

_SENTENCES = (
    "The market opens at nine every morning.",
    "We drove along the river for an hour.",
    "My sister bought a garden near the lake.",
    "There were seven people at the table.",
    "The weather in the mountains was very cold.",
    "Our next guest wrote a book about trains.",
    "The city council will vote on the plan tomorrow.",
    "Nobody remembered the name of the old teacher.",
)
_PAUSES_MS = (2_000, 2_600, 3_300, 4_000)
_FILLERS = ("um.", "uh.", "um.", "uh.")
_BREATH_MS = 450


@dataclass(frozen=True)
class Planted:
    """Something that should go, and where each end of a right cut may lie (first and last right instant)."""

    kind: ProposalKind
    ideal: Span
    starts_ms: tuple[int, int]
    ends_ms: tuple[int, int]

    def start_error_ms(self, span: Span) -> int:
        """How far the start lies outside its right range; negative when early."""
        return _beyond(span.start_ms, self.starts_ms)

    def end_error_ms(self, span: Span) -> int:
        """How far the end lies outside its right range; negative when early."""
        return _beyond(span.end_ms, self.ends_ms)

    def covers(self, span: Span) -> bool:
        """Whether cutting ``span`` would harm nothing that should stay."""
        return span.start_ms >= self.starts_ms[0] - SLACK_MS and span.end_ms <= self.ends_ms[1] + SLACK_MS


def _beyond(instant_ms: int, right_ms: tuple[int, int]) -> int:
    return min(0, instant_ms - right_ms[0]) + max(0, instant_ms - right_ms[1])


@dataclass
class Score:
    """What came of one kind."""

    planted: int = 0
    matched: int = 0
    automatic: int = 0
    false_cuts: int = 0
    false_suggestions: int = 0
    start_errors_ms: list[int] = field(default_factory=list)
    end_errors_ms: list[int] = field(default_factory=list)


def build(folder: Path, voice: str, rules: CleanupRules) -> tuple[Path, int, list[Planted]]:
    """One voice's recording, its length, and everything planted in it."""
    scene = SpokenScene(folder, voice)
    planted: list[Planted] = []
    silence = scene.rest(800)
    for number, sentence in enumerate(_SENTENCES):
        if number % 2 == 0:
            planted.append(_flubber(scene, sentence, silence, rules))
        else:
            _hesitant(scene, sentence, _FILLERS[number // 2], planted)
        if number % 2 == 1:
            silence = scene.rest(_PAUSES_MS[number // 2])
            planted.append(_long_pause(silence, rules))
        else:
            scene.rest(700)
    scene.say("Thank you for listening.")
    scene.rest(600)
    return scene.write(f"{voice}.wav"), scene.duration_ms, planted


def _flubber(scene: SpokenScene, sentence: str, silence: Span, rules: CleanupRules) -> Planted:
    """A sentence that goes wrong after a silence, the keyword, and the sentence again."""
    wrong = scene.say(sentence)
    scene.rest(600)
    keyword = scene.say("flubber.")
    scene.rest(600)
    scene.say(sentence)
    end_ms = keyword.end_ms + rules.flubber_tail_ms
    return Planted("flubber", Span(wrong.start_ms, end_ms), (silence.start_ms, wrong.start_ms), (end_ms, end_ms))


def _hesitant(scene: SpokenScene, sentence: str, filler: str, planted: list[Planted]) -> None:
    """A sentence with a hesitation in its middle."""
    words = sentence.split()
    scene.say(" ".join(words[:3]))
    before = scene.rest(_BREATH_MS)
    said = scene.say(filler)
    after = scene.rest(_BREATH_MS)
    scene.say(" ".join(words[3:]))
    planted.append(Planted("filler", said, (before.start_ms, said.start_ms), (said.end_ms, after.end_ms)))


def _long_pause(pause: Span, rules: CleanupRules) -> Planted:
    """Shortened to the target, half of which stays on each side."""
    half_ms = rules.pause_ms_target // 2
    ideal = Span(pause.start_ms + half_ms, pause.end_ms - half_ms)
    return Planted("long_pause", ideal, (ideal.start_ms,) * 2, (ideal.end_ms,) * 2)


def matches(proposal: Proposal, planted: Planted) -> bool:
    """Whether the proposal is this planted thing: same kind and mostly the same time."""
    shared = proposal.span.clipped(planted.ideal)
    if proposal.kind != planted.kind or shared is None:
        return False
    together = max(proposal.span.end_ms, planted.ideal.end_ms) - min(proposal.span.start_ms, planted.ideal.start_ms)
    alike = shared.duration_ms >= OVERLAP_MIN * together
    return alike or (planted.kind == "filler" and planted.covers(proposal.span))


def score(proposals: Sequence[Proposal], planted: Sequence[Planted], scores: dict[str, Score]) -> None:
    """Adds one recording's outcome to the scores."""
    for truth in planted:
        kind = scores[truth.kind]
        kind.planted += 1
        found = next((proposal for proposal in proposals if matches(proposal, truth)), None)
        if found is not None:
            kind.matched += 1
            kind.automatic += found.automatic
            kind.start_errors_ms.append(truth.start_error_ms(found.span))
            kind.end_errors_ms.append(truth.end_error_ms(found.span))
    for proposal in proposals:
        if any(matches(proposal, truth) or truth.covers(proposal.span) for truth in planted):
            continue
        kind = scores.setdefault(proposal.kind, Score())
        kind.false_cuts += proposal.automatic
        kind.false_suggestions += not proposal.automatic
        print(f"  not planted: {proposal}")


def _percentile(values: Sequence[int], share: float) -> str:
    ordered = sorted(abs(value) for value in values)
    return str(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else "-"


def report(scores: dict[str, Score]) -> None:
    """One line for each kind."""
    print(f"{'kind':<12}{'planted':>8}{'matched':>8}{'auto':>6}{'false':>7}{'false':>9}  start error ms   end error ms")
    print(f"{'':<12}{'':>8}{'':>8}{'':>6}{'cuts':>7}{'suggest.':>9}  median   p90     median   p90")
    for kind, found in scores.items():
        errors = [
            _percentile(values, at) for values in (found.start_errors_ms, found.end_errors_ms) for at in (0.5, 0.9)
        ]
        print(
            f"{kind:<12}{found.planted:>8}{found.matched:>8}{found.automatic:>6}{found.false_cuts:>7}"
            f"{found.false_suggestions:>9}  {errors[0]:>6} {errors[1]:>5}     {errors[2]:>6} {errors[3]:>5}"
        )


def main(arguments: Sequence[str] = ()) -> int:
    del arguments
    rules = CleanupRules()
    transcriber = PocketSphinxTranscriber()
    scores: dict[str, Score] = {"flubber": Score(), "long_pause": Score(), "filler": Score()}
    with tempfile.TemporaryDirectory() as folder:
        for voice in VOICES:
            feed, duration_ms, planted = build(Path(folder), voice, rules)
            silence = pauses(feed)
            heard = transcriber.transcribe(feed, duration_ms=duration_ms, markers={"flubber": FLUBBER}, pauses=silence)
            proposals = propose(heard, silence, rules)
            print(f"{voice}: {duration_ms / 1000:.1f} s, {len(planted)} planted, {len(proposals)} proposed")
            score(proposals, planted, scores)
    print()
    report(scores)
    flubber, pause, filler = scores["flubber"], scores["long_pause"], scores["filler"]
    false_cuts = sum(found.false_cuts for found in scores.values())
    errors_ms = [abs(error) for found in scores.values() for error in (*found.start_errors_ms, *found.end_errors_ms)]
    print(
        f"L7: flubber recall {flubber.matched}/{flubber.planted}, pause recall {pause.matched}/{pause.planted}, "
        f"filler recall {filler.matched}/{filler.planted}, false cuts {false_cuts}, "
        f"timing median {statistics.median(errors_ms) if errors_ms else float('nan'):.0f} ms"
    )
    enough = (
        flubber.matched >= RECALL_MIN * flubber.planted
        and pause.matched >= RECALL_MIN * pause.planted
        and filler.matched >= FILLER_RECALL_MIN * filler.planted
    )
    return 0 if enough and false_cuts == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
