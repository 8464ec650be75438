"""One timeline for every film: when each picture is shown, in seconds from the film's start.

docs/time.md says why. In short: the film starts where its first picture or sound starts, pictures
come in the order in which they are shown, their time stamps are used as long as they fit, and a
clock that jumps is joined so that the film goes on one picture later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from .rates import mean_rate

BREAK_S = 10.0
"""A step of the clock, forwards, that is no pause where clocks may jump, in seconds: FFmpeg's own
``dts_delta_threshold``."""

CLOCKS_JUMP = 0x0200
"""Flag of the formats whose clocks may begin anew (AVFMT_TS_DISCONT): transport streams, VOB."""

_NO_STAMPS = 0x0080
"""Flag of the formats that state no times (AVFMT_NOTIMESTAMPS): bare streams."""

_SUSPECT_S = 0.5  # a step that is looked at twice: the next pictures say whether it is one stamp
_PICTURES_AHEAD = 4  # so many stamps that are off in a row are the film's, not a damaged packet's
_CLOCK_OF_STAMPS = ("matroska", "asf", "flv")  # their headers state the end by that clock


@dataclass(frozen=True)
class Shown:
    """A decoded picture.

    Attributes:
        time_s: when it is shown, seconds from the film's start.
        frame: the picture.
        is_damaged: whether it was decoded with errors.
        lasts_s: how long it is shown by its own words, seconds; None = it does not say.
    """

    time_s: float
    frame: av.VideoFrame
    is_damaged: bool = False
    lasts_s: float | None = None


class Timeline:
    """Gives the pictures of one film their times; they never decrease.

    Attributes:
        offset_s: when the first picture is shown, seconds; above 0 where sound comes before it.
        zero_s: the film's start by the clock of its time stamps, seconds.
        has_stamps: whether the file states times at all; where not, its rate gives them.
        by_dts: whether only the order of decoding is stated, as in AVI.
        clock_jumps: whether files of this kind may change their clock, so that a duration in the
            header is only the difference of two clocks.
        is_table: whether the times are one table, as in MP4, which has no second clock. FFmpeg's
            sum of it ends with the last picture decoded; with B pictures another may be shown
            long after it.
        end_s: stated end of the video from the film's start, seconds; None = not stated, or by a
            clock that may have jumped.

    Args:
        container: the file.
        stream: its film.
        rate: pictures a second of a film whose time stamps say nothing; None = they do.
    """

    def __init__(
        self, container: InputContainer, stream: VideoStream, rate: Fraction | None = None
    ) -> None:
        self._stream = stream
        self._unit_s = float(stream.time_base or 0)
        self._picture_s = float(1 / (rate or mean_rate(stream)))
        self._stands = rate is not None
        # AVI states the order of decoding only; FFmpeg's guess at the order of showing is wrong
        # with B pictures.
        self.by_dts = container.format.name == "avi"
        self.clock_jumps = bool(container.format.flags & CLOCKS_JUMP)
        self._is_bare = _is_bare(container)
        self.has_stamps = stream.start_time is not None and not self._stands
        first_s = float((stream.start_time or 0) * self._unit_s)
        self.offset_s = self._offset_s(container, first_s)
        self.zero_s = self._zero_s = first_s - self.offset_s
        states_end = not self.clock_jumps and not self._stands
        self.end_s = _stated_end_s(container, stream, self.offset_s) if states_end else None
        self._ends_by_clock = _ends_by_clock(container)
        self.is_table = "mp4" in container.format.name
        self._last_s: float | None = None
        self._is_set = False  # whether a time stamp was met yet

    def _offset_s(self, container: InputContainer, first_s: float) -> float:
        """Return how long sound comes before the first picture, seconds."""
        if container.start_time is None or not self.has_stamps:
            return 0.0
        offset_s = first_s - container.start_time / av.time_base
        # Less than one picture is the priming of a sound codec; more than the whole film, a clock
        # of its own.
        longest_s = (container.duration or 0) / av.time_base
        return offset_s if self._picture_s < offset_s < longest_s else 0.0

    def shown(self, frames: Iterator[av.VideoFrame], is_start: bool) -> Iterator[Shown]:
        """Give each picture its time.

        Args:
            frames: in the order in which they are shown.
            is_start: whether the first of them is the film's first.
        """
        ahead: deque[av.VideoFrame] = deque()
        while True:
            _fill(ahead, frames, 1)
            if not ahead:
                return
            frame = ahead.popleft()
            if self._last_s is None:
                self._last_s = self._first(frame, is_start)
            else:
                self._last_s = max(self._last_s, self._next(frame, ahead, frames))
            yield Shown(self._last_s, frame, bool(frame.is_corrupt), _lasts_s(frame))

    def _first(self, frame: av.VideoFrame, is_start: bool) -> float:
        time_s = self._time_s(frame)
        if time_s is None:
            return self.offset_s
        self._is_set = True
        late_s = time_s - self.offset_s
        starts_here = self.by_dts or not self.has_stamps
        if not self.has_stamps and self._ends_by_clock and late_s < (self.end_s or 0.0):
            self.end_s = (self.end_s or 0.0) - late_s
        # Of too short a stream FFmpeg does not say where it starts; a bare one has made-up stamps.
        self.has_stamps = not self._is_bare
        # Pictures that refer to what was cut away are not shown: a film may begin a little late.
        if is_start and (starts_here or not -self._picture_s <= late_s <= BREAK_S):
            self._zero_s += late_s
            return self.offset_s
        return max(0.0, time_s)

    def _next(
        self, frame: av.VideoFrame, ahead: deque[av.VideoFrame], frames: Iterator[av.VideoFrame]
    ) -> float:
        assert self._last_s is not None
        expected_s = self._last_s + self._picture_s
        time_s = self._time_s(frame)
        if time_s is None:
            return expected_s
        if not self._is_set:  # those before it had none: the clock begins here
            self._is_set, self.has_stamps = True, not self._is_bare
            self._zero_s += time_s - expected_s
            return expected_s
        if -self._picture_s / 2 <= time_s - self._last_s <= self._suspect_s:
            return time_s
        _fill(ahead, frames, _PICTURES_AHEAD)
        if any(self._returns(later, time_s, steps) for steps, later in enumerate(ahead, start=2)):
            return expected_s  # one damaged stamp; those after it fit
        if time_s > self._last_s and not self._is_break(time_s):
            return time_s  # a picture that is shown for long
        self._zero_s += time_s - expected_s
        return expected_s

    def _returns(self, later: av.VideoFrame, jumped_s: float, steps: int) -> bool:
        """Return whether a later picture is where it would be had the clock not jumped."""
        assert self._last_s is not None
        time_s = self._time_s(later)
        if time_s is None or time_s <= self._last_s or self._last_s < jumped_s <= time_s:
            return False
        expected_s = self._last_s + steps * self._picture_s
        if jumped_s <= self._last_s:  # a little: those after it went back as far, or did not
            back_s = self._last_s + self._picture_s - jumped_s
            return -back_s / 2 < time_s - expected_s <= self._suspect_s
        return time_s <= expected_s + self._suspect_s

    def _is_break(self, time_s: float) -> bool:
        assert self._last_s is not None
        if self.clock_jumps:
            return time_s - self._last_s > BREAK_S
        is_known = self.end_s is not None and not self.is_table
        return is_known and time_s > (self.end_s or 0.0) + BREAK_S

    @property
    def _suspect_s(self) -> float:
        return max(_SUSPECT_S, 2 * self._picture_s)

    def _time_s(self, frame: av.VideoFrame) -> float | None:
        if self._stands:
            return None
        stamp = frame.dts if self.by_dts else frame.pts
        return None if stamp is None else stamp * self._unit_s - self._zero_s


def _lasts_s(frame: av.VideoFrame) -> float | None:
    duration, unit = frame.duration, frame.time_base
    return float(duration * unit) if duration and unit is not None else None


def _fill(ahead: deque[av.VideoFrame], frames: Iterator[av.VideoFrame], wanted: int) -> None:
    while len(ahead) < wanted and (frame := next(frames, None)) is not None:
        ahead.append(frame)


def _stated_end_s(container: InputContainer, stream: VideoStream, offset_s: float) -> float | None:
    if stream.duration and stream.time_base is not None:
        duration_s = float(stream.duration * stream.time_base)
        return _from_start(duration_s, container) if _is_asf(container) else duration_s + offset_s
    if tag := stream.metadata.get("DURATION"):  # Matroska: 00:01:02.003000000
        try:
            hours, minutes, seconds = (float(part) for part in tag.split(":"))
        except ValueError:
            return None
        return _from_start(3600 * hours + 60 * minutes + seconds, container)
    return stated_duration_s(container) if len(container.streams) == 1 else None


def stated_duration_s(container: InputContainer) -> float | None:
    """Return the duration of a file by its header, seconds; None = not stated."""
    if not container.duration:
        return None
    duration_s = container.duration / av.time_base
    return _from_start(duration_s, container) if _ends_by_clock(container) else duration_s


def _ends_by_clock(container: InputContainer) -> bool:
    return any(name in container.format.name for name in _CLOCK_OF_STAMPS)


def _is_bare(container: InputContainer) -> bool:
    """Say whether a file is pictures one after the other (``jpeg_pipe``), without times."""
    return bool(container.format.flags & _NO_STAMPS) or container.format.name.endswith("_pipe")


def _is_asf(container: InputContainer) -> bool:
    return container.format.name.startswith("asf")


def _from_start(end_s: float, container: InputContainer) -> float:
    """Return an end by the clock of the stamps as one from the film's start, seconds."""
    start_s = max(0, container.start_time or 0) / av.time_base
    return end_s - start_s if end_s > start_s else end_s
