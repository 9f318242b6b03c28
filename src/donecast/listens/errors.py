"""What can go wrong at the enclosure door."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchAudio(DonecastError):
    """Nothing to hear at this address."""

    code = "no_such_audio"
    kind = ErrorKind.NOT_FOUND
    message = "There is nothing to hear at this address."
    action = "Open the episode's page; it names the current audio."
