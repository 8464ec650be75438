"""Vectors of tracks, compared network by network: the part that faces and clothes share."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.groups import group_sums
from .common import common_cosines, compared_with
from .curves import VectorCurve
from .vectors import FloatRows, UnitRows, unit_rows


@dataclass(frozen=True, eq=False)
class Compared:
    """Turns cosines of pairs of tracks into evidence, summed over networks.

    Attributes:
        units: (num_tracks, dim) unit rows, by network.
        common: (num_tracks,) float64, what each track has in common with strangers, by network.
        film: (num_tracks,) int64, a code per film.
        curves: what cosines are worth, by network.
        likeness: (num_tracks,) float64, above 0, by network: how many times more alike than
            elsewhere each is with others of its person in its film; of two, the lower one counts.
            A network that is not in it: as elsewhere.
    """

    units: Mapping[str, FloatRows | UnitRows]
    common: Mapping[str, NDArray[np.float64]]
    film: IntArray
    curves: Mapping[str, VectorCurve]
    likeness: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        units: Mapping[str, FloatRows | UnitRows],
        use: BoolArray,
        film: IntArray,
        curves: Mapping[str, VectorCurve],
    ) -> Compared:
        """Measure what the tracks of each film have in common.

        Args:
            units: (num_tracks, dim) unit rows, by network.
            use: (num_tracks,) bool, tracks that say what strangers have in common.
            film: (num_tracks,) int64, a code per film.
            curves: what cosines are worth, by network.
        """
        return cls(units, _common(units, use, film, curves), film, curves)

    def without_own(self, use: BoolArray, known: NDArray[np.float64]) -> Compared:
        """Measure again without each track's own person, as far as these tracks can be told.

        Args:
            use: (num_tracks,) bool, tracks that say what strangers have in common.
            known: (num_tracks,) float64, 0..1, how well each is known.
        """
        own_share = np.zeros(len(self.film))
        for rows, others in compared_with(use, self.film):
            evidence = self.evidence(rows, others, known[rows][:, None] * known[others][None])
            same = 1 / (1 + np.exp(-evidence))
            same[rows[:, None] == others[None]] = np.nan
            own_share[rows] = np.nanmean(same, axis=1)
        common = _common(self.units, use, self.film, self.curves, own_share)
        return dataclasses.replace(self, common=common)

    def pooled(self, group: IntArray, weight: NDArray[np.float64]) -> Compared:
        """Return the same for groups of tracks, each described by the mean of its vectors.

        Args:
            group: (num_tracks,) int64, 0..num_groups-1, each with a member; -1 = in none.
            weight: (num_tracks,) float64, above 0, of each track in the mean of its group.
        """
        rows = np.flatnonzero(group >= 0)
        own, weight = group[rows], weight[rows]
        count = int(own.max(initial=-1)) + 1
        total = np.bincount(own, weights=weight, minlength=count)
        units = {
            name: unit_rows(group_sums(unit[rows], own, count, weight))
            for name, unit in self.units.items()
        }
        common, likeness = (
            {
                name: np.bincount(own, weights=weight * each[rows], minlength=count) / total
                for name, each in of_tracks.items()
            }
            for of_tracks in (self.common, self.likeness)
        )
        film = _film_of_each(own, self.film[rows], count)
        return Compared(units, common, film, self.curves, likeness)

    def evidence(
        self, rows: IntArray, others: IntArray, known: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (..., num_rows, num_others).

        Args:
            rows: (..., num_rows) int64, of tracks.
            others: (..., num_others) int64, of tracks.
            known: (..., num_rows, num_others) float64, 0..1, how well both are known.
        """
        evidence = np.zeros(known.shape)
        for name, units in self.units.items():
            own = self.common[name]
            common = (own[rows][..., None] + own[others][..., None, :]) / 2
            cosine = units[rows] @ np.swapaxes(units[others], -1, -2)
            likeness = self._likeness(name, rows, others)
            evidence += self.curves[name].evidence(cosine, common, known * likeness)
        return evidence

    def _likeness(self, name: str, rows: IntArray, others: IntArray) -> NDArray[np.float64] | float:
        """Return how many times more alike than elsewhere each two of one person are."""
        if name not in self.likeness:
            return 1.0
        own = self.likeness[name]
        in_one_film = self.film[rows][..., None] == self.film[others][..., None, :]
        both = np.minimum(own[rows][..., None], own[others][..., None, :])
        return np.where(in_one_film, both, 1.0)

    def of_parts(
        self, track: int, units: Mapping[str, FloatRows], known: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the evidence of parts of one track, two by two, (num_pairs,).

        Args:
            track: the row of the track.
            units: (2 * num_pairs, dim) unit rows, by network, the first part of each pair first.
            known: (2 * num_pairs,) float64, 0..1, how well each is known.
        """
        count = len(known) // 2
        both, evidence = known[:count] * known[count:], np.zeros(count)
        for name, rows in units.items():
            cosine = np.einsum("ij,ij->i", rows[:count], rows[count:])
            evidence += self.curves[name].evidence(cosine, self.common[name][track], both)
        return evidence


def _film_of_each(group: IntArray, film: IntArray, num_groups: int) -> IntArray:
    """Return the film of each group; a group of several films has a code of its own."""
    first, last = np.full(num_groups, np.iinfo(np.int64).max), np.full(num_groups, -1)
    np.minimum.at(first, group, film)
    np.maximum.at(last, group, film)
    return np.where(first == last, first, -1 - np.arange(num_groups))


def _common(
    units: Mapping[str, FloatRows | UnitRows],
    use: BoolArray,
    film: IntArray,
    curves: Mapping[str, VectorCurve],
    own_share: NDArray[np.float64] | None = None,
) -> dict[str, NDArray[np.float64]]:
    return {
        name: common_cosines(
            rows, use, film, curves[name].strangers, curves[name].most_common, own_share
        )
        for name, rows in units.items()
    }
