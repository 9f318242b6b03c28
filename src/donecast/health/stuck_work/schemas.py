"""What the routes about stuck work take and answer."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from donecast.health.stuck_work.service import StuckEpisode
from donecast.production.recovery import Choice
from donecast.production.stuck_rules import Remedy, Trouble

CHOSEN_MAX = 100


class StuckEpisodeOut(BaseModel):
    """An episode whose work does not move; ``silent_seconds``: for how long nothing was heard of it."""

    operation_id: str
    episode_id: str
    title: str
    trouble: Trouble
    silent_seconds: int
    recoveries: int
    worker: str | None


class StuckOut(BaseModel):
    """How much is stuck, the first ten, and in a sentence what to do; empty when there is nothing to do."""

    stuck_count: int
    stuck_episodes: list[StuckEpisodeOut]
    action_required: str


class CleanUpIn(BaseModel):
    """What to do, to which; without a choice to all. Nothing is done unless ``dry_run`` is false.

    Work that a worker is still at, however long, is only meant by name and with ``even_running``.
    """

    action: Literal["requeue", "fail_and_release", "ignore"] = "requeue"
    dry_run: bool = True
    operation_ids: Annotated[list[str], Field(max_length=CHOSEN_MAX)] | None = None
    even_running: bool = False

    @model_validator(mode="after")
    def _names_what_runs(self) -> Self:
        if self.even_running and self.operation_ids is None:
            raise ValueError("Say which: work that a worker is still at is never cleaned up together with all.")
        return self

    @property
    def choice(self) -> Choice:
        """To which."""
        named = None if self.operation_ids is None else frozenset(self.operation_ids)
        return Choice(named, self.even_running)


class CleanUpOut(BaseModel):
    """What was done, or would be."""

    dry_run: bool
    action: Remedy
    count: int
    episodes: list[StuckEpisodeOut]
    message: str


def stuck_episode_out(one: StuckEpisode) -> StuckEpisodeOut:
    """One, as an admin sees it."""
    return StuckEpisodeOut(
        operation_id=one.work.operation_id,
        episode_id=one.work.episode_id,
        title=one.title,
        trouble=one.work.trouble,
        silent_seconds=one.work.silent_ms // 1_000,
        recoveries=one.work.recoveries,
        worker=one.work.holder,
    )
