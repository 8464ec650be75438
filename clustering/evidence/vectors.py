"""Vectors of tracks made comparable: unit length, and what a film's tracks have in common."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray

_LOW_SHARE = 0.3
"""Most tracks of a film are other people: the lower 30 % of cosines are of strangers."""

_MIN_OTHERS = 5
_MAX_OTHERS = 400  # compared with each track; more say the same and take long

FloatRows = NDArray[np.float64]


def unit_rows(rows: NDArray[np.floating]) -> FloatRows:
    """Scale rows to unit length; rows without a direction, and NaN rows, become 0."""
    exact = np.nan_to_num(rows.astype(np.float64))
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.where(length > 0, length, 1.0))


def parts_of(
    vectors: NDArray[np.floating],
    columns: Mapping[str, tuple[int, int]],
    nuisance: Mapping[str, FloatRows] | None = None,
) -> dict[str, FloatRows]:
    """Return the unit rows of each network, by its name.

    Args:
        vectors: (num_tracks, dim), of all networks side by side.
        columns: first and last column (exclusive) of each network.
        nuisance: (num_directions, dim of the network) orthonormal rows, by network: directions
            that are taken off; networks without any keep their vectors.
    """
    nuisance = nuisance or {}
    none = np.zeros((0, 0))
    return {
        name: without_directions(unit_rows(vectors[:, first:last]), nuisance.get(name, none))
        for name, (first, last) in columns.items()
    }


def without_directions(units: FloatRows, directions: FloatRows) -> FloatRows:
    """Take directions off unit rows, and scale what is left to unit length.

    Args:
        units: (num_tracks, dim) unit rows.
        directions: (num_directions, dim) orthonormal rows; without any the rows stay as they are.

    Raises:
        ValueError: directions of vectors of another length.
    """
    if not len(directions):
        return units
    if directions.shape[1] != units.shape[1]:
        raise ValueError(
            f"face vectors: expected {directions.shape[1]} numbers each, as the network makes that"
            f" they are said to be of, got {units.shape[1]}"
        )
    return unit_rows(units - (units @ directions.T) @ directions)


def common_cosines(
    units: FloatRows, use: BoolArray, film: IntArray, otherwise: float, at_most: float
) -> NDArray[np.float64]:
    """Return what each track has in common with all others of its film.

    Light, grain and camera move the vectors of all people of a film towards each other. The lower
    30 % of a track's cosines to the others, most of whom are other people, say how far: what
    speaker recognition takes off as score normalization (AS-norm, Matejka et al. 2017).

    Args:
        units: (num_tracks, dim) unit rows.
        use: (num_tracks,) bool, tracks that are compared with.
        film: (num_tracks,) int64, a code per film; tracks of other films say nothing.
        otherwise: for a film with fewer than five others.
        at_most: a film of one person is no reason to take that person off.

    Returns:
        (num_tracks,) float64.
    """
    common = np.full(len(units), otherwise)
    for code in np.unique(film):
        here = np.flatnonzero(film == code)
        others = here[use[here]]
        if len(others) > _MAX_OTHERS:
            others = others[np.linspace(0, len(others) - 1, _MAX_OTHERS).round().astype(int)]
        if len(others) <= _MIN_OTHERS:
            continue
        cosine = units[here] @ units[others].T
        cosine[here[:, None] == others[None]] = np.nan
        common[here] = np.clip(quantiles(cosine, _LOW_SHARE), -1.0, at_most)
    return common


def quantiles(rows: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Return a quantile of each row, NaN left out: ``numpy.nanquantile``, a dozen times as fast.

    Args:
        rows: (num_rows, num_values); each with a value that is not NaN.
        share: 0..1.
    """
    ordered = np.sort(rows, axis=1)  # NaN come last
    place = share * (np.isfinite(rows).sum(axis=1) - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, rows.shape[1] - 1)
    line, part = np.arange(len(rows)), place - below
    low, high = ordered[line, below], np.where(part > 0, ordered[line, above], 0.0)
    step = np.where(part > 0, high - low, 0.0)
    return np.asarray(np.where(part >= 0.5, high - step * (1 - part), low + step * part))
