"""Which people may be one person: the pairs whose evidence both stages found nearest to even."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.nearly_same import ASKED_FROM, LEAST_GAIN, NearlySame, evidence_of_one
from ...data.tables.tracks import Tracks
from ..evidence.cloth import ClothEvidence
from ..evidence.protocols import Evidence
from ..grouping.average import mean_evidence
from ..grouping.large import representatives
from .both import ByFace

MOST_PAIRS = 8
"""Questions at most: those whose answers are expected to put most faces right."""

_MOST_PEOPLE = 200  # compared with each other; the others have too few faces to matter

_PRIOR = -1.8
"""Log-odds of one person where evidence says nothing: with it as many pairs are one person as the
probabilities promise (``benchmarks/nearly_same.py``, labelled films)."""


def find_nearly_same(
    tracks: Tracks, person: IntArray, by_face: ByFace, cloth: ClothEvidence | None
) -> tuple[NearlySame, ...]:
    """Find the pairs of people that a user should look at.

    The evidence of two people is the mean over pairs of their clearest tracks, as in grouping. A
    pair is left out where a picture shows both, the user said that they are two, or the answer is
    all but certain or would put hardly a face right.

    Args:
        tracks: the tracks.
        person: (num_tracks,) int64, after both stages, -1 = unknown, by number of faces.
        by_face: what stage 1 found, with the evidence of faces and the constraints.
        cloth: evidence of clothes; None = clothing does not count.

    Returns:
        The pairs, ordered by probability times the faces of the smaller person.
    """
    shown = np.flatnonzero((person != UNKNOWN) & (person < _MOST_PEOPLE))
    count = int(person[shown].max(initial=-1)) + 1
    if count < 2:
        return ()
    clearness = by_face.evidence.clearness
    members = shown[representatives(person[shown], clearness[shown])]
    face = _between(by_face.evidence, members, person, count)
    clothes = np.zeros_like(face) if cloth is None else _between(cloth, members, person, count)
    probability = 1 / (1 + np.exp(-(evidence_of_one(face, clothes) + _PRIOR)))
    num_faces = np.bincount(person[shown], weights=tracks.num_faces[shown], minlength=count)
    gain = probability * np.minimum(num_faces[:, None], num_faces[None])
    is_worth_it = (probability >= ASKED_FROM) & (gain >= LEAST_GAIN)
    first, second = np.nonzero(_askable(person, count, by_face) & is_worth_it)
    order = np.argsort(-gain[first, second], kind="stable")[:MOST_PAIRS]
    return tuple(
        NearlySame(
            one,
            other,
            round(float(face[one, other]), 3),
            round(float(clothes[one, other]), 3) if clothes[one, other] else None,
            round(float(probability[one, other]), 4),
        )
        for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True)
    )


def _askable(person: IntArray, count: int, by_face: ByFace) -> BoolArray:
    """Say which pairs may be one person, (count, count) bool, each pair once."""
    group = np.where(person < count, person, UNKNOWN)
    forbidden = by_face.constraints.forbidden(group, count)
    return np.asarray(np.triu(~forbidden, 1))


def _between(
    evidence: Evidence, members: IntArray, person: IntArray, count: int
) -> NDArray[np.float64]:
    """Return the mean evidence of every two people, (count, count) float64."""
    mean, _ = mean_evidence(evidence.between(members, members), person[members], count)
    return mean
