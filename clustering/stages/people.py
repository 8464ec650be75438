"""Which groups of tracks are people, how they are numbered, and their columns in ``Faces``."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, Reason
from ...data.tables.faces import BoolArray, Faces, IntArray
from ...data.tables.tracks import Tracks
from ..grouping.groups import Groups

KNOWN_FROM = 0.2
"""Probability from which a track belongs to a person at all; below it, it is unknown."""

_SHOWN = 0.15
"""``Tracks.looks`` from which a track shows that somebody is there: one poor look. Who it is may
need more of them (docs/evidence.md)."""

_MIN_LOOKS = 7
"""Looks that make a person of a group without such a track: what is seen for more than a second is
hardly a thing. They are 0.2 s apart, so that neither more frames a second nor rows given twice
count."""

_PEOPLE = ("person_before", "person", "second_person", "about")
_OTHERS = ("strength", "decided_by", "reason", "face_evidence", "cloth_evidence")


@dataclass(frozen=True, eq=False)
class TrackPeople:
    """What both stages decided, a row per track; columns as in ``Faces``."""

    person_before: IntArray
    person: IntArray
    second_person: IntArray
    strength: NDArray[np.float64]
    decided_by: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    about: IntArray
    face_evidence: NDArray[np.float64]
    cloth_evidence: NDArray[np.float64]

    def numbered_by_faces(self, num_faces: IntArray) -> TrackPeople:
        """Number people anew, the one with the most faces first, ties by its first track.

        People of stage 1 who have no track left get the last numbers, by their faces then.

        Args:
            num_faces: (num_tracks,) int64.
        """
        known = np.concatenate([self.person, self.person_before])
        numbers = np.unique(known[known != UNKNOWN])
        (counts, first), before = (
            _faces_and_first(person, numbers, num_faces)
            for person in (self.person, self.person_before)
        )
        new = np.empty(len(numbers), np.int64)
        new[np.lexsort((before[1], -before[0], first, -counts))] = np.arange(len(numbers))
        columns: dict[str, Any] = {
            name: _renumbered(getattr(self, name), numbers, new) for name in _PEOPLE
        }
        return dataclasses.replace(self, **columns)

    def of(self, rows: IntArray) -> TrackPeople:
        """Return some rows, in this order, any of them several times."""
        names = (field.name for field in dataclasses.fields(self))
        return TrackPeople(**{name: getattr(self, name)[rows] for name in names})

    def with_drawn(self, drawn: BoolArray) -> TrackPeople:
        """Note which tracks, (num_tracks,) bool, are nobody since they show drawn figures."""
        columns = {
            "reason": np.where(drawn, np.uint8(Reason.DRAWN), self.reason),
            "about": np.where(drawn, UNKNOWN, self.about),
        }
        return dataclasses.replace(self, **columns)

    def written_to(self, faces: Faces) -> Faces:
        """Give every face what its track has.

        Args:
            faces: the table, ``track`` filled.
        """
        columns = {name: getattr(self, name)[faces.track] for name in (*_PEOPLE, *_OTHERS)}
        return faces.replace(**columns)


def _faces_and_first(
    person: IntArray, numbers: IntArray, num_faces: IntArray
) -> tuple[NDArray[np.float64], IntArray]:
    """Return the faces of each person, and the first track; the number of tracks where none."""
    known = np.flatnonzero(person != UNKNOWN)
    place = np.searchsorted(numbers, person[known])
    counts = np.bincount(place, weights=num_faces[known], minlength=len(numbers))
    first = np.full(len(numbers), len(person))
    np.minimum.at(first, place, known)
    return counts.astype(np.float64), first


def _renumbered(person: IntArray, numbers: IntArray, new: IntArray) -> IntArray:
    """Return the new numbers; -1 for those that are none of ``numbers``, sorted."""
    if not len(numbers):
        return np.full(len(person), UNKNOWN)
    place = np.minimum(np.searchsorted(numbers, person), len(numbers) - 1)
    return np.where(numbers[place] == person, new[place], UNKNOWN)


def known_groups(
    tracks: Tracks,
    groups: Groups,
    joined: BoolArray | None = None,
    nobody: BoolArray | None = None,
) -> IntArray:
    """Return the group of each track that belongs to a person, -1 where that is not certain enough.

    A group with a track that shows somebody is a person, however short; one without is only when
    it is seen for a while. That is judged film by film, whatever other films are given beside.

    Args:
        tracks: the tracks.
        groups: of tracks.
        joined: (num_tracks,) bool, tracks that the user joined with others: known without evidence.
        nobody: (num_tracks,) bool, tracks that show no living person.
    """
    joined = np.zeros(len(tracks), dtype=bool) if joined is None else joined
    known = (groups.probability >= KNOWN_FROM) | joined
    if nobody is not None:
        known &= ~nobody
    _, own = np.unique(np.stack([groups.group, tracks.film]), axis=1, return_inverse=True)
    count = int(own.max(initial=-1)) + 1
    is_person = np.bincount(own[known], tracks.num_looks[known], minlength=count) >= _MIN_LOOKS
    is_person[own[known & ((tracks.looks >= _SHOWN) | joined)]] = True
    return np.where(known & is_person[own], groups.group, UNKNOWN)


def as_after(before: IntArray, after: IntArray, num_faces: IntArray) -> IntArray:
    """Give people of stage 1 the numbers of those they became, one to one, by shared faces.

    Args:
        before: (num_tracks,) int64, -1 = unknown.
        after: (num_tracks,) int64, -1 = unknown.
        num_faces: (num_tracks,) int64.

    Returns:
        (num_tracks,) int64, -1 where ``before`` is; a person without a successor has a number that
        is not in ``after``.
    """
    both = np.flatnonzero((before != UNKNOWN) & (after != UNKNOWN))
    pairs, of = np.unique(np.stack([before[both], after[both]]), axis=1, return_inverse=True)
    shared = np.bincount(of, weights=num_faces[both], minlength=pairs.shape[1])
    became: dict[int, int] = {}
    taken: set[int] = set()
    for pair in np.argsort(-shared, kind="stable").tolist():
        was, now = pairs[:, pair].tolist()
        if was not in became and now not in taken:
            became[was] = now
            taken.add(now)
    gone = int(after.max(initial=UNKNOWN)) + 1
    for was in np.unique(before[before != UNKNOWN]).tolist():
        if was not in became:
            became[was], gone = gone, gone + 1
    return np.array([became.get(was, UNKNOWN) for was in before.tolist()], dtype=np.int64)
