"""Part: what the networks need of a picture with faces, while it waits to be described."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.boxes import face_units, portrait_boxes
from ..face_models.base import Detections, Picture

ENOUGH_PX = 300.0
"""Side of a face from which no network sees more of it: the largest input has 224 pixels. A picture
whose faces are all twice as large waits in half its size, and so on."""


@dataclass(frozen=True, eq=False)
class Part:
    """The part of a picture that shows all its faces with their clothes.

    Attributes:
        picture: (height, width, 3) uint8, made smaller where all faces are very large.
        whole_size: width and height of the whole picture, pixels.
        corner: (2,) int64, x y, where the part begins in the whole picture.
        shrink: how many times smaller it is each way.
    """

    picture: Picture
    whole_size: tuple[int, int]
    corner: NDArray[np.int64]
    shrink: int

    @classmethod
    def of(cls, picture: Picture, found: Detections) -> Part:
        """Cut it out.

        Args:
            picture: (height, width, 3) uint8.
            found: its faces, one at least.
        """
        height, width = picture.shape[:2]
        boxes = portrait_boxes(found.boxes, width, height)
        shrink = max(int(face_units(found.boxes).min() / ENOUGH_PX), 1)
        # Even numbers, or boxes that end at half a pixel would be rounded to the other side.
        step = 2 * shrink
        corner = (np.floor(boxes[:, :2].min(axis=0) / step) * step).astype(np.int64)
        ends = (np.ceil(boxes[:, 2:].max(axis=0) / step) * step).astype(np.int64)
        part = picture[corner[1] : ends[1], corner[0] : ends[0]].copy()
        if shrink > 1:
            rows, columns = (side // shrink for side in part.shape[:2])
            part = np.asarray(
                cv2.resize(
                    part[: rows * shrink, : columns * shrink],
                    (columns, rows),
                    interpolation=cv2.INTER_AREA,
                ),
                np.uint8,
            )
        return cls(part, (width, height), corner, shrink)

    def faces(self, found: Detections) -> Detections:
        """Return faces of the whole picture in pixels of the part."""
        moved = found.moved(-self.corner)
        # Boxes are edges of pixels; of points, pixel 0 has its middle at 0.
        points = (moved.landmarks + 0.5) / self.shrink - 0.5
        return Detections(
            np.asarray(moved.boxes / self.shrink, np.float32),
            np.asarray(points, np.float32),
            moved.scores,
        )

    def in_whole(self, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return boxes of the part in pixels of the whole picture."""
        return np.asarray(boxes * self.shrink + np.tile(self.corner, 2), np.float32)
