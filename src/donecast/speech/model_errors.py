"""What can go wrong with a speech model and on its way here, in sentences.

DonecastError
+-- SpeechModelUnusable  a model's folder lacks something, or holds something else
+-- SpeechEngineMissing  the package that runs models is not installed
+-- SpeechModelMissing   Whisper was chosen, and no model is here
+-- SpeechModelUnknown   there is no model of this name, and no such folder
+-- ModelSourceSilent    the place where models are kept does not answer, or not to the end
+-- ModelSourceRefused   it answers, and not with the file
+-- ModelDamaged         what came is not the file that was promised
+-- NoRoomForModel       the disk is too full
"""

from donecast.kit.errors import DonecastError, ErrorKind


class SpeechModelUnusable(DonecastError):
    """The folder is not a model that can be run here."""

    code = "speech_model_unusable"
    kind = ErrorKind.UNAVAILABLE
    message = "The speech model cannot be used."
    action = (
        "Install it again with “donecast speech install”, or set DONECAST_TRANSCRIBER=pocketsphinx to go on with the "
        "built-in recogniser."
    )


class SpeechEngineMissing(DonecastError):
    """A model is there, and nothing that runs it."""

    code = "speech_engine_missing"
    kind = ErrorKind.UNAVAILABLE
    message = "A speech model is here, but the package that runs it, ctranslate2, is not installed."
    action = (
        "Add it with “./dev whisper” in a checkout, else with “pip install 'donecast[whisper]'”; or set "
        "DONECAST_TRANSCRIBER=pocketsphinx to go on with the built-in recogniser."
    )


class SpeechModelMissing(DonecastError):
    """Whisper was chosen for a show or an episode, and this machine has no model for it."""

    code = "speech_model_missing"
    kind = ErrorKind.UNAVAILABLE
    message = "Whisper was chosen to write out the words, and no speech model is installed here."
    action = (
        "Choose somebody else under “Words and voice” of the episode or of your show, or let the person who runs this "
        "DoneCast fetch a model with “donecast speech install whisper-small”."
    )


class SpeechModelUnknown(DonecastError):
    """Neither a name from the list nor a folder."""

    code = "speech_model_unknown"
    kind = ErrorKind.NOT_FOUND
    message = "There is no speech model of this name, and no such folder."
    action = "“donecast speech list” shows the names."


class ModelSourceSilent(DonecastError):
    """Nobody there, too slow, or broken off again and again."""

    code = "model_source_silent"
    kind = ErrorKind.UNAVAILABLE
    message = "The model could not be fetched: the place where it is kept does not answer."
    action = "Nothing was left behind. Check the connection and try again, or take the model from a folder."
    retryable = True


class ModelSourceRefused(DonecastError):
    """An answer that is not the file."""

    code = "model_source_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The model could not be fetched: the place where it is kept does not give it."
    action = "Nothing was left behind. Check DONECAST_SPEECH_MODEL_URL, or take the model from a folder."


class ModelDamaged(DonecastError):
    """Another size or another fingerprint than promised."""

    code = "model_damaged"
    kind = ErrorKind.UNAVAILABLE
    message = "What came is not the model that was promised, so it was thrown away."
    action = "Try again. If it stays so, somebody on the way changes it: use another connection, or a folder."
    retryable = True


class NoRoomForModel(DonecastError):
    """The disk is full, or would be."""

    code = "no_room_for_model"
    kind = ErrorKind.UNAVAILABLE
    message = "There is not enough space on the disk for this model."
    action = "Nothing was left behind. Free some space, or choose a smaller model."
