"""Audits: are the balances what the entries say, does the chain hold, and setting balances right from the entries."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy.orm import Session

from donecast.credits import repository
from donecast.credits.repository import AnyRow
from donecast.credits.repository import audits as audit_queries
from donecast.credits.rules.chain import FIRST_DIGEST, Sealed, digest_of
from donecast.credits.rules.entries import Posting
from donecast.credits.service.book import draft_of_row
from donecast.platform.telemetry import logger

FINDINGS_SHOWN_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree: what sort, where, what the entries say and what stands there."""

    kind: str
    where: str
    by_entries: int | str
    stands: int | str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at and what does not agree."""

    entries: int
    wallets: int
    findings: tuple[Finding, ...]

    @property
    def well(self) -> bool:
        """Whether everything agrees."""
        return not self.findings


def reconcile(session: Session) -> Audit:
    """Compares every projection with the entries; changes nothing. Others may go on writing meanwhile."""
    findings: list[Finding] = []
    for kind, rows in audit_queries.disagreements(session, FINDINGS_SHOWN_MAX):
        findings += [Finding(kind, *row) for row in rows]
    entries, wallets = audit_queries.counts(session)
    for finding in findings:
        logger().error("the ledger does not agree", kind=finding.kind, where=finding.where)
    return Audit(entries, wallets, tuple(findings))


def size(session: Session) -> tuple[int, int]:
    """How many entries and how many wallets there are."""
    return audit_queries.counts(session)


def rebuild(session: Session) -> Audit:
    """Sets every projection to what the entries say; answers what did not agree before. Writers wait for it."""
    audit_queries.stop_writers(session)
    before = reconcile(session)
    if not before.well:
        audit_queries.rebuild(session)
    return before


def verify_chain(session: Session) -> Audit:
    """Follows every person's chain from its first entry to the one that the wallet names.

    Needs a `Database.snapshot`: it looks several times, and all it sees must be of one moment.
    """
    findings: list[Finding] = []
    count = wallets = 0
    postings = groupby(repository.all_postings(session), key=lambda row: row.entry_id)
    heads = audit_queries.heads(session)
    waiting = next(postings, None)
    for account_id, rows in groupby(repository.all_entries(session), key=lambda row: row.account_id):
        previous, sequence = FIRST_DIGEST, 0
        for row in rows:
            own: tuple[Posting, ...] = ()
            if waiting is not None and waiting[0] == row.id:
                own = tuple(Posting(one.pot, one.amount_mc) for one in waiting[1])
                waiting = next(postings, None)
            sequence += 1
            count += 1
            findings += _broken(row, own, previous, sequence)
            previous = row.digest
        wallets += 1
        head = heads.pop(account_id, (0, ""))
        if head != (sequence, previous):
            findings.append(Finding("chain_end", account_id, f"{sequence} {previous}", f"{head[0]} {head[1]}"))
    findings += [
        Finding("chain_end", account_id, "0", str(length)) for account_id, (length, _) in heads.items() if length
    ]
    return Audit(count, wallets, tuple(findings[:FINDINGS_SHOWN_MAX]))


def ledger_digest(session: Session) -> str:
    """One digest of everybody's ledger: two ledgers with the same one say the same, to the character."""
    return audit_queries.digest_of_heads(session)


def _broken(row: AnyRow, postings: tuple[Posting, ...], previous: str, sequence: int) -> Iterator[Finding]:
    if (row.sequence, row.previous_digest) != (sequence, previous):
        yield Finding("chain_gap", row.id, sequence, row.sequence)
    try:
        draft = draft_of_row(row, postings)
    except (ValueError, TypeError, KeyError) as error:
        yield Finding("entry_unsound", row.id, "", str(error)[:200])
        return
    sealed = Sealed(
        row.account_id, row.sequence, draft, row.lines, row.draws, row.actor, row.request_id, row.created_at
    )
    digest = digest_of(row.previous_digest, sealed)
    if digest != row.digest:
        yield Finding("chain_seal", row.id, digest, row.digest)
