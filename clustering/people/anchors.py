"""The faces that stand for a person, which a decision holds on to by their marks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...data.result.marks import Mark, marks_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, Faces, IntArray

_NUM_ANCHORS = 12  # sure faces of a person, each of another track, that a decision holds on to


def rows_of(result: StoredResult, person_id: int) -> IntArray:
    """Return the rows of a person, by id."""
    number = result.cast.number_of(person_id)
    return np.flatnonzero((result.faces.person == number) & (number != UNKNOWN))


def anchors_of(result: StoredResult, person_id: int) -> dict[int, list[Mark]]:
    """Return a few sure faces of a person, that a decision holds on to."""
    return marks_by_id(result, {person_id: anchor_rows(result, person_id)})


def anchor_rows(result: StoredResult, person_id: int, but: IntArray | None = None) -> IntArray:
    """Return the surest faces of a person, one of a track, none of a track of ``but``."""
    faces, but = result.faces, np.empty(0, np.int64) if but is None else but
    rows = best_of_tracks(faces, rows_of(result, person_id))
    left_out = faces.track[but]
    rows = rows[~np.isin(rows, but) & ~np.isin(faces.track[rows], left_out[left_out >= 0])]
    order = np.lexsort((rows, -faces.quality[rows], -faces.strength[rows]))
    return rows[order][:_NUM_ANCHORS]


def best_of_tracks(faces: Faces, rows: IntArray) -> IntArray:
    """Return the best row of each track, and each row without one."""
    track = np.where(faces.track[rows] >= 0, faces.track[rows], -2 - rows)
    order = np.lexsort((rows, -faces.quality[rows], track))
    return rows[order[np.flatnonzero(np.diff(track[order], prepend=-1))]]


def rows_of_track(faces: Faces, row: int) -> BoolArray:
    """Return which rows are of the track of a row, (num_faces,) bool."""
    if faces.track[row] >= 0:
        return np.asarray(faces.track == faces.track[row])
    return np.asarray(np.arange(len(faces)) == row)


def marks_by_id(result: StoredResult, rows: Mapping[int, IntArray]) -> dict[int, list[Mark]]:
    """Return the marks of rows, by id of their person; of nobody without rows."""
    return {who: marks_of(result.faces, result.sources, of) for who, of in rows.items() if len(of)}
