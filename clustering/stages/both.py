"""Both stages in a row: tracks -> people by face -> people by clothing, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...data.tables.codes import UNKNOWN, Notice, NoticeCode, Reason
from ...data.tables.faces import STRONG_FROM, BoolArray, Faces, IntArray
from ...data.tables.nearly_same import NearlySame, renumbered
from ...data.tables.tracks import Tracks
from ..evidence.cloth import ClothEvidence
from ..evidence.curves import Curves
from ..evidence.face import FaceEvidence
from ..evidence.vectors import Columns
from ..grouping.constraints import Constraints
from ..grouping.groups import Groups
from .by_clothing import JointEvidence, find_by_clothing, weigh_clothes
from .by_face import face_evidence, find_by_face
from .config import PeopleConfig
from .decisions import after_clothing, after_faces
from .people import TrackPeople, as_after, known_groups


@dataclass(frozen=True, eq=False)
class ByFace:
    """What stage 1 found, and what stage 2 goes on with.

    Attributes:
        groups: of tracks.
        person: (num_tracks,) int64, the group of tracks that belong to a person, -1 = unknown.
        evidence: of faces.
        constraints: what no evidence outranks.
        drawn: (num_tracks,) bool, tracks of figures: drawn, painted or animated, they are nobody.
    """

    groups: Groups
    person: IntArray
    evidence: FaceEvidence
    constraints: Constraints
    drawn: BoolArray

    @property
    def strong(self) -> BoolArray:
        """(num_tracks,) bool, tracks whose group stage 1 is sure of."""
        return np.asarray(self.groups.probability >= STRONG_FROM)


@dataclass(frozen=True)
class Remarks:
    """What both stages say besides who each face is.

    Attributes:
        notices: worth telling.
        nearly_same: people who may be one person.
    """

    notices: tuple[Notice, ...]
    nearly_same: tuple[NearlySame, ...] = ()

    def renumbered(self, before: IntArray, faces: Faces) -> Remarks:
        """Return them with the person numbers of a table; ``before`` has the old ones, by row."""
        return Remarks(self.notices, renumbered(self.nearly_same, before, faces))


def people_by_face(
    tracks: Tracks,
    columns: Columns,
    curves: Curves,
    config: PeopleConfig,
    constraints: Constraints | None = None,
) -> ByFace:
    """Find people by face: stage 1.

    Args:
        tracks: the tracks.
        columns: first and last column (exclusive) of each network in ``tracks.face_mean``.
        curves: what cosines are worth.
        config: how people are found.
        constraints: what no evidence outranks, in both stages; None = what pictures forbid.
    """
    constraints = constraints or Constraints(tracks.pictures)
    evidence = face_evidence(tracks, columns, curves.of_faces(columns), constraints)
    groups = find_by_face(tracks, evidence, constraints, config.stop, config.face_method)
    drawn = np.zeros(len(tracks), dtype=bool)
    if curves.drawn is not None:
        drawn = curves.drawn.of_groups(tracks, columns, groups.group) & ~constraints.in_together
    person = known_groups(tracks, groups, constraints.in_together, drawn)
    return ByFace(groups, person, evidence, constraints, drawn)


def cloth_evidence(
    tracks: Tracks, by_face: ByFace, columns: Columns, curves: Curves, config: PeopleConfig
) -> ClothEvidence | None:
    """Return the evidence of clothes, weighted film by film; None where clothing does not count.

    Args:
        tracks: the tracks.
        by_face: what stage 1 found.
        columns: first and last column (exclusive) of each part of ``tracks.cloth_mean``.
        curves: what cosines are worth.
        config: how people are found.
    """
    if config.cloth_method == "none" or not tracks.has_clothes.any():
        return None
    cloth = ClothEvidence(tracks, columns, curves.of_clothes(columns))
    weigh_clothes(tracks, by_face.evidence, cloth, by_face.constraints)
    return cloth


def people_by_clothing(
    tracks: Tracks, by_face: ByFace, columns: Columns, curves: Curves, config: PeopleConfig
) -> tuple[TrackPeople, tuple[Notice, ...]]:
    """Do ``people_by_cloth_evidence`` with that of ``cloth_evidence``; arguments as there."""
    cloth = cloth_evidence(tracks, by_face, columns, curves, config)
    return people_by_cloth_evidence(tracks, by_face, cloth, config)


def people_by_cloth_evidence(
    tracks: Tracks, by_face: ByFace, cloth: ClothEvidence | None, config: PeopleConfig
) -> tuple[TrackPeople, tuple[Notice, ...]]:
    """Give unknown and low-confidence tracks to people by clothing beside their faces: stage 2.

    Args:
        tracks: the tracks.
        by_face: what stage 1 found.
        cloth: the evidence of clothes; None = clothing does not count.
        config: how people are found.

    Returns:
        What both stages decided, people numbered by their faces; and remarks.
    """
    if cloth is None:
        people = after_faces(by_face.person, by_face.groups).with_drawn(by_face.drawn)
        return people.numbered_by_faces(tracks.num_faces), _drawn_notices(tracks, by_face)
    groups = find_by_clothing(
        tracks,
        by_face.groups,
        by_face.strong,
        JointEvidence.after(by_face.groups, by_face.strong, by_face.evidence, cloth),
        by_face.constraints,
        config.stop,
        config.cloth_method,
    )
    # A track that stage 1 is sure of stays known, even if the tracks that made its group a person
    # move to another one.
    kept = by_face.strong & (by_face.person != UNKNOWN)
    groups = groups.surer(np.where(kept, by_face.groups.probability, 0.0))
    found = known_groups(tracks, groups, by_face.constraints.in_together, by_face.drawn)
    after = np.where(kept, groups.group, found)
    before = as_after(by_face.person, after, tracks.num_faces)
    people = after_clothing(tracks, before, after, by_face.strong, groups, by_face.evidence, cloth)
    people = people.with_drawn(by_face.drawn).numbered_by_faces(tracks.num_faces)
    return people, (*_notices(people, cloth), *_drawn_notices(tracks, by_face))


def _drawn_notices(tracks: Tracks, by_face: ByFace) -> tuple[Notice, ...]:
    num_faces = int(tracks.num_faces[by_face.drawn].sum())
    return (Notice(NoticeCode.DRAWN, {"num_faces": num_faces}),) if num_faces else ()


def _notices(people: TrackPeople, cloth: ClothEvidence) -> tuple[Notice, ...]:
    weights = {
        "num_films": len(cloth.weight),
        "lowest": float(cloth.weight.min()),
        "highest": float(cloth.weight.max()),
    }
    notices = [Notice(NoticeCode.CLOTH_WEIGHT, weights)]
    new = np.unique(people.person[people.reason == Reason.CLOTH_ONLY_PERSON])
    if num_new := int((new != UNKNOWN).sum()):
        notices.append(Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": num_new}))
    return tuple(notices)
