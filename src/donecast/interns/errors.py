"""What can go wrong with what the intern was asked."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchIntern(DonecastError):
    """The command does not exist, or it is another episode's."""

    code = "no_such_intern"
    kind = ErrorKind.NOT_FOUND
    message = "This request to the intern does not exist."
    action = "Look at the list of what was asked in the episode."


class NothingAsked(DonecastError):
    """The keyword was said, and no words after it."""

    code = "nothing_asked"
    kind = ErrorKind.INVALID
    message = "Nothing was understood after the word Intern."
    action = "Write the question yourself, or leave this one out."


class AnswerRefused(DonecastError):
    """The engine's answer did not pass the checks; the message says why."""

    code = "answer_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The answer that came back cannot be used."
    action = "Ask again, or write the answer yourself."


class AnswerUnspeakable(DonecastError):
    """Not a text for one or two sentences."""

    code = "answer_unspeakable"
    kind = ErrorKind.INVALID
    message = "An answer needs one or two sentences."
    action = "Write a short answer and save it again."


class EndInvalid(DonecastError):
    """A request cannot end there: before it began, too long after, or outside the recording."""

    code = "end_invalid"
    kind = ErrorKind.INVALID
    message = "The request cannot end there."
    action = "Choose an end after the word Intern, at most two minutes later."


class AnswersMissing(DonecastError):
    """A person approved a command, and its answer is not in the episode; ``details["interns"]`` names every one."""

    code = "answers_missing"
    kind = ErrorKind.CONFLICT
    message = "An answer of the intern that you approved is not in the episode yet."
    action = "Put the answer in, or leave that one out; then make the episode again."
