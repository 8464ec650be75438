"""A track is one person: where its face becomes another's, it is split.

Tracks follow a place in the picture. In a wipe, a morph, or a cut or dissolve that was not found,
the face in that place becomes another one, too gradually for two neighbouring looks to show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import Faces, IntArray
from ...data.tables.tracks import Tracks, look_codes, looks_of, mean_of_best
from ..evidence.curves import FaceCurve
from ..evidence.face import FaceEvidence
from ..evidence.vectors import Columns

TWO_PEOPLE = -2.5
"""Evidence of the faces before and after a place below which a track is split there: one person who
turns away comes to -2.3 (docs/transitions.md)."""

_AROUND_S = 3.0
"""Seconds that are compared before and after a place: where a face becomes another one gradually,
the looks next to the place are a mixture of both."""


def split_two_people(faces: Faces, columns: Columns, curve: FaceCurve) -> Faces:
    """Split each track of a film where its face turns into another person's.

    Between every two looks with a vector, the mean of the faces of three seconds before is compared
    with that of three seconds after. Where they speak most clearly against one person, the track is
    split; each part is looked at again.

    Args:
        faces: the table, each row with a track.
        columns: first and last column (exclusive) of each network in ``face_vector``.
        curve: what cosines of these networks are worth.

    Returns:
        The table; parts but the first have new numbers, after all others.
    """
    described = np.bincount(faces.track[faces.has_face_vector & (faces.shot >= 0)])
    if described.max(initial=0) < 2:
        return faces
    evidence = FaceEvidence(Tracks.of(faces), columns, curve)
    track = faces.track.copy()
    order = np.lexsort((faces.time_s, faces.track))
    begins = np.searchsorted(faces.track[order], np.arange(len(described)))
    ends = np.searchsorted(faces.track[order], np.arange(len(described)), side="right")
    for number in np.flatnonzero(described > 1).tolist():
        rows = order[begins[number] : ends[number]]
        for first in _turns(_Track(faces, rows, evidence)):
            later = rows[first:]
            track[later[track[later] == track[rows[first]]]] = track.max() + 1
    return faces.replace(track=track)


def _turns(track: _Track) -> Iterator[int]:
    """Yield the places in a track's rows where somebody else begins."""
    open_parts = [(0, len(track.rows))]
    while open_parts:
        first, last = open_parts.pop()
        if (turn := track.turn(first, last)) is not None:
            yield turn
            open_parts += [(first, turn), (turn, last)]


@dataclass(frozen=True, eq=False)
class _Track:
    """One track.

    Attributes:
        faces: the table.
        rows: (num_looks,) int64, of the track, in time order.
        evidence: of the faces of all tracks.
    """

    faces: Faces
    rows: IntArray
    evidence: FaceEvidence

    def turn(self, first: int, last: int) -> int | None:
        """Return the place of the first look at somebody else, None = there is none.

        Args:
            first: first look of a part of the track.
            last: its last look, exclusive.
        """
        rows = self.rows[first:last]
        described = np.flatnonzero(self.faces.has_face_vector[rows])
        if len(described) < 2:
            return None
        speaks = self._before_and_after(rows, described)
        turn = int(np.argmin(speaks))
        if speaks[turn] >= TWO_PEOPLE:
            return None
        low, high = int(described[turn]), int(described[turn + 1])
        return first + low + self._changes_at(rows[low : high + 1])

    def _before_and_after(self, rows: IntArray, described: IntArray) -> NDArray[np.float64]:
        """Return the evidence that both sides of each place between described looks are one."""
        time_s = self.faces.time_s[rows]
        before_s, after_s = time_s[described[:-1]], time_s[described[1:]]
        begins = np.concatenate(
            [np.searchsorted(time_s, before_s - _AROUND_S, "right"), described[1:]]
        )
        ends = np.concatenate([described[:-1] + 1, np.searchsorted(time_s, after_s + _AROUND_S)])
        lengths = ends - begins
        side = np.repeat(np.arange(len(begins)), lengths)
        inside = np.arange(len(side)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        seen = rows[np.repeat(begins, lengths) + inside]
        quality, has_vector = self.faces.quality[seen], self.faces.has_face_vector[seen]
        looks = looks_of(quality, side, look_codes(self.faces.time_s[seen]), has_vector)
        near = np.where(side < len(before_s), -inside, inside)  # of equal faces the nearest count
        means = mean_of_best(self.faces.face_vector[seen], quality, side, near)
        return self.evidence.of_parts(int(self.faces.track[rows[0]]), means, looks)

    def _changes_at(self, rows: IntArray) -> int:
        """Return the place in some rows, after the first, at which the face moves or grows most."""
        box = self.faces.box[rows].astype(np.float64)
        size = np.sqrt(np.prod(box[:, 2:] - box[:, :2], axis=1))
        moved = np.linalg.norm(np.diff(box[:, :2] + box[:, 2:], axis=0), axis=1) / 2
        changed = moved / np.minimum(size[1:], size[:-1]) + np.abs(np.diff(np.log(size)))
        return 1 + int(np.argmax(changed))
