"""The minimum spanning forest of many vectors, without a matrix of all distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ...data.tables.faces import IntArray

_BLOCK_ROWS = 512


def spanning_forest(vectors: NDArray[np.floating], below: float) -> NDArray[np.float64]:
    """Return the links of single linkage: the minimum spanning tree, cut at a distance.

    Boruvka's algorithm (1926): in every round each group of rows takes its nearest link to another
    group. Distances are computed anew in every round, in blocks and single precision, so memory
    grows with the rows alone; a row with nothing near outside its group is not compared again.

    Args:
        vectors: (num_rows, dim), finite.
        below: only links shorter than this, in the unit of the vectors.

    Returns:
        (num_links, 3) float64, row, row, euclidean distance, the shortest first.
    """
    if len(vectors) < 2:
        return np.empty((0, 3))
    # Far from the origin, rounding in single precision would make equal distances unequal.
    centred = np.asarray(vectors, np.float64) - np.asarray(vectors, np.float64).mean(axis=0)
    group = np.arange(len(vectors))
    is_open = np.ones(len(vectors), dtype=bool)
    found: list[tuple[int, int]] = []
    while is_open.any():
        rows = np.flatnonzero(is_open)
        nearest, distance = _nearest_outside(centred, group, rows)
        near = distance < below
        is_open[rows[~near]] = False
        links = _one_of_each_group(rows[near], nearest[near], distance[near], group)
        links = _without_rings(links, group)
        found += links
        group = _joined(links, group)
    first, second = np.array(found, dtype=np.int64).reshape(-1, 2).T
    distance = np.linalg.norm(centred[first] - centred[second], axis=1)
    order = np.lexsort((second, first, distance))
    return np.column_stack([first, second, distance])[order]


def _nearest_outside(
    vectors: NDArray[np.float64], group: IntArray, rows: IntArray
) -> tuple[IntArray, NDArray[np.float64]]:
    """Return each row's nearest row of another group, and how far it is (inf = none)."""
    # Columns by group, so that the group of a row is one slice.
    columns = np.argsort(group, kind="stable")
    sorted_group = group[columns]
    begins = np.searchsorted(sorted_group, group[rows], side="left")
    ends = np.searchsorted(sorted_group, group[rows], side="right")
    single = vectors.astype(np.float32)
    others = np.ascontiguousarray(single[columns].T)
    half_square = (vectors[columns] ** 2).sum(axis=1).astype(np.float32) / 2
    nearest = np.empty(len(rows), np.int64)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        # The nearest has the largest a . b - |b|^2 / 2.
        closeness = single[rows[block]] @ others - half_square
        for row, (begin, end) in enumerate(zip(begins[block], ends[block], strict=True)):
            closeness[row, begin:end] = -np.inf
        nearest[block] = columns[closeness.argmax(axis=1)]
    distance = np.linalg.norm(vectors[rows] - vectors[nearest], axis=1)
    return nearest, np.where(group[nearest] == group[rows], np.inf, distance)


def _one_of_each_group(
    rows: IntArray, nearest: IntArray, distance: NDArray[np.float64], group: IntArray
) -> list[tuple[int, int]]:
    """Choose the shortest link of each group; of equal ones that of the lowest rows."""
    first, second = np.minimum(rows, nearest), np.maximum(rows, nearest)
    order = np.lexsort((second, first, distance, group[rows]))
    _, best = np.unique(group[rows][order], return_index=True)
    chosen = order[best]
    order = chosen[np.lexsort((second[chosen], first[chosen], distance[chosen]))]
    return list(dict.fromkeys(zip(first[order].tolist(), second[order].tolist(), strict=True)))


def _without_rings(links: list[tuple[int, int]], group: IntArray) -> list[tuple[int, int]]:
    """Leave out links that close a ring, which equal distances can cause."""
    parent: dict[int, int] = {}

    def top(item: int) -> int:
        while (above := parent.get(item, item)) != item:
            parent[item] = parent.get(above, above)
            item = above
        return item

    kept = []
    for first, second in links:
        one, other = top(int(group[first])), top(int(group[second]))
        if one != other:
            parent[one] = other
            kept.append((first, second))
    return kept


def _joined(links: list[tuple[int, int]], group: IntArray) -> IntArray:
    first, second = np.array(links, dtype=np.int64).reshape(-1, 2).T
    ends = (group[first], group[second])
    graph = coo_array((np.ones(len(links)), ends), shape=(len(group), len(group)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)[group]
