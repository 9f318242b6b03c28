"""Only one of a kind runs on a data folder; the second one says so and touches nothing."""

import socket
from pathlib import Path
from typing import Any

import pytest

from donecast.entry.alone import AlreadyUp, WorkerRuns, only_up, only_worker
from donecast.platform.settings import Settings, load_settings
from proofs.harness import base_settings
from tests.support.nursery import fork_donecast
from tests.support.servers import await_url, stop


def settings_in(data: Path, **more: object) -> Settings:
    return load_settings({"environment": "test", "data": data, **more})


def test_a_second_up_on_one_data_folder_is_told_and_touches_nothing(tmp_path: Path) -> None:
    settings = base_settings(tmp_path / "data")
    first = fork_donecast(["up"], settings, tmp_path / "first.log")
    try:
        await_url(f"http://127.0.0.1:{settings['port']}/readyz", first)
        before = sorted(path.name for path in (tmp_path / "data").rglob("*"))
        for command in ("up", "worker"):
            second = fork_donecast([command], {**settings, "port": 0}, tmp_path / f"{command}.log")
            assert second.wait(60) == 1
        assert sorted(path.name for path in (tmp_path / "data").rglob("*")) == before
        said = (tmp_path / "up.log").read_text()
        assert said.startswith(f"DoneCast is already running on the data folder {tmp_path / 'data'}.")
        assert len(said.splitlines()) == 2
        assert (tmp_path / "worker.log").read_text().startswith("A worker named “local-0” is already running")
        first.kill()
        first.wait(10)
        again = fork_donecast(["up"], settings, tmp_path / "again.log")
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", again)
        finally:
            stop(again)
    finally:
        stop(first)


def test_a_taken_port_is_told_before_any_work_begins(tmp_path: Path) -> None:
    settings: dict[str, Any] = base_settings(tmp_path / "data")
    with socket.create_server(("127.0.0.1", settings["port"])):
        process = fork_donecast(["up"], settings, tmp_path / "up.log")
        assert process.wait(60) == 1
    said = (tmp_path / "up.log").read_text()
    assert f"DoneCast cannot listen at 127.0.0.1, port {settings['port']}: Address already in use." in said
    assert "Traceback" not in said
    assert not (tmp_path / "data" / "durable.sqlite").exists()


def test_workers_of_different_names_share_a_folder_and_equal_ones_do_not(tmp_path: Path) -> None:
    one, two = (settings_in(tmp_path, worker_id=name) for name in ("crew/1", "crew/2"))
    with only_worker(one), only_worker(two):
        with pytest.raises(WorkerRuns, match="crew/1"), only_worker(one):
            pytest.fail("it must not run")
        with pytest.raises(WorkerRuns), only_up(one):
            pytest.fail("it must not run")
    with only_up(one), pytest.raises(AlreadyUp), only_up(two):
        pytest.fail("it must not run")
    with only_worker(one):
        pass
