"""Cuts out upright faces of equal size for dlib's network.

Two ways, by what the detector gives:

- A box without landmarks is taken for one of dlib's detectors, and the face is cut out exactly as
  the face_recognition library does it: dlib's 5-point predictor (eye corners and base of the nose)
  looks for its points inside the box, and dlib's ``get_face_chips`` turns and scales by them.
- A detector with landmarks draws other boxes than dlib and has other points. Its landmarks bring
  the face upright; the 5-point predictor then looks in that upright face; the result is the mean
  of where the landmarks and where dlib's points would put the face. ``benchmarks/embedding.py``
  compares this with either alone.

The 68-point predictor that lies in the same package as the weights is never opened: the licence of
the data it was trained on forbids commercial use. The 5-point one is CC0.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from .base import Detections, Picture
from .dlib_format import WeightsFile

CHIP_SIZE = 150
"""Side of an aligned face in pixels, as dlib's network was trained."""

CHIP_PADDING = 0.25
"""What dlib leaves around the face, as a share of its size."""

ALIGNMENT = "chips 150 px v1"
"""Part of an embedder's card: change it with anything that changes a chip."""

WEIGHTS = WeightsFile(
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)

Points = NDArray[np.float64]

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

# The upright face in which dlib's predictor looks: a chip with a margin; and the box in there.
_MARGIN = 30
_BOX_IN_CHIP = (14, 12, 134, 132)


# Bilinear sampling skips pixels when it shrinks by more than this: then a half is taken first.
_SMALLEST_SCALE_OF_A_LEVEL = 0.6
_SMALLEST_SCALE = 0.01  # landmarks in an impossible order shrink a face to a point


class FaceAligner:
    """Cuts out faces of 150 x 150 pixels.

    Raises:
        InputError: the package with the weights is missing, or its weights are not those expected.
    """

    def __init__(self) -> None:
        WEIGHTS.read()  # checks them; dlib itself reads from a path only
        self._predictor = dlib.shape_predictor(str(WEIGHTS.path()))

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
                chips[row] = self._as_dlib(picture, box)
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
        found = _points(self._predictor(picture, _rectangle(box)))
        back = similarity(_DLIB_POINTS_IN_CHIP, found)
        usual: Points = LANDMARKS_IN_CHIP @ back[:, :2].T + back[:, 2]
        return usual

    def _as_dlib(self, picture: Picture, box: NDArray[np.float32]) -> NDArray[np.uint8]:
        points = self._predictor(picture, _rectangle(box))
        chip: NDArray[np.uint8] = dlib.get_face_chip(
            picture, points, size=CHIP_SIZE, padding=CHIP_PADDING
        )
        return chip

    def _transform(self, smaller: Pyramid, landmarks: NDArray[np.float32]) -> Points:
        upright = similarity(landmarks.astype(np.float64), LANDMARKS_IN_CHIP)
        upright[:, 2] += _MARGIN
        face = smaller.warp(upright, CHIP_SIZE + 2 * _MARGIN)
        box = dlib.rectangle(*(edge + _MARGIN for edge in _BOX_IN_CHIP))
        found = _points(self._predictor(face, box))
        by_dlib = similarity(found, _DLIB_POINTS_IN_CHIP) @ np.vstack([upright, [0, 0, 1]])
        upright[:, 2] -= _MARGIN
        mean: Points = (upright + by_dlib) / 2
        mean[:, 2] -= _MIDDLE
        mean *= _ZOOM
        mean[:, 2] += _MIDDLE
        return mean


def has_landmarks(landmarks: NDArray[np.float32]) -> bool:
    """Say whether the five points of a face, (5, 2), can be aligned by: there, and not all one."""
    return bool(np.isfinite(landmarks).all() and np.ptp(landmarks, axis=0).max() > 1)


def similarity(points: Points, targets: Points) -> Points:
    """Find the turn, scale and shift that bring points nearest to their targets.

    Least squares, in closed form: as complex numbers, targets = factor * points + shift.

    Args:
        points: (num_points, 2) x y, not all equal.
        targets: (num_points, 2) x y.

    Returns:
        (2, 3) float64: the matrix that maps (x, y, 1).
    """
    centre, target_centre = points.mean(axis=0), targets.mean(axis=0)
    source = (points - centre) @ [1, 1j]
    target = (targets - target_centre) @ [1, 1j]
    factor = (source.conj() @ target) / (source.conj() @ source).real
    turn = np.array([[factor.real, -factor.imag], [factor.imag, factor.real]])
    matrix: Points = np.column_stack([turn, target_centre - turn @ centre])
    return matrix


class Pyramid:
    """A picture and its halves, made when needed: large faces shrink without jagged edges."""

    def __init__(self, picture: Picture) -> None:
        self._levels: list[Any] = [picture]

    def _level(self, index: int) -> Any:
        while len(self._levels) <= index:
            self._levels.append(cv2.pyrDown(self._levels[-1]))
        return self._levels[index]

    def warp(self, transform: Points, size: int) -> NDArray[np.uint8]:
        """Cut out (size, size, 3) uint8; ``transform`` maps the picture to it."""
        scale = max(float(np.hypot(transform[0, 0], transform[1, 0])), _SMALLEST_SCALE)
        halvings = max(0, math.ceil(math.log2(_SMALLEST_SCALE_OF_A_LEVEL / scale)))
        transform = transform.copy()
        transform[:, :2] *= 2**halvings  # pixel x of a half lies at pixel 2 x
        warped = cv2.warpAffine(
            self._level(halvings), transform, (size, size), flags=cv2.INTER_LINEAR
        )
        return np.asarray(warped, dtype=np.uint8)


def _rectangle(box: NDArray[np.float32]) -> dlib.rectangle:
    x1, y1, x2, y2 = (round(float(edge)) for edge in box)
    return dlib.rectangle(x1, y1, x2 - 1, y2 - 1)  # right and bottom are the last pixels inside


def _points(shape: Any) -> Points:
    return np.array([[point.x, point.y] for point in shape.parts()], dtype=np.float64)
