"""A space for one film: what changes within a track is noise, what stays is the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.group_sums import group_sums
from ...data.tables.vectors import unit_rows

_HALF_TRUST_TRACKS = 10
"""With so many tracks the film's noise has half of its maximum weight."""

_CENTRE_SHARE = (0.35, 0.5)
"""Share of the centre of people in general in the origin, the rest is the film's mean: the minimum,
and the maximum for films with few people."""

_MAX_ROWS = 1500  # rows that decide the main axes of long vectors
_BLOCK_ROWS = 4096


@dataclass(frozen=True, eq=False)
class FilmSpace:
    """An affine map of vectors, then unit length. Euclidean distances there are 0..2.

    Attributes:
        mean: (dim,) float64, subtracted from every vector.
        matrix: (dim, new_dim) float64.
    """

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def transform(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map (num_rows, dim) vectors to (num_rows, new_dim) unit rows; NaN rows stay NaN."""
        return unit_rows(_mapped(vectors, self.mean, self.matrix))


def fit_film_space(
    vectors: NDArray[np.floating],
    tracks: IntArray,
    use: BoolArray,
    max_dim: int = 128,
    centre: NDArray[np.floating] | None = None,
) -> FilmSpace:
    """Learn from a film's tracks which directions of its vectors do not separate people.

    Faces of one track are one person for certain, so they differ in pose, light, blur and
    expression only, and the directions in which they differ are shortened: within-class
    covariance normalisation (Hatch, Kajarekar & Stolcke 2006) with the tracks as classes, shrunk
    towards a sphere, more so the fewer tracks there are. Needs no labels and takes milliseconds.

    Args:
        vectors: (num_rows, dim).
        tracks: (num_rows,) int64, the track of each row.
        use: (num_rows,) bool, finite rows to learn from.
        max_dim: longer vectors are first projected on so many main axes.
        centre: (dim,), mean of people in general, mixed into the film's mean, the more so the
            fewer people there seem to be: the mean of a film of one person is that person, and
            without its mean nothing of it is left.

    Returns:
        The map. With no track of two rows or more, it centres and projects only.
    """
    if not use.any():
        return FilmSpace(np.zeros(vectors.shape[1]), np.eye(vectors.shape[1]))
    mean = vectors.mean(axis=0, dtype=np.float64, where=use[:, None])
    share = 0.0 if centre is None else _centre_share(vectors, tracks, use, mean, centre)
    origin = mean if centre is None else (1 - share) * mean + share * centre
    axes = _main_axes(vectors, use, mean, max_dim)
    within, num_tracks = _scatter_within(_mapped(vectors, mean, axes)[use], tracks[use])
    dim = len(within)
    trust = 0.5 * num_tracks / (num_tracks + _HALF_TRUST_TRACKS)
    sphere = np.eye(dim) * (np.trace(within) / dim if num_tracks else 1.0)
    values, directions = np.linalg.eigh(trust * within + (1 - trust) * sphere)
    if not num_tracks or values[0] <= 0:
        return FilmSpace(origin, axes)
    return FilmSpace(origin, axes @ (directions / np.sqrt(values)))


def _centre_share(
    vectors: NDArray[np.floating],
    tracks: IntArray,
    use: BoolArray,
    mean: NDArray[np.float64],
    centre: NDArray[np.floating],
) -> float:
    """Return how far the origin lies from the film's mean towards the centre of people, 0..1.

    If people spread around the centre with a variance of v, then the mean of k of them is v / k
    away and they spread around it with v (1 - 1 / k): the first is 1 / k of the sum of both.
    """
    _, track = np.unique(tracks, return_inverse=True)
    weight = use.astype(np.float64)
    count = np.bincount(track, weights=weight)
    sums = group_sums(vectors, track, len(count), weight)
    means = sums[count > 0] / count[count > 0, None]
    spread = ((means - mean) ** 2).sum(axis=1).mean()
    off = ((mean - centre) ** 2).sum()
    return float(np.clip(off / max(off + spread, 1e-12), *_CENTRE_SHARE))


def _mapped(
    vectors: NDArray[np.floating], origin: NDArray[np.float64], matrix: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Map rows block by block: a film's vectors in double precision would be many gigabytes."""
    mapped = np.empty((len(vectors), matrix.shape[1]))
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        mapped[block] = (vectors[block].astype(np.float64) - origin) @ matrix
    return mapped


def _main_axes(
    vectors: NDArray[np.floating], use: BoolArray, mean: NDArray[np.float64], max_dim: int
) -> NDArray[np.float64]:
    if vectors.shape[1] <= max_dim:
        return np.eye(vectors.shape[1])
    from sklearn.utils.extmath import randomized_svd  # 1 s to import

    rows = np.flatnonzero(use)
    sample = vectors[rows[:: -(-len(rows) // _MAX_ROWS)]].astype(np.float64) - mean
    num_axes = min(max_dim, len(rows))
    _, _, axes = randomized_svd(sample, num_axes, n_iter=4, random_state=0)
    return np.asarray(axes.T)


def _scatter_within(rows: NDArray[np.float64], tracks: IntArray) -> tuple[NDArray[np.float64], int]:
    """Return the mean of the tracks' covariances, and how many tracks have one."""
    _, track, sizes = np.unique(tracks, return_inverse=True, return_counts=True)
    means = group_sums(rows, track, len(sizes), np.ones(len(rows))) / sizes[:, None]
    deviation = rows - means[track]
    many = sizes >= 2
    weight = np.where(many, 1 / np.maximum(sizes - 1, 1), 0.0)[track]
    num_tracks = int(many.sum())
    scatter = (deviation * weight[:, None]).T @ deviation / max(num_tracks, 1)
    return scatter, num_tracks
