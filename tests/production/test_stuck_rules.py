"""Stuck work, decided: in thousands of histories nothing alive is ended, and everything dead is found in time."""

import random

import pytest

from donecast.production.stuck_rules import RULES, Signs, WorkFacts, remedy_of, trouble_of

HISTORIES = 10_000
SWEEP_MS = 15_000
FOUND_WITHIN_MS = 120_000


@pytest.mark.parametrize(
    ("facts", "trouble"),
    [
        (WorkFacts(silent_ms=59_999, going_ms=0), None),
        (WorkFacts(silent_ms=60_000, going_ms=0), "lease_gone"),
        (WorkFacts(silent_ms=1_000, going_ms=7_200_001), "runs_very_long"),
        (WorkFacts(silent_ms=None, going_ms=1_800_000), None),
        (WorkFacts(silent_ms=None, going_ms=1_800_001), "waits_too_long"),
    ],
)
def test_the_limits_are_exact(facts: WorkFacts, trouble: str | None) -> None:
    assert trouble_of(facts) == trouble


def test_only_a_lease_that_is_gone_is_acted_upon_and_the_third_attempt_is_the_last() -> None:
    assert remedy_of(WorkFacts(silent_ms=1_000, going_ms=10**9)) is None
    assert remedy_of(WorkFacts(silent_ms=None, going_ms=10**9)) is None
    remedies = [remedy_of(WorkFacts(60_000, 0, beginnings)) for beginnings in (1, 2, 3)]
    assert remedies == ["requeue", "requeue", "fail_and_release"]


def test_ten_thousand_histories_kill_nothing_alive_and_find_everything_dead_in_time() -> None:
    """Renewals come late, get lost and are told by clocks that jump; observers begin late, sweep late, restart."""
    killed = late = deaths = 0
    for seed in range(HISTORIES):
        chance = random.Random(seed)
        dies_at = chance.choice([None, chance.randrange(0, 200_000)])
        renewals, at_ms = [], chance.randrange(0, 5_000)
        while at_ms < 400_000 and (dies_at is None or at_ms < dies_at):
            renewals.append(at_ms)
            # Each is tried every 15 s; a database that is away for up to 40 s swallows some.
            at_ms += 15_000 + (chance.randrange(0, 40_000) if chance.random() < 0.1 else chance.randrange(0, 2_000))
        ended_at = _ended_at(chance, renewals)
        if dies_at is None:
            killed += ended_at is not None
        elif renewals:
            deaths += 1
            # Whoever had a sign of it less than a lease ago cannot know yet.
            killed += ended_at is not None and ended_at < renewals[-1] + RULES.lease_ms
            late += ended_at is None or ended_at > dies_at + FOUND_WITHIN_MS
    assert (killed, late) == (0, 0)
    assert deaths > HISTORIES // 3


def _ended_at(chance: random.Random, renewals: list[int]) -> int | None:
    """When an observer that sweeps about every fifteen seconds, and may begin anew once, ends the work."""
    signs, wall_jump = Signs(), 0
    restarts_at = chance.randrange(0, 300_000) if chance.random() < 0.2 else None
    at_ms = chance.randrange(0, SWEEP_MS)
    while at_ms < 400_000:
        if restarts_at is not None and at_ms > restarts_at and not any(one > restarts_at for one in renewals):
            restarts_at = None  # of a dead worker it then hears for the first time; that is another proof's matter
        elif restarts_at is not None and at_ms > restarts_at:
            signs, restarts_at = Signs(), None
        wall_jump += chance.choice([0, 0, 0, 3_400_000, -3_400_000])
        beats = sum(one <= at_ms for one in renewals)
        if beats:
            # What clocks say stands beside the beat and may say anything.
            silent = signs.silent_ms({"op": (1, beats)}, at_ms)["op"]
            if remedy_of(WorkFacts(silent, at_ms + wall_jump)) is not None:
                return at_ms
        at_ms += chance.randrange(1_000, SWEEP_MS)
    return None
