"""Generated and hostile requests at every route of a running server: none may break it (schemathesis).

A real `donecast api` on loopback, two processes that ask, and people who own one of everything. Routes that the
description leaves out (pages, feeds, uploads, hooks) are described here and asked as well.

    ./dev prove P7 [--examples N] [--seed N] [--only WORDS-OF-A-ROUTE]
"""

import argparse
import json
import logging
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings
from donecast.platform.telemetry import configure_logs
from proofs.generated_requests import MANNERS, Attack, Tally, operations_of
from proofs.harness import base_settings, folder, run_admin, table
from proofs.households import Households
from tests.support.servers import await_url, start_donecast, stop

DURATION = "about half an hour, on two quiet cores"
_EXAMPLES = 100_000
_PROCESSES = 2
_SLOWEST = 5
_TROUBLES_SHOWN = 40
_WEIGHTS = {"nothing": 1, "ids": 3, "more": 6}
"""How often a route is asked, by what it takes."""
_TUS_HEADERS = ("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata")


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    begun = time.monotonic()
    with folder() as place, _server(place) as (url, settings, document):
        labels = [label for label in operations_of(document) if options.only.lower() in label.lower()]
        shares = _shares(document, labels, options.examples)
        tallies = list(_attacks(url, settings, document, shares, options.seed))
        log = (place / "api.log").read_text("utf-8", "replace")
    _print(tallies)
    troubles = [trouble for tally in tallies for trouble in tally.troubles]
    for trouble in troubles[:_TROUBLES_SHOWN]:
        print(f"{trouble.status} {trouble.code}: {trouble.request}")
    asked = sum(tally.statuses.total() for tally in tallies)
    broken = log.count('"unhandled error"')
    print(
        f"P7: {asked:,} generated requests at {len(tallies)} operations of a real server in "
        f"{time.monotonic() - begun:.0f} s (seed {options.seed}): {len(troubles)} unhandled 5xx or lost answers, "
        f"{broken} unhandled errors in its log"
    )
    return 1 if troubles or broken or asked < options.examples else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev prove P7")
    parser.add_argument("--examples", type=int, default=_EXAMPLES)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", default="", help="only routes whose name holds these words")
    return parser.parse_args(arguments)


@contextmanager
def _server(place: Path) -> Iterator[tuple[str, dict[str, object], Path]]:
    """A server with a database of its own; its address, its settings, and the description of all its routes."""
    settings = {
        **base_settings(place / "data"),
        "sign_in_attempts_per_minute": 1_000_000,
        "sign_in_attempts_per_place_and_minute": 1_000_000,
        "sign_ups_per_place_and_hour": 1_000_000,
        "uploads_per_account_and_hour": 1_000_000,
        "uploads_per_place_and_hour": 1_000_000,
        "ai_calls_per_account_and_minute": 1_000_000,
        "ai_calls_per_place_and_minute": 1_000_000,
    }
    run_admin(settings, "migrate")
    document = place / "openapi.json"
    document.write_text(json.dumps(_whole_description(settings)), "utf-8")
    server = start_donecast(["api"], settings, place / "api.log")
    url = f"http://127.0.0.1:{settings['port']}"
    try:
        await_url(f"{url}/livez", server)
        yield url, settings, document
    finally:
        stop(server)


def _whole_description(settings: Mapping[str, object]) -> dict[str, Any]:
    """The API's description, and plain ones of the routes that it leaves out."""
    ground = lay_ground(load_settings(dict(settings)))
    try:
        app = create_app(ground)
        document: dict[str, Any] = app.openapi()
        for route in iter_route_contexts(app.routes):
            for method in sorted((route.methods or set()) - {"OPTIONS"}):
                described = document["paths"].setdefault(str(route.path), {})
                described.setdefault(method.lower(), _plain_description(method, str(route.path)))
        return document
    finally:
        ground.database.dispose()


