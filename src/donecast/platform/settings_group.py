"""What all groups of settings share: where their values come from."""

from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "DONECAST_"
_NAMED_BY_OTHERS = ("sentry_", "auto_ops_", "gemini_api_key")


class SettingsGroup(BaseSettings):
    """Settings that belong together, each under its own name with the common prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )


def whole_number(value: Any) -> Any:
    """Text from the environment as a number: pydantic leaves it text where only some numbers are allowed."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def variable_of(field: str) -> str:
    """The name under which the environment has a setting: with our prefix, unless the name is given by others."""
    return field.upper() if field.startswith(_NAMED_BY_OTHERS) else f"{PREFIX}{field.upper()}"
