"""One of everything that a person can own, made through the API as they would."""

from dataclasses import dataclass
from pathlib import Path

from donecast.billing import service as billing
from donecast.billing.rules import Event, Misfit
from donecast.core.decisions import StandingChoices
from donecast.core.intern import InternCommand
from donecast.core.markers import Marker
from donecast.core.proposals import Proposal, proposal_key
from donecast.core.span import Span
from donecast.core.text_draft import TextDraft
from donecast.credits import service as ledger
from donecast.credits.rules.pricing import Transcription
from donecast.drafts import service as drafts
from donecast.edits import service as edits
from donecast.interns import service as interns
from donecast.interns.rules import intern_id
from donecast.notices import service as notices
from donecast.notices.rules import Notice
from donecast.platform.web import Ground
from donecast.writing.extractive import ExtractiveWriter
from donecast.writing.writer import RawAnswer
from tests.support.people import Person
from tests.support.sounds import tone


@dataclass(frozen=True, slots=True)
class AnnsThings:
    """The ids of a person's things, by the name that routes give them."""

    ids: dict[str, str]


def anns_things(ground: Ground, person: Person) -> AnnsThings:
    """A show and its template, a recording, an episode on the line, a token, a draft, an upload, an order, a charge."""
    show = made(person, "/api/shows", json=show_wish())
    template = person.ask("GET", f"/api/shows/{show['id']}/templates").json()[0]
    recording = ground.settings.data / f"{person.account.id}.wav"
    recording.write_bytes(tone(1.5))
    media = upload(person, recording)
    wish = {"show_id": show["id"], "recording_id": media["id"], "template_id": template["id"]}
    episode = made(person, "/api/episodes", json=wish)
    operation = made(person, f"/api/episodes/{episode['id']}/produce")
    token = made(person, "/api/tokens", json={"name": "laptop"})
    charge_id = _charge(ground, person.account.id)
    request = made(person, f"/api/billing/charges/{charge_id}/refund-request", json={"why": "It did not work."})
    begun = person.ask(
        "POST",
        "/api/uploads",
        headers={"Tus-Resumable": "1.0.0", "Upload-Length": "100", "Upload-Metadata": "filename YS53YXY="},
    )
    assert begun.status_code == 201, begun.text
    return AnnsThings(
        {
            "show_id": show["id"],
            "template_id": template["id"],
            "media_id": media["id"],
            "cue_id": _cue(ground, person, show["id"]),
            "recording_id": media["id"],
            "episode_id": episode["id"],
            "operation_id": operation["operation_id"],
            "token_id": token["id"],
            "draft_id": _draft(ground, person.account.id, episode["id"]),
            "intern_id": _intern(ground, episode["id"]),
            "proposal_id": _proposal(ground, episode["id"]),
            "account_id": person.account.id,
            "charge_id": charge_id,
            "request_id": request["id"],
            **_order(ground, person.account.id),
            "notice_id": _notice(ground, person.account.id),
            "report_id": made(person, "/api/bug-reports", json={"words": "The button does nothing."})["id"],
            "upload_id": begun.headers["location"].rpartition("/")[2],
        }
    )


def _charge(ground: Ground, account_id: str) -> str:
    """The id of something that was charged."""
    with ground.database.transaction() as session:
        work = Transcription(60_000)
        return ledger.charge_for_work(session, ground.clock, account_id, work, operation_id="a charge").entry.id


def _draft(ground: Ground, account_id: str, episode_id: str) -> str:
    """The id of a text that was written about the episode, which has no words to ask about yet."""
    with ground.database.transaction() as session:
        return drafts.keep(
            session,
            ground.clock,
            account_id,
            episode_id,
            "titles",
            writer=ExtractiveWriter(),
            answer=RawAnswer("", None, None, 0),
            outcome=TextDraft("titles", ("Beans",)),
            currency="USD",
        ).id


def _cue(ground: Ground, person: Person, show_id: str) -> str:
    """The id of words that call a sound."""
    sound = ground.settings.data / f"{person.account.id}-clap.wav"
    sound.write_bytes(tone(0.5))
    clip = upload(person, sound, "sound_effect")
    return made(person, f"/api/shows/{show_id}/sound-cues", json={"words": "door bell", "clip_id": clip["id"]})["id"]


def _proposal(ground: Ground, episode_id: str) -> str:
    """The id of something that could be cut."""
    pause = Proposal("long_pause", Span(200, 900), "A pause", 0.5, automatic=False)
    with ground.database.transaction() as session:
        edits.take_proposals(
            session,
            ground.clock,
            episode_id=episode_id,
            source_duration_ms=1_500,
            proposals=[pause],
            choices=StandingChoices(),
        )
    return proposal_key(pause)


def _intern(ground: Ground, episode_id: str) -> str:
    """The id of something that the intern was asked."""
    marker = Marker(Span(100, 400), 1.0, sure=True)
    command = InternCommand(marker, Span(100, 900), "what is a bean", 900, "end_word", None, (), "spoken", sure=True)
    with ground.database.transaction() as session:
        interns.take_commands(session, episode_id, [command], "intern")
    return intern_id(command)


def _order(ground: Ground, account_id: str) -> dict[str, str]:
    """The ids of something on sale, of the person's order for it, and of an alert about its payment."""
    event = Event(id=f"evt_{account_id}", type="x", object_id="cs_1", mode="test", happened_at=ground.clock.now())
    with ground.database.transaction() as session:
        offer = billing.make_offer(
            session,
            ground.clock,
            account_id,
            kind="top_up",
            name="100 credits",
            amount=900,
            currency="eur",
            credits_mc=100_000,
            tier=None,
        )
        order = billing.open_order(session, ground.clock, "test", account_id, offer.id, None)
        billing.take_nothing(session, ground.clock, event, Misfit("unknown_purchase", "It belongs to no order."))
        (alert, *_) = billing.alerts(session)
    return {"offer_id": offer.id, "purchase_id": order.purchase.id, "alert_id": alert.id}


def _notice(ground: Ground, account_id: str) -> str:
    """The id of something that the person was told."""
    notice = Notice(key=f"n:{account_id}", channel="in_app", subject="Hello", body="Words.", recipient=account_id)
    with ground.database.transaction() as session:
        notices.put(session, ground.clock, notice)
        (told, *_), _unread = notices.told(session, account_id, is_admin=False)
    return told.id


def show_wish(title: str = "The Garden Hour") -> dict[str, object]:
    """What a person says about a new show."""
    return {
        "title": title,
        "description": "An hour among the beans.",
        "language": "en",
        "category": "Leisure",
        "author": "Ann",
        "owner_email": "ann@example.com",
    }


def upload(person: Person, recording: Path, category: str = "recording") -> dict[str, str]:
    """The file in the person's library."""
    with recording.open("rb") as file:
        return made(person, "/api/media", files={"file": (recording.name, file)}, data={"category": category})


def made(person: Person, path: str, **options: object) -> dict[str, str]:
    """The answer to a POST that must succeed."""
    answer = person.ask("POST", path, **options)
    assert answer.status_code in {201, 202}, f"POST {path}: {answer.status_code} {answer.text}"
    body: dict[str, str] = answer.json()
    return body
