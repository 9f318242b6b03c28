"""What can go wrong while an alert is looked after."""

from donecast.kit.errors import DonecastError, ErrorKind


class StepNotAllowed(DonecastError):
    """A run cannot go this way from where it stands; usually somebody else has brought it further meanwhile."""

    code = "autoops_step_not_allowed"
    kind = ErrorKind.CONFLICT
    message = "This run has gone on in the meantime."
    action = "Open the run again to see where it stands."
