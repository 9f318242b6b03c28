"""Pure rules of stuck work: who is alive is told by signs that change, and how long by one's own steady clock.

A running operation has a lease, which its worker renews; work is stuck when the lease is gone, never because it is old.
Who looks notes when a sign was last new to them. So no clock of another machine is believed, and none may jump; whoever
has just begun to look has seen nobody die yet.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Trouble = Literal["lease_gone", "waits_too_long", "runs_very_long"]
Remedy = Literal["requeue", "fail_and_release", "ignore"]


@dataclass(frozen=True, slots=True)
class StuckRules:
    """In milliseconds; ``attempts_max`` counts the first one. ``running_ms_max`` is an alarm and ends nothing."""

    lease_ms: int = 60_000
    waiting_ms_max: int = 1_800_000
    running_ms_max: int = 7_200_000
    attempts_max: int = 3


RULES = StuckRules()


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What is known of an operation that has not ended.

    ``silent_ms``: how long its lease was not renewed; None: nobody has it, so it waits. ``going_ms``: how long it waits
    or runs. ``beginnings``: how often it was begun since it last finished a step.
    """

    silent_ms: int | None
    going_ms: int
    beginnings: int = 1


def trouble_of(facts: WorkFacts, rules: StuckRules = RULES) -> Trouble | None:
    """What is wrong with the work; None: nothing."""
    if facts.silent_ms is None:
        return "waits_too_long" if facts.going_ms > rules.waiting_ms_max else None
    if facts.silent_ms >= rules.lease_ms:
        return "lease_gone"
    return "runs_very_long" if facts.going_ms > rules.running_ms_max else None


def may_clean_up(trouble: Trouble, *, is_named: bool, even_running: bool) -> bool:
    """Whether a clean-up by hand acts upon it: on work that somebody is at only by name, and when that was said."""
    return trouble != "runs_very_long" or (is_named and even_running)


def remedy_of(facts: WorkFacts, rules: StuckRules = RULES) -> Remedy | None:
    """What is done by itself: work whose lease is gone is queued again, and after its last attempt ended."""
    if trouble_of(facts, rules) != "lease_gone":
        return None
    return "requeue" if facts.beginnings < rules.attempts_max else "fail_and_release"


@dataclass(slots=True)
class Signs:
    """One observer's memory of signs of life: what each was, and when it was new."""

    _seen: dict[str, tuple[Hashable, int]] = field(default_factory=dict)

    def silent_ms(self, signs: Mapping[str, Hashable], now_ms: int) -> dict[str, int]:
        """How long each sign has not changed, by the observer's steady clock; who is not named is forgotten."""
        self._seen = {
            name: seen if (seen := self._seen.get(name)) is not None and seen[0] == sign else (sign, now_ms)
            for name, sign in signs.items()
        }
        return {name: now_ms - since_ms for name, (_, since_ms) in self._seen.items()}
