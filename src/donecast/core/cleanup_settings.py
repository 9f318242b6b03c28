"""What a show's owner wants found in its recordings, and what is done without asking. The defaults are here alone."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, get_args

from donecast.core.cleanup_rules import CleanupRules, Cover
from donecast.core.decisions import StandingChoices, standing_choices_from_json
from donecast.core.errors import CleanupUnreadable
from donecast.core.likeness import normalised
from donecast.core.sound_cues import SoundCue, require_apart, sound_cue_from_json

_DEFAULT = CleanupRules()
EXPONENT_USUAL = -5
EXPONENT_MIN = -30
KEYWORD_WORDS_MAX = 3
KEYWORD_CHARACTERS_MAX = 40
CENSORED_MAX = 200
CENSORED_CHARACTERS_MAX = 60
_KEYWORD = re.compile(r"[a-z][a-z']*( [a-z][a-z']*)*")


@dataclass(frozen=True, slots=True)
class CleanupSettings:
    """The settings of one show. Raises CleanupUnreadable with a sentence for what nobody can say or hear.

    ``flubber_keyword`` is said right after a mistake, and ``flubber_exponent`` is the power of ten of the threshold at
    which the spotter hears it: the lower, the more it hears, rightly and wrongly. ``censored`` are words, or phrases of
    a few words, that are covered ``cover_with`` a beep or silence. ``cues`` are words that call a sound.
    """

    flubber_keyword: str = _DEFAULT.flubber_keyword
    flubber_exponent: int = EXPONENT_USUAL
    choices: StandingChoices = field(default_factory=StandingChoices)
    censored: tuple[str, ...] = ()
    cover_with: Cover = _DEFAULT.cover_with
    cues: tuple[SoundCue, ...] = ()

    def __post_init__(self) -> None:
        words = self.flubber_keyword.split(" ")
        if self.flubber_keyword == _DEFAULT.intern_keyword:
            raise CleanupUnreadable(
                f'"{self.flubber_keyword}" already calls the intern.',
                action="Choose another word.",
                details={"field": "flubber_keyword"},
            )
        if (
            not _KEYWORD.fullmatch(self.flubber_keyword)
            or len(words) > KEYWORD_WORDS_MAX
            or len(self.flubber_keyword) > KEYWORD_CHARACTERS_MAX
        ):
            raise CleanupUnreadable(
                f'"{self.flubber_keyword[:KEYWORD_CHARACTERS_MAX]}" cannot be listened for.',
                action="Choose one to three short words of the letters a to z.",
                details={"field": "flubber_keyword"},
            )
        if not EXPONENT_MIN <= self.flubber_exponent <= 0:
            raise CleanupUnreadable(
                "This threshold hears nothing, or everything.", details={"field": "flubber_exponent"}
            )
        if self.cover_with not in get_args(Cover):
            raise CleanupUnreadable("Words are covered with a beep or with silence.", details={"field": "cover_with"})
        if len(self.censored) > CENSORED_MAX:
            raise CleanupUnreadable(
                f"More than {CENSORED_MAX} words to cover are too many.", details={"field": "censored"}
            )
        for phrase in self.censored:
            if not normalised(phrase) or len(phrase) > CENSORED_CHARACTERS_MAX:
                raise CleanupUnreadable(
                    f'"{phrase[:CENSORED_CHARACTERS_MAX]}" is not a word that can be covered.',
                    action=f"Write a word or a short phrase of at most {CENSORED_CHARACTERS_MAX} letters on each line.",
                    details={"field": "censored"},
                )
        require_apart(self.cues, _DEFAULT, self.flubber_keyword)

    @property
    def rules(self) -> CleanupRules:
        """How clean-up looks for things in this show's recordings."""
        return CleanupRules(flubber_keyword=self.flubber_keyword, censored=self.censored, cover_with=self.cover_with)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `cleanup_settings_from_json` reads them back to equal settings."""
        return {**asdict(self), "censored": list(self.censored), "cues": [asdict(cue) for cue in self.cues]}


def cleanup_settings_from_json(document: Mapping[str, Any]) -> CleanupSettings:
    """Reads what `CleanupSettings.to_json` wrote, tidied; what is not named keeps its default.

    Raises CleanupUnreadable.
    """
    fields = dict(document)
    try:
        if "choices" in fields:
            fields["choices"] = standing_choices_from_json(fields["choices"])
        if "flubber_keyword" in fields:
            fields["flubber_keyword"] = " ".join(fields["flubber_keyword"].lower().split())
        if "censored" in fields:
            phrases = (" ".join(phrase.split()) for phrase in fields["censored"])
            fields["censored"] = tuple(dict.fromkeys(phrase for phrase in phrases if phrase))
        if "cues" in fields:
            fields["cues"] = tuple(sound_cue_from_json(cue) for cue in fields["cues"])
        return CleanupSettings(**fields)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        if isinstance(error, CleanupUnreadable):
            raise
        raise CleanupUnreadable(details={"problem": str(error)}) from error
