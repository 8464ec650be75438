"""Vectors of tracks made comparable: unit length, without directions that say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.groups import AT_ONCE
from ...data.tables.vectors import is_whole

FloatRows = NDArray[np.float64]

Columns = Mapping[str, tuple[int, int]]
"""First and last column (exclusive) of each network, or part, in vectors, by its name."""


@dataclass(frozen=True, eq=False)
class UnitRows:
    """Unit rows of vectors that are made when they are asked for, so that they take no memory.

    Attributes:
        vectors: (num_rows, dim) float64, not copied.
        length: (num_rows, 1) float64, above 0, what each is divided by.
        is_odd: (num_rows,) bool, rows with NaN or infinity.
    """

    vectors: FloatRows
    length: FloatRows
    is_odd: BoolArray

    @classmethod
    def of(cls, vectors: FloatRows) -> UnitRows:
        """Measure vectors; their unit rows are those of ``unit_rows``."""
        length = np.ones((len(vectors), 1))
        for rows in _blocks(len(vectors)):
            length[rows] = _lengths(np.nan_to_num(vectors[rows]))
        return cls(vectors, length, ~is_whole(vectors))

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: IntArray) -> FloatRows:
        found = self.vectors[rows]
        if self.is_odd[rows].any():
            found = np.nan_to_num(found)
        found /= self.length[rows]
        return found


def _blocks(num_rows: int) -> Iterator[slice]:
    """Yield rows a part at a time, so that what is made of them on the way takes little memory."""
    for begin in range(0, num_rows, AT_ONCE):
        yield slice(begin, begin + AT_ONCE)


def _lengths(rows: FloatRows) -> FloatRows:
    """Return what to divide rows by, (num_rows, 1): their length, 1 where that is 0."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.where(length > 0, length, 1.0))


def unit_rows(rows: NDArray[np.floating]) -> FloatRows:
    """Scale rows to unit length; rows without a direction, and NaN rows, become 0."""
    units = np.empty(rows.shape)
    for block in _blocks(len(rows)):
        exact = np.nan_to_num(rows[block].astype(np.float64))
        np.divide(exact, _lengths(exact), out=units[block])
    return units


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


def units_of_parts(vectors: FloatRows, columns: Columns) -> dict[str, UnitRows]:
    """Return the unit rows of each part as ``parts_of`` does, without a copy of the vectors."""
    return {name: UnitRows.of(vectors[:, first:last]) for name, (first, last) in columns.items()}


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
    left = np.empty(units.shape)
    for rows in _blocks(len(units)):
        left[rows] = unit_rows(units[rows] - (units[rows] @ directions.T) @ directions)
    return left
