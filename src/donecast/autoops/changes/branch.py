"""A branch of a person's checkout with one commit: a ref and objects, and nothing of what they work on.

The commit is made in a store of our own, without their configuration, hooks or filters; only its objects and the ref
come into their repository, and the ref only where it was not there.
"""

import os
from pathlib import Path

from donecast.autoops.changes.errors import BranchesReadOnly
from donecast.autoops.changes.rules import branch_of
from donecast.autoops.gate.checkout import borrow, git_folder_of, shared_git_folder_of, throw_away_folder
from donecast.autoops.gate.programs import run_git
from donecast.engine.errors import ProgramFailed


def require_writable(root: Path) -> None:
    """Whether branches can be made here at all. Raises RepositoryMissing, BranchesReadOnly."""
    git = shared_git_folder_of(root)
    for folder in (git, git / "objects", git / "refs" / "heads"):
        if not os.access(folder, os.W_OK):
            raise BranchesReadOnly(details={"folder": str(folder)})


def make_branch(root: Path, scratch: Path, commit: str, diff: str, run_id: str, plan: str) -> str:
    """The name of the branch; the same again where it is there with the same files.

    Raises RepositoryMissing, and ProgramFailed where the diff does not apply or the name is taken by another change.
    """
    name, own = branch_of(run_id), git_folder_of(root)
    with throw_away_folder(scratch) as folder:
        made = borrow(root, commit, folder).committed(diff, f"{_title(plan)}\n\nProposed by Auto-Ops, run {run_id}.\n")
    run_git(own, "unpack-objects", "-q", stdin=made.pack)
    try:
        run_git(own, "update-ref", "--no-deref", f"refs/heads/{name}", made.commit, "")
    except ProgramFailed:
        standing = run_git(own, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}^{{tree}}").decode().strip()
        if standing != made.tree:
            raise
    return name


def _title(plan: str) -> str:
    first = plan.strip().split("\n", 1)[0]
    return (first[:69] + "…" if len(first) > 70 else first) or "A change"
