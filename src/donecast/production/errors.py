"""What can go wrong with moving the line."""

from donecast.kit.errors import DonecastError, ErrorKind, Stopped


class NoSuchOperation(DonecastError):
    """The operation is not this person's."""

    code = "no_such_operation"
    kind = ErrorKind.NOT_FOUND
    message = "This piece of work does not exist."
    action = "Go back to the episode and look there."


class OperationCancelled(Stopped):
    """The person asked the line to stop."""


class LeaseLost(Stopped):
    """Another worker has this work by now; whatever this one still wanted to save is refused."""

    code = "lease_lost"
    message = "This work is done elsewhere by now."
    action = "Nothing was lost. Look at the episode in a minute."


class NothingToCancel(DonecastError):
    """It has already ended."""

    code = "nothing_to_cancel"
    kind = ErrorKind.CONFLICT
    message = "This work has already ended, so there is nothing to stop."
    action = "Go back to the episode."


class NothingToRetry(DonecastError):
    """It has not failed."""

    code = "nothing_to_retry"
    kind = ErrorKind.CONFLICT
    message = "This work has not failed, so there is nothing to try again."
    action = "Go back to the episode."


class WorkKeepsStopping(DonecastError):
    """The work was begun again and again and never finished a step: it kills whoever does it, or they are killed."""

    code = "work_keeps_stopping"
    kind = ErrorKind.BROKEN
    message = "The work on this episode stopped in the middle again and again, so we do not go on by ourselves."
    action = (
        "Nothing was lost. Press “Try again”; if it stops once more, send your recording to the person who runs your "
        "DoneCast."
    )
    retryable = True


class WorkLost(DonecastError):
    """The durable engine ended the work and could not say so at the time, for example on a full disk."""

    code = "work_lost"
    kind = ErrorKind.BROKEN
    message = "The work on this episode stopped unexpectedly."
    action = "Nothing was lost. Press “Try again”; what was finished is not done twice."
    retryable = True
