"""Which faces share a picture: they are different people, if both are faces for sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .codes import UNKNOWN, DecidedBy, Reason
from .faces import BoolArray, Faces, IntArray
from .groups import ranked

SURE_FROM = 0.6
"""Detector score from which a face forbids others of its picture to be the same person. Below it,
one in five such pairs is one head found twice, or a ghost in a dissolve (docs/evidence.md)."""

_MIDST = 4
"""Faces of its track before and after one that is a face for sure whatever its score: a head is not
found twice for that long."""


def is_sure(faces: Faces) -> BoolArray:
    """Say which faces are faces for sure, (num_faces,) bool, also those without a score."""
    return np.asarray(
        (faces.detection >= SURE_FROM) | (faces.detection == 0) | _in_the_midst(faces)
    )


def _in_the_midst(faces: Faces) -> BoolArray:
    sure = faces.track >= 0
    for time in (faces.time_s, -faces.time_s):
        order, place = ranked(faces.track, time)
        sure[order] &= place >= _MIDST
    return sure


def pictures_of(picture: IntArray, group: IntArray, num_groups: int) -> list[set[int]]:
    """Return the pictures that each group of faces is seen in.

    Args:
        picture: (num_faces,) int64, a code per picture, as ``Faces.picture``.
        group: (num_faces,) int64, group of every row, 0..num_groups-1, -1 = none.
        num_groups: how many groups there are.

    Returns:
        For each group a set of picture codes.
    """
    pictures: list[set[int]] = [set() for _ in range(num_groups)]
    for number, code in zip(group.tolist(), picture.tolist(), strict=True):
        if number >= 0:
            pictures[number].add(code)
    return pictures


def pictures_of_all(pictures: Sequence[set[int]], first: IntArray) -> list[set[int]]:
    """Return the pictures of tracks and of their repeats together, by the first of them.

    Args:
        pictures: of each track, their codes.
        first: (num_tracks,) int64, the first track that shows what each shows.
    """
    of_first: dict[int, set[int]] = {track: set() for track in np.unique(first).tolist()}
    for track, codes in zip(first.tolist(), pictures, strict=True):
        of_first[track] |= codes
    return list(of_first.values())


def count_violations(faces: Faces, person: IntArray) -> int:
    """Count the pairs of faces that share a picture and a person.

    Args:
        faces: says which faces share a picture.
        person: (num_faces,) int64, UNKNOWN = -1 is no person.
    """
    known = person != UNKNOWN
    _, same = np.unique(np.stack([faces.picture[known], person[known]]), axis=1, return_counts=True)
    return int((same * (same - 1) // 2).sum())


def once_a_picture(faces: Faces) -> Faces:
    """Make faces unknown that show a person again in one picture, before and after clothing.

    Only faces that are not faces for sure: of two such, the one with the lower score.
    """
    sure = is_sure(faces)
    again = _again(faces, faces.person_before, sure)
    before = faces.replace(person_before=np.where(again, UNKNOWN, faces.person_before))
    again = _again(faces, faces.person, sure)
    return before.replace(
        person=np.where(again, UNKNOWN, faces.person),
        strength=np.where(again, 0.0, faces.strength),
        decided_by=np.where(again, DecidedBy.NONE, faces.decided_by).astype(np.uint8),
        reason=np.where(again, Reason.SAME_PICTURE, faces.reason).astype(np.uint8),
        about=np.where(again, faces.person, faces.about),
    )


def _again(faces: Faces, person: IntArray, sure: BoolArray) -> BoolArray:
    """Say which faces are not sure, and not the best one of their person in their picture."""
    order = np.lexsort((-faces.detection, ~sure, person, faces.picture))
    first = np.ones(len(faces), dtype=bool)
    same = (np.diff(faces.picture[order]) == 0) & (np.diff(person[order]) == 0)
    first[order[1:]] = ~same
    return np.asarray((person != UNKNOWN) & ~first & ~sure)
