"""What can go wrong with files that people bring.

What is wrong inside a file (no audio, cut off, protected, too long) is said by the engine's own errors.
"""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchMedia(DonecastError):
    """The file does not exist, or it is not this person's."""

    code = "no_such_media"
    kind = ErrorKind.NOT_FOUND
    message = "This file is not in your library."
    action = "Reload the page and choose the file again."


class MediaInUse(DonecastError):
    """An episode is made from this file."""

    code = "media_in_use"
    kind = ErrorKind.CONFLICT
    message = "This file belongs to an episode, so it cannot be deleted."
    action = "Keep the file: the episode is made from it."


class MediaInTemplate(DonecastError):
    """A template uses this file; ``details["templates"]`` names every one that does."""

    code = "media_in_template"
    kind = ErrorKind.CONFLICT
    message = "A template uses this file, so it cannot be deleted."
    action = "Choose another file in the template first, or keep this one."


class MediaInCue(DonecastError):
    """Words of a show call this file; ``details["words"]`` names them all."""

    code = "media_in_cue"
    kind = ErrorKind.CONFLICT
    message = "Your show calls this sound by a word, so it cannot be deleted."
    action = "Under “Your show”, “Sounds you call by a word”, delete these words first; or keep this sound."


class CueClipUnfitting(DonecastError):
    """A file that no words can call."""

    code = "cue_clip_unfitting"
    kind = ErrorKind.INVALID
    message = "This file cannot be called by a word."
    action = "Choose another sound, or upload a shorter one as a sound effect."


class MediaUnfitting(DonecastError):
    """A template names a file that is meant for something else."""

    code = "media_unfitting"
    kind = ErrorKind.INVALID
    message = "The template uses a file that is meant for something else."
    action = "Choose another file, or upload this one again under the category that fits."


class MediaRefused(DonecastError):
    """The file was examined and cannot be used; the message is what was found."""

    code = "media_refused"
    kind = ErrorKind.INVALID
    message = "This file cannot be used."
    action = "Choose another file."


class MediaNotReady(DonecastError):
    """The file is still being examined."""

    code = "media_not_ready"
    kind = ErrorKind.CONFLICT
    message = "This file is still being checked."
    action = "Wait a moment, then try again."
    retryable = True


class NoPeaks(DonecastError):
    """There is no waveform to draw: a cover has none."""

    code = "no_peaks"
    kind = ErrorKind.NOT_FOUND
    message = "There is no waveform for this file."
    action = "Only audio has a waveform, at 2, 20 or 100 steps per second."


class CategoryUnknown(DonecastError):
    """The library has no such shelf."""

    code = "category_unknown"
    kind = ErrorKind.INVALID
    message = "It is not clear what this file is meant for."
    action = "Choose recording, intro, outro, music, advert, sound_effect or cover as its category."


class NoSuchUpload(DonecastError):
    """The upload does not exist, is over, or is not this person's."""

    code = "no_such_upload"
    kind = ErrorKind.NOT_FOUND
    message = "This upload is not known any more."
    action = "Start it again from the beginning."


class UploadBusy(DonecastError):
    """Another request is writing this upload."""

    code = "upload_busy"
    kind = ErrorKind.CONFLICT
    message = "This upload is already coming in over another connection."
    action = "Wait a moment; it goes on by itself."
    retryable = True


class WrongOffset(DonecastError):
    """The piece does not begin where the upload ends."""

    code = "wrong_offset"
    kind = ErrorKind.CONFLICT
    message = "This piece does not follow the one before it."
    action = "Ask where the upload stands and go on from there."
    retryable = True


class UploadOverlong(DonecastError):
    """More bytes came than were announced."""

    code = "upload_overlong"
    kind = ErrorKind.TOO_LARGE
    message = "More has come than the file was said to hold."
    action = "Start the upload again; the file may have changed meanwhile."


class UploadMalformed(DonecastError):
    """A header of the upload protocol is missing or wrong."""

    code = "upload_malformed"
    kind = ErrorKind.INVALID
    message = "This upload was not announced in the way we understand (tus 1.0.0)."
    action = "Please report this; the program that uploads needs a correction."


class PieceUnsupported(DonecastError):
    """A piece came as another type than the protocol's."""

    code = "piece_unsupported"
    kind = ErrorKind.UNSUPPORTED
    message = "This piece of an upload came as a type that we do not take."
    action = "Send it as application/offset+octet-stream."


class TooManyUploads(DonecastError):
    """One person has many unfinished uploads."""

    code = "too_many_uploads"
    kind = ErrorKind.RATE_LIMITED
    message = "You have too many unfinished uploads."
    action = "Finish the one that you began, or wait: unfinished uploads are forgotten after a few days."


class UploadsStopped(DonecastError):
    """Storage has been owed for so long that nothing more is taken in; ``details["due"]`` is the amount in credits."""

    code = "uploads_stopped"
    kind = ErrorKind.PAYMENT_REQUIRED
    message = "Credits for storage are owed, so nothing more can be uploaded for now."
    action = "Buy credits, or wait for your next monthly allowance: the storage is then paid by itself."
