"""A draft pull request: of our own branch alone, once, also after a crash between any two questions."""

from collections.abc import Iterator

import pytest

from donecast.autoops.changes.errors import GitHubLacksCommit, GitHubRefused, GitHubUnavailable
from donecast.autoops.changes.pull_request import GitHub
from tests.support.github_server import TOKEN, Repository, github

_FILES = {"src/a.py": "A = 2\n", "src/b.py": None}
_QUESTIONS = (
    *("GET git/ref/heads/auto-ops/run_1", "GET git/commits/c0", "POST git/trees", "POST git/commits", "POST git/refs"),
    *("GET pulls", "GET ", "POST pulls"),
)


@pytest.fixture
def repository() -> Repository:
    """With one commit."""
    return Repository({"c0"})


@pytest.fixture
def there(repository: Repository) -> Iterator[GitHub]:
    """The way to it."""
    with github(repository) as url:
        yield GitHub(TOKEN, "ann/shop", url)


def draft(there: GitHub) -> str:
    """The one that is wanted."""
    return there.open_draft("run_1", "c0", _FILES, "Pad the seconds.\nMore.")


def test_a_draft_is_opened_on_a_branch_of_its_own(there: GitHub, repository: Repository) -> None:
    assert draft(there) == "https://github.example/ann/shop/pull/1"
    (pull,) = repository.pulls
    assert (pull["head"], pull["base"], pull["draft"], pull["title"]) == (
        *("auto-ops/run_1", "main", True, "Pad the seconds."),
    )
    assert "```text\nPad the seconds.\nMore.\n```" in pull["body"]
    assert repository.refs == {"heads/main": "c0", "heads/auto-ops/run_1": "c1"}
    assert repository.made[0]["parents"] == ["c0"]
    assert repository.trees == [
        {
            "base_tree": "t0",
            "tree": [
                {"path": "src/a.py", "mode": "100644", "type": "blob", "content": "A = 2\n"},
                {"path": "src/b.py", "mode": "100644", "type": "blob", "sha": None},
            ],
        }
    ]


@pytest.mark.parametrize("question", _QUESTIONS)
def test_whatever_was_made_before_a_failure_is_found_again(
    there: GitHub, repository: Repository, question: str
) -> None:
    repository.fails[question] = 502
    with pytest.raises(GitHubUnavailable):
        draft(there)
    assert draft(there) == draft(there) == "https://github.example/ann/shop/pull/1"
    assert len(repository.pulls) == 1
    assert repository.refs == {"heads/main": "c0", "heads/auto-ops/run_1": "c1"}


def test_a_commit_that_was_never_pushed_and_a_token_that_may_not_are_told(
    there: GitHub, repository: Repository
) -> None:
    with pytest.raises(GitHubLacksCommit):
        there.open_draft("run_1", "c9", _FILES, "Pad.")
    with pytest.raises(GitHubRefused):
        GitHub("another", "ann/shop", there.url).open_draft("run_1", "c0", _FILES, "Pad.")
    assert repository.pulls == []


@pytest.mark.parametrize("question", _QUESTIONS)
def test_a_token_that_lacks_a_permission_is_refused_for_good(
    there: GitHub, repository: Repository, question: str
) -> None:
    repository.fails[question] = 403
    repository.failing_headers = {"X-RateLimit-Remaining": "4999"}
    with pytest.raises(GitHubRefused) as caught:
        draft(there)
    assert not caught.value.retryable
    assert "AUTO_OPS_GITHUB_TOKEN" in caught.value.action
    assert caught.value.details["status"] == 403


@pytest.mark.parametrize(
    ("status", "headers"), [(403, {"X-RateLimit-Remaining": "0"}), (403, {"Retry-After": "60"}), (429, {})]
)
def test_who_has_asked_too_much_asks_again_later(
    there: GitHub, repository: Repository, status: int, headers: dict[str, str]
) -> None:
    repository.fails["POST pulls"] = status
    repository.failing_headers = headers
    with pytest.raises(GitHubUnavailable) as caught:
        draft(there)
    assert caught.value.retryable
    assert draft(there) == "https://github.example/ann/shop/pull/1"


def test_a_github_that_is_away_is_asked_again_later() -> None:
    with pytest.raises(GitHubUnavailable) as caught:
        draft(GitHub(TOKEN, "ann/shop", "http://127.0.0.1:9"))
    assert caught.value.retryable
