"""The command line, ``donecast``: what is asked for is read here, and done elsewhere."""

import argparse
import gc
import json
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path

import uvicorn

from donecast.accounts import service as accounts
from donecast.core.plan import Treatment
from donecast.entry.admin import add_admin_acts, make_account
from donecast.entry.alone import only_up, only_worker
from donecast.entry.auto_ops import add_options, auto_ops, wish_of
from donecast.entry.bar import Bar
from donecast.entry.credits import add_credit_acts
from donecast.entry.daily import checks_in_words, daily_look
from donecast.entry.http import Beside, create_app
from donecast.entry.polish import PolishWish, pause_rules, polish, polished_in_words
from donecast.entry.produce import ProduceWish, produce
from donecast.entry.results import coded_by_name
from donecast.entry.speech_models import engines_in_words, install_in_words
from donecast.entry.watch import Watch
from donecast.entry.wiring import lay_ground, open_aside, open_vital_signs, open_workshop, open_writer, unguarded
from donecast.entry.worker import Worker, run_alone
from donecast.episodes.makings import delivery_of
from donecast.health import service as health
from donecast.health.rules import Check
from donecast.health.vital_signs import DEEP_SECONDS_MAX
from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.pool_uses import Part
from donecast.platform.settings import Settings, load_settings
from donecast.platform.telemetry import configure_logs
from donecast.platform.thread_errors import told_of_threads
from donecast.platform.web import Ground
from donecast.recordings import service as recordings
from donecast.recordings.examination import engine_limits
from donecast.shows import service as shows

