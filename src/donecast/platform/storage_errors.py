"""What can go wrong with kept bytes, whether they lie in a folder or in a bucket.

BlobMissing             a row points at bytes that are not there
StorageUnavailable      no answer, half of one, or the storage's own trouble; the same again may work
+-- StorageAskedTooMuch   it says that we ask too much
+-- StorageRefused        it knows us and says no: the key, the rights, the question
StorageResting          it failed again and again, so nobody asks it for a while
"""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone


class BlobMissing(DonecastError):
    """A file that a row points at is not in the storage."""

    code = "blob_missing"
    kind = ErrorKind.BROKEN
    message = "A stored file that belongs to this cannot be found."
    action = "Please report this to the person who runs your DoneCast; the storage needs a look."


class StorageUnavailable(DonecastError):
    """The folder or the bucket does not answer."""

    code = "storage_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The file storage cannot be reached just now."
    action = "Nothing was lost. Please try again in a minute."
    retryable = True


class StorageAskedTooMuch(StorageUnavailable):
    """The bucket wants fewer questions from us."""

    code = "storage_asked_too_much"
    message = "The file storage has too much to do just now."


class StorageRefused(StorageUnavailable):
    """The bucket answers, and says no."""

    code = "storage_refused"
    message = "The file storage does not let us in."
    action = "Nothing was lost. Please tell the person who runs your DoneCast: the key or the rights need a look."
    retryable = False


class StorageResting(ServiceLeftAlone):
    """The bucket is left alone."""

    code = "storage_resting"
    message = "The file storage is out of order, so we leave it alone for a while."
    action = "Nothing was lost. Please try again in a few minutes."
    isolated_message = "The file storage is switched off for now."
    isolated_action = "Nothing was lost. Ask the person who runs this DoneCast."
