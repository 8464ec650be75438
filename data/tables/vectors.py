"""Vectors of the rows of a table, and which of them are out of scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, NDArray

_AT_ONCE = 4096  # rows

_OUT_OF_SCALE = 100.0
"""Times the length of most rows. The lengths of faces by one network differ by a factor of 10 at
most, even where length says how clear a face is (MagFace, Meng et al. 2021)."""


@dataclass(frozen=True, eq=False)
class Vectors(NDArrayOperatorsMixin):
    """Vectors of the rows of a table. Only those that are there are kept: most faces have none.

    To a user it is an array of shape (num_rows, dim) with a row of NaN where there is no vector,
    its operators and methods among it. Code that is to stay small in memory takes some rows,
    ``vectors[rows]``, or some columns, ``vectors[rows, first:last]``: all else makes the array.

    Attributes:
        kept: (num_kept, dim) float32, read-only.
        place: (num_rows,) int64, read-only, the row of ``kept``, -1 = none.
    """

    kept: NDArray[np.float32]
    place: NDArray[np.int64]

    @classmethod
    def of(cls, rows: ArrayLike | Vectors) -> Vectors:
        """Keep the rows of an array, (num_rows, dim), that are not all NaN."""
        if isinstance(rows, Vectors):
            return rows
        given = np.asarray(rows)
        is_kept = ~np.isnan(given).all(axis=1)
        place = np.where(is_kept, np.cumsum(is_kept) - 1, -1)
        return cls._fixed(given[is_kept].astype(np.float32), place)

    @classmethod
    def concatenate(cls, parts: Sequence[Vectors]) -> Vectors:
        """Join vectors row-wise.

        Raises:
            ValueError: they differ in length, or there are none.
        """
        firsts = np.cumsum([0, *(len(part.kept) for part in parts)])
        place = [
            np.where(part.place < 0, -1, part.place + first)
            for part, first in zip(parts, firsts.tolist(), strict=False)
        ]
        return cls._fixed(np.concatenate([part.kept for part in parts]), np.concatenate(place))

    @classmethod
    def _fixed(cls, kept: NDArray[np.float32], place: NDArray[np.int64]) -> Vectors:
        kept.setflags(write=False)
        place.setflags(write=False)
        return cls(kept, place)

    def __len__(self) -> int:
        return len(self.place)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and length of a vector."""
        return len(self.place), self.kept.shape[1]

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """Type of the numbers."""
        return self.kept.dtype

    @property
    def nbytes(self) -> int:
        """Memory that they take."""
        return self.kept.nbytes + self.place.nbytes

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, slice(None))
        if isinstance(key, tuple) and not (
            isinstance(rows, slice | list | int | np.integer | np.ndarray)
            and not isinstance(rows, bool)
            and isinstance(columns, slice)
        ):
            return np.asarray(self)[key]
        place, kept = self.place[rows], self.kept[:, columns]
        if not len(kept):
            return np.full((*np.shape(place), *kept.shape[1:]), np.nan, np.float32)
        found = kept.take(place, axis=0)  # where there is none, the last for now
        if (none := place < 0).any():
            found[none] = np.nan
        return found

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[row] for row in range(len(self)))

    def __repr__(self) -> str:
        rows, dim = self.shape
        return f"<Vectors {rows} x {dim}, {int((self.place >= 0).sum())} rows have one>"

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        arrays = (given[:] if isinstance(given, Vectors) else given for given in inputs)
        return getattr(ufunc, method)(*arrays, **more)

    if not TYPE_CHECKING:  # for users: what castlist itself calls is written out

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in ("kept", "place"):  # while it is unpickled
                raise AttributeError(f"'Vectors' object has no attribute '{name}'")
            return getattr(self[:], name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("cannot be given without a copy: the rows are not kept as one array")
        return self[:].astype(dtype or np.float32, copy=False)

    def take(self, rows: Any) -> Vectors:
        """Return the vectors of some rows: a mask, indices or a slice."""
        place = np.array(self.place[rows])
        used, again = np.unique(place[place >= 0], return_inverse=True)
        if len(used) == len(self.kept):
            return self._fixed(self.kept, place)
        place[place >= 0] = again
        return self._fixed(self.kept[used], place)

    def without(self, rows: NDArray[np.bool_]) -> Vectors:
        """Return a copy in which some rows, given as a mask, have no vector."""
        return self._fixed(self.kept, np.where(rows, -1, self.place)).take(slice(None))


def is_whole(vectors: NDArray[np.floating] | Vectors) -> NDArray[np.bool_]:
    """Say which rows have neither NaN nor infinity; none where vectors have no length."""
    if isinstance(vectors, Vectors):
        return np.append(is_whole(vectors.kept), False)[vectors.place]
    if not vectors.shape[1]:
        return np.zeros(len(vectors), dtype=bool)
    found = np.empty(len(vectors), dtype=bool)
    for begin in range(0, len(vectors), _AT_ONCE):  # a table may fill most of the memory
        rows = slice(begin, begin + _AT_ONCE)
        found[rows] = np.isfinite(vectors[rows]).all(axis=1)
    return found


def out_of_scale(vectors: NDArray[np.floating] | Vectors) -> NDArray[np.bool_]:
    """Say which rows are more than 100 times as long, or as short, as most: they are no vectors.

    Args:
        vectors: (num_rows, dim), by one network; a row with NaN is none, and is not out of scale.

    Returns:
        (num_rows,) bool.
    """
    found = np.zeros(len(vectors), dtype=bool)
    rows = np.flatnonzero(is_whole(vectors))
    exact = vectors[rows].astype(np.float64)
    largest = np.abs(exact).max(axis=1, initial=0.0)
    # Scaled first: squares of numbers above 1e154 are infinite.
    parts = exact / np.where(largest > 0, largest, 1.0)[:, None]
    length = largest * np.linalg.norm(parts, axis=1)
    if len(above := np.sort(length[length > 0])):
        usual = above[(len(above) - 1) // 2]  # of two the shorter: too long is the usual mistake
        found[rows] = (length / usual > _OUT_OF_SCALE) | (length * _OUT_OF_SCALE < usual)
    return found
