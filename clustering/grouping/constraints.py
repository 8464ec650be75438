"""What pictures and the user forbid and require of groups of tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...data.tables.faces import IntArray


@dataclass(frozen=True)
class Constraints:
    """What no evidence outranks.

    Attributes:
        pictures: per track, the codes of the pictures it is seen in: two tracks that share one are
            two people.
        apart: pairs of tracks that the user called two people.
        together: pairs of tracks that the user called one person.
    """

    pictures: Sequence[set[int]]
    apart: Sequence[tuple[int, int]] = ()
    together: Sequence[tuple[int, int]] = field(default=())

    def forbidden(self, group: IntArray, num_groups: int) -> NDArray[np.bool_]:
        """Say which groups must stay two people, (num_groups, num_groups) bool.

        Args:
            group: (num_tracks,) int64, the group of each track, -1 = none.
            num_groups: how many groups there are.
        """
        tracks = [
            (number, picture)
            for number, pictures in zip(group.tolist(), self.pictures, strict=True)
            if number >= 0
            for picture in pictures
        ]
        forbidden = np.zeros((num_groups, num_groups), dtype=bool)
        if tracks:
            rows, pictures = np.array(tracks, dtype=np.int64).T
            _, column = np.unique(pictures, return_inverse=True)
            seen = csr_matrix(
                (np.ones(len(rows)), (rows, column)), shape=(num_groups, int(column.max()) + 1)
            )
            shared = (seen @ seen.T).tocoo()
            forbidden[shared.row, shared.col] = True
        for first, second in self.apart:
            if group[first] >= 0 and group[second] >= 0:
                forbidden[group[first], group[second]] = True
                forbidden[group[second], group[first]] = True
        np.fill_diagonal(forbidden, False)
        return forbidden


def numbered(labels: IntArray) -> IntArray:
    """Number labels 0, 1, 2 ... as they first come, (num_rows,) int64; -1 stays -1."""
    values, first, code = np.unique(labels, return_index=True, return_inverse=True)
    first = np.where(values < 0, -1, first)
    rank = np.argsort(np.argsort(first)) - int((values < 0).any())
    return np.asarray(rank[code], dtype=np.int64)
