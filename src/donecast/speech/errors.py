"""What can go wrong between sound and words, in sentences.

DonecastError
+-- SpeechUnavailable      the recogniser is not installed or does not start
+-- FeedUnreadable         the sound given to a recogniser is not a speech feed
+-- MarkerUnspeakable      a marker word has no pronunciation
+-- TranscriptionFailed    the recogniser broke or ran out of time; trying again may work
+-- TranscriptionCancelled somebody asked to stop
+-- EngineNotOffered       who was chosen to write out the words is not to be had here
+-- NoVoice                no program here can speak
+-- UnknownVoice           a voice of that name is not here
+-- NothingToSay           the text to speak is empty
+-- TextTooLong            the text to speak is longer than we accept
+-- SpeakingFailed         the voice broke or ran out of time
"""

from donecast.kit.errors import DonecastError, ErrorKind


class SpeechUnavailable(DonecastError):
    """The recogniser's library or its language files are missing."""

    code = "speech_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The speech recogniser is not installed completely."
    action = (
        "Choose somebody else to write out the words, under “Words and voice”; or let the person who runs this "
        "DoneCast start it again with ./dev up, which installs what is missing."
    )


class FeedUnreadable(DonecastError):
    """The file is not a 16 kHz mono 16-bit WAV; engine makes those, so this is our own mistake."""

    code = "feed_unreadable"
    kind = ErrorKind.BROKEN
    message = "The sound prepared for the speech recogniser cannot be read."
    action = "Please make the episode again."
    retryable = True


class MarkerUnspeakable(DonecastError):
    """A marker word from which no sounds can be derived."""

    code = "marker_unspeakable"
    kind = ErrorKind.INVALID
    message = "This marker word cannot be listened for."
    action = "Choose a word made of English letters, such as flubber."


class TranscriptionFailed(DonecastError):
    """The recogniser ended without an answer."""

    code = "transcription_failed"
    kind = ErrorKind.BROKEN
    message = "The speech recogniser stopped before it was done."
    action = "Please try again; if it stops again, choose somebody else under “Words and voice”."
    retryable = True


class TranscriptionCancelled(DonecastError):
    """The person took the job back; nothing is kept."""

    code = "transcription_cancelled"
    kind = ErrorKind.CONFLICT
    message = "The transcription was cancelled."
    action = "Start it again whenever you like."
    retryable = True


class EngineNotOffered(DonecastError):
    """A show or an episode names a transcriber that this installation has not, such as a vendor without its key."""

    code = "engine_not_offered"
    kind = ErrorKind.UNAVAILABLE
    message = "Who was chosen to write out the words cannot be asked here."
    action = (
        "Choose somebody else under “Words and voice” of the episode or of your show, or let the person who runs this "
        "DoneCast set it up again."
    )


class NoVoice(DonecastError):
    """The program that speaks is missing."""

    code = "voice_missing"
    kind = ErrorKind.UNAVAILABLE
    message = "No voice is installed on this machine, so the spoken parts of the template cannot be made."
    action = (
        "Let the person who runs this DoneCast install a voice: “sudo apt install flite”, or start with ./dev up, "
        "which does it where it may. Then make the episode again."
    )


class UnknownVoice(DonecastError):
    """A template asks for a voice that is not here."""

    code = "voice_unknown"
    kind = ErrorKind.INVALID
    message = "The chosen voice is not installed on this machine."
    action = "Choose another voice under “Words and voice” of the episode or of your show."


class VoiceEngineNotOffered(DonecastError):
    """A voice was chosen whose engine this installation has not, such as a vendor without its key."""

    code = "voice_engine_not_offered"
    kind = ErrorKind.UNAVAILABLE
    message = "Who was chosen to speak cannot be asked here."
    action = (
        "Choose another voice under “Words and voice” of the episode or of your show, or let the person who runs this "
        "DoneCast set it up again."
    )


class NothingToSay(DonecastError):
    """Nothing is left of the text once spaces and signs are taken away."""

    code = "spoken_text_empty"
    kind = ErrorKind.INVALID
    message = "There are no words to speak in this text."
    action = "Write at least one word."


class TextTooLong(DonecastError):
    """More text than one spoken segment may have."""

    code = "spoken_text_too_long"
    kind = ErrorKind.TOO_LARGE
    message = "This text is too long to be spoken in one piece."
    action = "Please shorten it."


class SpeakingFailed(DonecastError):
    """The voice program failed or hung and was ended."""

    code = "speaking_failed"
    kind = ErrorKind.BROKEN
    message = "The voice could not speak this text."
    action = "Please try again, or reword the sentence."
    retryable = True
