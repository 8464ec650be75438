"""From single frames to the bars of the report: stretches of one kind of faces.

A few frames a second are analysed, so a face stands for one sampling period, from its frame to the
next one analysed. Two faces of one person belong to one interval when no analysed frame without
that person lies between them, or hardly any:

- the second is at most 1.5 sampling periods after the first (half a period for uneven frames), or
- both are of one track, or
- both are of one shot and at most ``BRIDGE_S`` apart (the detector missed it).

An interval ends one period after its last face, but never after the next cut nor after the part of
the film that was analysed.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..tables.faces import Faces, IntArray
from .facts import SourceFacts

BRIDGE_S = 1.0
"""A person missed for this long inside one shot, in seconds, still counts as on screen."""

PERIODS = 1.5
"""Sampling periods from which a later frame analysed is not the next one: it is missing."""

_CUT_TOLERANCE_S = 1e-3  # a face on a shot's first frame is of that shot, despite rounding


@dataclass(frozen=True)
class Interval:
    """A stretch of film, in seconds, with the kind of faces that it was made from."""

    start_s: float
    end_s: float
    kind: int = 0

    @property
    def length_s(self) -> float:
        """Seconds from start to end."""
        return self.end_s - self.start_s


def intervals(
    faces: Faces, rows: IntArray, film: SourceFacts, kinds: NDArray[np.integer[Any]] | None = None
) -> list[Interval]:
    """Join faces of one person in one film into intervals.

    Args:
        faces: the table.
        rows: (num_rows,) int64, rows of one person and one film, in any order.
        film: the film's sampling period, cuts and end.
        kinds: (num_faces,) a code per row of the table: an interval holds faces of one kind only,
            and ends where the next kind begins. None: all are of one kind.

    Returns:
        Intervals in the order of time; they do not overlap.
    """
    rows = rows[np.isfinite(faces.time_s[rows])]
    if not len(rows):
        return []
    kinds = np.zeros(len(faces), np.int64) if kinds is None else kinds
    rows = rows[np.lexsort((kinds[rows], faces.time_s[rows]))]
    times = faces.time_s[rows]
    joined = _joined(faces, rows, film.period_s)
    breaks = np.flatnonzero(~joined | (kinds[rows[1:]] != kinds[rows[:-1]])) + 1
    firsts, lasts = np.r_[0, breaks], np.r_[breaks - 1, len(rows) - 1]
    found = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        goes_on = last + 1 < len(rows) and joined[last]
        end_s = float(times[last + 1]) if goes_on else _end(float(times[last]), film)
        if not goes_on or end_s > times[first]:  # two kinds in one frame: the later one stays
            found.append(Interval(float(times[first]), end_s, int(kinds[rows[first]])))
    return found


def _joined(faces: Faces, rows: IntArray, period_s: float) -> NDArray[np.bool_]:
    """(num_rows - 1,) bool: whether each row continues in the next one."""
    gap_s = np.diff(faces.time_s[rows])
    track, shot = faces.track[rows], faces.shot[rows]
    same_track = (track[1:] == track[:-1]) & (track[1:] >= 0)
    same_shot = (shot[1:] == shot[:-1]) & (shot[1:] >= 0)
    near = gap_s <= PERIODS * period_s + 1e-6
    joined: NDArray[np.bool_] = near | same_track | (same_shot & (gap_s <= BRIDGE_S))
    return joined


def _end(last_s: float, film: SourceFacts) -> float:
    ends = [last_s + film.period_s]
    next_cut = bisect_right(film.cuts_s, last_s + _CUT_TOLERANCE_S)
    if next_cut < len(film.cuts_s):
        ends.append(film.cuts_s[next_cut])
    if film.last_s is not None:
        ends.append(film.last_s)
    return max(min(ends), last_s)
