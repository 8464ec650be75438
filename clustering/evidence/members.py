"""Which tracks stand for a group of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.groups import ranked


def clearest_of_each(group: IntArray, clearness: NDArray[np.float64], most: int) -> IntArray:
    """Return the clearest tracks of each group, by group, the clearest first.

    Args:
        group: (num_tracks,) int64; -1 = in none.
        clearness: (num_tracks,) float64.
        most: limit of tracks of each group.

    Returns:
        Rows, (num_kept,) int64.
    """
    order, place = ranked(group, clearness)
    return order[(group[order] >= 0) & (place < most)]


def split_groups(group: IntArray, rows: IntArray) -> list[IntArray]:
    """Split rows that are sorted by group, such as of ``clearest_of_each``, by their group."""
    return np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1) if len(rows) else []


def open_pairs(is_open: BoolArray, needless: BoolArray | None) -> list[list[int]]:
    """Return the pairs of groups that are worth a closer look, each once, the lower number first.

    Args:
        is_open: (num_groups, num_groups) bool, symmetric.
        needless: of the same shape, pairs that nobody asks for; None = there are none.
    """
    asked = is_open if needless is None else is_open & ~needless
    return np.argwhere(np.triu(asked, 1)).tolist()
