"""What other features ask of shows: the demo show, the house music, the feed's date."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from donecast.core.template import HOUSE_MUSIC
from donecast.platform.web import Ground
from donecast.shows import service
from donecast.shows.errors import NoSuchShow
from tests.support.people import Person


def test_a_fresh_installation_has_a_show_to_look_at(ground: Ground, ann: Person) -> None:
    show = service.make_demo_show(ground, ann.account.id, owner_email="ann@example.com")
    assert (show.title, show.owner_email, show.author) == ("My First Show", "ann@example.com", "My First Show")
    with ground.database.reading() as session:
        assert service.show_of(session, ann.account.id, show.id) == show
        assert service.all_shows(session) == [show]
        assert len(service.templates_of(session, ann.account.id, show.id)) == 2


def test_the_house_music_is_made_once(ground: Ground) -> None:
    first = service.house_sound(ground, HOUSE_MUSIC)
    assert service.house_sound(ground, HOUSE_MUSIC) == first
    assert first.duration_ms > 20_000
    assert first.channels == 2
    assert first.loudness_lufs is not None
    assert -30 < first.loudness_lufs < -10
    assert ground.blobs.size(first.content_hash) > 100_000
    with ground.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM house_sounds")) == 1


def test_the_feed_never_grows_younger(ground: Ground, ann: Person) -> None:
    show = service.make_demo_show(ground, ann.account.id, owner_email="ann@example.com")
    later = show.feed_changed_at + timedelta(hours=1)
    with ground.database.transaction() as session:
        service.touch_feed(session, show.id, later)
        service.touch_feed(session, show.id, show.created_at)
        assert service.show_by_id(session, show.id).feed_changed_at == later
        with pytest.raises(NoSuchShow):
            service.touch_feed(session, "show_unknown", later)


def test_an_unknown_address_has_no_show(ground: Ground) -> None:
    with ground.database.reading() as session, pytest.raises(NoSuchShow):
        service.show_by_slug(session, "nothing-here")
