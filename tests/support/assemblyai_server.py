"""A stand-in for AssemblyAI over a real socket, faithful where it matters and rude on request.

It wants the key as the vendor does, an upload before a job, and steps each job through its states by its clock. It
keeps every upload and every job: a job is what would be charged. Faults are planned per kind of request: "upload",
"submit", "list", "poll". Whoever wants to do harm at a certain moment sets ``on_moment``.
"""

import io
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

import numpy as np
import soundfile

from tests.support.rude_server import RudeServer, listening, send

KEY = "0123456789abcdef0123456789abcdef"
Kind = Literal["upload", "submit", "list", "poll"]
What = Literal["status", "drop", "lose", "cut", "garbage", "slow", "words"]
Calls = Literal["once", "twice", "never", "early", "form", "wrong secret"]
_PIECE_BYTES = 64 * 1024
_QUIET = 100


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``times`` requests of a kind, after ``after`` of them went well.

    "status": refused with a status and an error. "drop": the connection ends before anything is done. "lose": it ends
    after the thing was done. "cut": half of the answer comes. "garbage": a page instead of JSON. "slow": a byte now and
    then for ``seconds``. "words": the words of a finished job are replaced by ``words``.
    """

    kind: Kind
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
    audio_url: str
    wish: dict[str, Any]
    made_at: float
    problem: str = ""
    polls: int = 0
    calls: list[int] = field(default_factory=list)


class StandIn:
    """The vendor. ``seconds``: how long a job takes; ``problems``: what the next jobs fail with; ``calls``: hooks."""

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
        self.requests: list[tuple[Kind, int]] = []
        self.on_moment: Callable[[str], None] = lambda _moment: None
        self.url = ""
        self._lock = threading.Lock()

    def charged(self) -> int:
        """How many jobs would be paid: those that do not fail."""
        return sum(1 for job in self.jobs if not job.problem)

    def asked(self, kind: Kind) -> int:
        """How many requests of a kind came."""
        return sum(1 for seen, _ in self.requests if seen == kind)

    def fault_of(self, kind: Kind) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for fault in self.faults:
                if fault.kind != kind:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                elif fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def keep_upload(self, content: bytes) -> dict[str, Any]:
        """An upload's answer."""
        address = f"{self.url}/upload/{uuid.uuid4()}"
        self.uploads[address] = content
        return {"upload_url": address}

    def make_job(self, wish: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A job's status and answer."""
        if wish.get("audio_url") not in self.uploads:
            return 400, {"error": "audio_url is not an uploaded file"}
        with self._lock:
            problem = self.problems.pop(0) if self.problems else ""
            job = Job(str(uuid.uuid4()), wish["audio_url"], wish, self.now(), problem)
            self.jobs.append(job)
        self.on_moment("submit:made")
        if "webhook_url" in wish and self.calls != "never":
            delay = 0.0 if self.calls == "early" else self.seconds
            threading.Timer(delay, self._call, [job]).start()
        return 200, self.job_document(job)

    def job_document(self, job: Job) -> dict[str, Any]:
        """The job as it stands now; only a finished one has words."""
        state = self._state(job)
        document = {"id": job.id, "status": state, "audio_url": job.audio_url, "error": None, "words": None, **job.wish}
        document["webhook_auth"] = document.pop("webhook_auth_header_name", None) is not None
        document.pop("webhook_auth_header_value", None)
        if state == "error":
            document["error"] = job.problem
        if state == "completed":
            sound, rate = soundfile.read(io.BytesIO(self.uploads[job.audio_url]), dtype="int16")
            words = self._heard(sound, rate)
            document |= {
                "words": words,
                "text": " ".join(word["text"] for word in words),
                "audio_duration": round(len(sound) / rate),  # whole seconds, while words count in milliseconds
                "confidence": 0.93,
            }
        return document

    def listed(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """A page of the list, newest first."""
        jobs = self.jobs[::-1]
        if "before_id" in query:
            ids = [job.id for job in jobs]
            jobs = jobs[ids.index(query["before_id"][0]) + 1 :]
        limit = int(query.get("limit", ["10"])[0])
        page = [
            {
                "id": job.id,
                "resource_url": f"{self.url}/v2/transcript/{job.id}",
                "status": self._state(job),
                "audio_url": job.audio_url,
                "error": job.problem or None,
            }
            for job in jobs[:limit]
        ]
        return {"page_details": {"limit": limit, "result_count": len(page)}, "transcripts": page}

    def _state(self, job: Job) -> str:
        elapsed = self.now() - job.made_at
        if elapsed < self.seconds / 2:
            return "queued"
        if elapsed < self.seconds:
            return "processing"
        return "error" if job.problem else "completed"

    def _heard(self, sound: Any, rate: int) -> list[dict[str, Any]]:
        if not sound.size or np.abs(sound.astype(np.int32)).max() < _QUIET:
            return []
        return self.script if self.script is not None else plain_words(1_000 * len(sound) // rate)

    def _call(self, job: Job) -> None:
        self.on_moment("hook:before")
        for _ in range(2 if self.calls == "twice" else 1):
            job.calls.append(self._deliver(job))
        self.on_moment("hook:answered")

    def _deliver(self, job: Job) -> int:
        """One call; the status that it was answered with, 0 for none."""
        body: dict[str, str] = {"transcript_id": job.id, "status": "error" if job.problem else "completed"}
        form = self.calls == "form"
        content = urllib.parse.urlencode(body) if form else json.dumps(body)
        secret = "wrong" if self.calls == "wrong secret" else job.wish["webhook_auth_header_value"]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            job.wish["webhook_auth_header_name"]: secret,
        }
        request = urllib.request.Request(job.wish["webhook_url"], content.encode(), headers, method="POST")
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


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        stand_in, length = self.server.stand_in, int(self.headers.get("content-length", 0))
        kind: Kind = "upload" if self.path == "/v2/upload" else "submit"
        stand_in.on_moment(f"{kind}:begun")
        fault = stand_in.fault_of(kind)
        if fault is not None and fault.what == "drop":
            self._drop(kind)
            return
        content = self._content(length)
        if self._refused(kind, fault):
            return
        if kind == "upload":
            self._answer(kind, 200, stand_in.keep_upload(content), fault)
        elif self.path == "/v2/transcript":
            self._answer(kind, *stand_in.make_job(json.loads(content)), fault)
        else:
            self._answer(kind, 404, {"error": "Not found"}, None)

    def do_GET(self) -> None:
        stand_in, parts = self.server.stand_in, urllib.parse.urlsplit(self.path)
        kind: Kind = "list" if parts.path == "/v2/transcript" else "poll"
        stand_in.on_moment(f"{kind}:begun")
        fault = stand_in.fault_of(kind)
        if fault is not None and fault.what == "drop":
            self._drop(kind)
            return
        if self._refused(kind, fault):
            return
        if kind == "list":
            self._answer(kind, 200, stand_in.listed(urllib.parse.parse_qs(parts.query)), fault)
            return
        job = next((job for job in stand_in.jobs if parts.path == f"/v2/transcript/{job.id}"), None)
        if job is None:
            self._answer(kind, 404, {"error": "Transcript lookup error, transcript id not found"}, None)
            return
        job.polls += 1
        document = stand_in.job_document(job)
        if fault is not None and fault.what == "words":
            document["words"] = fault.words
        self._answer(kind, 200, document, fault)
        stand_in.on_moment(f"poll:{document['status']}")

    def _content(self, length: int) -> bytes:
        pieces, left = [], length
        while left and (piece := self.rfile.read(min(left, _PIECE_BYTES))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _refused(self, kind: Kind, fault: Fault | None) -> bool:
        if self.headers.get("authorization") != self.server.stand_in.key:
            self._answer(kind, 401, {"error": "Authentication error, API token missing/invalid"}, None)
            return True
        if fault is not None and fault.what == "status":
            self._answer(kind, fault.status, {"error": fault.error}, None, fault.headers)
            return True
        return False

    def _answer(
        self,
        kind: Kind,
        status: int,
        document: dict[str, Any],
        fault: Fault | None,
        headers: dict[str, str] | None = None,
    ) -> None:
        what = fault.what if fault is not None else ""
        if what == "lose":
            self._drop(kind)
            return
        body = b"<html>Bad gateway</html>" if what == "garbage" else json.dumps(document).encode()
        self.server.stand_in.requests.append((kind, status))
        seconds = fault.seconds if fault is not None and what == "slow" else 0.0
        sent = {"Content-Type": "application/json", **(headers or {})}
        send(self, status, body, sent, cut=what == "cut", seconds=seconds)
        self.server.stand_in.on_moment(f"{kind}:answered")

    def _drop(self, kind: Kind) -> None:
        self.server.stand_in.requests.append((kind, 0))
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: what was asked stands in ``requests``."""


class _Server(RudeServer):
    stand_in: StandIn


@contextmanager
def assemblyai(*, seconds: float = 0.1, calls: Calls = "once") -> Iterator[StandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = StandIn(seconds=seconds, calls=calls)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    with listening(server) as stand_in.url:
        yield stand_in
