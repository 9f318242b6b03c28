"""The studio tells of its own errors, signed in or not, and never so many that it would be a burden."""

from typing import cast

from fastapi import APIRouter, Depends, Request

from donecast.accounts.access import AnyAccount, from_our_pages
from donecast.accounts.rules import place_of
from donecast.health.error_groups import service
from donecast.health.error_groups.errors import TooManyErrors
from donecast.health.error_groups.rules import STUDIO_ERRORS_PER_MINUTE, STUDIO_ERRORS_PER_PLACE_AND_MINUTE
from donecast.health.error_groups.schemas import StudioErrorIn
from donecast.platform.error_rules import Frame
from donecast.platform.rate_limits import Allowance, RateLimits
from donecast.platform.web import GroundHere

router = APIRouter(tags=["errors"])


@router.post("/api/errors", status_code=202, dependencies=[Depends(from_our_pages)])
def tell_studio_error(body: StudioErrorIn, request: Request, account: AnyAccount, ground: GroundHere) -> None:
    """Takes an error of the studio; a few a minute from one place, and not many more from all."""
    place = place_of(request.client.host if request.client else "unknown")
    allowances = (
        Allowance.per_minute(STUDIO_ERRORS_PER_PLACE_AND_MINUTE, "studio-errors", place),
        Allowance.per_minute(STUDIO_ERRORS_PER_MINUTE, "studio-errors", "all"),
    )
    seconds = cast(RateLimits, request.app.state.rate_limits).seconds_to_wait(allowances)
    if seconds is not None:
        raise TooManyErrors(details={"after_seconds": seconds})
    service.take_studio_error(
        ground.errors,
        type_name=body.type,
        message=body.message,
        level=body.level,
        frames=[Frame(frame.file, frame.function, frame.line, is_ours=True) for frame in body.frames],
        facts={
            "user_id": account.id if account else "",
            "request_id": body.request_id,
            "route": body.page.partition("?")[0],
            "action": "studio",
        },
        browser=body.browser,
    )
