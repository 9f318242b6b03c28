"""The review in a real browser at 1280 and 390 px: cuts, covered words and the intern, by the keyboard alone; axe.

An episode is made of a talk with a restarted sentence, a long pause, a word of the show's list and a question to the
intern, with its transcript given. Then somebody without a mouse goes through it: each kind of finding is switched, a
step is undone, the edges of a cut and the end of the question are moved and heard before they are saved, words are
found and heard, an answer is suggested, changed and put in. At last the server is asked what it has, and the episode
is made once more with it.
"""

import sys
from pathlib import Path
from typing import Any

from proofs.browser_walk import print_problems, walk
from proofs.harness import ROOT, ProofFailed, Studio, base_settings, folder, run_admin, studio_of
from tests.support.servers import await_url, start_donecast, stop
from tests.support.spoken_scene import SpokenScene
from tools.environment import Environment

DURATION = "about 2 minutes"
_EMAIL = "reviewer@example.com"
_KINDS = ("Word to cover", "Restarted sentence", "Long pause")
_OTHER_ACTS = 5
_MOVED_MS = 300


def main(arguments: list[str]) -> int:
    """Pictures go to the first argument, a folder."""
    shots = Path(arguments[0]) if arguments else ROOT / "test-results" / "screens"
    shots.mkdir(parents=True, exist_ok=True)
    Environment().ensure_studio()
    with folder() as place:
        settings = {**base_settings(place / "data"), "first_admin_email": "first@example.com"}
        server = start_donecast(["up"], settings, place / "up.log")
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
            password = run_admin(settings, "account", "--email", _EMAIL).splitlines()[-1]
            studio = studio_of(settings, _EMAIL)
            episode = _episode(studio, place)
            found = _walk(studio.url, password, episode, shots)
            moved = _moved(studio, episode)
            inside = _made_again(studio, episode)
        finally:
            stop(server)
    print_problems(found)
    print("\n".join(found["done"]))
    print(
        f"S9: {len(found['done'])} acts with {found['pressed']} keys and no mouse, {found['looks']} looks at "
        f"{' and '.join(found['sizes'])} px in two themes, {len(found['violations'])} axe violations; "
        f"edges moved by keyboard: {moved} of 2; the answer is in the finished episode: {inside}"
    )
    return 0 if found["passed"] and moved == 2 and inside and len(found["done"]) == len(_KINDS) + _OTHER_ACTS else 1


def _episode(studio: Studio, place: Path) -> str:
    scene, said = SpokenScene(place), []
    for text, rest_ms in (
        ("Good evening, this is the song hour.", 700),
        ("Tonight we listen to an old song about a", 600),
        ("flubber.", 600),
        ("Tonight we listen to an old song about a river.", 800),
        ("Intern.", 300),
        ("Who wrote this song?", 300),
        ("Stop.", 900),
        ("It is a darn good song.", 2_600),
        ("Two brothers wrote this song in a small house beside the river.", 600),
        ("And now we listen to it together.", 600),
    ):
        scene.say(text)
        scene.rest(rest_ms)
        said.append(text)
    show = studio.make_show("The Song Hour")
    wish = {"cleanup": {"censored": ["darn"]}}
    studio.ask("PATCH", f"/api/shows/{show['id']}", json=wish)
    media = studio.upload(scene.write("song.wav"))
    episode = studio.make_episode(show["id"], media["id"], transcript=" ".join(said))
    ended = studio.wait(studio.produce(episode))
    if ended["state"] != "done":
        raise ProofFailed(f"the episode was not made: {ended}")
    return episode


def _walk(url: str, password: str, episode: str, shots: Path) -> dict[str, Any]:
    settings = {
        "url": url,
        "email": _EMAIL,
        "password": password,
        "episode": episode,
        "shots": shots,
        "kinds": ",".join(_KINDS),
    }
    return walk("review", settings)


def _moved(studio: Studio, episode: str) -> int:
    """How many of the two edges lie where the keys moved them: the start of the pause, and the end of the question."""
    cuts = studio.client.get(f"{studio.url}/api/episodes/{episode}/proposals").json()
    asked = studio.client.get(f"{studio.url}/api/episodes/{episode}/interns").json()
    starts = [one["start_ms"] - one["found_start_ms"] for one in cuts if one["kind"] == "long_pause" and one["cut"]]
    ends = [one["end_ms"] - before for one in asked for before in one["other_ends_ms"][-1:]]
    return (_MOVED_MS in starts) + (_MOVED_MS + 50 in ends)


def _made_again(studio: Studio, episode: str) -> bool:
    """Whether the answer is read in the captions of the episode, made with what was decided."""
    ended = studio.wait(studio.produce(episode))
    if ended["state"] != "done":
        raise ProofFailed(f"the episode was not made again: {ended}")
    text = studio.client.get(f"{studio.url}/api/episodes/{episode}/transcript.txt").text
    return "It was written by two brothers." in " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
