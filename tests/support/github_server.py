"""A stand-in for GitHub's API of one repository: commits, trees, refs, pull requests; and how it fails."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.rude_server import RudeServer, listening, send

TOKEN = "github_pat_a-token"


@dataclass(slots=True)
class Repository:
    """What it has. ``fails``: at which ``METHOD path`` it answers that status once, with ``failing_headers``."""

    commits: set[str]
    refs: dict[str, str] = field(default_factory=lambda: {"heads/main": "c0"})
    trees: list[dict[str, Any]] = field(default_factory=list)
    made: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)
    failing_headers: dict[str, str] = field(default_factory=dict)

    def answer(
        self, method: str, path: str, query: dict[str, list[str]], asked: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """What GitHub says."""
        if status := self.fails.pop(f"{method} {path}", 0):
            return status, {"message": "no"}, self.failing_headers
        said = self._read(path, query) if method == "GET" else self._write(path, asked)
        status, words = (404, {"message": "Not Found"}) if said is None else said
        return status, words, {}

    def _read(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any] | None:
        if not path:
            return 200, {"default_branch": "main"}
        if path == "pulls":
            branch = query["head"][0].partition(":")[2]
            return 200, [pull for pull in self.pulls if pull["head"] == branch]
        kind, _, name = path.removeprefix("git/").partition("/")
        if kind == "ref" and name in self.refs:
            return 200, {"ref": f"refs/{name}"}
        return (200, {"tree": {"sha": "t0"}}) if kind == "commits" and name in self.commits else None

    def _write(self, path: str, asked: Any) -> tuple[int, Any] | None:
        match path:
            case "git/trees":
                self.trees.append(asked)
                return 201, {"sha": "t1"}
            case "git/commits":
                self.made.append(asked)
                return 201, {"sha": "c1"}
            case "git/refs":
                name = asked["ref"].removeprefix("refs/")
                is_new = self.refs.setdefault(name, asked["sha"]) == asked["sha"]
                return (201, {"ref": asked["ref"]}) if is_new else (422, {"message": "Reference already exists"})
            case "pulls":
                self.pulls.append({**asked, "html_url": f"https://github.example/ann/shop/pull/{len(self.pulls) + 1}"})
                return 201, self.pulls[-1]
            case _:
                return None


@contextmanager
def github(repository: Repository) -> Iterator[str]:
    """The address of its API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._meet(None)

        def do_POST(self) -> None:
            self._meet(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _meet(self, asked: Any) -> None:
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/repos/ann/shop").removeprefix("/")
            status, said, headers = repository.answer(self.command, path, parse_qs(parts.query), asked)
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status, said = 401, {"message": "Bad credentials"}
            send(self, status, json.dumps(said).encode(), {"Content-Type": "application/json", **headers})

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with listening(RudeServer(("127.0.0.1", 0), Handler)) as address:
        yield address
