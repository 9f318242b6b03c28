"""Which changes may be tried: hostile and broken diffs are refused for the right reason, what git writes is read."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from donecast.autoops.rules.patch import CHANGED_LINES_MAX, CHARACTERS_MAX, FILES_MAX, read_patch

GOOD = """\
diff --git a/src/donecast/feeds/markup.py b/src/donecast/feeds/markup.py
index 1111111..2222222 100644
--- a/src/donecast/feeds/markup.py
+++ b/src/donecast/feeds/markup.py
@@ -1,3 +1,3 @@ def title(text: str) -> str:
 before
-wrong
+right
 after
"""


def changed(path: str, *, heading: str = "", old: str | None = None, body: str = "@@ -1 +1 @@\n-a\n+b\n") -> str:
    """A diff of one file."""
    return f"diff --git a/{path} b/{path}\n{heading}--- {old or f'a/{path}'}\n+++ b/{path}\n{body}"


def made(path: str, mode: str = "100644") -> str:
    """A diff that makes a file."""
    return changed(path, heading=f"new file mode {mode}\n", old="/dev/null", body="@@ -0,0 +1 @@\n+a\n")


def reasons(diff: str) -> set[str]:
    """Why a diff is refused."""
    return {refusal.reason for refusal in read_patch(diff).refusals}


def test_a_plain_change_may_be_tried_and_is_counted() -> None:
    verdict = read_patch(GOOD)
    assert verdict.may_be_tried, verdict.refusals
    assert [(change.path, change.added, change.removed) for change in verdict.changes] == [
        ("src/donecast/feeds/markup.py", 1, 1)
    ]


@pytest.mark.parametrize(
    ("diff", "reason"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("diff --git a/src/a.py b/src/a.py\nindex 1111111..2222222 100644\n", "empty"),
        (changed("../outside.py"), "outside"),
        (changed("src/../../etc/passwd.py"), "outside"),
        (changed("src//a.py"), "outside"),
        (changed("./src/a.py"), "outside"),
        (changed("/etc/a.py"), "outside"),
        (changed("src\\..\\a.py"), "outside"),
        (changed(".git/hooks/pre-commit"), "hook"),
        (changed("src/.git/config.py"), "hook"),
        (changed(".githooks/post-checkout.py"), "hook"),
        (changed("docs/.gitattributes"), "hook"),
        (changed(".github/workflows/a.yml"), "ci"),
        (changed(".ci/run"), "ci"),
        (changed("src/.github/a.py"), "ci"),
        (changed("migrations/versions/0001.py"), "migration"),
        (changed("src/donecast/migrations/0001.py"), "migration"),
        (changed("requirements.lock"), "lock_file"),
        (changed("src/package-lock.json"), "lock_file"),
        (changed(".env"), "secret"),
        (changed("docs/.env.production"), "secret"),
        (changed("src/keys/server.pem"), "secret"),
        (changed("src/id_rsa.py"), "secret"),
        (changed("src/secrets.json"), "secret"),
        (made("tests/conftest.py"), "test_set_up"),
        (changed("tests/feeds/conftest.py"), "test_set_up"),
        (made("src/sitecustomize.py"), "test_set_up"),
        (made("src/a.pth"), "test_set_up"),
        (changed("pyproject.toml"), "test_set_up"),
        (changed("setup.py"), "place"),
        (changed("tools/tidy.py"), "place"),
        (changed("src"), "place"),
        (changed("dev"), "place"),
        (changed("src/a.so"), "kind"),
        (changed("src/a.sh"), "kind"),
        (changed("docs/.hidden.md"), "kind"),
        (made("src/a.py", "120000"), "link"),
        (made("src/a.py", "160000"), "link"),
        (made("src/a.py", "100755"), "mode"),
        (changed("src/a.py", heading="old mode 100644\nnew mode 100755\n"), "mode"),
        (changed("src/a.py", heading="index 1111111..2222222 100755\n"), "mode"),
        (changed("src/a.py", heading="index 1111111..2222222 120000\n"), "link"),
        ("diff --git a/src/a.py b/src/a.py\nGIT binary patch\nliteral 1\nIc${MZ000310RR91\n", "binary"),
        ("diff --git a/src/a.py b/src/a.py\nBinary files a/src/a.py and b/src/a.py differ\n", "binary"),
        (
            "diff --git a/src/a.py b/src/b.py\nsimilarity index 100%\nrename from src/a.py\nrename to src/b.py\n",
            "moved",
        ),
        ("diff --git a/src/a.py b/b.py\nsimilarity index 100%\nrename from src/a.py\nrename to b.py\n", "place"),
        ("diff --git a/src/a.py b/../b.py\nrename from src/a.py\nrename to ../b.py\n", "outside"),
        (changed("src/a.py") + changed("src/a.py"), "twice"),
        (changed("src/a.py") + changed("src/A.py"), "twice"),
        (changed("src/a.py", body="@@ -1,2 +1 @@\n-a\n+b\n"), "malformed"),
        (changed("src/a.py", body="@@ -1 +1,9 @@\n-a\n+b\n"), "malformed"),
        (changed("src/a.py", body=""), "malformed"),
        (changed("src/a.py", body="@@ nonsense @@\n-a\n+b\n"), "malformed"),
        (changed("src/a.py", body="@@ -1 +1 @@\n-a\n+b\nloose words\n"), "malformed"),
        (changed("src/a.py", old="b/src/other.py"), "malformed"),
        (changed("src/a.py", heading="x-header 1\n"), "malformed"),
        ('diff --git "a/src/\\303.py" "b/src/\\303.py"\n', "malformed"),
        ("--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-a\n+b\n", "malformed"),
        ("Here is your patch:\n" + GOOD, "malformed"),
        (GOOD + "\nThat mends it.\n", "malformed"),
    ],
)
def test_what_is_not_plainly_harmless_is_refused_with_its_reason(diff: str, reason: str) -> None:
    verdict = read_patch(diff)
    assert not verdict.may_be_tried
    assert reason in reasons(diff)
    assert all(refusal.sentence for refusal in verdict.refusals)


def test_limits_hold_to_the_line() -> None:
    def lines(count: int) -> str:
        return changed("src/a.py", body=f"@@ -0,0 +1,{count} @@\n" + "+a\n" * count)

    assert reasons(lines(CHANGED_LINES_MAX)) == set()
    assert reasons(lines(CHANGED_LINES_MAX + 1)) == {"too_many_lines"}
    assert reasons("".join(changed(f"src/a{number}.py") for number in range(FILES_MAX))) == set()
    assert reasons("".join(changed(f"src/a{number}.py") for number in range(FILES_MAX + 1))) == {"too_many_files"}
    assert reasons(GOOD + " " * CHARACTERS_MAX) == {"too_long"}


def git(folder: Path, *words: str, given: str = "") -> str:
    """Runs git there."""
    known = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(known, cwd=folder, check=True, capture_output=True, text=True, input=given).stdout


texts = st.lists(st.sampled_from(["one\n", "two\n", "--- a/x\n", "+++ b/x\n", "@@ -1 +1 @@\n", "diff --git\n", "\n"]))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    (folder / "src").mkdir()
    return folder


@settings(max_examples=25)
@given(before=texts, after=texts, ends_well=st.booleans())
def test_every_diff_that_git_writes_of_one_text_file_is_read_as_git_counts_it(
    repository: Path, before: list[str], after: list[str], ends_well: bool
) -> None:
    path = repository / "src" / "a.py"
    old, new = "".join(before), "".join(after)
    path.write_text(old, "utf-8")
    git(repository, "add", "-A")
    path.write_text(new if ends_well else new.rstrip("\n"), "utf-8")
    diff = git(repository, "diff", "--no-color", "--no-ext-diff")
    counted = git(repository, "diff", "--numstat").split()
    verdict = read_patch(diff)
    if not counted:
        assert [refusal.reason for refusal in verdict.refusals] == ["empty"]
    else:
        assert verdict.refusals == ()
        assert [verdict.changes[0].added, verdict.changes[0].removed] == [int(counted[0]), int(counted[1])]


@given(st.text(alphabet="diff -gta/srcb@+\\n0123456789 \n.py", max_size=400))
def test_nothing_that_anybody_writes_breaks_the_reader(noise: str) -> None:
    read_patch(GOOD + noise)
    read_patch(noise)
