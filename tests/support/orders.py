"""Orders for the line, as tests give them and look at them."""

from sqlalchemy import text

from donecast.platform.durable import Step
from donecast.platform.web import Ground
from donecast.production import service
from donecast.production.rules import PublishWhen, Until
from tests.support.people import Person


def order(ground: Ground, ann: Person, episode_id: str, until: Until = "ready", when: PublishWhen = "now") -> str:
    """Orders an episode; answers the operation's id."""
    with ground.database.transaction() as session:
        return service.order(
            session,
            ground.clock,
            account_id=ann.account.id,
            episode_id=episode_id,
            until=until,
            publish_when=when,
            request_id="req-1",
        )


def states(ann: Person, operation_id: str) -> dict[str, str]:
    """How each step stands, and under no name the whole."""
    operation = ann.ask("GET", f"/api/operations/{operation_id}").json()
    return {step["name"]: step["state"] for step in operation["steps"]} | {"": operation["state"]}


def begun(ground: Ground, operation_id: str) -> None:
    """As if a worker had it."""
    with ground.database.transaction() as session:
        session.execute(
            text("UPDATE operations SET state = 'running', dispatched_attempt = 1 WHERE id = :id"), {"id": operation_id}
        )


class Remembering:
    """A runner that remembers finished steps, as the durable engine does."""

    def __init__(self) -> None:
        self._answers: dict[str, str] = {}

    def step(self, name: str, action: Step) -> str:
        if name not in self._answers:
            self._answers[name] = action()
        return self._answers[name]
