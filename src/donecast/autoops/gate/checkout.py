"""A throw-away checkout of one commit, outside the person's repository and without a trace in it.

`git worktree add` would write into the repository, read its configuration and run its hook. So a store of our own is
made, which borrows the repository's objects and has no configuration, no hook, no ref and no remote: there is nothing
that could run and nothing to tidy up in the repository, not even after a kill.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from donecast.autoops.errors import RepositoryMissing
from donecast.autoops.gate.programs import run_git
from donecast.autoops.rules.patch import PatchVerdict, read_patch

_PREFIX = "patch-gate-"
_SHA256_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit, the tree of its files, and all objects that it adds, as git packs them."""

    commit: str
    tree: str
    pack: bytes


@dataclass(frozen=True, slots=True)
class Checkout:
    """A store at one commit, of which trees are written out, each with another diff applied."""

    folder: Path
    commit: str

    @property
    def _store(self) -> Path:
        return self.folder / "store"

    def check(self, diff: str) -> None:
        """Whether a diff applies. Raises ProgramFailed with git's words where it does not."""
        run_git(self._store, "apply", "--check", "--cached", "-", stdin=diff.encode(), places=self._index("base"))

    def applied(self, name: str, diff: str) -> PatchVerdict:
        """What a diff has changed in the tree of this name, read from git, and what speaks against it now."""
        options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--full-index")
        places = self._index(name, diff)
        seen = run_git(self._store, "diff-index", "--cached", "-p", *options, self.commit, places=places)
        return read_patch(seen.decode("utf-8", "replace"))

    def tree(self, name: str, *diffs: str) -> Path:
        """A folder with the commit's files and the diffs applied."""
        tree = self.folder / name
        tree.mkdir(mode=0o755)
        places = {**self._index(name, *diffs), "GIT_WORK_TREE": tree}
        run_git(self._store, "checkout-index", "--all", "--quiet", places=places)
        for folder, _, files in os.walk(tree):  # whatever our umask: who reads it in the jail is nobody
            Path(folder).chmod(0o755)
            for path in (Path(folder, file) for file in files):
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        return tree

    def changed(self, diff: str) -> dict[str, str | None]:
        """The files that a diff touches, as they read with it; None: it is gone."""
        places = self._index("whole", diff)
        return {
            change.path: None
            if change.is_gone
            else run_git(self._store, "cat-file", "blob", f":{change.path}", places=places).decode("utf-8")
            for change in self.applied("whole", diff).changes
        }

    def committed(self, diff: str, message: str) -> Committed:
        """A commit on top of this one with the diff applied, and what it adds, packed; it stands in the store alone."""
        tree = run_git(self._store, "write-tree", places=self._index("whole", diff)).decode().strip()
        who = ("-c", "user.name=DoneCast Auto-Ops", "-c", "user.email=auto-ops@donecast.invalid")
        made = run_git(self._store, *who, "commit-tree", tree, "-p", self.commit, stdin=message.encode())
        commit = made.decode().strip()
        added = run_git(self._store, "rev-list", "--objects", commit, f"^{self.commit}")
        pack = run_git(self._store, "pack-objects", "--stdout", "-q", stdin=_ids_in(added))
        return Committed(commit, tree, pack)

    def files(self) -> list[str]:
        """Paths of the commit's files."""
        listed = run_git(self._store, "ls-tree", "-r", "--name-only", "-z", self.commit)
        return listed.decode("utf-8", "replace").split("\0")[:-1]

    def _index(self, name: str, *diffs: str) -> dict[str, Path]:
        """The list of what the commit has and the diffs change, made once under each name."""
        index, bare = self.folder / f"index-{name}", self.folder / "index"
        if not bare.exists():
            run_git(self._store, "read-tree", self.commit, places={"GIT_INDEX_FILE": bare})
        places = {"GIT_INDEX_FILE": index}
        if not index.exists():
            shutil.copyfile(bare, index)
            for diff in filter(None, diffs):
                run_git(self._store, "apply", "--cached", "-", stdin=diff.encode(), places=places)
        return places


def _ids_in(listed: bytes) -> bytes:
    """The ids of a list of objects, which also has their paths."""
    return b"".join(line.split(b" ", 1)[0] + b"\n" for line in listed.splitlines())


def head_of(root: Path) -> str:
    """The commit that a repository stands at. Raises RepositoryMissing, or ProgramFailed where there is none yet."""
    return run_git(git_folder_of(root), "rev-parse", "--verify", "--quiet", "HEAD^{commit}").decode().strip()


def git_folder_of(root: Path) -> Path:
    """Where git keeps a checkout's own things. Raises RepositoryMissing."""
    own, _ = _git_folders(root)
    return own


def shared_git_folder_of(root: Path) -> Path:
    """Where git keeps what a checkout has in common with its siblings: objects, branches. Raises RepositoryMissing."""
    _, common = _git_folders(root)
    return common


def borrow(root: Path, commit: str, folder: Path) -> Checkout:
    """A checkout in an empty folder.

    Raises RepositoryMissing, and ProgramFailed where the repository does not have the commit.
    """
    _, common = _git_folders(root)
    kind = "sha256" if len(commit) == _SHA256_CHARACTERS else "sha1"
    store = folder / "store"
    run_git(store, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}")
    (store / "objects/info").mkdir(exist_ok=True)
    (store / "objects/info/alternates").write_text(f"{common / 'objects'}\n", encoding="utf-8")
    run_git(store, "cat-file", "-e", f"{commit}^{{commit}}")
    return Checkout(folder, commit)


def _git_folders(root: Path) -> tuple[Path, Path]:
    """The git folder of a checkout, and the one that it shares with its siblings; read, without asking git."""
    git = root.absolute() / ".git"
    if git.is_file():
        own = (root.absolute() / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
        shared = own / "commondir"
        return own, (own / shared.read_text(encoding="utf-8").strip()).resolve() if shared.is_file() else own
    if (git / "objects").is_dir():
        return git, git
    raise RepositoryMissing(details={"root": str(root)})


@contextlib.contextmanager
def throw_away_folder(scratch: Path) -> Iterator[Path]:
    """An empty folder in ``scratch`` that vanishes; those that a kill has left there are swept first."""
    scratch.mkdir(parents=True, exist_ok=True)
    with _locked(scratch):  # nobody sweeps between the making of a folder and its lock
        _sweep(scratch)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
        held = os.open(folder, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _sweep(scratch: Path) -> None:
    """Takes away the folders that nobody holds any more: whoever made them was killed."""
    for folder in scratch.glob(f"{_PREFIX}*"):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(held)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
