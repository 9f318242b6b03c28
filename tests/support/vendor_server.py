"""What the stand-ins for vendors that write out words share: a plan of faults, a book of jobs, a way to answer rudely.

Each keeps every upload and every job: a job is what would be charged. Faults are planned per kind of request; the kinds
stand in each stand-in. Whoever wants to do harm at a certain moment sets ``on_moment``.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from typing import Any, Literal

from tests.support.rude_server import RudeServer, send

KEY = "0123456789abcdef0123456789abcdef"
What = Literal["status", "envelope", "drop", "lose", "cut", "garbage", "slow", "words", "document"]
Calls = Literal["once", "twice", "never", "early", "form", "json", "odd", "wrong secret", "another's"]
_PIECE_BYTES = 64 * 1024


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``times`` requests of a kind, after ``after`` of them went well.

    "status": refused with a status and an error. "envelope": the same, said inside an answer 200. "drop": the
    connection ends before anything is done. "lose": it ends after the thing was done. "cut": half of the answer comes.
    "garbage": a page instead of JSON. "slow": a byte now and then for ``seconds``. "words": what a finished job heard
    is replaced by ``words``. "document": the answer's fields are replaced by those of ``words``.
    """

    kind: str
    what: What
    status: int = 500
    error: str = "Internal server error"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    seconds: float = 0.0
    words: Any = None


@dataclass(slots=True)
class Job:
    """A job that was made, and so would be charged unless it fails."""

    id: str
    upload: str
    wish: dict[str, Any]
    made_at: float
    problem: str = ""
    polls: int = 0
    calls: list[int] = field(default_factory=list)


class VendorStandIn:
    """A vendor. ``seconds``: how long a job takes; ``problems``: what the next jobs fail with; ``calls``: hooks.

    ``script``: the words that are heard in everything, ``{text, start, end, confidence, speaker}`` in milliseconds.
    """

    def __init__(self, *, seconds: float = 0.1, calls: Calls = "once") -> None:
        self.key = KEY
        self.seconds = seconds
        self.calls: Calls = calls
        self.now: Callable[[], float] = time.monotonic
        self.script: list[dict[str, Any]] | None = None
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self.uploads: dict[str, bytes] = {}
        self.jobs: list[Job] = []
        self.requests: list[tuple[str, int]] = []
        self.on_moment: Callable[[str], None] = lambda _moment: None
        self.url = ""
        self.lock = threading.Lock()

    def charged(self) -> int:
        """How many jobs would be paid: those that do not fail."""
        return sum(1 for job in self.jobs if not job.problem)

    def asked(self, kind: str) -> int:
        """How many requests of a kind came."""
        return sum(1 for seen, _ in self.requests if seen == kind)

    def fault_of(self, kind: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self.lock:
            for fault in self.faults:
                if fault.kind != kind:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def state(self, job: Job) -> str:
        """queued, processing, completed or error, by the clock."""
        elapsed = self.now() - job.made_at
        if elapsed < self.seconds / 2:
            return "queued"
        if elapsed < self.seconds:
            return "processing"
        return "error" if job.problem else "completed"

    def new_job(self, identity: str, upload: str, wish: dict[str, Any]) -> Job:
        """Notes a job, and sees that the vendor calls when it ends."""
        with self.lock:
            problem = self.problems.pop(0) if self.problems else ""
            job = Job(identity, upload, wish, self.now(), problem)
            self.jobs.append(job)
        self.on_moment("submit:made")
        if self.calls != "never" and self.call_of(job) is not None:
            delay = 0.0 if self.calls == "early" else self.seconds
            threading.Timer(delay, self._call, [job]).start()
        return job

    def call_of(self, job: Job) -> urllib.request.Request | None:
        """The call that a job's end is told with; None where nobody wants to be called."""
        raise NotImplementedError

    def _call(self, job: Job) -> None:
        self.on_moment("hook:before")
        for _ in range(2 if self.calls == "twice" else 1):
            job.calls.append(self._deliver(job))
        self.on_moment("hook:answered")

    def _deliver(self, job: Job) -> int:
        """One call; the status that it was answered with, 0 for none."""
        request = self.call_of(job)
        assert request is not None
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code
        except OSError:
            return 0


def plain_words(duration_ms: int, *, speakers: str = "A") -> list[dict[str, Any]]:
    """A word every 400 ms, in turn by each of the speakers."""
    starts = range(100, max(101, duration_ms - 400), 400)
    return [
        {
            "text": f"bean{number}",
            "start": at,
            "end": at + 300,
            "confidence": 0.9,
            "speaker": speakers[number % len(speakers)],
        }
        for number, at in enumerate(starts)
    ]


def even_words(text: str, duration_ms: int) -> list[dict[str, Any]]:
    """A text's words, each with the same share of the time."""
    words = text.split()
    edges = [duration_ms * number // len(words) for number in range(len(words) + 1)]
    return [
        {"text": word, "start": start, "end": end, "confidence": 0.9, "speaker": "A"}
        for word, (start, end) in zip(words, pairwise(edges), strict=True)
    ]


class VendorHandler(BaseHTTPRequestHandler):
    """One request to a stand-in."""

    server: "VendorServer"

    def do_GET(self) -> None:
        """Something is asked for."""
        self.asked("GET")

    def do_POST(self) -> None:
        """Something is sent."""
        self.asked("POST")

    def asked(self, method: str) -> None:
        """One request."""
        raise NotImplementedError

    def refusal(self, status: int, error: str) -> dict[str, Any]:
        """The document with which this vendor refuses."""
        raise NotImplementedError

    def content(self) -> bytes:
        """The body, read in pieces."""
        pieces, left = [], int(self.headers.get("content-length", 0))
        while left and (piece := self.rfile.read(min(left, _PIECE_BYTES))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def refused(self, kind: str, fault: Fault | None, authorised: bool) -> bool:
        """Whether the request ended here, for want of a key or because it was planned."""
        if not authorised:
            self.answer(kind, 401, self.refusal(401, "Authentication error, API token missing/invalid"), None)
            return True
        if fault is not None and fault.what in {"status", "envelope"}:
            status = fault.status if fault.what == "status" else 200
            self.answer(kind, status, self.refusal(fault.status, fault.error), None, fault.headers)
            return True
        return False

    def answer(
        self,
        kind: str,
        status: int,
        document: dict[str, Any] | bytes,
        fault: Fault | None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """The answer, as rude as planned; bytes are sent as they are."""
        what = fault.what if fault is not None else ""
        if what == "lose":
            self.drop(kind)
            return
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        body = b"<html>Bad gateway</html>" if what == "garbage" else body
        self.server.stand_in.requests.append((kind, status))
        seconds = fault.seconds if fault is not None and what == "slow" else 0.0
        sent = {"Content-Type": "application/json", **(headers or {})}
        send(self, status, body, sent, cut=what == "cut", seconds=seconds)
        self.server.stand_in.on_moment(f"{kind}:answered")

    def drop(self, kind: str) -> None:
        """Ends the connection without an answer."""
        self.server.stand_in.requests.append((kind, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked stands in ``requests``."""


class VendorServer(RudeServer):
    """A server with its stand-in."""

    stand_in: VendorStandIn
