"""What can go wrong with a vendor of speech, in sentences about transcription; `voice_vendor` has those about voices.

DonecastError
+-- SpeechAuth         the service does not accept our key
+-- SpeechQuota        the service wants to be paid first
+-- SpeechRateLimited  too many requests; `retry_after_seconds` says when to come back
+-- SpeechRejected     the service does not take this recording or these options; the same again will not work
+-- SpeechTransient    the service cannot be reached or is out of order; the same again may work
|   +-- SpeechUnsure   the answer was lost, so nobody here knows whether the request was carried out
+-- SpeechResting      the service failed again and again, so nobody asks it for a while
+-- SpeechBadAnswer    the service answered what cannot be used
+-- SpeechUploadGone   the service no longer has the sound that was sent
+-- SpeechJobFailed    the service took the job and could not do it
+-- SpeechJobUnknown   the service no longer knows the job
+-- SpeechNoWords      the service did the job and heard no word, while speech is heard here
+-- SpeechTakesLong    the service is still at it after the longest wait
+-- HookRefused        somebody calls us in the service's name without its secret
+-- HookUnreadable     the service's call is not in the form that was agreed

Whoever retries by themselves looks at ``retryable``; a person may press “Try again” after any of them. ``details``
may hold what the service said, as ``said``, never a key.
"""

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.kit.left_alone import ServiceLeftAlone

_SAID_CHARACTERS_MAX = 200
"""With our own words around it, it still fits where the line writes down how a step ended."""


def said_by_vendor(text: str, *secrets: str) -> str:
    """A vendor's own words as a sentence that may be shown: short, without our secrets; empty when it said nothing."""
    plain = " ".join(text.split())
    for secret in secrets:
        plain = plain.replace(secret, "[key]") if secret else plain
    short = plain[:_SAID_CHARACTERS_MAX]
    return short if not short or short[-1] in ".!?" else f"{short}."


class SpeechAuth(DonecastError):
    """The key is wrong, spent, or not allowed to do this."""

    code = "speech_key_refused"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service does not accept the key of this DoneCast."
    action = (
        "Your recording is kept. The person who runs this DoneCast has to check the key in its settings; then press "
        "“Try again”."
    )


class SpeechQuota(DonecastError):
    """The account at the vendor has no money or no allowance left."""

    code = "speech_quota"
    kind = ErrorKind.UNAVAILABLE
    message = "The account at the transcription service has nothing left to pay with."
    action = (
        "Your recording is kept. The person who runs this DoneCast has to top up that account; then press “Try again”."
    )


class SpeechRateLimited(DonecastError):
    """Too many requests or jobs at once."""

    code = "speech_rate_limited"
    kind = ErrorKind.RATE_LIMITED
    message = "The transcription service is asked too much at the moment."
    action = "Your recording is kept. Please press “Try again” in a few minutes."
    retryable = True

    @property
    def retry_after_seconds(self) -> float | None:
        """When the service wants to be asked again; None when it did not say."""
        seconds = self.details.get("retry_after_seconds")
        return float(seconds) if isinstance(seconds, int | float) else None


class SpeechRejected(DonecastError):
    """The vendor refuses the sound or the options."""

    code = "speech_rejected"
    kind = ErrorKind.INVALID
    message = "The transcription service does not take this recording."
    action = "Choose somebody else under “Words and voice”, or ask the person who runs this DoneCast to look at it."


class SpeechTransient(DonecastError):
    """No connection, or the vendor is out of order."""

    code = "speech_unreachable"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service cannot be reached just now."
    action = "Your recording is kept. Please press “Try again” in a few minutes; nothing is paid twice."
    retryable = True


class SpeechUnsure(SpeechTransient):
    """The request left us and no answer came back."""

    code = "speech_no_answer"
    message = "The transcription service did not answer."


class SpeechResting(ServiceLeftAlone):
    """The vendor is left alone."""

    code = "speech_resting"
    message = "The transcription service is out of order, so we leave it alone for a while."
    action = "Your recording is kept, and nothing is paid twice. Please press “Try again” in a few minutes."
    isolated_message = "The transcription service is switched off for now."
    isolated_action = "Your recording is kept, and nothing is paid twice. Ask the person who runs this DoneCast."


class SpeechBadAnswer(DonecastError):
    """What came back is not what the vendor promises."""

    code = "speech_bad_answer"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service answered something that cannot be used."
    action = "Your recording is kept. Press “Try again”; if it stays so, choose somebody else under “Words and voice”."
    retryable = True


class SpeechUploadGone(DonecastError):
    """Uploads are kept for a while only, and belong to the key that made them."""

    code = "speech_upload_gone"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service no longer has the sound that was sent to it."
    action = "Your recording is kept. Please press “Try again”; it is sent once more."
    retryable = True


class SpeechJobFailed(DonecastError):
    """The vendor says that the job failed, which it does not charge for."""

    code = "speech_job_failed"
    kind = ErrorKind.BROKEN
    message = "The transcription service could not write out this recording."
    action = "Press “Try again” to send it once more, or choose somebody else under “Words and voice”."


class SpeechJobUnknown(DonecastError):
    """The job was deleted at the vendor, or belongs to another account there."""

    code = "speech_job_unknown"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service no longer knows this recording's job."
    action = (
        "Press “Try again” to send it once more, which is paid again; or choose somebody else under “Words and voice”."
    )


class SpeechNoWords(DonecastError):
    """The job is done and has no word, although somebody speaks: recognition is off in the account, as a rule."""

    code = "speech_no_words"
    kind = ErrorKind.BROKEN
    message = "The transcription service wrote out not a single word, although somebody speaks in this recording."
    action = (
        "The person who runs this DoneCast has to see that speech recognition is on in the account there. “Try again” "
        "sends the recording once more, which is paid again; or choose somebody else under “Words and voice”."
    )


class SpeechTakesLong(DonecastError):
    """The job is neither done nor failed after the longest wait of the settings."""

    code = "speech_takes_long"
    kind = ErrorKind.UNAVAILABLE
    message = "The transcription service is taking much longer than usual."
    action = "Your recording is kept. Press “Try again” later: we wait on for the same job, and nothing is paid twice."


class HookRefused(DonecastError):
    """The secret that was agreed with the vendor is missing or wrong."""

    code = "hook_refused"
    kind = ErrorKind.UNAUTHENTICATED
    message = "This address takes calls of the transcription service only."
    action = "Check the webhook secret; without these calls DoneCast asks by itself, only later."


class HookUnreadable(DonecastError):
    """The call has the secret and names no job."""

    code = "hook_unreadable"
    kind = ErrorKind.INVALID
    message = "This call names no job."
    action = "Send the form that the service documents; without these calls DoneCast asks by itself, only later."
