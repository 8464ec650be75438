"""Finds the people of a library: from what is kept of each film to ids, names and questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ...data.progress import ProgressHook, silent
from ...data.result.people_names import key_of
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray
from ..config import make_config
from ..evidence.curves import Curves
from ..identity.assignment import LibraryChurn, assign, churn_of
from ..identity.joining import Identities, find_identities
from ..identity.rules import Limits
from ..identity.wholes import WholeEvidence, Wholes
from ..library_files.decisions import LibraryDecisions
from ..library_files.head import Head
from ..library_files.index import Index
from ..library_files.people import Asked, LibraryPeople, LibraryPerson, Member
from .film_names import that_count
from .standing import Standing

MOST_ASKED = 1000
"""Pairs of people that a library keeps, to ask about."""


@dataclass(frozen=True, eq=False)
class FoundPeople:
    """What a search came to.

    Attributes:
        people: everybody.
        churn: what became of those of before.
    """

    people: LibraryPeople
    churn: LibraryChurn


def find_people(
    head: Head,
    index: Index,
    decisions: LibraryDecisions,
    before: LibraryPeople,
    progress: ProgressHook = silent,
    only: Collection[int] | None = None,
) -> FoundPeople:
    """Find who is who over all films.

    Args:
        head: networks and settings of the library.
        index: what is kept of each film.
        decisions: of the user.
        before: as they were found last; ids last.
        progress: called as (step, completed, total).
        only: look at these people alone, by id, and leave all others as they are; None = everybody.
    """
    networks = head.networks.columns if head.networks else {}
    dim = max((last for _, last in networks.values()), default=0)
    wholes = Wholes.of(index.people, index.vectors_of(dim), len(networks))
    standing = Standing.of(decisions, before)
    ids = standing.earlier_ids(wholes, before)
    counting = that_count(wholes, ids, standing, index.people)
    wholes = counting.wholes
    rows = np.arange(len(wholes))
    if only is not None:
        rows = np.flatnonzero(np.isin(ids, sorted(only)) | (ids < 0))
    others = np.setdiff1d(np.arange(len(wholes)), rows)
    sure = np.flatnonzero(np.isin(rows, sorted(counting.sure))).tolist()
    limits = standing.limits(wholes[rows], ids[rows], sure)
    found = _identities(head, wholes[rows], limits, progress, len({*ids[others]}))
    first_id = max(before.next_id, decisions.next_id)
    assigned = assign(found.group, wholes.faces[rows], ids[rows], first_id)
    now, probability = ids.copy(), _earlier_probability(wholes, before)
    now[rows], probability[rows] = assigned.ids[found.group], found.probability
    _keep_incomparable(wholes, ids, now)
    asked = [
        Asked(int(now[rows[q.one]]), int(now[rows[q.other]]), q.probability)
        for q in found.questions
    ]
    people = LibraryPeople(
        _people(wholes, now, standing),
        tuple(
            Member(film, person, int(own), float(likely), int(faces))
            for (film, person), own, likely, faces in zip(
                wholes.keys, now, probability, wholes.faces, strict=True
            )
        ),
        _all_asked(asked, before, {*now[others].tolist()}),
        assigned.next_id,
        decisions.last_line,
    )
    return FoundPeople(people, churn_of(_ids_before(wholes, before), now))


def _identities(
    head: Head,
    wholes: Wholes,
    limits: Limits,
    progress: ProgressHook,
    num_others: int,
) -> Identities:
    columns = head.networks.columns if head.networks else {}
    evidence = WholeEvidence(columns, Curves.load().of_faces(columns))
    stop = math.log(make_config(dict(head.settings)).people.wrong_merge_cost)
    with threadpool_limits(1, user_api="blas"):  # as everywhere: the same on every machine
        return find_identities(wholes, evidence, limits, stop, progress, num_others)


def _keep_incomparable(wholes: Wholes, ids: IntArray, now: IntArray) -> None:
    """Let those of whom nothing can be compared be who they were, as long as that one is there."""
    there = {*now[wholes.looks > 0].tolist()}
    for row in np.flatnonzero((wholes.looks <= 0) & (ids >= 0)).tolist():
        if int(ids[row]) in there:
            now[row] = ids[row]


def _ids_before(wholes: Wholes, before: LibraryPeople) -> IntArray:
    members = (before.by_whole.get(whole) for whole in wholes.keys)
    return np.array([UNKNOWN if own is None else own.own for own in members], np.int64)


def _earlier_probability(wholes: Wholes, before: LibraryPeople) -> NDArray[np.float64]:
    members = (before.by_whole.get(whole) for whole in wholes.keys)
    return np.array([1.0 if own is None else own.probability for own in members])


def _people(wholes: Wholes, now: IntArray, standing: Standing) -> tuple[LibraryPerson, ...]:
    present, group = np.unique(now, return_inverse=True)
    faces = np.bincount(group, weights=wholes.faces, minlength=len(present))
    screen_s = np.bincount(group, weights=wholes.screen_s, minlength=len(present))
    films = np.zeros(len(present), np.int64)
    pairs = np.unique(np.stack([group, wholes.film]), axis=1)
    np.add.at(films, pairs[0], 1)
    is_folder = np.bincount(wholes.film, weights=wholes.screen_s) == 0  # of photos there is no time
    folders = np.bincount(pairs[0], weights=is_folder[pairs[1]], minlength=len(present))
    shown = np.bincount(group, weights=~wholes.hidden, minlength=len(present))
    order = np.lexsort((present, -faces)).tolist()
    names = _names(wholes, now, standing, [int(present[place]) for place in order])
    return tuple(
        LibraryPerson(
            own := int(present[place]),
            names.get(own),
            own in standing.hidden or not shown[place],
            int(films[place]),
            int(faces[place]),
            round(float(screen_s[place]), 3),
            int(folders[place]),
        )
        for place in order
    )


def _names(
    wholes: Wholes, now: IntArray, standing: Standing, ordered: list[int]
) -> Mapping[int, str]:
    """Return what everybody is called: by a decision on the library, else in films; one each."""
    given: dict[int, dict[str, int]] = {}
    for row, name in enumerate(wholes.names):
        if name:
            votes = given.setdefault(int(now[row]), {})
            votes[name] = votes.get(name, 0) + int(wholes.faces[row])
    names = {own: name for own, name in standing.names.items() if name}
    taken = {key_of(name) for name in names.values()}
    for own in ordered:
        if own in given and own not in names:
            name = max(given[own], key=lambda k: (given[own][k], k))
            if key_of(name) not in taken:
                names[own] = name
                taken.add(key_of(name))
    return names


def _all_asked(asked: list[Asked], before: LibraryPeople, untouched: set[int]) -> tuple[Asked, ...]:
    rest = [own for own in before.asked if own.first in untouched and own.second in untouched]
    every = [own for own in (*asked, *rest) if own.first != own.second]
    every.sort(key=lambda own: (abs(own.probability - 0.5), own.first, own.second))
    return tuple(every[:MOST_ASKED])
