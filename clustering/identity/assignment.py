"""Lasting ids of a library's people, and what became of whom when films came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray


@dataclass(frozen=True, eq=False)
class Assigned:
    """Ids of people.

    Attributes:
        ids: (num_people,) int64, by number.
        next_id: lowest id that nobody has or had.
    """

    ids: IntArray
    next_id: int


@dataclass(frozen=True)
class LibraryChurn:
    """What became of the people of a library.

    Attributes:
        num_kept, num_new: people who kept their id, or are new.
        merged: (id that is gone, id of the person that it is in now).
        split: (id, ids of the people that others of its films are now).
    """

    num_kept: int
    num_new: int
    merged: tuple[tuple[int, int], ...] = ()
    split: tuple[tuple[int, tuple[int, ...]], ...] = ()


def assign(group: IntArray, faces: IntArray, before: IntArray, next_id: int) -> Assigned:
    """Give every person the id that most of their faces had, one to one; new ones to the rest.

    Args:
        group: (num_film_people,) int64, 0-based, the person of each person of a film.
        faces: (num_film_people,) int64, how many faces each has.
        before: (num_film_people,) int64, the id that each had, -1 = none.
        next_id: lowest id that nobody has or had.
    """
    count = int(group.max(initial=-1)) + 1
    ids = np.full(count, UNKNOWN)
    votes = np.flatnonzero(before >= 0)
    pairs, of = np.unique(np.stack([group[votes], before[votes]]), axis=1, return_inverse=True)
    weight = np.bincount(of.ravel(), weights=faces[votes], minlength=pairs.shape[1])
    taken: set[int] = set()
    for pair in np.lexsort((pairs[0], pairs[1], -weight)).tolist():
        person, person_id = pairs[:, pair].tolist()
        if ids[person] < 0 and person_id not in taken:
            ids[person] = person_id
            taken.add(person_id)
    new = np.flatnonzero(ids < 0)
    size = np.bincount(group, weights=faces, minlength=count)
    ordered = new[np.lexsort((new, -size[new]))]  # the most frequent have the lowest
    first = max(next_id, int(before.max(initial=-1)) + 1)
    ids[ordered] = first + np.arange(len(ordered))
    return Assigned(ids, first + len(ordered))


def churn_of(before: IntArray, after: IntArray) -> LibraryChurn:
    """Compare the ids of the same people of films.

    Args:
        before: (num_film_people,) int64, -1 = was not there.
        after: (num_film_people,) int64.
    """
    old = before >= 0
    was, now = {*before[old].tolist()}, {*after.tolist()}
    pairs = {*zip(before[old].tolist(), after[old].tolist(), strict=True)}
    into: dict[int, set[int]] = {}
    for one, other in pairs:
        into.setdefault(one, set()).add(other)
    merged = [(one, min(ids)) for one, ids in sorted(into.items()) if one not in now]
    split = [(one, tuple(sorted(ids - {one}))) for one, ids in sorted(into.items()) if len(ids) > 1]
    return LibraryChurn(len(was & now), len(now - was), tuple(merged), tuple(split))
