"""What can go wrong while somebody looks at errors."""

from donecast.kit.errors import DonecastError, ErrorKind


class CursorInvalid(DonecastError):
    """The place where the next page was to begin is none of ours."""

    code = "cursor_invalid"
    kind = ErrorKind.INVALID
    message = "This is not a place in the list of errors."
    action = "Begin again with the first page."


class NobodyOfThatAddress(DonecastError):
    """An error is assigned to somebody who has no account here."""

    code = "nobody_of_that_address"
    kind = ErrorKind.INVALID
    message = "There is no account with this e-mail address."
    action = "Check it for typing mistakes, or leave it empty for nobody."
