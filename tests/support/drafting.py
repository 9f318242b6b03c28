"""Asking for texts about an episode over HTTP, as Ann."""

from typing import Any

from donecast.core.text_draft import DraftKind
from donecast.core.words import Transcript
from donecast.episodes import service as episodes
from donecast.transcripts import service as transcripts
from donecast.transcripts.rules import Heard
from tests.support.scene import RECORDING_MS, Scene
from tests.support.talks import QUESTION, TALK, told


def ask(scene: Scene, episode_id: str, kind: DraftKind, **more: Any) -> Any:
    body = {"kind": kind, **({"question": QUESTION} if kind == "answer" else {}), **more}
    return scene.ann.ask("POST", f"/api/episodes/{episode_id}/drafts", json=body)


def draft(scene: Scene, episode_id: str, kind: DraftKind, **more: Any) -> dict[str, Any]:
    answer = ask(scene, episode_id, kind, **more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def drafts(scene: Scene, episode_id: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = scene.ann.ask("GET", f"/api/episodes/{episode_id}/drafts").json()
    return listed


def decide(scene: Scene, made: dict[str, Any], episode_id: str, act: str, **body: Any) -> Any:
    return scene.ann.ask("POST", f"/api/episodes/{episode_id}/drafts/{made['id']}/{act}", json=body)


def accept(scene: Scene, made: dict[str, Any], episode_id: str, **body: Any) -> dict[str, Any]:
    answer = decide(scene, made, episode_id, "accept", **body)
    assert answer.status_code == 200, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def change(scene: Scene, episode_id: str, **fields: str) -> None:
    answer = scene.ann.ask("PATCH", f"/api/episodes/{episode_id}", json=fields)
    assert answer.status_code == 200, answer.text


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def give_talk(scene: Scene, episode_id: str, text: str = TALK) -> None:
    """Lets the episode's recording hold these words."""
    transcript = Transcript(told(text, RECORDING_MS), "en", RECORDING_MS, "script", "1", "good")
    with scene.ground.database.transaction() as session:
        transcript_id = transcripts.keep(
            session,
            scene.clock,
            account_id=scene.ann.account.id,
            media_id=scene.recording_id,
            key=f"talk {episode_id}",
            heard=Heard(transcript, ()),
        )
        episodes.note_transcript(session, episode_id, transcript_id)
