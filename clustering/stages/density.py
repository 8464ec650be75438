"""The only place that calls HDBSCAN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from .spanning import spanning_forest

NOISE = -1

HDBSCAN_UP_TO = 1000
"""Beyond so many rows HDBSCAN's exact tree takes long, and ``density_links`` works without it."""


@dataclass(frozen=True, eq=False)
class DensityClusters:
    """What HDBSCAN found.

    Attributes:
        labels: (num_rows,) int64, 0-based cluster of each row, -1 = noise.
        strengths: (num_rows,) float64, 0..1, how firmly each row belongs to its cluster.
        links: (num_rows - 1, 3) float64, the minimum spanning tree: row, row, mutual reachability.
    """

    labels: IntArray
    strengths: NDArray[np.float64]
    links: NDArray[np.float64]


def density_clusters(
    vectors: NDArray[np.floating],
    min_cluster_size: int = 2,
    min_samples: int = 1,
    epsilon: float = 0.0,
) -> DensityClusters:
    """Cluster rows by density: HDBSCAN (Campello et al. 2013; McInnes et al. 2017, ``hdbscan``).

    Args:
        vectors: (num_rows, dim), finite. Use unit rows where cosine distance is meant.
        min_cluster_size: the fewest rows that make a cluster, 2 or more.
        min_samples: neighbours that make a row dense; 1 takes plain distances.
        epsilon: clusters nearer than this are not separated (Malzer & Baum 2020), in the unit of
            the vectors; without it copies of a row, being very dense, are a separate cluster.

    Returns:
        Labels, strengths and the spanning tree. Fewer rows than a cluster needs are all noise.

    Raises:
        ValueError: NaN or infinite values.
    """
    if not np.isfinite(vectors).all():
        raise ValueError(
            "vectors: expected finite rows, got NaN or infinite ones; leave those rows out first"
        )
    if len(vectors) < max(2, min_cluster_size):
        return DensityClusters(
            np.full(len(vectors), NOISE, np.int64), np.zeros(len(vectors)), np.empty((0, 3))
        )
    import hdbscan  # 1 s to import: only when a clustering runs

    model = hdbscan.HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min(min_samples, len(vectors)),
        cluster_selection_epsilon=float(epsilon),
        gen_min_span_tree=True,
        allow_single_cluster=True,
        approx_min_span_tree=False,  # the exact tree: the same result on every machine
        core_dist_n_jobs=1,
    ).fit(np.asarray(vectors, dtype=np.float64))
    return DensityClusters(
        model.labels_.astype(np.int64),
        np.nan_to_num(model.probabilities_),
        np.asarray(model.minimum_spanning_tree_.to_numpy(), dtype=np.float64),
    )


def density_links(vectors: NDArray[np.floating], epsilon: float) -> NDArray[np.float64]:
    """Return the links between rows that HDBSCAN puts into one cluster, shorter than ``epsilon``.

    With two rows to a cluster, one neighbour to be dense, and clusters nearer than epsilon not
    separated, HDBSCAN leaves no such link out: they are those of single linkage. So they are
    computed as such where there are more than ``HDBSCAN_UP_TO`` rows.

    Args:
        vectors: (num_rows, dim), finite.
        epsilon: in the unit of the vectors.

    Returns:
        (num_links, 3) float64, row, row, distance.
    """
    if len(vectors) > HDBSCAN_UP_TO:
        return spanning_forest(vectors, epsilon)
    clusters = density_clusters(vectors, epsilon=epsilon)
    first, second = clusters.links[:, :2].astype(np.int64).T
    in_one = (clusters.labels[first] == clusters.labels[second]) & (clusters.labels[first] >= 0)
    return np.asarray(clusters.links[in_one & (clusters.links[:, 2] < epsilon)])
