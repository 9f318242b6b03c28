"""What can go wrong with transcripts."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchTranscript(DonecastError):
    """The transcript does not exist, or it is not this person's."""

    code = "no_such_transcript"
    kind = ErrorKind.NOT_FOUND
    message = "This transcript does not exist."
    action = "Make the episode, and its words are written out."


class GivenTranscriptTooLarge(DonecastError):
    """A given transcript is larger than the setting allows."""

    code = "transcript_too_large"
    kind = ErrorKind.TOO_LARGE
    message = "This transcript is larger than we can take."
    action = "Give it without extra notes, or leave it out and DoneCast writes one."
