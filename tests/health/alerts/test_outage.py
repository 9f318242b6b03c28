"""A database that is away is told once, by whoever sees it first, without the database; and once that it is back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from donecast.health.alerts.outage import AWAY_LOOKS, KnownAddresses, OutageWatch
from donecast.notices.errors import NotDelivered
from donecast.notices.rules import Notice
from donecast.platform.database import Database
from donecast.platform.web import Ground
from tests.support.outboxes import ToldSender
from tests.support.servers import free_port


@pytest.fixture
def away(ground: Ground) -> Iterator[Ground]:
    """The same installation, whose database nobody reaches."""
    database = Database(f"postgresql+psycopg://donecast@127.0.0.1:{free_port()}/donecast", pool_size=1)
    yield replace(ground, database=database)
    database.dispose()


def watch(ground: Ground, *senders: ToldSender) -> OutageWatch:
    return OutageWatch(ground, senders, KnownAddresses(lambda: ["root@example.org"]))


def subjects(sender: ToldSender) -> list[str]:
    return [notice.subject.split(" id=")[0] for notice in sender.delivered]


def test_an_outage_is_told_once_by_each_channel_and_once_that_it_is_over(ground: Ground, away: Ground) -> None:
    mail, slack = ToldSender("mail"), ToldSender("slack")
    one, other = watch(away, mail, slack), watch(away, mail, slack)
    for _ in range(AWAY_LOOKS - 1):
        one.look()
    assert mail.delivered == [], "a short break is no outage"
    for _ in range(AWAY_LOOKS + 2):
        one.look()
        other.look()
    assert subjects(mail) == subjects(slack) == ["[donecast] ALERT database_away opened"]
    assert "docs/runbooks/database_away.md" in mail.delivered[0].body
    started_afterwards, another = watch(ground, mail, slack), watch(ground, mail, slack)
    for _ in range(2):
        started_afterwards.look()
        another.look()
    lines = ["[donecast] ALERT database_away opened", "[donecast] ALERT database_away closed"]
    assert subjects(mail) == subjects(slack) == lines
    assert len({notice.subject.split(" id=")[1] for notice in mail.delivered}) == 1


def test_what_did_not_go_out_is_tried_again_at_the_next_look(away: Ground) -> None:
    is_down = True

    def deliver(_notice: Notice) -> None:
        if is_down:
            raise NotDelivered("down", channel_is_down=True)

    slack = ToldSender(then=deliver)
    seen = watch(away, slack)
    for _ in range(AWAY_LOOKS + 1):
        seen.look()
    assert slack.delivered == []
    is_down = False
    seen.look()
    seen.look()
    assert len(slack.delivered) == 1


def test_addresses_are_those_that_were_known_before(ground: Ground) -> None:
    addresses = KnownAddresses(lambda: ["root@example.org"])
    seen = OutageWatch(ground, [], addresses)
    assert addresses() == ()
    seen.look()
    assert addresses() == ("root@example.org",)
