"""``donecast admin unused-files``: stored files that nothing names, for a person who looks at the list first."""

from donecast.platform.blob_uses import UNUSED_AGE_MIN, find_unused, forget_unused
from donecast.platform.web import Ground


def list_unused(ground: Ground, *, delete: bool) -> tuple[str, bool]:
    """What is printed, a sentence last; deletes them when told so. False when not all that were meant are gone."""
    found = find_unused(ground.database, ground.blobs, ground.clock.now() - UNUSED_AGE_MIN)
    lines = [f"{blob.content_hash}  {blob.bytes:14,d} bytes" for blob in found.unused]
    words = f"{len(found.unused)} files that nothing names, {found.bytes:,d} bytes"
    if not delete:
        return "\n".join([*lines, f"{words}. Nothing was deleted; --delete does it."]), True
    removed = forget_unused(ground.database, ground.blobs, [blob.content_hash for blob in found.unused])
    if removed < len(found.unused):
        last = f"Deleted {removed} of {words}. The others are named again, or the storage does not answer."
        return "\n".join([*lines, last]), False
    return "\n".join([*lines, f"Deleted: {words}."]), True
