"""What can go wrong while somebody looks after the program."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchService(DonecastError):
    """No outside service of that name is ever asked."""

    code = "no_such_service"
    kind = ErrorKind.NOT_FOUND
    message = "DoneCast asks no service of that name."
    action = "Look at the list of circuit breakers for the names."
