"""Evidence of clothes that two tracks are one person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from .compared import Compared
from .curves import ClothCurve
from .vectors import Columns, units_of_parts

WINDOW_S = 120.0
"""Clothes of two tracks of a film further apart in time than this say nothing."""

_MOST = 4.0  # evidence of clothes alone is never higher
_SURE = 3.0  # face evidence from which a pair is taken as known when clothes are weighed
_WEIGHTS = np.linspace(0.0, 1.5, 31)
_PRIOR, _PRIOR_SPREAD = 1.0, 0.5
_SHARES = np.linspace(0.0, 0.98, 50)
_PRIOR_UNCHANGED = 2.0  # pairs of shots of one person, all in the same clothes, as a prior
_NEAR_AND_FAR, _OF_NEAR_AND_FAR = 2.0, 0.5
"""Where one face is this many times as wide as the other, one picture shows a collar, one a coat:
clothes that differ then count this much (docs/evidence.md)."""

_CHANGED_UNDATED = 0.9  # between photos of which nobody knows when they were taken


class ClothEvidence:
    """Log-likelihood ratios of pairs of tracks, 0 where their clothes cannot be compared.

    Attributes:
        film: (num_tracks,) int64, a code per film; between two films clothes say nothing.
        weight: (num_films,) float64, by code of the film: how much its clothes say, 0 = nothing,
            1 = as much as clothes in other films.
        changed: (num_films,) float64, 0..1: how often one person is in other clothes, or in other
            light, in another shot.

    Args:
        tracks: the tracks.
        columns: first and last column (exclusive) of each part of ``tracks.cloth_mean``.
        curve: what cosines of these parts are worth.
    """

    def __init__(self, tracks: Tracks, columns: Columns, curve: ClothCurve) -> None:
        self._tracks, self._lasting_s = tracks, curve.lasting_s
        self.film = tracks.film
        self._undated = tracks.is_photo & ~np.isfinite(tracks.start_s)
        self._middle_s = (tracks.start_s + tracks.end_s) / 2
        self._compared = Compared.of(
            units_of_parts(tracks.cloth_mean, columns), tracks.has_clothes, tracks.film, curve.parts
        )
        self.weight = np.ones(int(tracks.film.max(initial=-1)) + 1)
        self.changed = np.zeros(len(self.weight))

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (..., num_rows, num_others)."""
        clothes = if_changed(self.as_usual(rows, others), self._changed(rows, others))
        clothes[(clothes < 0) & self._near_and_far(rows, others)] *= _OF_NEAR_AND_FAR
        return np.asarray(self.weight[self.film[rows]][..., None] * clothes)

    def as_usual(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return what ``between`` would return if these films were like all others."""
        evidence = self._compared.evidence(rows, others, self._lasting(rows, others))
        return np.clip(evidence, -_MOST, _MOST)

    def learn(self, rows: IntArray, same: BoolArray, other: BoolArray) -> None:
        """Learn from pairs that are known without clothes how much those of a film say.

        Args:
            rows: (num_rows,) int64, tracks of one film.
            same: (num_rows, num_rows) bool, symmetric, pairs that are one person for sure.
            other: (num_rows, num_rows) bool, symmetric, pairs that are two.
        """
        upper = np.triu_indices(len(rows), 1)
        film = self.film[rows[:1]]
        usual = self.as_usual(rows, rows)[upper]
        elsewhere = self._in_other_shots(rows, rows)[upper]
        self.changed[film] = changed_share(usual[same[upper] & elsewhere & (usual != 0)])
        clothes = if_changed(usual, self._changed(rows, rows)[upper])
        self.weight[film] = film_weight(clothes, same[upper], other[upper])

    def _changed(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return how often one person is in other clothes in both, (..., num_rows, num_others)."""
        changed = np.where(
            self._in_other_shots(rows, others), self.changed[self.film[rows]][..., None], 0.0
        )
        both = self._undated[rows][..., None] & self._undated[others][..., None, :]
        return np.where(both, np.maximum(changed, _CHANGED_UNDATED), changed)

    def _near_and_far(self, rows: IntArray, others: IntArray) -> BoolArray:
        """Say which pairs are of two shots, one from near and one from far."""
        width = self._tracks.face_px
        times = width[rows][..., None] / width[others][..., None, :]
        is_far = np.maximum(times, 1 / times) > _NEAR_AND_FAR
        return np.asarray(is_far & self._in_other_shots(rows, others))

    def _in_other_shots(self, rows: IntArray, others: IntArray) -> BoolArray:
        """Say which pairs are of two shots. All photos of an event count as one shot."""
        shot = self._tracks.shot
        return np.asarray(shot[rows][..., None] != shot[others][..., None, :])

    def _lasting(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Say how far clothes of one person are still alike, 0..1; 0 = not comparable."""
        tracks = self._tracks
        comparable = comparable_clothes(tracks, rows[..., None], others[..., None, :])
        gap_s = np.abs(self._middle_s[rows][..., None] - self._middle_s[others][..., None, :])
        # Inside an event of photos people do not change, however long it is.
        gap_s = np.where(tracks.is_photo[rows][..., None], 0.0, gap_s)
        near = comparable & (gap_s < WINDOW_S)
        return np.where(near, np.exp(-np.where(near, gap_s, 0.0) / self._lasting_s), 0.0)


def comparable_clothes(tracks: Tracks, first: IntArray, second: IntArray) -> BoolArray:
    """Say which pairs of tracks are of one film and event, with clothes in sight of both.

    Args:
        tracks: the tracks.
        first: rows of tracks, of a shape that broadcasts with that of ``second``.
        second: rows of tracks.
    """
    return np.asarray(
        (tracks.film[first] == tracks.film[second])
        & (tracks.event[first] == tracks.event[second])
        & tracks.has_clothes[first]
        & tracks.has_clothes[second]
    )


def if_changed(evidence: NDArray[np.float64], changed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what evidence of clothes is worth where people change them.

    With some probability one person has changed, and clothes are as alike as those of two people:
    other clothes then hardly speak against one person, the same ones go on speaking for it.

    Args:
        evidence: as if nobody changed, any shape; 0 = not comparable, and stays 0.
        changed: 0..1, the probability that one person has changed, of the same shape.
    """
    mixed = np.log(changed + (1 - changed) * np.exp(evidence))
    return np.asarray(np.where(evidence == 0, 0.0, mixed))


def changed_share(evidence: NDArray[np.float64]) -> float:
    """Return how often people have changed clothes between two shots, the likeliest share, 0..1.

    Args:
        evidence: (num_pairs,) of clothes of one person in two shots, as if nobody changed.
    """
    fit = _PRIOR_UNCHANGED * np.log1p(-_SHARES)
    if len(evidence):
        mixed = np.log(_SHARES[:, None] + (1 - _SHARES[:, None]) * np.exp(evidence[None]))
        # Pairs of one track depend on each other: their root counts as independent ones.
        fit += mixed.mean(axis=1) * np.sqrt(len(evidence))
    return float(_SHARES[fit.argmax()])


def film_weight(evidence: NDArray[np.float64], same: BoolArray, other: BoolArray) -> float:
    """Return how much clothes say in one film, by pairs that are known without them.

    The slope of a logistic regression of one person or two on the evidence of clothes, through 0,
    with a normal prior about 1. Where everyone is dressed alike, or people change clothes from
    picture to picture, known pairs show no slope, and clothes weigh nothing.

    Args:
        evidence: (num_pairs,) of clothes, 0 = not comparable.
        same: (num_pairs,) bool, pairs that are one person by their faces for sure.
        other: (num_pairs,) bool, pairs that are two: one picture shows both, or their faces say so.

    Returns:
        0 to 1.5.
    """
    comparable = evidence != 0
    fit = -(((_WEIGHTS - _PRIOR) / _PRIOR_SPREAD) ** 2) / 2
    for known, sign in ((same & comparable, 1.0), (other & comparable, -1.0)):
        if known.any():
            # Pairs of one track depend on each other: their root counts as independent ones.
            usual = evidence[known]
            for place, weight in enumerate(_WEIGHTS):  # one by one: there may be many pairs
                loss = np.log1p(np.exp(-sign * weight * usual)).mean()
                fit[place] -= loss * np.sqrt(len(usual))
    return float(_WEIGHTS[fit.argmax()])


def sure_pairs(face: NDArray[np.float64], forbidden: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Return the pairs that are one person, and those that are two, by faces and constraints."""
    return (face > _SURE) & ~forbidden, (face < -_SURE) | forbidden
