"""Confidence intervals of figures: a bootstrap over tracks.

The faces of one track are similar and are decided together, so faces are not independent, and
resampling them would give intervals that are too narrow. Instead whole tracks are drawn with
replacement (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their Application,
1997, section 3.8), inside each result, and the counts of the results added. Before and after are
taken from the same draw, so the interval of their difference is a paired one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .gain import LabelledFaces

NUM_RESAMPLES = 1000
"""Draws; 2 and more."""

_EDGES = (0.025, 0.975)
_SEED = 0


@dataclass(frozen=True)
class Interval:
    """The middle 95 % of the draws."""

    low: float
    high: float


def bootstrap(
    results: Sequence[LabelledFaces],
    figures: Callable[[Sequence[LabelledFaces]], Mapping[str, float]],
    num_resamples: int = NUM_RESAMPLES,
) -> dict[str, Interval]:
    """Draw units (tracks) with replacement and measure how the figures vary.

    Args:
        results: the labelled faces of each result.
        figures: what to compute from them; it leaves out figures that a draw does not define.
        num_resamples: draws.

    Returns:
        An interval for every figure that is defined in at least half of the draws.
    """
    random = np.random.default_rng(_SEED)
    rows_of_units = [_rows_of_units(result.unit) for result in results]
    draws: dict[str, list[float]] = {}
    for _ in range(num_resamples):
        resampled = [
            result[_draw(rows, random)] for result, rows in zip(results, rows_of_units, strict=True)
        ]
        for name, value in figures(resampled).items():
            draws.setdefault(name, []).append(value)
    return {
        name: Interval(*(float(edge) for edge in np.quantile(values, _EDGES)))
        for name, values in draws.items()
        if len(values) >= num_resamples / 2
    }


def _rows_of_units(unit: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    _, code = np.unique(unit, return_inverse=True)
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1) if len(unit) else []


def _draw(rows: Sequence[NDArray[np.int64]], random: np.random.Generator) -> NDArray[np.int64]:
    if not rows:
        return np.empty(0, np.int64)
    return np.concatenate([rows[unit] for unit in random.integers(0, len(rows), len(rows))])
