"""A space for one film: what changes within a track is noise, what stays is the person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.faces import BoolArray, IntArray

_HALF_TRUST_TRACKS = 10
"""With so many tracks the film's own noise has half of the weight it can get."""

_CENTRE_SHARE = 0.35
"""How much of the origin is the centre of people in general, the rest being the film's mean."""

_MAX_ROWS = 1500  # rows that decide the main axes of long vectors


@dataclass(frozen=True, eq=False)
class FilmSpace:
    """An affine map of vectors, then unit length. Euclidean distances there are 0..2.

    Attributes:
        mean: (dim,) float64, what is taken off every vector.
        matrix: (dim, new_dim) float64.
    """

    mean: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def transform(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map (num_rows, dim) vectors to (num_rows, new_dim) unit rows; NaN rows stay NaN."""
        return unit_rows((vectors.astype(np.float64) - self.mean) @ self.matrix)


def fit_film_space(
    vectors: NDArray[np.floating],
    tracks: IntArray,
    use: BoolArray,
    max_dim: int = 128,
    centre: NDArray[np.floating] | None = None,
) -> FilmSpace:
    """Learn from a film's own tracks which directions of its vectors do not tell people apart.

    Faces of one track are one person for sure, so whatever differs between them is pose, light,
    blur and expression, and the directions in which they differ are shortened: within-class
    covariance normalisation (Hatch, Kajarekar & Stolcke 2006) with the tracks as classes, shrunk
    towards a sphere, more so the fewer tracks there are. Needs no labels and takes milliseconds.

    Args:
        vectors: (num_rows, dim).
        tracks: (num_rows,) int64, the track of each row.
        use: (num_rows,) bool, finite rows to learn from.
        max_dim: longer vectors are first projected on so many main axes.
        centre: (dim,), where people in general lie, mixed into the film's mean: the mean of a film
            of one person is that person, and without its mean nothing of it is left.

    Returns:
        The map. With no track of two rows or more, it centres and projects only.
    """
    rows = vectors[use].astype(np.float64)
    if not len(rows):
        return FilmSpace(np.zeros(vectors.shape[1]), np.eye(vectors.shape[1]))
    mean = rows.mean(axis=0)
    origin = mean if centre is None else (1 - _CENTRE_SHARE) * mean + _CENTRE_SHARE * centre
    axes = _main_axes(rows - mean, max_dim)
    within, num_tracks = _scatter_within(rows @ axes, tracks[use])
    dim = len(within)
    trust = 0.5 * num_tracks / (num_tracks + _HALF_TRUST_TRACKS)
    sphere = np.eye(dim) * (np.trace(within) / dim if num_tracks else 1.0)
    values, directions = np.linalg.eigh(trust * within + (1 - trust) * sphere)
    if not num_tracks or values[0] <= 0:
        return FilmSpace(origin, axes)
    return FilmSpace(origin, axes @ (directions / np.sqrt(values)))


def unit_rows(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to unit length; a row of zeros becomes NaN: it points nowhere."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _main_axes(centred: NDArray[np.float64], max_dim: int) -> NDArray[np.float64]:
    if centred.shape[1] <= max_dim:
        return np.eye(centred.shape[1])
    from sklearn.utils.extmath import randomized_svd  # 1 s to import

    step = -(-len(centred) // _MAX_ROWS)
    num_axes = min(max_dim, len(centred))
    _, _, axes = randomized_svd(centred[::step], num_axes, n_iter=4, random_state=0)
    return np.asarray(axes.T)


def _scatter_within(rows: NDArray[np.float64], tracks: IntArray) -> tuple[NDArray[np.float64], int]:
    """Return the mean of the tracks' covariances, and how many tracks have one."""
    _, track, sizes = np.unique(tracks, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), rows.shape[1]))
    np.add.at(sums, track, rows)
    deviation = rows - (sums / sizes[:, None])[track]
    many = sizes >= 2
    weight = np.where(many, 1 / np.maximum(sizes - 1, 1), 0.0)[track]
    num_tracks = int(many.sum())
    scatter = (deviation * weight[:, None]).T @ deviation / max(num_tracks, 1)
    return scatter, num_tracks
