"""Counts publications where they happen: the database notes each change of an episode's instant of publication."""

from sqlalchemy import text

from donecast.platform.database import Database

_TABLE = "CREATE TABLE IF NOT EXISTS sim_publications (episode_id TEXT, at TEXT)"
_TRIGGER = """
    CREATE TRIGGER IF NOT EXISTS sim_published AFTER UPDATE OF published_at ON episodes
    WHEN new.published_at IS NOT NULL AND new.published_at IS NOT old.published_at
    BEGIN INSERT INTO sim_publications VALUES (new.id, new.published_at); END
"""


def count_publications(database: Database) -> None:
    """From now on each publication is a row of ``sim_publications``; a second one of the same episode another row."""
    with database.transaction() as session:
        session.execute(text(_TABLE))
        session.connection().exec_driver_sql(_TRIGGER)
