"""Which faces share a picture: they are different people."""

from __future__ import annotations

import numpy as np

from .codes import UNKNOWN
from .faces import Faces, IntArray


def pictures_of(picture: IntArray, group: IntArray) -> list[set[int]]:
    """Return the pictures that each group of faces is seen in.

    Args:
        picture: (num_faces,) int64, a code per picture, as ``Faces.picture``.
        group: (num_faces,) int64, 0-based group of every row, -1 = none.

    Returns:
        For each group a set of picture codes.
    """
    pictures: list[set[int]] = [set() for _ in range(int(group.max(initial=-1)) + 1)]
    for number, code in zip(group.tolist(), picture.tolist(), strict=True):
        if number >= 0:
            pictures[number].add(code)
    return pictures


def count_violations(faces: Faces, person: IntArray) -> int:
    """Count the pairs of faces that share a picture and a person.

    Args:
        faces: says which faces share a picture.
        person: (num_faces,) int64, UNKNOWN = -1 is no person.
    """
    known = person != UNKNOWN
    _, same = np.unique(np.stack([faces.picture[known], person[known]]), axis=1, return_counts=True)
    return int((same * (same - 1) // 2).sum())
