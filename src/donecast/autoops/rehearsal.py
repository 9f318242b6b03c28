"""A rehearsal: everything as in earnest, but what would be said is printed, and the state is a throw-away one."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from donecast.autoops import service
from donecast.autoops.rules.values import Alert
from donecast.autoops.service import Claim
from donecast.autoops.slack_client import SlackClient
from donecast.kit.clock import Clock
from donecast.platform.database import Database
from donecast.platform.web import Ground


@dataclass(frozen=True, slots=True)
class Telling(SlackClient):
    """Reads what is in Slack; tells ``say`` what would be posted, and posts nothing."""

    say: Callable[[str], None] = print

    def post(self, channel: str, thread_ts: str, payload: Mapping[str, Any]) -> str:
        """See `SlackClient.post`."""
        self.say(_text({"channel": channel, "thread_ts": thread_ts, **payload}))
        return thread_ts

    def update(self, channel: str, ts: str, payload: Mapping[str, Any]) -> None:
        """See `SlackClient.update`."""
        self.say(_text({"channel": channel, "ts": ts, **payload}))


def _text(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)


@contextmanager
def own_state(ground: Ground) -> Iterator[Ground]:
    """The ground with a database of its own, gone at the end."""
    with ground.temporary.folder("rehearsal") as folder:
        database = Database(f"sqlite:///{folder / 'rehearsal.sqlite'}")
        database.migrate()
        try:
            yield replace(ground, database=database)
        finally:
            database.dispose()


def laid_out_again(earlier: Session, rehearsal: Session, run_id: str, clock: Clock) -> Claim:
    """The alert of an earlier run with the evidence that was frozen then, claimed in a rehearsal. Raises NoSuchRun."""
    alert = Alert.model_validate_json(json.dumps(service.run(earlier, run_id).document))
    now = clock.now()
    service.take_in(rehearsal, alert, now)
    claim = service.claim_next(rehearsal, now)
    if claim is None:
        raise AssertionError("a rehearsal begins with nothing else to do")
    for station, document in service.found(earlier, run_id):
        if station == "evidence":
            service.note(rehearsal, claim, station, document, now)
            rehearsal.flush()
    return claim
