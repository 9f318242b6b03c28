"""Measurements as Prometheus' text, in a registry of their own for each answer.

Labels are names that stand in this program: routes by their template, steps, services, pools. No label holds an id, an
address or anything that a person typed, so the number of series has an end.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from donecast.health.measurements import Rows
from donecast.health.rules import Resources
from donecast.platform.database import Database
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.pool_uses import PoolUse
from donecast.platform.pool_watch import WaitFacts
from donecast.platform.traffic import LATENCY_BOUNDS_SECONDS, Traffic

_PHASES = ("closed", "open", "half_open", "isolated")


@dataclass(frozen=True, slots=True)
class Measured:
    """All that is measured: in this process, and in the rows of all processes while the database answers."""

    database: Database
    traffic: Traffic
    errors: ErrorTracker
    resources: Resources | None
    rows: Rows | None


def metrics_text(measured: Measured) -> bytes:
    """The whole answer."""
    registry = CollectorRegistry()
    registry.register(_Families(measured))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterable[Metric]:
        """What the registry asks for."""
        yield _gauge(
            "donecast_rows_readable", "1 while the database tells its figures", self._measured.rows is not None
        )
        yield from _http(self._measured.traffic)
        yield from _errors(self._measured.errors)
        yield from _pools(self._measured.database)
        if self._measured.resources is not None:
            yield from _process(self._measured.resources)
        if self._measured.rows is not None:
            yield from _rows(self._measured.rows)


def _http(traffic: Traffic) -> Iterator[Metric]:
    total = CounterMetricFamily(
        "donecast_http_requests", "Requests that ended, by this process", labels=["route", "method", "outcome"]
    )
    for label, count in traffic.totals().items():
        total.add_metric(label, count)
    yield total
    took = HistogramMetricFamily(
        "donecast_http_request_seconds", "Until the answer began, by this process", labels=["route", "method"]
    )
    bounds = [*map(str, LATENCY_BOUNDS_SECONDS), "+Inf"]
    for name, latency in traffic.latencies().items():
        up_to, buckets = 0, []
        for bound, count in zip(bounds, latency.counts, strict=True):
            up_to += count
            buckets.append((bound, up_to))
        took.add_metric(name, buckets, latency.sum_seconds)
    yield took


def _errors(tracker: ErrorTracker) -> Iterator[Metric]:
    counts = tracker.counts()
    ended = CounterMetricFamily(
        "donecast_errors", "Errors that ended in this process: told, or a person's own to mend", labels=["outcome"]
    )
    for outcome in ("told", "expected"):
        ended.add_metric([outcome], counts.get(outcome, 0))
    yield ended
    lost = CounterMetricFamily("donecast_errors_lost", "Reports and courses that were not passed on", labels=["why"])
    for why, count in sorted(tracker.losses().items()):
        lost.add_metric([why], count)
    yield lost


def _pools(database: Database) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "donecast_database_connections", "Connections of this process for requests", labels=["pool", "state"]
    )
    seconds = GaugeMetricFamily(
        "donecast_database_wait_p95_seconds", "Waiting for a connection in five minutes", labels=["pool"]
    )
    timeouts = CounterMetricFamily(
        "donecast_database_wait_timeouts", "Requests that got no connection in time", labels=["pool"]
    )
    for pool in database.pools:
        facts = pool.facts()
        for state, count in (
            ("in_use", facts.checked_out),
            ("idle", facts.checked_in),
            ("capacity", facts.capacity),
            ("waiting", facts.wait.waiting),
        ):
            connections.add_metric([pool.name, state], count)
        seconds.add_metric([pool.name], facts.wait.p95_ms / 1_000)
        timeouts.add_metric([pool.name], facts.wait.timeouts_total)
    yield from (connections, seconds, timeouts)
    if database.is_sqlite:
        turns: WaitFacts = database.writer_waits.facts()
        yield _gauge("donecast_sqlite_writers_waiting", "Writers that queue for their turn", turns.waiting)
        yield _gauge("donecast_sqlite_writer_wait_p95_seconds", "How long they queued", turns.p95_ms / 1_000)
        yield _gauge("donecast_sqlite_wal_bytes", "Written and not in the main file yet", database.wal_bytes())


def _process(found: Resources) -> Iterator[Metric]:
    yield _gauge("donecast_process_memory_bytes", "Memory of this process", found.memory_mb * 1024**2)
    yield _gauge("donecast_process_cpu_ratio", "Of one processor, since the last look", found.cpu_percent / 100)
    yield _gauge("donecast_process_open_files", "Files and sockets", found.open_files)
    yield _gauge("donecast_process_threads", "Threads", found.threads)
    yield _gauge("donecast_disk_free_bytes", "Free on the disk of the data folder", found.disk.free_bytes)
    yield _gauge("donecast_disk_bytes", "Size of the disk of the data folder", found.disk.total_bytes)


def _rows(rows: Rows) -> Iterator[Metric]:
    yield _gauge("donecast_workers_alive", "Workers that gave a sign of life", rows.workers_alive)
    yield _gauge("donecast_order_wait_seconds", "Of the oldest order that no worker took over", rows.order_wait_seconds)
    yield _by_label("donecast_operations", "Orders to the line", "state", rows.operations)
    yield from _pool_uses(rows.pool_uses)
    steps = GaugeMetricFamily("donecast_workflow_steps", "Steps of the line", labels=["step", "state"])
    for name, count in sorted(rows.steps.items()):
        steps.add_metric(name, count)
    yield steps
    phases = GaugeMetricFamily(
        "donecast_breaker_phase", "1 for the phase that a circuit breaker is in", labels=["service", "phase"]
    )
    failures = GaugeMetricFamily("donecast_breaker_failures", "Failed calls in its window", labels=["service"])
    for service, state in rows.breakers.items():
        for phase in _PHASES:
            phases.add_metric([service, phase], state.phase == phase)
        failures.add_metric([service], state.failed_count)
    yield from (phases, failures)
    yield _gauge("donecast_ledger_entries", "Entries of the ledger of credits", rows.ledger_entries)
    yield _gauge("donecast_ledger_wallets", "People with credits", rows.ledger_wallets)
    yield _gauge("donecast_ledger_audit_age_days", "Since the last nightly audit; -1: none yet", rows.audit_age_days)
    yield _gauge("donecast_feed_episodes", "Episodes that stand in feeds now", rows.live_episodes)
    yield _by_label("donecast_storage_bytes", "What people keep", "kind", rows.stored_bytes)
    yield _gauge("donecast_storage_unused_files", "That the daily sweep left for a person", rows.unused_files_left)
    yield _by_label("donecast_notices_waiting", "In the outbox", "channel", rows.notices_waiting)


def _pool_uses(uses: list[PoolUse]) -> Iterator[Metric]:
    percent = GaugeMetricFamily(
        "donecast_database_pool_percent", "Of the fullest pool of all processes of a part", labels=["part"]
    )
    waiting = GaugeMetricFamily(
        "donecast_database_pool_waiting", "Who waits for a connection, in all processes of a part", labels=["part"]
    )
    for part in sorted({use.part for use in uses}):
        those = [use for use in uses if use.part == part]
        percent.add_metric([part], max(use.utilization_percent for use in those))
        waiting.add_metric([part], sum(use.waiting for use in those))
    yield from (percent, waiting)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _by_label(name: str, words: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
