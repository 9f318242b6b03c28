"""Everything that clean-up finds, as proposals. Finding never cuts: a person, or their standing choice, decides.

Six finders, one kind each: flubbers, fillers, long pauses, repeats, words to be covered, words that call a sound.
``automatic`` says that a finding is sure enough for a standing choice to act on; the others are suggestions and wait
for a person.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from donecast.core.censor import find_censored
from donecast.core.cleanup_rules import FILLER_PHRASES, FILLERS, MEANT_TWICE, CleanupRules, Cover
from donecast.core.flubber import find_flubbers
from donecast.core.intern import find_interns
from donecast.core.likeness import normalised
from donecast.core.retake import Retake
from donecast.core.sound_cues import CueClip, CueSound, SoundCue, find_sound_cues
from donecast.core.span import Span
from donecast.core.words import Transcript, Word

__all__ = ["CleanupRules", "Proposal", "ProposalKind", "long_pauses", "proposal_key", "propose"]

ProposalKind = Literal["flubber", "filler", "long_pause", "repeat", "censor", "sound_cue"]

# Where two findings cover the very same time, the one that says more about why stays.
_PRECEDENCE: dict[ProposalKind, int] = {
    "sound_cue": 0,
    "flubber": 1,
    "filler": 2,
    "repeat": 3,
    "long_pause": 4,
    "censor": 5,
}
_REPEAT_WORDS_MAX = 3
_SPEECH_CONFIDENCE_MIN = 0.5


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch that could go: where, why in plain words, how sure (0 to 1), and whether that is sure enough to act.

    ``cover`` is what is heard in its place, for as long as it lasts, and ``sound`` one of the show's sounds that is
    heard instead; it goes when both are None.
    """

    kind: ProposalKind
    span: Span
    reason: str
    confidence: float
    automatic: bool
    cover: Cover | None = None
    sound: CueSound | None = None

    @property
    def instead(self) -> Cover | CueSound | None:
        """What is heard in its place; None when it goes."""
        return self.sound or self.cover

    @property
    def lacks_its_sound(self) -> bool:
        """Whether a sound should be heard here that is not in the library any more: the words stay in then."""
        return self.kind == "sound_cue" and self.sound is None


def proposal_key(proposal: Proposal) -> str:
    """The proposal's id within its recording: proposing again gives the same id, so decisions stay attached."""
    text = f"{proposal.kind}:{proposal.span.start_ms}:{proposal.span.end_ms}"
    return f"prop_{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def propose(
    transcript: Transcript,
    pauses: Sequence[Span],
    rules: CleanupRules,
    retakes: Sequence[Retake] = (),
    *,
    cues: Sequence[SoundCue] = (),
    clips: Mapping[str, CueClip] | None = None,
) -> tuple[Proposal, ...]:
    """All proposals for one recording, sorted by time; one that lies wholly inside another is left out.

    ``pauses`` come from voice activity: gaps between recognised words may hold speech that nobody recognised.
    ``retakes`` come from the sound as well. ``cues`` are the words of the show that call a sound, and ``clips`` those
    of their files that are there, by id.
    """
    pauses = sorted(pauses)
    words = [word for word in transcript.words if word.kind != "event"]
    good_words = transcript.quality != "basic"
    flubbers = _flubbers(words, pauses, rules, retakes)
    found = [
        *flubbers,
        *_fillers(words, pauses, rules),
        *_repeats(words, rules),
        *long_pauses(pauses, rules, words),
        *_censored(words, rules, sure=good_words),
        *_sound_cues(words, pauses, rules, flubbers, cues, clips or {}, good_words=good_words),
    ]
    whole = Span(0, transcript.duration_ms) if transcript.duration_ms > 0 else None
    inside = []
    for proposal in found:
        span = proposal.span.clipped(whole) if whole else None
        if span is not None:
            inside.append(replace(proposal, span=span, confidence=round(proposal.confidence, 3)))
    return _without_nested(inside)


def _flubbers(
    words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules, retakes: Sequence[Retake]
) -> list[Proposal]:
    strength = {"retake": 0.95, "possible_retake": 0.75, "sentence": 0.8, "pause": 0.75, "fallback": 0.6}
    return [
        Proposal(
            kind="flubber",
            span=cut.span,
            reason=cut.reason(rules.flubber_keyword),
            confidence=strength[cut.beginning] if cut.sure else strength[cut.beginning] * cut.likeness / 2,
            automatic=cut.sure,
        )
        for cut in find_flubbers(words, pauses, rules, retakes)
    ]


