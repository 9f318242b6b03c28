"""Picks the real things from the settings; nothing else builds them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from donecast.accounts import service as accounts
from donecast.billing.payment_service import PaymentService
from donecast.billing.stripe_client import StripePayments
from donecast.drafts.asking import WritingDesk
from donecast.engine.preview import Previewer
from donecast.engine.programs import find_program
from donecast.health.alerts.outage import KnownAddresses, OutageWatch
from donecast.health.bug_reports.reporter import BugReports
from donecast.health.error_groups.pending import PendingErrors
from donecast.health.error_groups.store import ErrorStore
from donecast.health.feedback.own import OwnSource
from donecast.health.feedback.sources import ErrorSource, SentrySource
from donecast.health.sentry.client import NAME as SENTRY
from donecast.health.sentry.client import Sentry
from donecast.health.vital_signs import VitalSigns
from donecast.kit.clock import Clock, SystemClock
from donecast.notices.senders import SLACK, MailSender, SentrySender, SlackSender
from donecast.notices.service import Sender
from donecast.platform.blobs import open_blob_store
from donecast.platform.breakers import Breakers, SteadyClock
from donecast.platform.database import Database
from donecast.platform.error_tracking import ErrorTracker
from donecast.platform.frequent_breaker import LOCK_WAIT_MS, FrequentBreaker
from donecast.platform.outgoing import UNGUARDED, Outgoing
from donecast.platform.pool_uses import Part
from donecast.platform.release import release
from donecast.platform.sentry_door import SentryDoor, open_sentry_door
from donecast.platform.sentry_settings import SentrySettings
from donecast.platform.settings import DatabaseSettings, Settings
from donecast.platform.statement_limits import DatabaseLimits
from donecast.platform.storage_door import SERVICE, StorageDoor
from donecast.platform.temporary import TemporaryFiles
from donecast.platform.traffic import Traffic
from donecast.platform.vendor_settings import AiTextSettings, PaymentSettings, VoiceSettings
from donecast.platform.web import Ground
from donecast.production.line import Workshop
from donecast.speech.assemblyai import AssemblyAI
from donecast.speech.auphonic import Auphonic
from donecast.speech.elevenlabs import ElevenLabs
from donecast.speech.elsewhere import Elsewhere, Pace
from donecast.speech.espeak import PROGRAM as ESPEAK
from donecast.speech.espeak import EspeakSynthesizer
from donecast.speech.flite import PROGRAM as FLITE
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.google_voice import GoogleVoice
from donecast.speech.kokoro import KokoroSynthesizer
from donecast.speech.local import LocalTranscriber
from donecast.speech.piper import PiperSynthesizer
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.remote import Hook, RemoteTranscriber
from donecast.speech.synthesizer import SpeechSynthesizer
from donecast.speech.transcriber import Transcriber
from donecast.speech.voice_engines import VoiceEngines
from donecast.transcripts.job_book import open_book
from donecast.writing.extractive import ExtractiveWriter
from donecast.writing.gemini import GeminiWriter
from donecast.writing.openai_compatible import OpenAiCompatibleWriter
from donecast.writing.writer import TextWriter

_WORKER_POOL_WAIT_MS = 30_000
_LOOKS_AT_ONCE = 5
_WATCHERS_AT_ONCE = 4
_LIMITS_OF_LOOKS = DatabaseLimits(statement_ms=1_000, lock_wait_ms=500, pool_wait_ms=300, connect_seconds=2)


def lay_ground(settings: Settings, part: Part = "api", errors: ErrorTracker | None = None) -> Ground:
    """Opens database, storage and temporary folder; creates the data folder where it is missing.

    Each part has connections of its own: work that stalls never takes those that people wait for. Errors are told in
    one place in each process, so a second part is given that of the first.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    steady = SteadyClock(clock)
    database = open_database(settings.database_url, settings.database, part)
    breakers = Breakers(database, steady.now_ms)
    return Ground(
        settings=settings,
        clock=clock,
        database=database,
        blobs=open_blob_store(settings, open_storage_door(breakers)),
        temporary=TemporaryFiles(settings.data / "temporary", free_bytes_min=settings.limits.disk_free_bytes_min),
        breakers=breakers,
        traffic=Traffic(steady.now_ms),
        errors=errors or open_error_tracker(settings, clock, database),
        failures=BugReports(database, clock, settings.server.base_url),
    )


