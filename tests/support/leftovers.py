"""What is left in an installation after something went wrong; the right answer is: nothing."""

from sqlalchemy import text

from donecast.platform.web import Ground


def leftovers(ground: Ground) -> dict[str, list[str]]:
    """Rows of the library, stored bytes, temporary folders and files of uploads, by kind; empty kinds are left out."""
    with ground.database.reading() as session:
        rows = [
            f"{table}: {row[0]}"
            for table in ("media_items", "media_peaks", "uploads")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
    found = {
        "rows": rows,
        "blobs": [path.name for path in (ground.settings.data / "blobs").rglob("*") if path.is_file()],
        "temporary": [path.name for path in (ground.settings.data / "temporary").rglob("*")],
        "uploads": [path.name for path in (ground.settings.data / "uploads").glob("*")],
    }
    return {kind: names for kind, names in found.items() if names}
