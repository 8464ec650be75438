"""People as parts: sets of tracks that are one person each, as far as evidence goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import STRONG_FROM, BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.protocols import Evidence
from ..grouping.average import average_groups, mean_evidence
from ..grouping.constraints import Constraints

MOST_PARTS = 200
"""So many parts, the largest, are compared with each other."""

_MEMBERS = 12  # of a part, the clearest tracks, that stand for it
_MOST_GROUPED = 500  # tracks of one person, or of nobody, that are grouped by likeness


@dataclass(frozen=True, eq=False)
class Known:
    """What castlist knows of the tracks of a result.

    Attributes:
        tracks: the tracks.
        person: (num_tracks,) int64, the person of each in the table, -1 = unknown.
        strength: (num_tracks,) float64, 0..1, how sure that is.
        decided_by_user: (num_tracks,) bool, tracks of which the user said who they are.
        face, cloth: evidence of faces, and of clothes.
        constraints: what no evidence outranks.
        clearness: (num_tracks,) float64, 0..1, how well a track shows somebody.
        named, hidden: people of the table whom the user named, or hid.
    """

    tracks: Tracks
    person: IntArray
    strength: NDArray[np.float64]
    decided_by_user: BoolArray
    face: Evidence
    cloth: Evidence
    constraints: Constraints
    clearness: NDArray[np.float64]
    named: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of faces and clothes together, (len(rows), len(others))."""
        return self.face.between(rows, others) + self.cloth.between(rows, others)


@dataclass(frozen=True, eq=False)
class Part:
    """Tracks that are one person, as far as evidence goes.

    Attributes:
        tracks: (num_tracks,) int64, rows, the clearest first.
        person: in the table, -1 = unknown.
        is_whole: whether it stands for its person; else it is a part that may be somebody else.
        num_faces: that change hands with it.
    """

    tracks: IntArray
    person: int
    is_whole: bool
    num_faces: int

    @property
    def members(self) -> IntArray:
        """The tracks that stand for it."""
        return self.tracks[:_MEMBERS]


def people_and_parts(known: Known) -> tuple[list[Part], list[Part]]:
    """Return a part for each person, and the parts that may be somebody else: doubtful and unknown.

    A person is stood for by the tracks that castlist is sure of, where these are half of the
    person; of all others, those that are alike are one part.
    """
    sure = known.decided_by_user | (known.strength >= STRONG_FROM)
    people, parts = [], []
    for person in np.unique(known.person).tolist():
        rows = np.flatnonzero(known.person == person)
        if person == UNKNOWN:
            parts += [part_of(known, group, person) for group in alike(known, rows)]
            continue
        core, num_faces = rows[sure[rows]], known.tracks.num_faces
        is_clear = num_faces[core].sum() >= num_faces[rows].sum() / 2
        people.append(part_of(known, core if is_clear else rows, person, rows))
        if is_clear:
            parts += [part_of(known, group, person) for group in alike(known, rows[~sure[rows]])]
    parts.sort(key=lambda part: (-part.num_faces, int(part.tracks[0])))
    return people[:MOST_PARTS], parts[:MOST_PARTS]


def alike(known: Known, rows: IntArray, stop: float = 1.0) -> list[IntArray]:
    """Group tracks that are alike by faces and clothes, never two of one picture.

    Args:
        known: what is known of them.
        rows: tracks.
        stop: mean evidence from which two groups are one.

    Returns:
        The rows of each group.
    """
    if len(rows) > _MOST_GROUPED:
        order = np.argsort(-known.tracks.num_faces[rows], kind="stable")
        grouped = alike(known, np.sort(rows[order[:_MOST_GROUPED]]), stop)
        return [*grouped, *(rows[order[_MOST_GROUPED:], None])]
    if not len(rows):
        return []
    place = np.full(len(known.tracks), -1)
    start = known.constraints.joined(np.arange(len(known.tracks)))[rows]
    _, place[rows] = np.unique(start, return_inverse=True)
    count = int(place.max()) + 1
    mean, sizes = mean_evidence(known.between(rows, rows), place[rows], count)
    group = average_groups(mean, sizes, known.constraints.forbidden(place, count), stop)[
        place[rows]
    ]
    return [rows[group == number] for number in range(int(group.max()) + 1)]


def part_of(known: Known, rows: IntArray, person: int, whole: IntArray | None = None) -> Part:
    """Make a part of tracks.

    Args:
        known: what is known of them.
        rows: (num_rows,) int64, its tracks.
        person: in the table, -1 = unknown.
        whole: all tracks of the person, where the part stands for the person; None = it does not.
    """
    order = np.lexsort((rows, -known.clearness[rows]))
    num_faces = int(known.tracks.num_faces[rows if whole is None else whole].sum())
    return Part(rows[order], person, whole is not None, num_faces)