def _fillers(words: Sequence[Word], pauses: Sequence[Span], rules: CleanupRules) -> list[Proposal]:
    """Filler words; runs of them ("um, uh") become one proposal. Phrases like "you know" only between pauses."""
    proposals: list[Proposal] = []
    index = 0
    while index < len(words):
        length = _filler_length(words, index, pauses, rules)
        if length == 0:
            index += 1
            continue
        run = words[index : index + length]
        reported = all(word.kind == "filler" for word in run)
        text = " ".join(word.text.strip(" ,.;:!?…") for word in run)
        span = _filler_span(words, index, index + length, pauses, rules)
        confidences = [word.confidence for word in run if word.confidence is not None]
        proposals.append(
            Proposal(
                kind="filler",
                span=span,
                reason=f'Filler: "{text}"' if reported else f'Sounds like a filler: "{text}"',
                confidence=min(confidences, default=0.9 if reported else 0.5),
                automatic=reported,
            )
        )
        index += length
    return proposals


def _filler_length(words: Sequence[Word], index: int, pauses: Sequence[Span], rules: CleanupRules) -> int:
    """How many words from ``index`` on make one filler finding; 0 when none."""
    length = 0
    while index + length < len(words) and _is_filler(words[index + length]):
        if length and words[index + length].kind != words[index].kind:
            break
        if length and words[index + length].start_ms - words[index + length - 1].end_ms > rules.restart_pause_ms_min:
            break
        length += 1
    if length:
        return length
    for phrase in FILLER_PHRASES:
        run = words[index : index + len(phrase)]
        if tuple(normalised(word.text) for word in run) == phrase and all(word.kind == "word" for word in run):
            before = words[index - 1] if index else None
            after = words[index + len(phrase)] if index + len(phrase) < len(words) else None
            if _flanked(Span(run[0].start_ms, run[-1].end_ms), before, after, pauses, rules):
                return len(phrase)
    return 0


def _is_filler(word: Word) -> bool:
    return word.kind == "filler" or (word.kind == "word" and normalised(word.text) in FILLERS)


def _flanked(span: Span, before: Word | None, after: Word | None, pauses: Sequence[Span], rules: CleanupRules) -> bool:
    """Whether there is a pause on both sides, in the words' times or in the voice activity."""
    gap_ms = rules.filler_pause_ms_min
    quiet_before = before is None or span.start_ms - before.end_ms >= gap_ms
    quiet_after = after is None or after.start_ms - span.end_ms >= gap_ms
    for pause in pauses:
        quiet_before = quiet_before or abs(pause.end_ms - span.start_ms) < gap_ms
        quiet_after = quiet_after or abs(pause.start_ms - span.end_ms) < gap_ms
    return quiet_before and quiet_after


def _filler_span(words: Sequence[Word], start: int, end: int, pauses: Sequence[Span], rules: CleanupRules) -> Span:
    """The filler itself, and of measured silence around it whatever exceeds a breath on either side."""
    start_ms, end_ms = words[start].start_ms, max(word.end_ms for word in words[start:end])
    floor_ms = words[start - 1].end_ms if start else 0
    ceiling_ms = words[end].start_ms if end < len(words) else None
    start_ms = max(start_ms, min(floor_ms, end_ms - 1))
    end_ms = end_ms if ceiling_ms is None else min(end_ms, max(ceiling_ms, start_ms + 1))
    from_ms, to_ms = start_ms, end_ms
    for pause in pauses:
        if pause.start_ms < start_ms <= pause.end_ms + rules.filler_pause_ms_min:
            from_ms = max(floor_ms, min(start_ms, pause.start_ms + rules.breath_ms_max))
        if pause.start_ms - rules.filler_pause_ms_min <= end_ms < pause.end_ms:
            to_ms = max(end_ms, pause.end_ms - rules.breath_ms_max)
            to_ms = to_ms if ceiling_ms is None else min(to_ms, max(ceiling_ms, end_ms))
    return Span(min(from_ms, start_ms), max(to_ms, end_ms))


def long_pauses(pauses: Sequence[Span], rules: CleanupRules, words: Sequence[Word] = ()) -> list[Proposal]:
    """Pauses over the limit, shortened to the target by taking out their middle; in the order of the pauses.

    They may come from voice activity or from the sound's level alone. Where words are known, one that was heard with
    confidence inside makes a finding doubtful.
    """
    proposals = []
    for pause in pauses:
        if pause.duration_ms <= rules.pause_ms_max:
            continue
        removed_ms = min(
            pause.duration_ms - rules.pause_ms_target, int(pause.duration_ms * rules.pause_removed_share_max)
        )
        if removed_ms <= 0:
            continue
        left_ms = pause.duration_ms - removed_ms
        start_ms = pause.start_ms + left_ms // 2
        span = Span(start_ms, start_ms + removed_ms)
        doubtful = any(
            word.span.overlaps(span) and (word.confidence or 0.0) >= _SPEECH_CONFIDENCE_MIN for word in words
        )
        proposals.append(
            Proposal(
                kind="long_pause",
                span=span,
                reason=f"A pause of {_seconds(pause.duration_ms)} becomes {_seconds(left_ms)}",
                confidence=0.5 if doubtful else 0.95,
                automatic=not doubtful,
            )
        )
    return proposals


