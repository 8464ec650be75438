"""What grouping asks of evidence: never a table of all pairs, but the pairs of some tracks."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray


class Evidence(Protocol):
    """Says how likely pairs of tracks are one person, as a log-likelihood ratio."""

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(rows), len(others))."""
        ...


class Pairs(NamedTuple):
    """What is known of every two of some tracks, each (num_rows, num_rows).

    Attributes:
        evidence: float64, that every pair has.
        clothes: float64, to be added to it; NaN = these two cannot be compared. None = of no pair.
        apart: bool, pairs that are surely two people.
    """

    evidence: NDArray[np.float64]
    clothes: NDArray[np.float64] | None
    apart: BoolArray


class GroupEvidence(Evidence, Protocol):
    """Also says which pairs are surely two people, and compares groups."""

    def pairs(self, rows: IntArray) -> Pairs:
        """Return what is known of every two of these tracks."""
        ...

    def of_groups(self, group: IntArray, needless: BoolArray | None = None) -> NDArray[np.float64]:
        """Return the evidence that two groups are one person, (num_groups, num_groups).

        Args:
            group: (num_tracks,) int64, 0..num_groups-1, each with a member; -1 = in none.
            needless: (num_groups, num_groups) bool, pairs that nobody asks for, which may hold
                anything; None = there are none.
        """
        ...
