"""The nearest others of many vectors, without looking at every pair.

Up to a limit every pair is looked at, block by block. Above it, vectors lie in lists around
centres, and a vector is compared with those in the lists whose centres are nearest to it (an
inverted file; Jegou, Douze & Schmid, "Product quantization for nearest neighbor search", TPAMI
2011, without the quantization): about twice the square root of n lists, a time of n to the 1.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray

Rows = NDArray[np.float32]

EVERY_PAIR_UP_TO = 8192
"""Vectors; 0.1 s then, and the lists would be short."""

_BLOCK = 1024  # rows that are compared with all others at a time
_DIRECTIONS = 128  # of most scatter, in which vectors are compared
_SAMPLE = 4096  # vectors that directions are found by
_PROBES = 24  # lists that a vector is compared with
_ROUNDS = 4  # of k-means: centres need not be good ones, only spread


def nearest(rows: Rows, k: int, every_pair_up_to: int = EVERY_PAIR_UP_TO) -> IntArray:
    """Return the ``k`` rows with the largest dot product with each row, itself left out.

    Args:
        rows: (num_rows, dim).
        k: how many.
        every_pair_up_to: rows; of more, some of the nearest may be missed.

    Returns:
        (num_rows, k) int64, in no order; -1 = there are not as many.
    """
    count = len(rows)
    if count <= every_pair_up_to:
        return _of_all(rows, k)
    return _in_lists(rows, k)


def directions(rows: Rows) -> Rows:
    """Return directions in which dot products of rows stay nearly the same, (dim, num_directions).

    Args:
        rows: (num_rows, dim), some of those that are to be compared.
    """
    if rows.shape[1] <= _DIRECTIONS or len(rows) <= _DIRECTIONS:
        return np.eye(rows.shape[1], dtype=np.float32)
    some = rows[_spread(len(rows), _SAMPLE)].astype(np.float64)
    _, vectors = np.linalg.eigh(some.T @ some)
    return vectors[:, -_DIRECTIONS:].astype(np.float32)


def _of_all(rows: Rows, k: int) -> IntArray:
    best = np.full((len(rows), k), -1, np.int64)
    everyone = np.arange(len(rows))
    for first in range(0, len(rows), _BLOCK):
        block = everyone[first : first + _BLOCK]
        scores = rows[block] @ rows.T
        scores[np.arange(len(block)), block] = -np.inf
        if len(rows) > k:
            own = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        else:
            own = np.tile(everyone, (len(block), 1))
        best[block, : own.shape[1]] = own
    best[best == everyone[:, None]] = -1
    return best


def _in_lists(rows: Rows, k: int) -> IntArray:
    centres = _centres(rows, int(2 * np.sqrt(len(rows))))
    probed = np.concatenate(
        [_top(rows[f : f + 8192] @ centres.T, _PROBES) for f in range(0, len(rows), 8192)]
    )
    home = probed[np.arange(len(rows)), _best_probe(rows, centres, probed)]
    by_home = np.argsort(home, kind="stable")
    members = np.split(by_home, np.searchsorted(home[by_home], np.arange(1, len(centres))))
    by_probe = np.argsort(probed.ravel(), kind="stable")
    begins = np.searchsorted(probed.ravel()[by_probe], np.arange(len(centres) + 1))
    best = np.full((len(rows), k), -1, np.int64)
    score = np.full((len(rows), k), -np.inf, np.float32)
    for number, own in enumerate(members):
        asking = by_probe[begins[number] : begins[number + 1]] // probed.shape[1]
        for first in range(0, len(asking), 4 * _BLOCK):
            some = asking[first : first + 4 * _BLOCK]
            _improve(rows, some, own, best, score)
    return best


def _improve(rows: Rows, asking: IntArray, own: IntArray, best: IntArray, score: Rows) -> None:
    """Put those of ``own`` among the best of ``asking`` that are nearer."""
    if not len(own) or not len(asking):
        return
    scores = rows[asking] @ rows[own].T
    scores[asking[:, None] == own[None]] = -np.inf
    k = best.shape[1]
    if scores.shape[1] > k:  # the rest cannot be among the best
        kept = _top(scores, k)
        scores = np.take_along_axis(scores, kept, axis=1)
        found = own[kept]
    else:
        found = np.tile(own, (len(asking), 1))
    scores = np.concatenate([score[asking], scores], axis=1)
    found = np.concatenate([best[asking], found], axis=1)
    kept = _top(scores, k)
    score[asking] = np.take_along_axis(scores, kept, axis=1)
    found = np.take_along_axis(found, kept, axis=1)
    best[asking] = np.where(np.isfinite(score[asking]), found, -1)


def _centres(rows: Rows, count: int) -> Rows:
    """Return centres by a few rounds of spherical k-means over a sample."""
    some = rows[_spread(len(rows), 32 * count)]
    some = some / np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-9)
    centres = some[_spread(len(some), count)].copy()
    for _ in range(_ROUNDS):
        of = np.concatenate(
            [(some[f : f + 8192] @ centres.T).argmax(axis=1) for f in range(0, len(some), 8192)]
        )
        sums = np.zeros_like(centres)
        np.add.at(sums, of, some)
        length = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(length > 0, sums / np.maximum(length, 1e-9), centres)
    return np.asarray(centres, np.float32)


def _best_probe(rows: Rows, centres: Rows, probed: IntArray) -> IntArray:
    places = [
        np.einsum("ij,ikj->ik", rows[f : f + 1024], centres[probed[f : f + 1024]]).argmax(axis=1)
        for f in range(0, len(rows), 1024)
    ]
    return np.concatenate(places)


def _top(scores: Rows, k: int) -> IntArray:
    if scores.shape[1] <= k:
        return np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    return np.asarray(np.argpartition(-scores, k - 1, axis=1)[:, :k], np.int64)


def _spread(count: int, wanted: int) -> IntArray:
    """Return so many of ``count`` places, evenly spread over a fixed shuffle."""
    order = np.random.default_rng(0).permutation(count)
    return np.sort(order[: min(wanted, count)])
