"""Where a person is on screen: in one take of the camera, from their first face to their last.

Gaps between are merged: who turns away is on screen all the same. Such a stretch begins with the
take where no frame of the take was analysed before the first face, and lasts until the next frame
analysed, the next cut, or the end of the film. All lengths that castlist tells are of stretches.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..tables.faces import Faces, IntArray
from .facts import SourceFacts
from .intervals import PERIODS

GAP_S = 10.0
"""Seconds without a face within one take that still count as one stretch."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A person in one take of a film.

    Attributes:
        rows: (num_rows,) int64, their faces, by frame.
        first_frame, last_frame: 0-based frames of the film, both within the stretch.
        start_s, end_s: film time at which the first frame begins and the last one ends, seconds.
    """

    rows: IntArray
    first_frame: int
    last_frame: int
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds from start to end."""
        return self.end_s - self.start_s


def stretches(
    faces: Faces, rows: IntArray, film: SourceFacts, gap_s: float = GAP_S
) -> list[Stretch]:
    """Return where a person is on screen in a film, in the order of time, without overlaps.

    Args:
        faces: the table.
        rows: (num_rows,) int64, rows of that person and film, in any order.
        film: its rate, cuts and the frames analysed.
        gap_s: longest time without a face inside a stretch, seconds.
    """
    if not len(rows):
        return []
    rows = rows[np.argsort(faces.frame[rows], kind="stable")]
    next_take = np.diff(faces.shot[rows]) != 0
    far = np.diff(faces.time_s[rows]) > gap_s + film.period_s
    parts = np.split(rows, np.flatnonzero(next_take | far) + 1)
    return [_stretch(faces, part, film) for part in parts]


def _stretch(faces: Faces, rows: IntArray, film: SourceFacts) -> Stretch:
    first, last = int(rows[0]), int(rows[-1])
    first_frame, start_s = _begin(int(faces.frame[first]), float(faces.time_s[first]), film)
    last_frame, end_s = _end(int(faces.frame[last]), float(faces.time_s[last]), film)
    if film.rate:
        start_s = film.first_s + float(first_frame / film.rate)
        end_s = film.first_s + float((last_frame + 1) / film.rate)
    return Stretch(rows, first_frame, last_frame, start_s, end_s)


def _begin(frame: int, time_s: float, film: SourceFacts) -> tuple[int, float]:
    """Return the frame and time that a shot begins with, given its first face."""
    cut = bisect_right(film.cuts, frame) - 1
    analysed_before = bisect_left(film.frames, frame) - 1
    if cut < 0 or analysed_before < 0 or film.frames[analysed_before] >= film.cuts[cut]:
        return frame, time_s
    cut_s = film.cuts_s[cut] if cut < len(film.cuts_s) else time_s
    if time_s - cut_s > PERIODS * film.period_s:
        return frame, time_s
    return film.cuts[cut], cut_s


def _end(frame: int, time_s: float, film: SourceFacts) -> tuple[int, float]:
    """Return the last frame of a shot and the time at which it ends, given its last face."""
    ends = [
        _next(film.cuts, film.cuts_s, frame),
        _next(film.frames, film.frames_s, frame),
        (film.length_frames or math.inf, film.last_s or math.inf),
    ]
    after, end_s = min(ends)
    if after < math.inf and end_s - time_s <= PERIODS * film.period_s:
        return int(after) - 1, end_s
    if film.rate:
        last_s = math.inf if film.last_s is None else film.last_s - film.first_s
        until = math.ceil(film.rate * last_s) if last_s < math.inf else math.inf
        after = min(frame + math.ceil(film.rate * film.period_s - 0.01), until, after)
        return max(int(after) - 1, frame), math.nan  # the rate tells when
    return frame, max(min(time_s + film.period_s, film.last_s or math.inf), time_s)


def _next(frames: Sequence[int], times_s: Sequence[float], frame: int) -> tuple[float, float]:
    """Return the next frame of a list, and its time; infinity where there is none."""
    place = bisect_right(frames, frame)
    return (frames[place], times_s[place]) if place < len(frames) else (math.inf, math.inf)
