"""Dissolves, fades and wipes: one camera take that becomes another little by little."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

HALF_WINDOWS = (4, 8, 16, 32)
"""Frames from the middle of a window to either end; the longest is a second at most film rates."""

# Chosen with benchmarks/transitions.py and the labelled films. None of the dissolves that it makes
# is further off the straight line than 0.17 of its change; nothing else that changes so much
# (camera movement, someone passing close by) comes nearer than 0.32.
_MOST_OFF = 0.25  # distance of the middle from the mean of both ends, over the change between them
_MIN_CHANGE = 12.0  # mean change of blue, green and red, each 0..255
# Light that is turned up or down changes all pixels on a line, too, but not what they show.
_MOST_ALIKE = 0.85  # correlation of both ends
_PLAIN = 5.0  # standard deviation of a picture that shows nothing: black, white
# Wipes: off by 0.06 at most, at least 0.75 of the pixels; else 0.12 at least, or 0.66 at most.
_WIPE_OFF = 0.09
_WIPED = 0.7  # share of the pixels that must change by
_WIPED_BY = 30.0  # length of the change of blue, green and red
_WIPE_ALIKE = 0.75
_WHOLE_PX, _WHOLE = 9, 0.2  # what has changed is one area; in movement it is stripes
_HALF_WAY = (0.25, 0.75)  # of a wipe: at a hard cut every pixel is all before or all after
_MERGE_WITHIN = 6  # frames


class DissolveFinder:
    """Finds dissolves, cross-fades, fades and wipes in one pass over the frames of a film.

    In a dissolve every pixel goes on a straight line from its value before to its value after, so
    that the picture in the middle of any window is the mean of those at its ends. In a wipe every
    pixel is somewhere on that line. Nothing else that changes the whole picture does that. Several
    windows find short and long ones.

    Frames are counted, not timed.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[int, NDArray[np.int16]]] = deque(maxlen=2 * HALF_WINDOWS[-1] + 1)
        self._inside: set[int] = set()

    def add(self, index: int, thumbnail: NDArray[np.uint8]) -> None:
        """Take the next frame.

        Args:
            index: 0-based index of the frame in its film, larger than the one before.
            thumbnail: (height, width, 3) uint8, the same size for all frames.
        """
        self._frames.append((index, thumbnail.astype(np.int16)))
        for half in HALF_WINDOWS:
            if len(self._frames) > 2 * half:
                middle, picture = self._frames[-1 - half]
                if middle not in self._inside and _is_between(
                    self._frames[-1 - 2 * half][1], picture, self._frames[-1][1]
                ):
                    self._inside.add(middle)

    def so_far(self) -> list[int]:
        """Return the middle frame of each dissolve that has ended for sure, ascending."""
        if not self._frames:
            return []
        return self._middles(self._frames[-1][0] - HALF_WINDOWS[-1] - _MERGE_WITHIN)

    def middles(self) -> list[int]:
        """Return the middle frame of each dissolve, ascending."""
        return self._middles(None)

    def _middles(self, ended_before: int | None) -> list[int]:
        inside = np.array(sorted(self._inside), dtype=np.int64)
        if not len(inside):
            return []
        parts = np.split(inside, np.flatnonzero(np.diff(inside) > _MERGE_WITHIN) + 1)
        return [
            int(part[0] + part[-1] + 1) // 2
            for part in parts
            if ended_before is None or part[-1] < ended_before
        ]


def _is_between(
    before: NDArray[np.int16], middle: NDArray[np.int16], after: NDArray[np.int16]
) -> bool:
    """Say whether a picture lies on the way between two others that show different things."""
    change = float(np.abs(after - before).mean())
    if change < _MIN_CHANGE:
        return False
    off = float(np.abs(2 * middle - before - after).mean()) / 2
    if off > _MOST_OFF * change:
        return _is_wiped(before, middle, after)
    return _correlation(before, after) <= _MOST_ALIKE


def _is_wiped(
    before: NDArray[np.int16], middle: NDArray[np.int16], after: NDArray[np.int16]
) -> bool:
    """Say whether each pixel of a picture lies between its values before and after."""
    change, gone = (after - before).astype(np.float32), (middle - before).astype(np.float32)
    length = np.linalg.norm(change, axis=2)
    wiped = length > _WIPED_BY
    if wiped.mean() < _WIPED:
        return False
    share = np.clip((change * gone).sum(axis=2) / np.maximum(length**2, 1), 0, 1)
    if not _HALF_WAY[0] <= share[wiped].mean() <= _HALF_WAY[1]:
        return False
    around = cv2.blur(share, (_WHOLE_PX, _WHOLE_PX))
    if np.abs(share - around)[wiped].mean() > _WHOLE:
        return False
    off = np.linalg.norm(gone - share[:, :, None] * change, axis=2).mean()
    return bool(off <= _WIPE_OFF * length.mean() and _correlation(before, after) <= _WIPE_ALIKE)


def _correlation(first: NDArray[np.int16], second: NDArray[np.int16]) -> float:
    one, other = first - first.mean(), second - second.mean()
    spread = float(one.std() * other.std())
    if min(one.std(), other.std()) < _PLAIN:
        return 0.0
    return float((one * other).mean()) / spread
