"""What the tracks of a film have in common: light, grain, camera."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from .vectors import FloatRows, UnitRows

_LOW_SHARE = 0.3
"""Most tracks of a film are other people: the lower 30 % of cosines are of strangers."""

_USUAL_SHARE = 0.4
"""Up to this share of the others may be the same person as a track, or seem to be."""

_MIN_OTHERS = 5
_MAX_OTHERS = 400  # compared with each track; more would say the same and take longer
_AT_ONCE = 4000  # tracks at a time, which bounds the memory


def common_cosines(
    units: FloatRows | UnitRows,
    use: BoolArray,
    film: IntArray,
    otherwise: float,
    at_most: float,
    own_share: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return what each track has in common with all others of its film.

    Light, grain and camera move the vectors of all people of a film towards each other. The lower
    30 % of a track's cosines to the others, most of whom are other people, say how far: what
    speaker recognition takes off as score normalization (AS-norm, Matejka et al. 2017). Where
    somebody is seen most of the time, most others are the same person: a smaller share is used.

    Args:
        units: (num_tracks, dim) unit rows.
        use: (num_tracks,) bool, tracks that are compared with.
        film: (num_tracks,) int64, a code per film; tracks of other films say nothing.
        otherwise: the result in a film with fewer than five others.
        at_most: limit of the result, so that a film of one person does not take that person off.
        own_share: (num_tracks,) 0..1, how many of the others are the same person; None = few.

    Returns:
        (num_tracks,) float64.
    """
    common = np.full(len(units), otherwise)
    low = _low_share(np.zeros(len(units)) if own_share is None else own_share)
    for rows, others in compared_with(use, film):
        cosine = units[rows] @ units[others].T
        cosine[rows[:, None] == others[None]] = np.nan
        common[rows] = np.clip(quantiles(cosine, low[rows]), -1.0, at_most)
    return common


def _low_share(own_share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return which share of cosines is of strangers for sure.

    Squared, because ``own_share`` is too low as long as what one person's tracks have in common is
    taken for the film's.
    """
    return np.asarray(_LOW_SHARE * np.minimum((1 - own_share) / (1 - _USUAL_SHARE), 1.0) ** 2)


def compared_with(use: BoolArray, film: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield tracks of a film, and those of it that all of them are compared with.

    Args:
        use: (num_tracks,) bool, tracks that are compared with.
        film: (num_tracks,) int64, a code per film; those with fewer than five others are left out.
    """
    for code in np.unique(film):
        here = np.flatnonzero(film == code)
        others = here[use[here]]
        if len(others) > _MAX_OTHERS:
            others = others[np.linspace(0, len(others) - 1, _MAX_OTHERS).round().astype(int)]
        if len(others) > _MIN_OTHERS:
            for start in range(0, len(here), _AT_ONCE):
                yield here[start : start + _AT_ONCE], others


def quantiles(rows: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quantile of each row, NaN left out: ``numpy.nanquantile``, a dozen times as fast.

    Args:
        rows: (num_rows, num_values); each with a value that is not NaN.
        share: (num_rows,) 0..1.
    """
    ordered = np.sort(rows, axis=1)  # NaN come last
    place = share * (np.isfinite(rows).sum(axis=1) - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, rows.shape[1] - 1)
    line, part = np.arange(len(rows)), place - below
    low, high = ordered[line, below], np.where(part > 0, ordered[line, above], 0.0)
    step = np.where(part > 0, high - low, 0.0)
    return np.asarray(np.where(part >= 0.5, high - step * (1 - part), low + step * part))
