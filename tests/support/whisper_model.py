"""Whisper models made here: real networks in CTranslate2's form, as small as can be, that say what they were told to.

Their weights are random, but for those that write into what the decoder says: these are near zero, so that each token
follows from its place alone. One sentence, then, whatever is heard; its times come from the random weights.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
import numpy.typing as npt

from donecast.speech.model_catalogue import CatalogueFile, CatalogueModel
from donecast.speech.model_folder import CONFIG, WEIGHTS

SAYS = (b" The", b" beans", b" are", b" um", b" up", b",", b" in", b" our", b" caf\xc3", b"\xa9", b".")
SAID = ("The", "beans", "are", "um", "up,", "in", "our", "café.")
SURE = 3.0
"""By how much the told token is likelier than all others together, as a logarithm; below zero it is not."""
_DIMENSIONS, _POSITIONS, _COLUMNS = 32, 448, 1_500
_NEAR_ZERO = 1e-4
_LANGUAGES = ("en", "de")

Weights = npt.NDArray[np.float32]


def make_model(
    folder: Path,
    *,
    says: Sequence[bytes] = SAYS,
    sure: float = SURE,
    hears_speech: bool = True,
    speaks: str = "",
    bands: int = 80,
    loops: bool = False,
    seed: int = 1,
) -> Path:
    """Makes a model in a new folder. ``speaks`` makes it know many languages, and this one the likeliest.

    ``loops``: it says its first token for ever.
    """
    folder.mkdir(parents=True)
    tokens = _vocabulary(says, many_languages=bool(speaks))
    numbers = {token: number for number, token in enumerate(tokens)}
    made = _Maker(np.random.default_rng(seed))
    spec = ctranslate2.specs.WhisperSpec(1, 1, 1, 1)
    _fill_encoder(spec.encoder, made, bands)
    _fill_decoder(spec.decoder, made, len(tokens))
    strong = math.log(len(tokens)) + sure
    codes = made.codes()
    places, weights = np.tile(codes[1], (_POSITIONS, 1)), np.zeros((len(tokens), _DIMENSIONS), np.float32)
    first = 3 if speaks else 1  # the last token of the prompt is where the first of the answer comes from
    places[0] = codes[0]
    weights[numbers["<|endoftext|>"]] += strong * codes[1] / _DIMENSIONS
    for place, text in enumerate(says, 2):
        places[first + place - 2] = codes[place]
        weights[numbers[written(text)]] += strong * codes[place] / _DIMENSIONS
    if not hears_speech:
        weights[numbers["<|nospeech|>"]] += (math.log(len(tokens)) + SURE) * codes[0] / _DIMENSIONS
    if speaks:
        weights[numbers[f"<|{speaks}|>"]] += strong * codes[0] / _DIMENSIONS
    if loops:
        spec.decoder.projection.bias = np.zeros(len(tokens), np.float32)
        spec.decoder.projection.bias[numbers[written(says[0])]] = 2 * strong
    spec.decoder.position_encodings.encodings = places.astype(np.float32)
    spec.decoder.projection.weight = weights
    spec.config.alignment_heads = [(0, 0)]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids = [numbers[f"<|{language}|>"] for language in _LANGUAGES]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    return folder


def with_older_vocabulary(folder: Path) -> Path:
    """The same model with its vocabulary as older conversions have it: a token a line."""
    tokens = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    (folder / "vocabulary.json").unlink()
    (folder / "vocabulary.txt").write_text("".join(f"{token}\n" for token in tokens), encoding="utf-8")
    return folder


def written(text: bytes) -> str:
    """Bytes in the alphabet of GPT-2."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return "".join(chr(byte) if byte in shown else chr(256 + hidden.index(byte)) for byte in text)


