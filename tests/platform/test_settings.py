"""Settings: from the environment, all mistakes at once, contradictions refused."""

from pathlib import Path

import pytest

from donecast.platform.settings import SettingsInvalid, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_it_is_sqlite_and_a_folder_on_port_8000(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.server.base_url == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'donecast.sqlite'}"
    assert settings.on_one_machine


def test_environment_and_env_file_are_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DONECAST_PORT=9000\nDONECAST_SESSION_DAYS=3\n")
    monkeypatch.setenv("DONECAST_PORT", "9001")
    settings = load_settings()
    assert (settings.server.port, settings.accounts.session_days) == (9001, 3)


def test_sentry_is_set_under_its_own_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_ORG", "gardeners")
    assert load_settings().sentry.sentry_org == "gardeners"
    monkeypatch.setenv("DONECAST_SENTRY_ORG", "gardeners")
    with pytest.raises(SettingsInvalid, match="DONECAST_SENTRY_ORG: no such setting"):
        load_settings()


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONECAST_PORT", "many")
    monkeypatch.setenv("DONECAST_SESSION_DAYS", "0")
    monkeypatch.setenv("DONECAST_PROT", "8000")
    with pytest.raises(SettingsInvalid) as refused:
        load_settings()
    for name in ("DONECAST_PORT", "DONECAST_SESSION_DAYS", "DONECAST_PROT: no such setting"):
        assert name in refused.value.message


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"database_url": "mysql://x"}, "DATABASE_URL"),
        ({"sentry_base_url": "http://sentry.example.com"}, "SENTRY_BASE_URL"),
        ({"sentry_org_token": "Bearer abc"}, "SENTRY_ORG_TOKEN"),
        ({"sentry_write_token": "abc"}, "SENTRY_ORG_TOKEN: is needed"),
        ({"sentry_org": "a/../b"}, "SENTRY_ORG"),
        ({"sentry_browser_dsn": "https://key:secret@sentry.example.com/1"}, "SENTRY_BROWSER_DSN: must be a public DSN"),
        ({"sentry_browser_dsn": "https://key@sentry.example.com; script-src */1"}, "SENTRY_BROWSER_DSN"),
        ({"sentry_traces_sample_rate": 1.5}, "SENTRY_TRACES_SAMPLE_RATE"),
        ({"storage_url": "ftp://x"}, "STORAGE_URL"),
        ({"worker_lease_ms": 1000, "worker_heartbeat_ms": 900}, "WORKER_LEASE_MS"),
        ({"environment": "production", "hash_cost": "low"}, "HASH_COST"),
        ({"environment": "production", "kill_at": "check:start"}, "KILL_AT"),
        ({"environment": "production"}, "PUBLIC_URL"),
        ({"environment": "production", "transcriber_settle_ms": 1_000}, "TRANSCRIBER_SETTLE_MS"),
        ({"audio_format": "m4a", "audio_vbr_quality": "2"}, "AUDIO_VBR_QUALITY"),
        ({"audio_format": "m4a", "audio_bitrate_kbps": 320}, "AUDIO_BITRATE_KBPS"),
        ({"audio_bitrate_kbps": 100}, "AUDIO_BITRATE_KBPS"),
        ({"transcriber": "assemblyai"}, "ASSEMBLYAI_KEY: is needed"),
        ({"assemblyai_key": "Bearer abc"}, "ASSEMBLYAI_KEY: holds a space"),
        ({"assemblyai_url": "http://api.example.com"}, "ASSEMBLYAI_URL"),
        ({"assemblyai_url": "http://127.0.0.1.example.com"}, "ASSEMBLYAI_URL"),
        ({"assemblyai_url": "https://"}, "ASSEMBLYAI_URL"),
        ({"assemblyai_url": "https://[::1"}, "ASSEMBLYAI_URL"),
        ({"assemblyai_webhook_secret": "short"}, "ASSEMBLYAI_WEBHOOK_SECRET"),
        ({"transcriber": "auphonic"}, "AUPHONIC_KEY: is needed"),
        ({"auphonic_key": "bearer abc"}, "AUPHONIC_KEY: holds a space"),
        ({"auphonic_url": "http://auphonic.com"}, "AUPHONIC_URL"),
        ({"auphonic_webhook_secret": "with-a-sign-in-it"}, "AUPHONIC_WEBHOOK_SECRET"),
        ({"transcriber_language": "English"}, "TRANSCRIBER_LANGUAGE"),
        ({"synthesizer": "elevenlabs"}, "ELEVENLABS_KEY: is needed"),
        ({"synthesizer": "google"}, "GOOGLE_VOICE_KEY: is needed"),
        ({"synthesizer": "say"}, "SYNTHESIZER"),
        ({"elevenlabs_key": "a key"}, "ELEVENLABS_KEY"),
        ({"elevenlabs_voice": "../x"}, "ELEVENLABS_VOICE"),
        ({"elevenlabs_url": "http://api.example.com"}, "ELEVENLABS_URL"),
        ({"google_voice_url": "https://"}, "GOOGLE_VOICE_URL"),
        ({"speech_model_url": "http://models.example.com"}, "SPEECH_MODEL_URL"),
        ({"ai_text_engine": "gemini", "ai_text_key": "k"}, "AI_TEXT_MODEL"),
        ({"ai_text_engine": "gemini", "ai_text_model": "m"}, "AI_TEXT_KEY"),
        ({"ai_text_engine": "openai_compatible", "ai_text_model": "m"}, "AI_TEXT_URL"),
        ({"ai_text_url": "ftp://x"}, "AI_TEXT_URL"),
        ({"ai_text_url": "http://[x"}, "AI_TEXT_URL"),
        ({"ai_text_url": "http://example.org/v1", "ai_text_key": "k"}, "https:// only"),
        ({"ai_text_key": "a key"}, "AI_TEXT_KEY"),
        ({"ai_text_price_input": "0.30"}, "AI_TEXT_PRICE_INPUT"),
        ({"ai_text_price_input": "1e3", "ai_text_price_output": "1"}, "AI_TEXT_PRICE_INPUT"),
        ({"nonsense": 1}, "no such setting"),
    ],
)
def test_contradictions_are_refused(overrides: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        load_settings(overrides)


def test_a_key_goes_unprotected_to_this_machine_alone_and_stands_in_no_text() -> None:
    given = {"ai_text_engine": "openai_compatible", "ai_text_model": "m", "ai_text_key": "a-secret-key"}
    for url in ("http://127.0.0.1:11434/v1", "http://localhost/v1", "https://api.example.org/v1"):
        settings = load_settings({**given, "ai_text_url": url})
        assert "a-secret-key" not in repr(settings)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({**given, "ai_text_key": "a secret key"})
    assert "a secret key" not in refused.value.message


def test_a_bit_rate_can_be_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONECAST_AUDIO_BITRATE_KBPS", "192")
    assert load_settings().audio.audio_bitrate_kbps == 192
    monkeypatch.setenv("DONECAST_AUDIO_BITRATE_KBPS", "a lot")
    with pytest.raises(SettingsInvalid, match="AUDIO_BITRATE_KBPS"):
        load_settings()


def test_the_psycopg_driver_is_chosen_for_postgresql() -> None:
    settings = load_settings({"database_url": "postgresql://u@h/d"})
    assert settings.database_url == settings.durable_url == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize("vendor", ["assemblyai", "auphonic"])
def test_a_vendor_needs_its_key_and_no_key_is_ever_printed(vendor: str) -> None:
    secret = "never" + "printed" * 3
    settings = load_settings({"transcriber": vendor, f"{vendor}_key": secret, f"{vendor}_webhook_secret": secret})
    assert getattr(settings.speech, f"{vendor}_key") == secret
    assert secret not in repr(settings)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({f"{vendor}_key": f"{secret} ", f"{vendor}_webhook_secret": f"{secret}-"})
    assert secret not in refused.value.message


def test_the_key_of_a_voice_is_never_printed() -> None:
    secret = "never" + "printed" * 3
    settings = load_settings({"synthesizer": "elevenlabs", "elevenlabs_key": secret, "google_voice_key": secret})
    assert settings.voices.elevenlabs_key == secret
    assert secret not in repr(settings)
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({"elevenlabs_key": f"{secret} x", "google_voice_key": f"{secret} x"})
    assert secret not in refused.value.message
