"""What can go wrong while more than a report is made of a change."""

from donecast.kit.errors import DonecastError, ErrorKind


class BranchesReadOnly(DonecastError):
    """Changes are to become branches of a checkout that nothing can be written into."""

    code = "autoops_branches_read_only"
    kind = ErrorKind.INVALID
    message = "AUTO_OPS_OUTCOME is branch, and Auto-Ops may not write where git keeps the branches of the checkout."
    action = "Let it write into the checkout's .git as docs/hosting/auto-ops.md says, or set another outcome."


class GitHubUnavailable(DonecastError):
    """No answer, one that means nothing, or one that asks us to wait."""

    code = "github_unavailable"
    kind = ErrorKind.UNAVAILABLE
    message = "GitHub does not answer as it should."
    action = "Auto-Ops tries again by itself."
    retryable = True


class GitHubRefused(DonecastError):
    """GitHub has understood and says no."""

    code = "github_refused"
    kind = ErrorKind.BROKEN
    message = "GitHub refuses what Auto-Ops asks."
    action = "Look whether AUTO_OPS_GITHUB_TOKEN may write contents and pull requests of AUTO_OPS_GITHUB_REPOSITORY."


class GitHubLacksCommit(GitHubRefused):
    """The checkout stands at a commit that was never pushed."""

    code = "github_lacks_commit"
    kind = ErrorKind.CONFLICT
    message = "GitHub does not have the commit that the checkout stands at."
    action = "Push it, or let the checkout follow the branch on GitHub."
