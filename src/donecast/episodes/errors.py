"""What can go wrong with episodes."""

from donecast.kit.errors import DonecastError, ErrorKind


class NoSuchEpisode(DonecastError):
    """The episode does not exist, is not this person's, or is not live."""

    code = "no_such_episode"
    kind = ErrorKind.NOT_FOUND
    message = "This episode does not exist."
    action = "Look at the list of episodes."


class EpisodeInvalid(DonecastError):
    """Something said about an episode cannot be; ``details["field"]`` names it."""

    code = "episode_invalid"
    kind = ErrorKind.INVALID
    message = "Something about this episode is not right yet."
    action = "Correct it and save again."


class NotARecording(DonecastError):
    """The file that an episode shall be made of is music, a cover or another part."""

    code = "not_a_recording"
    kind = ErrorKind.INVALID
    message = "This file is not a recording, so no episode can be made of it."
    action = "Choose a recording from your library, or upload one."


class NoSuchSound(DonecastError):
    """The edit list puts no such sound into the recording."""

    code = "no_such_sound"
    kind = ErrorKind.NOT_FOUND
    message = "This sound is not in the episode."
    action = "Put it in first, then listen to it."


class SoundTooShort(DonecastError):
    """A sound is put into the recording for longer than it lasts."""

    code = "sound_too_short"
    kind = ErrorKind.INVALID
    message = "This sound is shorter than the time for which it should be heard."
    action = "Choose a longer sound, or a shorter time."


class RecordingNotReady(DonecastError):
    """The recording is still being checked, or the check refused it."""

    code = "recording_not_ready"
    kind = ErrorKind.CONFLICT
    message = "This recording has not been checked yet."
    action = "Wait a moment, then try again."
    retryable = True


class PlaceInvalid(DonecastError):
    """A stretch of the recording that has no length or does not lie inside it."""

    code = "place_invalid"
    kind = ErrorKind.INVALID
    message = "This place is not inside the recording."
    action = "Choose a stretch that begins before it ends and lies inside the recording."


class NoAudioYet(DonecastError):
    """The episode has no finished audio."""

    code = "no_audio_yet"
    kind = ErrorKind.CONFLICT
    message = "This episode has no finished audio yet."
    action = "Make the episode first, then try again."


class AudioOutdated(DonecastError):
    """Something else is heard now than in the finished audio, so what would go out is not what was asked for."""

    code = "audio_outdated"
    kind = ErrorKind.CONFLICT
    message = "The cuts of this episode have changed since its audio was made, so it was not published."
    action = "Make the episode again, or undo the changes; then publish it."


class NoTranscriptYet(DonecastError):
    """Nobody has written out the episode's words."""

    code = "no_transcript_yet"
    kind = ErrorKind.CONFLICT
    message = "The words of this episode have not been written out yet."
    action = "Make the episode first, then try again."


class UnknownTranscriptFormat(DonecastError):
    """The transcript is asked for in a form that is not made here."""

    code = "transcript_format_unknown"
    kind = ErrorKind.NOT_FOUND
    message = "A transcript does not come in this format."
    action = "Ask for vtt, srt, json or txt."


class PublishTimeTooFar(DonecastError):
    """A moment so far away that it is a typing mistake."""

    code = "publish_time_too_far"
    kind = ErrorKind.INVALID
    message = "That moment is more than ten years away."
    action = "Check the year and try again."


class PublishTimePassed(DonecastError):
    """An episode cannot be scheduled for the past."""

    code = "publish_time_passed"
    kind = ErrorKind.INVALID
    message = "That moment has already passed."
    action = "Choose a moment in the future, or publish now."


class NoSlot(DonecastError):
    """The show has no weekly publishing time."""

    code = "no_slot"
    kind = ErrorKind.CONFLICT
    message = "This show has no regular publishing time."
    action = "Give the show a day and a time, or publish the episode now."


class NotAssembled(DonecastError):
    """The step before has not been done; only a broken order of steps leads here."""

    code = "not_assembled"
    kind = ErrorKind.CONFLICT
    message = "This episode has not been put together yet."
    action = "Make the episode again."
    retryable = True
