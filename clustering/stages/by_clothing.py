"""Stage 2: unknown and low-confidence tracks, by clothing beside their faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.cloth import ClothEvidence, sure_pairs
from ..evidence.face import FaceEvidence
from ..evidence.members import clearest_of_each, open_pairs, split_groups, stacked_pairs
from ..evidence.protocols import Pairs
from ..grouping.average import comparable_mean
from ..grouping.constraints import Constraints
from ..grouping.groups import Groups, rate_groups
from ..grouping.large import IN_A_SCENE, group_tracks, scenes_of, share_a_film

_FEW = 8  # of the tracks of a group, the clearest, whose clothes represent it


@dataclass(frozen=True, eq=False)
class JointEvidence:
    """The sum of what faces and clothes say: they are taken as independent.

    Where two faces are known well and speak against one person, similar clothes do not count.

    Attributes:
        face: evidence of faces.
        cloth: evidence of clothes.
        sure: (num_tracks,) int64, the group of each track of which stage 1 is sure, -1 = it is not.
    """

    face: FaceEvidence
    cloth: ClothEvidence
    sure: IntArray

    @classmethod
    def after(
        cls, by_face: Groups, strong: BoolArray, face: FaceEvidence, cloth: ClothEvidence
    ) -> JointEvidence:
        """Make it of what stage 1 found; ``strong`` as in ``find_by_clothing``."""
        return cls(face, cloth, np.where(strong, by_face.group, -1))

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(rows), len(others))."""
        by_face, clothes = self.face.between(rows, others), self.cloth.between(rows, others)
        return by_face + self._not_denied(clothes, by_face, rows, others)

    def pairs(self, rows: IntArray) -> Pairs:
        """Return what is known of every two tracks, and which pairs are two people by their faces.

        Two of which stage 1 is sure, each as a person of its own, are as likely one as any two
        groups that are compared as wholes: it takes more than faces that say little and clothes.
        """
        by_face, _, apart = self.face.pairs(rows)
        group = self.sure[rows]
        two = (group[:, None] != group[None]) & (group[:, None] >= 0) & (group[None] >= 0)
        clothes = self.cloth.between(rows, rows)
        counted = np.where(clothes == 0, np.nan, self._not_denied(clothes, by_face, rows, rows))
        return Pairs(by_face - np.where(two, IN_A_SCENE, 0.0), counted, apart)

    def _not_denied(
        self,
        clothes: NDArray[np.float64],
        by_face: NDArray[np.float64],
        rows: IntArray,
        others: IntArray,
    ) -> NDArray[np.float64]:
        """Return what clothes say, without what faces that are known well contradict."""
        known = self.face.is_known_well
        denied = known[rows][:, None] & known[others][None] & (by_face < 0)
        return np.where(denied, np.minimum(clothes, 0.0), clothes)

    def of_groups(self, group: IntArray, needless: BoolArray | None = None) -> NDArray[np.float64]:
        """Return the evidence of groups of tracks, as ``FaceEvidence.of_groups`` does.

        Clothes are compared track by track, where these are of one film and the faces leave it
        open.
        """
        evidence = self.face.of_groups(group, needless)
        kept = clearest_of_each(group, self.face.clearness, _FEW)
        members = split_groups(group, kept)
        is_open = (evidence > 0) & share_a_film(group, self.cloth.film, len(evidence))
        for one, other, *both in stacked_pairs(open_pairs(is_open, needless), members):
            pairs = self.cloth.between(*both).reshape(len(one), -1)
            comparable = np.count_nonzero(pairs, axis=1)
            clothes = comparable_mean(pairs.sum(axis=1), comparable, pairs.shape[1])
            evidence[one, other] += clothes
            evidence[other, one] += clothes
        return evidence


def weigh_clothes(
    tracks: Tracks, face: FaceEvidence, cloth: ClothEvidence, constraints: Constraints
) -> None:
    """Learn from each film how much its clothes are worth."""
    for rows, *_ in scenes_of(tracks):  # a scene of a long film says as much as the whole
        place = np.full(len(tracks), -1)
        place[rows] = np.arange(len(rows))
        forbidden = constraints.forbidden(place, len(rows))
        cloth.learn(rows, *sure_pairs(face.between(rows, rows), forbidden))


def find_by_clothing(
    tracks: Tracks,
    by_face: Groups,
    strong: BoolArray,
    evidence: JointEvidence,
    constraints: Constraints,
    stop: float,
    method: str,
) -> Groups:
    """Group the tracks that stage 1 was not sure of, by their faces and clothes together.

    The strong tracks of a person stay together and keep their person; all others begin alone.

    Args:
        tracks: the tracks.
        by_face: what stage 1 found.
        strong: (num_tracks,) bool, tracks whose person stage 1 is sure of.
        evidence: of faces and clothes.
        constraints: what it does not outrank.
        stop: mean evidence from which two groups are one person.
        method: one of ``grouping.large.METHODS``.
    """
    # A person of several films begins as one group in each.
    _, of_film = np.unique(np.stack([by_face.group, tracks.film]), axis=1, return_inverse=True)
    start = np.where(strong, of_film, len(tracks) + np.arange(len(tracks)))
    grouped = group_tracks(evidence, constraints, tracks, stop, method, start)
    return rate_groups(grouped, evidence, constraints, tracks, evidence.face.presence)
