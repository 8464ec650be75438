"""One identity over all films: the people of films are joined to people of the library.

Faces alone decide, never clothes. In each round every person is compared with the nearest others,
and pairs are joined, the likeliest first; what was joined is one person from then on, described by
all its films together. The rounds end when no pair is left with enough evidence. How much is enough
grows with the library: among more people, more are alike by chance.

Two people of one film stay two: its own stages looked at each of their tracks, under one light, and
found two. Only the user joins them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.progress import ProgressHook, silent
from ...data.tables.faces import IntArray
from .film_people import FilmPeople, FilmPeopleEvidence
from .parts import Parts, Question
from .rules import Limits

LEAST_ODDS = 100.0
"""One in a hundred pairs of people of two films is one person, as everywhere across films; in a
library with more people than that, one in as many as there are."""

CAREFUL = 10.0
"""How many times surer a join in a large library has to be than what one wrong join costs: people
of hundreds of films are joined by a chain of pairs, and one wrong link spoils all of them."""

_ROUNDS = 12


@dataclass(frozen=True, eq=False)
class Identities:
    """Who is who.

    Attributes:
        group: (num_film_people,) int64, the person of each person of a film, 0-based.
        probability: (num_film_people,) float64, that each is of its person, 1 of a person of one
            film.
        questions: pairs of people who may be one, nearest to even first.
        rounds: how many it took.
    """

    group: IntArray
    probability: NDArray[np.float64]
    questions: tuple[Question, ...]
    rounds: int


def log_odds(num_people: int) -> float:
    """Return the logarithm of the odds that two people of a library are two."""
    return math.log(max(LEAST_ODDS, num_people))


def needed(num_people: int, stop: float) -> float:
    """Return the evidence that two people need to be joined; see docs/library.md.

    Args:
        num_people: how many there are.
        stop: logarithm of what a wrong join costs, in missed ones.
    """
    return stop + math.log(max(LEAST_ODDS, CAREFUL * num_people))


def find_identities(
    film_people: FilmPeople,
    evidence: FilmPeopleEvidence,
    limits: Limits,
    stop: float,
    progress: ProgressHook = silent,
    num_others: int = 0,
    every_pair_up_to: int | None = None,
) -> Identities:
    """Join the people of films to the people of a library.

    Args:
        film_people: the people of films.
        evidence: how likely pairs of them are one person.
        limits: what the user said.
        stop: logarithm of what a wrong join costs, in missed ones.
        progress: called as (step, completed, total).
        num_others: people of the library besides these, who are not looked at.
        every_pair_up_to: see ``nearest``; None = its default.
    """
    parts = Parts(film_people, evidence, limits)
    pairs, worth = np.empty((0, 2), np.int64), np.empty(0)
    number = 0
    for number in range(1, _ROUNDS + 1):
        progress("comparing people", number - 1, None)
        active = parts.roots()
        need = needed(len(active) + num_others, stop)
        pairs, worth = parts.near_pairs(active, pairs, worth, every_pair_up_to)
        if not parts.join(pairs[worth > need], worth[worth > need], need):
            break
    group = parts.group()
    odds = log_odds(int(group.max(initial=-1)) + 1 + num_others)
    questions = parts.questions(pairs, worth, odds)
    return Identities(group, parts.probability(odds), questions, number)
