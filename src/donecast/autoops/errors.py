"""What can go wrong while an alert is looked after."""

from donecast.kit.errors import DonecastError, ErrorKind


class StepNotAllowed(DonecastError):
    """A run cannot go this way from where it stands; usually somebody else has brought it further meanwhile."""

    code = "autoops_step_not_allowed"
    kind = ErrorKind.CONFLICT
    message = "This run has gone on in the meantime."
    action = "Open the run again to see where it stands."


class StateFileDamaged(DonecastError):
    """The file of what was answered before cannot be read."""

    code = "autoops_state_file_damaged"
    kind = ErrorKind.INVALID
    message = "The state file of Auto-Ops is damaged, so nobody knows which alerts were answered before."
    action = (
        "Bring back an earlier copy of the file, or take it away to begin anew: then old alerts may be answered again. "
        "Nothing was read or answered."
    )


class RunTaken(DonecastError):
    """Another process has taken this alert over, because this one was not heard of for too long."""

    code = "autoops_run_taken"
    kind = ErrorKind.CONFLICT
    message = "Another process has taken this alert over."
    action = "Nothing to do: the other one answers it."


class NoSuchRun(DonecastError):
    """There is no run of that id."""

    code = "no_such_run"
    kind = ErrorKind.NOT_FOUND
    message = "There is no run with this number."
    action = "Look at the list of runs."


class SlackTrouble(DonecastError):
    """Parent of what can go wrong with Slack. ``after_seconds``: not before this is it asked again."""

    code = "slack_trouble"
    kind = ErrorKind.UNAVAILABLE
    message = "Slack could not be asked."
    action = "Auto-Ops tries again by itself."
    retryable = True
    after_seconds: float | None = None


class SlackUnavailable(SlackTrouble):
    """No answer, or one that means nothing. Whether a post was taken is not known."""

    code = "slack_unavailable"
    message = "Slack does not answer as it should."


class SlackNotAsked(SlackTrouble):
    """The question certainly was not taken."""

    code = "slack_not_asked"
    message = "Slack cannot be reached at present."


class SlackAskedTooMuch(SlackTrouble):
    """Slack asks us to wait."""

    code = "slack_asked_too_much"
    kind = ErrorKind.RATE_LIMITED
    message = "Slack asks us to wait before the next question."


class SlackRefused(SlackTrouble):
    """Slack has understood and says no; asking again changes nothing, unless a person mends what is missing."""

    code = "slack_refused"
    can_be_mended: bool = False
    kind = ErrorKind.BROKEN
    message = "Slack refuses what Auto-Ops asks."
    action = "Look at the reason that Slack gives, and at docs/hosting/auto-ops.md."
    retryable = False


class SlackTokenDead(SlackRefused):
    """The bot's token is wrong or was withdrawn."""

    can_be_mended = True
    code = "slack_token_dead"
    message = "Slack does not accept the bot's token."
    action = "Put a valid token into AUTO_OPS_SLACK_BOT_TOKEN and start Auto-Ops again."


class SlackScopeMissing(SlackRefused):
    """The bot may not do this."""

    can_be_mended = True
    code = "slack_scope_missing"
    message = "The bot lacks a permission in Slack."
    action = "Give the bot the scopes that docs/hosting/auto-ops.md lists, and install it again."


class SlackChannelUnknown(SlackRefused):
    """There is no such channel, or the bot is not in it."""

    can_be_mended = True
    code = "slack_channel_unknown"
    message = "The bot does not see the alert channel."
    action = "Check AUTO_OPS_SLACK_ALERT_CHANNEL (an id such as C0123ABCD) and invite the bot to the channel."


class SlackMessageUnknown(SlackRefused):
    """The channel has no such message."""

    code = "slack_message_unknown"
    kind = ErrorKind.NOT_FOUND
    message = "There is no such message in the alert channel."
    action = "Copy the link of the alert itself, not of an answer in its thread."


class ChannelNotRead(DonecastError):
    """Slack gave nothing of the channel, or not all of it, for as long as could be waited."""

    code = "autoops_channel_not_read"
    kind = ErrorKind.UNAVAILABLE
    message = "The alert channel could not be read to its end, so there may be alerts that nobody looked into."
    action = "See in the log what Slack said. The next start goes on where this one stopped."
    retryable = True


class RepositoryMissing(DonecastError):
    """There is no git repository where the settings say that one is."""

    code = "autoops_repository_missing"
    kind = ErrorKind.NOT_FOUND
    message = "There is no git repository in the folder that Auto-Ops is to look at."
    action = "Set AUTO_OPS_REPOSITORY_ROOT to the folder of a git checkout."


class AnalystFailed(DonecastError):
    """Nothing came of a model that could be used."""

    code = "analyst_failed"
    kind = ErrorKind.UNAVAILABLE
    message = "The model's answer could not be used."
    action = "The evidence stands in the reply; look at it yourself."


class ModelResting(AnalystFailed):
    """The circuit breaker of the model lets no call through."""

    code = "model_resting"
    message = "The model is left alone for a while, because it failed again and again."
    isolated_message = "The model is switched off for now."


class BudgetSpent(AnalystFailed):
    """The run has used up what it may use. ``details["limit"]`` says of what."""

    code = "budget_spent"
    message = "The run has used up what it may spend."


class GoingInCircles(AnalystFailed):
    """The model leads nowhere. ``details["why"]`` says how that was seen."""

    code = "going_in_circles"
    message = "The model was going in circles and was stopped."


class NothingToLookAt(DonecastError):
    """A source of evidence is not set up here, or has nothing about this."""

    code = "nothing_to_look_at"
    kind = ErrorKind.NOT_FOUND
    message = "There is nothing to look at here."
    action = "Nothing to do."
