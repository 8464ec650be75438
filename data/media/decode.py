"""Films decoded: every picture of a file in presentation order, with its index and time."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from ..errors import InputError, SourceError
from .damage import Damage
from .deinterlace import deinterlaced
from .rates import clock_stands, constant_rate, likely_rates, may_stand, mean_rate, own_rate
from .seeking import find_entry
from .streams import film_stream, opened_film, start_timecode
from .timeline import Shown, Timeline, stated_duration_s

_THREADS_BYTES = 64 * 2**20  # that decoding threads may take together,
_BYTES_OF_THREAD = 3  # and each takes for a pixel, or a little more
_LEAST_THREADS, _FFMPEG_THREADS = 2, 16

_VIEWS = {
    1: ("side by side", "crop=iw/2:ih:0:0"),
    2: ("one above the other", "crop=iw:ih/2:0:0"),
}
"""How the two views of a 3D film lie in a picture, by AVStereo3DType, and what cuts one out."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """One picture of a film, as the decoder gives it.

    Attributes:
        index: 0-based, counting every picture of the film in presentation order.
        time_s: presentation time in seconds from the start of the film; never decreases.
        frame: the picture, in the pixel format of the film, not interlaced.
        is_damaged: whether it was decoded with errors.
    """

    index: int
    time_s: float
    frame: av.VideoFrame
    is_damaged: bool = False


class FilmDecoder:
    """Decodes one film once, with FFmpeg through PyAV.

    Attributes:
        stream: the video stream that is decoded: the one that a player shows.
        rate: mean frames per second.
        time_base: unit of the stream's time stamps, seconds; None = not stated.
        start_timecode: of the first frame, as the file states it; None = not stated.
        num_pictures: by its header; None = not stated.
        end_s: when the last picture decoded so far ends.
        loss: after ``pictures`` has ended: what could not be decoded, is a guess or is seen twice,
            in one sentence, or None.
        is_lossy: after ``pictures`` has ended: whether something could not be decoded, so that
            nobody knows how many pictures the film has.

    Raises:
        InputError: the file cannot be opened or is no film.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rate: Fraction | None = None  # of a film whose clock stands still
        self._open()
        if may_stand(self._container, self.stream) and clock_stands(path, self.stream.index):
            self._rate = own_rate(self.stream)
            self._timeline = Timeline(self._container, self.stream, self._rate)
        self.rate = float(self._rate or mean_rate(self.stream))
        self._likely_rates = [self._rate] if self._rate else list(likely_rates(self.stream))
        self.time_base = self.stream.time_base
        self.start_timecode = start_timecode(self._container)
        self.num_pictures = self.stream.frames or None
        # Another stream may be longer than this one: the file's duration is only a guess at it.
        self._file_s = None if self._rate else stated_duration_s(self._container)
        self.loss: str | None = None
        self.is_lossy = False

    @property
    def duration_s(self) -> float | None:
        """From the film's start to its end, by its header, seconds; None = not stated."""
        return self._timeline.end_s or self._file_s

    @property
    def is_duration_sure(self) -> bool:
        """Whether the duration can be believed; the clocks of some files jump."""
        return self.duration_s is not None and not self._timeline.clock_jumps

    @property
    def latest_s(self) -> float | None:
        """When the film has ended for sure, by its header, seconds; None = not known."""
        may_end_later = self._timeline.is_table and self.stream.codec_context.has_b_frames
        return self.duration_s if self.is_duration_sure and not may_end_later else None

    @property
    def first_s(self) -> float:
        """When the first picture is shown, seconds: above 0 where sound comes before it."""
        return self._timeline.offset_s

    @property
    def zero_s(self) -> float:
        """The film's start by the clock of its time stamps, seconds."""
        return self._timeline.zero_s

    def _open(self) -> None:
        self._container = _open(self._path)
        try:
            self.stream = film_stream(self._path, self._container)
        except InputError:
            self._container.close()
            raise
        self.stream.thread_type = "AUTO"
        self.stream.codec_context.thread_count = _num_threads(self.stream)
        self._timeline = Timeline(self._container, self.stream, self._rate)
        self.end_s = 0.0
        self._damage = Damage()

    def constant_rate(self, first_index: int, times_s: Sequence[float]) -> Fraction | None:
        """Return the frame rate that explains the times of a film's pictures, None if none does.

        Args:
            first_index: 0-based index of the first of these pictures in the film.
            times_s: presentation time of each, seconds.
        """
        return constant_rate(
            self._likely_rates, self.time_base, first_index, times_s, self._timeline.offset_s
        )

    def close(self) -> None:
        """Close the file. Nothing may be decoding."""
        self._container.close()

    def pictures(self, start_s: float = 0.0) -> Iterator[Decoded]:
        """Decode the pictures of the film in presentation order, once.

        Parts that cannot be decoded are left out and described by ``loss``; they are no error.

        Args:
            start_s: nothing before this time is needed. Decoding then begins some pictures earlier
                where their indices are known without decoding the pictures before, else with
                the first picture.
        """
        index, frames = self._enter(start_s) if start_s > 0 else (0, self._frames())
        usual_s = 1 / self.rate
        first_index = index
        for shown in deinterlaced(self._timeline.shown(frames, is_start=index == 0)):
            if index == first_index:
                self.loss = _views(shown.frame)
            self.end_s = shown.time_s + self._duration_s(shown, usual_s)
            if shown.is_damaged:
                self._damage.corrupt(shown.time_s)
            yield Decoded(index, shown.time_s, shown.frame, shown.is_damaged)
            index += 1
        self.loss = "; ".join(filter(None, (self.loss, self._loss(index - first_index)))) or None

    def _duration_s(self, shown: Shown, usual_s: float) -> float:
        """Return how long a picture is shown, seconds: not beyond the end of the film."""
        if self._rate:
            return usual_s
        left_s = (self._timeline.end_s or 0.0) - shown.time_s
        # Some headers state an end that is before the last picture.
        return min(shown.lasts_s or usual_s, left_s if left_s > 0 else 2 * usual_s)

    def _enter(self, start_s: float) -> tuple[int, Iterator[av.VideoFrame]]:
        """Return the index of the picture that decoding begins with, and the pictures."""
        stream = self.stream
        if self._timeline.by_dts or stream.start_time is None or stream.time_base is None:
            return 0, self._frames()
        from_first_s = max(0.0, start_s - self._timeline.offset_s)
        entry = find_entry(
            self._container, stream, stream.start_time + int(from_first_s / stream.time_base)
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

    def _frames(self) -> Iterator[av.VideoFrame]:
        packets = self._container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                self._damage.stopped_early = True
                packet = None
            if packet is not None and not packet.size and packet.pts is not None:
                continue  # the last picture stays, as Ogg says it
            try:
                # No packet is left: what the decoder still holds comes out.
                yield from self.stream.decode(packet)
            except av.error.EOFError:
                return
            except av.FFmpegError:
                self._damage.lost(self.end_s)
            if packet is None:
                return

    def _loss(self, num_pictures: int) -> str | None:
        damage = self._damage.sentence(
            num_pictures, self.end_s, self._timeline.end_s, 1 / self.rate
        )
        self.is_lossy = damage is not None
        if self._timeline.has_stamps:
            return damage
        stated = "has one time stamp for all its pictures" if self._rate else "states no times"
        guess = f"the file {stated}: {self.rate:g} pictures a second are assumed"
        return "; ".join(filter(None, (damage, guess)))


def _num_threads(stream: VideoStream) -> int:
    """Return on how many threads a film is decoded, 0 = as many as FFmpeg likes.

    Each holds pictures of its own: sixteen of them take .35 GB more than one at 3840 x 2160, and
    one decodes more pictures than are looked at meanwhile.
    """
    size = stream.codec_context.width * stream.codec_context.height
    most = max(_THREADS_BYTES // max(_BYTES_OF_THREAD * size, 1), _LEAST_THREADS)
    return most if most < min(_num_cores() + 1, _FFMPEG_THREADS) else 0


def _num_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _views(first: av.VideoFrame) -> str | None:
    """Say that a 3D film shows everything twice, where its first picture states that it is one."""
    try:
        stated: Any = first.side_data.get("STEREO3D")
    except ValueError:  # PyAV does not know all kinds of such data that FFmpeg has
        return None
    views = _VIEWS.get(int.from_bytes(bytes(stated)[:4], sys.byteorder)) if stated else None
    return views and (
        f"is a 3D film of two views {views[0]}: everybody is found twice; give one view of it, as"
        f" in ffmpeg -i FILM -vf {views[1]} one.mp4"
    )


def _open(path: Path) -> InputContainer:
    try:
        return opened_film(path)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(
            f"{path}: expected a film, but FFmpeg cannot open it"
            f" ({error.strerror or error}); it may be incomplete, damaged or of another kind:"
            " check that it plays elsewhere, or give another file"
        ) from error
