"""Who of a library somebody is who is not in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from ..evidence.face import LEAST_LOOKS
from .film_people import FaceVectors, FilmPeople, FilmPeopleEvidence
from .joining import log_odds

_NEAREST = 24  # people, by the film in which they are most like the one asked about
_ROWS_AT_ONCE = 8192


def recognise(
    asked: FaceVectors,
    film_people: FilmPeople,
    person: IntArray,
    evidence: FilmPeopleEvidence,
) -> list[dict[int, float]]:
    """Return how likely somebody is each person of a library.

    Each is compared with the mean of all films of a person, as when people are joined. One person
    at most is right, and nobody as likely as the odds of joining say.

    Args:
        asked: a row for each who is asked about; nobody is found where it has no looks.
        film_people: the people of all films.
        person: (num_film_people,) int64, whom of the library each is, 0 or more.
        evidence: how likely pairs of them are one person.

    Returns:
        For each, probabilities by person, the highest first.
    """
    found: list[dict[int, float]] = [{} for _ in range(len(asked))]
    rows = np.flatnonzero(film_people.looks > 0)
    rows = rows[np.argsort(person[rows], kind="stable")]
    if not len(rows) or not (asked.looks > 0).any():
        return found
    people, first = np.unique(person[rows], return_index=True)
    of_people = np.split(rows, first[1:])
    best = np.maximum.reduceat(_with_each(asked, film_people, rows, evidence), first, axis=1)
    odds = log_odds(len(people))
    for one in np.flatnonzero(asked.looks > 0).tolist():
        near = np.argsort(-best[one], kind="stable")[:_NEAREST].tolist()
        wholes = [_whole(film_people, of_people[place], evidence) for place in near]
        alone = asked[np.array([one])]
        worth = np.concatenate([evidence.of_pairs(alone, whole) for whole in wholes])
        likely = np.exp(worth - np.logaddexp.reduce(np.append(worth, odds)))
        order = np.argsort(-likely, kind="stable").tolist()
        found[one] = {int(people[near[k]]): float(likely[k]) for k in order}
    return found


def _with_each(
    asked: FaceVectors, film_people: FilmPeople, rows: IntArray, evidence: FilmPeopleEvidence
) -> NDArray[np.float32]:
    """Return the evidence of each who is asked about with each row, (len(asked), len(rows))."""
    blocks = np.split(rows, range(_ROWS_AT_ONCE, len(rows), _ROWS_AT_ONCE))
    parts = [evidence.between(asked, film_people.means(block)) for block in blocks]
    return np.concatenate(parts, axis=1, dtype=np.float32)


def _whole(film_people: FilmPeople, rows: IntArray, evidence: FilmPeopleEvidence) -> FaceVectors:
    """Return one person by the mean of some rows, each counted by its looks; one row."""
    films = film_people.means(rows)
    weight = np.maximum(films.looks, LEAST_LOOKS)[:, None]
    units = evidence.unit_rows((films.units * weight).sum(axis=0, keepdims=True))
    common = (films.common * weight).sum(axis=0, keepdims=True) / weight.sum()
    looks: NDArray[np.float32] = films.looks.sum(keepdims=True)
    return FaceVectors(units, common, looks)
