"""``donecast auto-ops``: watches the alert channel as a service, once, or for one alert."""

import argparse
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from donecast.autoops import service
from donecast.autoops.case import Analyst, Gate
from donecast.autoops.changes.branch import make_branch, require_writable
from donecast.autoops.changes.making import Making
from donecast.autoops.changes.pull_request import GitHub
from donecast.autoops.changes.service import Change
from donecast.autoops.gate.checkout import borrow, head_of, throw_away_folder
from donecast.autoops.gate.verification import PatchGate
from donecast.autoops.intake import Intake
from donecast.autoops.meter import Meter
from donecast.autoops.posting import Posting
from donecast.autoops.rehearsal import Telling, laid_out_again, own_state
from donecast.autoops.rule_analyst import RuleAnalyst
from donecast.autoops.rules.budget import Price
from donecast.autoops.rules.old_state import from_text, to_text
from donecast.autoops.rules.reading_window import ReadingWindow, in_order
from donecast.autoops.run import Bench, Run
from donecast.autoops.slack_client import SlackClient
from donecast.autoops.socket_mode import SocketMode
from donecast.autoops.sources import sources_of
from donecast.autoops.tools import tools_of
from donecast.autoops.watch import Watch
from donecast.entry.auto_ops_health import Pulse, answering
from donecast.entry.wiring import WayTo, guarded, open_error_source, unguarded
from donecast.kit.clock import in_utc
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.auto_ops_settings import AutoOpsSettings
from donecast.platform.redaction import scrubbed_text
from donecast.platform.web import Ground

_NEW_IN_A_CHANNEL = "1h"
"""A bot that was never there does not answer the whole history."""


class AutoOpsUnset(DonecastError):
    """There is no bot to watch with."""

    code = "auto_ops_unset"
    kind = ErrorKind.INVALID
    message = "Auto-Ops has no bot and no channel yet."
    action = "Set AUTO_OPS_SLACK_BOT_TOKEN and AUTO_OPS_SLACK_ALERT_CHANNEL; docs/hosting/auto-ops.md says how."


class AutoOpsLibrariesMissing(DonecastError):
    """A model is set up, and what asks it is not installed."""

    code = "auto_ops_libraries_missing"
    kind = ErrorKind.INVALID
    message = "A model is set up for Auto-Ops, and the libraries that ask it are not installed."
    action = (
        "Add them with “./dev auto-ops” in a checkout, else with “pip install 'donecast[auto-ops]'”; or take the key "
        "away: then rules answer."
    )


class MomentUnknown(DonecastError):
    """What was given as a moment is none."""

    code = "moment_unknown"
    kind = ErrorKind.INVALID
    message = "This is no moment that can be understood."
    action = "Give a Slack time stamp (1796000000.000100), a date and time (2026-11-30T10:00), or a span such as 2h."


class AlertLinkUnknown(DonecastError):
    """What was given as a link to an alert is none."""

    code = "alert_link_unknown"
    kind = ErrorKind.INVALID
    message = "This is no link to a message in the alert channel."
    action = "Copy the link in Slack: the three dots of the message, then “Copy link”."


def add_options(parser: argparse.ArgumentParser) -> None:
    """What `donecast auto-ops` can be told; without, the settings decide."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="read the channel to its end, answer what there is, and end")
    how.add_argument("--daemon", action="store_true", help="watch until it is stopped")
    how.add_argument("--alert", metavar="PERMALINK", help="look into one message of the channel")
    how.add_argument("--replay", metavar="RUN", help="reason again about the evidence of a run; prints, posts nothing")
    parser.add_argument(
        "--since", metavar="WHEN", help="from there on: a Slack time stamp, a date and time (UTC), or 2h"
    )
    parser.add_argument("--dry-run", action="store_true", help="print what would be said, and change nothing")
    parser.add_argument("--log-level", choices=["DEBUG", "INFO", "WARNING", "ERROR"], help="instead of the setting")


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line, and by the settings where it says nothing."""

    daemon: bool = False
    dry_run: bool = False
    since: str | None = None
    alert: str | None = None
    replay: str | None = None


def wish_of(options: argparse.Namespace, ground: Ground) -> Wish:
    """What the flags and the settings come to; a flag wins."""
    settings = ground.settings.auto_ops
    one_thing = options.once or options.alert or options.replay
    return Wish(
        daemon=options.daemon or (settings.auto_ops_daemon_mode and not one_thing),
        dry_run=options.dry_run or settings.auto_ops_dry_run,
        since=options.since,
        alert=options.alert,
        replay=options.replay,
    )


