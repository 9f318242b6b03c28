"""The one door to Sentry's SDK: when it is opened, what goes through, and what is taken off before it does.

Nobody waits here: a report is put into a short queue, and a thread of this door packs, scrubs and hands it to the SDK,
which sends from a thread of its own. What does not fit is dropped and counted. None of the SDK's integrations is used,
so nothing but what `error_tracking` told ever leaves, and no other library is patched.
"""

import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import BadDsn, event_from_exception

from donecast.platform.error_rules import BREADCRUMBS_MAX, Breadcrumb, ErrorReport, fingerprint
from donecast.platform.error_tracking import Trail
from donecast.platform.redaction import scrubbed
from donecast.platform.sentry_settings import SentrySettings, off_because
from donecast.platform.telemetry import logger

_QUEUE_MAX = 100
_SECONDS_AT_EXIT = 2.0
_BEHIND_SECONDS = 0.02
"""So long a report lies before it is packed: threads share one interpreter, and its request's answer leaves first."""
_TRACED = {"request": "http.server", "operation": "queue.process"}
_USER_FACTS = frozenset({"user_id", "user_email"})
_LOST_EVERY = 100
CAN_PROFILE = sys.version_info >= (3, 12)
"""Before, a profiler's look at all threads can stop the process for good (github.com/python/cpython/issues/106883)."""
Count = Callable[[str], None]


def open_sentry_door(settings: SentrySettings, environment: str, release: str) -> tuple["SentryDoor | None", str]:
    """The way to Sentry where there is one, and in one line whether and why. Never blocks and never raises."""
    why_off = off_because(settings, environment)
    if why_off is not None:
        return None, f"Sentry disabled: {why_off}"
    profiles_rate = settings.sentry_profiles_sample_rate if CAN_PROFILE else 0.0
    door = SentryDoor(
        sends_email=settings.sentry_send_email,
        rate=settings.sentry_traces_sample_rate,
        profiles=profiles_rate > 0,
    )
    try:
        sentry_sdk.init(
            dsn=settings.sentry_dsn,
            environment=environment,
            release=release,
            traces_sample_rate=settings.sentry_traces_sample_rate,
            profiles_sample_rate=profiles_rate,
            max_breadcrumbs=BREADCRUMBS_MAX,
            max_request_body_size="never",
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[AtexitIntegration(callback=lambda _pending, _seconds: None)],
            shutdown_timeout=_SECONDS_AT_EXIT,
            in_app_include=["donecast"],
            transport=door.transport(),
            before_send=door.clean,
            before_send_transaction=door.clean,
            before_breadcrumb=door.clean,
        )
    except (BadDsn, ValueError):
        return None, "Sentry disabled: SENTRY_DSN is not an address that Sentry gives; errors are kept here alone"
    said = f"traces_sample_rate={settings.sentry_traces_sample_rate}, breadcrumbs={BREADCRUMBS_MAX}"
    if settings.sentry_profiles_sample_rate != profiles_rate:
        said += ", no profiles: they need Python 3.12"
    return door, f"Sentry initialized for env={environment} ({said})"


