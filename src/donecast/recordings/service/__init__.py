"""Use cases of recordings: what comes in, what lies in the library, and what uploads are under way."""

from donecast.recordings.service.doors import require_uploads_open
from donecast.recordings.service.intake import add_file, check, check_soon, unchecked_ids
from donecast.recordings.service.library import (
    content_of,
    cue_clips,
    delete_media,
    has_media,
    lend,
    lend_to_cue,
    library_of,
    media_by_id,
    media_of,
    peaks_hash_of,
    silences_of,
    stored_bytes,
)
from donecast.recordings.service.uploads import (
    begin_upload,
    cancel_upload,
    find_upload,
    finish_upload,
    partial_files,
    settled_upload,
    sweep_uploads,
)

__all__ = [
    "add_file",
    "begin_upload",
    "cancel_upload",
    "check",
    "check_soon",
    "content_of",
    "cue_clips",
    "delete_media",
    "find_upload",
    "finish_upload",
    "has_media",
    "lend",
    "lend_to_cue",
    "library_of",
    "media_by_id",
    "media_of",
    "partial_files",
    "peaks_hash_of",
    "require_uploads_open",
    "settled_upload",
    "silences_of",
    "stored_bytes",
    "sweep_uploads",
    "unchecked_ids",
]
