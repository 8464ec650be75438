"""Shots: where one camera take ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector, ContentDetector

from .dissolves import DissolveFinder

THUMBNAIL_WIDTH_PX = 64
"""Width of the pictures in which cuts are detected. Small on purpose: the blur removes grain and
compression noise, and separates cuts from everything else better than 160 or 640 px do."""

# Pairs: times the mean change of the two frames before and the two after, and change: the mean
# difference of the brightest colour of each pixel, as roots, 0..255. Chosen on 13 films and on four
# copies of each (grain, dark, compressed, smaller; benchmarks/shots.py): the weakest true cut has
# 4.8 (6.2 times), the strongest sudden change that is none 7.1 (2.9 times); slow changes (camera
# movements, someone passing close by) go up to 18.
_STANDS_OUT = ((3.0, 9.0), (4.5, 4.5))
# A change so large is a cut even when its neighbours change as much: wipes, fast dissolves, the
# first and the last two frames of a film.
_LARGE_CHANGE = 27.0
_MERGE_WITHIN = 5  # frames
_ROOTS = np.sqrt(np.arange(256) * 255.0).round().astype(np.uint8)
# A frame that differs by less from the last one compared repeats it, as every second or third
# does in a 24 fps film stored at 60 fps, or in drawn animation. Beside repeats, movement looks like
# cuts.
_REPEATED_BELOW = 0.5  # mean difference of blue, green and red, each 0..255
_MOST_REPEATS = 3  # frames; a longer repeat is a still picture, and is compared

_DISSOLVE_APART = 8  # frames; a change so near a cut belongs to it, as a flash does

CUT_DELAY = 64
"""A cut is known at the latest so many frames after it: a hard cut after the two frames that it is
compared with, or those that changes are merged within, each of which may come with repeats; the
middle of a dissolve once it is over. Only dissolves of more than two seconds may take longer."""


class CutFinder:
    """Finds cuts in one pass over the frames of a film, with PySceneDetect.

    ``AdaptiveDetector`` finds hard cuts, also between similar pictures; ``ContentDetector`` adds
    changes spread over some frames. ``DissolveFinder`` adds dissolves and fades, of which the frame
    in the middle counts: PySceneDetect has no means for these but fades to black.

    Frames are counted, not timed, so variable frame rates need no care.
    """

    def __init__(self) -> None:
        self._detectors = (
            *(
                AdaptiveDetector(
                    adaptive_threshold=times,
                    min_content_val=change,
                    min_scene_len=1,
                    luma_only=True,
                )
                for times, change in _STANDS_OUT
            ),
            ContentDetector(threshold=_LARGE_CHANGE, min_scene_len=_MERGE_WITHIN, luma_only=True),
        )
        self._dissolves = DissolveFinder()
        self._cuts: set[int] = set()
        self._last: FrameTimecode | None = None
        self._last_thumbnail: NDArray[np.uint8] | None = None
        self._num_repeats = 0

    def add(self, index: int, thumbnail: NDArray[np.uint8]) -> None:
        """Compare the next frame with the last one.

        Args:
            index: 0-based index of the frame in its film, larger than the one before.
            thumbnail: (height, width, 3) uint8, blue green red, the same size for all frames.
        """
        self._dissolves.add(index, thumbnail)
        if self._num_repeats < _MOST_REPEATS and self._repeats(thumbnail):
            self._num_repeats += 1
            return
        self._num_repeats = 0
        self._last_thumbnail = thumbnail
        self._last = FrameTimecode(index, fps=1.0)  # the rate is required but not used
        picture = without_grain(thumbnail)
        for detector in self._detectors:
            self._cuts.update(cut.frame_num for cut in detector.process_frame(self._last, picture))

    def _repeats(self, thumbnail: NDArray[np.uint8]) -> bool:
        if self._last_thumbnail is None:
            return False
        difference = thumbnail.astype(np.int16) - self._last_thumbnail
        return bool(np.abs(difference).mean() < _REPEATED_BELOW)

    def so_far(self) -> tuple[int, ...]:
        """Return what ``cuts`` will have of all frames but the last ``CUT_DELAY``, ascending."""
        return tuple(self._with(self._dissolves.so_far()))

    def cuts(self) -> list[int]:
        """Return the index of each frame that begins a shot, ascending, without the first shot."""
        if self._last is not None:
            for detector in self._detectors:
                self._cuts.update(cut.frame_num for cut in detector.post_process(self._last))
        return self._with(self._dissolves.middles())

    def _with(self, dissolves: Sequence[int]) -> list[int]:
        """Return all cuts, and the dissolves that are not part of one, ascending."""
        apart = [
            middle
            for middle in dissolves
            if all(abs(middle - cut) > _DISSOLVE_APART for cut in self._cuts)
        ]
        return sorted(self._cuts.union(apart))


def without_grain(thumbnail: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture in which grain changes little, and dark scenes as much as bright ones."""
    return np.asarray(cv2.LUT(cv2.GaussianBlur(thumbnail, (3, 3), 0), _ROOTS))


def shot_of(frames: NDArray[np.int64], cuts: Sequence[int]) -> NDArray[np.int64]:
    """Return the shot of each frame.

    Args:
        frames: (num_frames,) int64, 0-based frame indices, in any order.
        cuts: index of each frame that begins a shot, ascending, without the first shot.

    Returns:
        (num_frames,) int64, 0-based shots: how many cuts lie at or before the frame.
    """
    return np.searchsorted(np.asarray(cuts, np.int64), frames, side="right").astype(np.int64)
