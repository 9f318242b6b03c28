"""Whether somebody's uploads are taken in: not while storage has been owed for a week."""

from donecast.credits import service as ledger
from donecast.kit.money import credits_text
from donecast.platform.web import Ground
from donecast.recordings.errors import UploadsStopped


def require_uploads_open(ground: Ground, account_id: str) -> None:
    """Called before a file is taken in; what was begun before may be finished. Raises UploadsStopped."""
    with ground.database.reading() as session:
        debt = ledger.storage_debt(session, account_id)
        stopped = ledger.uploads_stopped(session, ground.clock, account_id)
    if debt is None or not stopped:
        return
    due = credits_text(debt.due_mc)
    raise UploadsStopped(
        f"{due} credits for storage have been owed since {debt.since:%Y-%m-%d}, so nothing more can be uploaded for "
        f"now. Your files are kept; nothing is deleted before {debt.kept_until:%Y-%m-%d}.",
        details={"due": due},
    )
