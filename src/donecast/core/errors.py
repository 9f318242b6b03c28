"""What can be wrong with the values of the pure domain, in sentences.

DonecastError
+-- StaleVersion            two windows edited; the later one must read again
+-- EditListUnreadable      also a ValueError
+-- TemplateUnreadable      also a ValueError
+-- CleanupUnreadable       also a ValueError: what a show wants found and done
+-- TranscriptUnreadable    also a ValueError: a given VTT, SRT, JSON or text file
+-- MissingAsset            a template names something that is not there
+-- NothingLeft             the cuts remove the whole recording
"""

from donecast.kit.errors import DonecastError, ErrorKind


class StaleVersion(DonecastError):
    """The edit list changed since the caller read it."""

    code = "edit_list_stale"
    kind = ErrorKind.CONFLICT
    message = "This episode was edited somewhere else in the meantime."
    action = "Reload the page to see the newest edits, then make your change again."


class EditListUnreadable(DonecastError, ValueError):
    """The edit list breaks its own schema or speaks of time that the recording does not have."""

    code = "edit_list_unreadable"
    kind = ErrorKind.INVALID
    message = "This list of cuts cannot be read."
    action = "Reload the page and make the change again."


class TemplateUnreadable(DonecastError, ValueError):
    """The template breaks its schema or contradicts itself."""

    code = "template_unreadable"
    kind = ErrorKind.INVALID
    message = "This template cannot be read."
    action = "Open the template, correct what is named here, and save it again."


class CleanupUnreadable(DonecastError, ValueError):
    """A show's clean-up settings ask for what cannot be; ``details["field"]`` names it where one field is wrong."""

    code = "cleanup_unreadable"
    kind = ErrorKind.INVALID
    message = "These clean-up settings cannot be read."
    action = "Correct them and save again."


class TranscriptUnreadable(DonecastError, ValueError):
    """A transcript that somebody gave us cannot be read."""

    code = "transcript_unreadable"
    kind = ErrorKind.INVALID
    message = "This transcript cannot be read."
    action = "Give a transcript as VTT, SRT, JSON or plain text, or leave it out and DoneCast writes one."


class MissingAsset(DonecastError):
    """A template names a file or a spoken text for which there is no audio. Never rendered without it."""

    code = "asset_missing"
    kind = ErrorKind.CONFLICT
    message = "The template uses a file that is not in your library."
    action = "Choose another file in the template, or take that part out of it."


class NothingLeft(DonecastError):
    """Every instant of the recording is cut."""

    code = "nothing_left"
    kind = ErrorKind.CONFLICT
    message = "The cuts remove the whole recording, so there is nothing left to publish."
    action = "Take back some of the cuts, then make the episode again."
