"""Settings as somebody may see them: of a secret only whether it is set, of an address nothing that is secret in it."""

from dataclasses import fields

from donecast.platform.redaction import scrubbed_url
from donecast.platform.settings import Settings
from donecast.platform.settings_group import SettingsGroup, variable_of


def settings_shown(settings: Settings) -> dict[str, str]:
    """Every setting under its variable's name."""
    groups = (getattr(settings, field.name) for field in fields(settings))
    return {name: text for group in groups for name, text in group_shown(group).items()}


def group_shown(group: SettingsGroup) -> dict[str, str]:
    """Those of one group."""
    shown = {}
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if not field.repr:
            text = "(set)" if value else "(not set)"
        else:
            text = scrubbed_url(str(value)) if "://" in str(value) else str(value)
        shown[variable_of(name)] = text
    return shown
