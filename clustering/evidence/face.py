"""Evidence of faces that two tracks are one person."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from .alike import alike_here, likely_people
from .compared import Compared
from .curves import FaceCurve
from .likelihood import reliability_of
from .members import clearest_of_each, open_pairs, split_groups, stacked_pairs
from .protocols import Pairs
from .vectors import Columns, parts_of

LOOKS_TO_COMPARE = 0.1
"""With fewer looks a track says nothing about what strangers have in common."""

_HALF_CLEAR_LOOKS = 0.15  # looks of a track that is as likely a blur or a thing as a person
_LOOKS_OF_A_BLUR = 4  # how often it is seen; a blur that is seen longer is somebody
_CLEAR = 0.7  # looks from which a track shows its person without doubt
_KNOWN_WELL = 1.5  # looks from which a face that says no outweighs clothes that say yes
_TWO_PEOPLE = -3.0  # evidence of two clear tracks (20 to 1) that nothing outweighs

_LOOKS_OF_A_PHOTO = 2.5  # looks of a film that tell as much: people hold still for a photo

_MOST_POOLED = 24  # tracks of a group, the clearest, whose mean describes it
FEW_COMPARED = 8  # of them, that are compared one by one
PAIRS_AGREE = 0.5  # mean evidence of these pairs that the mean vectors may outdo
LEAST_LOOKS = 1e-3  # of a track without a clear look, in a mean
_MOST_LOOKS = 12.0  # of a group: more of them share light and pose, and tell nothing new

_MOST = 12.0  # limit of evidence: beyond it the curve has no data


@dataclass(frozen=True, eq=False)
class Summary:
    """What ``FaceEvidence.of_groups`` needs of groups of tracks, to be kept without the tracks.

    Attributes:
        units: (num_rows, dim) float64, unit rows, by network: first the mean of each group, then a
            few of its clearest tracks, by group, the clearest first.
        common: (num_rows,) float64, what each has in common with strangers of its film, by network.
        looks: (num_rows,) float64, how much is known of each.
        group: (num_rows,) int64, the group of each row.
    """

    units: Mapping[str, NDArray[np.float64]]
    common: Mapping[str, NDArray[np.float64]]
    looks: NDArray[np.float64]
    group: IntArray


class FaceEvidence:
    """Log-likelihood ratios of pairs of tracks.

    Attributes:
        reliability: (num_tracks,) float64, 0..1, how well the face of a track is known: the cosine
            of its mean with what a mean of endless looks would be; 0 = it has no face vector.
        clearness: (num_tracks,) float64, 0..1, how surely the face of the track shows somebody at
            all.
        presence: (num_tracks,) float64, 0..1, the same by how long it is seen, too: what a detector
            takes for a face again and again, however small or blurred, is hardly a thing.
        is_known_well: (num_tracks,) bool, tracks with many good looks.

    Args:
        tracks: the tracks.
        columns: first and last column (exclusive) of each network in ``tracks.face_mean``.
        curve: what cosines of these networks are worth.
    """

    def __init__(
        self,
        tracks: Tracks,
        columns: Columns,
        curve: FaceCurve,
    ) -> None:
        has_face = tracks.has_face
        looks = np.where(has_face, tracks.looks, 0.0)
        self._looks = looks * np.where(tracks.is_photo, _LOOKS_OF_A_PHOTO, 1.0)
        self._mean_weight = np.maximum(self._looks, LEAST_LOOKS)
        self._half_looks = curve.half_looks
        self.reliability = reliability_of(self._looks, self._half_looks)
        self.clearness: NDArray[np.float64] = looks / (looks + _HALF_CLEAR_LOOKS)
        seen = looks * np.maximum(1.0, tracks.num_looks / _LOOKS_OF_A_BLUR)
        self.presence: NDArray[np.float64] = seen / (seen + _HALF_CLEAR_LOOKS)
        self.is_known_well: BoolArray = self._looks >= _KNOWN_WELL
        self._is_clear = looks >= _CLEAR
        self._parts = partial(parts_of, columns=columns, nuisance=curve.nuisance)
        self._says_common = has_face & (tracks.looks >= LOOKS_TO_COMPARE)
        self._shot = tracks.shot
        self._with_own = Compared.of(
            self._parts(tracks.face_mean), self._says_common, tracks.film, curve.networks
        )
        self._compared = self._with_own.without_own(self._says_common, self.reliability)

    def learn(self, group: IntArray) -> None:
        """Learn how alike the tracks of one person are in each film.

        Where they are more alike than elsewhere, only tracks that are known well are expected to
        be: somebody seen from the side or for a moment is less alike.

        Args:
            group: (num_tracks,) int64, who each track is more likely than not, as far as it is
                known by now.
        """
        before = self._with_own  # as films were when the curves were fitted
        people = likely_people(group, before.film, self._shot, self._is_clear)
        likeness = {}
        for name, units in before.units.items():
            curve, common = before.curves[name], before.common[name]
            own = np.ones(len(before.film))
            alike = alike_here(units, common, self.reliability, curve, people)
            for film, here in alike.items():
                rows = (before.film == film) & (self.is_known_well | (here < curve.alike))
                own[rows] = here / curve.alike
            likeness[name] = own
        now = dataclasses.replace(before, likeness=likeness)
        self._compared = now.without_own(self._says_common, self.reliability)

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (..., num_rows, num_others)."""
        known = self.reliability[rows][..., None] * self.reliability[others][..., None, :]
        return np.clip(self._compared.evidence(rows, others, known), -_MOST, _MOST)

    def of_parts(
        self, track: int, means: NDArray[np.float64], looks: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the evidence that parts of one track are one person, two by two, (num_pairs,).

        Args:
            track: which; its parts have in common with strangers what it has.
            means: (2 * num_pairs, face_dim) float64, of the first part of each pair, then of the
                second.
            looks: (2 * num_pairs,) float64, how much is known of each, see ``Tracks.looks``.
        """
        known = reliability_of(looks, self._half_looks)
        return self._compared.of_parts(track, self._parts(means), known)

    def of_groups(self, group: IntArray, needless: BoolArray | None = None) -> NDArray[np.float64]:
        """Return the evidence that two groups of tracks are one person, (num_groups, num_groups).

        Each group is described by the mean of its tracks and is the better known, the more there
        are: scoring by the book for many looks at both (Rajan et al., "From single to multiple
        enrollment i-vectors", Digital Signal Processing 2014), where the mean evidence of pairs
        knows a group no better than one track. Where the pairs by themselves say little or
        nothing, that mean holds: look-alikes are alike on the whole and differ in each picture.

        Args:
            group: (num_tracks,) int64, 0..num_groups-1, each with a member; -1 = in none.
            needless: (num_groups, num_groups) bool, pairs that nobody asks for, which may hold
                anything; None = there are none.
        """
        means, looks, kept = self._means_of(group)
        reliability = reliability_of(looks, self._half_looks)
        rows = np.arange(len(looks))
        known = reliability[:, None] * reliability[None]
        pooled = means.evidence(rows, rows, known)
        few = [rows[:FEW_COMPARED] for rows in split_groups(group, kept)]
        for one, other, *pairs in stacked_pairs(open_pairs(pooled > PAIRS_AGREE, needless), few):
            mean = self.between(*pairs).reshape(len(one), -1).mean(axis=1)
            one, other, mean = (each[mean <= PAIRS_AGREE] for each in (one, other, mean))
            pooled[one, other] = pooled[other, one] = mean
        return np.clip(pooled, -_MOST, _MOST)

    def summary(self, group: IntArray) -> Summary:
        """Return what ``of_groups`` needs of each group.

        Args:
            group: (num_tracks,) int64, 0..num_groups-1, each with a member; -1 = in none.
        """
        means, looks, _ = self._means_of(group)
        few = clearest_of_each(group, self._mean_weight, FEW_COMPARED)
        tracks = self._compared
        return Summary(
            {k: np.concatenate([rows, tracks.units[k][few]]) for k, rows in means.units.items()},
            {k: np.concatenate([rows, tracks.common[k][few]]) for k, rows in means.common.items()},
            np.concatenate([looks, self._looks[few]]),
            np.concatenate([np.arange(len(looks)), group[few]]),
        )

    def _means_of(self, group: IntArray) -> tuple[Compared, NDArray[np.float64], IntArray]:
        """Return each group by the mean of its clearest tracks, their looks, and these tracks."""
        kept = clearest_of_each(group, self._mean_weight, _MOST_POOLED)
        looks = np.minimum(np.bincount(group[kept], weights=self._looks[kept]), _MOST_LOOKS)
        of_kept = np.full(len(group), -1)
        of_kept[kept] = group[kept]
        return self._compared.pooled(of_kept, self._mean_weight), looks, kept

    def pairs(self, rows: IntArray) -> Pairs:
        """Return the evidence of every two tracks, and which pairs are two people.

        A pair is surely two people when both tracks are clear and their faces say so: in the mean
        over many pairs that would be hidden by others that look alike.
        """
        evidence, clear = self.between(rows, rows), self._is_clear[rows]
        apart = clear[:, None] & clear[None] & (evidence < _TWO_PEOPLE)
        return Pairs(evidence, None, apart)
