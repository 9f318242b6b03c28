"""The looks of one process at what it stands on, and the way the health routes use them: never waiting long.

They have a few database connections of their own, so that they see what is when requests have taken all others; and
threads of their own, because those that answer requests may all be waiting for what is broken.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from donecast.accounts.access import account_or_nobody
from donecast.health.looks import Look, Seen
from donecast.health.machine import Machine
from donecast.health.measurements import read_rows
from donecast.health.metrics import Measured
from donecast.health.rules import ADVICE, Check, Resources, queue_finding
from donecast.health.service import TrafficFacts
from donecast.health.service import traffic as read_traffic
from donecast.health.slow_statement import LimitProof, prove_limit
from donecast.kit.errors import DonecastError
from donecast.platform.breaker_rules import BreakerState
from donecast.platform.breakers import Breakers
from donecast.platform.database import Database, DatabaseBusy
from donecast.platform.durable import require_store
from donecast.platform.pool_uses import PoolUse, PoolUses, fresh_uses
from donecast.platform.web import Ground
from donecast.production import service as production

READY = ("database", "migrations", "disk", "storage")
DEEP = {"db": "database", "storage": "storage", "broker": "broker"}
READY_SECONDS_MAX = 0.3
DEEP_SECONDS_MAX = 2.0
KNOWING_SECONDS_MAX = 2.0
_KNOWN_AT_ONCE_MAX = 4
_LOOKED_FRESH_SECONDS: Mapping[str, float] = {"database": 1.0, "storage": 2.0, "broker": 1.0}
"""Strangers may ask for these, and each look costs: that at a bucket writes to it."""
_ROWS_FRESH_SECONDS = 2.0
_RESOURCES_FRESH_SECONDS = 1.0


class VitalSigns:
    """One for each process that answers requests, and one for `donecast status`."""

    def __init__(self, ground: Ground, database: Database) -> None:
        self.ground = ground
        self._database = database
        self._aside = replace(ground, database=database, breakers=replace(ground.breakers, database=database))
        acts: Mapping[str, Callable[[], object]] = {
            "database": database.ping,
            "migrations": database.require_current,
            "disk": partial(ground.temporary.require_space, 0),
            "storage": ground.blobs.probe,
            "broker": self._require_queue,
        }
        self._looks = {
            name: Look(name, partial(_checked, name, act), _LOOKED_FRESH_SECONDS.get(name, 0.0))
            for name, act in acts.items()
        }
        self._machine = Look("resources", Machine(ground.settings.data).resources, _RESOURCES_FRESH_SECONDS)
        self._breakers = Look("breakers", self._read_breakers)
        self._limit = Look("limit", partial(prove_limit, ground.database), float("inf"))
        self._traffic = Look("traffic", partial(read_traffic, self._aside))
        self._rows = Look("rows", partial(read_rows, self._aside), _ROWS_FRESH_SECONDS)
        self._pool_uses = Look("pools", self._read_pool_uses)
        self._workers_limits = Look("workers' limits", self._read_workers_limits)
        self._telling = PoolUses(database, ground.database, ground.traffic.process_id, "api")
        self._knowing = BoundedSemaphore(_KNOWN_AT_ONCE_MAX)

    def start(self) -> None:
        """Finds out in the background whether slow statements are ended, which takes as long as one may take."""
        self._limit.begin()

    def close(self) -> None:
        """Gives back the connections of its own."""
        self._database.dispose()

    def save_pools(self) -> None:
        """Tells the others how full the pools of this process are. Raises DatabaseBusy."""
        self._telling.save(self.ground.clock.now())

    async def pool_uses(self) -> list[PoolUse]:
        """How full the pools of all processes are; empty while the database does not say."""
        try:
            return (await self._pool_uses.see(DEEP_SECONDS_MAX)).value or []
        except DonecastError:
            return []

    async def readiness(self) -> tuple[Check, ...]:
        """Database, migrations, disk and storage, looked at in parallel."""
        begun = {name: self._looks[name].begin() for name in READY}
        return tuple([_told(name, await glance.see(READY_SECONDS_MAX)) for name, glance in begun.items()])

    def readiness_now(self, seconds_max: float = READY_SECONDS_MAX) -> tuple[Check, ...]:
        """The same where there is no event loop."""
        begun = {name: self._looks[name].begin() for name in READY}
        return tuple(_told(name, glance.see_now(seconds_max)) for name, glance in begun.items())

    async def deep(self) -> dict[str, tuple[Check, Seen[Check]]]:
        """Database, storage and the durable queue, by the names of the answer."""
        begun = {name: self._looks[look].begin() for name, look in DEEP.items()}
        seen = {name: await glance.see(DEEP_SECONDS_MAX) for name, glance in begun.items()}
        return {name: (_told(DEEP[name], sight), sight) for name, sight in seen.items()}

    def broker_now(self) -> Check:
        """The durable queue, where there is no event loop."""
        return _told("broker", self._looks["broker"].see_now(DEEP_SECONDS_MAX))

    async def resources(self) -> Resources | None:
        """What this process takes; None while the disk does not say how full it is."""
        return (await self._machine.see(READY_SECONDS_MAX)).value

    async def breakers(self) -> dict[str, BreakerState]:
        """Of each service that was ever asked. Raises DatabaseBusy."""
        seen = await self._breakers.see(DEEP_SECONDS_MAX)
        if seen.value is None:
            raise DatabaseBusy
        return seen.value

    async def traffic(self) -> TrafficFacts:
        """Requests and errors of all processes. Raises DatabaseBusy."""
        seen = await self._traffic.see(DEEP_SECONDS_MAX)
        if seen.value is None:
            raise DatabaseBusy
        return seen.value

    async def measured(self) -> Measured:
        """All figures; those of rows are left out while the database does not tell them."""
        try:
            rows = (await self._rows.see(DEEP_SECONDS_MAX)).value
        except DonecastError:
            rows = None
        return Measured(self.ground.database, self.ground.traffic, self.ground.errors, await self.resources(), rows)

    def limit(self) -> LimitProof | None:
        """What came of the slow statement; None before it has ended."""
        try:
            seen = self._limit.last()
        except DatabaseBusy:  # it could not be run
            self._limit.begin()
            return None
        return None if seen is None else seen.value

    async def workers_limits(self) -> dict[str, bool | None]:
        """Of each worker that lives, whether its slow statement was ended; empty while the database does not say."""
        try:
            return (await self._workers_limits.see(DEEP_SECONDS_MAX)).value or {}
        except DonecastError:
            return {}

    async def is_admin(self, request: Request) -> bool:
        """Whether an admin asks. While the database does not answer, everybody is a stranger."""
        if not (request.headers.get("Authorization") or request.cookies):
            return False
        if not self._knowing.acquire(blocking=False):
            return False

        def know() -> bool:
            try:
                account = account_or_nobody(request, self._aside)
            except DonecastError:
                return False
            finally:
                self._knowing.release()
            return account is not None and account.role == "admin"

        return bool((await Look("who asks", know).see(KNOWING_SECONDS_MAX)).value)

    def _read_breakers(self) -> dict[str, BreakerState]:
        shared: Breakers = self._aside.breakers
        return shared.states()

    def _read_pool_uses(self) -> list[PoolUse]:
        with self._database.reading() as session:
            return fresh_uses(session, self.ground.clock.now())

    def _read_workers_limits(self) -> dict[str, bool | None]:
        lease = timedelta(milliseconds=self.ground.settings.worker.worker_lease_ms)
        with self._database.reading() as session:
            return production.slow_is_ended(session, self.ground.clock.now() - lease)

    def _require_queue(self) -> None:
        settings, now = self.ground.settings, self.ground.clock.now()
        with self._database.reading() as session:
            alive = production.workers_alive(session, now - timedelta(milliseconds=settings.worker.worker_lease_ms))
            waits_since = production.order_waits_since(session)
            waits_seconds = None if waits_since is None else (now - waits_since).total_seconds()
            if finding := queue_finding(len(alive), waits_seconds):
                raise QueueStands(finding)
            require_store(settings.durable_url, session)


class QueueStands(DonecastError):
    """Orders are not taken over by anybody."""

    code = "queue_stands"


def _checked(name: str, act: Callable[[], object]) -> Check:
    try:
        act()
    except DonecastError as error:
        return Check(name, ok=False, finding=error.message, action=ADVICE[name])
    except (OSError, SQLAlchemyError) as error:
        return Check(
            name, ok=False, finding=f"does not answer as it should ({type(error).__name__})", action=ADVICE[name]
        )
    return Check(name, ok=True, finding="answers")


def _told(name: str, seen: Seen[Check]) -> Check:
    if seen.value is not None:
        return seen.value
    return Check(name, ok=False, finding=f"has not answered for {seen.age_seconds:.1f} s", action=ADVICE[name])


async def vital_signs_of(request: Request) -> VitalSigns:
    """Those of the app that got the request. Not a plain function, which would need a thread of the pool."""
    return cast(VitalSigns, request.app.state.vital_signs)


VitalSignsHere = Annotated[VitalSigns, Depends(vital_signs_of)]


async def admin_asks(request: Request, signs: VitalSignsHere) -> bool:
    """Whether all may be told, or what everybody may read."""
    return await signs.is_admin(request)


AdminAsks = Annotated[bool, Depends(admin_asks)]
