"""What can go wrong with shows and templates."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchShow(DonecastError):
    """The show does not exist, or it is not this person's."""

    code = "no_such_show"
    kind = ErrorKind.NOT_FOUND
    message = "This show does not exist."
    action = "Look at your list of shows."


class NoSuchTemplate(DonecastError):
    """The template does not exist, or it is not this person's."""

    code = "no_such_template"
    kind = ErrorKind.NOT_FOUND
    message = "This template does not exist."
    action = "Look at the templates of your show."


class NoSuchCover(DonecastError):
    """No show has had this cover, or it has another one by now."""

    code = "no_such_cover"
    kind = ErrorKind.NOT_FOUND
    message = "There is no cover at this address."
    action = "Open the show's page; it names the current cover."


class ShowInvalid(DonecastError):
    """Something said about a show breaks a rule of the feed; ``details["field"]`` names it."""

    code = "show_invalid"
    kind = ErrorKind.INVALID
    message = "Something about this show is not right yet."
    action = "Correct it and save again."


class NoSuchCue(DonecastError):
    """The show has no such words that call a sound."""

    code = "no_such_cue"
    kind = ErrorKind.NOT_FOUND
    message = "These words are not on the list of your show any more."
    action = "Reload the page to see the list."


class LessonUnusable(DonecastError):
    """A recording from which a show's word cannot be learnt; ``details["said"]`` counts what was said in it."""

    code = "lesson_unusable"
    kind = ErrorKind.INVALID
    message = "Your word cannot be learnt from this recording."
    action = "Record nothing but the word, five times, with a second of silence after each."


class AddressesTaken(DonecastError):
    """Others made shows of the same name at the same moment, again and again."""

    code = "addresses_taken"
    kind = ErrorKind.CONFLICT
    message = "We could not find a free address for this show just now."
    action = "Please try again, or choose another title."
    retryable = True
