"""Exactly one reply: it is kept before it is posted, and after any doubt the thread tells whether it stands there.

A post that was not taken for certain is tried again. Where nobody knows, its request may still be on its way, so the
thread is read only after a while; a reply that carries the alert's id is adopted, and only when there is none is it
posted again. A second reply is possible only where Slack hides a message that it has stored, or where this process is
stopped between two lines for longer than its lease.
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
from donecast.autoops.service import LEASE, SETTLE, THREAD_READS_MAX, Claim
from donecast.autoops.slack_client import SlackClient
from donecast.platform.telemetry import logger
from donecast.platform.web import Ground

_THREAD_PAGE_MESSAGES = 15
_THREAD_PAGES_MAX = 40
_AGAIN = timedelta(seconds=30)
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
            self._later(claim, SETTLE - waited)
            return
        try:
            standing = self._standing_reply(claim)
        except SlackTrouble as trouble:
            self._doubt_on(claim, trouble)
            return
        if standing is None:
            self._post(claim)
        else:
            logger().info("reply adopted", alert_id=claim.alert.id, ts=standing)
            self._note_replied(claim, standing)

    def tell_repeats(self) -> int:
        """Adds to replies how often their trouble was told again; answers how many threads heard of it."""
        with self.ground.database.reading() as session:
            due = service.untold(session, self.ground.clock.now(), limit=10)
        heard = 0
        for one in due:
            payload = with_repeats(one.reply, one.repeats, f"{one.last_repeat_at:%Y-%m-%d %H:%M} UTC")
            try:
                # The same words into the same message: whoever else says them changes nothing.
                self.slack.update(one.channel, one.reply_ts, payload)
            except SlackTrouble as trouble:
                logger().warning("repeats not told", alert_id=one.alert_id, code=trouble.code)
                break
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
        except (SlackNotAsked, SlackAskedTooMuch) as trouble:
            with self.ground.database.transaction() as session:
                service.certainly_not_posted(session, claim, self.ground.clock.now(), _pause(trouble))
        except SlackUnavailable as trouble:
            logger().warning("nobody knows whether the reply was posted", alert_id=claim.alert.id, code=trouble.code)
            self._later(claim, SETTLE)
        except SlackRefused as trouble:
            logger().error("Slack refuses the reply", alert_id=claim.alert.id, details=trouble.details)
            with self.ground.database.transaction() as session:
                why = f"{trouble.message} {trouble.details}"
                service.give_up_reply(session, claim, why, self.ground.clock.now())
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

    def _doubt_on(self, claim: Claim, trouble: SlackTrouble) -> None:
        if claim.attempt >= THREAD_READS_MAX or isinstance(trouble, SlackRefused):
            with self.ground.database.transaction() as session:
                why = f"It is not known whether the reply stands in the thread: {trouble.message} {trouble.details}"
                service.give_up_reply(session, claim, why, self.ground.clock.now())
        else:
            self._later(claim, _pause(trouble))

    def _later(self, claim: Claim, after: timedelta) -> None:
        with self.ground.database.transaction() as session:
            service.look_again(session, claim, self.ground.clock.now(), after)

    def _note_replied(self, claim: Claim, ts: str) -> None:
        with self.ground.database.transaction() as session:
            service.replied(session, claim, ts, self.ground.clock.now())


def with_repeats(payload: dict[str, object], repeats: int, last: str) -> dict[str, object]:
    """A reply that also says how often its trouble came again."""
    times = "once more" if repeats == 1 else f"{repeats} times more"
    block = {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Told {times}, last at {last}."}]}
    blocks = payload.get("blocks")
    return {**payload, "blocks": [*(blocks if isinstance(blocks, list) else []), block]}


def _pause(trouble: SlackTrouble) -> timedelta:
    return _AGAIN if trouble.after_seconds is None else timedelta(seconds=trouble.after_seconds)
