"""What can go wrong with bug reports."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchReport(DonecastError):
    """There is no report of this id."""

    code = "no_such_bug_report"
    kind = ErrorKind.NOT_FOUND
    message = "This report does not exist."
    action = "Go back to the list of reports."


class TooManyReports(DonecastError):
    """One person reports more within an hour than anybody can answer."""

    code = "too_many_bug_reports"
    kind = ErrorKind.RATE_LIMITED
    message = "You have told us about several problems within this hour, and we have them all."
    action = "Please tell us about the next one in an hour."
    retryable = True
