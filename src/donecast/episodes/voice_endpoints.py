"""The voices that a template may name, and how each of them sounds."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from donecast.accounts.access import CurrentAccount
from donecast.episodes.schemas import VoiceOut
from donecast.episodes.spoken_clips import SpokenClips
from donecast.platform.web import GroundHere
from donecast.speech.synthesizer import SpeechSynthesizer

_PREVIEW = "Welcome to the show. Today I have a story for you."
_WAV: dict[int | str, dict[str, Any]] = {200: {"content": {"audio/wav": {}}}}

router = APIRouter(tags=["voices"])


def synthesizer_of(request: Request) -> SpeechSynthesizer:
    """The app's one engine that speaks."""
    return cast(SpeechSynthesizer, request.app.state.synthesizer)


SynthesizerHere = Annotated[SpeechSynthesizer, Depends(synthesizer_of)]


@router.get("/voices")
def list_voices(_account: CurrentAccount, synthesizer: SynthesizerHere) -> list[VoiceOut]:
    """Who can speak here now; a service is asked for its list, and says why where it gives none. Empty: nobody."""
    return [
        VoiceOut(
            id=voice.id,
            label=voice.label,
            language=voice.language,
            licence=voice.licence,
            engine=synthesizer.name,
            is_default=voice.id == synthesizer.default_voice,
            preview_url=voice.preview_url,
        )
        for voice in synthesizer.voices()
    ]


@router.get("/voices/preview", response_class=Response, responses=_WAV)
def preview_voice(
    _account: CurrentAccount,
    ground: GroundHere,
    synthesizer: SynthesizerHere,
    voice: Annotated[str, Query(min_length=1, max_length=100, description="The id of a voice")],
) -> Response:
    """Two sentences by this voice, as a WAV file. A service is paid for them, once; what lies at a voice's preview_url
    costs nothing.
    """
    clip = SpokenClips(ground, synthesizer, synthesizer.version).keep(_PREVIEW, voice)
    return Response(
        ground.blobs.read(clip.content_hash), media_type="audio/wav", headers={"Cache-Control": "private, no-cache"}
    )
