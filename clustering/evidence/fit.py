"""Curves of evidence fitted to labelled tracks: what cosines are worth, measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray
from ...data.tables.tracks import Tracks
from .cloth import WINDOW_S, comparable_clothes
from .common import common_cosines
from .curves import ClothCurve, FaceCurve, VectorCurve
from .face import LOOKS_TO_COMPARE
from .labelled import LabelledTracks
from .likelihood import excess_cosine, log_likelihood_ratio, reliability_of
from .nuisance import PersonScatter
from .vectors import Columns, FloatRows, parts_of

Units = Mapping[str, FloatRows]
"""(num_tracks, dim) unit rows of each network."""

FloatArray = NDArray[np.float64]

_FACES_IN_COMMON, _CLOTHES_IN_COMMON = 0.15, 0.25
"""What a film's tracks have in common counts up to this much above what strangers have elsewhere:
more may be the one person of a film with only one."""

_MOST_IN_COMMON = 0.9  # of any vectors, so that something is left to tell people apart by

NUM_DIRECTIONS = 4
"""Directions of scatter within people that are taken off face vectors."""

_MOST_PAIRS = 100  # of a table; more pairs of the same tracks say little more
_PULL = 1e-3  # of the prior: keeps the numbers finite where few pairs would not


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


def fit_face_curve(
    films: Sequence[LabelledTracks],
    columns: Columns,
    in_common: float = _FACES_IN_COMMON,
    num_directions: int = NUM_DIRECTIONS,
) -> FaceCurve:
    """Fit the evidence of faces.

    The numbers are fitted to vectors without the directions that all other films teach, not their
    own (cross-fitting): a film that the directions know looks easier than a new one will be.

    Args:
        films: labelled tracks.
        columns: first and last column (exclusive) of each network in ``Tracks.face_mean``.
        in_common: how far what a film's tracks have in common may be above what strangers have
            elsewhere; 1 = any, for networks that differ in that.
        num_directions: of scatter within people, to be taken off; 0 for vectors of several networks
            as if they were of one.

    Raises:
        ValueError: no pair of one person, or none of two.
    """
    scatter = PersonScatter(films, columns) if num_directions else None
    units = _face_units(films, columns, scatter, num_directions)
    use = [film.tracks.has_face & (film.tracks.looks >= LOOKS_TO_COMPARE) for film in films]
    strangers = _strangers(films, units, use)
    most = _most_common(strangers, in_common)
    parts = []
    for film, film_units, clear in zip(films, units, use, strict=True):
        first, second, same = film.pairs()
        both = film.tracks.has_face[first] & film.tracks.has_face[second]
        first, second, same = first[both], second[both], same[both]
        common = _common(film.tracks, film_units, clear, strangers, most)
        excess = _excess(film_units, common, first, second)
        looks = film.tracks.looks[np.stack([first, second], axis=1)]
        parts.append(_Pairs(excess, looks, same, _balanced(same)))
    dimensions, alike, half_looks = _fit(_joined(parts), known_by_looks, 12.0, 0.8, 1.0)
    nuisance = scatter.directions(num_directions) if scatter else {}
    return FaceCurve(_named(columns, dimensions, alike, strangers, most), half_looks, nuisance)


def fit_cloth_curve(films: Sequence[LabelledTracks], columns: Columns) -> ClothCurve:
    """Fit the evidence of clothes.

    Args:
        films: labelled tracks.
        columns: first and last column (exclusive) of each part of ``Tracks.cloth_mean``.

    Raises:
        ValueError: no pair of one person near in time, or none of two.
    """
    units = [parts_of(film.tracks.cloth_mean, columns) for film in films]
    strangers = _strangers(films, units, [film.tracks.has_clothes for film in films])
    most = _most_common(strangers, _CLOTHES_IN_COMMON)
    parts = []
    for film, film_units in zip(films, units, strict=True):
        first, second, same = film.pairs()
        middle_s = (film.tracks.start_s + film.tracks.end_s) / 2
        gap_s = np.abs(middle_s[first] - middle_s[second])
        both = comparable_clothes(film.tracks, first, second) & (gap_s < WINDOW_S)
        first, second, same = first[both], second[both], same[both]
        common = _common(film.tracks, film_units, film.tracks.has_clothes, strangers, most)
        excess = _excess(film_units, common, first, second)
        parts.append(_Pairs(excess, gap_s[both][:, None], same, _balanced(same)))
    dimensions, alike, lasting_s = _fit(_joined(parts), known_by_time, 8.0, 0.5, 200.0)
    return ClothCurve(_named(columns, dimensions, alike, strangers, most), lasting_s)


def known_by_looks(looks: FloatArray, half_looks: float) -> FloatArray:
    """Return how well both tracks of pairs are known by their looks, (num_pairs, 2) -> 0..1."""
    return np.asarray(reliability_of(looks, half_looks).prod(axis=1))


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
    """Weigh pairs of one person as much as pairs of two, and films with more pairs a bit more."""
    num_same, num_other = int(same.sum()), int((~same).sum())
    pairs = min(max(min(num_same, num_other), 1), _MOST_PAIRS)
    half = np.where(same, 0.5 / max(num_same, 1), 0.5 / max(num_other, 1))
    return np.asarray(half * np.sqrt(pairs))


def _face_units(
    films: Sequence[LabelledTracks],
    columns: Columns,
    scatter: PersonScatter | None,
    num_directions: int,
) -> list[Units]:
    """Return the unit rows of each film without the directions that the other films teach."""
    nuisance: dict[str, Units] = {
        name: scatter.directions(num_directions, without=name) if scatter else {}
        for name in {film.film for film in films}
    }
    return [parts_of(film.tracks.face_mean, columns, nuisance[film.film]) for film in films]


def _excess(
    units: Units,
    common: Mapping[str, FloatArray],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> FloatArray:
    excess = [
        excess_cosine(
            (rows[first] * rows[second]).sum(axis=1),
            (common[name][first] + common[name][second]) / 2,
        )
        for name, rows in units.items()
    ]
    return np.stack(excess, axis=1)


def _common(
    tracks: Tracks,
    units: Units,
    use: BoolArray,
    strangers: Mapping[str, float],
    most: Mapping[str, float],
) -> dict[str, FloatArray]:
    return {
        name: common_cosines(rows, use, tracks.film, strangers[name], most[name])
        for name, rows in units.items()
    }


def _strangers(
    films: Sequence[LabelledTracks], units: Sequence[Units], use: Sequence[BoolArray]
) -> dict[str, float]:
    """Return what strangers of ordinary films have in common."""
    names = list(units[0]) if units else []
    nothing, all_of_it = dict.fromkeys(names, np.nan), dict.fromkeys(names, 1.0)
    by_film = [
        _common(film.tracks, film_units, clear, nothing, all_of_it)
        for film, film_units, clear in zip(films, units, use, strict=True)
    ]
    strangers = {}
    for name in names:
        medians = [
            float(np.median(common[name][known]))
            for common in by_film
            if (known := np.isfinite(common[name])).any()
        ]
        strangers[name] = float(np.median(medians)) if medians else 0.0
    return strangers


def _most_common(strangers: Mapping[str, float], in_common: float) -> dict[str, float]:
    """Return what vectors of a film count as having in common at most."""
    return {
        name: max(value, min(value + in_common, _MOST_IN_COMMON))
        for name, value in strangers.items()
    }


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
