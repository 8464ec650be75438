"""Precision against recovery as stage 2 is believed more or less."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .gain import GainCounts, LabelledFaces, judge


@dataclass(frozen=True)
class SweepPoint:
    """What would be gained if only changes of this strength and more were kept."""

    min_strength: float
    gain: GainCounts


def sweep_strength(
    labelled: LabelledFaces, min_strengths: Sequence[float] | None = None
) -> list[SweepPoint]:
    """Take weak changes of stage 2 back, bound by bound.

    Args:
        labelled: the labelled faces of one result.
        min_strengths: the bounds, 0..1; by default the strengths that changed faces have, each
            once, thinned to 50.
    """
    reassigned = labelled.found & (labelled.before != labelled.after)
    if min_strengths is None:
        strengths = np.unique(labelled.strength[reassigned])
        thinned = np.linspace(0, len(strengths) - 1, min(len(strengths), 50)).round().astype(int)
        min_strengths = strengths[thinned].tolist()
    points = []
    for bound in min_strengths:
        taken_back = reassigned & (labelled.strength < bound)
        after = np.where(taken_back, labelled.before, labelled.after)
        kept = judge(dataclasses.replace(labelled, after=after)).count()
        points.append(SweepPoint(float(bound), kept))
    return points
