"""Errors in our own store, as if they had happened."""

from datetime import datetime, timedelta
from itertools import count

from donecast.health.error_groups import service
from donecast.health.error_groups.pending import PendingErrors
from donecast.platform.database import Database
from donecast.platform.error_rules import Breadcrumb, ErrorReport, Frame

_serial = count()


def happened(database: Database, at: datetime, *places: str, **facts: str) -> None:
    """An error at each of these places of the code, a minute apart, the first of them last."""
    pending = PendingErrors(environment="test", release="donecast@1")
    for number, place in enumerate(places):
        frame = Frame("donecast.episodes.service", place, 10, "x = 1", is_ours=True)
        crumb = Breadcrumb(at, "http", "GET /api/episodes")
        pending.take(
            ErrorReport(
                id=f"{next(_serial):032x}",
                at=at - timedelta(minutes=number),
                level="error",
                source="server",
                type="KeyError",
                message=f"no bean in {place}",
                frames=(frame,),
                facts=facts,
                breadcrumbs=(crumb,),
            )
        )
    service.write_pending(database, pending)