def open_database(url: str, settings: DatabaseSettings, part: Part) -> Database:
    """The database as this part may use it: how long a statement takes at most, and how long it waits."""
    is_api = part == "api"
    limits = DatabaseLimits(
        statement_ms=settings.database_statement_ms_api if is_api else settings.database_statement_ms_worker,
        lock_wait_ms=settings.database_lock_wait_ms,
        pool_wait_ms=settings.database_pool_wait_ms if is_api else _WORKER_POOL_WAIT_MS,
        migration_ms=settings.database_statement_ms_migration,
    )
    return Database(url, pool_size=settings.database_pool_size, limits=limits)


def open_storage_door(breakers: Breakers) -> StorageDoor:
    """The way to a bucket; its breaker waits for nobody long, for it may be asked inside a transaction."""
    return StorageDoor(FrequentBreaker(replace(breakers, lock_wait_ms=LOCK_WAIT_MS).of(SERVICE)))


def open_error_tracker(settings: Settings, clock: Clock, database: Database) -> ErrorTracker:
    """Where errors are told: our own store always, and Sentry where the settings say so."""
    environment, version = settings.server.environment, release(settings.server.revision)
    store = ErrorStore(database, clock, PendingErrors(environment, version))
    door, standing = open_sentry_door(settings.sentry, environment, version)
    return ErrorTracker(clock, (store,) if door is None else (store, door), standing)


def open_vital_signs(ground: Ground) -> VitalSigns:
    """The looks of this process, with connections of their own that end everything soon."""
    return VitalSigns(ground, Database(ground.settings.database_url, pool_size=_LOOKS_AT_ONCE, limits=_LIMITS_OF_LOOKS))


def open_aside(ground: Ground) -> Ground:
    """The same ground with connections of its own, for who keeps watch: it must see and tell when all others are used.

    Whoever opens it closes its database.
    """
    url, limits = ground.settings.database_url, ground.database.limits
    database = Database(url, pool_size=_WATCHERS_AT_ONCE, limits=limits)
    return replace(ground, database=database, breakers=replace(ground.breakers, database=database))


WayTo = Callable[[str], Outgoing]
"""The way to a service, by its name."""


def unguarded(_service: str) -> Outgoing:
    """Without a circuit breaker: for who only wants to know whether the service is there."""
    return UNGUARDED


def guarded(ground: Ground) -> WayTo:
    """Through the circuit breakers that all processes share."""
    return lambda service: Outgoing(ground.breakers.of(service))


def open_workshop(ground: Ground, way_to: WayTo | None = None) -> Workshop:
    """The line's tools: ear and voice of this machine, which need no vendor; others where the settings name them.

    Given texts are aligned by the built-in ear, whoever writes out the words: it is quick, and its anchors are enough.
    Services are asked through the circuit breakers, unless another way is given.
    """
    way_to = way_to or guarded(ground)
    speech, ears = ground.settings.speech, _ears(ground, way_to)
    return Workshop(
        ground=ground,
        transcriber=ears[speech.transcriber] if speech.transcriber in ears else open_local(ground.settings),
        voices=open_voice_engines(ground.settings, way_to),
        aligner=ears["pocketsphinx"],
        ears=ears,
    )


