"""Curves of evidence fitted to labelled tracks: what cosines are worth, measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.track_means import TrackMeans
from .cloth import WINDOW_S, comparable_clothes
from .curves import ClothCurve, FaceCurve, VectorCurve
from .face import CLEAR_LOOKS
from .likelihood import excess_cosine, log_likelihood_ratio
from .vectors import common_cosines, parts_of

Columns = Mapping[str, tuple[int, int]]
FloatArray = NDArray[np.float64]

_FACES_IN_COMMON, _CLOTHES_IN_COMMON = 0.15, 0.25
"""What a film's tracks have in common is at most so much above what strangers have elsewhere:
more would be the one person of a film of one person."""

_MOST_PAIRS = 100  # of a table; more pairs of the same tracks say little more
_PULL = 1e-3  # of the prior: keeps the numbers finite where few pairs would not


@dataclass(frozen=True, eq=False)
class LabelledTracks:
    """The tracks of one film, and who they are.

    Attributes:
        tracks: the tracks.
        person: (num_tracks,) str, "" = not labelled.
    """

    tracks: TrackMeans
    person: NDArray[np.str_]

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return both tracks of every labelled pair that no picture shows together, and if same."""
        labelled = self.person != ""
        seen = self.tracks.pictures
        first, second = np.triu_indices(len(self.tracks), 1)
        both = np.flatnonzero(labelled[first] & labelled[second])
        apart = [seen[first[row]].isdisjoint(seen[second[row]]) for row in both.tolist()]
        both = both[np.array(apart, dtype=bool)]
        return first[both], second[both], self.person[first[both]] == self.person[second[both]]


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Labelled pairs of all films.

    Attributes:
        excess: (num_pairs, num_parts) float64, excess cosines.
        known: (num_pairs, any) float64, what says how well both tracks are known.
        same: (num_pairs,) bool.
        weight: (num_pairs,) float64, of each in the fit.
    """

    excess: FloatArray
    known: FloatArray
    same: NDArray[np.bool_]
    weight: FloatArray


def fit_face_curve(films: Sequence[LabelledTracks], columns: Columns) -> FaceCurve:
    """Fit the evidence of faces.

    Args:
        films: labelled tracks.
        columns: first and last column (exclusive) of each network in ``TrackMeans.face_mean``.

    Raises:
        ValueError: no pair of one person, or none of two.
    """
    strangers, most = _strangers(films, columns, faces=True)
    parts = []
    for film in films:
        first, second, same = film.pairs()
        both = film.tracks.has_face[first] & film.tracks.has_face[second]
        first, second, same = first[both], second[both], same[both]
        common = _common(film.tracks, columns, strangers, most, faces=True)
        excess = _excess(film.tracks.face_mean, columns, common, first, second)
        looks = film.tracks.looks[np.stack([first, second], axis=1)]
        parts.append(_Pairs(excess, looks, same, _balanced(same)))
    dimensions, alike, half_looks = _fit(_joined(parts), known_by_looks, 12.0, 0.8, 1.0)
    return FaceCurve(_named(columns, dimensions, alike, strangers, most), half_looks)


def fit_cloth_curve(films: Sequence[LabelledTracks], columns: Columns) -> ClothCurve:
    """Fit the evidence of clothes.

    Args:
        films: labelled tracks.
        columns: first and last column (exclusive) of each part of ``TrackMeans.cloth_mean``.

    Raises:
        ValueError: no pair of one person near in time, or none of two.
    """
    strangers, most = _strangers(films, columns, faces=False)
    parts = []
    for film in films:
        first, second, same = film.pairs()
        middle_s = (film.tracks.start_s + film.tracks.end_s) / 2
        gap_s = np.abs(middle_s[first] - middle_s[second])
        both = comparable_clothes(film.tracks, first, second) & (gap_s < WINDOW_S)
        first, second, same = first[both], second[both], same[both]
        common = _common(film.tracks, columns, strangers, most, faces=False)
        excess = _excess(film.tracks.cloth_mean, columns, common, first, second)
        parts.append(_Pairs(excess, gap_s[both][:, None], same, _balanced(same)))
    dimensions, alike, lasting_s = _fit(_joined(parts), known_by_time, 8.0, 0.5, 200.0)
    return ClothCurve(_named(columns, dimensions, alike, strangers, most), lasting_s)


def known_by_looks(looks: FloatArray, half_looks: float) -> FloatArray:
    """Return how well both tracks of pairs are known by their looks, (num_pairs, 2) -> 0..1."""
    return np.asarray(np.sqrt(looks / (looks + half_looks)).prod(axis=1))


def known_by_time(gap_s: FloatArray, lasting_s: float) -> FloatArray:
    """Return how far clothes are still alike after a time, (num_pairs, 1) -> 0..1."""
    return np.asarray(np.exp(-gap_s[:, 0] / lasting_s))


def _fit(
    pairs: _Pairs,
    known: Callable[[FloatArray, float], FloatArray],
    dimensions: float,
    alike: float,
    scale: float,
) -> tuple[FloatArray, FloatArray, float]:
    """Return dimensions and likeness of each part, and the scale of ``known``, likeliest together.

    Minimises the weighted logistic loss of the evidence, what it is used for, rather than fitting
    the distribution of cosines: no assumption about the shape of its tails is taken over.
    """
    from scipy.optimize import minimize

    num_parts = pairs.excess.shape[1]
    usual = np.concatenate(
        [
            np.full(num_parts, np.log(dimensions / num_parts)),
            np.full(num_parts, np.log(alike / (1 - alike))),
            [np.log(scale)],
        ]
    )
    sign = np.where(pairs.same, 1.0, -1.0)

    def loss(numbers: FloatArray) -> float:
        evidence = np.zeros(len(sign))
        both_known = known(pairs.known, float(np.exp(numbers[-1])))
        for part in range(num_parts):
            expected = both_known / (1 + np.exp(-numbers[num_parts + part]))
            evidence += log_likelihood_ratio(
                pairs.excess[:, part], expected, float(np.exp(numbers[part]))
            )
        wrong = np.logaddexp(0.0, -sign * np.clip(evidence, -40.0, 40.0))
        return float(pairs.weight @ wrong + _PULL * ((numbers - usual) ** 2).sum())

    found = minimize(loss, usual, method="L-BFGS-B").x
    likeness = 1 / (1 + np.exp(-found[num_parts:-1]))
    return np.exp(found[:num_parts]), likeness, float(np.exp(found[-1]))


def _joined(parts: Sequence[_Pairs]) -> _Pairs:
    same = np.concatenate([part.same for part in parts]) if parts else np.zeros(0, dtype=bool)
    if not same.any() or same.all():
        raise ValueError(
            f"expected labelled pairs of one person and of two, got {int(same.sum())} and"
            f" {int((~same).sum())}"
        )
    weight = np.concatenate([part.weight for part in parts])
    return _Pairs(
        np.concatenate([part.excess for part in parts]),
        np.concatenate([part.known for part in parts]),
        same,
        weight / weight.sum(),
    )


def _balanced(same: NDArray[np.bool_]) -> FloatArray:
    """Give pairs of one person as much weight as pairs of two; films with more pairs a bit more."""
    num_same, num_other = int(same.sum()), int((~same).sum())
    pairs = min(max(min(num_same, num_other), 1), _MOST_PAIRS)
    half = np.where(same, 0.5 / max(num_same, 1), 0.5 / max(num_other, 1))
    return np.asarray(half * np.sqrt(pairs))


def _excess(
    means: FloatArray,
    columns: Columns,
    common: Mapping[str, FloatArray],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> FloatArray:
    excess = [
        excess_cosine(
            (units[first] * units[second]).sum(axis=1),
            (common[name][first] + common[name][second]) / 2,
        )
        for name, units in parts_of(means, columns).items()
    ]
    return np.stack(excess, axis=1)


def _common(
    tracks: TrackMeans,
    columns: Columns,
    strangers: Mapping[str, float],
    most: Mapping[str, float],
    faces: bool,
) -> dict[str, FloatArray]:
    means = tracks.face_mean if faces else tracks.cloth_mean
    use = tracks.has_face & (tracks.looks >= CLEAR_LOOKS) if faces else tracks.has_clothes
    return {
        name: common_cosines(units, use, tracks.film, strangers[name], most[name])
        for name, units in parts_of(means, columns).items()
    }


def _strangers(
    films: Sequence[LabelledTracks], columns: Columns, faces: bool
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what strangers of ordinary films have in common, and what it counts as at most."""
    nothing, all_of_it = dict.fromkeys(columns, np.nan), dict.fromkeys(columns, 1.0)
    by_film = [_common(film.tracks, columns, nothing, all_of_it, faces) for film in films]
    strangers = {}
    for name in columns:
        medians = [
            float(np.median(common[name][known]))
            for common in by_film
            if (known := np.isfinite(common[name])).any()
        ]
        strangers[name] = float(np.median(medians)) if medians else 0.0
    add = _FACES_IN_COMMON if faces else _CLOTHES_IN_COMMON
    return strangers, {name: min(value + add, 0.9) for name, value in strangers.items()}


def _named(
    columns: Columns,
    dimensions: FloatArray,
    alike: FloatArray,
    strangers: Mapping[str, float],
    most: Mapping[str, float],
) -> dict[str, VectorCurve]:
    return {
        name: VectorCurve(
            dimensions=round(float(dimensions[part]), 3),
            alike=round(float(alike[part]), 4),
            strangers=round(strangers[name], 4),
            most_common=round(most[name], 4),
        )
        for part, name in enumerate(columns)
    }
