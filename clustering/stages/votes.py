"""Votes for the person of a track by the clothes of one window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, IntArray

FLOOR = 0.2
"""Clothes less similar than this (cosine in the film's space) are different clothes."""


@dataclass(frozen=True, eq=False)
class Votes:
    """The result of a vote for each row.

    Attributes:
        person: (num_rows,) int64, the person with the most similar clothes, -1 = none.
        similarity: (num_rows,) float64, cosine to that person's nearest tracks.
        second_person: (num_rows,) int64, the second person, -1 = none.
        margin: (num_rows,) float64, similarity above that of the second person, or above
            ``FLOOR`` where that is higher; -inf without a candidate.
    """

    person: IntArray
    similarity: NDArray[np.float64]
    second_person: IntArray
    margin: NDArray[np.float64]


def vote(
    similarity: NDArray[np.float64],
    voter_person: IntArray,
    allowed: BoolArray,
    nearest: int = 2,
    against_second: bool = True,
) -> Votes:
    """Let tracks of known people vote for rows by the similarity of clothes.

    Args:
        similarity: (num_rows, num_voters) float64, cosines.
        voter_person: (num_voters,) int64.
        allowed: (num_rows, num_voters) bool, whether a voter may vote for a row.
        nearest: how many tracks of a person vote for it: the most similar ones.
        against_second: take the margin over the second person, else over ``FLOOR`` only.

    Returns:
        The votes, row by row.
    """
    num_rows = len(similarity)
    people = np.unique(voter_person)
    standing = np.full((num_rows, len(people)), -np.inf)
    counted = np.where(allowed, similarity, -np.inf)
    for column, person in enumerate(people):
        most = np.sort(counted[:, voter_person == person], axis=1)[:, ::-1][:, :nearest]
        count = np.isfinite(most).sum(axis=1)
        total = np.where(np.isfinite(most), most, 0.0).sum(axis=1)
        standing[:, column] = np.where(count > 0, total / np.maximum(count, 1), -np.inf)
    if not len(people):
        nobody = np.full(num_rows, UNKNOWN, np.int64)
        none = np.full(num_rows, -np.inf)
        return Votes(nobody, none, nobody, none)
    order = np.argsort(-standing, axis=1, kind="stable")
    rows = np.arange(num_rows)
    best = standing[rows, order[:, 0]]
    second_column = order[:, 1] if len(people) > 1 else order[:, 0]
    second = standing[rows, second_column] if len(people) > 1 else np.full(num_rows, -np.inf)
    floor = np.maximum(second, FLOOR) if against_second else np.full(num_rows, FLOOR)
    return Votes(
        person=np.where(np.isfinite(best), people[order[:, 0]], UNKNOWN),
        similarity=best,
        second_person=np.where(np.isfinite(second), people[second_column], UNKNOWN),
        margin=np.where(np.isfinite(best), best - floor, -np.inf),
    )
