"""HDBSCAN over evidence: it proposes groups; their mean evidence decides."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from .average import average_groups, mean_evidence
from .constraints import numbered

NOISE = -1

_MOST = 12.0  # evidence, either way; beyond it distances hardly differ


def hdbscan_groups(
    evidence: NDArray[np.float64], sizes: IntArray, forbidden: NDArray[np.bool_], stop: float
) -> IntArray:
    """Join groups by HDBSCAN (Campello et al. 2013; McInnes et al. 2017, ``hdbscan``), verified.

    HDBSCAN's links are those of single linkage, so a chain of near pairs makes one group of two
    people. What it finds are therefore proposals: inside each, average linkage joins what the mean
    evidence and the pictures allow; then the parts, and what HDBSCAN calls noise, are joined in the
    same way. Arguments and result as of ``average_groups``.
    """
    count = len(evidence)
    proposed = propose(evidence, forbidden)
    group = np.arange(count)
    for label in np.unique(proposed[proposed != NOISE]):
        rows = np.flatnonzero(proposed == label)
        inside = np.ix_(rows, rows)
        joined = average_groups(evidence[inside], sizes[rows], forbidden[inside], stop)
        group[rows] = rows[joined]
    group = numbered(group)
    num_groups = int(group.max(initial=-1)) + 1
    mean, members = mean_evidence(evidence, group, num_groups, sizes)
    apart, _ = mean_evidence(forbidden.astype(np.float64), group, num_groups)
    return numbered(average_groups(mean, members, apart > 0, stop)[group])


def propose(evidence: NDArray[np.float64], forbidden: NDArray[np.bool_]) -> IntArray:
    """Return HDBSCAN's own labels over the distance -log(probability of one person), -1 = noise.

    Args:
        evidence: (num_rows, num_rows) float64, symmetric.
        forbidden: (num_rows, num_rows) bool; such pairs are as far apart as the surest two people.
    """
    count = len(evidence)
    if count < 2:
        return np.full(count, NOISE)
    from hdbscan import HDBSCAN  # 1 s to import

    likely = np.where(forbidden, -_MOST, np.clip(evidence, -_MOST, _MOST))
    distance = np.log1p(np.exp(-likely))
    np.fill_diagonal(distance, 0.0)
    with warnings.catch_warnings():  # of scikit-learn's, about an argument that hdbscan passes
        warnings.simplefilter("ignore", FutureWarning)
        labels = HDBSCAN(
            min_cluster_size=2, min_samples=1, metric="precomputed", allow_single_cluster=True
        ).fit_predict(distance.astype(np.float64))
    return np.asarray(labels, dtype=np.int64)
