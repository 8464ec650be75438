"""What the stages know of people as groups of tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..data.faces import UNKNOWN, Faces, IntArray
from .constraints import picture_conflicts

_NEIGHBOURS = 32


def person_name(person: int) -> str:
    """Return the name of a person's folder: ``person_001`` for 0, ``unknown`` for -1."""
    return "unknown" if person == UNKNOWN else f"person_{person + 1:03d}"


def renumbering(person: IntArray, person_before: IntArray) -> IntArray:
    """Number people anew: the one with the most faces first, ties by what came first.

    Args:
        person: (num_faces,) int64, -1 = unknown.
        person_before: (num_faces,) int64, an earlier answer whose people may have no face left;
            they get the last numbers.

    Returns:
        The new number of every old one; with -1 at the end, so that ``new[-1]`` is -1.
    """
    num_people = int(max(person.max(initial=UNKNOWN), person_before.max(initial=UNKNOWN))) + 1
    known = np.flatnonzero(person != UNKNOWN)
    counts = np.bincount(person[known], minlength=num_people)
    first = np.full(num_people, len(person))
    np.minimum.at(first, person[known], known)
    new = np.full(num_people + 1, UNKNOWN, np.int64)
    new[np.lexsort((first, -counts))] = np.arange(num_people)
    return new


def picture_order(faces: Faces) -> IntArray:
    """Return the rows by source, frame, x1, y1, (num_faces,) int64.

    Stages work in this order, so that how a table is sorted changes nothing, not even where two
    people have the same number of faces.
    """
    return np.lexsort((faces.box[:, 1], faces.box[:, 0], faces.frame, faces.source))


def by_first_row(group: IntArray) -> IntArray:
    """Number groups 0, 1, 2 ... as they first come; (num_rows,) int64, -1 = none stays -1."""
    number, first, code = np.unique(group, return_index=True, return_inverse=True)
    first[number == -1] = -1
    rank = np.argsort(np.argsort(first)) - int((number == -1).any())
    return np.asarray(rank[code], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest tracks of a track's own person and of any other.

    Attributes:
        own: (num_tracks,) float64, distance to the nearest other track of its person; inf where
            there is none among the nearest tracks.
        rival: (num_tracks,) float64, distance to the nearest track of another person; inf where
            there is none among the nearest tracks.
        rival_person: (num_tracks,) int64, that other person, -1 = none.
    """

    own: NDArray[np.float64]
    rival: NDArray[np.float64]
    rival_person: IntArray


def nearest_neighbours(
    vectors: NDArray[np.float64], pictures: Sequence[set[int]], person: IntArray
) -> Neighbours:
    """Find the nearest tracks of a track's own person and of others, among the 32 nearest.

    Args:
        vectors: (num_tracks, dim) float64, NaN row = no vector.
        pictures: per track, the pictures it is seen in; a track that shares one is no rival.
        person: (num_tracks,) int64, -1 = unknown.
    """
    found = Neighbours(
        np.full(len(person), np.inf), np.full(len(person), np.inf), np.full(len(person), UNKNOWN)
    )
    finite = np.isfinite(vectors).all(axis=1)
    members = np.flatnonzero(finite & (person != UNKNOWN))
    rows = np.flatnonzero(finite)
    if not len(members):
        return found
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=min(_NEIGHBOURS + 1, len(members))).fit(vectors[members])
    for row, distances, others in zip(rows, *index.kneighbors(vectors[rows]), strict=True):
        for distance, other in zip(distances, members[others], strict=True):
            if other == row:
                continue
            if person[other] == person[row]:
                found.own[row] = min(found.own[row], distance)
            elif distance < found.rival[row] and pictures[row].isdisjoint(pictures[other]):
                found.rival[row], found.rival_person[row] = distance, person[other]
    return found


def distances_between(
    vectors: NDArray[np.float64], pictures: Sequence[set[int]], person: IntArray
) -> NDArray[np.float64]:
    """Return how far people are from each other: root mean squared distance of their tracks.

    Args:
        vectors: (num_tracks, dim) float64 unit rows, NaN row = no vector.
        pictures: per track, the pictures it is seen in.
        person: (num_tracks,) int64, numbered from 0 without gaps, -1 = unknown.

    Returns:
        (num_people, num_people) float64; inf where a picture shows both, and on the diagonal.
    """
    num_people = int(person.max(initial=UNKNOWN)) + 1
    member = np.isfinite(vectors).all(axis=1) & (person != UNKNOWN)
    means = np.zeros((num_people, vectors.shape[1]))
    np.add.at(means, person[member], vectors[member])
    means /= np.maximum(np.bincount(person[member], minlength=num_people), 1)[:, None]
    # Between unit rows, mean |a - b|^2 = 2 - 2 mean(a) . mean(b).
    between = np.sqrt(np.maximum(2 - 2 * means @ means.T, 0))
    between[picture_conflicts(*[pictures_of_people(pictures, person)] * 2)] = np.inf
    np.fill_diagonal(between, np.inf)
    return np.asarray(between)


def pictures_of_people(pictures: Sequence[set[int]], person: IntArray) -> list[set[int]]:
    """Return the pictures that each person is seen in, from those of the tracks."""
    seen: list[set[int]] = [set() for _ in range(int(person.max(initial=UNKNOWN)) + 1)]
    for own, number in zip(pictures, person.tolist(), strict=True):
        if number != UNKNOWN:
            seen[number] |= own
    return seen
