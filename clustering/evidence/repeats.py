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
from .vectors import Columns, FloatRows, parts_of

_FACES_ALIKE, _CLOTHES_ALIKE = 0.95, 0.9
"""Excess cosines of every network from which two tracks show the same (docs/evidence.md)."""

_MORE_LOOKS, _LONGER = 1, 1.2
"""A repetition has as many looks, but for one, or a fifth: others of its pictures are looked at."""

_AT_ONCE = 256


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
        faces = parts_of(tracks.face_mean, columns[0])
        # The shortest vectors first: few pairs are left for the others.
        self._faces = sorted(
            ((units, curves[0].networks[name]) for name, units in faces.items()),
            key=lambda part: part[0].shape[1],
        )
        clothes = parts_of(tracks.cloth_mean, columns[1])
        self._clothes = [(units, curves[1].parts[name]) for name, units in clothes.items()]

    def pairs(self, rows: IntArray, others: IntArray) -> Iterator[tuple[int, int]]:
        """Yield rows with an earlier one of the others that shows the same, the first one first."""
        (units, curve), *more_faces = self._faces
        may_be = self._may_be(rows, others)
        may_be &= _excess(units[rows] @ units[others].T, curve) >= _FACES_ALIKE
        line, column = np.nonzero(may_be)
        for units, curve in more_faces:
            alike = _excess_of_pairs(units, curve, rows[line], others[column]) >= _FACES_ALIKE
            line, column = line[alike], column[alike]
        for units, curve in self._clothes:
            alike = _excess_of_pairs(units, curve, rows[line], others[column]) >= _CLOTHES_ALIKE
            alike |= ~self._tracks.has_clothes[rows[line]]
            line, column = line[alike], column[alike]
        yield from zip(rows[line].tolist(), others[column].tolist(), strict=True)

    def _may_be(self, rows: IntArray, others: IntArray) -> BoolArray:
        """Say which others are earlier, about as long, and have clothes in sight if these have."""
        looks, clothes = self._tracks.num_looks, self._tracks.has_clothes
        fewer = np.minimum(looks[rows][:, None], looks[others][None])
        more = np.maximum(looks[rows][:, None], looks[others][None])
        earlier = self._place[others][None] < self._place[rows][:, None]
        as_long = more <= np.maximum(fewer + _MORE_LOOKS, fewer * _LONGER)
        return np.asarray(earlier & as_long & (clothes[rows][:, None] == clothes[others][None]))


def _excess(cosine: NDArray[np.float64], curve: VectorCurve) -> NDArray[np.float64]:
    return excess_cosine(cosine, np.asarray(curve.strangers))


def _excess_of_pairs(
    units: FloatRows, curve: VectorCurve, rows: IntArray, others: IntArray
) -> NDArray[np.float64]:
    return _excess(np.einsum("ij,ij->i", units[rows], units[others]), curve)