@dataclass(slots=True)
class SentryDoor:
    """An `error_tracking.ErrorSink`. ``rate``: the share of requests and operations whose course is sent."""

    sends_email: bool
    rate: float
    profiles: bool
    _lost: dict[str, int] = field(default_factory=dict)
    _waiting: "Queue[Callable[[], None]]" = field(default_factory=lambda: Queue(_QUEUE_MAX))
    _thread: Thread | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def lost(self) -> Mapping[str, int]:
        """See `ErrorSink`."""
        with self._lock:
            return dict(self._lost)

    def begin(self, trail: Trail) -> None:
        """Chooses whether the course of a request or operation is followed."""
        if trail.kind not in _TRACED or random.random() >= self.rate:  # noqa: S311  a choice, no secret
            return
        course = sentry_sdk.start_transaction(op=_TRACED[trail.kind], name=trail.kind, sampled=True)
        profile = ExitStack()
        if self.profiles:
            # Only who profiles needs the SDK to know what runs; it must not know of two at once.
            profile.enter_context(sentry_sdk.isolation_scope())
            profile.enter_context(course)
        trail.course = (course, profile)

    def trace(self, trail: Trail, ended_at: datetime) -> None:
        """Ends the course that was followed, with what happened on it as its parts."""
        if trail.course is None:
            return
        course, profile = trail.course
        if self.profiles:
            self._describe(course, trail)
            profile.close()
        else:
            self._later(lambda: self._finish(course, trail, ended_at))

    def _finish(self, course: Any, trail: Trail, ended_at: datetime) -> None:
        self._describe(course, trail)
        course.finish(end_timestamp=ended_at)

    def _describe(self, course: Any, trail: Trail) -> None:
        facts = trail.facts
        course.name = f"{facts.get('method', '')} {facts.get('route', facts.get('action', trail.kind))}".strip()
        course.source = "route"
        if "status" in facts:
            course.set_http_status(int(facts["status"]))
        for name, value in facts.items():
            if name not in _USER_FACTS:
                course.set_tag(name, value)
        for crumb in trail.breadcrumbs:
            if crumb.milliseconds is not None:
                begun_at = crumb.at - timedelta(milliseconds=crumb.milliseconds)
                part = course.start_child(op=crumb.category, name=crumb.message, start_timestamp=begun_at)
                part.finish(end_timestamp=crumb.at)

    def take(self, report: ErrorReport) -> None:
        """Puts a report into the queue, or counts it as lost."""
        self._later(lambda: self._send(report))

    def flush(self) -> None:
        """Nothing waits for a round."""

    def drain(self, seconds: float) -> None:
        """Waits until all that was told so far is sent, at most so long; for tests and the end of a command."""
        done: Queue[None] = Queue()
        self._later(lambda: done.put(None))
        try:
            done.get(timeout=seconds)
        except Empty:
            return
        sentry_sdk.flush(timeout=seconds)

    def count_lost(self, why: str, count: int = 1) -> None:
        """Counts what did not go out; the first of each kind and every hundredth is logged."""
        with self._lock:
            before = self._lost.get(why, 0)
            self._lost[why] = before + count
        if before == 0 or before // _LOST_EVERY != (before + count) // _LOST_EVERY:
            logger().warning("errors did not reach Sentry", why=why, lost=before + count)

    def clean(self, event: Any, _hint: Any) -> Any:
        """An event, transaction or breadcrumb without secrets, each of its sections within limits of its own."""
        without_mail = not self.sends_email
        return {name: scrubbed(part, without_mail=without_mail) for name, part in event.items()}

    def transport(self) -> type[HttpTransport]:
        """The SDK's own way over HTTP, which also tells us what it drops."""
        door = self

        class CountingTransport(HttpTransport):
            def record_lost_event(
                self, reason: str, data_category: Any = None, item: Any = None, *, quantity: int = 1
            ) -> None:
                category = data_category or getattr(item, "data_category", "error")
                door.count_lost(f"{category}: {reason}", quantity)
                super().record_lost_event(reason, data_category, item, quantity=quantity)

        return CountingTransport

    def _later(self, act: Callable[[], None]) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._start()
        try:
            self._waiting.put_nowait(act)
        except Full:
            self.count_lost("queue full")

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="donecast-sentry", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            act = self._waiting.get()
            time.sleep(_BEHIND_SECONDS)
            self._do(act)
            with suppress(Empty):
                while True:
                    self._do(self._waiting.get_nowait())

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001  an edge: whatever one event held, the next ones still go out
            self.count_lost("could not be packed")
            logger().warning("an error could not be packed for Sentry", exc_info=True)

    def _send(self, report: ErrorReport) -> None:
        client = sentry_sdk.get_client()
        event, hint = self._packed(report, client.options)
        client.capture_event(event, hint)

    def _packed(self, report: ErrorReport, options: Mapping[str, Any]) -> tuple[Any, Any]:
        event: Any = {}
        hint: Any = {}
        if report.error is not None:
            how = {"type": "donecast", "handled": False}
            event, hint = event_from_exception(report.error, client_options=dict(options), mechanism=how)
        elif report.frames:
            frames = [
                {"module": frame.place, "function": frame.function, "lineno": frame.line, "in_app": frame.is_ours}
                for frame in report.frames
            ]
            event["exception"] = {
                "values": [{"type": report.type, "value": report.message, "stacktrace": {"frames": frames}}]
            }
        else:
            event["message"] = report.message
        user = {"id": report.facts.get("user_id")}
        if self.sends_email:
            user["email"] = report.facts.get("user_email")
        facts = {name: value for name, value in report.facts.items() if name not in _USER_FACTS}
        event.update(
            event_id=report.id,
            timestamp=report.at,
            level=report.level,
            platform="javascript" if report.source == "studio" else "python",
            transaction=facts.get("route") or facts.get("action") or "",
            fingerprint=[fingerprint(report.type, report.frames, report.message)],
            tags={**facts, "source": report.source, **report.tags},
            contexts={"donecast": facts},
            user={name: value for name, value in user.items() if value},
            breadcrumbs={"values": [_packed_crumb(crumb) for crumb in report.breadcrumbs]},
        )
        return event, hint


def _packed_crumb(crumb: Breadcrumb) -> dict[str, Any]:
    data = dict(crumb.data)
    if crumb.milliseconds is not None:
        data["milliseconds"] = crumb.milliseconds
    return {
        "timestamp": crumb.at,
        "category": crumb.category,
        "message": crumb.message,
        "level": crumb.level,
        "data": data,
    }