def _ears(ground: Ground, way_to: WayTo) -> dict[str, Transcriber]:
    """All that can write out words here, by name; a vendor where its key is, for a key is the host's permission."""
    settings = ground.settings
    ears: dict[str, Transcriber] = {"pocketsphinx": PocketSphinxTranscriber(), "whisper": _open_whisper(settings)}
    return ears | {name: _with_book(ground, remote) for name, remote in open_remotes(settings, way_to).items()}


def _with_book(ground: Ground, remote: RemoteTranscriber) -> Transcriber:
    speech = ground.settings.speech
    pace = Pace(
        poll_first=speech.transcriber_poll_ms / 1_000,
        poll_longest=10 * speech.transcriber_poll_ms / 1_000,
        settle=speech.transcriber_settle_ms / 1_000,
        wait_longest=speech.transcriber_wait_seconds_max,
    )
    return Elsewhere(remote, partial(open_book, ground), ground.clock, pace)


def open_local(settings: Settings) -> Transcriber:
    """The recogniser of this machine that the settings choose."""
    speech = settings.speech
    if speech.transcriber == "pocketsphinx":
        return PocketSphinxTranscriber()
    return _open_best(settings, whisper_alone=False)


def _open_whisper(settings: Settings) -> Transcriber:
    return _open_best(settings, whisper_alone=True)


def _open_best(settings: Settings, *, whisper_alone: bool) -> Transcriber:
    speech = settings.speech
    language = speech.transcriber_language.partition("_")[0]
    return LocalTranscriber(
        settings.speech_models, wanted=speech.speech_model, language=language, whisper_alone=whisper_alone
    )


def open_remotes(settings: Settings, way_to: WayTo) -> dict[str, RemoteTranscriber]:
    """The vendors that may write out words, because the settings have their keys, by name."""
    speech = settings.speech
    remotes: list[RemoteTranscriber] = []
    if speech.assemblyai_key:
        remotes.append(
            AssemblyAI(
                key=speech.assemblyai_key,
                base_url=speech.assemblyai_url,
                language=speech.transcriber_language,
                models=tuple(model for model in speech.assemblyai_models.split(",") if model),
                hook=_hook(settings, AssemblyAI.hook_path, speech.assemblyai_webhook_secret),
                way=way_to(AssemblyAI.name),
            )
        )
    if speech.auphonic_key:
        remotes.append(
            Auphonic(
                key=speech.auphonic_key,
                base_url=speech.auphonic_url,
                language=speech.transcriber_language,
                hook=_hook(settings, Auphonic.hook_path, speech.auphonic_webhook_secret),
                way=way_to(Auphonic.name),
            )
        )
    return {remote.name: remote for remote in remotes}


def _hook(settings: Settings, path: str, secret: str) -> Hook | None:
    """Where a vendor calls: nowhere without an address of ours that it can reach, or without a secret."""
    return Hook(f"{settings.server.base_url}{path}", secret) if settings.server.public_url and secret else None


def open_voice_engines(settings: Settings, way_to: WayTo) -> VoiceEngines:
    """Everyone who can speak here, first whom the settings name, and never another in its place.

    Without any, the first program that this machine has; with none of them flite, which says how to get one. A program
    is among them where it and its files are, a vendor where its key is, for a key is the host's permission.
    """
    voices, files = settings.voices, settings.voice_files
    piper, kokoro = PiperSynthesizer(files), KokoroSynthesizer(files)
    engines: list[SpeechSynthesizer] = [
        *(FliteSynthesizer(), EspeakSynthesizer(), piper, kokoro),
        *(_elevenlabs(voices, way_to), _google(voices, way_to)),
    ]
    has_flite, has_espeak = (find_program(program) is not None for program in (FLITE, ESPEAK))
    is_here = {
        FLITE: has_flite,
        ESPEAK: has_espeak,
        piper.name: not piper.check(),
        kokoro.name: not kokoro.check(),
        ElevenLabs.name: bool(voices.elevenlabs_key),
        GoogleVoice.name: bool(voices.google_voice_key),
    }
    whichever = ESPEAK if has_espeak and not has_flite else FLITE
    first = whichever if voices.synthesizer == "auto" else voices.synthesizer
    return VoiceEngines(
        next(engine for engine in engines if engine.name == first),
        tuple(engine for engine in engines if engine.name != first and is_here[engine.name]),
    )


