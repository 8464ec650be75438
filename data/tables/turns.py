"""Boxes and points of a picture that was turned before faces were looked for in it.

A picture may lie on its side without saying so. It is then turned, by quarter turns against the
clock as ``numpy.rot90`` counts them, and looked at upright; but a viewer shows it as it is, so
tables keep boxes in the pixels of the picture as shown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Size = tuple[float, float]
"""Width and height of the picture as shown, pixels."""


def points_as_shown(points: ArrayLike, turn: int, size: Size) -> NDArray[np.float32]:
    """Return where points of the turned picture are in the picture as shown.

    Args:
        points: (..., 2), x y in pixels of the turned picture.
        turn: by how many quarter turns it was turned, against the clock.
        size: of the picture as shown.
    """
    x, y = np.moveaxis(np.asarray(points, np.float32), -1, 0)
    width, height = size
    moved = [(x, y), (width - y, x), (width - x, height - y), (y, height - x)][turn % 4]
    return np.stack(moved, axis=-1).astype(np.float32)


def boxes_as_shown(boxes: ArrayLike, turn: int, size: Size) -> NDArray[np.float32]:
    """Return boxes of the turned picture in pixels of the picture as shown.

    Args:
        boxes: (..., 4), x1 y1 x2 y2 in pixels of the turned picture; NaN stays NaN.
        turn: by how many quarter turns it was turned, against the clock.
        size: of the picture as shown.
    """
    boxes = np.asarray(boxes, np.float32)
    corners = points_as_shown(boxes.reshape(*boxes.shape[:-1], 2, 2), turn, size)
    return np.concatenate([corners.min(axis=-2), corners.max(axis=-2)], axis=-1)


def boxes_upright(boxes: ArrayLike, turn: int, size: Size) -> NDArray[np.float32]:
    """Return boxes of the picture as shown in pixels of the turned one: undoes ``boxes_as_shown``.

    Args:
        boxes: (..., 4), x1 y1 x2 y2 in pixels of the picture as shown.
        turn: by how many quarter turns it is turned, against the clock.
        size: of the picture as shown.
    """
    return boxes_as_shown(boxes, -turn % 4, size_upright(size, turn))


def size_upright(size: Size, turn: int) -> Size:
    """Return width and height of a picture after quarter turns."""
    return (size[1], size[0]) if turn % 2 else size
