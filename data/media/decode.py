"""Films decoded: every picture of a file in presentation order, with its index and time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream

from ..errors import InputError
from .seeking import find_entry

_DEFAULT_RATE = 25.0  # frames per second of a film that does not state it
_STAMP_ROUNDING_S = 0.0011  # containers round time stamps to as much as a millisecond
_SAME_RATE = Fraction(1, 100_000)  # of a rate; 24 and 24000/1001 differ by a thousandth
_LOSS_FROM_S = 0.5  # an end earlier than in the header by less than this is no damage


@dataclass(frozen=True, eq=False)
class Decoded:
    """One picture of a film, as the decoder gives it.

    Attributes:
        index: 0-based, counting every picture of the film in presentation order.
        time_s: presentation time in seconds from the start of the stream; never decreases.
        frame: the picture, in the pixel format of the film.
    """

    index: int
    time_s: float
    frame: av.VideoFrame


class FilmDecoder:
    """Decodes one film once, with FFmpeg through PyAV.

    Attributes:
        stream: the video stream that is decoded; of several the largest, never a cover picture.
        rate: mean frames per second.
        time_base: unit of the stream's time stamps, seconds; None = not stated.
        start_timecode: of the first frame, as the file states it; None = not stated.
        duration_s: of the stream (else of the file) by its header; None = not stated.
        num_pictures: by its header; None = not stated.
        end_s: when the last picture decoded so far ends.
        loss: after ``pictures`` has ended: what could not be decoded, in one sentence, or None.

    Raises:
        InputError: the file cannot be opened or is no film.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open()
        self.rate = float(self.stream.average_rate or _DEFAULT_RATE)
        self.time_base = self.stream.time_base
        self.start_timecode = _start_timecode(self._container)
        self.num_pictures = self.stream.frames or None
        # Another stream may be longer than this one: the file's duration is only a guess at it.
        self._stream_duration_s = _stream_duration_s(self._container, self.stream)
        self.duration_s = self._stream_duration_s or _container_duration_s(self._container)
        self.loss: str | None = None

    def _open(self) -> None:
        self._container = _open(self._path)
        try:
            self.stream = _film_stream(self._path, self._container)
        except InputError:
            self._container.close()
            raise
        self.stream.thread_type = "AUTO"
        self.end_s = 0.0
        self._num_damaged = 0
        self._first_damage_s = 0.0
        self._stopped_early = False

    def constant_rate(self, first_index: int, times_s: Sequence[float]) -> Fraction | None:
        """Return the frame rate that explains the times of a film's pictures, None if none does.

        Args:
            first_index: 0-based index of the first of these pictures in the film.
            times_s: presentation time of each, seconds.
        """
        times = np.asarray(times_s, np.float64)
        expected = np.arange(first_index, first_index + len(times))
        rounding_s = max(float(self.time_base or 0), _STAMP_ROUNDING_S)
        for rate in _likely_rates(self.stream):
            if np.abs(times - expected / float(rate)).max(initial=0) <= rounding_s:
                return rate
        return None

    def close(self) -> None:
        """Close the file. Nothing may be decoding."""
        self._container.close()

    def pictures(self, start_s: float = 0.0) -> Iterator[Decoded]:
        """Decode the pictures of the film in presentation order, once.

        Damaged parts are left out and described by ``loss``; they are no error.

        Args:
            start_s: nothing before this time is needed. Decoding then begins some pictures earlier
                where their indices are known without decoding the pictures before, else with
                the first picture.
        """
        index, frames = self._enter(start_s) if start_s > 0 else (0, self._frames())
        clock = _Clock(self._start_s(), 1 / self.rate)
        for frame in frames:
            time_s = clock.time_s(frame)
            self.end_s = time_s + _duration_s(frame, 1 / self.rate)
            yield Decoded(index, time_s, frame)
            index += 1
        self.loss = self._loss()

    def _enter(self, start_s: float) -> tuple[int, Iterator[av.VideoFrame]]:
        """Return the index of the picture that decoding begins with, and the pictures."""
        stream = self.stream
        if stream.start_time is None or stream.time_base is None:
            return 0, self._frames()
        entry = find_entry(
            self._container, stream, stream.start_time + int(start_s / stream.time_base)
        )
        if entry is not None:
            self._container.seek(entry.stamps[0], stream=stream)
            # Pictures that are shown before the key picture may follow it in the file.
            frames = itertools.dropwhile(
                lambda frame: frame.pts is None or frame.pts < entry.stamps[0], self._frames()
            )
            first = list(itertools.islice(frames, len(entry.stamps)))
            if [frame.pts for frame in first] == entry.stamps:
                return entry.index, itertools.chain(first, frames)
        self._container.close()
        self._open()
        return 0, self._frames()

    def _start_s(self) -> float | None:
        start, time_base = self.stream.start_time, self.stream.time_base
        return None if start is None or time_base is None else float(start * time_base)

    def _frames(self) -> Iterator[av.VideoFrame]:
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._stopped_early = True
                packet = None
            try:
                # No packet is left: what the decoder still holds comes out.
                yield from self.stream.decode(packet)
            except av.error.EOFError:
                return
            except av.FFmpegError:
                self._num_damaged += 1
                if self._num_damaged == 1:
                    self._first_damage_s = self.end_s
            if packet is None:
                return

    def _loss(self) -> str | None:
        total_s = self._stream_duration_s
        missing_s = (total_s or 0.0) - self.end_s
        if self._stopped_early or missing_s > _LOSS_FROM_S + 2 / self.rate:
            of_total = f" of {total_s:.1f} s" if total_s else ""
            return (
                f"decoding stopped at {self.end_s:.1f} s{of_total}: the file is truncated or"
                " damaged; what was read is used"
            )
        if self._num_damaged:
            return (
                f"{self._num_damaged} damaged pieces of the film, the first near"
                f" {self._first_damage_s:.1f} s, were left out; the rest is used"
            )
        return None