def _repeats(words: Sequence[Word], rules: CleanupRules) -> list[Proposal]:
    """One to three words said twice or more in a row by one speaker: all but the last saying may go."""
    spoken = [word for word in words if word.kind != "filler" and normalised(word.text)]
    texts = [normalised(word.text) for word in spoken]
    proposals: list[Proposal] = []
    index = 0
    while index < len(spoken):
        length = _repeat_length(spoken, texts, index, rules)
        if length == 0:
            index += 1
            continue
        again = index + length
        while _repeat_length(spoken, texts, again, rules) == length and texts[again] == texts[index]:
            again += length
        text = " ".join(word.text.strip(" ,.;:!?…") for word in spoken[index : index + length])
        if spoken[again].start_ms > spoken[index].start_ms:
            span = Span(spoken[index].start_ms, spoken[again].start_ms)
            proposals.append(Proposal("repeat", span, f'Said more than once: "{text}"', 0.6, automatic=False))
        index = again + length
    return proposals


def _repeat_length(spoken: Sequence[Word], texts: Sequence[str], index: int, rules: CleanupRules) -> int:
    for length in range(_REPEAT_WORDS_MAX, 0, -1):
        first, second = texts[index : index + length], texts[index + length : index + 2 * length]
        if first != second or len(set(first)) == 1 < length:
            continue
        if all(text in MEANT_TWICE or text.isdigit() for text in first):
            continue
        run = spoken[index : index + 2 * length]
        gap_ms = run[length].start_ms - run[length - 1].end_ms
        same_speaker = len({word.speaker for word in run}) == 1
        if gap_ms <= rules.repeat_gap_ms_max and same_speaker and all(word.kind == "word" for word in run):
            return length
    return 0


def _censored(words: Sequence[Word], rules: CleanupRules, *, sure: bool) -> list[Proposal]:
    """Words of the show's list; ``sure`` where the words are good enough to act on."""
    return [
        Proposal(
            kind="censor",
            span=one.span,
            reason=f'On your list of words to cover: "{one.text}"',
            confidence=one.confidence if one.confidence is not None else (0.9 if sure else 0.5),
            automatic=sure,
            cover=rules.cover_with,
        )
        for one in find_censored(words, rules)
    ]


def _sound_cues(
    words: Sequence[Word],
    pauses: Sequence[Span],
    rules: CleanupRules,
    flubbers: Sequence[Proposal],
    cues: Sequence[SoundCue],
    clips: Mapping[str, CueClip],
    *,
    good_words: bool,
) -> list[Proposal]:
    """Words that call a sound. Inside what is cut they call nothing, for nothing is heard there; where a mistake takes
    only a part of them, or the intern is asked something in them, they do not act by themselves."""
    found = find_sound_cues(words, pauses, cues, rules, good_words=good_words)
    asked = [one.span for one in find_interns(words, pauses, rules) if one.sure] if found else []
    proposals = []
    for one in found:
        clip = clips.get(one.cue.clip)
        mistakes = [mistake.span for mistake in flubbers if mistake.span.overlaps(one.span)]
        in_request = any(span.overlaps(one.span) for span in asked)
        is_whole = all(_holds(mistake, one.span) for mistake in mistakes)
        acts = one.sure and one.cue.by_itself and clip is not None and is_whole and not in_request
        proposals.append(
            Proposal(
                kind="sound_cue",
                span=one.span,
                reason=one.reason(clip, acts=acts, inside="mistake" if mistakes else "request" if in_request else None),
                confidence=0.95 if one.sure else 0.6 * one.likeness,
                automatic=acts,
                sound=CueSound(one.cue.clip, clip.duration_ms, one.cue.gain_db) if clip else None,
            )
        )
    return proposals


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start_ms <= inner.start_ms and inner.end_ms <= outer.end_ms


def _without_nested(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Sorted, and without those inside another one; a sure finding is not lost to a mere suggestion around it.

    A word to be covered stays and takes nothing away: what is around it may be kept in the end. Words that call a sound
    stay as well.
    """
    ordered = sorted(
        proposals, key=lambda item: (item.span.start_ms, -item.span.end_ms, _PRECEDENCE[item.kind], item.reason)
    )
    kept: list[Proposal] = []
    for proposal in ordered:
        covered = any(
            _holds(other.span, proposal.span) and (other.automatic or not proposal.automatic)
            for other in kept
            if "censor" not in {other.kind, proposal.kind} and proposal.kind != "sound_cue"
        )
        if not covered:
            kept.append(proposal)
    return tuple(kept)


def _seconds(duration_ms: int) -> str:
    return f"{duration_ms / 1000:.1f} seconds"
