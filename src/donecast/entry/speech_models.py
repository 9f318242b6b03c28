"""``donecast speech``: what writes out the words on this machine, and bringing a model here. Answers are text."""

from pathlib import Path

from donecast.entry.bar import Bar
from donecast.platform.settings import Settings
from donecast.speech.local import chosen_model
from donecast.speech.model_catalogue import CATALOGUE, named
from donecast.speech.model_errors import SpeechEngineMissing, SpeechModelUnknown
from donecast.speech.model_folder import WEIGHTS, models_in
from donecast.speech.model_install import install_folder, install_named
from donecast.speech.whisper import engine_version, require_runs

_VENDORS = {"assemblyai": "AssemblyAI", "auphonic": "Auphonic"}


def engines_in_words(settings: Settings) -> str:
    """The engines, which one is used, and what each needs. Asks nobody and loads nothing."""
    installed = models_in(settings.speech_models)
    names = {path.name for path in installed}
    lines = [_used(settings), "", "Built in", "  pocketsphinx: US English, approximate; nothing is needed.", ""]
    lines.append(f"Speech models here, in {settings.speech_models}")
    lines += [f"  {path.name:24}{_size((path / WEIGHTS).stat().st_size):>9}" for path in installed] or ["  none"]
    lines += ["", "Speech models to be had with “donecast speech install NAME” (many languages, good words)"]
    lines += [
        f"  {model.name:24}{_size(model.bytes):>9}  {model.words}" for model in CATALOGUE if model.name not in names
    ]
    version = engine_version()
    lines += ["", "What runs them"]
    lines.append(
        f"  ctranslate2 {version} is installed." if version else f"  not installed: {SpeechEngineMissing.action}"
    )
    lines += ["", "Elsewhere"]
    lines += [
        f"  {vendor}: DONECAST_TRANSCRIBER={vendor} and a key; charges for each recording." for vendor in _VENDORS
    ]
    return "\n".join(lines)


def install_in_words(wish: str, settings: Settings, bar: Bar) -> str:
    """Fetches the model of this name, or takes this folder; answers what is there now. Raises what installing does."""
    models = settings.speech_models
    language = settings.speech.transcriber_language.partition("_")[0]
    version = engine_version()

    def try_out(folder: Path) -> None:
        if version is not None:
            require_runs(folder, language)

    def tell(what: str, percent: int) -> None:
        bar.tell(f"{what} {Path(wish).name}", percent)

    model = named(wish)
    if model is not None:
        place = install_named(model, models, source=settings.speech.speech_model_url, tell=tell, try_out=try_out)
    elif Path(wish).is_dir():
        place = install_folder(Path(wish), models, tell=tell, try_out=try_out)
    else:
        raise SpeechModelUnknown(f"There is no speech model “{wish}”, and no such folder.")
    lines = [f"The speech model is in {place}.", _used(settings)]
    if version is None:
        lines += [SpeechEngineMissing.message, SpeechEngineMissing.action]
    return "\n".join(lines)


def _used(settings: Settings) -> str:
    """Who writes out the words by these settings."""
    speech = settings.speech
    folder = chosen_model(settings.speech_models, speech.speech_model)
    if speech.transcriber in _VENDORS:
        return f"{_VENDORS[speech.transcriber]} writes out the words (DONECAST_TRANSCRIBER={speech.transcriber})."
    if speech.transcriber == "pocketsphinx" or folder is None:
        return "The built-in recogniser, pocketsphinx, writes out the words; they are approximate."
    return f"Whisper writes out the words, with the model {folder.name}."


def _size(count: int) -> str:
    return f"{count / 10**9:.1f} GB" if count >= 10**9 else f"{max(1, round(count / 10**6))} MB"
