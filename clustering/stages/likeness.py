"""Similarity of two pieces of tracks: by clothing, or by clothing and face in one number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from ...data.tables.tracks import Tracks

Likeness = Callable[[Tracks, IntArray, IntArray], NDArray[np.float64]]
"""(tracks, rows, others) -> (len(rows), len(others)) float64, -1 to 1, 1 = the same."""


@dataclass(frozen=True)
class Method:
    """A way of comparing the clothes of pieces.

    Attributes:
        likeness: of two pieces.
        nearest_voters: how many pieces of a person vote for it: those nearest.
        against_second: a vote's margin is over the second person, else over ``votes.FLOOR`` only.
        film_space: compare in the film's space, else compare the vectors as they are.
    """

    likeness: Likeness
    nearest_voters: int = 2
    against_second: bool = True
    film_space: bool = True


def clothes_alike(tracks: Tracks, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
    """Return the cosines of cloth vectors."""
    return np.asarray(tracks.cloth_vector[rows] @ tracks.cloth_vector[others].T)


def sum_alike(tracks: Tracks, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
    """Return the likeness at the mean of face distance and cloth distance."""
    face, cloth = _distances(tracks, rows, others)
    return _as_cosine(np.where(np.isnan(face), cloth, (face + cloth) / 2))


def concatenated_alike(tracks: Tracks, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
    """Return the cosines of face and cloth vectors put one behind the other."""
    face, cloth = _distances(tracks, rows, others)
    joined = np.sqrt((face**2 + cloth**2) / 2)
    return _as_cosine(np.where(np.isnan(face), cloth, joined))


def min_alike(tracks: Tracks, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
    """Return the likeness at min(F, aF + bT), F the face distance and T that of the clothes.

    Source: Apple, "Recognizing People in Photos Through Private On-Device Machine Learning", 2021,
    which does not state a and b; here each is a half.
    """
    face, cloth = _distances(tracks, rows, others)
    return _as_cosine(np.where(np.isnan(face), cloth, np.minimum(face, (face + cloth) / 2)))


METHODS = {
    "window": Method(clothes_alike),
    "nearest": Method(clothes_alike, nearest_voters=1, against_second=False),
    "fusion-sum": Method(sum_alike),
    "fusion-concat": Method(concatenated_alike, film_space=False),
    "fusion-min": Method(min_alike),
}
"""By name. ``window`` is castlist's; the others are methods of other projects, for comparison."""


def _distances(
    tracks: Tracks, rows: IntArray, others: IntArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return distances of unit rows, 0..2, of faces (NaN where one has none) and of clothes."""
    faces = tracks.face_vector
    return (
        _as_distance(faces[rows] @ faces[others].T),
        _as_distance(clothes_alike(tracks, rows, others)),
    )


def _as_distance(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.maximum(2 - 2 * cosine, 0)))


def _as_cosine(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 - distance**2 / 2)