class _Clock:
    """Presentation times from the start of the stream."""

    def __init__(self, start_s: float | None, frame_s: float) -> None:
        self._start_s = start_s
        self._frame_s = frame_s
        self._last_s = -frame_s

    def time_s(self, frame: av.VideoFrame) -> float:
        stamp_s: float | None = frame.time  # None in bare streams, whatever its type says
        if self._start_s is None:
            self._start_s = stamp_s
        next_s = self._last_s + self._frame_s
        time_s = next_s if stamp_s is None else stamp_s - (self._start_s or 0.0)
        if stamp_s is not None and time_s < self._last_s:
            # Time stamps begin anew, as in recordings that were joined.
            self._start_s, time_s = stamp_s - next_s, next_s
        self._last_s = max(0.0, time_s)
        return self._last_s


def _open(path: Path) -> InputContainer:
    try:
        # "file:" keeps FFmpeg from reading "take:1.mp4" as a protocol.
        return av.open(f"file:{path}", metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise InputError(
            f"{path}: expected a film, but FFmpeg cannot open it"
            f" ({error.strerror or error}); it may be incomplete, damaged or of another kind:"
            " check that it plays elsewhere, or give another file"
        ) from error


def _film_stream(path: Path, container: InputContainer) -> VideoStream:
    covers = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    streams = [s for s in container.streams.video if not s.disposition & covers]
    if streams:
        return max(streams, key=lambda stream: stream.width * stream.height)
    if container.streams.video:
        came = "has only a cover picture"
    elif container.streams.audio:
        came = "has sound only"
    else:
        came = "holds nothing that can be decoded (it may have been cut off while it was copied)"
    raise InputError(
        f"{path}: expected a film with a video stream, but the file {came}; give another file"
    )


def _likely_rates(stream: VideoStream) -> Iterator[Fraction]:
    """Yield the rates that a stream may have, frames per second, the exact ones first.

    Containers whose time stamps are milliseconds tell 60000/1001 as something very near to it.
    """
    for stated in (stream.base_rate, stream.average_rate):
        if not stated:
            continue
        for step in (Fraction(1), Fraction(1000, 1001)):
            if abs(stated / (exact := round(stated / step) * step) - 1) < _SAME_RATE:
                yield exact
        yield Fraction(stated)


def _start_timecode(container: InputContainer) -> str | None:
    for part in (*container.streams, container):
        for name, value in part.metadata.items():
            if name.lower() == "timecode" and value:  # Matroska writes it in capitals
                return str(value)
    return None


def _stream_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    if stream.duration and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if tag := stream.metadata.get("DURATION"):  # Matroska: 00:01:02.003000000
        try:
            hours, minutes, seconds = (float(part) for part in tag.split(":"))
        except ValueError:
            return None
        return 3600 * hours + 60 * minutes + seconds
    return _container_duration_s(container) if len(container.streams) == 1 else None


def _container_duration_s(container: InputContainer) -> float | None:
    return container.duration / av.time_base if container.duration else None


def _duration_s(frame: av.VideoFrame, default_s: float) -> float:
    duration, time_base = frame.duration, frame.time_base
    return float(duration * time_base) if duration and time_base is not None else default_s
