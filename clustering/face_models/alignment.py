"""Cuts out upright faces of equal size for dlib's network.

Two ways, by what the detector gives:

- A box without landmarks is taken for one of dlib's detectors, and the face is cut out as the
  face_recognition library does it: the 5-point predictor (eye corners and base of the nose) looks
  for its points inside the box, which bring the face upright.
- A detector with landmarks draws other boxes than dlib and has other points. Its landmarks bring
  the face upright; the 5-point predictor then looks in that upright face; the result is the mean
  of where the landmarks and where its points would put the face. ``benchmarks/embedding.py``
  compares this with either alone.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .base import Detections, Picture
from .face_points import FacePoints
from .geometry import Points, Pyramid, has_landmarks, similarity

CHIP_SIZE = 150
"""Side of an aligned face in pixels, as dlib's network was trained."""

CHIP_PADDING = 0.25
"""What dlib leaves around the face, as a share of its size."""

ALIGNMENT = "chips 150 px v2"
"""Part of an embedder's card: change it with anything that changes a chip."""

_MIDDLE = CHIP_SIZE / 2

# Where eyes, nose and mouth corners (as CenterFace sees them) lie in the chips that dlib cuts out:
# medians over the faces that both CenterFace and dlib's frontal detector find in four films, made
# symmetric; the films agree within about 3 px, but for the mouths of people who look down.
LANDMARKS_IN_CHIP = np.array(
    [[48.5, 46.5], [101.5, 46.5], [75.0, 78.0], [52.5, 102.0], [97.5, 102.0]]
)

# Where dlib's five points lie in its chips: the mean face of dlib/image_transforms/interpolation.h
# (outer and inner corner of the eye on the right of the picture, the same on the left, the nose).
_DLIB_MEAN_FACE = np.array(
    [
        [0.8595674595992, 0.2134981538014],
        [0.6460604764104, 0.2289674387677],
        [0.1205750620789, 0.2137274526848],
        [0.3340850613712, 0.2290642403242],
        [0.4901123135679, 0.6277975316475],
    ]
)
_DLIB_POINTS_IN_CHIP = (_DLIB_MEAN_FACE + CHIP_PADDING) / (1 + 2 * CHIP_PADDING) * CHIP_SIZE

# Faces a little larger than dlib cuts them are told apart better, in all four films.
_ZOOM = 1.06
_UPRIGHT = _MIDDLE + _ZOOM * (LANDMARKS_IN_CHIP - _MIDDLE)

# The upright face in which dlib's predictor looks: a chip with a margin; and the box in there.
_MARGIN = 30
_BOX_IN_CHIP = (14, 12, 134, 132)


