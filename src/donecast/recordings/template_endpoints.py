"""Saving a template: here and not with the shows, because the library has to lend every file that it names."""

from fastapi import APIRouter

from donecast.accounts.access import CurrentAccount
from donecast.core.template import template_from_json
from donecast.platform.web import UnitRoute, WritingSession
from donecast.recordings import service
from donecast.shows import service as shows
from donecast.shows.schemas import TemplateIn, TemplateOut

router = APIRouter(tags=["shows"], route_class=UnitRoute)


@router.put("/api/templates/{template_id}")
def change_template(
    template_id: str, body: TemplateIn, account: CurrentAccount, session: WritingSession
) -> TemplateOut:
    """Replaces a template; every file that it names is in the person's library and meant for such a place."""
    changed = shows.change_template(session, account.id, template_id, body.definition)
    service.lend(session, account.id, template_from_json(changed.definition))
    return TemplateOut(id=changed.id, name=changed.name, show_id=changed.show_id, definition=changed.definition)
