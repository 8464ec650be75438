"""How far clothing can be trusted on a film, measured without labels.

Tracks whose person is certain are held out, the others vote for them by clothing, and the votes are
compared with the known person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray

_Z = 0.5244  # one-sided 70 %
DEFAULT_MARGIN = 0.15
"""Where all held-out tracks together reach the precision, votes count from this margin or below."""

CAUTIOUS_MARGIN = 0.3
"""Where too little could be measured, votes count from this margin or above."""

MIN_HELD_OUT = 8
"""Fewer votes are too few to measure a precision, even when all are right."""


@dataclass(frozen=True)
class Trust:
    """What stage 2 may do on a film.

    Attributes:
        margin: a vote counts from this margin on; inf = no vote counts.
        precision: precision measured at that margin, 0..1; None = too little to measure.
        bound: lower bound of it, one-sided 70 % (Wilson 1927); None = too little to measure.
        num_held_out: held-out tracks.
        num_voted: those of them with a margin that counts.
    """

    margin: float
    precision: float | None
    bound: float | None
    num_held_out: int
    num_voted: int


def measure_trust(margin: NDArray[np.float64], right: BoolArray, precision: float) -> Trust:
    """Choose the smallest margin at which clothing reaches a precision on held-out tracks.

    Args:
        margin: (num_held_out,) float64, the margin of each vote, -inf = no vote.
        right: (num_held_out,) bool, whether the vote is for the right person.
        precision: the required precision, 0..1; the lower bound has to reach it.

    Returns:
        The margin and what was measured there. Where no margin reaches it, the margin is inf. With
        fewer than ``MIN_HELD_OUT`` votes there is no precision: the margin is ``CAUTIOUS_MARGIN``,
        or just above that of the surest wrong vote.
    """
    voted = margin > 0
    order = np.argsort(-margin[voted], kind="stable")
    margins, hits = margin[voted][order], right[voted][order]
    num_held_out = len(margin)
    if len(margins) < MIN_HELD_OUT:
        surest_wrong = float(margins[~hits].max(initial=0.0))
        cautious = max(CAUTIOUS_MARGIN, float(np.nextafter(surest_wrong, np.inf)))
        return Trust(cautious, None, None, num_held_out, int((margins >= cautious).sum()))
    counts = np.arange(1, len(margins) + 1)
    rates = np.cumsum(hits) / counts
    bounds = wilson_bound(rates, counts)
    # Votes of one margin count together or not at all.
    last_of_margin = np.append(np.diff(margins) != 0, True)
    enough = np.flatnonzero((bounds >= precision) & last_of_margin)
    if not len(enough):
        return Trust(float("inf"), float(rates[-1]), float(bounds[-1]), num_held_out, 0)
    last = int(enough[-1])
    margin_from = float(margins[last])
    if last == len(margins) - 1:
        # Precise enough down to the least sure vote: there is no evidence against a lower margin.
        margin_from = min(margin_from, DEFAULT_MARGIN)
    return Trust(margin_from, float(rates[last]), float(bounds[last]), num_held_out, last + 1)


def trust_at(margin_from: float, margin: NDArray[np.float64], right: BoolArray) -> Trust:
    """Measure the precision of clothing on held-out tracks from a given margin on.

    Args:
        margin_from: a vote counts from this margin on.
        margin: (num_held_out,) float64, the margin of each vote, -inf = no vote.
        right: (num_held_out,) bool, whether the vote is for the right person.
    """
    counts = margin >= margin_from
    num_voted = int(counts.sum())
    if num_voted < MIN_HELD_OUT:
        return Trust(margin_from, None, None, len(margin), num_voted)
    rate = right[counts].mean(keepdims=True)
    bound = wilson_bound(rate, np.array([num_voted]))
    return Trust(margin_from, float(rate[0]), float(bound[0]), len(margin), num_voted)


def together(trusts: Sequence[Trust]) -> Trust:
    """Add up what was measured of several films.

    Args:
        trusts: for each film; those measured together have the same one.

    Returns:
        The smallest margin of any; precision and its bound over all votes that count, in films
        where votes count and enough could be measured; None without such a film.
    """
    trusts = list({id(trust): trust for trust in trusts}.values())
    if len(trusts) == 1:
        return trusts[0]
    measured = [
        trust for trust in trusts if trust.precision is not None and np.isfinite(trust.margin)
    ]
    margin = min((trust.margin for trust in trusts), default=CAUTIOUS_MARGIN)
    num_held_out = sum(trust.num_held_out for trust in trusts)
    num_voted = sum(trust.num_voted for trust in measured)
    if not num_voted:
        return Trust(margin, None, None, num_held_out, 0)
    right = sum((trust.precision or 0.0) * trust.num_voted for trust in measured)
    rate = np.array([right / num_voted])
    bound = wilson_bound(rate, np.array([num_voted]))
    return Trust(margin, float(rate[0]), float(bound[0]), num_held_out, num_voted)


def wilson_bound(rate: NDArray[np.float64], count: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the lower end of Wilson's score interval for a rate over ``count`` trials."""
    spread = _Z * np.sqrt(rate * (1 - rate) / count + _Z**2 / (4 * count**2))
    return np.asarray((rate + _Z**2 / (2 * count) - spread) / (1 + _Z**2 / count))
