"""A stand-in for Auphonic over a real socket, faithful where it matters and rude on request.

It wants the key as the vendor does, JSON where JSON is due and a form where a form is, puts every answer into its
envelope, starts a production once, and hands its files to nobody without the key. Kinds of requests are "account",
"formats", "create", "upload", "submit" (the start), "poll" (a production) and "fetch" (its file).
"""

import io
import json
import re
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import HTTP
from itertools import pairwise
from typing import Any

import numpy as np
import soundfile

from tests.support.rude_server import listening
from tests.support.vendor_server import (
    Calls,
    Fault,
    Job,
    VendorHandler,
    VendorServer,
    VendorStandIn,
    plain_words,
)

_QUIET = 100
_CAPTION_WORDS_MAX = 8
_CAPTION_GAP_MS = 450
_STATES = {
    "queued": (1, "Waiting"),
    "processing": (4, "Audio Processing"),
    "completed": (3, "Done"),
    "error": (2, "Error"),
}
_ADDRESSES = (
    ("GET", "account", r"/api/user\.json"),
    ("GET", "formats", r"/api/info/output_files\.json"),
    ("POST", "create", r"/api/productions\.json"),
    ("POST", "upload", r"/api/production/(\w+)/upload\.json"),
    ("POST", "submit", r"/api/production/(\w+)/start\.json"),
    ("GET", "poll", r"/api/production/(\w+)\.json"),
    ("GET", "fetch", r"/api/download/audio-result/(\w+)/recording\.\w+"),
)


