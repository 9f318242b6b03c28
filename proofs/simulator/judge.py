"""What must be so once everything has come to its end, whatever broke on the way."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from donecast.credits import service as ledger
from donecast.platform.blob_uses import find_unused, forget_unused
from donecast.platform.blobs import BlobStore, open_blob_store
from donecast.platform.database import Database
from donecast.production import service as production
from proofs.simulator.installation import NOON, settings_of
from proofs.simulator.onlookers import bytes_lost, late_writers
from proofs.simulator.world import World

_ONE_OF_EACH = {
    "TRANSCRIPTION": "SELECT count(*) FROM transcripts",
    "ASSEMBLY": "SELECT count(*) FROM rendered_audio",
    "TTS_GENERATION": "SELECT count(*) FROM spoken_clips",
}
"""What each charge is for: there are as many of them as of what was made."""


def judged(world: World) -> list[str]:
    """Everything that is wrong."""
    settings = settings_of(world.folder, "judge")
    database, blobs = Database(settings.database_url), open_blob_store(settings)
    try:
        with database.reading() as session:
            wrong = [
                *world.surprises,
                *_lost(session, world),
                *_twice(session),
                *_money(session),
            ]
        wrong += bytes_lost(world.folder, thoroughly=True) + late_writers(world.folder)
        return wrong + _left_over(world.folder) + _orphans(world, database, blobs)
    finally:
        database.dispose()


def _lost(session: Session, world: World) -> list[str]:
    """What somebody was told is there, and is not."""
    wrong = []
    for person in world.people:
        for table, found in (("media_items", person.media_ids), ("episodes", person.episode_ids)):
            kept = {row for (row,) in session.execute(text(f"SELECT id FROM {table}"))}
            wrong += [f"lost: {one} of {table}" for one in found if one not in kept]
        for operation_id in dict.fromkeys(person.operation_ids):
            state = production.view(session, person.account_id, operation_id).state
            if state != "done":
                wrong.append(f"an order ended as {state} although nothing was broken any more")
        for episode_id in person.published:
            at = text("SELECT published_at FROM episodes WHERE id = :id")
            if session.execute(at, {"id": episode_id}).scalar() is None:
                wrong.append(f"lost: the publication of {episode_id}")
        if person.wishes:
            wrong.append(f"somebody still waits for {person.wishes}")
    wrong += [f"still running: {one.name}" for one in world.memory.workflows.values() if one.state != "ended"]
    broken = "SELECT id FROM operations WHERE json_extract(error, '$.code') = 'broken'"
    return wrong + [f"broke for no reason of ours: {one}" for (one,) in session.execute(text(broken))]


def _twice(session: Session) -> list[str]:
    """What was done twice."""
    wrong = []
    for words, query in (
        ("two renditions of one version", "SELECT episode_id FROM renditions GROUP BY 1 HAVING count(*) > 1"),
        ("published twice", "SELECT episode_id FROM sim_publications GROUP BY 1 HAVING count(*) > 1"),
        (
            "charged twice",
            "SELECT operation_id FROM credit_entries WHERE act = 'charge' GROUP BY account_id, operation_id "
            "HAVING count(*) > 1",
        ),
        (
            "working although it ended",
            "SELECT e.id FROM episodes e JOIN operations o ON o.id = e.operation_id "
            "WHERE e.working AND o.state NOT IN ('queued', 'running')",
        ),
    ):
        wrong += [f"{words}: {row[0]}" for row in session.execute(text(query))]
    return wrong


def _money(session: Session) -> list[str]:
    wrong = []
    for reason, made in _ONE_OF_EACH.items():
        query = text("SELECT count(*) FROM credit_entries WHERE act = 'charge' AND reason = :reason")
        charges, things = session.execute(query, {"reason": reason}).scalar(), session.execute(text(made)).scalar()
        if charges != things:
            wrong.append(f"{charges} charges for {reason}, and {things} were made")
    refunds = session.execute(text("SELECT count(*) FROM credit_entries WHERE act = 'refund'")).scalar()
    holds = session.execute(text("SELECT count(*) FROM credit_holds WHERE state = 'open'")).scalar()
    unbilled = session.execute(text("SELECT count(*) FROM credit_unbilled WHERE billed_at IS NULL")).scalar()
    for count, words in ((refunds, "refunds"), (holds, "holds left"), (unbilled, "not billed")):
        wrong += [f"{count} {words}"] if count else []
    for audit in (ledger.reconcile(session), ledger.verify_chain(session)):
        wrong += [f"ledger: {finding}" for finding in audit.findings]
    return wrong


def _left_over(data: Path) -> list[str]:
    folders = [path.name for path in (data / "temporary").iterdir()]
    halves = [path.name[:12] for path in (data / "blobs").glob("??/*#*")]
    return [f"left over: {name}" for name in [*folders, *halves]]


def _orphans(world: World, database: Database, blobs: BlobStore) -> list[str]:
    """Bytes without a row are left by crashes alone, one or two each; and the operator's command finds them all."""
    later = NOON + timedelta(days=365_000)
    orphans = find_unused(database, blobs, later).unused
    troubles = world.fate.crashes.total() + world.fate.faults.total()
    wrong = [f"{len(orphans)} orphans of {troubles} troubles"] if len(orphans) > 4 * troubles else []
    forget_unused(database, blobs, [blob.content_hash for blob in orphans])
    left = find_unused(database, blobs, later).unused
    return wrong + [f"orphan that stays: {blob.content_hash[:12]}" for blob in left]
