"""Whole blocks of sound, read and collected by FFmpeg's libraries without a Python object for each packet.

Decoding an hour of AAC takes a quarter less processor time that way. What cannot be decoded ends it with an error, so
that somebody else may go on with more patience; until then the samples are those that any decoder gives.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from donecast.engine.samples import Samples


@dataclass(frozen=True, slots=True)
class Movie:
    """What FFmpeg shall open: its name with the protocol, the demuxer, and the demuxer's options."""

    name: str
    demuxer: str
    options: Mapping[str, str]
    stream: int = 0


def movie_blocks(movie: Movie, *, first: AudioFrame, frames: int, skipped_frames: int = 0) -> Generator[Samples]:
    """Blocks of ``frames``, the last one shorter, in the form of the ``first`` frame of the stream, planar floats.

    They begin after ``skipped_frames``. Raises av.FFmpegError where something cannot be decoded, or is not of that
    form.
    """
    graph = Graph()
    source = graph.add(
        "amovie",
        filename=movie.name,
        format_name=movie.demuxer,
        format_opts=":".join(f"{name}={value}" for name, value in movie.options.items()),
        streams=str(movie.stream),
    )
    if skipped_frames:
        trimmed = graph.add("atrim", start_sample=str(skipped_frames))
        source.link_to(trimmed)
        source = trimmed
    collected = graph.add("asetnsamples", n=str(frames), p="0")
    sink = graph.add("abuffersink")
    source.link_to(collected)
    collected.link_to(sink)
    graph.configure()
    while True:
        try:
            frame = graph.pull()
        except av.EOFError:
            return
        if not isinstance(frame, AudioFrame) or not _is_like(frame, first):
            raise av.InvalidDataError(0, "the sound has another form than its first frame")
        if frame.layout.nb_channels == 1:
            plane = cast("memoryview[int]", frame.planes[0])  # a buffer, which its types do not say
            yield np.frombuffer(plane, np.float32, frame.samples)[:, None]
        else:
            yield np.asarray(frame.to_ndarray(), np.float32).T


def _is_like(frame: AudioFrame, first: AudioFrame) -> bool:
    return (
        frame.sample_rate == first.sample_rate
        and frame.format.name == first.format.name
        and frame.layout == first.layout
    )
