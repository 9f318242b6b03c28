"""How clean-up looks for things: every threshold with its unit, one place for every default."""

from dataclasses import dataclass
from typing import Literal

Cover = Literal["beep", "silence"]

FILLERS = frozenset({"um", "umm", "uhm", "uh", "uhh", "er", "err", "erm", "ah", "ahh", "hm", "hmm", "mm", "mhm"})
# Words that carry meaning most of the time: they count as fillers only between pauses, and then only as a question.
FILLER_PHRASES = (("you", "know"), ("i", "mean"), ("like",))
# Said twice on purpose: emphasis, farewell, plain grammar ("he had had", "that that is"), digits of a number.
MEANT_TWICE = frozenset(
    {
        *("very", "really", "so", "much", "many", "far", "long", "no", "yes", "yeah", "bye", "ha", "had", "that"),
        *("knock", "oh", "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    }
)


@dataclass(frozen=True, slots=True)
class CleanupRules:
    """Thresholds of the clean-up. Durations in milliseconds, similarities and confidences from 0 to 1.

    Raises ValueError for a threshold outside its range.
    """

    flubber_keyword: str = "flubber"
    marker_likeness_min: float = 0.8
    marker_confidence_sure: float = 0.8
    marker_gate_ms_min: int = 160
    flubber_tail_ms: int = 200
    flubber_fallback_ms: int = 750
    flubber_chain_ms_max: int = 4_000
    retake_likeness_min: float = 0.85
    retake_likeness_possible: float = 0.66
    retake_words_max: int = 12
    retake_reach_ms_max: int = 45_000
    restart_reach_ms_max: int = 15_000
    restart_pause_ms_min: int = 500
    breath_ms_max: int = 200
    intern_keyword: str = "intern"
    intern_end_word: str = "stop"
    intern_end_words_max: int = 48
    intern_gap_ms_min: int = 2_500
    intern_request_ms_max: int = 15_000
    intern_request_words_max: int = 40
    filler_pause_ms_min: int = 200
    repeat_gap_ms_max: int = 1_000
    pause_ms_max: int = 1_800
    pause_ms_target: int = 600
    pause_removed_share_max: float = 0.9
    censored: tuple[str, ...] = ()
    cover_with: Cover = "beep"

    def __post_init__(self) -> None:
        shares = {
            "marker_likeness_min": self.marker_likeness_min,
            "marker_confidence_sure": self.marker_confidence_sure,
            "retake_likeness_min": self.retake_likeness_min,
            "retake_likeness_possible": self.retake_likeness_possible,
            "pause_removed_share_max": self.pause_removed_share_max,
        }
        for name, share in shares.items():
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, not {share}")
        if not 0 <= self.pause_ms_target <= self.pause_ms_max:
            raise ValueError(f"a pause of {self.pause_ms_max} ms cannot shrink to {self.pause_ms_target} ms")
        for name, text in (("flubber keyword", self.flubber_keyword), ("intern keyword", self.intern_keyword)):
            if not any(character.isalnum() for character in text):
                raise ValueError(f"the {name} has no letters")
