"""Groups of rows: their order, and sums over them of tables too long to be copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .faces import IntArray
from .vectors import Vectors

AT_ONCE = 4096


def ranked(
    group: IntArray, score: NDArray[np.floating], then: IntArray | None = None
) -> tuple[IntArray, IntArray]:
    """Order rows by group, the highest score first.

    Args:
        group: (num_rows,) int64, -1 and more.
        score: (num_rows,).
        then: (num_rows,), which of two rows of one score comes first; None = the earlier one.

    Returns:
        (num_rows,) int64 the rows in this order, and (num_rows,) int64 the place of each of them
        in its group, from 0.
    """
    order = np.lexsort((np.arange(len(group)) if then is None else then, -score, group))
    begins = np.flatnonzero(np.diff(group[order], prepend=-2))
    place = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return order, place


def group_sums(
    rows: NDArray[np.floating] | Vectors,
    group: IntArray,
    num_groups: int,
    weight: NDArray[np.floating],
    at_once: int = AT_ONCE,
    which: IntArray | None = None,
) -> NDArray[np.float64]:
    """Sum the rows of each group.

    Args:
        rows: (num_rows, dim).
        group: (num_summed,) int64, 0..num_groups - 1.
        num_groups: how many groups there are.
        weight: (num_summed,) of each row in its sum; a row of weight 0 may be NaN.
        at_once: rows weighted at once, so that memory stays bounded.
        which: (num_summed,) int64, the rows that are summed, in this order; None = all.

    Returns:
        (num_groups, dim) float64, in double precision whatever the rows are.
    """
    sums = np.zeros((num_groups, rows.shape[1]))
    order = np.argsort(group, kind="stable")
    order = order[weight[order] != 0]
    for start in range(0, len(order), at_once):
        block = order[start : start + at_once]
        begins = np.flatnonzero(np.diff(group[block], prepend=-1))
        summed = rows[block if which is None else which[block]]
        weighted = summed.astype(np.float64) * weight[block, None]
        sums[group[block[begins]]] += np.add.reduceat(weighted, begins, axis=0)
    return sums
