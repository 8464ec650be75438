"""Patches: a face with what is around it, in a size of its own, to be compared pixel by pixel."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

FloatPicture = NDArray[np.float32]

PATCH_PX = 64  # side of what is compared: twice as wide and high as the face, which is its middle
_SPREAD = 2.0
FACE = slice(PATCH_PX // 4, PATCH_PX - PATCH_PX // 4)
_GRAIN_PX = 1.0  # standard deviation of the blur that takes noise off, at least, in pixels
_BLUR = 0.7  # and in steps of the patch: without it fine edges come and go as the camera moves


def patch_of(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> FloatPicture:
    """Cut out a face with what is around it, smoothed, (PATCH_PX, PATCH_PX) float32."""
    height, width = picture.shape
    side = size_of(box) * _SPREAD
    step = side / PATCH_PX
    left, top = (box[:2] + box[2:] - side) / 2
    # A part a little larger, whose sides a large face is made smaller by.
    by = max(int(step), 1)
    x, y = (int(np.clip(edge - 4 * by, 0, end - 8)) for edge, end in ((left, width), (top, height)))
    count = int(side / by) + 9
    part = picture[y : y + by * count, x : x + by * count]
    rows, columns = (max(length // by, 1) for length in part.shape)
    small = cv2.resize(
        part[: rows * by, : columns * by], (columns, rows), interpolation=cv2.INTER_AREA
    )
    blur = max(_GRAIN_PX, _BLUR * step / by)
    smooth = np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), blur), dtype=np.float32)
    corner = ((left - x + 0.5) / by - 0.5, (top - y + 0.5) / by - 0.5)
    return warped(
        smooth, np.array([[step / by, 0, corner[0]], [0, step / by, corner[1]]], np.float32)
    )


def shown_in(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Say which pixels of a patch are inside the picture, 0 or 1."""
    side = size_of(box) * _SPREAD
    places = (np.arange(PATCH_PX) / PATCH_PX) * side
    left, top = (box[:2] + box[2:] - side) / 2
    height, width = picture.shape
    columns = (left + places >= 0) & (left + places < width)
    rows = (top + places >= 0) & (top + places < height)
    return np.asarray(rows[:, None] & columns[None], dtype=np.uint8)


def warped(picture: FloatPicture, matrix: NDArray[np.float32]) -> FloatPicture:
    """Return the patch that a (2, 3) matrix finds in a picture: from its pixels to theirs."""
    return np.asarray(
        cv2.warpAffine(
            picture,
            matrix,
            (PATCH_PX, PATCH_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.float32,
    )


def size_of(box: NDArray[np.float32]) -> float:
    """Return the side of a square as large as a box, pixels, 1 at least."""
    return max(float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]))), 1.0)
