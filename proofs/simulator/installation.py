"""The installation that every seed begins with: people who have a show and credits, and nothing else."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from donecast.accounts import service as accounts
from donecast.credits import service as ledger
from donecast.entry.wiring import lay_ground
from donecast.kit import ids
from donecast.kit.clock import FixedClock
from donecast.platform.settings import Settings, load_settings
from donecast.shows import service as shows
from tests.support.on_air import show_draft

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
_PEOPLE = 2
_CREDITS_MC = 100_000_000


class SeededBits:
    """Stands for the machine's chance where ids are made."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"ids {seed}")

    def randbits(self, count: int) -> int:
        """See `secrets.randbits`."""
        return self._chance.getrandbits(count)


def settings_of(folder: Path, worker_id: str) -> Settings:
    """A small installation's."""
    settings = _settings()
    return replace(
        settings,
        server=settings.server.model_copy(update={"data": folder}),
        worker=settings.worker.model_copy(update={"worker_id": worker_id}),
    )


@cache
def _settings() -> Settings:
    given = {"environment": "test", "hash_cost": "low", "disk_free_bytes_min": 0, "database_pool_size": 4}
    return load_settings(given)


def seed_ids(seed: int) -> None:
    """From now on ids follow from the seed."""
    setattr(ids, "secrets", SeededBits(seed))  # noqa: B010  where the room of ids finds its chance


def prepare(folder: Path) -> list[tuple[str, str]]:
    """An installation with people, each with a show and credits, copied for each seed; who they are."""
    seed_ids(0)
    ground = replace(lay_ground(settings_of(folder, "web")), clock=FixedClock(NOON))
    ground.database.migrate()
    people = []
    for number in range(_PEOPLE):
        account = accounts.register(
            ground.database,
            ground.settings.accounts,
            ground.clock,
            email=f"person-{number}@example.com",
            password="correct horse battery",
            name="A Person",
            role="user",
        )
        show = shows.create_show(ground, account, show_draft(f"Show {number}"))
        with ground.database.transaction() as session:
            ledger.grant_credits(
                session, ground.clock, account.id, operation_id="enough", kind="purchased", amount_mc=_CREDITS_MC
            )
        people.append((account.id, show.id))
    ground.database.dispose()
    return people
