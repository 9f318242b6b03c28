"""kill -9 in the worst moment for a vendor's job: it is made, and nobody here has written its id down.

One case stands for all; `./dev prove S6` kills at every point between upload, job, call and store.
"""

from pathlib import Path

import pytest

from proofs.harness import base_settings, speak, studio_of
from tests.support.nursery import fork_donecast
from tests.support.servers import await_url, stop
from tests.support.vendor import VENDORS
from tests.support.vendor_server import KEY


@pytest.mark.parametrize("name", sorted(VENDORS))
def test_a_process_killed_while_a_job_is_made_goes_on_with_that_job(tmp_path: Path, name: str) -> None:
    speech = speak("The beans are up.", tmp_path / "beans.wav")
    with VENDORS[name].opened(seconds=0.3) as vendor:
        settings = {
            **base_settings(tmp_path / "data"),
            "dispatch_interval_ms": 100,
            **VENDORS[name].settings(vendor),
            "transcriber_poll_ms": 200,
        }
        ready = f"http://127.0.0.1:{settings['port']}/readyz"
        killed = fork_donecast(["up"], settings, tmp_path / "up.log")

        def kill(moment: str) -> None:
            if moment == "submit:made" and killed.poll() is None:
                killed.kill()
                killed.wait(10)

        vendor.on_moment = kill
        try:
            await_url(ready, killed)
            studio = studio_of(settings)
            media = studio.upload(speech)
            episode_id = studio.make_episode(studio.make_show("Beans")["id"], media["id"])
            operation_id = studio.produce(episode_id, until="proposals")
            assert killed.wait(90) == -9
            studio.client.close()
        finally:
            stop(killed)
        again = fork_donecast(["up"], settings, tmp_path / "up.log")
        try:
            await_url(ready, again)
            studio = studio_of(settings)
            assert studio.wait(operation_id, 90)["state"] == "done"
            assert studio.ask("GET", f"/api/episodes/{episode_id}")["transcript"]["engine"] == name
            assert (len(vendor.uploads), len(vendor.jobs)) == (1, 1)
            studio.client.close()
        finally:
            stop(again)
        assert KEY not in (tmp_path / "up.log").read_text()
