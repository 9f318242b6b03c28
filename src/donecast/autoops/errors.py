"""What can go wrong while an alert is looked after."""

from donecast.kit.errors import DonecastError, ErrorKind


class StepNotAllowed(DonecastError):
    """A run cannot go this way from where it stands; usually somebody else has brought it further meanwhile."""

    code = "autoops_step_not_allowed"
    kind = ErrorKind.CONFLICT
    message = "This run has gone on in the meantime."
    action = "Open the run again to see where it stands."


class RepositoryMissing(DonecastError):
    """There is no git repository where the settings say that one is."""

    code = "autoops_repository_missing"
    kind = ErrorKind.NOT_FOUND
    message = "There is no git repository in the folder that Auto-Ops is to look at."
    action = "Set AUTO_OPS_REPOSITORY_ROOT to the folder of a git checkout."
