"""A stand-in for AssemblyAI over a real socket, faithful where it matters and rude on request.

It wants the key as the vendor does, an upload before a job, and steps each job through its states by its clock. Kinds
of requests are "upload", "submit", "list" and "poll".
"""

import io
import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import soundfile

from tests.support.rude_server import listening
from tests.support.vendor_server import (
    KEY,
    Calls,
    Fault,
    Job,
    VendorHandler,
    VendorServer,
    VendorStandIn,
    plain_words,
)

__all__ = ["KEY", "Calls", "Fault", "Job", "StandIn", "assemblyai", "plain_words"]

_QUIET = 100


class StandIn(VendorStandIn):
    """The vendor."""

    def keep_upload(self, content: bytes) -> dict[str, Any]:
        """An upload's answer."""
        address = f"{self.url}/upload/{uuid.uuid4()}"
        self.uploads[address] = content
        return {"upload_url": address}

    def make_job(self, wish: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A job's status and answer."""
        if wish.get("audio_url") not in self.uploads:
            return 400, {"error": "audio_url is not an uploaded file"}
        return 200, self.job_document(self.new_job(str(uuid.uuid4()), wish["audio_url"], wish))

    def job_document(self, job: Job) -> dict[str, Any]:
        """The job as it stands now; only a finished one has words."""
        state = self.state(job)
        document = {"id": job.id, "status": state, "audio_url": job.upload, "error": None, "words": None, **job.wish}
        document["webhook_auth"] = document.pop("webhook_auth_header_name", None) is not None
        document.pop("webhook_auth_header_value", None)
        if state == "error":
            document["error"] = job.problem
        if state == "completed":
            sound, rate = soundfile.read(io.BytesIO(self.uploads[job.upload]), dtype="int16")
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
                "status": self.state(job),
                "audio_url": job.upload,
                "error": job.problem or None,
            }
            for job in jobs[:limit]
        ]
        return {"page_details": {"limit": limit, "result_count": len(page)}, "transcripts": page}

    def call_of(self, job: Job) -> urllib.request.Request | None:
        """JSON with a secret in a header."""
        if "webhook_url" not in job.wish:
            return None
        named = str(uuid.uuid4()) if self.calls == "another's" else job.id
        body = {"transcript_id": named, "status": "error" if job.problem else "completed"}
        form = self.calls == "form"
        content = urllib.parse.urlencode(body) if form else json.dumps(body)
        secret = "wrong" if self.calls == "wrong secret" else job.wish["webhook_auth_header_value"]
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            job.wish["webhook_auth_header_name"]: secret,
        }
        return urllib.request.Request(job.wish["webhook_url"], content.encode(), headers, method="POST")

    def _heard(self, sound: Any, rate: int) -> list[dict[str, Any]]:
        if not sound.size or np.abs(sound.astype(np.int32)).max() < _QUIET:
            return []
        return self.script if self.script is not None else plain_words(1_000 * len(sound) // rate)


class _Handler(VendorHandler):
    server: "_Server"

    def refusal(self, status: int, error: str) -> dict[str, Any]:
        return {"error": error}

    def asked(self, method: str) -> None:
        if method == "POST":
            self._sent()
        else:
            self._looked_at()

    def _sent(self) -> None:
        stand_in = self.server.stand_in
        kind = "upload" if self.path == "/v2/upload" else "submit"
        stand_in.on_moment(f"{kind}:begun")
        fault = stand_in.fault_of(kind)
        if fault is not None and fault.what == "drop":
            self.drop(kind)
            return
        content = self.content()
        if self.refused(kind, fault, self._has_key()):
            return
        if kind == "upload":
            self.answer(kind, 200, stand_in.keep_upload(content), fault)
        elif self.path == "/v2/transcript":
            self.answer(kind, *stand_in.make_job(json.loads(content)), fault)
        else:
            self.answer(kind, 404, {"error": "Not found"}, None)

    def _looked_at(self) -> None:
        stand_in, parts = self.server.stand_in, urllib.parse.urlsplit(self.path)
        kind = "list" if parts.path == "/v2/transcript" else "poll"
        stand_in.on_moment(f"{kind}:begun")
        fault = stand_in.fault_of(kind)
        if fault is not None and fault.what == "drop":
            self.drop(kind)
            return
        if self.refused(kind, fault, self._has_key()):
            return
        if kind == "list":
            self.answer(kind, 200, stand_in.listed(urllib.parse.parse_qs(parts.query)), fault)
            return
        job = next((job for job in stand_in.jobs if parts.path == f"/v2/transcript/{job.id}"), None)
        if job is None:
            self.answer(kind, 404, {"error": "Transcript lookup error, transcript id not found"}, None)
            return
        job.polls += 1
        document = stand_in.job_document(job)
        if fault is not None and fault.what == "words":
            document["words"] = fault.words
        self.answer(kind, 200, document, fault)
        stand_in.on_moment(f"poll:{document['status']}")

    def _has_key(self) -> bool:
        return self.headers.get("authorization") == self.server.stand_in.key


class _Server(VendorServer):
    stand_in: StandIn


@contextmanager
def assemblyai(*, seconds: float = 0.1, calls: Calls = "once") -> Iterator[StandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = StandIn(seconds=seconds, calls=calls)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    with listening(server) as stand_in.url:
        yield stand_in
