"""Durable steps of recordings, called by the line."""

from donecast.kit.progress import Report
from donecast.platform.web import Ground
from donecast.recordings import service


def check_recording(ground: Ground, media_id: str, report: Report) -> str:
    """Examines the recording unless that is done; answers its id.

    Raises the engine's refusal the first time and MediaRefused from then on, EngineFailed, NoSuchMedia.
    """
    report(0, "Looking at the file")
    return service.check(ground, media_id, report).id