def catalogue_of(folder: Path, name: str = "tiny") -> CatalogueModel:
    """The model in a folder as one that can be fetched."""
    files = [folder / CONFIG, folder / WEIGHTS, *folder.glob("vocabulary.*")]
    entries = (
        CatalogueFile(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files
    )
    return CatalogueModel(name, "for tests", "makers/tiny", "0123abc", tuple(entries))


def _vocabulary(says: Sequence[bytes], *, many_languages: bool) -> list[str]:
    text = list(dict.fromkeys([*(written(bytes([byte])) for byte in range(256)), *map(written, says)]))
    many = [""] if many_languages else []  # by this token models that know many languages are told apart
    special = [*many, "<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in _LANGUAGES)]
    special += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    special += ["<|notimestamps|>", "<|0.00|>", "<|0.02|>"]
    return [*text, *special]


class _Maker:
    """Weights by the same dice each time."""

    def __init__(self, dice: np.random.Generator) -> None:
        self._dice = dice

    def any(self, *shape: int, scale: float = 0.3) -> Weights:
        return (scale * self._dice.standard_normal(shape)).astype(np.float32)

    def codes(self) -> Weights:
        """31 directions at right angles to each other, which a layer norm leaves as they are."""
        start = np.hstack([np.ones((_DIMENSIONS, 1)), self._dice.standard_normal((_DIMENSIONS, _DIMENSIONS - 1))])
        rows = np.linalg.qr(start)[0].T[1:]
        return (rows * math.sqrt(_DIMENSIONS)).astype(np.float32)


def _fill_norm(spec: ctranslate2.specs.LayerSpec) -> None:
    spec.gamma, spec.beta = np.ones(_DIMENSIONS, np.float32), np.zeros(_DIMENSIONS, np.float32)


def _fill_linear(spec: ctranslate2.specs.LayerSpec, made: _Maker, out: int, into: int, scale: float = 0.3) -> None:
    spec.weight, spec.bias = made.any(out, into, scale=scale), made.any(out, scale=_NEAR_ZERO)


def _fill_feed_forward(spec: ctranslate2.specs.LayerSpec, made: _Maker, scale: float) -> None:
    _fill_norm(spec.layer_norm)
    _fill_linear(spec.linear_0, made, 4 * _DIMENSIONS, _DIMENSIONS)
    _fill_linear(spec.linear_1, made, _DIMENSIONS, 4 * _DIMENSIONS, scale)


def _fill_self_attention(spec: ctranslate2.specs.LayerSpec, made: _Maker, scale: float) -> None:
    _fill_norm(spec.layer_norm)
    _fill_linear(spec.linear[0], made, 3 * _DIMENSIONS, _DIMENSIONS)
    _fill_linear(spec.linear[1], made, _DIMENSIONS, _DIMENSIONS, scale)


def _fill_encoder(spec: ctranslate2.specs.LayerSpec, made: _Maker, bands: int) -> None:
    spec.conv1.weight, spec.conv1.bias = made.any(_DIMENSIONS, bands, 3), made.any(_DIMENSIONS)
    spec.conv2.weight, spec.conv2.bias = made.any(_DIMENSIONS, _DIMENSIONS, 3), made.any(_DIMENSIONS)
    spec.position_encodings.encodings = made.any(_COLUMNS, _DIMENSIONS)
    _fill_norm(spec.layer_norm)
    (layer,) = spec.layer
    _fill_self_attention(layer.self_attention, made, 0.3)
    _fill_feed_forward(layer.ffn, made, 0.3)


def _fill_decoder(spec: ctranslate2.specs.LayerSpec, made: _Maker, tokens: int) -> None:
    spec.embeddings.weight = made.any(tokens, _DIMENSIONS, scale=_NEAR_ZERO)
    _fill_norm(spec.layer_norm)
    (layer,) = spec.layer
    _fill_self_attention(layer.self_attention, made, _NEAR_ZERO)
    _fill_norm(layer.attention.layer_norm)
    _fill_linear(layer.attention.linear[0], made, _DIMENSIONS, _DIMENSIONS)
    _fill_linear(layer.attention.linear[1], made, 2 * _DIMENSIONS, _DIMENSIONS)
    _fill_linear(layer.attention.linear[2], made, _DIMENSIONS, _DIMENSIONS, _NEAR_ZERO)
    _fill_feed_forward(layer.ffn, made, _NEAR_ZERO)
