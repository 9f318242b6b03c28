"""``donecast admin unused-files``: stored files that nothing names, for a person who looks at the list first."""

from donecast.platform.blob_uses import UNUSED_AGE_MIN, find_unused, forget_unused
from donecast.platform.web import Ground


def list_unused(ground: Ground, *, delete: bool) -> int:
    """Prints them, a sentence last, and deletes them when told so; 1 when not all that were meant are gone."""
    found = find_unused(ground.database, ground.blobs, ground.clock.now() - UNUSED_AGE_MIN)
    for blob in found.unused:
        print(f"{blob.content_hash}  {blob.bytes:14,d} bytes")
    words = f"{len(found.unused)} files that nothing names, {found.bytes:,d} bytes"
    if not delete:
        print(f"{words}. Nothing was deleted; --delete does it.")
        return 0
    removed = forget_unused(ground.database, ground.blobs, [blob.content_hash for blob in found.unused])
    if removed < len(found.unused):
        print(f"Deleted {removed} of {words}. The others are named again, or the storage does not answer.")
        return 1
    print(f"Deleted: {words}.")
    return 0
