"""Auto-Ops, for admins: its runs, one run, and its settings without their secrets."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from donecast.accounts.access import CurrentAdmin
from donecast.autoops import service
from donecast.autoops.rules.budget import Budget
from donecast.autoops.schemas import (
    AutoOpsSettingOut,
    AutoOpsSettingsOut,
    RunOut,
    RunPageOut,
    SpentOut,
    run_out,
    run_row_out,
)
from donecast.platform.settings_shown import group_shown
from donecast.platform.web import GroundHere, ReadingSession

router = APIRouter(prefix="/api/admin/auto-ops", tags=["auto-ops"])

_PER_PAGE_MAX = 100


@router.get("/runs")
def list_auto_ops_runs(
    _admin: CurrentAdmin,
    ground: GroundHere,
    session: ReadingSession,
    limit: Annotated[int, Query(ge=1, le=_PER_PAGE_MAX)] = 20,
    cursor: Annotated[str, Query(max_length=25, description="That of the last run of the page before")] = "",
) -> RunPageOut:
    """Alerts that were looked into, newest first; repeats are counted to the first."""
    found = service.newest(session, cursor or None, limit + 1)
    shown = [run_row_out(one) for one in found[:limit]]
    return RunPageOut(
        runs=shown,
        next_cursor=shown[-1].cursor if len(found) > limit else None,
        is_set_up=bool(ground.settings.auto_ops.auto_ops_slack_bot_token),
    )


@router.get("/runs/{run_id}")
def read_auto_ops_run(
    run_id: Annotated[str, Path(max_length=40)], _admin: CurrentAdmin, session: ReadingSession
) -> RunOut:
    """One run: evidence, analysis, rounds, what it spent, what it said."""
    seen, records = service.seen_run(session, run_id), service.found(session, run_id)
    return run_out(seen, records, _spent(records))


@router.get("/settings")
def read_auto_ops_settings(_admin: CurrentAdmin, ground: GroundHere) -> AutoOpsSettingsOut:
    """How Auto-Ops is set up in this process; of a secret only whether it is set."""
    shown = group_shown(ground.settings.auto_ops)
    return AutoOpsSettingsOut(settings=[AutoOpsSettingOut(name=name, value=value) for name, value in shown.items()])


def _spent(records: list[tuple[str, dict[str, object]]]) -> SpentOut:
    budget, last = Budget(), next((document for station, document in reversed(records) if station == "spent"), {})
    counted = last.get("spent", {})
    spent = counted if isinstance(counted, dict) else {}
    return SpentOut(
        tool_calls=spent.get("tool_calls", 0),
        tool_calls_max=budget.tool_calls_max,
        model_calls=spent.get("model_calls", 0),
        model_calls_max=budget.model_calls_max,
        tokens=spent.get("tokens", 0),
        tokens_max=budget.tokens_max,
        cost_microdollars=spent.get("cost_microdollars", 0),
        cost_microdollars_max=budget.cost_microdollars_max,
        seconds=int(float(str(last.get("seconds", 0)))),
        seconds_max=budget.seconds_max,
    )
