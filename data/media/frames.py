"""Reads films: the frames to analyse, and the cuts between shots, in one pass."""

from __future__ import annotations

import dataclasses
import gc
import itertools
import math
from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceError
from ..prefetch import Prefetch
from .decode import Decoded, FilmDecoder
from .rates import TimeGrid
from .seeking import beyond_end, check_range, none_chosen, past_end
from .shots import THUMBNAIL_WIDTH_PX, CutFinder
from .upright import Upright

_FRAMES_AHEAD = 1  # decoded and waiting while the networks work; the memory of as many pictures
_REPORT_EVERY = 25  # frames that are passed over
_SUM_S = 1e-6  # how exact times are that are sums of many periods


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture to detect faces in.

    Attributes:
        source: short unique name of the film or photo.
        index: 0-based index in its source, counting every picture in presentation order; 0 for a
            photo.
        time_s: film: presentation time in seconds from the start of the film. Photo: the time it
            was taken in seconds since 1970 (its clock, no time zone), NaN if not known.
        picture: (height, width, 3) uint8, red green blue, upright, square pixels.
        cuts: index of each frame that begins a shot, as far as they were known when this one was
            decoded: all but some of the last ``data.media.shots.CUT_DELAY`` frames. None = a photo.
        turn: by how many quarter turns against the clock ``picture`` differs from what a viewer
            shows, since the faces in it said so.
    """

    source: str
    index: int
    time_s: float
    picture: NDArray[np.uint8]
    cuts: tuple[int, ...] | None = None
    turn: int = 0

    def turned(self, turn: int) -> Frame:
        """Return the frame turned by so many more quarter turns, against the clock."""
        picture = np.ascontiguousarray(np.rot90(self.picture, turn))
        return dataclasses.replace(self, picture=picture, turn=(self.turn + turn) % 4)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height as a viewer shows it, pixels."""
        height, width = self.picture.shape[:2]
        return (height, width) if self.turn % 2 else (width, height)


def open_film(
    path: Path,
    *,
    source: str,
    fps: float = 5.0,
    also_frames: Collection[int] = (),
    start_s: float | None = None,
    end_s: float | None = None,
) -> FilmReader:
    """Open a film to analyse some of its frames.

    These are the first frame at or after each k / ``fps`` seconds, whatever the film's rate; an
    ``fps`` above that rate means all frames. The grid begins with the film, not with ``start_s``.

    Args:
        path: the film.
        source: its name in the frames.
        fps: frames analysed per second of film.
        also_frames: 0-based indices of further frames to analyse.
        start_s: seconds from the start of the film at which to begin; indices and times remain
            those of the whole film.
        end_s: seconds at which to end; a frame at ``end_s`` is not included.

    Returns:
        A reader, to be used in a ``with`` statement and iterated over once.

    Raises:
        InputError: the file is no film, has no picture that can be decoded, ends before
            ``start_s`` or before one of ``also_frames``, or none of its frames is to be analysed
            (raised while iterating where only the end of the film shows it).
        ValueError: ``fps`` is not above 0.
    """
    if not fps > 0:
        raise ValueError(f"expected fps above 0, got {fps}; give frames per second of film")
    start_s, end_s = start_s or 0.0, math.inf if end_s is None else end_s
    decoder = FilmDecoder(path)
    try:
        check_range(path, start_s, end_s, decoder.latest_s)
        if decoder.num_pictures and also_frames and max(also_frames) >= decoder.num_pictures:
            raise beyond_end(path, max(also_frames), decoder.num_pictures)
        return FilmReader(path, decoder, source, fps, frozenset(also_frames), start_s, end_s)
    except BaseException:
        decoder.close()
        raise


