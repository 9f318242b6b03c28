"""What the house does by itself: holds that ran out, new periods, bills, storage, the nightly audit, unused files.

Every act may be repeated by any worker at any time: a charge has its key, a sample its day. What is noted as done was
done to its end, so whoever is killed in between leaves the rest to the next round.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from donecast.accounts import service as accounts
from donecast.accounts.audit import service as audit
from donecast.credits import service as ledger
from donecast.credits import steps as chores
from donecast.episodes import service as episodes
from donecast.platform.blob_uses import Leftovers, find_unused, forget_unused
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground
from donecast.platform.work_unit import run_unit
from donecast.production import service
from donecast.production.rounds import Rounds
from donecast.recordings import service as recordings

SWEEP_EVERY = timedelta(minutes=1)
BILL_EVERY = timedelta(minutes=10)
AUDIT_FROM_HOUR = 3
"""In UTC; a machine that sleeps then is looked through when it wakes."""
_PEOPLE_AT_ONCE = 200
AUDIT_CHORE = "ledger_audit"
"""The chore whose findings are things in the ledger that do not agree."""
UNUSED_CHORE = "unused_files"
"""The chore whose findings are stored files that nothing names and that were left for a person to judge."""
UNUSED_REMOVED_MAX = 500
"""Files that a day's sweep removes at most; the next one goes on."""
_SAMPLES, _STORAGE = "storage_samples", "storage_bills"


class Housekeeping:
    """One in each worker, beside its dispatcher."""

    def __init__(self, ground: Ground, unused_removed_max: int = UNUSED_REMOVED_MAX) -> None:
        self._ground = ground
        self._unused_removed_max = unused_removed_max
        self._rounds = Rounds(ground.errors)

    def start(self) -> None:
        """Begins to work in the background."""
        self._rounds.begin("sweep-holds", [self.sweep_holds], SWEEP_EVERY)
        bills = [self.begin_periods, self.bill_months, self.bill_delivered, self.pay_dues, self.sample_storage]
        # Soon after the start as well, for a machine that is only switched on for a short while each day.
        self._rounds.begin("bills", bills, BILL_EVERY, SWEEP_EVERY)
        self._rounds.begin("audit", [self.audit], BILL_EVERY, SWEEP_EVERY)
        self._rounds.begin("unused-files", [self.remove_unused], BILL_EVERY, SWEEP_EVERY)

    def stop(self) -> None:
        """Ends the background work."""
        self._rounds.end()

    def sweep_holds(self) -> int:
        """Gives back holds that ran out; answers of how many people."""
        return chores.sweep_holds(self._ground.database, self._ground.clock)

    def begin_periods(self) -> int:
        """Gives the next allowance to everybody whose period is over; answers to how many."""
        return chores.begin_periods(self._ground.database, self._ground.clock)

    def bill_delivered(self) -> int:
        """Bills work that was delivered and not paid; answers how much."""
        return chores.bill_delivered(self._ground.database, self._ground.clock)

    def pay_dues(self) -> int:
        """Pays what is owed for storage where there are credits again; answers how many months."""
        return chores.pay_dues(self._ground.database, self._ground.clock)

    def bill_months(self) -> list[str]:
        """Bills the storage of every month that ended since the last one billed; answers which."""
        with self._ground.database.reading() as session:
            months = ledger.months_to_bill(session, self._ground.clock, service.chore_done_for(session, _STORAGE))
        for month in months:
            people = chores.bill_storage(self._ground.database, self._ground.clock, month)
            self._note(_STORAGE, month)
            logger().info("storage is billed", month=month, people=people)
        return months

    def sample_storage(self) -> bool:
        """Notes once a day how many bytes each person keeps: originals and renditions; answers whether it was due.

        Who keeps nothing has a sample too, for the bill is the mean of the days.
        """
        now = self._ground.clock.now()
        if self._is_done(_SAMPLES, _day(now)):
            return False
        with self._ground.database.reading() as session:
            people = accounts.account_ids(session)
            originals, renditions = recordings.stored_bytes(session), episodes.stored_bytes(session)
        for start in range(0, len(people), _PEOPLE_AT_ONCE):
            some = people[start : start + _PEOPLE_AT_ONCE]
            kept = {one: originals.get(one, 0) + renditions.get(one, 0) for one in some}
            run_unit(self._ground.database, partial(self._sample, kept))
        self._note(_SAMPLES, _day(now))
        return True

    def audit(self) -> bool:
        """Once a night: are the balances what the entries say, does every chain hold; answers whether it was due."""
        now = self._ground.clock.now()
        if now.hour < AUDIT_FROM_HOUR or self._is_done(AUDIT_CHORE, _day(now)):
            return False
        found = chores.audit(self._ground.database)
        self._note(AUDIT_CHORE, _day(now), findings=len(found.findings))
        logger().info("the ledger was audited", entries=found.entries, findings=len(found.findings))
        return True

    def remove_unused(self) -> int:
        """Once a day, by one worker: removes stored files that no row names, as processes that are killed leave them.

        Only those that were stored `unused_files_kept_days` ago. More than such leftovers are never removed unasked.
        Answers how many went; whoever is killed meanwhile leaves the rest to the next day. Raises StorageUnavailable.
        """
        ground, now = self._ground, self._ground.clock.now()
        if self._is_done(UNUSED_CHORE, _day(now)) or not self._take(UNUSED_CHORE, _day(now)):
            return 0
        kept_since = now - timedelta(days=ground.settings.storage.unused_files_kept_days)
        found = find_unused(ground.database, ground.blobs, kept_since)
        if found.look_like_another_database:
            self._note(UNUSED_CHORE, _day(now), findings=len(found.unused))
            logger().error("unused files are left alone", files=len(found.unused), used_files=found.used_count)
            return 0
        removed = forget_unused(
            ground.database, ground.blobs, [blob.content_hash for blob in found.unused[: self._unused_removed_max]]
        )
        run_unit(ground.database, partial(self._note_removed, removed, found))
        logger().info("unused files were removed", files=removed, found=len(found.unused), used_files=found.used_count)
        return removed

    def _note_removed(self, removed: int, found: Leftovers, session: Session) -> None:
        now = self._ground.clock.now()
        service.note_chore(session, self._ground.clock, UNUSED_CHORE, _day(now))
        if removed:
            audit.note(
                session,
                actor_id=audit.SYSTEM,
                act="remove_unused_files",
                subject="storage",
                details={"files": removed, "found": len(found.unused), "bytes_found": found.bytes},
                at=now,
                request_id=None,
            )

    def _take(self, name: str, done_for: str) -> bool:
        return run_unit(
            self._ground.database, lambda session: service.take_chore(session, self._ground.clock, name, done_for)
        )

    def _sample(self, kept: Mapping[str, int], session: Session) -> None:
        for account_id, stored in kept.items():
            ledger.sample_storage(session, self._ground.clock, account_id, stored)

    def _is_done(self, name: str, done_for: str) -> bool:
        with self._ground.database.reading() as session:
            return service.chore_done_for(session, name) == done_for

    def _note(self, name: str, done_for: str, findings: int = 0) -> None:
        run_unit(
            self._ground.database,
            lambda session: service.note_chore(session, self._ground.clock, name, done_for, findings),
        )


def _day(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d}"
