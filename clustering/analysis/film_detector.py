"""FilmDetector: looks at a film's pictures in no more detail than finds the same faces."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.boxes import iou
from ..face_models.base import Detections, Picture
from ..face_models.centerface import PART_PX, CenterFace

_LOOK_S = 1.0  # seconds until a picture is looked at in full size again
_OTHER_PICTURE = 12.0  # mean difference of small grey pictures, 0..255, that is no longer the same
_SMALL_PICTURE = (32, 18)
_SAME_FACE = 0.2  # intersection over union of a face's boxes, a moment later or in another size
_MAYBE_SCORE = 0.2  # a face that is as weak as that is looked at again
_MOST_WORK = 0.75  # of looking in full size: with more parts than that, this is done instead

_LEAST_HEIGHT_PX = 28.0
"""Of a face in the smaller picture. Below it, eyes and mouth are found so roughly that the face
vector suffers: its cosine with the vector by the full picture falls from .96 to .9 and less."""

_STILL_LARGE = 0.85  # times that height: a face moves, and its box with it

_MOST_OF_PART = 0.6  # height of a face over the side of the part that is to show all of it
_ROOM = 0.1  # of a part's side, around a face at least, or it gets a part of its own
_STEP_PX = 16  # parts begin at multiples of it, so that the network's grid lies as in the whole


class FilmDetector:
    """Looks at most pictures of a film in a smaller size; one instance serves one film.

    Once a second, and when the picture changes, a picture is looked at in full size. Until then it
    is looked at in half the size, or a quarter if all faces are large enough for that; where faces
    were, or seem to be, that are too small there, parts of it are looked at in full size.
    docs/performance.md has what that costs and saves.

    Args:
        detector: finds faces.
    """

    def __init__(self, detector: CenterFace) -> None:
        self._detector = detector
        self._looked_s = -np.inf
        self._small: NDArray[np.float32] | None = None  # the picture before
        self._known = Detections.empty()  # faces since the last look in full size

    def detect(self, picture: Picture, time_s: float) -> Detections:
        """Find the faces of the next picture.

        Args:
            picture: as for ``Detector``.
            time_s: when it is shown.
        """
        before, self._small = self._small, _small(picture)
        found = None
        if before is not None and not self._is_due(before, self._small, time_s):
            found = self._in_less_detail(picture)
        if found is None:
            self._looked_s = time_s
            found = self._detector.detect(picture, min_score=_MAYBE_SCORE)
            is_sure = found.scores >= self._detector.config.min_score
            self._known = found.where(is_sure | (found.heights_px <= self._most_px(picture)))
            return found.where(is_sure)
        gone = self._known.where(_best(self._known, found) < _SAME_FACE)
        self._known = Detections.concatenate([found, gone])
        return found

    def _is_due(
        self, before: NDArray[np.float32], small: NDArray[np.float32], time_s: float
    ) -> bool:
        if not 0 <= time_s - self._looked_s < _LOOK_S:
            return True
        return float(np.abs(small - before).mean()) > _OTHER_PICTURE

    def _in_less_detail(self, picture: Picture) -> Detections | None:
        """Find the faces in a smaller picture and in parts; None = better in full size."""
        least_px = _LEAST_HEIGHT_PX / self._detector.scale_of(picture)
        known_px = self._known.heights_px
        shrink = 4 if len(known_px) and known_px.min() >= 4 * least_px else 2
        if self._parts(self._known.where(known_px < shrink * least_px), picture, shrink) is None:
            return None
        found = self._detector.detect(picture, shrink, _MAYBE_SCORE)
        is_large = found.heights_px >= _STILL_LARGE * shrink * least_px
        clear = found.where(is_large).at_least(self._detector.config.min_score)
        missed = self._known.where(_best(self._known, clear) < _SAME_FACE)
        unclear = Detections.concatenate([missed, found.where(~is_large)])
        corners = self._parts(unclear, picture, shrink)
        if corners is None:
            return None
        small = self._detector.detect_parts(picture, corners)
        also = small.where(_best(small, clear) < _SAME_FACE)
        return self._detector.sifted(Detections.concatenate([clear, also]), picture)

    def _parts(
        self, faces: Detections, picture: Picture, shrink: int
    ) -> list[tuple[int, int]] | None:
        """Return the upper left corners of parts that show the faces; None = too much work."""
        if faces.heights_px.max(initial=0.0) > self._most_px(picture):
            return None
        side = PART_PX / self._detector.scale_of(picture)
        height, width = picture.shape[:2]
        corners = _corners(faces.boxes, side, (width, height))
        work = 1 / shrink**2 + len(corners) * side**2 / (width * height)
        return corners if work <= _MOST_WORK else None

    def _most_px(self, picture: Picture) -> float:
        """Return the largest height of a face that a part shows."""
        return _MOST_OF_PART * PART_PX / self._detector.scale_of(picture)


def _best(faces: Detections, others: Detections) -> NDArray[np.float32]:
    """Return the largest intersection over union of each face with any of the others."""
    return np.asarray(iou(faces.boxes, others.boxes).max(axis=1, initial=0.0), np.float32)


def _corners(
    boxes: NDArray[np.float32], side: float, size: tuple[int, int]
) -> list[tuple[int, int]]:
    """Return the upper left corners of few squares of a picture that show all boxes."""
    last = np.maximum(np.array(size) - math.ceil(side), 0)
    step = _STEP_PX / PART_PX * side
    corners: list[tuple[int, int]] = []
    for box in boxes[np.argsort(boxes[:, 0])]:
        if not any(_shows(np.array(corner), side, last, box) for corner in corners):
            corner = np.round(((box[:2] + box[2:]) / 2 - side / 2) / step) * step
            left, top = np.clip(np.round(corner), 0, last)
            corners.append((int(left), int(top)))
    return corners


def _shows(
    corner: NDArray[np.int64], side: float, last: NDArray[np.int64], box: NDArray[np.float32]
) -> bool:
    """Say whether a square shows a box with room around it, but for the picture's edges."""
    room = _ROOM * side
    begins = np.where(corner > 0, corner + room, -np.inf)
    ends = np.where(corner < last, corner + side - room, np.inf)
    return bool((box[:2] >= begins).all() and (box[2:] <= ends).all())


def _small(picture: Picture) -> NDArray[np.float32]:
    """Return the picture in a few grey pixels: of large ones a part of the rows and columns."""
    by = max(picture.shape[0] // 270, 1)
    small = cv2.resize(picture[::by, ::by], _SMALL_PICTURE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
