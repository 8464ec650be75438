"""People who may be one person: what a page asks its user."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import UNKNOWN
from .faces import Faces, IntArray

ASKED_FROM = 0.1
"""Probability that two people are one from which a user is asked about them."""

LEAST_GAIN = 0.9
"""Faces that an answer has to put right, in expectation, to be worth a question."""


@dataclass(frozen=True)
class NearlySame:
    """Two people of a table who may be one, by evidence that is near to even.

    Attributes:
        first, second: as in the ``person`` column; ``first`` has more faces.
        face_evidence: log-likelihood ratio that both are one person, by their faces.
        cloth_evidence: the same by their clothes, None where these cannot be compared.
        probability: that they are one person, 0..1.
    """

    first: int
    second: int
    face_evidence: float
    cloth_evidence: float | None
    probability: float

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> NearlySame:
        """Make it from its form in JSON.

        Raises:
            KeyError, TypeError, ValueError: a field is missing, or no number.
        """
        cloth = fields["cloth_evidence"]
        return cls(
            int(fields["first"]),
            int(fields["second"]),
            float(fields["face_evidence"]),
            None if cloth is None else float(cloth),
            float(fields["probability"]),
        )


def evidence_of_one(face: NDArray[np.float64], cloth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what speaks for two people being one, log-likelihood ratios of any shape.

    Clothes that are alike are left out: many people dress alike, and whoever both faces and clothes
    speak for is one person already. Clothes that differ count.

    Args:
        face: mean evidence of faces; 0 = cannot be compared.
        cloth: mean evidence of clothes; 0 = cannot be compared.
    """
    return face + np.minimum(cloth, 0.0)


def renumbered(
    pairs: Sequence[NearlySame], before: IntArray, faces: Faces
) -> tuple[NearlySame, ...]:
    """Return the pairs by the numbers that their people have now.

    Left out are pairs whose people became one, have no face left, or share a picture now.

    Args:
        pairs: by the numbers of ``before``.
        before: (num_faces,) int64, the person of each face as the pairs count them.
        faces: the same faces with the people of now.
    """
    kept = []
    for pair in pairs:
        first, second = (
            _became(before, faces.person, number) for number in (pair.first, pair.second)
        )
        if UNKNOWN in (first, second) or first == second or _share_a_picture(faces, first, second):
            continue
        kept.append(dataclasses.replace(pair, first=min(first, second), second=max(first, second)))
    return tuple(kept)


def compatible(pairs: Sequence[NearlySame], faces: Faces) -> tuple[NearlySame, ...]:
    """Return the pairs that can all be true, the likeliest first.

    Whoever a pair joins stays apart from everyone that either of them shares a picture with, and
    the smaller person of a pair is asked for nobody else.

    Args:
        pairs: by the numbers of ``faces``.
        faces: the table.
    """
    people = {number for pair in pairs for number in (pair.first, pair.second)}
    pictures = {number: {*faces.picture[faces.person == number].tolist()} for number in people}
    kept: list[NearlySame] = []
    for pair in sorted(pairs, key=lambda pair: -pair.probability):
        first, second = pictures.get(pair.first), pictures.get(pair.second)
        if first is None or second is None or not first.isdisjoint(second):
            continue
        first |= pictures.pop(pair.second)
        kept.append(pair)
    return tuple(kept)


def _became(before: IntArray, after: IntArray, number: int) -> int:
    """Return who most faces of a person are now."""
    now = after[(before == number) & (after != UNKNOWN)]
    return int(np.bincount(now).argmax()) if len(now) else UNKNOWN


def _share_a_picture(faces: Faces, first: int, second: int) -> bool:
    pictures = (faces.picture[faces.person == number] for number in (first, second))
    return bool(np.intersect1d(*pictures).size)
