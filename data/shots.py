"""Shots: where one camera take ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector, ContentDetector

THUMBNAIL_WIDTH_PX = 64
"""Width of the pictures that cuts are looked for in. Small on purpose: the blur hides grain and
compression noise, and separates cuts from everything else better than 160 or 640 px do."""

# Measured by benchmarks/shots.py. The weakest true cut changes a 64 px picture by 10.5, the
# strongest change that is none and stands out as much from its neighbours by 8.1.
_STANDS_OUT = 3.0  # times the mean change of the two frames before and the two after
_MIN_CHANGE = 9.0  # mean change of hue, saturation and value, each 0..255 (hue 0..179)
# A change so large is a cut even when its neighbours change as much: wipes, fast dissolves, the
# first and the last two frames of a film.
_LARGE_CHANGE = 27.0
_MERGE_WITHIN = 5  # frames


class CutFinder:
    """Finds cuts in one pass over the frames of a film, with PySceneDetect.

    ``AdaptiveDetector`` finds hard cuts, also between similar pictures; ``ContentDetector`` adds
    changes spread over some frames. Slow dissolves and fades are not cuts here.

    Frames are counted, not timed, so variable frame rates need no care.
    """

    def __init__(self) -> None:
        self._detectors = (
            AdaptiveDetector(
                adaptive_threshold=_STANDS_OUT, min_content_val=_MIN_CHANGE, min_scene_len=1
            ),
            ContentDetector(threshold=_LARGE_CHANGE, min_scene_len=_MERGE_WITHIN),
        )
        self._cuts: set[int] = set()
        self._last: FrameTimecode | None = None

    def add(self, index: int, thumbnail: NDArray[np.uint8]) -> None:
        """Look at the next frame.

        Args:
            index: 0-based index of the frame in its film, larger than the one before.
            thumbnail: (height, width, 3) uint8, blue green red, the same size for all frames.
        """
        self._last = FrameTimecode(index, fps=1.0)  # the rate is asked for and never used
        for detector in self._detectors:
            self._cuts.update(
                cut.frame_num for cut in detector.process_frame(self._last, thumbnail)
            )

    def cuts(self) -> list[int]:
        """Return the index of each frame that begins a shot, ascending, without the first shot."""
        if self._last is not None:
            for detector in self._detectors:
                self._cuts.update(cut.frame_num for cut in detector.post_process(self._last))
        return sorted(self._cuts)


def shot_of(frames: NDArray[np.int64], cuts: Sequence[int]) -> NDArray[np.int64]:
    """Tell the shot of each frame.

    Args:
        frames: (num_frames,) int64, 0-based frame indices, in any order.
        cuts: index of each frame that begins a shot, ascending, without the first shot.

    Returns:
        (num_frames,) int64, 0-based shots: how many cuts lie at or before the frame.
    """
    return np.searchsorted(np.asarray(cuts, np.int64), frames, side="right").astype(np.int64)
