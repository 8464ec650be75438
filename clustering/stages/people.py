"""People as groups of tracks: their numbers, order and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, Faces, IntArray
from ...data.tables.tracks import pictures_of_people

_BLOCK_ROWS = 512
_SAME_DIGITS = 4


def renumbering(person: IntArray, person_before: IntArray) -> IntArray:
    """Number people anew: the one with the most faces first, ties by what came first.

    Args:
        person: (num_faces,) int64, -1 = unknown.
        person_before: (num_faces,) int64, an earlier result whose people may have no face left;
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
    """The nearest tracks of the same person and of any other person.

    Attributes:
        own: (num_tracks,) float64, distance to the nearest other track of its person; inf = none.
        rival: (num_tracks,) float64, distance to the nearest track of another person; inf = none.
        rival_person: (num_tracks,) int64, that other person, -1 = none.
    """

    own: NDArray[np.float64]
    rival: NDArray[np.float64]
    rival_person: IntArray


def nearest_neighbours(
    vectors: NDArray[np.float64],
    pictures: Sequence[set[int]],
    person: IntArray,
    no_rival: IntArray | None = None,
) -> Neighbours:
    """Find the nearest tracks of the same person and of other people.

    Every pair is compared, in blocks of rows: memory grows with the number of tracks alone.

    Args:
        vectors: (num_tracks, dim) float64, NaN row = no vector.
        pictures: per track, the pictures it is seen in; a track that shares one is no rival.
        person: (num_tracks,) int64, -1 = unknown.
        no_rival: people that are nobody's rival.
    """
    found = Neighbours(
        np.full(len(person), np.inf), np.full(len(person), np.inf), np.full(len(person), UNKNOWN)
    )
    rows = np.flatnonzero(np.isfinite(vectors).all(axis=1))
    members = rows[person[rows] != UNKNOWN]
    members = members[np.argsort(person[members], kind="stable")]
    if not len(members):
        return found
    people, begins = np.unique(person[members], return_index=True)
    ends = np.append(begins[1:], len(members))
    place = np.searchsorted(people, person)  # of a track's person; where it has none, anything
    is_rival = np.ones(len(people), bool) if no_rival is None else ~np.isin(people, no_rival)
    sharing = _sharing_a_picture(pictures, members)
    others = np.ascontiguousarray(vectors[members].T)
    squares = (vectors**2).sum(axis=1)
    for block in np.split(rows, range(_BLOCK_ROWS, len(rows), _BLOCK_ROWS)):
        distance = squares[block, None] + squares[members] - 2 * vectors[block] @ others
        distance[block[:, None] == members] = np.inf
        for line, row in enumerate(block.tolist()):
            if person[row] != UNKNOWN:
                same = slice(begins[place[row]], ends[place[row]])
                found.own[row] = distance[line, same].min()
                distance[line, same] = np.inf
            distance[line, sharing(row)] = np.inf
        nearest = np.minimum.reduceat(distance, begins, axis=1)
        nearest[:, ~is_rival] = np.inf
        found.rival[block] = _root(nearest.min(axis=1))
        found.rival_person[block] = people[nearest.argmin(axis=1)]
    found.own[:] = _root(found.own)
    found.rival_person[np.isinf(found.rival)] = UNKNOWN
    return found


@dataclass(frozen=True)
class Nearness:
    """When two people may be one; in the unit of the vectors.

    Attributes:
        below: root mean squared distance of their tracks.
        floor: tracks of a person count as at least so far from each other, see ``slack``.
        slack: two people may be further apart than the tracks of each are from each other, on
            average, by this over their number: a person of many tracks near to each other is not
            the same as one that is less near (as ``LinkRule.slack``).
    """

    below: float
    floor: float = 0.0
    slack: float = np.inf


def have_a_neighbour(
    vectors: NDArray[np.float64],
    pictures: Sequence[set[int]],
    person: IntArray,
    nearness: Nearness,
    rank: IntArray,
) -> BoolArray:
    """Return which people have another one near that comes before them.

    The distance of two people is the root mean squared distance of their tracks, which follows from
    means and mean squares; no picture must show both.

    Args:
        vectors: (num_tracks, dim) float64, NaN row = no vector.
        pictures: per track, the pictures it is seen in.
        person: (num_tracks,) int64, numbered from 0 without gaps, -1 = unknown.
        nearness: who is near.
        rank: (num_people,) int64, only people of a lower rank come before one.

    Returns:
        (num_people,) bool.
    """
    num_people = int(person.max(initial=UNKNOWN)) + 1
    member = np.isfinite(vectors).all(axis=1) & (person != UNKNOWN)
    count = np.bincount(person[member], minlength=num_people)
    some = np.maximum(count, 1)
    means = np.zeros((num_people, vectors.shape[1]))
    np.add.at(means, person[member], vectors[member])
    means /= some[:, None]
    squares = np.bincount(person[member], (vectors[member] ** 2).sum(axis=1), num_people) / some
    # Over pairs of different tracks, mean |a - b|^2 = 2 (mean |a|^2 - |mean a|^2) n / (n - 1).
    within = 2 * (squares - (means**2).sum(axis=1)) * some / np.maximum(some - 1, 1)
    kinds = np.maximum(_count_without_copies(vectors, person, member, num_people), 1)
    reach = np.maximum(_root(within), nearness.floor) + nearness.slack / kinds
    squares = np.where(count > 0, squares, np.inf)
    seen = pictures_of_people(pictures, person)
    others = np.flatnonzero(rank < rank.max(initial=0))
    has_one = np.zeros(num_people, dtype=bool)
    for block in np.split(np.arange(num_people), range(_BLOCK_ROWS, num_people, _BLOCK_ROWS)):
        # Mean |a - b|^2 = mean |a|^2 + mean |b|^2 - 2 mean(a) . mean(b).
        distance = _root(
            squares[block, None] + squares[others] - 2 * means[block] @ means[others].T
        )
        near = (distance < nearness.below) & (rank[others] < rank[block, None])
        near &= distance <= np.minimum(reach[block, None], reach[others])
        for line in np.flatnonzero(near.any(axis=1)).tolist():
            of_person = seen[block[line]]
            has_one[block[line]] = any(
                of_person.isdisjoint(seen[other]) for other in others[near[line]].tolist()
            )
    return has_one


def _count_without_copies(
    vectors: NDArray[np.float64], person: IntArray, member: BoolArray, num_people: int
) -> IntArray:
    """Count each person's tracks; those with the same vector, as of a film's copy, count once."""
    rows = np.column_stack([person[member], np.round(vectors[member], _SAME_DIGITS) + 0.0])
    whole = np.unique(np.ascontiguousarray(rows).view(f"V{rows.itemsize * rows.shape[1]}"))
    owner = whole.view(rows.dtype).reshape(-1, rows.shape[1])[:, 0].astype(np.int64)
    return np.bincount(owner, minlength=num_people)


def _sharing_a_picture(
    pictures: Sequence[set[int]], members: IntArray
) -> Callable[[int], list[int]]:
    """Return a function: track -> the places in ``members`` of those seen with it."""
    seen_in: dict[int, list[int]] = {}
    for place, member in enumerate(members.tolist()):
        for picture in pictures[member]:
            seen_in.setdefault(picture, []).append(place)

    def sharing(row: int) -> list[int]:
        together = {place for picture in pictures[row] for place in seen_in.get(picture, ())}
        return list(together)

    return sharing


def _root(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.maximum(squares, 0)))
