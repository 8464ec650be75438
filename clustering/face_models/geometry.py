"""Bringing faces upright: the similarity transform by their points, and pictures in all sizes."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .base import Picture

Points = NDArray[np.float64]
"""(num_points, 2) x y."""

# Bilinear sampling skips pixels when it shrinks by more than this: then a half is taken first.
_SMALLEST_SCALE_OF_A_LEVEL = 0.6
_SMALLEST_SCALE = 0.01  # landmarks in an impossible order shrink a face to a point


def has_landmarks(landmarks: NDArray[np.float32]) -> bool:
    """Say whether a face can be aligned by its five points, (5, 2): finite, and not all one."""
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
