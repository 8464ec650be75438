"""What the user said of single faces, made to hold in a table."""

from __future__ import annotations

import numpy as np

from ...data.result.cast import Cast
from ...data.tables.codes import UNKNOWN, DecidedBy, Reason
from ...data.tables.faces import BoolArray, Faces, IntArray
from .anchors import best_of_tracks, rows_of_track
from .standing import Standing

_SAID = ("strength", "decided_by", "reason", "about")
_PEOPLE = ("person_before", "second_person", "about")


def settled(faces: Faces, ids: IntArray, standing: Standing) -> tuple[Faces, IntArray]:
    """Make what the user said of single faces hold: given ones are pinned, denied ones are not.

    Args:
        faces: the table, with people and tracks; a track shares what was said of its faces.
        ids: (num_people,) int64, of its people.
        standing: the decisions in force.

    Returns:
        The table, its people numbered by their faces again, and their ids.
    """
    ids_now = Cast(ids).of_faces(faces)
    before = faces.person.copy()
    columns = {name: getattr(faces, name).copy() for name in _SAID}
    for row, denied in standing.denied.items():
        wrong = rows_of_track(faces, row) & np.isin(ids_now, sorted(denied))
        columns["about"][wrong] = before[wrong]
        ids_now[wrong], columns["reason"][wrong] = UNKNOWN, Reason.NOT_THEM
        columns["strength"][wrong], columns["decided_by"][wrong] = 0.0, DecidedBy.USER
    for given, pinned in _pinned(standing, faces).items():
        for row in best_of_tracks(faces, np.flatnonzero(pinned)).tolist():
            whole = rows_of_track(faces, row)
            if given >= 0:  # two faces of one picture are two people
                others = pinned & ~whole
                whole &= pinned | ~np.isin(faces.picture, faces.picture[others])
                rivals = _seen_beside(faces, whole, ids_now == given) & ~pinned
                ids_now[rivals], columns["strength"][rivals] = UNKNOWN, 0.0
                columns["decided_by"][rivals] = DecidedBy.NONE
            ids_now[whole], columns["reason"][whole] = given, Reason.GIVEN
            columns["strength"][whole] = float(given >= 0)
            columns["decided_by"][whole] = DecidedBy.USER
    columns["reason"][standing.no_face] = Reason.NOT_A_FACE
    columns["decided_by"][standing.no_face] = DecidedBy.USER
    columns["strength"][standing.no_face], ids_now[standing.no_face] = 0.0, UNKNOWN
    return _numbered(faces.replace(**columns), ids_now, ids)


def _numbered(faces: Faces, ids_now: IntArray, ids: IntArray) -> tuple[Faces, IntArray]:
    """Give faces the people of these ids, numbered by their faces, ties by their number before."""
    present, counts = np.unique(ids_now[ids_now != UNKNOWN], return_counts=True)
    was = {int(number): place for place, number in enumerate(ids.tolist())}
    place = np.array([was.get(int(number), len(was) + int(number)) for number in present])
    ordered = present[np.lexsort((place, -counts))].astype(np.int64)
    number = {int(one): rank for rank, one in enumerate(ordered.tolist())}
    renumbered = np.array([number.get(int(one), UNKNOWN) for one in ids.tolist()], np.int64)
    gone = np.flatnonzero(renumbered == UNKNOWN)  # of stage 1 only: they come after all others
    renumbered[gone] = len(ordered) + np.arange(len(gone))
    beyond = len(ordered) + len(gone)
    columns = {name: _mapped(getattr(faces, name), renumbered, beyond) for name in _PEOPLE}
    person = np.array([number.get(int(one), UNKNOWN) for one in ids_now.tolist()], np.int64)
    for name in ("second_person", "about"):
        columns[name] = np.where(columns[name] < len(ordered), columns[name], UNKNOWN)
    given = faces.reason == Reason.GIVEN
    columns["about"] = np.where(given, person, columns["about"])
    columns["person_before"] = np.where(given, person, columns["person_before"])
    return faces.replace(**columns, person=person), ordered


def _mapped(person: IntArray, new: IntArray, beyond: int) -> IntArray:
    """Number people anew, -1 stays; those of stage 1 who have no face left begin at ``beyond``."""
    left = np.arange(max(0, int(person.max(initial=UNKNOWN)) + 1 - len(new))) + beyond
    return np.asarray(np.concatenate([new, left, [UNKNOWN]])[person], dtype=np.int64)


def _pinned(standing: Standing, faces: Faces) -> dict[int, BoolArray]:
    """Return which rows the user gave to each id: of a picture the last one, two are two people."""
    picture = faces.picture.tolist()
    last = {(given, picture[row]): row for row, given in standing.given.items()}
    pinned = {given: np.zeros(len(faces), dtype=bool) for given in standing.given.values()}
    for row, given in standing.given.items():
        pinned[given][row] = given == UNKNOWN or last[given, picture[row]] == row
    return pinned


def _seen_beside(faces: Faces, rows: BoolArray, people: BoolArray) -> BoolArray:
    """Return the tracks of some people that are seen in a picture of these rows, without the rows.

    Args:
        faces: the table.
        rows: (num_faces,) bool.
        people: (num_faces,) bool, the rows of these people.
    """
    others = people & ~rows
    beside = others & np.isin(faces.picture, faces.picture[rows])
    tracks = faces.track[beside]
    return np.asarray(beside | others & np.isin(faces.track, tracks[tracks >= 0]))
