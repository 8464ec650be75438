"""dlib's 5-point predictor in numpy: corners of the eyes and base of the nose, in a face's box.

An ensemble of regression trees (V. Kazemi, J. Sullivan, "One Millisecond Face Alignment with an
Ensemble of Regression Trees", CVPR 2014), with the weights of Davis King's
``shape_predictor_5_face_landmarks`` (CC0). The points start at their mean place in the box and are
moved fifteen times, each time by 500 trees that compare the brightness of pixels near the points.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ... import checkpoints
from .alignment import Points, similarity
from .base import Picture

_FILE = "dlib_points.safetensors"

Boxes = NDArray[np.int64]


class FacePoints:
    """Predicts the five points. Rounded to whole pixels they are dlib's."""

    def __init__(self) -> None:
        content = (resources.files(checkpoints) / _FILE).read_bytes()
        kept: dict[str, NDArray[Any]] = safetensors.numpy.load(content)
        self._mean: NDArray[np.float32] = kept["mean"]
        self._anchors, self._offsets = kept["anchors"].astype(np.intp), kept["offsets"]
        num_rounds, num_trees, num_splits = kept["limits"].shape
        # Trees lie one after the other in flat arrays, so that one index finds a node of all.
        self._first = kept["first"].reshape(num_rounds, -1).astype(np.intp)
        self._second = kept["second"].reshape(num_rounds, -1).astype(np.intp)
        self._limits = kept["limits"].reshape(num_rounds, -1)
        self._leaves = kept["leaves"].reshape(num_rounds, num_trees * (num_splits + 1), -1)
        self._num_splits = num_splits
        self._depth = (num_splits + 1).bit_length() - 1
        self._trees = np.arange(num_trees)

    def predict(self, picture: Picture, box: tuple[int, int, int, int]) -> Points:
        """Predict the points of one face.

        Args:
            picture: (height, width, 3) uint8.
            box: left, top, right, bottom in pixels, as dlib draws them: right and bottom are the
                last pixels inside.

        Returns:
            (5, 2) float64, x y in pixels, not rounded: outer and inner corner of the eye on the
            right of the picture, the same on the left, base of the nose.
        """
        corner = np.array(box[:2], np.float64)
        size = np.array(box[2:], np.float64) - corner
        points = self._mean.copy()
        for number in range(len(self._limits)):
            moves = self._moves(picture, corner, size, points, number)
            # Added one after the other, as dlib does: another order rounds to other pixels.
            points = np.add.accumulate(np.concatenate([points[None], moves]))[-1]
        return np.asarray(corner + points.astype(np.float64) * size)

    def _moves(
        self,
        picture: Picture,
        corner: NDArray[np.float64],
        size: NDArray[np.float64],
        points: NDArray[np.float32],
        number: int,
    ) -> NDArray[np.float32]:
        """Return what each tree of a round adds to the points, (num_trees, 5, 2), in box sizes."""
        turn = similarity(self._mean.astype(np.float64), points.astype(np.float64))
        turn = turn[:, :2].astype(np.float32)
        places = self._offsets[number] @ turn.T + points[self._anchors[number]]
        brightness = _brightness(picture, corner + places.astype(np.float64) * size)
        difference = brightness[self._first[number]] - brightness[self._second[number]]
        goes_left = difference > self._limits[number]
        node = np.zeros(len(self._trees), np.intp)
        for _ in range(self._depth):
            node = 2 * node + 2 - goes_left[self._trees * self._num_splits + node]
        leaf = node - self._num_splits
        moves = self._leaves[number, self._trees * (self._num_splits + 1) + leaf]
        return np.asarray(moves.reshape(len(leaf), -1, 2), np.float32)


def _brightness(picture: Picture, places: Points) -> NDArray[np.float32]:
    """Return the mean of the colours at places, whole numbers 0..255; 0 outside the picture."""
    height, width = picture.shape[:2]
    column, row = np.floor(places + 0.5).astype(np.intp).T
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    colours = picture[np.where(inside, row, 0), np.where(inside, column, 0)]
    mean = colours.sum(axis=1, dtype=np.int32) // 3
    return np.where(inside, mean, 0).astype(np.float32)
