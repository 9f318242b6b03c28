"""What can go wrong with an engine that writes, in sentences. None names a key, or what the service said word for word.

DonecastError
+-- WriterUnavailable     nobody answers, or not in time
+-- WriterFailed          the service itself is in trouble, or its answer breaks off; trying again may work
+-- WriterResting         the service failed again and again, so nobody asks it for a while; nothing was sent
+-- WriterKeyRefused      the service does not know the key, or the key may not do this
+-- WriterModelUnknown    the service does not have the model
+-- WriterQuotaSpent      what was paid for is used up
+-- WriterRateLimited     too many wishes at once; ``details["retry_after_seconds"]`` where the service says it
+-- WriterRejected        the service declines this recording, by its own rules
+-- WriterAnswerBad       the answer is too large, broken, or not what the protocol says
+-- WriterRequestRefused  the service does not take the request as it is, most often too long a text
+-- NothingToExtract      the recording's own words give no text of this kind
"""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone

_ASK_THE_HOST = "Ask whoever runs this DoneCast to look at the settings whose names begin with DONECAST_AI_TEXT."


class WriterUnavailable(DonecastError):
    """The address leads nowhere, or no answer came before the deadline."""

    code = "writer_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service does not answer."
    action = "Please try again in a minute; your episode is as it was."
    retryable = True


class WriterFailed(DonecastError):
    """A status of 500 and more, or a connection that broke off, after all attempts."""

    code = "writer_failed"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service has trouble of its own at the moment."
    action = "Please try again in a few minutes; your episode is as it was."
    retryable = True


class WriterResting(ServiceLeftAlone):
    """The service is left alone."""

    code = "writer_resting"
    message = "The AI service is out of order, so we leave it alone for a while."
    action = "Nothing was sent, and your episode is as it was. Please try again in a few minutes."
    isolated_message = "The AI service is switched off for now."
    isolated_action = "Your episode is as it was. Ask the person who runs this DoneCast."


class WriterKeyRefused(DonecastError):
    """401 or 403, or what a service says instead."""

    code = "writer_key_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service does not accept this installation's key."
    action = _ASK_THE_HOST


class WriterModelUnknown(DonecastError):
    """The service has no model of the configured name, or no longer."""

    code = "writer_model_unknown"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service does not have the model that this installation asks for."
    action = _ASK_THE_HOST


class WriterQuotaSpent(DonecastError):
    """Waiting a minute does not help: a day's, a month's or a paid amount is used up."""

    code = "writer_quota_spent"
    kind = ErrorKind.UNAVAILABLE
    message = "What this installation may ask of the AI service is used up."
    action = "Try again tomorrow, or ask whoever runs this DoneCast to raise the quota."


class WriterRateLimited(DonecastError):
    """Too many wishes at once."""

    code = "writer_rate_limited"
    kind = ErrorKind.RATE_LIMITED
    message = "The AI service gets too many wishes from this installation just now."
    action = "Wait a minute, then try again."
    retryable = True


class WriterRejected(DonecastError):
    """The service's own filter stopped the request or the answer."""

    code = "writer_rejected"
    kind = ErrorKind.CONFLICT
    message = "The AI service declines to write about this recording, by rules of its own."
    action = "Write this text yourself, or ask for another kind of text."


class WriterAnswerBad(DonecastError):
    """Not JSON, not of the protocol's form, cut at the token limit, or larger than we read."""

    code = "writer_answer_bad"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service gave an answer that cannot be used."
    action = "Please try again; if it stays so, ask whoever runs this DoneCast whether the service's address is right."
    retryable = True


class WriterRequestRefused(DonecastError):
    """400, 413 or 422: often a model whose context is smaller than the excerpt."""

    code = "writer_request_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The AI service does not take the request; perhaps the recording is too long for its model."
    action = _ASK_THE_HOST


class NothingToExtract(DonecastError):
    """The built-in engine finds what is there and writes nothing, so sometimes there is nothing."""

    code = "nothing_to_extract"
    kind = ErrorKind.CONFLICT
    message = "Nothing in the recording's own words makes such a text."
    action = "Write it yourself; an installation with an AI service can write it, too."
