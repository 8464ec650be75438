"""How many pictures a second a film has, and whether its time stamps say it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from .streams import opened_film

DEFAULT_RATE = 25.0
"""Pictures per second of a film that does not state it."""

_STAMP_ROUNDING_S = 0.0011  # containers round time stamps to as much as a millisecond
_SAME_TIME_S = 0.001
_SAME_RATE = Fraction(1, 100_000)  # of a rate; 24 and 24000/1001 differ by a thousandth
_STEP_S = 0.0005  # from picture to picture; no film is shown at more than 1000 pictures a second
_SHORT_S = 1.0
_FIRST = 50  # packets that show whether the clock runs; where it does not, all are read
_FASTEST = 300  # pictures a second


def mean_rate(stream: VideoStream) -> float:
    """Return the mean rate of a film, pictures per second."""
    if stream.start_time is None:  # a bare stream: FFmpeg's average is then always 25
        stated = stream.codec_context.framerate or stream.guessed_rate or stream.average_rate
    else:
        stated = stream.average_rate or stream.guessed_rate
        if stated and stream.base_rate and stated > 2 * stream.base_rate:
            stated = stream.base_rate  # in DV the average is the unit of the time stamps
    return float(stated or DEFAULT_RATE)


def constant_rate(
    likely: Sequence[Fraction],
    time_base: Fraction | None,
    first_index: int,
    times_s: Sequence[float],
    offset_s: float,
) -> Fraction | None:
    """Return the frame rate that explains the times of a film's pictures, None if none does.

    Args:
        likely: the rates to try, frames per second.
        time_base: unit of the film's time stamps, seconds; None = not stated.
        first_index: 0-based index of the first of these pictures in the film.
        times_s: presentation time of each, seconds.
        offset_s: time of the film's first picture, seconds.
    """
    times = np.asarray(times_s, np.float64) - offset_s
    expected = np.arange(first_index, first_index + len(times))
    rounding_s = max(float(time_base or 0), _STAMP_ROUNDING_S)
    for rate in likely:
        if np.abs(times - expected / float(rate)).max(initial=0) <= rounding_s:
            return rate
    return None


def likely_rates(stream: VideoStream) -> Iterator[Fraction]:
    """Yield the rates that a stream may have, frames per second, the exact ones first.

    Containers whose time stamps are milliseconds state a rate very near to 60000/1001 instead.
    """
    for stated in (stream.base_rate, stream.average_rate, stream.guessed_rate):
        if not stated:
            continue
        for step in (Fraction(1), Fraction(1000, 1001)):
            exact = round(stated / step) * step  # 0 where a picture stays for seconds
            if abs(exact - stated) < _SAME_RATE * stated:
                yield exact
        yield Fraction(stated)


class TimeGrid:
    """Chooses the first frame at or after each k / fps seconds."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._last = -1

    def meets(self, time_s: float) -> bool:
        """Say whether the next frame, shown at a time in seconds, is chosen."""
        point = math.floor((time_s + _SAME_TIME_S) * self._fps)
        if point <= self._last:
            return False
        self._last = point
        return True


def may_stand(container: InputContainer, stream: VideoStream) -> bool:
    """Say by the header whether the packets have to be read: hardly any film is so short."""
    if stream.start_time is None and not container.duration:
        return False  # a bare stream: it has no time stamps at all
    length_s = (container.duration or 0) / av.time_base
    return length_s < _SHORT_S or (stream.average_rate or 0) > 1 / _STEP_S


def clock_stands(path: Path, index: int) -> bool:
    """Say whether all pictures of a film have one time stamp, or nearly so.

    Programs that repair time stamps by adding the least step that there is leave such files.

    Args:
        path: the film, which is opened once more: packets cannot be read twice.
        index: of its video stream.
    """
    number, first, last = 0, math.inf, -math.inf
    with suppress(av.FFmpegError), opened_film(path) as container:
        stream = container.streams[index]
        longest = _STEP_S / float(stream.time_base or 1)
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            number, first, last = number + 1, min(first, packet.pts), max(last, packet.pts)
            if number == _FIRST and last - first > longest * number:
                break
    # What is damaged is said where it is decoded.
    return number > 1 and last - first <= longest * (number - 1)


def own_rate(stream: VideoStream) -> Fraction:
    """Return how many pictures a second a film has by what its pictures say, not its stamps."""
    rates = (stream.codec_context.framerate, stream.guessed_rate, stream.average_rate)
    return next((rate for rate in rates if rate and rate <= _FASTEST), Fraction(DEFAULT_RATE))
