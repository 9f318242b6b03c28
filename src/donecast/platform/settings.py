"""Every setting of the product: read once at start, typed, frozen, and complained about all at once.

Values come from the environment, or from a file ``.env`` in the working directory; each name starts with
``DONECAST_``, those of Sentry with ``SENTRY_``, those of Auto-Ops with ``AUTO_OPS_``. This is the only file that reads
them.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from donecast.kit.errors import DonecastError, ErrorKind
from donecast.platform.auto_ops_settings import AutoOpsSettings, auto_ops_mistakes
from donecast.platform.notice_settings import NoticeSettings, notice_mistakes
from donecast.platform.sentry_settings import SentrySettings, sentry_mistakes
from donecast.platform.settings_group import PREFIX, SettingsGroup, variable_of, whole_number
from donecast.platform.vendor_settings import (
    AiTextSettings,
    PaymentSettings,
    SpeechSettings,
    VoiceSettings,
    payment_mistakes,
    vendor_mistakes,
)


class SettingsInvalid(DonecastError):
    """The settings do not make sense; the message lists every mistake, one a line."""

    code = "settings_invalid"
    kind = ErrorKind.INVALID
    action = "Correct the settings named above, in the environment or in the file .env, and start again."


class ServerSettings(SettingsGroup):
    """Where the program listens and how it calls itself."""

    environment: Literal["dev", "test", "staging", "production"] = "dev"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    public_url: str = ""
    """How the outside world reaches us; empty means ``http://{host}:{port}``. Feed addresses are built from it."""
    data: Path = Path("data")
    """Folder of everything that is kept on this machine."""
    log_format: Literal["pretty", "json", "auto"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_token: str = Field(default="", pattern=r"^([0-9A-Za-z._-]{16,200})?$", repr=False)
    """What a program that collects `/metrics` sends as its bearer token; empty: only an admin's own token does."""
    revision: str = Field(default="", pattern=r"^[0-9A-Za-z._-]{0,40}$")
    """The commit this installation was made from; empty: what pip noted, or what is checked out."""

    @property
    def base_url(self) -> str:
        """The address in front of every public path, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


class DatabaseSettings(SettingsGroup):
    """Rows: SQLite in the data folder, or PostgreSQL by address."""

    database_url: str = ""
    """Empty means SQLite in the data folder; else ``postgresql://user:password@host/name``."""
    database_pool_size: int = Field(default=10, ge=1, le=200)
    database_lock_wait_ms: int = Field(default=10_000, ge=100)
    database_pool_wait_ms: int = Field(default=5_000, ge=10, le=60_000)
    """How long a request waits for a connection while others have them all; then it ends with a sentence."""
    database_statement_ms_api: int = Field(default=5_000, ge=100)
    database_statement_ms_worker: int = Field(default=60_000, ge=100)
    database_statement_ms_migration: int = Field(default=1_800_000, ge=1_000)


class StorageSettings(SettingsGroup):
    """Bytes: a folder, or a bucket that speaks S3."""

    storage_url: str = ""
    """Empty means a folder in the data folder; else ``s3://bucket/prefix``."""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key_id: str = ""
    s3_secret_access_key: str = Field(default="", repr=False)
    unused_files_kept_days: int = Field(default=7, ge=1, le=3_650)
    """For so long a stored file that no row names is kept; then the daily sweep removes it."""


class WorkerSettings(SettingsGroup):
    """Durable work: who does it and how soon a silent worker counts as dead."""

    worker_id: str = ""
    """Stable and unique for each worker; empty is fine on one machine and refused on PostgreSQL."""
    worker_concurrency: int = Field(default=2, ge=1, le=64)
    worker_heartbeat_ms: int = Field(default=2_000, ge=100)
    worker_lease_ms: int = Field(default=15_000, ge=500)
    dispatch_interval_ms: int = Field(default=250, ge=20)
    step_lease_ms: int = Field(default=60_000, ge=500)
    step_lease_renew_ms: int = Field(default=15_000, ge=100)
    work_attempts_max: int = Field(default=3, ge=1, le=20)
    """How often work is begun that finishes no step; then it ends as failed, and its credits are given back."""
    order_wait_minutes_max: int = Field(default=30, ge=1)
    """An order that waits longer is shown to whoever runs DoneCast as stuck."""
    kill_at: str = ""
    """Fault injection: ``step:point`` at which the process kills itself once; only outside production."""


class LimitSettings(SettingsGroup):
    """The most that one request or one job may take."""

    upload_bytes_max: int = Field(default=2 * 1024**3, ge=1)
    upload_age_hours_max: int = Field(default=48, ge=1)
    recording_ms_max: int = Field(default=6 * 3_600_000, ge=1_000)
    transcript_bytes_max: int = Field(default=5 * 1024**2, ge=1)
    body_bytes_max: int = Field(default=2 * 1024**2, ge=1024)
    engine_deadline_seconds: int = Field(default=3_600, ge=1)
    engine_memory_bytes_max: int = Field(default=4 * 1024**3, ge=256 * 1024**2)
    previews_at_once_max: int = Field(default=4, ge=1, le=64)
    preview_processes_waiting_max: int = Field(default=2, ge=1, le=64)
    """Processes of some 80 MB each that stand by while somebody edits, so that a preview begins at once."""
    preview_idle_seconds: int = Field(default=600, ge=1)
    """Without anybody asking for a preview for so long, they end."""
    preview_deadline_seconds: int = Field(default=30, ge=1)
    disk_free_bytes_min: int = Field(default=256 * 1024**2, ge=0)
    sign_in_attempts_per_minute: int = Field(default=10, ge=1)
    sign_in_attempts_per_place_and_minute: int = Field(default=60, ge=1)
    """For all accounts together from one address; many people of one house may share it."""
    sign_ups_per_place_and_hour: int = Field(default=30, ge=1)
    uploads_per_account_and_hour: int = Field(default=300, ge=1)
    uploads_per_place_and_hour: int = Field(default=1_000, ge=1)
    ai_calls_per_account_and_minute: int = Field(default=30, ge=1)
    """Texts and answers that an engine writes, and what a voice speaks for somebody who waits."""
    ai_calls_per_place_and_minute: int = Field(default=90, ge=1)


class AudioSettings(SettingsGroup):
    """What finished episodes sound like and how they are stored."""

    audio_format: Literal["mp3", "m4a"] = "mp3"
    audio_bitrate_kbps: Annotated[
        Literal[64, 80, 96, 112, 128, 160, 192, 224, 256, 320], BeforeValidator(whole_number)
    ] = 128
    audio_vbr_quality: str = Field(default="", pattern=r"^[0-9]?$")
    """Empty means a constant bit rate; else 0 (best) to 9 (smallest), for MP3 of a variable one."""
    loudness_lufs_stereo: float = Field(default=-16.0, ge=-31, le=-9)
    loudness_lufs_mono: float = Field(default=-19.0, ge=-31, le=-9)
    true_peak_dbtp_max: float = Field(default=-1.0, ge=-9, le=-0.1)


class AccountSettings(SettingsGroup):
    """People and their sessions."""

    sign_up_open: bool = True
    session_days: int = Field(default=30, ge=1)
    password_length_min: int = Field(default=8, ge=8)
    hash_cost: Literal["normal", "low"] = "normal"
    """``low`` is for tests alone and refused in production."""
    first_admin_email: str = "admin@example.com"
    demo_show: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """All concerns together, resolved against the data folder."""

    server: ServerSettings
    database: DatabaseSettings
    storage: StorageSettings
    worker: WorkerSettings
    limits: LimitSettings
    speech: SpeechSettings
    voices: VoiceSettings
    audio: AudioSettings
    ai_text: AiTextSettings
    payments: PaymentSettings
    accounts: AccountSettings
    sentry: SentrySettings
    auto_ops: AutoOpsSettings
    notices: NoticeSettings

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of our rows."""
        url = self.database.database_url
        if not url:
            return f"sqlite:///{self.data / 'donecast.sqlite'}"
        return url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def durable_url(self) -> str:
        """Address of the durable engine's own tables: a second SQLite file, or the same PostgreSQL database."""
        if not self.database.database_url:
            return f"sqlite:///{self.data / 'durable.sqlite'}"
        return self.database_url

    @property
    def on_one_machine(self) -> bool:
        """True with SQLite: one process holds everything."""
        return not self.database.database_url

    @property
    def data(self) -> Path:
        """The data folder as an absolute path."""
        return self.server.data.absolute()

    @property
    def speech_models(self) -> Path:
        """The folder of installed speech models as an absolute path."""
        named = self.speech.speech_models
        return Path(named).absolute() if named else self.data / "speech" / "models"

    @property
    def voice_files(self) -> Path:
        """The folder of the files that voices are, as an absolute path."""
        named = self.voices.voice_files
        return Path(named).absolute() if named else self.data / "speech" / "voices"

    @property
    def worker_id(self) -> str:
        """This worker's stable name; on one machine there is one worker, whatever the machine is called."""
        return self.worker.worker_id or "local-0"


_GROUPS: dict[str, type[SettingsGroup]] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "storage": StorageSettings,
    "worker": WorkerSettings,
    "limits": LimitSettings,
    "speech": SpeechSettings,
    "voices": VoiceSettings,
    "audio": AudioSettings,
    "ai_text": AiTextSettings,
    "payments": PaymentSettings,
    "accounts": AccountSettings,
    "sentry": SentrySettings,
    "auto_ops": AutoOpsSettings,
    "notices": NoticeSettings,
}


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Reads environment and ``.env``; ``overrides`` (field name to value) win. Raises SettingsInvalid."""
    mistakes: list[str] = []
    groups: dict[str, SettingsGroup] = {}
    given = dict(overrides or {})
    for name, group in _GROUPS.items():
        fields = {key: value for key, value in given.items() if key in group.model_fields}
        try:
            groups[name] = group(**fields)
        except ValidationError as error:
            mistakes += [f"{variable_of('_'.join(map(str, item['loc'])))}: {item['msg']}" for item in error.errors()]
    known = {field for group in _GROUPS.values() for field in group.model_fields}
    mistakes += [f"{name}: no such setting" for name in given.keys() - known]
    mistakes += _unknown_names(known)
    if not mistakes:
        settings = Settings(**groups)  # type: ignore[arg-type]
        mistakes += _contradictions(settings)
    if mistakes:
        raise SettingsInvalid("Some settings are not right:\n" + "\n".join(f"  {line}" for line in sorted(mistakes)))
    return settings


# Names that belong to the development script and the tests, not to the product.
_FOREIGN_NAMES = {"SAMPLES"}
_OURS = (PREFIX, "AUTO_OPS_")
"""A name that begins so and is not known was mistyped: a rehearsal must not become real by a missing letter."""


def _unknown_names(known: set[str]) -> list[str]:
    named = {variable_of(field) for field in known} | {f"{PREFIX}{name}" for name in _FOREIGN_NAMES}
    return [f"{name}: no such setting" for name in os.environ if name.startswith(_OURS) and name not in named]


_SETTLE_MS_MIN = 90_000  # a minute for an answer, and what connecting and sending may take before it
_M4A_BITRATE_KBPS_MAX = 256  # what one channel can hold at 44.1 kHz


def _contradictions(settings: Settings) -> list[str]:
    mistakes = []
    url, production = settings.database.database_url, settings.server.environment == "production"
    if url and not url.startswith("postgresql://"):
        mistakes.append(f"{PREFIX}DATABASE_URL: must start with postgresql:// (leave it empty for SQLite)")
    if settings.storage.storage_url and not settings.storage.storage_url.startswith("s3://"):
        mistakes.append(f"{PREFIX}STORAGE_URL: must start with s3:// (leave it empty for a folder on this machine)")
    if settings.worker.worker_lease_ms < 2 * settings.worker.worker_heartbeat_ms:
        mistakes.append(f"{PREFIX}WORKER_LEASE_MS: must be at least twice {PREFIX}WORKER_HEARTBEAT_MS")
    if settings.worker.step_lease_ms < 3 * settings.worker.step_lease_renew_ms:
        mistakes.append(f"{PREFIX}STEP_LEASE_MS: must be at least three times {PREFIX}STEP_LEASE_RENEW_MS")
    if settings.audio.audio_format == "m4a":
        if settings.audio.audio_vbr_quality:
            mistakes.append(f"{PREFIX}AUDIO_VBR_QUALITY: only mp3 has a variable bit rate (leave it out for m4a)")
        if settings.audio.audio_bitrate_kbps > _M4A_BITRATE_KBPS_MAX:
            mistakes.append(f"{PREFIX}AUDIO_BITRATE_KBPS: at most {_M4A_BITRATE_KBPS_MAX} for m4a")
    mistakes += vendor_mistakes(settings.speech, settings.voices, settings.ai_text)
    mistakes += payment_mistakes(settings.payments)
    mistakes += sentry_mistakes(settings.sentry)
    mistakes += auto_ops_mistakes(settings.auto_ops)
    mistakes += notice_mistakes(settings.notices)
    if production and settings.accounts.hash_cost == "low":
        mistakes.append(f"{PREFIX}HASH_COST: 'low' is for tests and is refused in production")
    if production and settings.speech.transcriber_settle_ms < _SETTLE_MS_MIN:
        mistakes.append(f"{PREFIX}TRANSCRIBER_SETTLE_MS: a request may be under way for {_SETTLE_MS_MIN} ms")
    if production and settings.worker.kill_at:
        mistakes.append(f"{PREFIX}KILL_AT: fault injection is refused in production")
    if production and not settings.server.public_url.startswith("https://"):
        mistakes.append(f"{PREFIX}PUBLIC_URL: production needs the https:// address under which listeners reach you")
    return mistakes
