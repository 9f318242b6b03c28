"""The page of credits in a real browser: free at 85 %, pro, unlimited, and a month in which nothing was used; axe.

Each at 1280 and 390 px, in light and in dark, with everything unfolded. Then a charge is asked back, and whoever runs
the place answers, gives credits and changes a price on the page of plans and prices.
"""

import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from donecast.credits import service as ledger
from donecast.credits.rules.pricing import Assembly, Speech, Transcription
from donecast.entry.wiring import lay_ground
from donecast.kit.clock import FixedClock
from donecast.platform.settings import load_settings
from donecast.platform.web import Ground
from proofs.browser_walk import print_problems, walk
from proofs.harness import ROOT, Studio, base_settings, folder, run_admin, speak, studio_of
from tests.support.servers import await_url, start_donecast, stop
from tools.environment import Environment

DURATION = "about 2 minutes"
_MINUTE_MS = 60_000
_ACTS = 12


@dataclass(frozen=True, slots=True)
class Position:
    """Somebody on a plan; ``minutes`` of recordings were made into episodes, and ``expect`` stands on their page."""

    name: str
    tier: str
    minutes: tuple[float, ...]
    expect: tuple[str, ...]
    admin: bool = False
    asks: bool = False

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.name}@example.com"


POSITIONS = (
    Position("free", "free", (10.0, 10.0, 9.75), ("Most of this month’s credits are used.", "85 %"), asks=True),
    Position("empty", "free", (), ("Nothing was used this month.", "0 of this month’s 90 used")),
    Position("pro", "pro", (60.0, 45.0, 62.5, 30.0), ("Enough for about", "Your plan: Pro")),
    Position("unlimited", "unlimited", (30.0, 30.0), ("No limit",), admin=True),
)


def main(arguments: list[str]) -> int:
    """Pictures go to the first argument, a folder."""
    shots = Path(arguments[0]) if arguments else ROOT / "test-results" / "screens"
    shots.mkdir(parents=True, exist_ok=True)
    Environment().ensure_studio()
    with folder() as place:
        settings = {**base_settings(place / "data"), "first_admin_email": "first@example.com"}
        server = start_donecast(["up"], settings, place / "up.log")
        try:
            await_url(f"http://127.0.0.1:{settings['port']}/readyz", server)
            recording = speak("We talk about the garden.", place / "garden.wav")
            people = [_person(settings, one, recording) for one in POSITIONS]
            studio = studio_of(settings, POSITIONS[0].email)
            found = walk("credits", {"url": studio.url, "people": json.dumps(people), "shots": shots})
            after = studio.ask("GET", "/api/billing/standing")["available"]
        finally:
            stop(server)
    print_problems(found)
    print("\n".join(found["done"]))
    print(
        f"B7: {len(POSITIONS)} positions, {found['looks']} looks at {' and '.join(found['sizes'])} px in two themes, "
        f"{len(found['violations'])} axe violations, {len(found['page_errors'])} page errors; pictures in {shots}; "
        f"the asker has {after} credits after the refund and the present"
    )
    return 0 if found["passed"] and len(found["done"]) == _ACTS else 1


def _person(settings: dict[str, Any], position: Position, recording: Path) -> dict[str, Any]:
    """An account in this position, with episodes to show for its charges."""
    role = ["--admin"] if position.admin else []
    password = run_admin(settings, "account", "--email", position.email, *role).splitlines()[-1]
    studio = studio_of(settings, position.email)
    account_id = studio.ask("GET", "/api/auth/me")["account"]["id"]
    ground = lay_ground(load_settings(dict(settings)))
    try:
        if position.tier != "free":
            with ground.database.transaction() as session:
                ledger.assign_tier(session, ground.clock, account_id, position.tier, actor="proof")
        _spend(ground, studio, account_id, position, recording)
    finally:
        ground.database.dispose()
    return {
        "name": position.name,
        "email": position.email,
        "password": password,
        "expect": position.expect,
        "admin": position.admin,
        "asks": position.asks,
    }


def _spend(ground: Ground, studio: Studio, account_id: str, position: Position, recording: Path) -> None:
    """Charges as the line makes them, on days of this month as far as it has gone."""
    show = studio.make_show("The Garden Hour")["id"]
    media = studio.upload(recording)["id"]
    now = ground.clock.now()
    for number, minutes in enumerate(position.minutes):
        episode = studio.make_episode(show, media, title=f"Beans, part {number + 1}")
        begun = max(now - timedelta(days=3 * (len(position.minutes) - number)), now.replace(day=1))
        recorded_ms = round(minutes * _MINUTE_MS)
        with ground.database.transaction() as session:
            for name, work in (
                ("heard", Transcription(recorded_ms, "local")),
                ("spoken", Speech(20_000, "local", "Welcome to the garden hour.")),
                ("made", Assembly(recorded_ms + 20_000)),
            ):
                ledger.charge_for_work(
                    session,
                    FixedClock(begun if position.tier == "free" else now),
                    account_id,
                    work,
                    operation_id=f"{name}:{episode}",
                    episode_id=episode,
                )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
