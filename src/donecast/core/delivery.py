"""How finished episodes are delivered: the format and the loudness, for one channel and for two."""

from dataclasses import dataclass

from donecast.core.plan import Codec, LoudnessTarget, OutputFormat


@dataclass(frozen=True, slots=True)
class Delivery:
    """What every finished episode shall be.

    The bit rate in kbit/s is constant unless ``vbr_quality`` asks MP3 for a variable one. Without ``channels``, there
    are as many as the sound needs. Loudness in LUFS: AES TD1008 and Apple's delivery advice put stereo at -16; one
    channel played on two speakers is 3 LU louder.
    """

    codec: Codec = "mp3"
    bitrate_kbps: int = 128
    vbr_quality: int | None = None
    sample_rate: int = 44_100
    channels: int | None = None
    lufs_stereo: float = -16.0
    lufs_mono: float = -19.0
    true_peak_dbtp_max: float = -1.0

    def output(self, channels: int) -> OutputFormat:
        """The format of a file of 1 or 2 channels."""
        return OutputFormat(self.codec, self.bitrate_kbps, self.sample_rate, channels, self.vbr_quality)

    def loudness(self, channels: int) -> LoudnessTarget:
        """The target for a file of 1 or 2 channels. Raises ValueError for other counts."""
        if channels not in {1, 2}:
            raise ValueError(f"an episode has one or two channels, not {channels}")
        return LoudnessTarget(self.lufs_mono if channels == 1 else self.lufs_stereo, self.true_peak_dbtp_max)
