"""Average linkage over evidence: the two groups that are likeliest one person are joined first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from .constraints import numbered


def average_groups(
    evidence: NDArray[np.float64], sizes: IntArray, forbidden: NDArray[np.bool_], stop: float
) -> IntArray:
    """Join groups until the mean evidence between any two is at most ``stop``.

    The evidence of two groups is the mean over the pairs of their members (average linkage, Sokal &
    Michener 1958): one pair of look-alikes does not join two groups whose other members differ.

    Args:
        evidence: (num_groups, num_groups) float64, symmetric, mean evidence of two groups.
        sizes: (num_groups,) int64, members of each.
        forbidden: (num_groups, num_groups) bool, symmetric; such groups are never joined, nor what
            they were joined into.
        stop: evidence from which two groups are one person.

    Returns:
        (num_groups,) int64, the new group of each, 0-based by first appearance.
    """
    count = len(evidence)
    label = np.arange(count)
    if count < 2:
        return label
    mean, weight = np.where(forbidden, -np.inf, evidence), sizes.astype(np.float64)
    np.fill_diagonal(mean, -np.inf)
    nearest = mean.argmax(axis=1)
    best = mean[np.arange(count), nearest]
    while True:
        first = int(best.argmax())
        if not best[first] > stop:
            return numbered(label)
        second = int(nearest[first])
        first, second = min(first, second), max(first, second)
        total = weight[first] + weight[second]
        # Stays -inf where either is forbidden.
        joined = (weight[first] * mean[first] + weight[second] * mean[second]) / total
        weight[first] = total
        label[label == second] = first
        mean[first], mean[:, first] = joined, joined
        mean[:, second] = joined[second] = best[second] = -np.inf
        nearest[second] = -1  # it is never looked at again
        # Only groups whose nearest one has just changed have to look again.
        has_changed = (nearest == first) | (nearest == second)
        has_changed[first] = True
        again = np.flatnonzero(has_changed)
        nearest[again] = mean[again].argmax(axis=1)
        best[again] = mean[again, nearest[again]]
        nearer = joined > best
        nearest[nearer], best[nearer] = first, joined[nearer]


def mean_evidence(
    evidence: NDArray[np.float64],
    group: IntArray,
    num_groups: int,
    sizes: IntArray | None = None,
    side: IntArray | None = None,
    clothes: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], IntArray]:
    """Return the mean evidence of every two groups, and how many members each has.

    Where the user joined a group of parts, which may look very different, the most similar two
    parts count: who is like one of them is this person.

    Args:
        evidence: (num_rows, num_rows) float64, symmetric.
        group: (num_rows,) int64, 0..num_groups-1, each with a member.
        num_groups: how many groups there are.
        sizes: (num_rows,) int64, members that each row stands for; None = one.
        side: (num_rows,) int64, a code of the part of its group that a row is in; None = one part.
        clothes: (num_rows, num_rows) float64, symmetric, to be added; NaN = not comparable. Their
            mean is over the pairs that have some, times the root of the share of these: a person of
            many scenes is compared with each in few of them.
    """
    if side is not None and len(np.unique(side)) > 1:
        (parts, _), of_part = np.unique(np.stack([group, side]), axis=1, return_inverse=True)
        means, _ = mean_evidence(evidence, of_part, len(parts), sizes, clothes=clothes)
        begins = np.searchsorted(parts, np.arange(num_groups))
        best = np.maximum.reduceat(np.maximum.reduceat(means, begins, axis=0), begins, axis=1)
        members = np.bincount(group, weights=sizes, minlength=num_groups)
        return np.asarray(best), members.astype(np.int64)
    order = np.argsort(group, kind="stable")
    begins = np.searchsorted(group[order], np.arange(num_groups))
    each_alone = len(group) == num_groups

    def sums(of_pairs: NDArray[Any]) -> NDArray[np.float64]:
        weighted = of_pairs[np.ix_(order, order)]
        if sizes is not None:
            weighted = weighted * np.outer(sizes[order], sizes[order])
        if each_alone:
            return weighted
        return np.asarray(np.add.reduceat(np.add.reduceat(weighted, begins), begins, axis=1))

    members = np.bincount(group, weights=sizes, minlength=num_groups)
    count = np.outer(members, members).astype(np.float64)
    mean = sums(evidence) / count
    if clothes is not None:
        comparable = sums(np.isfinite(clothes).astype(np.int64))
        mean += comparable_mean(sums(np.nan_to_num(clothes)), comparable, count)
    return mean, members.astype(np.int64)


def comparable_mean(
    total: NDArray[np.float64] | float,
    comparable: NDArray[np.float64] | float,
    count: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return the mean over comparable pairs, times the root of their share; 0 where there are none.

    Args:
        total: sum over the comparable pairs, any shape.
        comparable: how many there are, of that shape.
        count: how many pairs there are, of that shape.
    """
    return np.asarray(total / np.sqrt(np.maximum(comparable, 1) * count))
