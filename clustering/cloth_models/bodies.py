"""Vectors of how somebody looks below and around the face, by a network of person recognition."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.runtime.networks import Network
from ..face_models.base import Picture

NETWORK = "person-reidentification-retail-0277"
"""Of the store of networks."""

AROUND = (1.6, 0.4, 4.2)
"""Which part of the picture belongs to a person, in widths and heights of the face box: how far to
either side of its middle, how far above its top, and how far below it. Hair belongs to it: it tells
people of a scene apart. A second region without the head gained nothing (docs/evidence.md)."""

_SIZE_PX = (256, 128)  # height and width that the network takes
_MIN_PX = 8

BodyCrops = NDArray[np.uint8]
"""(num_faces, 256, 128, 3) uint8, red green blue; zeros = too little in sight."""


class BodyNetwork:
    """Turns what is around and under faces into vectors.

    Args:
        contents: both files of ``NETWORK``.
        sha256: of its weights.

    Raises:
        InputError: OpenVINO cannot read it.
    """

    dim = 256

    def __init__(self, contents: Sequence[bytes], sha256: str) -> None:
        self._network = Network(contents, "ir", (None, 3, *_SIZE_PX))
        self.card = f"{NETWORK} {sha256[:12]} float32, {AROUND}"

    def crop(self, picture: Picture, face_boxes: NDArray[np.float32]) -> BodyCrops:
        """Cut out what belongs to each face.

        Args:
            picture: (height, width, 3) uint8.
            face_boxes: (num_faces, 4), x1 y1 x2 y2 in pixels.
        """
        height, width = picture.shape[:2]
        aside, above, below = AROUND
        crops = np.zeros((len(face_boxes), *_SIZE_PX, 3), np.uint8)
        for row, (x1, y1, x2, y2) in enumerate(face_boxes.tolist()):
            middle, wide, high = (x1 + x2) / 2, x2 - x1, y2 - y1
            left, right = max(0, middle - aside * wide), min(width, middle + aside * wide)
            top, bottom = max(0, y1 - above * high), min(height, y1 + below * high)
            if min(right - left, bottom - top) >= _MIN_PX:
                body = picture[int(top) : int(bottom), int(left) : int(right)]
                crops[row] = cv2.resize(body, _SIZE_PX[::-1], interpolation=cv2.INTER_AREA)
        return crops

    def describe(self, crops: BodyCrops) -> NDArray[np.float32]:
        """Turn crops into vectors.

        Returns:
            (num_faces, 256) float32, unit rows; NaN where nothing is in sight, since all that is
            black looks alike.
        """
        vectors = np.full((len(crops), self.dim), np.nan, np.float32)
        rows = np.flatnonzero(crops.any(axis=(1, 2, 3)))
        if len(rows):
            seen = crops[rows][..., ::-1].transpose(0, 3, 1, 2)
            (found,) = self._network.run(np.ascontiguousarray(seen, np.float32))
            vectors[rows] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return vectors
