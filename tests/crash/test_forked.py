"""What the tests that kill believe of a process: how it ended, whoever asks, and however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from proofs.harness import base_settings
from tests.support.nursery import fork_donecast
from tests.support.servers import await_url


def test_all_who_wait_for_a_killed_process_read_the_same_end(tmp_path: Path) -> None:
    settings = base_settings(tmp_path / "data")
    killed = fork_donecast(["up"], settings, tmp_path / "up.log")
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(killed.wait, 30) for _ in range(8)]
        await_url(f"http://127.0.0.1:{settings['port']}/livez", killed)
        killed.kill()
        assert [each.result() for each in waiting] == [-9] * 8
