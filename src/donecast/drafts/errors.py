"""What can go wrong with text drafts."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchDraft(DonecastError):
    """The draft does not exist, or it is another episode's."""

    code = "no_such_draft"
    kind = ErrorKind.NOT_FOUND
    message = "This draft does not exist."
    action = "Look at the list of the episode's drafts."


class DraftWishInvalid(DonecastError):
    """An answer without a question, or a question where none is answered."""

    code = "draft_wish_invalid"
    kind = ErrorKind.INVALID
    message = "An answer needs a question, and nothing else has one."
    action = "Write the question, or leave it out."


class NothingToWriteAbout(DonecastError):
    """No word of the recording is left that an engine could write from."""

    code = "nothing_to_write_about"
    kind = ErrorKind.CONFLICT
    message = "There are no words in this episode to write about."
    action = "Look at the transcript and at the cuts of the episode."


class TooManyDrafts(DonecastError):
    """The episode has as many drafts as are kept."""

    code = "too_many_drafts"
    kind = ErrorKind.CONFLICT
    message = "This episode has so many drafts that no more are kept."
    action = "Use one of those that are there."


class WritersBusy(DonecastError):
    """As many texts as there may be are being written at this moment."""

    code = "writers_busy"
    kind = ErrorKind.UNAVAILABLE
    message = "Several texts are being written at this moment."
    action = "Wait a few seconds, then try again."
    retryable = True


class DraftNotForEpisode(DonecastError):
    """An episode has no field that this kind of text goes into."""

    code = "draft_not_for_episode"
    kind = ErrorKind.CONFLICT
    message = "An episode has no place of its own for this kind of text."
    action = "Copy what you like of it to where you need it."


class DraftDecided(DonecastError):
    """It was refused by the checks, or it is the episode's already."""

    code = "draft_decided"
    kind = ErrorKind.CONFLICT
    message = "This draft cannot be accepted or dismissed any more."
    action = "Ask for another one."


class NoSuchChoice(DonecastError):
    """The draft has fewer titles."""

    code = "no_such_choice"
    kind = ErrorKind.INVALID
    message = "This draft has no title of that number."
    action = "Choose one of its titles, counted from 0."


class OwnWordsThere(DonecastError):
    """A person wrote what would be overwritten; ``details["field"]`` names it."""

    code = "own_words_there"
    kind = ErrorKind.CONFLICT
    message = "You have written this yourself, and the draft would take its place."
    action = "Say that it shall be replaced, or copy what you like from the draft."