class FilmReader:
    """The frames of one film to analyse, in order. Made by ``open_film``.

    Decoding runs in a background thread that stays a few frames ahead; memory does not grow with
    the film.

    Attributes:
        width, height: of the upright pictures, in pixels.
        duration_s: of the whole film by its header, seconds, None = not stated; after iteration as
            it was read, where the header cannot be believed.
        fps: mean frames per second of the film itself.
        loss: after iteration: what could not be decoded, in one sentence, or None.
        length_frames: after iteration: how many frames the film has; None = not all were decoded.
        time_base: unit of the film's time stamps, seconds; None = not known.
        start_timecode: of the first frame, as the file states it; None = not stated.
    """

    def __init__(
        self,
        path: Path,
        decoder: FilmDecoder,
        source: str,
        fps: float,
        also_frames: frozenset[int],
        start_s: float,
        end_s: float,
    ) -> None:
        self._path, self._decoder, self._source = path, decoder, source
        self._fps, self._also_frames = fps, also_frames
        self._start_s, self._end_s = start_s, end_s
        self._pictures = decoder.pictures(start_s)
        first = next(self._pictures, None)
        if first is None:
            raise SourceError(
                f"{path}: expected a film, but none of its pictures can be decoded; it may be"
                " incomplete or damaged: check that it plays elsewhere"
            )
        self._first: Decoded | None = first
        self._upright = Upright.of_film(decoder.stream, first.frame)
        self.width, self.height = self._upright.size(first.frame)
        self.duration_s = decoder.duration_s
        self.loss: str | None = None
        self.length_frames: int | None = None
        self.fps = decoder.rate
        self.time_base, self.start_timecode = decoder.time_base, decoder.start_timecode
        self._cut_finder = CutFinder()
        self._cuts: list[int] | None = None
        self._times_s = array("d")
        self._first_index = first.index
        self._after = -1  # index of the last frame that is passed over
        self._prefetch = Prefetch(self._looked_at(), _FRAMES_AHEAD)

    def __enter__(self) -> FilmReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._prefetch)

    def pass_over(self, last: int, report: Callable[[float], None]) -> None:
        """Read up to the first frame to analyse after a frame; those before are not yielded.

        All else is as if they had been. To be called before iteration, where errors are the same.
        It reads in the calling thread, so that Ctrl-C ends it at once.

        Args:
            last: index of the last frame that is not yielded.
            report: called now and then with the time of the frame just read, seconds.
        """
        self._after = last
        frames = self._looked_at()
        while (first := next(frames, False)) is None:
            if len(self._times_s) % _REPORT_EVERY == 0:
                report(self._times_s[-1])
        ahead = [first] if isinstance(first, Frame) else []
        self._prefetch = Prefetch(itertools.chain(ahead, frames), _FRAMES_AHEAD)

    def close(self) -> None:
        """Stop decoding, wait for the background thread, close the file."""
        self._prefetch.close()
        self._decoder.close()
        # PyAV's container and stream refer to each other and to the decoder's last pictures:
        # megabytes that Python does not count, so it would free them late.
        gc.collect()

    @property
    def cuts(self) -> list[int]:
        """Index of each frame that begins a shot, ascending, without the first shot.

        Raises:
            RuntimeError: not all frames have been read yet.
        """
        if self._cuts is None:
            raise RuntimeError("expected cuts to be asked for after the last frame was read")
        return self._cuts

    @property
    def cuts_s(self) -> list[float]:
        """Presentation time of each frame that begins a shot, seconds; as ``cuts``."""
        return [self._times_s[cut - self._first_index] for cut in self.cuts]

    @property
    def rate(self) -> Fraction | None:
        """The film's constant frame rate, None where it varies. Known after iteration."""
        return self._decoder.constant_rate(self._first_index, self._times_s)

    def _looked_at(self) -> Iterator[Frame | None]:
        """Yield frames to analyse, and None for every other frame of the film."""
        grid = TimeGrid(self._fps)
        num_pictures, num_before, ended_early, is_any = 0, 0, False, False
        for decoded in self._decoded():
            num_pictures = decoded.index + 1
            self._times_s.append(decoded.time_s)
            if decoded.time_s >= self._end_s - _SUM_S:
                ended_early = True
                break
            if decoded.is_damaged:  # smeared faces, and cuts where there are none
                is_any = True  # that none is looked at is said by the loss
                yield None
                continue
            # Both also get the frames before the start, so that their choice stays the same.
            wanted = grid.meets(decoded.time_s) or decoded.index in self._also_frames
            self._cut_finder.add(
                decoded.index, self._upright.thumbnail(decoded.frame, THUMBNAIL_WIDTH_PX)
            )
            if decoded.time_s < self._start_s - _SUM_S:
                num_before = num_pictures
                wanted = False
            is_any = is_any or wanted
            wanted = wanted and decoded.index > self._after
            yield self._frame(decoded) if wanted else None
        self._cuts = [cut for cut in self._cut_finder.cuts() if cut > num_before]
        self.loss = self._decoder.loss
        self.length_frames = None if ended_early or self._decoder.is_lossy else num_pictures
        self.duration_s = self._whole_s(ended_early)
        if num_before == num_pictures:
            raise past_end(self._path, self._start_s, self._decoder.end_s)
        if not is_any:
            raise none_chosen(self._path, self._fps, self._start_s, self._end_s)
        last_asked = max(self._also_frames, default=-1)
        if self.length_frames is not None and last_asked >= num_pictures:
            raise beyond_end(self._path, last_asked, num_pictures)

    def _decoded(self) -> Iterator[Decoded]:
        """Yield all pictures. The first, which was decoded already, is not kept."""
        if self._first is not None:
            first, self._first = self._first, None
            yield first
            del first
        yield from self._pictures

    def _whole_s(self, ended_early: bool) -> float | None:
        """Return how long the film is, now that it was read, seconds; None = not known."""
        stated_s = self._decoder.duration_s if self._decoder.is_duration_sure else None
        return stated_s if ended_early else max(stated_s or 0.0, self._decoder.end_s)

    def _frame(self, decoded: Decoded) -> Frame:
        return Frame(
            source=self._source,
            index=decoded.index,
            time_s=decoded.time_s,
            picture=self._upright.picture(decoded.frame),
            cuts=self._cut_finder.so_far(),
        )
