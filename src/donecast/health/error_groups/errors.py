"""What can go wrong while somebody looks through errors, or a studio tells of one."""

from donecast.kit.errors import DonecastError, ErrorKind


class TooManyErrors(DonecastError):
    """A studio tells of more errors than anybody needs."""

    code = "too_many_errors"
    kind = ErrorKind.RATE_LIMITED
    message = "More errors were told than we can take."
    action = "Nothing needs to be done; those told before are enough."


class NoSuchErrorGroup(DonecastError):
    """There is no group of that id, or it was forgotten after its time."""

    code = "no_such_error_group"
    kind = ErrorKind.NOT_FOUND
    message = "This error is not kept any more."
    action = "Look at the list of errors; what nobody met for 30 days is forgotten."
