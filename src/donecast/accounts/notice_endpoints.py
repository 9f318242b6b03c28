"""What a person is told in the studio, and that they have read it. It stands here, for it asks who they are."""

from fastapi import APIRouter

from donecast.accounts.access import CurrentAccount
from donecast.accounts.schemas import NoticeOut, NoticesOut, notice_out
from donecast.notices import service
from donecast.platform.web import GroundHere, ReadingSession, UnitRoute, WritingSession

router = APIRouter(prefix="/api/notices", tags=["notices"], route_class=UnitRoute)


@router.get("")
def list_notices(account: CurrentAccount, session: ReadingSession) -> NoticesOut:
    """Newest first, the last hundred of thirty days; admins also see what is for all admins."""
    told, unread_count = service.told(session, account.id, is_admin=account.role == "admin")
    return NoticesOut(unread_count=unread_count, notices=[notice_out(one) for one in told])


@router.post("/{notice_id}/read")
def mark_notice_read(notice_id: str, account: CurrentAccount, ground: GroundHere, session: WritingSession) -> NoticeOut:
    """Notes that it was read; again, nothing changes. What is for all admins is then read for all."""
    return notice_out(service.mark_read(session, ground.clock, account.id, notice_id, is_admin=account.role == "admin"))
