"""What can go wrong with edits. Stale versions and unreadable lists are errors of the core."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchProposal(DonecastError):
    """A decision names a proposal that this episode does not have."""

    code = "no_such_proposal"
    kind = ErrorKind.NOT_FOUND
    message = "One of the proposed cuts does not exist any more."
    action = "Reload the page to see the proposals of this episode."


class SoundMissing(DonecastError):
    """A sound that should be heard in place of some words is not in the person's library any more."""

    code = "sound_missing"
    kind = ErrorKind.CONFLICT
    message = "The sound for this place is not in your library any more, so your words stay in."
    action = (
        "Under “Your show”, “Sounds you call by a word”, delete these words and add them again with another sound; "
        "then make the episode again."
    )


class NoSuchJoint(DonecastError):
    """There are not so many joints."""

    code = "no_such_joint"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such cut in this episode."
    action = "Reload the page to see the newest cuts."


class NothingToUndo(DonecastError):
    """Nobody changed the cuts, or all that was changed is taken back already."""

    code = "nothing_to_undo"
    kind = ErrorKind.CONFLICT
    message = "There is nothing to take back."
    action = "Change a cut first, or choose cut or keep for each one yourself."


class NothingToRedo(DonecastError):
    """Nothing was undone, or something new was done since."""

    code = "nothing_to_redo"
    kind = ErrorKind.CONFLICT
    message = "There is nothing that was taken back just now."
    action = "Make the change again by hand."
