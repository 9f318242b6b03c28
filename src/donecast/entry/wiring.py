"""Picks the real things from the settings; nothing else builds them."""

from functools import partial

from donecast.billing.payment_service import PaymentService
from donecast.billing.stripe_client import StripePayments
from donecast.drafts.asking import WritingDesk
from donecast.engine.preview import Previewer
from donecast.engine.programs import find_program
from donecast.kit.clock import SystemClock
from donecast.platform.blobs import open_blob_store
from donecast.platform.database import Database
from donecast.platform.settings import Settings
from donecast.platform.temporary import TemporaryFiles
from donecast.platform.vendor_settings import AiTextSettings, PaymentSettings, VoiceSettings
from donecast.platform.web import Ground
from donecast.production.line import Workshop
from donecast.speech.assemblyai import HOOK_PATH, AssemblyAI, Hook
from donecast.speech.elevenlabs import ElevenLabs
from donecast.speech.elsewhere import Elsewhere, Pace
from donecast.speech.espeak import PROGRAM as ESPEAK
from donecast.speech.espeak import EspeakSynthesizer
from donecast.speech.flite import PROGRAM as FLITE
from donecast.speech.flite import FliteSynthesizer
from donecast.speech.google_voice import GoogleVoice
from donecast.speech.local import LocalTranscriber
from donecast.speech.pocketsphinx import PocketSphinxTranscriber
from donecast.speech.remote import RemoteTranscriber
from donecast.speech.synthesizer import SpeechSynthesizer
from donecast.speech.transcriber import Transcriber
from donecast.transcripts.job_book import open_book
from donecast.writing.extractive import ExtractiveWriter
from donecast.writing.gemini import GeminiWriter
from donecast.writing.openai_compatible import OpenAiCompatibleWriter
from donecast.writing.writer import TextWriter


def lay_ground(settings: Settings) -> Ground:
    """Opens database, storage and temporary folder; creates the data folder where it is missing."""
    settings.data.mkdir(parents=True, exist_ok=True)
    return Ground(
        settings=settings,
        clock=SystemClock(),
        database=Database(
            settings.database_url,
            pool_size=settings.database.database_pool_size,
            lock_wait_ms=settings.database.database_lock_wait_ms,
        ),
        blobs=open_blob_store(settings),
        temporary=TemporaryFiles(settings.data / "temporary", free_bytes_min=settings.limits.disk_free_bytes_min),
    )


def open_workshop(ground: Ground) -> Workshop:
    """The line's tools: ear and voice of this machine, which need no vendor; others where the settings name them.

    Given texts are aligned by the built-in ear, whoever writes out the words: it is quick, and its anchors are enough.
    """
    built_in, remote = PocketSphinxTranscriber(), open_remote(ground.settings)
    voice = open_synthesizer(ground.settings.voices)
    if remote is None:
        ear = open_local(ground.settings)
        return Workshop(ground=ground, transcriber=ear, synthesizer=voice, aligner=built_in)
    speech = ground.settings.speech
    pace = Pace(
        poll_first=speech.transcriber_poll_ms / 1_000,
        poll_longest=10 * speech.transcriber_poll_ms / 1_000,
        settle=speech.transcriber_settle_ms / 1_000,
        wait_longest=speech.transcriber_wait_seconds_max,
    )
    vendor = Elsewhere(remote, partial(open_book, ground), ground.clock, pace)
    return Workshop(ground=ground, transcriber=vendor, synthesizer=voice, aligner=built_in)


def open_local(settings: Settings) -> Transcriber:
    """The recogniser of this machine that the settings choose."""
    speech = settings.speech
    if speech.transcriber == "pocketsphinx":
        return PocketSphinxTranscriber()
    language = speech.transcriber_language.partition("_")[0]
    return LocalTranscriber(settings.speech_models, wanted=speech.speech_model, language=language)


def open_remote(settings: Settings) -> RemoteTranscriber | None:
    """The vendor that the settings choose for writing out words; None when it is done on this machine."""
    speech = settings.speech
    if speech.transcriber != "assemblyai":
        return None
    hook = None
    if settings.server.public_url and speech.assemblyai_webhook_secret:
        hook = Hook(f"{settings.server.base_url}{HOOK_PATH}", speech.assemblyai_webhook_secret)
    return AssemblyAI(
        key=speech.assemblyai_key,
        base_url=speech.assemblyai_url,
        language=speech.transcriber_language,
        models=tuple(model for model in speech.assemblyai_models.split(",") if model),
        hook=hook,
    )


def open_synthesizer(voices: VoiceSettings) -> SpeechSynthesizer:
    """The engine that the settings name, and never another in its place: its troubles are shown.

    Without any, the first program that this machine has; with none of them flite, which says how to get one.
    """
    match voices.synthesizer:
        case "elevenlabs":
            return ElevenLabs(
                key=voices.elevenlabs_key,
                base_url=voices.elevenlabs_url,
                voice=voices.elevenlabs_voice,
                model=voices.elevenlabs_model,
            )
        case "google":
            return GoogleVoice(
                key=voices.google_voice_key, base_url=voices.google_voice_url, voice=voices.google_voice_name
            )
        case "espeak-ng":
            return EspeakSynthesizer()
        case "flite":
            return FliteSynthesizer()
        case "auto":
            has_espeak_alone = find_program(FLITE) is None and find_program(ESPEAK) is not None
            return EspeakSynthesizer() if has_espeak_alone else FliteSynthesizer()


def open_payments(settings: PaymentSettings) -> PaymentService | None:
    """Who takes payments; None without a key: then nothing can be bought, and everything else works."""
    return StripePayments(settings) if settings.stripe_key else None


def open_writer(settings: AiTextSettings) -> TextWriter:
    """The engine for texts that the settings name; without any setting the one that asks nobody."""
    match settings.ai_text_engine:
        case "gemini":
            return GeminiWriter(settings)
        case "openai_compatible":
            return OpenAiCompatibleWriter(settings)
        case "extractive":
            return ExtractiveWriter()


def open_writing_desk(ground: Ground) -> WritingDesk:
    """Where texts are written, so many at once."""
    settings = ground.settings.ai_text
    return WritingDesk(open_writer(settings), at_once_max=settings.ai_text_at_once_max)


def open_previewer(ground: Ground) -> Previewer:
    """What makes previews; its processes start when somebody asks for the first time."""
    limits = ground.settings.limits
    return Previewer(
        at_once_max=limits.previews_at_once_max,
        waiting_max=limits.preview_processes_waiting_max,
        idle_seconds=limits.preview_idle_seconds,
        folder=lambda: ground.temporary.folder("standby"),
    )
