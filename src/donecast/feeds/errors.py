"""What can go wrong for those who read."""

from donecast.kit.errors import DonecastError, ErrorKind


class NothingToRead(DonecastError):
    """The episode has no text of this kind for everybody, or it does not come in this form."""

    code = "nothing_to_read"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such text for this episode."
    action = "Open the episode's page; it names the texts that there are."
