"""A worker that is killed (SIGKILL) before every statement of the step that puts an episode together and charges it."""

import os
import signal
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import text

from donecast.credits import service as ledger
from donecast.credits.steps import sweep_holds
from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.episodes import steps
from donecast.kit.clock import FixedClock
from donecast.platform.database import Database
from donecast.platform.settings import load_settings
from donecast.speech.voice_engines import VoiceEngines
from proofs.harness import ProofFailed, folder
from tests.support.faults import at_statement, die
from tests.support.library import made, show_wish, upload
from tests.support.people import sign_up
from tests.support.servers import free_port, postgres
from tests.support.sounds import tone
from tests.support.voices import HummingVoice

_EMAIL = "ann@example.com"
_ENOUGH_MC = 10_000_000
_SWEPT_AFTER = timedelta(minutes=31)
"""Longer than a hold lives that nobody renews."""


def killed_at_every_statement() -> tuple[int, int]:
    """On SQLite and on PostgreSQL: how many kills there were, and how many ended with anything but one charge."""
    kills = wrong = 0
    with folder() as place, postgres() as server:
        for engine, more in (("sqlite", {}), ("postgres", {"database_url": server})):
            values: dict[str, Any] = {
                "environment": "test",
                "data": place / engine,
                "port": free_port(),
                "hash_cost": "low",
                "disk_free_bytes_min": 0,
                **more,
            }
            killed, states, faults = _assemblies(values)
            kills, wrong = kills + killed, wrong + len(faults)
            print(f"{engine}: {killed} kills; left behind: {states}")
            for fault in faults:
                print(f"WRONG: {engine}: {fault}")
    return kills, wrong


def _assemblies(values: Mapping[str, Any]) -> tuple[int, dict[str, int], list[str]]:
    """An episode for each kill: what it left, and that the next attempt ends with one charge and one file."""
    ground = lay_ground(load_settings(dict(values)))
    ground.database.migrate()
    with TestClient(create_app(ground)) as client:
        ann = sign_up(ground, client, _EMAIL)
        with ground.database.transaction() as session:
            ledger.grant_credits(
                session, ground.clock, ann.account.id, operation_id="enough", kind="purchased", amount_mc=_ENOUGH_MC
            )
        recording = ground.settings.data / "tone.wav"
        recording.write_bytes(tone(3.0))
        show, media = made(ann, "/api/shows", json=show_wish()), upload(ann, recording)
        template = ann.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
        content = {"id": "content", "kind": "content", "title": "It", "source": {"type": "recording"}}
        plain = {**template["definition"], "segments": [content], "music": []}
        ann.ask("PUT", f"/api/templates/{template['id']}", json={"definition": plain})
        killed, states, faults = 0, dict.fromkeys(("nothing", "set aside", "done"), 0), []
        while True:
            wish = {"show_id": show["id"], "recording_id": media["id"], "template_id": template["id"]}
            episode = made(ann, "/api/episodes", json=wish)["id"]
            steps.speak(ground, VoiceEngines(HummingVoice()), episode, _quietly)
            _forget_files(ground.database)
            ground.database.dispose()  # a child must not inherit an open connection
            ended = _assemble_until(values, episode, killed + 1)
            charges, open_holds = _of_episode(ground.database, episode)
            states["done" if charges else "set aside" if open_holds else "nothing"] += 1
            if _files(ground.database) != charges:
                faults.append(f"killed at {killed + 1}: {charges} charges and {_files(ground.database)} files")
            steps.assemble(ground, episode, _quietly)
            sweep_holds(ground.database, FixedClock(ground.clock.now() + _SWEPT_AFTER))
            after = (*_of_episode(ground.database, episode), _files(ground.database))
            if after != (1, 0, 1):
                faults.append(f"killed at {killed + 1}, then done again: charges, holds and files are {after}")
            if ended:
                break
            killed += 1
    with ground.database.snapshot() as session:
        audits = (ledger.reconcile(session), ledger.verify_chain(session))
    ground.database.dispose()
    return killed, states, [*faults, *(str(audit.findings) for audit in audits if not audit.well)]


def _assemble_until(values: Mapping[str, Any], episode_id: str, number: int) -> bool:
    """Whether a worker of its own came to the end of the step; it is killed before its nth statement."""
    context = get_context("forkserver")  # this process has threads, which a fork would leave behind with their locks
    context.set_forkserver_preload([__name__])
    child = context.Process(target=_assemble, args=(dict(values), episode_id, number))
    child.start()
    child.join()
    if child.exitcode not in {0, -signal.SIGKILL}:
        raise ProofFailed(f"the worker ended with {child.exitcode}")
    return child.exitcode == 0


def _assemble(values: Mapping[str, Any], episode_id: str, number: int) -> None:
    ground = lay_ground(load_settings(dict(values)))
    with at_statement(ground.database, number, die):
        steps.assemble(ground, episode_id, _quietly)
    os._exit(0)


def _quietly(percent: int | None, detail: str | None) -> None: ...


def _of_episode(database: Database, episode_id: str) -> tuple[int, int]:
    """Charges and open holds."""
    with database.reading() as session:
        charges = session.execute(
            text("SELECT count(*) FROM credit_entries WHERE act = 'charge' AND episode_id = :id"), {"id": episode_id}
        ).scalar_one()
        holds = session.execute(
            text("SELECT count(*) FROM credit_holds WHERE state = 'open' AND episode_id = :id"), {"id": episode_id}
        ).scalar_one()
    return int(charges), int(holds)


def _files(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM rendered_audio")).scalar_one())


def _forget_files(database: Database) -> None:
    """So that the next episode of the same recording is put together anew."""
    with database.transaction() as session:
        session.execute(text("DELETE FROM rendered_audio"))
