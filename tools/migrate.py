"""Writes the next migration from what the models say: ``python -m tools.migrate "what changes"``."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from donecast.platform.database import Database, alembic_config


def main() -> int:
    """Compares the models with a freshly migrated database and writes the difference as a revision."""
    number = len(list((Path(__file__).parents[1] / "migrations" / "versions").glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/compare.sqlite")
        database.migrate()
        config = alembic_config()
        with database.writing_engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{number:04d}")
        database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