def auto_ops(ground: Ground, wish: Wish, say: Callable[[str], None] = print) -> int:
    """Does what was asked for, until it is told to stop (SIGINT or SIGTERM). Returns the exit code.

    ``say`` hears what became of the one message that was asked for.
    """
    settings = ground.settings.auto_ops
    if wish.replay is not None:
        return _replay(ground, wish.replay)
    if not settings.auto_ops_slack_bot_token:
        raise AutoOpsUnset
    since = None if wish.since is None else moment_of(wish.since, ground.clock.now())
    told, code = Event(), 0
    with _stopped_by_signals(told), own_state(ground) if wish.dry_run else _shared_state(ground) as at_hand:
        way_to = unguarded if wish.dry_run else guarded(ground)
        reader = open_slack(ground, settings.auto_ops_slack_bot_token, way_to)
        writer = Telling(reader.token, reader.url) if wish.dry_run else reader
        intake = Intake(at_hand, reader, reader.ourselves(), settings.auto_ops_slack_alert_channel)
        poll = timedelta(seconds=settings.auto_ops_poll_interval_seconds)
        pulse = Pulse()
        bench = open_bench(ground, at_hand, way_to)
        watch = Watch(bench, intake, Posting(at_hand, writer), poll, told.wait, pulse.beat)
        if not wish.dry_run:
            watch.making = _open_making(at_hand, reader, way_to)
        _prepare(at_hand, intake.channel, since)
        if wish.alert is not None:
            code = _answer_one(watch, _taken_in(intake, wish.alert), told, None if wish.dry_run else say)
        elif wish.daemon:
            if settings.auto_ops_slack_app_token:
                SocketMode(open_slack(ground, settings.auto_ops_slack_app_token, way_to), intake, told).start()
            with answering(settings.auto_ops_health_port, pulse):
                watch.until(told)
        else:
            watch.once(told)
        if not wish.dry_run:
            _write_state_file(at_hand)
    return code


def open_slack(ground: Ground, token: str, way_to: WayTo) -> SlackClient:
    """Slack by two ways, for it limits reading and writing apart."""
    return SlackClient(
        token, ground.settings.auto_ops.auto_ops_slack_url, way_to("slack_reading"), way_to("slack_writing")
    )


def open_github(settings: AutoOpsSettings, way_to: WayTo) -> GitHub:
    """Where drafts are opened."""
    url = settings.auto_ops_github_url.rstrip("/")
    return GitHub(settings.auto_ops_github_token, settings.auto_ops_github_repository, url, way_to("github"))


def open_bench(ground: Ground, at_hand: Ground, way_to: WayTo) -> Bench:
    """What runs work with: they look at the real ground, and keep what they do in the one at hand."""
    settings, base = ground.settings.auto_ops, ground.settings.notices.runbooks_url.rstrip("/")
    gate = None
    if settings.root is not None:
        head_of(settings.root)  # now, and not when the first change is tried, is told that there is no checkout
        gate = PatchGate(settings.root, _scratch(ground))
    analyst, price = open_analyst(ground, gate, way_to)
    own_hosts = [urlsplit(url).netloc for url in (ground.settings.server.base_url, base) if url]
    return Bench(
        ground=at_hand,
        sources=sources_of(ground, open_error_source(ground)),
        analyst=analyst,
        gate=None if gate is None else _at_head(gate),
        new_meter=lambda: Meter(price=price or Price()),
        hosts=(*own_hosts, *settings.link_hosts),
        prefix=settings.auto_ops_slack_thread_prefix,
        rounds_max=settings.auto_ops_max_iterations,
        outcome=settings.auto_ops_outcome,
        has_approvers=bool(settings.approvers),
        never_checked=() if price else ("the model's price is not known here, so only its tokens are limited",),
        runbook_of=lambda name: f"{base or 'docs/runbooks'}/{name}.md",
    )


def open_analyst(ground: Ground, gate: PatchGate | None, way_to: WayTo) -> tuple[Analyst, Price | None]:
    """Who reasons, and what that costs, if that is known: a model where there is a key or a server, else the rules.

    The libraries of models take seconds to be read and are an extra, so they are read only here and then. Raises
    AutoOpsLibrariesMissing.
    """
    settings = ground.settings.auto_ops
    if not settings.gemini_key and not settings.auto_ops_openai_url:
        return RuleAnalyst(), Price()
    try:
        vendors = import_module("donecast.autoops.model_vendors")
        analysts = import_module("donecast.autoops.model_analyst")
    except ModuleNotFoundError as error:
        raise AutoOpsLibrariesMissing(details={"missing": error.name}) from error
    model, breaker = vendors.open_model(settings), way_to("auto_ops_model").breaker
    analyst: Analyst = analysts.ModelAnalyst(model, tools_of(ground, gate), breaker=breaker)
    return analyst, vendors.price_of(settings.auto_ops_model)


