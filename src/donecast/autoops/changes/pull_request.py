"""A draft pull request on GitHub, of a branch that is made there by its API: nothing is pushed, and nothing merged.

Only branches of our own are made, and none is ever moved. Whatever was made before a crash is found again by its name.
Source: docs.github.com/rest/git and /rest/pulls.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from donecast.autoops.changes.errors import GitHubLacksCommit, GitHubRefused, GitHubUnavailable
from donecast.autoops.changes.rules import branch_of
from donecast.platform.outgoing import (
    UNGUARDED,
    Answer,
    Method,
    NoAnswer,
    Outgoing,
    OutgoingLimits,
    Question,
    looks_like_json,
)

_LIMITS = OutgoingLimits(deadline_seconds=20.0, attempts_max=1, answer_bytes_max=4 * 1024**2)
_TITLE_CHARACTERS_MAX = 100


@dataclass(frozen=True, slots=True)
class GitHub:
    """One repository (``owner/name``), by a token that may write to it. ``url`` ends without a slash."""

    token: str
    repository: str
    url: str = "https://api.github.com"
    way: Outgoing = UNGUARDED

    def open_draft(self, run_id: str, commit: str, files: Mapping[str, str | None], plan: str) -> str:
        """The address of a draft pull request with these files changed (None: gone) on top of a commit.

        Raises GitHubLacksCommit, GitHubRefused, GitHubUnavailable.
        """
        branch, title = branch_of(run_id), plan.strip().split("\n", 1)[0][:_TITLE_CHARACTERS_MAX] or "A change"
        if self._ask("GET", f"git/ref/heads/{branch}", missing_is_none=True) is None:
            self._make_branch(branch, commit, files, f"{title}\n\nProposed by Auto-Ops, run {run_id}.\n")
        owner = self.repository.partition("/")[0]
        standing = self._ask("GET", "pulls", params={"head": f"{owner}:{branch}", "state": "all"})
        if isinstance(standing, list) and standing:
            return _text(standing[0], "html_url")
        base = _text(self._ask("GET", ""), "default_branch")
        said = f"Proposed by Auto-Ops, run {run_id}. Its test failed before and passes after. Look at it yourself."
        # What a model wrote stands as it is: it rings nobody and links nowhere.
        body = f"{said}\n\n```text\n{plan.replace('`', chr(39))}\n```\n"
        wish = {"title": title, "head": branch, "base": base, "body": body, "draft": True}
        return _text(self._ask("POST", "pulls", wish), "html_url")

    def _make_branch(self, branch: str, commit: str, files: Mapping[str, str | None], message: str) -> None:
        known = self._ask("GET", f"git/commits/{commit}", missing_is_none=True)
        if known is None:
            raise GitHubLacksCommit(details={"commit": commit})
        entries = [_entry(path, text) for path, text in sorted(files.items())]
        tree = self._ask("POST", "git/trees", {"base_tree": _text(known.get("tree"), "sha"), "tree": entries})
        wish = {"message": message, "tree": _text(tree, "sha"), "parents": [commit]}
        made = self._ask("POST", "git/commits", wish)
        self._ask("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": _text(made, "sha")})

    def _ask(
        self,
        method: Method,
        path: str,
        wish: object = None,
        *,
        params: Mapping[str, str] | None = None,
        missing_is_none: bool = False,
    ) -> Any:
        question = Question(
            method,
            f"{self.url}/repos/{self.repository}/{path}".rstrip("/"),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            params=params,
            json=wish,
            is_answer=looks_like_json,
        )
        found = self.way.ask(question, _LIMITS)
        if isinstance(found, NoAnswer):
            raise GitHubUnavailable(details={"path": path, "why": found.lack})
        if found.status == 404 and missing_is_none:
            return None
        if found.status >= 500 or _asks_us_to_wait(found):
            raise GitHubUnavailable(details={"path": path, "status": found.status})
        try:
            said = json.loads(found.body)
        except ValueError as error:
            raise GitHubUnavailable(details={"path": path, "why": "not JSON"}) from error
        if found.status >= 400:
            why = said.get("message", "") if isinstance(said, dict) else ""
            raise GitHubRefused(details={"path": path, "status": found.status, "why": str(why)[:200]})
        return said


def _asks_us_to_wait(found: Answer) -> bool:
    """GitHub says 403 to a token that may not, which stays so, and to one that has asked too much, which passes.

    Source: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
    """
    names_a_limit = found.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in found.headers
    return found.status == 429 or (found.status == 403 and names_a_limit)


def _entry(path: str, text: str | None) -> dict[str, object]:
    plain: dict[str, object] = {"path": path, "mode": "100644", "type": "blob"}
    return {**plain, "sha": None} if text is None else {**plain, "content": text}


def _text(said: object, name: str) -> str:
    found = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, str) or not found:
        raise GitHubUnavailable(details={"why": f"no {name} in the answer"})
    return found
