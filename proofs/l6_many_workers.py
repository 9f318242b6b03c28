"""The whole line on PostgreSQL, an S3 store, 1 API and 2 workers: 20 episodes at once, all right, none twice."""

import sys
import time
from pathlib import Path

from proofs.harness import base_settings, distinct, folder, run_admin, speak, studio_of, table
from tests.support.servers import await_url, object_store, postgres, start_donecast, stop

DURATION = "about 3 minutes"
EPISODES = 20
_TEXT = "Hello and welcome. Number {number} is about water. It falls, it runs, and in the end it comes back to us."


def main(arguments: list[str]) -> int:
    """Runs it; an argument is the number of episodes."""
    count = int(arguments[0]) if arguments else EPISODES
    with folder() as place, postgres() as url, object_store() as storage:
        settings = {**base_settings(place / "data"), **storage, "database_url": url}
        run_admin(settings, "migrate")
        run_admin(settings, "account", "--email", "admin@example.com", "--admin")
        api = start_donecast(["api"], settings, place / "api.log")
        names = ("one", "two")
        workers = [
            start_donecast(["worker"], {**settings, "worker_id": name, "data": place / name}, place / f"{name}.log")
            for name in names
        ]
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", api)
            return _run(place, settings, count)
        finally:
            for process in (*workers, api):
                stop(process)


def _run(place: Path, settings: dict[str, object], count: int) -> int:
    studio = studio_of(settings)
    show = studio.make_show("Twenty at once")
    speech = speak(_TEXT.format(number=count), place / "speech.wav")
    drafts = []
    for number in range(count):
        media = studio.upload(distinct(speech, place / f"{number}.wav", number))
        drafts.append(studio.make_episode(show["id"], media["id"], title=f"Episode {number:02d}"))
    begun = time.monotonic()
    operations = [studio.produce(episode_id, publish="now") for episode_id in drafts]
    rows: list[tuple[object, ...]] = []
    well = 0
    for episode_id, operation_id in zip(drafts, operations, strict=True):
        operation = studio.wait(operation_id, 900)
        episode = studio.ask("GET", f"/api/episodes/{episode_id}")
        rendition = episode["rendition"] or {}
        runs = [step["runs"] for step in operation["steps"]]
        served = studio.client.get(rendition["url"]) if rendition else None
        right = (
            operation["state"] == "done"
            and episode["state"] == "live"
            and set(runs) == {1}
            and served is not None
            and len(served.content) == rendition["length_bytes"]
            and abs(rendition["loudness_lufs"] - -16) <= 0.5
            and rendition["true_peak_dbtp"] <= -1.0
        )
        well += right
        loudness, peak = rendition.get("loudness_lufs"), rendition.get("true_peak_dbtp")
        rows.append((episode["title"], operation["state"], episode["state"], max(runs), loudness, peak, right))
    seconds = time.monotonic() - begun
    renditions = len({studio.ask("GET", f"/api/episodes/{episode_id}")["rendition"]["id"] for episode_id in drafts})
    items = studio.client.get(show["feed_url"]).text.count("<item>")
    print(table(rows, ("episode", "operation", "state", "runs of a step at most", "LUFS", "dBTP", "right")))
    print(
        f"L6: {well} of {count} episodes right, {renditions} renditions, {items} items in the feed, "
        f"no step begun twice: {all(row[3] == 1 for row in rows)}, {seconds:.0f} s on 2 workers"
    )
    return 0 if well == count == renditions == items else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