class FaceAligner:
    """Cuts out faces of 150 x 150 pixels."""

    @cached_property
    def _predictor(self) -> FacePoints:
        return FacePoints()

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out the faces.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces; rows without landmarks (NaN) have boxes as dlib draws them.

        Returns:
            (num_faces, 150, 150, 3) uint8; black where the picture ends.
        """
        chips = np.empty((len(faces), CHIP_SIZE, CHIP_SIZE, 3), dtype=np.uint8)
        picture = np.ascontiguousarray(picture)
        smaller = Pyramid(picture)
        for row, (box, landmarks) in enumerate(zip(faces.boxes, faces.landmarks, strict=True)):
            if has_landmarks(landmarks):
                chips[row] = smaller.warp(self._transform(smaller, landmarks), CHIP_SIZE)
            else:
                found = self._points(picture, _box(box))
                chips[row] = smaller.warp(_as_dlib(found), CHIP_SIZE)
        return chips

    def upright(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out faces as ``align`` does, by the landmarks of the detector alone: much faster.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces; rows without landmarks (NaN) have boxes as dlib draws them.

        Returns:
            (num_faces, 150, 150, 3) uint8; black where the picture ends.
        """
        return self.cut_out(picture, faces, _UPRIGHT, CHIP_SIZE)

    def cut_out(
        self, picture: Picture, faces: Detections, points: Points, side: int
    ) -> NDArray[np.uint8]:
        """Cut out faces so that their landmarks come to lie as near to five points as they can.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces; rows without landmarks (NaN) have boxes as dlib draws them, in which
                dlib's predictor looks for the points.
            points: (5, 2) float64, x y in pixels of the face that is cut out.
            side: of that face, pixels.

        Returns:
            (num_faces, side, side, 3) uint8; black where the picture ends.
        """
        chips = np.empty((len(faces), side, side, 3), dtype=np.uint8)
        picture = np.ascontiguousarray(picture)
        smaller = Pyramid(picture)
        for row, (box, landmarks) in enumerate(zip(faces.boxes, faces.landmarks, strict=True)):
            if has_landmarks(landmarks):
                found = landmarks.astype(np.float64)
            else:
                found = self.landmarks(picture, box)
            chips[row] = smaller.warp(similarity(found, points), side)
        return chips

    def landmarks(self, picture: Picture, box: NDArray[np.float32]) -> Points:
        """Find the landmarks of a face in a box as dlib draws it.

        dlib's predictor finds other points than detectors with landmarks do: these are where theirs
        usually lie in a face that has its points there.

        Args:
            picture: (height, width, 3) uint8.
            box: (4,) x1 y1 x2 y2, pixels of the picture.

        Returns:
            (5, 2) float64, x y in pixels of the picture, in the order of ``Detections.landmarks``.
        """
        found = self._points(picture, _box(box))
        back = similarity(_DLIB_POINTS_IN_CHIP, found)
        usual: Points = LANDMARKS_IN_CHIP @ back[:, :2].T + back[:, 2]
        return usual

    def _points(self, picture: Picture, box: tuple[int, int, int, int]) -> Points:
        # dlib gives whole pixels, and its faces were cut out by them when its network was trained
        return np.floor(self._predictor.predict(picture, box) + 0.5)

    def _transform(self, smaller: Pyramid, landmarks: NDArray[np.float32]) -> Points:
        upright = similarity(landmarks.astype(np.float64), LANDMARKS_IN_CHIP)
        upright[:, 2] += _MARGIN
        face = smaller.warp(upright, CHIP_SIZE + 2 * _MARGIN)
        left, top, right, bottom = (edge + _MARGIN for edge in _BOX_IN_CHIP)
        found = self._points(face, (left, top, right, bottom))
        by_dlib = similarity(found, _DLIB_POINTS_IN_CHIP) @ np.vstack([upright, [0, 0, 1]])
        upright[:, 2] -= _MARGIN
        return _zoomed((upright + by_dlib) / 2)


def _zoomed(transform: Points) -> Points:
    """Return a transform to a chip in which the face is a little larger."""
    zoomed = transform.copy()
    zoomed[:, 2] -= _MIDDLE
    zoomed *= _ZOOM
    zoomed[:, 2] += _MIDDLE
    return zoomed


def _box(box: NDArray[np.float32]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = (round(float(edge)) for edge in box)
    return x1, y1, x2 - 1, y2 - 1  # right and bottom are the last pixels inside


def _as_dlib(points: Points) -> Points:
    """Return the transform by which dlib's ``get_face_chip`` cuts a face out at its five points."""
    to_chip = similarity(points, _DLIB_POINTS_IN_CHIP)
    # dlib counts a rectangle's side as one more than the distance of its edges: what it cuts out is
    # a little smaller, and half a pixel away.
    side = CHIP_SIZE / float(np.hypot(to_chip[0, 0], to_chip[1, 0]))
    to_chip[:, 2] -= _MIDDLE
    to_chip *= (CHIP_SIZE - 1) / CHIP_SIZE * side / (side - 1)
    to_chip[:, 2] += (CHIP_SIZE - 1) / 2
    return to_chip
