"""Cuts out upright faces of equal size, as the face_recognition library does it.

dlib's 5-point predictor (eye corners and the base of the nose; CC0) looks for its points inside a
box as dlib's frontal detector draws it, and dlib's ``get_face_chips`` turns and scales the face by
them. The 68-point predictor that lies in the same package is never opened: the licence of the data
it was trained on forbids commercial use.
"""

from __future__ import annotations

from typing import Any

import dlib
import numpy as np
from numpy.typing import NDArray

from .base import Detections, Picture
from .dlib_format import WeightsFile

CHIP_SIZE = 150
"""Side of an aligned face in pixels, as dlib's network was trained."""

CHIP_PADDING = 0.25
"""What dlib leaves around the face, as a share of its size."""

ALIGNMENT = "dlib 5-point chips 150 px v1"
"""Part of the embedder's card: change it with anything that changes a chip."""

# CenterFace's box (brow to chin, narrow) as dlib's frontal detector would draw it (square): medians
# over the faces that both find in four films, which agree within 0.03 of the height.
_SIDE_PER_HEIGHT = 0.89
_DOWN_PER_HEIGHT = 0.05

WEIGHTS = WeightsFile(
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)


class FaceAligner:
    """Aligns by dlib's five points.

    Raises:
        FileNotFoundError: the package with the weights is not installed.
        ValueError: the weights are not those expected.
    """

    def __init__(self) -> None:
        WEIGHTS.read()  # checks them; dlib itself reads from a path only
        self._predictor = dlib.shape_predictor(str(WEIGHTS.path()))

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out the faces, (num_faces, 150, 150, 3) uint8."""
        if not len(faces):
            return np.empty((0, CHIP_SIZE, CHIP_SIZE, 3), dtype=np.uint8)
        picture = np.ascontiguousarray(picture)
        points = dlib.full_object_detections()
        for box in dlib_boxes(faces.boxes):
            points.append(self._predictor(picture, _rectangle(box)))
        chips: Any = dlib.get_face_chips(picture, points, size=CHIP_SIZE, padding=CHIP_PADDING)
        return np.stack(chips)


def dlib_boxes(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn boxes of the default detector into boxes as dlib's frontal detector draws them.

    Args:
        boxes: (num_faces, 4) x1 y1 x2 y2 in pixels.

    Returns:
        (num_faces, 4) float32, squares.
    """
    height = boxes[:, 3] - boxes[:, 1]
    centre_x = (boxes[:, 0] + boxes[:, 2]) / 2
    centre_y = (boxes[:, 1] + boxes[:, 3]) / 2 + _DOWN_PER_HEIGHT * height
    half = _SIDE_PER_HEIGHT * height / 2
    return np.stack(
        [centre_x - half, centre_y - half, centre_x + half, centre_y + half], axis=1
    ).astype(np.float32)


def _rectangle(box: NDArray[np.float32]) -> Any:
    # dlib's right and bottom are the last pixels inside.
    x1, y1, x2, y2 = (round(float(edge)) for edge in box)
    return dlib.rectangle(x1, y1, x2 - 1, y2 - 1)
