"""Processes that call services through the shipped door and the shipped breakers, and tell how each call went."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import structlog

from donecast.kit.clock import SystemClock
from donecast.platform.breaker_rules import Admission, Outcome
from donecast.platform.breakers import Breakers, SteadyClock
from donecast.platform.database import Database
from donecast.platform.outgoing import (
    Answer,
    Breaker,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    Rest,
    looks_like_json,
)

DEADLINE_SECONDS = 1.5
LIMITS = OutgoingLimits(DEADLINE_SECONDS, 1, 64 * 1024)
_PAUSE_SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Service:
    """What is called: its breaker's name, and where it is."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Call:
    """How a call went; moments are of the machine's monotonic clock, which all processes share."""

    service: str
    lack: str
    """Empty where an answer came."""
    begun: float
    ended: float
    cpu_seconds: float
    """What the calling thread computed, which a busy machine does not change."""
    admitted: float | None
    """When the breaker had let it through."""
    told: float | None
    """When the breaker was about to be told how it went."""

    @property
    def is_sent(self) -> bool:
        """Whether the breaker let it through."""
        return self.admitted is not None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.begun


def each_once(database_url: str, services: Sequence[Service]) -> list[Call]:
    """One call of each service, all at once."""
    with ThreadPoolExecutor(len(services)) as crowd:
        return list(crowd.map(partial(_call, database_url), services))


def in_a_row(database_url: str, services: Sequence[Service], times: int) -> list[Call]:
    """So many calls of each service, one after the other."""
    return [_call(database_url, service) for service in services for _ in range(times)]


def until_answered(database_url: str, services: Sequence[Service], threads: int, until: float) -> list[Call]:
    """All threads call each service until it has answered one of them, or a moment is past; calls that were sent."""

    def press(service: Service) -> list[Call]:
        made: list[Call] = []
        while time.monotonic() < until and not any(call.lack == "" for call in made):
            call = _call(database_url, service)
            if call.is_sent:
                made.append(call)
            else:
                time.sleep(_PAUSE_SECONDS)
        return made

    with ThreadPoolExecutor(threads * len(services)) as crowd:
        pressed = crowd.map(press, [service for service in services for _ in range(threads)])
        return [call for calls in pressed for call in calls]


def way_to(database_url: str, service: str) -> Outgoing:
    """The shipped door with the shipped breaker."""
    return Outgoing(_breakers(database_url).of(service))


def question_for(url: str) -> Question:
    """One that only JSON answers."""
    return Question("GET", url, is_answer=looks_like_json)


@dataclass(slots=True)
class _Watched:
    """The shipped breaker, and when it was passed."""

    breaker: Breaker
    admitted: float | None = None
    told: float | None = None

    def admit(self, seconds_max: float) -> Admission | Rest:
        """See `Breaker`."""
        verdict = self.breaker.admit(seconds_max)
        self.admitted = time.monotonic() if isinstance(verdict, Admission) else None
        return verdict

    def record(self, admission: Admission, outcome: Outcome, quiet_seconds: float = 0.0) -> None:
        """See `Breaker`."""
        self.told = time.monotonic()
        self.breaker.record(admission, outcome, quiet_seconds)


def _call(database_url: str, service: Service) -> Call:
    watched = _Watched(way_to(database_url, service.name).breaker)
    begun, computed = time.monotonic(), time.thread_time()
    found: Answer | NoAnswer = Outgoing(watched).ask(question_for(service.url), LIMITS)
    cpu_seconds, ended = time.thread_time() - computed, time.monotonic()
    lack = "" if isinstance(found, Answer) else found.lack
    return Call(service.name, lack, begun, ended, cpu_seconds, watched.admitted, watched.told)


@cache
def _breakers(database_url: str) -> Breakers:
    """This process's own pool and clock."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    return Breakers(Database(database_url, pool_size=20), SteadyClock(SystemClock()).now_ms)
