"""The lines of a day: one sample for each five minutes, whoever looks, and no more than a day and a little."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from donecast.health.history import service
from donecast.health.history.models import HealthSampleRow
from donecast.health.history.rules import EVERY, FIGURES, KEPT, slot_of
from donecast.kit.clock import FixedClock
from donecast.platform.web import Ground
from tests.support.people import Person

_NOON = datetime(2026, 11, 30, 12, 3, 20, tzinfo=UTC)


def test_one_sample_is_taken_for_each_five_minutes(ground: Ground) -> None:
    clock = FixedClock(_NOON)
    here = replace(ground, clock=clock)
    assert slot_of(_NOON) == datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert [service.sample(here), service.sample(here)] == [True, False]
    clock.advance(EVERY)
    assert service.sample(here)
    with ground.database.reading() as session:
        lines = service.lines(session, clock.now())
    assert set(lines) == set(FIGURES)
    assert [at for at, _ in lines["disk_percent"]] == [slot_of(_NOON), slot_of(_NOON) + EVERY]
    assert all(0 < value <= 100 for _, value in lines["disk_percent"] + lines["memory_percent"])


def test_what_is_older_than_a_day_and_a_little_goes(ground: Ground) -> None:
    clock = FixedClock(_NOON)
    here = replace(ground, clock=clock)
    service.sample(here)
    clock.advance(KEPT + EVERY)
    service.sample(here)
    with ground.database.reading() as session:
        assert session.scalars(select(HealthSampleRow.at).distinct()).all() == [slot_of(clock.now())]


def test_an_admin_reads_the_lines(ground: Ground, admin: Person) -> None:
    ground.breakers.isolate("gemini", admin.account.id)
    service.sample(ground)
    history = admin.ask("GET", "/api/admin/monitoring/history").json()
    assert history["every_seconds"] == 300
    [sample] = history["lines"]["services_left_alone"]
    assert sample["value"] == 1
    assert datetime.fromisoformat(sample["at"]) <= ground.clock.now() <= datetime.now(UTC) + timedelta(seconds=1)
