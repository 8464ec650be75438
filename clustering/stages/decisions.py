"""What stage 2 decided on each track and why, as codes and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, DecidedBy, Reason
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.cloth import ClothEvidence
from ..evidence.face import FaceEvidence
from ..grouping.groups import Groups
from ..grouping.large import scenes_of
from .people import TrackPeople

_SAYS_NOTHING = 0.1  # weight of clothes below which they do not tell people of a film apart
_AGAINST = -0.5  # mean evidence from which faces or clothes speak against a person


def after_faces(person: IntArray, groups: Groups) -> TrackPeople:
    """Return what stage 1 alone decided.

    Args:
        person: (num_tracks,) int64, -1 = unknown.
        groups: of stage 1.
    """
    known, count = person != UNKNOWN, len(person)
    return TrackPeople(
        person_before=person,
        person=person,
        second_person=_of_known(groups.second, person),
        strength=np.where(known, groups.probability, 0.0),
        decided_by=np.where(known, DecidedBy.FACE, DecidedBy.NONE).astype(np.uint8),
        reason=np.full(count, Reason.NONE, np.uint8),
        about=np.full(count, UNKNOWN),
        face_evidence=np.full(count, np.nan),
        cloth_evidence=np.full(count, np.nan),
    )


def after_clothing(
    tracks: Tracks,
    before: IntArray,
    after: IntArray,
    strong: BoolArray,
    groups: Groups,
    face: FaceEvidence,
    cloth: ClothEvidence,
) -> TrackPeople:
    """Return what both stages decided, and why.

    Args:
        tracks: the tracks.
        before: (num_tracks,) int64, person after stage 1, numbered as ``after``, -1 = unknown.
        after: (num_tracks,) int64, person after stage 2, -1 = unknown.
        strong: (num_tracks,) bool, tracks of which stage 1 was sure.
        groups: of stage 2.
        face: evidence of faces.
        cloth: evidence of clothes.
    """
    people = after_faces(after, groups)
    new = np.setdiff1d(after, before[before != UNKNOWN])
    changeable = ~strong | (before != after)  # two people of strong tracks may have become one
    for film in scenes_of(tracks):
        for scene in film:
            open_rows, members = scene[changeable[scene]], scene[after[scene] != UNKNOWN]
            near = _Near.of(tracks, open_rows, members, after[members], face, cloth)
            for line, row in enumerate(open_rows.tolist()):
                verdict = _verdict(tracks, row, before, after, new, near, line, cloth)
                people.reason[row], about = verdict
                people.about[row] = about
                if about in near.people:
                    column = near.people.index(about)
                    people.face_evidence[row] = near.face[line, column]
                    people.cloth_evidence[row] = near.cloth[line, column]
    by_cloth = np.isin(people.reason, (Reason.SAME_CLOTHES, Reason.CLOTH_ONLY_PERSON))
    decided_by = np.where(by_cloth, DecidedBy.CLOTH, people.decided_by).astype(np.uint8)
    return TrackPeople(**{**vars(people), "person_before": before, "decided_by": decided_by})


def _verdict(
    tracks: Tracks,
    row: int,
    before: IntArray,
    after: IntArray,
    new: IntArray,
    near: _Near,
    line: int,
    cloth: ClothEvidence,
) -> tuple[Reason, int]:
    """Return why a track has its person, or none, and whom that is about."""
    if after[row] != UNKNOWN:
        person = int(after[row])
        speaks_for = near.cloth_of(line, person) > 0
        if person == before[row]:
            return (Reason.CLOTHES_AGREE, person) if speaks_for else (Reason.NONE, UNKNOWN)
        if not speaks_for:
            return Reason.FACES_AGREE, person
        return (Reason.CLOTH_ONLY_PERSON if person in new else Reason.SAME_CLOTHES), person
    if not tracks.has_clothes[row]:
        return Reason.NO_CLOTHES, UNKNOWN
    if cloth.weight[tracks.film[row]] < _SAYS_NOTHING:
        return Reason.CLOTHES_DO_NOT_TELL, UNKNOWN
    if near.cloth_of(line, int(before[row])) < _AGAINST:
        return Reason.OTHER_CLOTHES, int(before[row])
    candidate = near.best(line)
    if candidate == UNKNOWN:
        return Reason.NOBODY_NEAR, UNKNOWN
    if not near.may_be(tracks, row, candidate):
        return Reason.SAME_PICTURE, candidate
    if near.face_of(line, candidate) < _AGAINST and near.cloth_of(line, candidate) > 0:
        return Reason.OTHER_FACE, candidate
    return Reason.NOT_CLEAR, candidate


@dataclass(frozen=True, eq=False)
class _Near:
    """How far faces and clothes of some tracks speak for the people of their scene.

    Attributes:
        people: numbers of people.
        face, cloth: (num_rows, len(people)) float64, mean evidence with the tracks of each person,
            the track itself left out; NaN = there is none that can be compared.
        pictures: of each person.
    """

    people: list[int]
    face: NDArray[np.float64]
    cloth: NDArray[np.float64]
    pictures: list[set[int]]

    @classmethod
    def of(
        cls,
        tracks: Tracks,
        rows: IntArray,
        members: IntArray,
        person: IntArray,
        face: FaceEvidence,
        cloth: ClothEvidence,
    ) -> _Near:
        """Compare tracks with those of people, ``person`` (len(members),)."""
        people, code = np.unique(person, return_inverse=True)
        others = rows[:, None] != members[None]
        both_seen = others & tracks.has_face[rows][:, None] & tracks.has_face[members][None]
        dressed = cloth.between(rows, members)
        pictures: list[set[int]] = [set() for _ in people]
        for member, number in zip(members.tolist(), code.tolist(), strict=True):
            pictures[number] |= tracks.pictures[member]
        return cls(
            people.tolist(),
            _means(face.between(rows, members), both_seen, code, len(people)),
            _means(dressed, others & (dressed != 0), code, len(people)),
            pictures,
        )

    def face_of(self, line: int, person: int) -> float:
        return float(self.face[line, self.people.index(person)])

    def cloth_of(self, line: int, person: int) -> float:
        if person not in self.people:
            return float("nan")
        return float(self.cloth[line, self.people.index(person)])

    def best(self, line: int) -> int:
        """Return the person that faces and clothes speak for most, -1 = none can be compared."""
        if not np.isfinite(self.cloth[line]).any():
            return UNKNOWN
        both = np.nan_to_num(self.face[line]) + self.cloth[line]
        return self.people[int(np.nanargmax(both))]

    def may_be(self, tracks: Tracks, row: int, person: int) -> bool:
        """Say whether no picture shows both."""
        return tracks.pictures[row].isdisjoint(self.pictures[self.people.index(person)])


def _means(
    values: NDArray[np.float64], use: BoolArray, code: IntArray, num_people: int
) -> NDArray[np.float64]:
    """Return the mean over the columns of each person, (num_rows, num_people); NaN = none."""
    belongs = np.zeros((len(code), num_people))
    belongs[np.arange(len(code)), code] = 1.0
    counts = use.astype(np.float64) @ belongs
    sums = np.where(use, values, 0.0) @ belongs
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _of_known(second: IntArray, person: IntArray) -> IntArray:
    """Return the second-best group where it is a person, else -1."""
    return np.where(np.isin(second, person[person != UNKNOWN]), second, UNKNOWN)
