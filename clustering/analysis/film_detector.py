"""FilmDetector: a film's pictures made as small for the detector as finds the same faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.boxes import iou
from ..face_models.base import Detections, Picture
from ..face_models.centerface import CenterFace

_SHRINKS = (4, 2)  # how many times smaller each way, the smallest first
_LOOK_S = 1.0  # seconds until a picture is looked at in full size again
_OTHER_PICTURE = 12.0  # mean difference of small grey pictures, 0..255, that is no longer the same
_SMALL_PICTURE = (32, 18)
_SAME_FACE = 0.6  # intersection over union of a face's boxes in both sizes

_LEAST_HEIGHT_PX = 28.0
"""Of a face in the smaller picture. Below it, eyes and mouth are found so roughly that the face
vector suffers: its cosine with the vector by the full picture falls from .96 to .9 and less."""


class FilmDetector:
    """Looks at most pictures of a film in a smaller size; one instance serves one film.

    Once a second, and when the picture changes, a picture is looked at in full size and in smaller
    ones. The smallest that shows every face that the full one shows is used until then; where
    there is none, or no face, the full size. docs/performance.md has what that costs and saves.

    Args:
        detector: finds faces.
    """

    def __init__(self, detector: CenterFace) -> None:
        self._detector = detector
        self._shrink: int | None = None  # None = not known yet
        self._looked_s = -np.inf
        self._looked_at: tuple[Picture, NDArray[np.float32], Detections] | None = None

    def detect(self, picture: Picture, time_s: float) -> Detections:
        """Find the faces of the next picture.

        Args:
            picture: as for ``Detector``.
            time_s: when it is shown.
        """
        small = _small(picture)
        if self._looked_at is None or self._is_due(small, self._looked_at[1], time_s):
            found = self._detector.detect(picture)
            self._looked_s, self._looked_at = time_s, (picture, small, found)
            self._shrink = None
            return found
        if self._shrink is None:  # now that there is a picture that it pays for
            self._shrink = self._smallest(self._looked_at[0], self._looked_at[2])
        return self._detector.detect(picture, self._shrink)

    def _is_due(
        self, small: NDArray[np.float32], before: NDArray[np.float32], time_s: float
    ) -> bool:
        if not 0 <= time_s - self._looked_s < _LOOK_S:
            return True
        return float(np.abs(small - before).mean()) > _OTHER_PICTURE

    def _smallest(self, picture: Picture, found: Detections) -> int:
        if not len(found):
            return 1
        lowest_px = (found.boxes[:, 3] - found.boxes[:, 1]).min() * self._detector.scale_of(picture)
        for shrink in _SHRINKS:
            if lowest_px / shrink >= _LEAST_HEIGHT_PX:
                also = self._detector.detect(picture, shrink)
                best = iou(found.boxes, also.boxes).max(axis=1, initial=0.0)
                if (best >= _SAME_FACE).all():
                    return shrink
        return 1


def _small(picture: Picture) -> NDArray[np.float32]:
    small = cv2.resize(picture, _SMALL_PICTURE, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)
