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

EVERY_PAIR_UP_TO = 4096
"""Vectors; of fewer the lists would be short."""

_BLOCK = 1024  # rows that are compared with all others at a time
_DIRECTIONS = 128  # of most scatter, in which vectors are compared
_SAMPLE = 4096  # vectors that directions are found by
_PROBES = 24  # lists that a vector is compared with
_ROUNDS = 4  # of k-means: centres need not be good ones, only spread


def nearest(
    rows: Rows, k: int, asking: IntArray | None = None, every_pair_up_to: int = EVERY_PAIR_UP_TO
) -> IntArray:
    """Return the ``k`` rows with the largest dot product with each row, itself left out.

    Args:
        rows: (num_rows, dim).
        k: how many.
        asking: (num_asking,) int64, the rows whose nearest are wanted; None = all.
        every_pair_up_to: rows; of more, some of the nearest may be missed.

    Returns:
        (num_asking, k) int64, in no order; -1 = there are not as many.
    """
    asking = np.arange(len(rows)) if asking is None else asking
    if len(rows) <= every_pair_up_to:
        return _of_all(rows, k, asking)
    return _in_lists(rows, k, asking)


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


def _of_all(rows: Rows, k: int, asking: IntArray) -> IntArray:
    best = np.full((len(asking), k), -1, np.int64)
    for first in range(0, len(asking), _BLOCK):
        block = asking[first : first + _BLOCK]
        scores = rows[block] @ rows.T
        scores[np.arange(len(block)), block] = -np.inf
        top = _top(scores, k)
        best[first : first + len(block), : top.shape[1]] = top
    best[best == asking[:, None]] = -1
    return best


def _in_lists(rows: Rows, k: int, asking: IntArray) -> IntArray:
    centres = _centres(rows, int(2 * np.sqrt(len(rows))))
    home = np.concatenate(
        [(rows[f : f + 8192] @ centres.T).argmax(axis=1) for f in range(0, len(rows), 8192)]
    )
    by_home = np.argsort(home, kind="stable")
    members = np.split(by_home, np.searchsorted(home[by_home], np.arange(1, len(centres))))
    probed = np.concatenate(
        [np.empty((0, min(_PROBES, len(centres))), np.int64)]
        + [
            _top(rows[asking[f : f + 8192]] @ centres.T, _PROBES)
            for f in range(0, len(asking), 8192)
        ]
    )
    by_probe = np.argsort(probed.ravel(), kind="stable")
    begins = np.searchsorted(probed.ravel()[by_probe], np.arange(len(centres) + 1))
    best = np.full((len(asking), k), -1, np.int64)
    score = np.full((len(asking), k), -np.inf, np.float32)
    for number, listed in enumerate(members):
        places = by_probe[begins[number] : begins[number + 1]] // max(probed.shape[1], 1)
        for first in range(0, len(places), 4 * _BLOCK):
            some = places[first : first + 4 * _BLOCK]
            _improve(rows, asking, some, listed, best, score)
    return best


def _improve(
    rows: Rows, asking: IntArray, places: IntArray, listed: IntArray, best: IntArray, score: Rows
) -> None:
    """Put those of ``listed`` among the best of some places of ``asking`` that are nearer."""
    if not len(listed) or not len(places):
        return
    scores = rows[asking[places]] @ rows[listed].T
    scores[asking[places][:, None] == listed[None]] = -np.inf
    k = best.shape[1]
    if scores.shape[1] > k:  # the rest cannot be among the best
        kept = _top(scores, k)
        scores = np.take_along_axis(scores, kept, axis=1)
        found = listed[kept]
    else:
        found = np.tile(listed, (len(places), 1))
    scores = np.concatenate([score[places], scores], axis=1)
    found = np.concatenate([best[places], found], axis=1)
    kept = _top(scores, k)
    score[places] = np.take_along_axis(scores, kept, axis=1)
    found = np.take_along_axis(found, kept, axis=1)
    best[places] = np.where(np.isfinite(score[places]), found, -1)


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


def _top(scores: Rows, k: int) -> IntArray:
    if scores.shape[1] <= k:
        return np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    return np.asarray(np.argpartition(-scores, k - 1, axis=1)[:, :k], np.int64)


def _spread(count: int, wanted: int) -> IntArray:
    """Return some of ``count`` places, evenly spread over a fixed shuffle."""
    order = np.random.default_rng(0).permutation(count)
    return np.sort(order[: min(wanted, count)])
