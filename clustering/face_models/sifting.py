"""What all detectors do before they look at a picture and after they found something."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.boxes import area, clip, overlaps
from .base import Detections, Picture

MULTIPLE = 32
"""Both sides of a network's input are multiples of it: the network halves its input five times."""

_INSIDE = 0.8  # share of a box that lies in a far larger face: an eye or a mouth taken for a face
_FAR_LARGER = 3.0  # times its area

_MARGIN_PX = 2.0  # of the input; a box that ends so near to a part's inner edge is cut in two


@dataclass(frozen=True)
class SiftingConfig:
    """What counts as a face, and how large the picture is when the network sees it.

    Attributes:
        min_score: lowest score of a face, 0..1.
        min_height_px: lowest height of a face, pixels of the picture. Nobody can be recognised
            below the default, and masks and flowers that look like faces are mostly that small.
        input_scale: the picture is enlarged by this factor first; time grows with its square.
        max_side_px: after enlarging, the longer side of the picture is at most this, pixels.
        max_overlap: of two faces whose intersection over union is above this, the better stays.

    Raises:
        ValueError: a value out of range.
    """

    min_score: float = 0.5
    min_height_px: float = 14.0
    input_scale: float = 1.0
    max_side_px: int = 1280
    max_overlap: float = 0.4

    def __post_init__(self) -> None:
        if not 0 < self.min_score < 1:
            raise ValueError(f"min_score: expected a value between 0 and 1, got {self.min_score}")
        if not self.min_height_px >= 0:
            raise ValueError(f"min_height_px: expected 0 or more, got {self.min_height_px}")
        if not 0 <= self.max_overlap <= 1:
            raise ValueError(f"max_overlap: expected 0 to 1, got {self.max_overlap}")
        if not 0 < self.input_scale <= 8:
            raise ValueError(f"input_scale: expected above 0 and at most 8, got {self.input_scale}")
        if not self.max_side_px >= 32:
            raise ValueError(f"max_side_px: expected 32 or more, got {self.max_side_px}")


def check_picture(picture: Picture) -> None:
    """Refuse anything that is not a picture.

    Raises:
        ValueError: not (height, width, 3) uint8, or no pixels.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(
            "picture: expected (height, width, 3) uint8, red green blue,"
            f" got {picture.shape} {picture.dtype}"
        )
    if not picture.size:
        raise ValueError(f"picture: expected at least one pixel, got {picture.shape}")


def input_scale(picture: Picture, scale: float, max_side_px: int) -> float:
    """Return ``scale``, or less where the longer side would come out above ``max_side_px``."""
    longer_side: int = max(picture.shape[:2])
    return min(scale, max_side_px / longer_side)


def resized(picture: Picture, scale: float) -> Picture:
    """Return the picture ``scale`` times as wide and high, at least one pixel each way."""
    if scale == 1:
        return picture
    height, width = (max(round(side * scale), 1) for side in picture.shape[:2])
    # The mean over pixels takes five times as long; less is not needed for little smaller ones.
    interpolation = cv2.INTER_AREA if scale < 0.6 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), np.uint8)


def padded(picture: Picture, size: tuple[int, int] | None = None) -> Picture:
    """Return a picture with black on the right and below, which moves no coordinate.

    Args:
        picture: (height, width, 3) uint8.
        size: height and width of what is returned; None = the next multiples of ``MULTIPLE``.
    """
    height, width = picture.shape[:2]
    full_height, full_width = size or (height + -height % MULTIPLE, width + -width % MULTIPLE)
    return np.asarray(
        cv2.copyMakeBorder(
            picture, 0, full_height - height, 0, full_width - width, cv2.BORDER_CONSTANT,
            value=(0, 0, 0),
        ), np.uint8,
    )  # fmt: skip


def is_whole(
    boxes: NDArray[np.float32], part: tuple[int, int, int, int], picture: Picture, scale: float
) -> NDArray[np.bool_]:
    """Say which faces found in a part of a picture are not cut in two by its edges.

    Args:
        boxes: (num_faces, 4) x1 y1 x2 y2 in pixels of the picture.
        part: left, top, right, bottom, pixels; it may reach beyond the picture.
        picture: where the part was cut out of.
        scale: by how much the part was enlarged before the network saw it.

    Returns:
        (num_faces,) bool.
    """
    margin = _MARGIN_PX / scale
    left, top, right, bottom = part
    height, width = picture.shape[:2]
    is_cut = (
        ((left > 0) & (boxes[:, 0] < left + margin))
        | ((top > 0) & (boxes[:, 1] < top + margin))
        | ((right < width) & (boxes[:, 2] > right - margin))
        | ((bottom < height) & (boxes[:, 3] > bottom - margin))
    )
    return np.asarray(~is_cut)


def sift(
    faces: Detections, picture: Picture, min_height_px: float, max_overlap: float
) -> Detections:
    """Clip boxes to the picture, drop small ones and those that a better one covers.

    Args:
        faces: in pixels of the picture.
        picture: where they were found.
        min_height_px: lowest height of a face, pixels.
        max_overlap: of two faces whose intersection over union is above this, the better stays.

    Returns:
        The faces that are left, best score first. Every box has at least one pixel each way.
    """
    boxes = clip(faces.boxes, picture.shape[1], picture.shape[0])
    extent = boxes[:, 2:] - boxes[:, :2]
    rows = np.flatnonzero((extent[:, 1] >= max(min_height_px, 1)) & (extent[:, 0] >= 1))
    corner_and_extent = np.concatenate([boxes[:, :2], extent], axis=1)[rows].astype(np.float64)
    kept = cv2.dnn.NMSBoxes(
        corner_and_extent.tolist(), faces.scores[rows].tolist(), 0.0, max_overlap
    )
    rows = rows[np.asarray(kept, np.int64).reshape(-1)]  # OpenCV returns () for no box
    return Detections(boxes[rows], faces.landmarks[rows], faces.scores[rows])


def without_parts(found: Detections) -> Detections:
    """Leave out boxes inside a far larger face."""
    size, shared = area(found.boxes), overlaps(found.boxes, found.boxes)
    is_part = (shared > _INSIDE * size[:, None]) & (size > _FAR_LARGER * size[:, None])
    return found[np.flatnonzero(~is_part.any(axis=1))]