class AuphonicStandIn(VendorStandIn):
    """The vendor. ``endings``: what it offers for captions; ``recognises`` False: recognition is off in the account.

    ``leads_to``: where a file's address leads on, as a file that is kept elsewhere.
    """

    def __init__(self, *, seconds: float = 0.1, calls: Calls = "once") -> None:
        super().__init__(seconds=seconds, calls=calls)
        self.credit_hours = 2.0
        self.endings = ["srt", "vtt"]
        self.recognises = True
        self.leads_to = ""
        self.productions: dict[str, dict[str, Any]] = {}

    def make_production(self, wish: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A production's status and answer; it costs nothing yet."""
        for file in wish.get("output_files", []):
            if file["format"] != "subtitle" or file["ending"] not in self.endings:
                return 400, enveloped(400, "Form invalid.", form_errors={"output_files": ["Select a valid choice."]})
        identity = uuid.uuid4().hex[:22]
        self.productions[identity] = wish
        return 200, enveloped(data=self.production(identity))

    def start(self, identity: str) -> tuple[int, dict[str, Any]]:
        """Starts a production that holds a sound; what runs is not started twice."""
        if identity not in self.uploads:
            return 400, enveloped(400, "Production has no input file.")
        if any(job.id == identity for job in self.jobs):
            return 400, enveloped(400, "Production is already started.")
        self.new_job(identity, identity, self.productions[identity])
        return 200, enveloped(data=self.production(identity))

    def job_of(self, identity: str) -> Job | None:
        """The job that a production has become."""
        return next((job for job in self.jobs if job.id == identity), None)

    def production(self, identity: str) -> dict[str, Any]:
        """A production as it stands now."""
        wish, job = self.productions[identity], self.job_of(identity)
        state = self.state(job) if job is not None else ""
        bare = (10, "Production Not Started Yet") if identity in self.uploads else (9, "Incomplete Form")
        number, name = _STATES.get(state, bare)
        files = [{**file, "download_url": None, "size": None} for file in wish.get("output_files", [])]
        document = {
            "uuid": identity,
            "status": number,
            "status_string": name,
            "error_message": job.problem if job is not None and state == "error" else "",
            "error_status": None,
            "length": 0.0,
            "metadata": wish.get("metadata", {}),
            "algorithms": wish.get("algorithms", {}),
            "speech_recognition": {"type": "whisper", "keywords": [], **wish.get("speech_recognition", {})},
            "output_files": files,
        }
        if state == "completed":
            sound, rate = soundfile.read(io.BytesIO(self.uploads[identity]), dtype="int16")
            document["length"] = len(sound) / rate
            captions = self.captions(identity)
            for file in files:
                name = f"recording.{file['ending']}"
                file["download_url"] = f"{self.url}/api/download/audio-result/{identity}/{name}"
                file |= {"filename": name, "size": len(captions), "checksum": ""}
        return document

    def captions(self, identity: str) -> bytes:
        """The file of captions; empty where nothing recognises."""
        if not self.recognises:
            return b""
        sound, rate = soundfile.read(io.BytesIO(self.uploads[identity]), dtype="int16")
        if not sound.size or np.abs(sound.astype(np.int32)).max() < _QUIET:
            return b"WEBVTT\n\n"
        words = self.script if self.script is not None else plain_words(1_000 * len(sound) // rate)
        return captions_of(words).encode()

    def call_of(self, job: Job) -> urllib.request.Request | None:
        """A form, without any signature."""
        address = job.wish.get("webhook")
        if address is None:
            return None
        if self.calls == "wrong secret":
            address = re.sub("secret=.*", "secret=wrong", address)
        named = uuid.uuid4().hex[:22] if self.calls == "another's" else job.id
        status, name = _STATES["error" if job.problem else "completed"]
        body = {"uuid": named, "status": status, "status_string": name}
        as_json = self.calls == "json"
        content = json.dumps(body) if as_json else urllib.parse.urlencode(body)
        headers = {"Content-Type": "application/json" if as_json else "application/x-www-form-urlencoded"}
        return urllib.request.Request(address, content.encode(), headers, method="POST")


def enveloped(
    status: int = 200, error: str = "", data: object = None, form_errors: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    """An answer in the envelope that every answer comes in."""
    return {
        "status_code": status,
        "error_code": None if status == 200 else "error",
        "error_message": error,
        "form_errors": form_errors or {},
        "data": {} if data is None else data,
    }


def captions_of(words: list[dict[str, Any]]) -> str:
    """Words as WebVTT: eight to a caption, or as many as follow each other closely; the speaker as a voice."""
    together: list[list[dict[str, Any]]] = [[word] for word in words[:1]]
    for before, word in pairwise(words):
        apart = word["start"] - before["end"] > _CAPTION_GAP_MS or word.get("speaker") != before.get("speaker")
        if apart or len(together[-1]) == _CAPTION_WORDS_MAX:
            together.append([])
        together[-1].append(word)
    blocks = [
        f"{_clock(some[0]['start'])} --> {_clock(some[-1]['end'])}\n"
        f"<v Speaker {some[0].get('speaker')}>{' '.join(word['text'] for word in some)}\n"
        for some in together
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(at_ms: int) -> str:
    minutes, rest_ms = divmod(at_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest_ms // 1_000:02}.{rest_ms % 1_000:03}"


class _Handler(VendorHandler):
    server: "_Server"

    def refusal(self, status: int, error: str) -> dict[str, Any]:
        return enveloped(status, error)

    def asked(self, method: str) -> None:
        stand_in, path = self.server.stand_in, urllib.parse.urlsplit(self.path).path
        found = ((kind, re.fullmatch(shape, path)) for way, kind, shape in _ADDRESSES if way == method)
        kind, match = next(((kind, match) for kind, match in found if match), ("nothing", None))
        stand_in.on_moment(f"{kind}:begun")
        fault = stand_in.fault_of(kind)
        if fault is not None and fault.what == "drop":
            self.drop(kind)
            return
        content = self.content()
        if self.refused(kind, fault, self.headers.get("authorization") == f"bearer {stand_in.key}"):
            return
        identity = match.group(1) if match and match.groups() else ""
        if match is None or (identity and identity not in stand_in.productions):
            self.answer(kind, 404, enveloped(404, "Not found."), None)
            return
        if kind == "fetch":
            self._file(identity, fault)
            return
        status, document = self._document(kind, identity, content)
        if fault is not None and fault.what == "document":
            document["data"] |= fault.words
        self.answer(kind, status, document, fault)
        if kind == "poll":
            state = stand_in.state(job) if (job := stand_in.job_of(identity)) else "unstarted"
            stand_in.on_moment(f"poll:{state}")

    def _document(self, kind: str, identity: str, content: bytes) -> tuple[int, dict[str, Any]]:
        stand_in = self.server.stand_in
        match kind:
            case "account":
                return 200, enveloped(data={"username": "ann", "credits": stand_in.credit_hours})
            case "formats":
                captions = {"display_name": "Subtitles", "type": "text", "bitrates": [], "endings": stand_in.endings}
                return 200, enveloped(data={"mp3": {"endings": ["mp3"]}, "subtitle": captions})
            case "create":
                return stand_in.make_production(json.loads(content))
            case "upload":
                return self._kept(identity, content)
            case "submit":
                return stand_in.start(identity)
            case _:
                if job := stand_in.job_of(identity):
                    job.polls += 1
                return 200, enveloped(data=stand_in.production(identity))

    def _kept(self, identity: str, content: bytes) -> tuple[int, dict[str, Any]]:
        """Takes the field of a form, and nothing that is no form: its boundary stands in the header."""
        header = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        form = message_from_bytes(header + content, policy=HTTP)
        parts = list(form.iter_parts()) if form.is_multipart() else []
        fields = {part.get_param("name", header="content-disposition"): part for part in parts}
        if "input_file" not in fields:
            return 400, enveloped(400, "Form invalid.", form_errors={"input_file": ["This field is required."]})
        sound = fields["input_file"].get_payload(decode=True)
        assert isinstance(sound, bytes)
        self.server.stand_in.uploads[identity] = sound
        return 200, enveloped(data=self.server.stand_in.production(identity))

    def _file(self, identity: str, fault: Fault | None) -> None:
        stand_in = self.server.stand_in
        if stand_in.leads_to and not stand_in.leads_to.endswith(self.path):
            self.answer("fetch", 302, b"", fault, {"Location": stand_in.leads_to})
            return
        words = fault.words if fault is not None and fault.what == "words" else stand_in.captions(identity)
        self.answer("fetch", 200, words, fault, {"Content-Type": "text/vtt"})


class _Server(VendorServer):
    stand_in: AuphonicStandIn


@contextmanager
def auphonic(*, seconds: float = 0.1, calls: Calls = "once") -> Iterator[AuphonicStandIn]:
    """A stand-in that answers until the block ends."""
    stand_in = AuphonicStandIn(seconds=seconds, calls=calls)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.stand_in = stand_in
    with listening(server) as stand_in.url:
        yield stand_in
