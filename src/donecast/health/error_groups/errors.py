"""What can go wrong while somebody looks through errors, or a studio tells of one."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchErrorGroup(DonecastError):
    """There is no group of that id, or it was forgotten after its time."""

    code = "no_such_error_group"
    kind = ErrorKind.NOT_FOUND
    message = "This error is not kept any more."
    action = "Look at the list of errors; what nobody met for 30 days is forgotten."
