"""Tells of uploads that end because something broke, not because of the file; see `platform.failure_reports`."""

from collections.abc import Iterator
from contextlib import contextmanager

from donecast.platform.failure_reports import Failure
from donecast.platform.telemetry import current_request_id
from donecast.platform.web import Ground


@contextmanager
def told_when_broken(ground: Ground, account_id: str) -> Iterator[None]:
    """Tells of what the block raises, and lets it pass."""
    try:
        yield
    except Exception as error:  # an edge: a crash that nobody foresaw loses a recording as well
        failure = Failure(error=error, account_id=account_id, request_id=current_request_id())
        ground.failures.report_upload_failure(failure)
        raise
