"""The faces that stand for a person, that a decision holds on to by their marks."""

from __future__ import annotations

import numpy as np

from ...data.result.marks import Mark, marks_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray

_NUM_ANCHORS = 12  # sure faces of a person, each of another track, that a decision holds on to
NO_ROWS = np.empty(0, np.int64)


def rows_of(result: StoredResult, own: int) -> IntArray:
    """Return the rows of a person, by id."""
    number = result.cast.number_of(own)
    return np.flatnonzero((result.faces.person == number) & (number != UNKNOWN))


def anchors_of(result: StoredResult, own: int) -> dict[int, list[Mark]]:
    """Return a few sure faces of a person, that a decision holds on to."""
    return marks_by_id(result, {own: anchor_rows(result, own, NO_ROWS)})


def anchor_rows(result: StoredResult, own: int, but: IntArray) -> list[int]:
    """Return the surest faces of a person, one of a track, none of a track of ``but``."""
    faces = result.faces
    rows = np.array(best_of_tracks(result, rows_of(result, own)), dtype=np.int64)
    rows = rows[~np.isin(rows, but) & ~np.isin(faces.track[rows], _tracks(result, but))]
    order = np.lexsort((rows, -faces.quality[rows], -faces.strength[rows]))
    return [int(row) for row in rows[order][:_NUM_ANCHORS]]


def best_of_tracks(result: StoredResult, rows: IntArray) -> list[int]:
    """Return the best row of each track, and each row without one."""
    faces = result.faces
    track = np.where(faces.track[rows] >= 0, faces.track[rows], -2 - rows)
    order = np.lexsort((rows, -faces.quality[rows], track))
    return [int(row) for row in rows[order[np.flatnonzero(np.diff(track[order], prepend=-1))]]]


def marks_by_id(result: StoredResult, faces: dict[int, list[int]]) -> dict[int, list[Mark]]:
    """Return the marks of rows, by id of their person; of nobody without rows."""
    return {
        own: marks_of(result.faces, result.sources, np.array(rows, dtype=np.int64))
        for own, rows in faces.items()
        if rows
    }


def _tracks(result: StoredResult, rows: IntArray) -> IntArray:
    tracks = result.faces.track[rows]
    return tracks[tracks >= 0]
