"""Tracks that a film shows again: a trailer, a recap, a loop, a photo that is there twice.

They say nothing new. Taken for looks of their own, they would vouch for each other: a profile that
is shown four times would be surely somebody, though it is one look.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from .curves import ClothCurve, FaceCurve, VectorCurve
from .likelihood import excess_cosine
from .vectors import Columns, UnitRows, units_of_parts

_FACES_ALIKE, _CLOTHES_ALIKE = 0.95, 0.9
"""Excess cosines of every network from which two tracks show the same (docs/evidence.md)."""

_MORE_LOOKS, _LONGER = 1, 1.2
"""A repetition has as many looks, but for one, or a fifth: others of its pictures are looked at."""

_AT_ONCE = 256  # tracks
_PAIRS_AT_ONCE = 4096

_ROUNDING = 1e-4  # more than a cosine in single precision may be wrong


def first_of_repeats(
    tracks: Tracks,
    columns: tuple[Columns, Columns],
    curves: tuple[FaceCurve, ClothCurve],
    never: BoolArray | None = None,
) -> IntArray:
    """Return the first track of its film that shows the same pictures, itself where there is none.

    No two of those that repeat one track, nor it and one of them, are in one picture.

    Args:
        tracks: the tracks.
        columns: first and last column (exclusive) of each network of faces, and of each of clothes.
        curves: of faces, and of clothes.
        never: (num_tracks,) bool, tracks that stay by themselves; None = there are none.

    Returns:
        (num_tracks,) int64.
    """
    first = np.arange(len(tracks))
    if not columns[0]:
        return first
    alike = _Alike(tracks, columns, curves)
    pictures = [set(of_track) for of_track in tracks.pictures]  # of it and what repeats it
    use = tracks.has_face if never is None else tracks.has_face & ~never
    order = tracks.in_time_order[use[tracks.in_time_order]]
    for film in np.unique(tracks.film[order]).tolist():
        seen = np.zeros(0, np.int64)
        rows = order[tracks.film[order] == film]
        for block in (rows[begin : begin + _AT_ONCE] for begin in range(0, len(rows), _AT_ONCE)):
            for row, earlier in alike.pairs(block, np.concatenate([seen, block])):
                is_new = first[row] == row and first[earlier] == earlier
                if is_new and pictures[row].isdisjoint(pictures[earlier]):
                    first[row] = earlier
                    pictures[earlier] |= pictures[row]
            seen = np.concatenate([seen, block[first[block] == block]])
    return first


class _Alike:
    """Says which tracks show the same pictures; arguments as of ``first_of_repeats``."""

    def __init__(
        self,
        tracks: Tracks,
        columns: tuple[Columns, Columns],
        curves: tuple[FaceCurve, ClothCurve],
    ) -> None:
        self._tracks = tracks
        self._place = np.argsort(tracks.in_time_order)
        faces = units_of_parts(tracks.face_mean, columns[0])
        self._faces = [(units, curves[0].networks[name]) for name, units in faces.items()]
        clothes = units_of_parts(tracks.cloth_mean, columns[1])
        self._clothes = [(units, curves[1].parts[name]) for name, units in clothes.items()]
        # Every two tracks are compared by the shortest vectors, roughly; few are left then.
        shortest, curve = min(self._faces, key=lambda part: part[0].vectors.shape[1])
        self._rough = shortest[np.arange(len(tracks))].astype(np.float32)
        self._least = _FACES_ALIKE * (1 - curve.strangers) + curve.strangers - _ROUNDING

    def pairs(self, rows: IntArray, others: IntArray) -> Iterator[tuple[int, int]]:
        """Yield rows with an earlier one of the others that shows the same, the first one first."""
        line, column = np.nonzero(self._rough[rows] @ self._rough[others].T >= self._least)
        for begin in range(0, len(line), _PAIRS_AT_ONCE):
            some = slice(begin, begin + _PAIRS_AT_ONCE)
            yield from self._of_pairs(rows[line[some]], others[column[some]])

    def _of_pairs(self, rows: IntArray, others: IntArray) -> Iterator[tuple[int, int]]:
        """Yield the pairs that show the same, of those that may: ``rows[i]`` with ``others[i]``."""
        may_be = self._may_be(rows, others)
        rows, others = rows[may_be], others[may_be]
        for units, curve in self._faces:
            alike = _excess(units, curve, rows, others) >= _FACES_ALIKE
            rows, others = rows[alike], others[alike]
        for units, curve in self._clothes:
            alike = _excess(units, curve, rows, others) >= _CLOTHES_ALIKE
            alike |= ~self._tracks.has_clothes[rows]
            rows, others = rows[alike], others[alike]
        yield from zip(rows.tolist(), others.tolist(), strict=True)

    def _may_be(self, rows: IntArray, others: IntArray) -> BoolArray:
        """Say which others are earlier, about as long, and have clothes in sight if rows have."""
        looks, clothes = self._tracks.num_looks, self._tracks.has_clothes
        fewer, more = np.minimum(looks[rows], looks[others]), np.maximum(looks[rows], looks[others])
        earlier = self._place[others] < self._place[rows]
        as_long = more <= np.maximum(fewer + _MORE_LOOKS, fewer * _LONGER)
        return np.asarray(earlier & as_long & (clothes[rows] == clothes[others]))


def _excess(
    units: UnitRows, curve: VectorCurve, rows: IntArray, others: IntArray
) -> NDArray[np.float64]:
    """Return the excess cosine of ``rows[i]`` with ``others[i]``."""
    cosine = np.einsum("ij,ij->i", units[rows], units[others])
    return excess_cosine(cosine, np.asarray(curve.strangers))
