"""Vectors of tracks, compared network by network: the part that faces and clothes share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from .curves import VectorCurve
from .likelihood import excess_cosine, log_likelihood_ratio
from .vectors import FloatRows, common_cosines


class Compared:
    """Turns cosines of pairs of tracks into evidence, summed over networks.

    Args:
        units: (num_tracks, dim) unit rows, by network.
        use: (num_tracks,) bool, tracks that say what strangers have in common.
        film: (num_tracks,) int64, a code per film.
        curves: what cosines are worth, by network.
    """

    def __init__(
        self,
        units: Mapping[str, FloatRows],
        use: BoolArray,
        film: IntArray,
        curves: Mapping[str, VectorCurve],
    ) -> None:
        self._units, self._curves = units, curves
        self._common = {
            name: common_cosines(own, use, film, curves[name].strangers, curves[name].most_common)
            for name, own in units.items()
        }

    def evidence(
        self, rows: IntArray, others: IntArray, known: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(rows), len(others)).

        Args:
            rows: of tracks.
            others: rows of tracks.
            known: (len(rows), len(others)) float64, 0..1, how well both are known.
        """
        evidence = np.zeros((len(rows), len(others)))
        for name, units in self._units.items():
            own, curve = self._common[name], self._curves[name]
            common = (own[rows][:, None] + own[others][None]) / 2
            excess = excess_cosine(units[rows] @ units[others].T, common)
            evidence += log_likelihood_ratio(excess, curve.alike * known, curve.dimensions)
        return evidence