_STOP_SECONDS = 10
_TURN_SECONDS = 0.001
"""How long a thread may hold the interpreter while another waits: 5 ms, Python's own, for each of forty busy threads
is what who asks /livez would wait. Source: sys.setswitchinterval."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it went well, 1 when it could not, 2 when it was not understood."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except DonecastError as error:
        print(f"{error.message}\n{error.action}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="donecast", description="From a spoken recording to a published episode.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=words, description=words)
        sub.set_defaults(command=command)
        return sub

    add("up", _up, "Start everything in one process on this machine.")
    add("api", _api, "Start the web side alone; workers run beside it.")
    add("worker", _worker, "Start one worker beside `donecast api`.")
    add_options(add("auto-ops", _auto_ops, "Look into the alerts of a Slack channel, and answer each in its thread."))
    add("status", _status, "The daily look: is anything wrong? Ends with 1 when something needs a person.")
    add("doctor", _doctor, "Explain what is set up, what is missing and how to mend it.")
    making = add("produce", _produce, "Turn a recording into a finished episode, without a server.")
    making.add_argument(
        "recordings",
        type=Path,
        nargs="+",
        metavar="recording",
        help="the spoken recording: wav, mp3, m4a, flac, ogg and others; several are the tracks of one talk",
    )
    making.add_argument(
        "--together",
        action="store_true",
        help="several tracks began at the same moment, started by one program; do not look for their offset",
    )
    making.add_argument(
        "--stereo", action="store_true", help="several tracks: put the voices a little apart, left and right"
    )
    making.add_argument("--template", default="Just me", help='"Just me" (the default) or "Interview"')
    making.add_argument("-o", "--out", type=Path, required=True, help="where the finished .mp3 or .m4a goes")
    making.add_argument("--transcript", type=Path, help="its words, if you have them: .vtt, .srt, .json or .txt")
    making.add_argument("--show", default="My show", help="the show's name, spoken in the intro")
    making.add_argument("--title", help="the episode's title; else the recording's file name")
    making.add_argument("--reduce-noise", action="store_true", help="clean up background noise, if there is any")
    making.add_argument("--even-out", action="store_true", help="even out loud and quiet talk")
    making.add_argument("--soften-s", action="store_true", help="soften sharp s sounds")
    making.add_argument("--json", action="store_true", help="print the result for programs")
    polishing = add("polish", _polish, "Shorten a recording's long pauses and set its loudness, without a transcript.")
    polishing.add_argument("recording", type=Path, help="the spoken recording: wav, mp3, m4a, flac, ogg and others")
    polishing.add_argument("-o", "--out", type=Path, required=True, help="the finished .mp3, .m4a or .wav")
    polishing.add_argument("--keep-pauses", action="store_true", help="cut nothing, set the loudness alone")
    polishing.add_argument("--pause-over", type=float, default=1.8, help="shorten pauses over so many seconds (1.8)")
    polishing.add_argument("--pause-to", type=float, default=0.6, help="and leave so many of them (0.6)")
    polishing.add_argument("--lufs", type=float, help="the loudness; else -16 in stereo, -19 in mono")
    polishing.add_argument("--json", action="store_true", help="print the result for programs")
    speech = add("speech", _help_alone, "What writes out the words on this machine.")
    acts = speech.add_subparsers(required=True, metavar="act")

    def act(name: str, command: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
        sub = acts.add_parser(name, help=words, description=words)
        sub.set_defaults(command=command)
        return sub

    act("list", _speech_list, "Show the engines, which one is used, and what each needs.")
    installing = act("install", _speech_install, "Fetch a speech model by its name, or take a folder.")
    installing.add_argument("model", help='a name of "donecast speech list", or a folder such as ./my-model')
    add_admin_acts(add("admin", _act, "Help for the person who runs this DoneCast."))
    add_credit_acts(add("credits", _act, "Look after the ledger of credits."))
    return parser


def _help_alone(_options: argparse.Namespace) -> int:
    return 2


class AddressUnavailable(DonecastError):
    """Another program listens at the address, or this machine does not have it."""

    code = "address_unavailable"
    kind = ErrorKind.CONFLICT
    message = "DoneCast cannot listen at its address."
    action = "Stop the program that listens there, or choose another address with DONECAST_HOST and DONECAST_PORT."


@contextmanager
def _opened_ground(
    alone: Callable[[Settings], AbstractContextManager[None]] | None = None, part: Part = "worker"
) -> Iterator[Ground]:
    """The real things by the settings; ``alone`` is held around them, before anything is touched."""
    settings = load_settings()
    configure_logs(settings.server)
    with alone(settings) if alone else nullcontext(), _laid_ground(settings, part) as ground:
        yield ground


@contextmanager
def _laid_ground(settings: Settings, part: Part, errors: ErrorTracker | None = None) -> Iterator[Ground]:
    ground = lay_ground(settings, part, errors)
    try:
        with told_of_threads(ground.errors):
            yield ground
    finally:
        ground.database.dispose()


def _up(_options: argparse.Namespace) -> int:
    with (
        _opened_ground(only_up, "api") as ground,
        _laid_ground(ground.settings, "worker", ground.errors) as of_worker,
    ):
        ground.database.migrate()
        _welcome(ground)
        return _serve(ground, Worker(of_worker))


def _api(_options: argparse.Namespace) -> int:
    with _opened_ground(part="api") as ground:
        ground.database.require_current()
        return _serve(ground, Watch(open_aside(ground)))


def _worker(_options: argparse.Namespace) -> int:
    with _opened_ground(only_worker) as ground:
        ground.database.require_current()
        run_alone(Worker(ground))
        return 0


def _auto_ops(options: argparse.Namespace) -> int:
    with _opened_ground() as ground:
        if options.log_level:
            configure_logs(ground.settings.server.model_copy(update={"log_level": options.log_level}))
        return auto_ops(ground, wish_of(options, ground))


def _serve(ground: Ground, beside: Beside) -> int:
    server = ground.settings.server
    # Before the worker starts, which it does with the app: who cannot be reached does not begin to work.
    with _listening(server.host, server.port) as listener:
        recordings.sweep_uploads(ground)
        print(f"DoneCast is at {server.base_url}  (stop it with Ctrl+C)", flush=True)
        app = create_app(ground, beside)
        app.state.vital_signs.start()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        serving = uvicorn.Server(config)
        sys.setswitchinterval(_TURN_SECONDS)
        gc.collect()
        gc.freeze()  # what stands now stays: to walk through it again and again held everybody up for 100 ms
        with suppress(KeyboardInterrupt):
            serving.run(sockets=[listener])
        return 0 if serving.started else 1


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # Python says the address once more
        raise AddressUnavailable(f"DoneCast cannot listen at {host}, port {port}: {reason}.") from error


def _welcome(ground: Ground) -> None:
    """On a fresh install: the first admin, whose password is shown this once, and a show to look at."""
    with ground.database.reading() as session:
        if not accounts.no_accounts_yet(session):
            return
    wanted = ground.settings.accounts
    account_id, password = make_account(ground, wanted.first_admin_email, "admin")
    # Told before anything else can go wrong, for nobody can look it up later.
    print(
        f"Your first account: {wanted.first_admin_email}\nIts password:       {password}\n(shown this once)\n",
        flush=True,
    )
    if wanted.demo_show:
        shows.make_demo_show(ground, account_id, owner_email=wanted.first_admin_email)


def _act(options: argparse.Namespace) -> int:
    with _opened_ground() as ground:
        if not options.on_any_version:
            ground.database.require_current()
        said, well = options.work(ground, options)
    print(said)
    return 0 if well else 1


def _status(_options: argparse.Namespace) -> int:
    with _opened_ground(part="api") as ground, closing(open_vital_signs(ground)) as signs:
        return _print_checks(daily_look(ground, signs))


def _doctor(_options: argparse.Namespace) -> int:
    with _opened_ground() as ground, closing(open_vital_signs(ground)) as signs:
        settings, workshop = ground.settings, open_workshop(ground, unguarded)
        kind = "SQLite on this machine" if settings.on_one_machine else "PostgreSQL"
        print(f"Data folder   {settings.data}\nDatabase      {kind}")
        print(f"Files         {settings.storage.storage_url or 'a folder in the data folder'}")
        print(f"Address       {settings.server.base_url}\n")
        engines = health.engines(workshop.transcriber, workshop.voices, open_writer(settings.ai_text, unguarded))
        return _print_checks(
            (*signs.readiness_now(DEEP_SECONDS_MAX), *engines, health.file_wall(), health.disk(ground))
        )


def _print_checks(checks: tuple[Check, ...]) -> int:
    print(checks_in_words(checks))
    return 0 if health.all_ok(checks) else 1


def _produce(options: argparse.Namespace) -> int:
    wish = ProduceWish(
        recordings=tuple(options.recordings),
        together=options.together,
        stereo=options.stereo,
        out=options.out,
        template=options.template,
        show=options.show,
        title=options.title,
        transcript=options.transcript,
        treatment=Treatment(
            noise_reduction=options.reduce_noise, levelling=options.even_out, de_essing=options.soften_s
        ),
    )
    return produce(wish, as_json=options.json)


def _polish(options: argparse.Namespace) -> int:
    wish = PolishWish(
        recording=options.recording,
        out=options.out,
        rules=None if options.keep_pauses else pause_rules(options.pause_over, options.pause_to),
        lufs=options.lufs,
    )
    settings, bar = load_settings(coded_by_name(options.out)), Bar(sys.stderr)
    try:
        result = polish(wish, engine_limits(settings.limits), delivery_of(settings.audio), bar)
    except DonecastError:
        bar.end("Stopped")
        raise
    bar.end("Done")
    print(json.dumps(result, indent=2) if options.json else polished_in_words(result))
    return 0


def _speech_list(_options: argparse.Namespace) -> int:
    print(engines_in_words(load_settings()))
    return 0


def _speech_install(options: argparse.Namespace) -> int:
    settings, bar = load_settings(), Bar(sys.stderr)
    try:
        said = install_in_words(options.model, settings, bar)
    except DonecastError:
        bar.end("Stopped")
        raise
    bar.end("Done")
    print(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
