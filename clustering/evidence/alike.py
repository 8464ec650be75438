"""How alike the tracks of one person are in a film: the film itself shows it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from .curves import VectorCurve
from .likelihood import excess_cosine
from .members import split_groups
from .vectors import FloatRows, UnitRows

_USUAL_TRACKS = 3.0
"""The curve, fitted to all films, counts as much as this many tracks of one film."""

_LEAST, _MOST = 0.05, 0.85  # bounds of ``alike``


def alike_here(
    units: FloatRows | UnitRows,
    common: NDArray[np.float64],
    known: NDArray[np.float64],
    curve: VectorCurve,
    people: Mapping[int, list[tuple[IntArray, BoolArray]]],
) -> dict[int, float]:
    """Return how alike one person's tracks are in each film, ``VectorCurve.alike`` elsewhere.

    People who are filmed from one side in one light are far more alike from shot to shot than in
    other films, so that a cosine that means one person elsewhere is a stranger's there. The result
    is the mean excess cosine between tracks of each likely person, with the curve's as prior.

    Args:
        units: (num_tracks, dim) unit rows of one network.
        common: (num_tracks,) float64, what each has in common with strangers of its film.
        known: (num_tracks,) float64, above 0 where a track is of somebody in ``people``.
        curve: what cosines of this network are worth.
        people: of each film, as from ``likely_people``.
    """
    alike = {}
    for film, members in people.items():
        total, weight = _USUAL_TRACKS * curve.alike, _USUAL_TRACKS
        for rows, elsewhere in members:
            mean_common = (common[rows][:, None] + common[rows][None]) / 2
            excess = excess_cosine(units[rows] @ units[rows].T, mean_common)
            own = (excess / (known[rows][:, None] * known[rows][None]))[elsewhere].mean()
            further = int(elsewhere.any(axis=1).sum()) - 1
            total, weight = total + further * float(own), weight + further
        alike[film] = float(np.clip(total / weight, _LEAST, _MOST))
    return alike


def likely_people(
    group: IntArray, film: IntArray, shot: IntArray, use: BoolArray
) -> dict[int, list[tuple[IntArray, BoolArray]]]:
    """Return the tracks of each group, and which pairs of them are of two shots, by film.

    Tracks of one shot share light and angle, and say nothing about other shots. Photos have no
    shots.

    Args:
        group: (num_tracks,) int64, who each track is more likely than not.
        film: (num_tracks,) int64, a code per film.
        shot: (num_tracks,) int64.
        use: (num_tracks,) bool, tracks that show their person without doubt.
    """
    code = np.unique(np.stack([film, group]), axis=1, return_inverse=True)[1].reshape(-1)
    clear = np.flatnonzero(use)
    people: dict[int, list[tuple[IntArray, BoolArray]]] = {}
    for rows in split_groups(code, clear[np.argsort(code[clear], kind="stable")]):
        elsewhere = shot[rows][:, None] != shot[rows][None]
        if elsewhere.any():
            people.setdefault(int(film[rows[0]]), []).append((rows, elsewhere))
    return people
