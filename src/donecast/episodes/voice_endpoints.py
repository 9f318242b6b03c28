"""Who can write out words and who speaks, the voices that one may choose, and how each of them sounds."""

from dataclasses import asdict
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from donecast.accounts.access import CurrentAccount
from donecast.accounts.pace import at_pace
from donecast.engine.programs import find_program
from donecast.episodes.schemas import EngineOut, EnginesOut, VoiceOut
from donecast.episodes.spoken_clips import SpokenClips
from donecast.platform.web import GroundHere
from donecast.speech.espeak import PROGRAM as ESPEAK
from donecast.speech.flite import PROGRAM as FLITE
from donecast.speech.local import chosen_model
from donecast.speech.offers import VOICES_ARE_FILES, synthesizer_offers, transcriber_offers
from donecast.speech.pronunciation import missing_model_files
from donecast.speech.voice_engines import VoiceEngines, full_name
from donecast.speech.whisper import engine_version

_PREVIEW = "Welcome to the show. Today I have a story for you."
_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}

router = APIRouter(tags=["voices"])


def voice_engines_of(request: Request) -> VoiceEngines:
    """Everyone who can speak for the app."""
    return cast(VoiceEngines, request.app.state.voice_engines)


VoiceEnginesHere = Annotated[VoiceEngines, Depends(voice_engines_of)]


@router.get("/engines")
def list_engines(_account: CurrentAccount, ground: GroundHere, voices: VoiceEnginesHere) -> EnginesOut:
    """Who can write out words here and who speaks: what each is good for, where the sound goes, what is missing."""
    settings = ground.settings
    keys = {"elevenlabs": settings.voices.elevenlabs_key, "google": settings.voices.google_voice_key}
    model = chosen_model(settings.speech_models, settings.speech.speech_model)
    local = "pocketsphinx" if model is None else "whisper"
    vendors = {"assemblyai": settings.speech.assemblyai_key, "auphonic": settings.speech.auphonic_key}
    transcribers = transcriber_offers(
        default=local if settings.speech.transcriber == "local" else settings.speech.transcriber,
        is_built_in_whole=not missing_model_files(),
        model=model.name if model else None,
        runs_models=engine_version() is not None,
        keys=[name for name, key in vendors.items() if key],
    )
    synthesizers = synthesizer_offers(
        default=voices.first.name,
        here=_programs_here(voices),
        keys=[name for name, key in keys.items() if key],
    )
    return EnginesOut(
        transcribers=[EngineOut(**asdict(offer)) for offer in transcribers],
        synthesizers=[EngineOut(**asdict(offer)) for offer in synthesizers],
    )


@router.get("/voices")
def list_voices(
    _account: CurrentAccount,
    voices: VoiceEnginesHere,
    engine: Annotated[str | None, Query(max_length=40, description="One of `/api/engines`; else the first")] = None,
) -> list[VoiceOut]:
    """The voices of one engine; a service is asked for its list, and says why where it gives none. Empty: nobody."""
    speaks = voices.engine(engine)
    default = speaks.default_voice
    return [
        VoiceOut(
            id=full_name(speaks, voice.id),
            label=voice.label,
            language=voice.language,
            licence=voice.licence,
            engine=speaks.name,
            is_default=voice.id == default,
            preview_url=voice.preview_url,
        )
        for voice in speaks.voices()
    ]


@router.get("/voices/preview", response_class=Response, responses=_WAV, dependencies=[at_pace("ai")])
def preview_voice(
    _account: CurrentAccount,
    ground: GroundHere,
    voices: VoiceEnginesHere,
    voice: Annotated[str, Query(min_length=1, max_length=100, description="The id of a voice")],
) -> Response:
    """Two sentences by this voice, as a WAV file. A service is paid for them, once; what lies at a voice's preview_url
    costs nothing.
    """
    clip = SpokenClips(ground).keep(_PREVIEW, voices.chosen(voice))
    return Response(
        ground.blobs.read(clip.content_hash), media_type="audio/wav", headers={"Cache-Control": "private, no-cache"}
    )


def _programs_here(voices: VoiceEngines) -> list[str]:
    """Who can speak on this machine."""
    programs = [program for program in (FLITE, ESPEAK) if find_program(program) is not None]
    return [*programs, *(one.name for one in voices if one.name in VOICES_ARE_FILES and not one.check())]
