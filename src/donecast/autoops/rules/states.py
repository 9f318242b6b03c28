"""How far a run has come, and which way it may go from there. Each step is one transaction."""

from typing import Literal

from donecast.autoops.errors import StepNotAllowed

State = Literal[
    "seen",
    "claimed",
    "collecting",
    "analysed",
    "proposing",
    "reviewing",
    "validated",
    "rejected",
    "no_fix",
    "reply_pending",
    "replied",
    "failed_retryable",
    "failed_final",
    "needs_human",
    "suppressed",
]

WITHOUT_REPLY: tuple[State, ...] = ("failed_final", "needs_human")
"""Ends at which nobody was answered; the same trouble told again is told for the first time."""
_ENDS: tuple[State, ...] = ("failed_retryable", *WITHOUT_REPLY)
NEXT: dict[State, tuple[State, ...]] = {
    "seen": ("claimed", "suppressed"),
    "claimed": ("collecting", "suppressed", *_ENDS),
    "collecting": ("analysed", *_ENDS),
    "analysed": ("proposing", "no_fix", *_ENDS),
    "proposing": ("reviewing", "rejected", "no_fix", *_ENDS),
    "reviewing": ("proposing", "validated", "rejected", *_ENDS),
    "validated": ("reply_pending", *_ENDS),
    "rejected": ("reply_pending", *_ENDS),
    "no_fix": ("reply_pending", *_ENDS),
    "reply_pending": ("replied", "failed_final", "needs_human"),
    "replied": (),
    "failed_retryable": ("claimed", "failed_final"),
    "failed_final": (),
    "needs_human": (),
    "suppressed": (),
}
"""From a payload that is about to be posted there is no way back to work: only to the thread, to see if it arrived."""

WAITING: tuple[State, ...] = ("seen", "failed_retryable")
RUNNING: tuple[State, ...] = tuple(state for state, ways in NEXT.items() if "failed_retryable" in ways)
WORKING: tuple[State, ...] = (*RUNNING, "reply_pending")
FINAL: frozenset[State] = frozenset(state for state, ways in NEXT.items() if not ways)
ATTEMPTS_MAX = 3
"""So often a run is tried with all that it may use. After that it is tried by the plain rules, without a gate."""
CLAIMS_MAX = 50
"""So often a run is begun at all. Restarts of the machine count here as well, so it is far more than is needed."""


def advanced(state: State, to: State) -> State:
    """The state after a step. Raises StepNotAllowed: a late worker does not undo what another one did."""
    if to not in NEXT[state]:
        raise StepNotAllowed(details={"from": state, "to": to})
    return to


def after_failure(state: State, attempt: int) -> State:
    """Where a run goes that broke in its ``attempt``-th try (from 1): again, or to a person where rules broke as well.

    A reply that may or may not have been posted is never tried again from here: who reads the thread decides.
    """
    if state == "reply_pending":
        return "reply_pending"
    return "failed_retryable" if attempt <= ATTEMPTS_MAX else "failed_final"


def is_for_rules_alone(attempt: int) -> bool:
    """Whether the ``attempt``-th try is one without a model and a gate: those before it broke, or their process did."""
    return attempt > ATTEMPTS_MAX


def resumes_at(state: State) -> State:
    """Where a run goes on whose worker died: evidence that was gathered stays, a half-made thought is thought again."""
    match state:
        case "claimed" | "collecting":
            return "claimed"
        case "proposing" | "reviewing":
            return "analysed"
        case _:
            return state