def _plain_description(method: str, path: str) -> dict[str, Any]:
    names = [part.partition("}")[0] for part in path.split("{")[1:]]
    text = {"type": "string"}
    parameters = [{"name": name, "in": "path", "required": True, "schema": text} for name in names]
    if path.startswith("/api/uploads"):
        parameters += [{"name": name, "in": "header", "required": False, "schema": text} for name in _TUS_HEADERS]
    described: dict[str, Any] = {"parameters": parameters, "responses": {"200": {"description": "Well."}}}
    if method in {"POST", "PATCH", "PUT"}:
        is_upload = path.startswith("/api/uploads")
        media_type = "application/octet-stream" if is_upload else "application/json"
        schema = {"type": "string", "format": "binary"} if is_upload else {"type": "object"}
        described["requestBody"] = {"content": {media_type: {"schema": schema}}}
    return described


def _shares(document: Path, labels: Iterable[str], examples: int) -> dict[str, int]:
    """How many requests each route gets, at least so many together."""
    operations = operations_of(document)
    weights = {label: _WEIGHTS[_takes(operations[label])] for label in labels}
    return {label: -(-examples * weight // sum(weights.values())) for label, weight in weights.items()}


def _takes(operation: Any) -> str:
    if operation.body or operation.query or operation.headers:
        return "more"
    return "ids" if operation.path_parameters else "nothing"


def _attacks(
    url: str, settings: Mapping[str, object], document: Path, shares: Mapping[str, int], seed: int
) -> Iterator[Tally]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, mp_context=context) as pool:
        running = [
            pool.submit(_attack, url, dict(settings), document, label, count, seed)
            for label, count in sorted(shares.items(), key=lambda item: -item[1])
        ]
        for number, future in enumerate(running, 1):
            tally = future.result()
            told = f"{number}/{len(running)} {tally.route} {tally.seconds:.1f} s, {len(tally.troubles)} troubles"
            print(told, file=sys.stderr, flush=True)
            for trouble in tally.troubles[:_TROUBLES_SHOWN]:  # at once: whoever ends the run early has read it
                print(f"  {trouble}", file=sys.stderr, flush=True)
            yield tally


def _attack(url: str, settings: dict[str, object], document: Path, label: str, count: int, seed: int) -> Tally:
    """Runs in a process of its own."""
    households = _households(url, json.dumps(settings, default=str))
    return Attack(url, households, _operations(document)[label], seed).run(count)


@cache
def _households(url: str, settings: str) -> Households:
    """This process's own."""
    loaded = load_settings(json.loads(settings))
    configure_logs(loaded.server)
    logging.getLogger().setLevel(logging.CRITICAL)  # the server's words are looked at, not ours
    return Households(lay_ground(loaded), url, f"process-{os.getpid()}")


@cache
def _operations(document: Path) -> dict[str, Any]:
    return operations_of(document)


def _print(tallies: list[Tally]) -> None:
    classes = ("2xx", "3xx", "4xx", "503 typed", "5xx or none")
    rows: list[tuple[object, ...]] = []
    for manner in MANNERS:
        counts: Counter[str] = Counter()
        for tally in tallies:
            for (how, status), count in tally.statuses.items():
                if how == manner:
                    counts[_class_of(status)] += count
        rows.append((manner, *(counts[name] for name in classes)))
    print(table(rows, ("how it was asked", *classes)))
    reached = sum(any(200 <= status < 400 for _, status in tally.statuses) for tally in tallies)
    print(f"\n{reached} of {len(tallies)} operations answered some of it with success.")
    silent = [tally.route for tally in tallies if not any(200 <= status < 400 for _, status in tally.statuses)]
    print(f"Never: {', '.join(silent) or 'none'}")
    statuses: Counter[int] = Counter()
    codes: Counter[str] = Counter()
    for tally in tallies:
        codes += tally.unavailable
        for (_, status), count in tally.statuses.items():
            statuses[status] += count
    print(f"Statuses: {', '.join(f'{status}: {count:,}' for status, count in sorted(statuses.items()))}")
    print(f"Typed 503 by code: {', '.join(f'{code}: {count}' for code, count in codes.most_common()) or 'none'}")
    slowest = sorted(tallies, key=lambda tally: -tally.seconds)[:_SLOWEST]
    print(f"Longest: {', '.join(f'{tally.route} {tally.seconds:.0f} s' for tally in slowest)}\n")


def _class_of(status: int) -> str:
    if status == 503:
        return "503 typed"
    return "5xx or none" if status >= 500 or status == 0 else f"{status // 100}xx"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
