"""The columns of a table: what they may hold, and some of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .vectors import Vectors

Column = NDArray[Any] | Vectors


def some_rows(column: Column, rows: NDArray[Any] | slice) -> Any:
    """Return some rows of a column."""
    return column.take(rows) if isinstance(column, Vectors) else column[rows]


def joined(columns: Sequence[Column]) -> Any:
    """Join the same column of several tables row-wise.

    Raises:
        ValueError: vectors of different lengths.
    """
    if isinstance(columns[0], Vectors):
        return Vectors.concatenate([Vectors.of(column) for column in columns])
    return np.concatenate(columns)


def checked_vectors(name: str, values: Any, num_faces: int) -> Vectors:
    """Return the vectors of a table.

    Raises:
        ValueError: the wrong number of rows, or of dimensions.
    """
    if len(np.shape(values)) != 2 or len(values) != num_faces:
        raise ValueError(
            f"{name}: expected shape (num_faces, any) with num_faces = {num_faces},"
            f" got {np.shape(values)}"
        )
    return Vectors.of(values)


def checked_column(
    name: str, values: Any, dtype: Any, shape: tuple[int | None, ...], num_faces: int
) -> NDArray[Any]:
    """Return a column as a read-only array of its type.

    Args:
        name: for the message.
        values: as given.
        dtype: that it is to have.
        shape: after the first axis; None = any length.
        num_faces: of the table.

    Raises:
        ValueError: another shape, or values that this type cannot hold.
    """
    given = np.asarray(values)
    if _is_safe(given, dtype):
        array = given  # as from another table
    else:
        with np.errstate(invalid="ignore"):  # NaN as an integer is refused below
            array = given.astype(dtype)  # a copy: no other code can change it afterwards
    if array.ndim != 1 + len(shape) or any(
        expected is not None and expected != found
        for expected, found in zip((num_faces, *shape), array.shape, strict=True)
    ):
        expected_shape = ", ".join(["num_faces"] + [str(length or "any") for length in shape])
        raise ValueError(
            f"{name}: expected shape ({expected_shape}) with num_faces = {num_faces},"
            f" got {array.shape}"
        )
    if array.dtype.kind in "iu" and not np.array_equal(array, given):
        raise ValueError(f"{name}: expected {array.dtype} numbers, got others of {given.dtype}")
    array.setflags(write=False)
    return array


def _is_safe(array: NDArray[Any], dtype: Any) -> bool:
    """Return whether an array has this type already and cannot be changed."""
    is_fixed = not array.flags.writeable and array.flags.owndata
    return is_fixed and (array.dtype == dtype or (dtype is np.str_ and array.dtype.kind == "U"))
