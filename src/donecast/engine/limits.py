"""How much one piece of engine work may take. Callers fill these from the settings."""

from dataclasses import dataclass
from typing import Final

LEVEL_GAIN_DB_MAX: Final = 60.0
"""No episode is made louder by more to reach its loudness."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """The most that a job and a file may be; each excess has its own error."""

    deadline_seconds: float = 3_600
    """Wall time of one job: EngineTimeout."""
    memory_bytes_max: int = 4 * 1024**3
    """Address space of one job: EngineOutOfMemory."""
    written_bytes_max: int = 16 * 1024**3
    """Size of any one file that a job writes."""
    file_bytes_max: int = 2 * 1024**3
    """Size of a file that is read: FileTooLarge."""
    duration_ms_max: int = 6 * 3_600_000
    """Decoded length: TooLong."""
    episode_ms_max: int = 12 * 3_600_000
    """Length of a plan: EpisodeTooLong. What is unpacked of a longer one passes ``written_bytes_max``."""
    duration_ms_min: int = 100
    """Decoded length: TooShort."""
    sample_rate_min: int = 8_000
    sample_rate_max: int = 192_000
    """Samples per second: AbsurdSampleRate."""
    channels_max: int = 8
    """AbsurdChannels."""
