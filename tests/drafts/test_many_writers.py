"""Accepting beside somebody who types, on PostgreSQL, where two transactions may run at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from donecast.core.text_draft import TextDraft
from donecast.drafts import service as drafts
from donecast.drafts.errors import OwnWordsThere
from donecast.entry.http import create_app
from donecast.episodes import service as episodes
from donecast.platform.web import Ground
from donecast.writing.extractive import ExtractiveWriter
from donecast.writing.writer import RawAnswer
from tests.support.library import anns_things
from tests.support.people import Person, sign_up

pytestmark = pytest.mark.postgres
_WAIT_SECONDS = 20


@pytest.fixture
def ann(postgres_ground: Ground) -> Iterator[Person]:
    """Ann on PostgreSQL."""
    with TestClient(create_app(postgres_ground), base_url=postgres_ground.settings.server.base_url) as client:
        yield sign_up(postgres_ground, client, "ann@example.com")


def test_words_that_are_being_typed_are_waited_for_and_stay(postgres_ground: Ground, ann: Person) -> None:
    ground, account_id = postgres_ground, ann.account.id
    episode_id = anns_things(ground, ann).ids["episode_id"]
    with ground.database.transaction() as session:
        draft_id = _notes(session, ground, account_id, episode_id)
    typed = Event()

    def accept() -> None:
        assert typed.wait(_WAIT_SECONDS)
        with ground.database.transaction() as session:
            drafts.accept(session, ground.clock, account_id, episode_id, draft_id, choice=0, replace=False)

    with ThreadPoolExecutor(1) as pool:
        accepting = pool.submit(accept)
        with ground.database.transaction() as session:
            episodes.update(session, ground.clock, account_id, episode_id, {"notes": "My own words"})
            session.flush()
            typed.set()
            with pytest.raises(TimeoutError):
                accepting.result(1)
        with pytest.raises(OwnWordsThere):
            accepting.result(_WAIT_SECONDS)
    assert ann.ask("GET", f"/api/episodes/{episode_id}").json()["notes"] == "My own words"


def _notes(session: Session, ground: Ground, account_id: str, episode_id: str) -> str:
    return drafts.keep(
        session,
        ground.clock,
        account_id,
        episode_id,
        "notes",
        writer=ExtractiveWriter(),
        answer=RawAnswer("", None, None, 0),
        outcome=TextDraft("notes", ("Beans love warm soil.",)),
        currency="USD",
    ).id
