"""The sound of a stretch of film, cut to the sample."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from ...data.media.decode import FilmDecoder

RATE = 48_000
"""Samples per second of all sound written."""

LAYOUT = "stereo"
_NUM_CHANNELS = 2
_EARLIER_S = 1.0  # decoding begins this much before the stretch: codecs need a run-up


def has_sound(path: Path) -> bool:
    """Say whether a film has a sound track."""
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        return bool(container.streams.audio)


def sound(path: Path, start_s: float, end_s: float) -> Generator[NDArray[np.float32], None, None]:
    """Yield the sound of a stretch, piece by piece: (2, num_samples) float32, -1..1.

    Args:
        path: the film; of several sound tracks the first is taken.
        start_s: film time, seconds from its start.
        end_s: film time at which the stretch ends.

    Yields:
        Together exactly the length of the stretch; silence where the film has no sound.
    """
    at, end = round(start_s * RATE), round(end_s * RATE)
    with av.open(f"file:{path}", metadata_errors="replace") as container:
        for first, samples in _decoded(container, start_s, _zero_s(path)):
            if first > at:  # a hole, or sound that begins later than the picture
                yield from _silence(min(first, end) - at)
                at = min(first, end)
            wanted = samples[:, max(at - first, 0) : max(end - first, 0)]
            if wanted.shape[1]:
                yield np.ascontiguousarray(wanted)
                at += wanted.shape[1]
            if at >= end:
                return
    yield from _silence(end - at)


def _decoded(
    container: av.container.InputContainer, start_s: float, zero_s: float
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield pieces with the number of their first sample, counted from the film's beginning."""
    if not container.streams.audio:
        return
    stream = container.streams.audio[0]
    if start_s > _EARLIER_S:
        seek_s = max(start_s - _EARLIER_S + zero_s, 0)
        container.seek(int(seek_s * av.time_base), backward=True)
    resampler = AudioResampler(format="fltp", layout=LAYOUT, rate=RATE)
    first: int | None = None
    for frame in _frames(container, stream):
        if first is None:
            first = round(((frame.time or 0.0) - zero_s) * RATE)
        for piece in resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray(), np.float32)
            yield first, samples
            first += samples.shape[1]


def _frames(
    container: av.container.InputContainer, stream: av.audio.stream.AudioStream
) -> Iterator[av.AudioFrame]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.FFmpegError:  # a damaged piece: what follows it may be whole
            if packet is None:
                return


def _zero_s(path: Path) -> float:
    """Return the film's start by the clock of its time stamps, seconds."""
    with closing(FilmDecoder(path)) as film:
        return film.zero_s


def _silence(num_samples: int) -> Iterator[NDArray[np.float32]]:
    while num_samples > 0:
        length = min(num_samples, RATE)
        yield np.zeros((_NUM_CHANNELS, length), np.float32)
        num_samples -= length
