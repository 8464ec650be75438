"""Agglomerative clustering that can never put two faces of one picture into one person."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from ...data.tables.faces import IntArray

_ALL_PAIRS_UP_TO = 2000
_NEIGHBOURS = 32


def average_linkage(
    vectors: NDArray[np.float64], pictures: Sequence[set[int]], threshold: float
) -> IntArray:
    """Join the two nearest groups until none are nearer than the threshold.

    The distance of two groups is the root of the mean squared distance between their members
    (average linkage over squared euclidean distances), which follows from centroids and scatter
    alone: no distance matrix is kept. Groups that share a picture are never joined. Up to 2,000
    rows every pair is compared; beyond, each row's 32 nearest neighbours, and those that groups get
    from their members.

    Args:
        vectors: (num_rows, dim) float64, finite.
        pictures: per row, the pictures it is seen in.
        threshold: in the unit of the vectors.

    Returns:
        (num_rows,) int64, the group of every row, 0-based by first appearance.
    """
    merging = _Merging(vectors, pictures, threshold)
    for first, second in _candidates(vectors, threshold):
        merging.consider(first, second)
    merging.run()
    return merging.labels()


class _Merging:
    def __init__(
        self, vectors: NDArray[np.float64], pictures: Sequence[set[int]], threshold: float
    ) -> None:
        self._threshold = threshold
        self._num_rows = len(vectors)
        self._sums: dict[int, NDArray[np.float64]] = dict(enumerate(vectors))
        self._squares = {row: float(vector @ vector) for row, vector in enumerate(vectors)}
        self._members = {row: [row] for row in range(len(vectors))}
        self._pictures = {row: set(of_row) for row, of_row in enumerate(pictures)}
        self._near: dict[int, set[int]] = {row: set() for row in range(len(vectors))}
        self._queue: list[tuple[float, int, int]] = []

    def consider(self, first: int, second: int) -> None:
        """Queue two groups unless they are too far apart or share a picture."""
        if not self._pictures[first].isdisjoint(self._pictures[second]):
            return
        self._near[first].add(second)
        self._near[second].add(first)
        distance = self._distance(first, second)
        if distance < self._threshold:
            heapq.heappush(self._queue, (distance, min(first, second), max(first, second)))

    def run(self) -> None:
        new = self._num_rows
        while self._queue:
            _, first, second = heapq.heappop(self._queue)
            if first in self._members and second in self._members:
                self._merge(first, second, new)
                new += 1

    def labels(self) -> IntArray:
        labels = np.empty(self._num_rows, np.int64)
        for number, members in enumerate(sorted(self._members.values(), key=min)):
            labels[members] = number
        return labels

    def _merge(self, first: int, second: int, new: int) -> None:
        self._sums[new] = self._sums.pop(first) + self._sums.pop(second)
        self._squares[new] = self._squares.pop(first) + self._squares.pop(second)
        self._members[new] = self._members.pop(first) + self._members.pop(second)
        self._pictures[new] = self._pictures.pop(first) | self._pictures.pop(second)
        near = (self._near.pop(first) | self._near.pop(second)) & self._members.keys()
        self._near[new] = set()
        for other in sorted(near):
            self.consider(new, other)

    def _distance(self, first: int, second: int) -> float:
        num_first, num_second = len(self._members[first]), len(self._members[second])
        mean_first = self._sums[first] / num_first
        mean_second = self._sums[second] / num_second
        # mean |a - b|^2 = mean |a|^2 + mean |b|^2 - 2 mean(a) . mean(b)
        squared = (
            self._squares[first] / num_first
            + self._squares[second] / num_second
            - 2 * float(mean_first @ mean_second)
        )
        return float(np.sqrt(max(0.0, squared)))


def _candidates(vectors: NDArray[np.float64], threshold: float) -> list[tuple[int, int]]:
    if len(vectors) <= _ALL_PAIRS_UP_TO:
        first, second = np.triu_indices(len(vectors), k=1)
        # Groups further apart can come within the threshold only through their centroids.
        near = pdist(vectors) < 2 * threshold
        return list(zip(first[near].tolist(), second[near].tolist(), strict=True))
    from sklearn.neighbors import NearestNeighbors

    nearest = (
        NearestNeighbors(n_neighbors=_NEIGHBOURS + 1).fit(vectors).kneighbors(return_distance=False)
    )
    pairs = {
        (min(row, other), max(row, other))
        for row, others in enumerate(nearest.tolist())
        for other in others
        if row != other
    }
    return sorted(pairs)
