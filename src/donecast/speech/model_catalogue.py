"""The speech models that can be fetched by name: where each file lies, how large it is, and its fingerprint.

Conversions of OpenAI's Whisper (MIT) for CTranslate2, published by their makers at Hugging Face under the same licence.
A revision never changes, and each file's SHA-256 is known beforehand, so that nobody on the way can change a byte.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file of a model and what it must be."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be fetched; ``words`` say for whom it is."""

    name: str
    words: str
    repository: str
    revision: str
    files: tuple[CatalogueFile, ...]

    @property
    def bytes(self) -> int:
        """All files together."""
        return sum(file.bytes for file in self.files)

    def address(self, source: str, file: CatalogueFile) -> str:
        """Where a file lies at ``source``, such as https://huggingface.co."""
        return f"{source.rstrip('/')}/{self.repository}/resolve/{self.revision}/{file.name}"


_VOCABULARY = CatalogueFile(
    "vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"
)
_VOCABULARY_V3 = CatalogueFile(
    "vocabulary.json", 1_068_114, "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1"
)

CATALOGUE: tuple[CatalogueModel, ...] = (
    CatalogueModel(
        "whisper-base",
        "the smallest: quick on any machine, many languages, makes the most mistakes of these",
        "Systran/faster-whisper-base",
        "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        (
            CatalogueFile("config.json", 2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
            CatalogueFile("model.bin", 145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
            _VOCABULARY,
        ),
    ),
    CatalogueModel(
        "whisper-small",
        "a good first choice for a laptop without a graphics card",
        "Systran/faster-whisper-small",
        "536b0662742c02347bc0e980a01041f333bce120",
        (
            CatalogueFile("config.json", 2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"),
            CatalogueFile("model.bin", 483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
            _VOCABULARY,
        ),
    ),
    CatalogueModel(
        "whisper-medium",
        "fewer mistakes than small, and slower",
        "Systran/faster-whisper-medium",
        "08e178d48790749d25932bbc082711ddcfdfbc4f",
        (
            CatalogueFile("config.json", 2_257, "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807"),
            CatalogueFile(
                "model.bin", 1_527_906_378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae"
            ),
            _VOCABULARY,
        ),
    ),
    CatalogueModel(
        "whisper-large-v3-turbo",
        "nearly as right as the largest, in a fraction of its time",
        "dropbox-dash/faster-whisper-large-v3-turbo",
        "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
        (
            CatalogueFile("config.json", 2_263, "b0253ea6c0d3bea6b1e19e91a02acfd3b53f4467362efcb5a3e6b16c9b3a9b7e"),
            CatalogueFile(
                "model.bin", 1_617_884_929, "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da"
            ),
            _VOCABULARY_V3,
        ),
    ),
    CatalogueModel(
        "whisper-large-v3",
        "the largest: the fewest mistakes, slow without a large machine",
        "Systran/faster-whisper-large-v3",
        "edaa852ec7e145841d8ffdb056a99866b5f0a478",
        (
            CatalogueFile("config.json", 2_394, "a9306624f5ec14270a014b647e5c316b6e03a662c369758d1b90697a7b0655b9"),
            CatalogueFile(
                "model.bin", 3_087_284_237, "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1"
            ),
            _VOCABULARY_V3,
        ),
    ),
)


def named(name: str) -> CatalogueModel | None:
    """The model of this name."""
    return next((model for model in CATALOGUE if model.name == name), None)
