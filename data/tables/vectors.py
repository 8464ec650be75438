"""Arithmetic on rows of vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_OUT_OF_SCALE = 100.0
"""Times the length of most rows. The lengths of faces by one network differ by a factor of 10 at
most, even where length says how clear a face is (MagFace, Meng et al. 2021)."""


def unit_rows(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to unit length; a row of zeros becomes NaN: it points nowhere."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def out_of_scale(vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Say which rows are more than 100 times as long, or as short, as most: they are no vectors.

    Args:
        vectors: (num_rows, dim), by one network; a row with NaN is none, and is not out of scale.

    Returns:
        (num_rows,) bool.
    """
    found = np.zeros(len(vectors), dtype=bool)
    if not vectors.shape[1]:
        return found
    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    exact = vectors[rows].astype(np.float64)
    largest = np.abs(exact).max(axis=1, initial=0.0)
    # Scaled first: squares of numbers above 1e154 are infinite.
    parts = exact / np.where(largest > 0, largest, 1.0)[:, None]
    length = largest * np.linalg.norm(parts, axis=1)
    if len(above := np.sort(length[length > 0])):
        usual = above[(len(above) - 1) // 2]  # of two the shorter: too long is the usual mistake
        found[rows] = (length / usual > _OUT_OF_SCALE) | (length * _OUT_OF_SCALE < usual)
    return found
