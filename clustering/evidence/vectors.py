"""Vectors of tracks made comparable: unit length, without directions that say nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

FloatRows = NDArray[np.float64]

Columns = Mapping[str, tuple[int, int]]
"""First and last column (exclusive) of each network, or part, in vectors, by its name."""


def unit_rows(rows: NDArray[np.floating]) -> FloatRows:
    """Scale rows to unit length; rows without a direction, and NaN rows, become 0."""
    exact = np.nan_to_num(rows.astype(np.float64))
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.asarray(exact / np.where(length > 0, length, 1.0))


def parts_of(
    vectors: NDArray[np.floating],
    columns: Columns,
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
            f"face vectors: expected {directions.shape[1]} numbers each, as the network that is"
            f" named makes them, got {units.shape[1]}"
        )
    return unit_rows(units - (units @ directions.T) @ directions)
