"""The sound of a stretch of film, cut to the sample."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.stream import Disposition
from numpy.typing import NDArray

from ...data.media.decode import FilmDecoder
from ...data.media.streams import opened_film
from ...data.media.timeline import BREAK_S, CLOCKS_JUMP

RATE = 48_000
"""Samples per second of all sound written."""

LAYOUT = "stereo"
_NUM_CHANNELS = 2
_LATE = RATE // 10  # samples: less than that is rounding, and is not heard
_EARLIER_S = 1.0  # decoding begins this much before the stretch: codecs need a run-up


def has_sound(path: Path) -> bool:
    """Say whether a film has a sound track that can be decoded."""
    with opened_film(path) as container:
        return _track(container) is not None


def _track(container: av.container.InputContainer) -> AudioStream | None:
    """Return the sound track that players play: the default one, of those that can be decoded."""
    tracks = [track for track in container.streams.audio if track.codec_context is not None]
    return max(
        tracks, key=lambda track: bool(track.disposition & Disposition.default), default=None
    )


def sound(path: Path, start_s: float, end_s: float) -> Generator[NDArray[np.float32], None, None]:
    """Yield the sound of a stretch, piece by piece: (2, num_samples) float32, -1..1.

    Args:
        path: the film; of several sound tracks the one that players play is taken.
        start_s: film time, seconds from its start.
        end_s: film time at which the stretch ends.

    Yields:
        Together exactly the length of the stretch; silence where the film has no sound.
    """
    at, end = round(start_s * RATE), round(end_s * RATE)
    with opened_film(path) as container:
        for first, samples in _decoded(container, start_s, _zero_s(path)):
            if first > at:  # a hole, or sound that begins later than the pictures
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
    track = _track(container)
    if track is None:
        return
    clock = _Clock(zero_s, jumps=bool(container.format.flags & CLOCKS_JUMP))
    from_s = start_s - _EARLIER_S
    if from_s > 0 and not clock.jumps:
        container.seek(int((from_s + zero_s) * av.time_base), backward=True)
    resampler = AudioResampler(format="fltp", layout=LAYOUT, rate=RATE)
    first = 0
    for frame in _frames(container, track, clock, round(from_s * RATE)):
        end = clock.end
        place = clock.place(frame.time or 0.0, round(frame.samples * RATE / frame.sample_rate))
        first = place if end is None else first + place - end
        for piece in resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray(), np.float32)
            yield first, samples
            first += samples.shape[1]


class _Clock:
    """Counts samples by the time stamps of sound: over holes, and on where they begin anew.

    Args:
        zero_s: the film's start by these time stamps, seconds.
        jumps: whether they may begin anew; a long step forward is then no hole, either.

    Attributes:
        end: number of the sample after the last, from the film's beginning; None = where the next
            ones say.
    """

    def __init__(self, zero_s: float, jumps: bool) -> None:
        self.jumps = jumps
        self.end: int | None = None
        self._zero, self._late = round(zero_s * RATE), 0

    def place(self, time_s: float, num_samples: int) -> int:
        """Return the number of the first of the next samples, which state a time in seconds."""
        first = round(time_s * RATE) - self._zero + self._late
        if self.end is not None:
            hole = first - self.end
            begins_anew = hole < -_LATE or (self.jumps and hole > BREAK_S * RATE)
            if begins_anew:
                self._late -= hole
            if begins_anew or hole <= _LATE:
                first = self.end
        self.end = first + num_samples
        return first


def _frames(
    container: av.container.InputContainer, track: AudioStream, clock: _Clock, skipped_to: int
) -> Iterator[av.AudioFrame]:
    """Decode a sound track; where clocks jump, packets show what is not needed."""
    packets = container.demux(track)
    is_near = not clock.jumps
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            if not is_near and packet.pts is not None and packet.time_base is not None:
                length = round((packet.duration or 0) * packet.time_base * RATE)
                clock.place(float(packet.pts * packet.time_base), length)
                is_near = (clock.end or 0) >= skipped_to
                if not is_near:
                    continue
                clock.end = None  # the same samples are met again, decoded
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