def moment_of(text: str, now: datetime) -> str:
    """A Slack time stamp from one, from a date and time (UTC unless it says), or from a span back from now.

    Raises MomentUnknown.
    """
    if re.fullmatch(r"\d{1,12}\.\d{1,9}", text):
        return in_order(text)
    if span := re.fullmatch(r"(\d{1,4})([smhd])", text):
        seconds = int(span[1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[span[2]]
        return in_order(f"{int(now.timestamp()) - seconds}.0")
    try:
        moment = in_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise MomentUnknown(details={"given": text[:60]}) from error
    return in_order(f"{int(moment.timestamp())}.0")


def _open_making(at_hand: Ground, slack: SlackClient, way_to: WayTo) -> Making | None:
    """Who makes more of a verified change than a report, where the settings say so."""
    settings = at_hand.settings.auto_ops
    root, scratch = settings.root, _scratch(at_hand)
    if settings.auto_ops_outcome == "report" or root is None:
        return None
    if settings.auto_ops_outcome == "branch":
        require_writable(root)  # now, and not when the first change has been verified
    github = open_github(settings, way_to)

    def make(change: Change) -> str:
        proposal, validation = change.round["proposal"], change.round["validation"]
        at = next(check["said"] for check in validation["checks"] if check["name"] == "commit")
        commit, diff, plan = at.removeprefix("at "), proposal["diff"], scrubbed_text(proposal["plan"])
        if change.outcome == "branch":
            return f"branch {make_branch(root, scratch, commit, diff, change.run_id, plan)}"
        with throw_away_folder(scratch) as folder:
            files = borrow(root, commit, folder).changed(diff)
        return f"draft {github.open_draft(change.run_id, commit, files, plan)}"

    return Making(at_hand, slack, settings.approvers, make)


def _scratch(ground: Ground) -> Path:
    return ground.settings.data / "temporary" / "patch-gate"


def _at_head(gate: PatchGate) -> Gate:
    """Tries changes over the commit that the checkout stands at when it is asked."""
    return lambda proposal, seconds_left: gate.validate(proposal, head_of(gate.root), seconds_left)


def _prepare(at_hand: Ground, channel: str, since: str | None) -> None:
    """Takes over what an earlier program answered, and finds where to begin. Raises StateFileDamaged."""
    named, now = at_hand.settings.auto_ops.auto_ops_state_file, at_hand.clock.now()
    with at_hand.database.transaction() as session:
        if named and Path(named).exists():
            service.bring_in(session, from_text(Path(named).read_text("utf-8", "replace"), channel), now)
        if since is not None:
            service.move_window(session, channel, ReadingWindow(since), now)
        elif service.window_of(session, channel) == ReadingWindow():
            service.move_window(session, channel, ReadingWindow(moment_of(_NEW_IN_A_CHANNEL, now)), now)


_NOTHING_DONE = "Nothing was done; with --dry-run you see what a reply would say."
_LINK = re.compile(
    r"https://[a-z0-9.-]+/archives/(?P<channel>[A-Z0-9]{2,20})/p(?P<seconds>\d{10})(?P<rest>\d{6})(\?.*)?"
)


def _taken_in(intake: Intake, link: str) -> str:
    found = _LINK.fullmatch(link.strip())
    if found is None or found["channel"] != intake.channel:
        raise AlertLinkUnknown
    return intake.take_one(f"{found['seconds']}.{found['rest']}")


def _answer_one(watch: Watch, alert_id: str, told: Event, say: Callable[[str], None] | None) -> int:
    """Answers one message unless that was done before, and says where it stands; 1 where it has no answer."""
    database = watch.bench.ground.database
    with database.reading() as session:
        is_open = service.is_unfinished(session, alert_id)
    watch.answer(alert_id, told)
    with database.reading() as session:
        found = service.standing_of(session, alert_id)
    if say is not None:
        say(found.words if is_open else f"{found.words} {_NOTHING_DONE}")
    return 0 if found.is_answered else 1


def _replay(ground: Ground, run_id: str) -> int:
    """Reasons again about what an earlier run found, and prints what would be said."""
    with own_state(ground) as at_hand:
        with ground.database.reading() as earlier, at_hand.database.transaction() as session:
            claim = laid_out_again(earlier, session, run_id, ground.clock)
        ready = Run(open_bench(ground, at_hand, unguarded), claim).to_reply()
        Telling("").post(ready.alert.channel, ready.alert.ts, ready.reply or {})
    return 0


def _write_state_file(at_hand: Ground) -> None:
    """Writes what was answered into the file that the settings name, whole or not at all."""
    settings = at_hand.settings.auto_ops
    if not settings.auto_ops_state_file:
        return
    with at_hand.database.reading() as session:
        text = to_text(service.take_out(session, [settings.auto_ops_slack_alert_channel]))
    path = Path(settings.auto_ops_state_file)
    half = path.with_name(f"{path.name}.half")
    with half.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


@contextmanager
def _shared_state(ground: Ground) -> Iterator[Ground]:
    ground.database.require_current()
    yield ground


@contextmanager
def _stopped_by_signals(told: Event) -> Iterator[None]:
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}
    for kind in before:
        signal.signal(kind, lambda _signal, _frame: told.set())
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
