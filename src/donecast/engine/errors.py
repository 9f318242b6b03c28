"""What can go wrong with audio, in sentences.

DonecastError
+-- EngineFailed            the machinery, not the file
|   +-- EngineTimeout           took longer than its deadline
|   +-- EngineOutOfMemory       needed more memory than it may have
|   +-- EngineCrashed           its process died
|   +-- EngineAtItsEnd          came to no result, and would not by trying again
|   +-- EngineCancelled         somebody asked it to stop
|   +-- NoRoom                  the disk is full, or a file grew past its limit
|   +-- TooManyPreviews         others are being made
+-- EngineRefused           the file, not the machinery
|   +-- EmptyFile, NotAudio, PlaylistRefused, UnknownFormat, Damaged, NoAudioInside, CopyProtected
|   +-- FileTooLarge, TooLong, EpisodeTooLong, TooShort, OnlySilence, TooQuiet
|   +-- AbsurdSampleRate, AbsurdChannels, BrokenSamples
|   +-- SourceTooShort, SourceMissing
|   +-- CoverRefused, TagsRefused
|   +-- TracksUnrelated, TrackTwice, TrackCount   several tracks that cannot become one recording
+-- ProgramMissing          another program is not installed
+-- ProgramFailed           it is, but it did not do its work
"""

from donecast.kit.errors import DonecastError, ErrorKind


class EngineFailed(DonecastError):
    """The machinery failed; the file may be fine."""

    code = "engine_failed"
    kind = ErrorKind.BROKEN
    message = "Working on this audio failed."
    action = "Try again. If it happens again with the same file, report it to the person who runs this DoneCast."
    retryable = True


class EngineTimeout(EngineFailed):
    """A job took longer than its deadline and was stopped."""

    code = "engine_timeout"
    message = "Working on this audio took too long and was stopped."
    action = "Try again when the machine is less busy, or use a shorter recording."


class EngineOutOfMemory(EngineFailed):
    """A job needed more memory than it may have."""

    code = "engine_out_of_memory"
    message = "Working on this audio needed more memory than is set aside for it."
    action = "Try again with a WAV, FLAC or MP3 version of the same recording."
    retryable = False


class EngineCrashed(EngineFailed):
    """A job's process died, or answered nonsense; everything it held is gone and nothing else is touched."""

    code = "engine_crashed"
    message = "The program that works on audio broke off on this file."
    action = "Try again. If it breaks off again, save the recording anew as WAV, FLAC or MP3 and use that."


class EngineAtItsEnd(EngineFailed):
    """No result was reached, and none would be by trying again: the same plan comes to the same end."""

    code = "engine_at_its_end"
    message = "This audio could not be finished as it should be."
    action = "Please report this to the person who runs this DoneCast. Your recording is unchanged."
    retryable = False


class EngineCancelled(EngineFailed):
    """Somebody asked for the work to stop."""

    code = "engine_cancelled"
    kind = ErrorKind.CONFLICT
    message = "The work on this audio was cancelled."
    action = "Start it again whenever you like."


class NoRoom(EngineFailed):
    """A job filled the disk, or wrote a file larger than it may."""

    code = "engine_no_room"
    kind = ErrorKind.UNAVAILABLE
    message = "There was not enough room on the server's disk to work on this audio."
    action = "Ask the person who runs this DoneCast to free some space, then try again."


class TooManyPreviews(EngineFailed):
    """As many previews as there may be are being made at this moment."""

    code = "too_many_previews"
    kind = ErrorKind.UNAVAILABLE
    message = "Several previews are being made at this moment."
    action = "Wait a few seconds, then listen again."


class EngineRefused(DonecastError):
    """The file cannot be used as it is."""

    code = "audio_refused"
    kind = ErrorKind.UNSUPPORTED
    message = "This file cannot be used."
    action = "Use a WAV, MP3, M4A, FLAC or Ogg file."


class EmptyFile(EngineRefused):
    """Zero bytes."""

    code = "audio_empty"
    kind = ErrorKind.INVALID
    message = "This file is empty: it has no bytes at all."
    action = "Look whether the original still plays on your computer, then upload that one again."


class NotAudio(EngineRefused):
    """Text, a picture, an archive: not audio, whatever its name says."""

    code = "audio_not_audio"
    message = "This file is not audio, whatever its name says."
    action = "Choose the recording itself: a WAV, MP3, M4A, FLAC or Ogg file."


class PlaylistRefused(EngineRefused):
    """A list of references to other files."""

    code = "audio_playlist"
    message = "This file holds no sound of its own: it is a playlist that points to other files."
    action = "Upload the recording that the playlist points to."


class UnknownFormat(EngineRefused):
    """Bytes of a kind that is not on the allow-list."""

    code = "audio_format_unknown"
    message = "We do not know this kind of file."
    action = "Save or export the recording as WAV, MP3, M4A, FLAC or Ogg and upload that."


class Damaged(EngineRefused):
    """The beginning is right, but nothing usable follows."""

    code = "audio_damaged"
    kind = ErrorKind.INVALID
    message = "This file is damaged or was cut off: no sound in it can be read."
    action = "Copy it again from the recorder or upload it again. If it does not play on your computer, export it anew."


