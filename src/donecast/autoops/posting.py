"""Exactly one reply: it is kept before it is posted, and after any doubt the thread tells whether it stands there.

A post that was not taken for certain is tried again. Where nobody knows, its request may still be on its way, so the
thread is read only after a while; a reply that carries the alert's id is adopted, and only when there is none is it
posted again. A second reply is possible only where Slack hides a message that it has stored, or where this process is
stopped between two lines for longer than its lease.

An outage of Slack's is waited out with growing pauses, and a refusal that a person can mend is asked about every ten
minutes, both for a day. Any other refusal is final.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from donecast.autoops import service
from donecast.autoops.errors import (
    SlackAskedTooMuch,
    SlackNotAsked,
    SlackRefused,
    SlackTrouble,
    SlackUnavailable,
)
from donecast.autoops.service import LEASE, REPLY_WAITS_MAX, SETTLE, Claim, Untold
from donecast.autoops.slack_client import SlackClient
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

_THREAD_PAGE_MESSAGES = 15
_THREAD_PAGES_MAX = 40
_AGAIN_MIN, _AGAIN_MAX = timedelta(seconds=30), timedelta(minutes=10)
_DOUBLINGS_MAX = 5
_MUST_BE_SENT_WITHIN_SECONDS = LEASE.total_seconds() / 4


@dataclass(frozen=True, slots=True)
class Posting:
    """Who brings replies into threads."""

    ground: Ground
    slack: SlackClient

    def bring(self, claim: Claim) -> None:
        """One step towards the one reply of an alert whose reply is kept. Raises RunTaken."""
        if claim.posted_at is None:
            self._post(claim)
            return
        waited = self.ground.clock.now() - claim.posted_at
        if waited < SETTLE:
            with self.ground.database.transaction() as session:
                service.look_again(session, claim, self.ground.clock.now(), SETTLE - waited)
            return
        try:
            standing = self._standing_reply(claim)
        except SlackTrouble as trouble:
            self._put_off(claim, trouble, may_stand=True)
            return
        if standing is None:
            self._post(claim)
        else:
            logger().info("reply adopted", alert_id=claim.alert.id, ts=standing)
            self._note_replied(claim, standing)

    def tell_repeats(self) -> int:
        """Adds to replies how often their trouble was told again; answers how many threads heard of it.

        Raises SlackTrouble where Slack does not answer; a refusal is about one thread, and the others go on.
        """
        with self.ground.database.reading() as session:
            due = service.untold(session, self.ground.clock.now(), limit=10)
        heard = 0
        for one in due:
            payload = with_repeats(one.reply, one.repeats, f"{one.last_repeat_at:%Y-%m-%d %H:%M} UTC")
            try:
                # The same words into the same message: whoever else says them changes nothing.
                self.slack.update(one.channel, one.reply_ts, payload)
            except SlackRefused as trouble:
                self._not_told(one, trouble)
                continue
            with self.ground.database.transaction() as session:
                heard += service.told(session, one, self.ground.clock.now())
        return heard

    def _post(self, claim: Claim) -> None:
        begun = time.monotonic()
        with self.ground.database.transaction() as session:
            service.about_to_post(session, claim, self.ground.clock.now())
        if time.monotonic() - begun > _MUST_BE_SENT_WITHIN_SECONDS:
            return  # so late that another process may hold the alert by now; who holds it reads the thread first
        try:
            ts = self.slack.post(claim.alert.channel, claim.alert.ts, claim.reply or {})
        except (SlackNotAsked, SlackAskedTooMuch, SlackRefused) as trouble:
            self._put_off(claim, trouble, may_stand=False)
        except SlackUnavailable as trouble:
            self._put_off(claim, trouble, may_stand=True)
        else:
            self._note_replied(claim, ts)

    def _standing_reply(self, claim: Claim) -> str | None:
        cursor = ""
        for _ in range(_THREAD_PAGES_MAX):
            page = self.slack.thread(claim.alert.channel, claim.alert.ts, count=_THREAD_PAGE_MESSAGES, cursor=cursor)
            for message in page.messages:
                if message.alert_id == claim.alert.id:
                    return message.ts
            if not page.has_more:
                return None
            if not page.cursor:
                raise SlackUnavailable(details={"why": "a thread that says it goes on and not how"})
            cursor = page.cursor
        raise SlackUnavailable(details={"why": "a thread without end"})

    def _put_off(self, claim: Claim, trouble: SlackTrouble, *, may_stand: bool) -> None:
        """Tries it again later, or gives the reply up: where asking again changes nothing, or after a day."""
        now = self.ground.clock.now()
        doubt = "It is not known whether the reply stands in the thread." if may_stand else "The reply is not posted."
        why = f"{doubt} {_in_words(trouble)}"
        is_refused = isinstance(trouble, SlackRefused)
        tell = logger().error if is_refused else logger().warning
        if now - claim.begun_at >= REPLY_WAITS_MAX or (is_refused and not _can_be_mended(trouble)):
            tell("the reply is given up", alert_id=claim.alert.id, why=why)
            with self.ground.database.transaction() as session:
                service.give_up_reply(session, claim, why, now)
            return
        pause = pause_after(trouble, claim.attempt)
        tell("the reply waits", alert_id=claim.alert.id, why=why, again_seconds=pause.total_seconds())
        with self.ground.database.transaction() as session:
            service.put_off_reply(session, claim, why, now, pause, may_stand=may_stand)

    def _not_told(self, one: Untold, trouble: SlackRefused) -> None:
        why, now = _in_words(trouble), self.ground.clock.now()
        logger().error("repeats not told", alert_id=one.alert_id, why=why, for_good=not trouble.can_be_mended)
        with self.ground.database.transaction() as session:
            if trouble.can_be_mended:
                service.tell_later(session, one, now)
            else:
                service.cannot_be_told(session, one, why)

    def _note_replied(self, claim: Claim, ts: str) -> None:
        with self.ground.database.transaction() as session:
            service.replied(session, claim, ts, self.ground.clock.now())


def with_repeats(payload: dict[str, object], repeats: int, last: str) -> dict[str, object]:
    """A reply that also says how often its trouble came again."""
    times = "once more" if repeats == 1 else f"{repeats} times more"
    block = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Told {times}, last at {last}."}]}
    blocks = payload.get("blocks")
    return {**payload, "blocks": [*(blocks if isinstance(blocks, list) else []), block]}


def pause_after(trouble: SlackTrouble, earlier: int) -> timedelta:
    """How long to leave Slack alone after a trouble that so many others came before: as it says, else ever longer."""
    if _can_be_mended(trouble):
        return _AGAIN_MAX
    if trouble.after_seconds is not None:
        return timedelta(seconds=trouble.after_seconds)
    return min(_AGAIN_MIN * (1 << min(earlier, _DOUBLINGS_MAX)), _AGAIN_MAX)


def _can_be_mended(trouble: SlackTrouble) -> bool:
    return isinstance(trouble, SlackRefused) and trouble.can_be_mended


def _in_words(trouble: SlackTrouble) -> str:
    """What it is, with what a person can do about it, and Slack's own reason."""
    facts = ", ".join(f"{name}: {value}" for name, value in trouble.details.items())
    said = f"{trouble.message} {trouble.action}" if _can_be_mended(trouble) else trouble.message
    return f"{said} ({facts})" if facts else said
