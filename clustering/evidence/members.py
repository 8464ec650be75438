"""Which tracks stand for a group of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.groups import ranked

_AT_ONCE = 128  # pairs of groups


def clearest_of_each(group: IntArray, clearness: NDArray[np.float64], most: int) -> IntArray:
    """Return the clearest tracks of each group, by group, the clearest first.

    Args:
        group: (num_tracks,) int64; -1 = in none.
        clearness: (num_tracks,) float64.
        most: limit of tracks of each group.

    Returns:
        Rows, (num_kept,) int64.
    """
    inside = np.flatnonzero(group >= 0)  # of a long film a small part, which is soon ordered
    order, place = ranked(group[inside], clearness[inside])
    return inside[order[place < most]]


def split_groups(group: IntArray, rows: IntArray) -> list[IntArray]:
    """Split rows that are sorted by group, such as of ``clearest_of_each``, by their group."""
    return np.split(rows, np.flatnonzero(np.diff(group[rows])) + 1) if len(rows) else []


def open_pairs(is_open: BoolArray, needless: BoolArray | None) -> IntArray:
    """Return the pairs of groups that are worth a closer look, each once, the lower number first.

    Returns:
        (num_pairs, 2) int64.

    Args:
        is_open: (num_groups, num_groups) bool, symmetric.
        needless: of the same shape, pairs that nobody asks for; None = there are none.
    """
    asked = is_open if needless is None else is_open & ~needless
    return np.argwhere(np.triu(asked, 1))


def stacked_pairs(
    pairs: IntArray, members: Sequence[IntArray]
) -> Iterator[tuple[IntArray, IntArray, IntArray, IntArray]]:
    """Yield pairs of groups many at once, those together that have as many members.

    Args:
        pairs: (num_pairs, 2) int64, numbers of groups.
        members: of each group, few.

    Yields:
        (num,) int64 the first group of each pair, (num,) the second, (num, num_members) the members
        of the first, and of the second.
    """
    size = np.array([len(rows) for rows in members], dtype=np.int64)
    sizes, of_pair = np.unique(size[pairs], axis=0, return_inverse=True)
    for number in range(len(sizes)):
        alike = pairs[of_pair == number]
        for begin in range(0, len(alike), _AT_ONCE):
            one, other = alike[begin : begin + _AT_ONCE].T
            yield (
                one,
                other,
                np.stack([members[group] for group in one.tolist()]),
                np.stack([members[group] for group in other.tolist()]),
            )
