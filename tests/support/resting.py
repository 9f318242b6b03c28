"""Circuit breakers that leave a service alone, for the adapters of services."""

from dataclasses import dataclass, field

from donecast.platform.breaker_rules import Admission, Outcome
from donecast.platform.outgoing import Outgoing, Rest


@dataclass(slots=True)
class Napping:
    """Leaves its service alone at the given calls (counted from 0), or at every one."""

    rest: Rest
    naps: frozenset[int] | None = None
    asked: int = 0
    outcomes: list[Outcome] = field(default_factory=list)

    def admit(self, seconds_max: float) -> Admission | Rest:
        """See `outgoing.Breaker`."""
        assert seconds_max > 0
        number, self.asked = self.asked, self.asked + 1
        return self.rest if self.naps is None or number in self.naps else Admission(0)

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:
        """See `outgoing.Breaker`."""
        assert admission == Admission(0)
        assert quiet_seconds >= 0
        self.outcomes.append(outcome)


RESTING = Outgoing(Napping(Rest("resting", 240.0)))
"""A way that leads nowhere for four minutes."""
BUSY = Outgoing(Napping(Rest("asked_too_much", 3_600.0)))
ISOLATED = Outgoing(Napping(Rest("isolated", None)))