class NoAudioInside(EngineRefused):
    """A video without sound, or a container with none."""

    code = "audio_no_audio"
    kind = ErrorKind.INVALID
    message = "This file has no sound in it, only pictures or other data."
    action = "Export the recording again with its sound switched on, or upload the sound file alone."


class CopyProtected(EngineRefused):
    """Digital rights management."""

    code = "audio_copy_protected"
    message = "This file is copy-protected, so only the shop's own player can open it."
    action = "Use a file without copy protection, such as your own recording."


class FileTooLarge(EngineRefused):
    """More bytes than the limit."""

    code = "audio_file_too_large"
    kind = ErrorKind.TOO_LARGE
    message = "This file is larger than we can take."
    action = "Save the recording as FLAC or MP3, which is much smaller, or split it in two."


class TooLong(EngineRefused):
    """Plays longer than the limit."""

    code = "audio_too_long"
    kind = ErrorKind.TOO_LARGE
    message = "This recording is longer than we can take."
    action = "Split it into shorter parts and upload those."


class EpisodeTooLong(EngineRefused):
    """A plan is longer than the limit."""

    code = "episode_too_long"
    kind = ErrorKind.TOO_LARGE
    message = "This episode would be longer than we can make."
    action = "Cut something out, or make two episodes of it."


class TooShort(EngineRefused):
    """Less than a tenth of a second."""

    code = "audio_too_short"
    kind = ErrorKind.INVALID
    message = "This file plays for less than a tenth of a second."
    action = "Check that it is the right file; the recording may have been stopped at once."


class OnlySilence(EngineRefused):
    """Nothing in it can be heard."""

    code = "audio_only_silence"
    kind = ErrorKind.INVALID
    message = "There is only silence in this recording."
    action = "Check that the microphone was plugged in and not muted, then record again."


class TooQuiet(EngineRefused):
    """Bringing it to the target loudness would lift noise more than speech."""

    code = "audio_too_quiet"
    kind = ErrorKind.INVALID
    message = "This recording is so quiet that making it loud enough would bring up mostly noise."
    action = "Record again closer to the microphone or with a higher input level."


class AbsurdSampleRate(EngineRefused):
    """A sample rate that no recorder makes."""

    code = "audio_sample_rate"
    message = "This file states a sample rate that we cannot work with."
    action = "Export the recording again at 44,100 or 48,000 Hz (44.1 or 48 kHz) and upload that."


class AbsurdChannels(EngineRefused):
    """No channel at all, or too many."""

    code = "audio_channels"
    message = "This file has more channels than we can take."
    action = "Export the recording again in mono or stereo and upload that."


class BrokenSamples(EngineRefused):
    """Floating-point samples that are not numbers."""

    code = "audio_broken_samples"
    kind = ErrorKind.INVALID
    message = "Some of the sound in this file is not made of valid numbers."
    action = "Export the recording again as 16-bit or 24-bit WAV."


class SourceTooShort(EngineRefused):
    """A plan wants a stretch that the source does not have."""

    code = "audio_source_too_short"
    kind = ErrorKind.INVALID
    message = "The episode uses a part of a recording that lies beyond its end."
    action = "Open the episode, check its cuts and its template, and make it again."


class SourceMissing(EngineRefused):
    """A plan names a source without a file."""

    code = "audio_source_missing"
    kind = ErrorKind.NOT_FOUND
    message = "A file that this episode needs is missing."
    action = "Choose its music again under “Your show”, “Templates”, then make the episode again."


class CoverRefused(EngineRefused):
    """A cover that directories would not take."""

    code = "cover_refused"
    kind = ErrorKind.INVALID
    message = "This picture cannot be used as a cover."
    action = "Use a square JPEG or PNG picture of 1400 to 3000 pixels on each side."


class TagsRefused(EngineRefused):
    """Titles, notes, chapters or pictures that do not fit into an audio file."""

    code = "tags_refused"
    kind = ErrorKind.TOO_LARGE
    message = "The texts and pictures of this episode are too large to be written into its audio file."
    action = "Use smaller chapter pictures or fewer of them, then make the episode again."


class TracksUnrelated(EngineRefused):
    """Nothing of one track is heard in the other, or they begin too far apart."""

    code = "tracks_unrelated"
    kind = ErrorKind.INVALID
    message = "These tracks do not seem to belong together: neither voice is heard in the other's track."
    action = (
        "Check that they are of the same talk and begin within a minute of each other. If one program started them all "
        "at the same moment, say that they began together."
    )


class TrackTwice(EngineRefused):
    """The same track was given twice."""

    code = "tracks_twice"
    kind = ErrorKind.INVALID
    message = "The same track was given twice."
    action = "Give each person's own track once."


class TrackCount(EngineRefused):
    """Fewer tracks than make a talk, or more than we take."""

    code = "tracks_count"
    kind = ErrorKind.INVALID
    message = "This is not a number of tracks that can be put together."
    action = "Give two or more tracks of one talk, one for each person."


class ProgramMissing(DonecastError):
    """Another program that this work needs is not installed."""

    code = "program_missing"
    kind = ErrorKind.UNAVAILABLE
    message = "A program that this needs is not installed."
    action = "Ask the person who runs this DoneCast to install it."


class ProgramFailed(EngineFailed):
    """Another program ended with an error."""

    code = "program_failed"
    message = "Another program that this needs ended with an error."