def _elevenlabs(voices: VoiceSettings, way_to: WayTo) -> ElevenLabs:
    return ElevenLabs(
        key=voices.elevenlabs_key,
        base_url=voices.elevenlabs_url,
        voice=voices.elevenlabs_voice,
        model=voices.elevenlabs_model,
        way=way_to(ElevenLabs.name),
    )


def _google(voices: VoiceSettings, way_to: WayTo) -> GoogleVoice:
    return GoogleVoice(
        key=voices.google_voice_key,
        base_url=voices.google_voice_url,
        voice=voices.google_voice_name,
        way=way_to(GoogleVoice.name),
    )


def open_payments(settings: PaymentSettings, way_to: WayTo) -> PaymentService | None:
    """Who takes payments; None without a key: then nothing can be bought, and everything else works."""
    return StripePayments(settings, way_to("stripe")) if settings.stripe_key else None


def open_sentry(settings: SentrySettings, clock: Clock, way_to: WayTo) -> Sentry | None:
    """Where errors are read; None without a token."""
    return Sentry(settings, clock, way_to(SENTRY)) if settings.sentry_org_token else None


def open_error_source(ground: Ground) -> ErrorSource:
    """Who tells of errors: Sentry where a token is set, else our own store."""
    sentry = open_sentry(ground.settings.sentry, ground.clock, guarded(ground))
    return SentrySource(sentry) if sentry else OwnSource()


def open_writer(settings: AiTextSettings, way_to: WayTo) -> TextWriter:
    """The engine for texts that the settings name; without any setting the one that asks nobody."""
    match settings.ai_text_engine:
        case "gemini":
            return GeminiWriter(settings, way_to(GeminiWriter.name))
        case "openai_compatible":
            return OpenAiCompatibleWriter(settings, way_to(OpenAiCompatibleWriter.name))
        case "extractive":
            return ExtractiveWriter()


def open_writing_desk(ground: Ground) -> WritingDesk:
    """Where texts are written, so many at once."""
    settings = ground.settings.ai_text
    return WritingDesk(open_writer(settings, guarded(ground)), at_once_max=settings.ai_text_at_once_max)


def open_senders(ground: Ground, way_to: WayTo | None = None) -> list[Sender]:
    """Who delivers notices, one for each channel; those that are not set up say so."""
    settings, way_to = ground.settings.notices, way_to or guarded(ground)
    doors = tuple(sink for sink in ground.errors.sinks if isinstance(sink, SentryDoor))
    return [
        MailSender(settings, partial(_operators, ground)),
        SlackSender(settings, way_to(SLACK)),
        SentrySender(ErrorTracker(ground.clock, doors, ground.errors.standing)),
    ]


def open_outage_watch(ground: Ground) -> OutageWatch:
    """What tells of a database that is away; its senders keep no breaker, which would need the database."""
    settings, addresses = ground.settings.notices, KnownAddresses(partial(_operators, ground))
    return OutageWatch(ground, [MailSender(settings, addresses), SlackSender(settings)], addresses)


def _operators(ground: Ground) -> Sequence[str]:
    named = ground.settings.notices.operator_email
    if named:
        return [named]
    with ground.database.reading() as session:
        return accounts.admin_addresses(session)


def open_previewer(ground: Ground) -> Previewer:
    """What makes previews; its processes start when somebody asks for the first time."""
    limits = ground.settings.limits
    return Previewer(
        at_once_max=limits.previews_at_once_max,
        waiting_max=limits.preview_processes_waiting_max,
        idle_seconds=limits.preview_idle_seconds,
        folder=lambda: ground.temporary.folder("standby"),
    )
