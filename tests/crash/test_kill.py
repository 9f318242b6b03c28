"""kill -9 in the middle of the work: at the next start the episode is finished and nothing is done twice.

One case stands for all; `./dev prove L5` kills at every step, at three points, on both databases.
"""

from pathlib import Path

from proofs.harness import base_settings, speak, studio_of
from tests.support.nursery import fork_donecast
from tests.support.servers import await_url, stop


def test_a_process_killed_while_it_renders_finishes_the_episode_at_its_next_start(tmp_path: Path) -> None:
    speech = speak("The beans are up.", tmp_path / "beans.wav")
    settings = {**base_settings(tmp_path / "data"), "dispatch_interval_ms": 100}
    ready = f"http://127.0.0.1:{settings['port']}/readyz"
    killed = fork_donecast(["up"], {**settings, "kill_at": "assemble:middle"}, tmp_path / "up.log")
    try:
        await_url(ready, killed)
        studio = studio_of(settings)
        show = studio.make_show("Beans")
        media = studio.upload(speech)
        episode_id = studio.make_episode(show["id"], media["id"])
        operation_id = studio.produce(episode_id, publish="now")
        assert killed.wait(90) == -9
    finally:
        stop(killed)
    again = fork_donecast(["up"], settings, tmp_path / "up.log")
    try:
        await_url(ready, again)
        studio.client.close()
        studio = studio_of(settings)
        operation = studio.wait(operation_id, 90)
        runs = {step["name"]: step["runs"] for step in operation["steps"]}
        assert operation["state"] == "done"
        assert runs.pop("assemble") == 2
        assert set(runs.values()) == {1}
        assert studio.ask("GET", f"/api/episodes/{episode_id}")["state"] == "live"
        assert list((tmp_path / "data" / "temporary").iterdir()) == []
    finally:
        studio.client.close()
        stop(again)
