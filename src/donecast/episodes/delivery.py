"""What finished files shall be, read from the settings."""

from donecast.core.delivery import Delivery
from donecast.platform.settings import AudioSettings


def delivery_of(audio: AudioSettings) -> Delivery:
    """What every finished episode shall be, as the settings have it."""
    return Delivery(
        codec="aac" if audio.audio_format == "m4a" else "mp3",
        bitrate_kbps=audio.audio_bitrate_kbps,
        vbr_quality=int(audio.audio_vbr_quality) if audio.audio_vbr_quality else None,
        lufs_stereo=audio.loudness_lufs_stereo,
        lufs_mono=audio.loudness_lufs_mono,
        true_peak_dbtp_max=audio.true_peak_dbtp_max,
    )
