"""Finds the people of a library: from what is kept of each film to ids, names and questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.progress import ProgressHook, silent
from ...data.result.people_names import key_of
from ...data.runtime.blas import one_blas_thread
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray
from ..config import make_config
from ..evidence.curves import Curves
from ..identity.assignment import LibraryChurn, assign, churn_of
from ..identity.film_people import FilmPeople, FilmPeopleEvidence
from ..identity.joining import Identities, find_identities
from ..identity.rules import Limits
from ..identity.standing import Standing
from ..library_files.decisions import LibraryDecisions
from ..library_files.head import Head
from ..library_files.index import Index
from ..library_files.people import Asked, LibraryPeople, LibraryPerson, Member
from .film_names import that_count

MOST_ASKED = 1000
"""Pairs of people that a library keeps, to ask about."""


def find_people(
    head: Head,
    index: Index,
    decisions: LibraryDecisions,
    before: LibraryPeople,
    progress: ProgressHook = silent,
    only: Collection[int] | None = None,
) -> LibraryPeople:
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
    film_people = FilmPeople.of(index.people, index.vectors_of(dim), len(networks))
    standing = Standing.of(decisions, before)
    ids = standing.earlier_ids(film_people, before)
    counting = that_count(film_people, ids, standing, index.people)
    film_people = counting.film_people
    rows = np.arange(len(film_people))
    if only is not None:
        rows = np.flatnonzero(np.isin(ids, sorted(only)) | (ids < 0))
    others = np.setdiff1d(np.arange(len(film_people)), rows)
    sure = np.flatnonzero(np.isin(rows, sorted(counting.sure))).tolist()
    limits = standing.limits(film_people[rows], ids[rows], sure)
    found = _identities(head, film_people[rows], limits, progress, len({*ids[others]}))
    first_id = max(before.next_id, decisions.next_id)
    group = _with_incomparable(found.group, film_people[rows], ids[rows], limits)
    assigned = assign(group, film_people.faces[rows], ids[rows], first_id)
    now, probability = ids.copy(), _earlier_probability(film_people, before)
    now[rows], probability[rows] = assigned.ids[group], found.probability
    asked = [
        Asked(int(now[rows[q.one]]), int(now[rows[q.other]]), q.probability)
        for q in found.questions
    ]
    return LibraryPeople(
        people=_people(film_people, now, standing),
        members=_members(film_people, now, probability, before),
        asked=_all_asked(asked, before, {*now[others].tolist()}),
        next_id=assigned.next_id,
        followed=decisions.last_line,
    )


def churn_between(before: LibraryPeople, after: LibraryPeople) -> LibraryChurn:
    """Return what became of the earlier people."""
    members = [before.by_film_person.get(member.film_person) for member in after.members]
    return churn_of(
        np.array(
            [UNKNOWN if member is None else member.library_id for member in members], np.int64
        ),
        np.array([member.library_id for member in after.members], np.int64),
    )


def _identities(
    head: Head,
    film_people: FilmPeople,
    limits: Limits,
    progress: ProgressHook,
    num_others: int,
) -> Identities:
    columns = head.networks.columns if head.networks else {}
    evidence = FilmPeopleEvidence(columns, Curves.load().of_faces(columns))
    stop = math.log(make_config(dict(head.settings)).people.wrong_merge_cost)
    with one_blas_thread():
        return find_identities(film_people, evidence, limits, stop, progress, num_others)


def _with_incomparable(
    group: IntArray, film_people: FilmPeople, ids: IntArray, limits: Limits
) -> IntArray:
    """Let those of whom nothing can be compared stay with whom they were, unless they were parted.

    Args:
        group: (num_film_people,) int64, the person of each person of a film, 0-based.
        film_people: the persons of films.
        ids: (num_film_people,) int64, the id that each had, -1 = none.
        limits: what the user said.

    Returns:
        As ``group``.
    """
    group = group.copy()
    parted = limits.parted
    homes: dict[int, list[int]] = {}
    # those who can be compared first, the most frequent of them first
    for row in np.lexsort((-film_people.faces, film_people.looks <= 0)).tolist():
        of_person = homes.setdefault(int(ids[row]), [])
        if film_people.looks[row] <= 0 and ids[row] >= 0:
            others = {int(group[other]) for other in parted.get(row, ())}
            group[row] = next((home for home in of_person if home not in others), group[row])
        of_person.append(int(group[row]))
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _earlier_probability(film_people: FilmPeople, before: LibraryPeople) -> NDArray[np.float64]:
    members = (before.by_film_person.get(film_person) for film_person in film_people.keys)
    return np.array([1.0 if member is None else member.probability for member in members])


def _members(
    film_people: FilmPeople,
    now: IntArray,
    probability: NDArray[np.float64],
    before: LibraryPeople,
) -> tuple[Member, ...]:
    there = {*now.tolist()}
    every = zip(film_people.keys, now.tolist(), probability, film_people.faces, strict=True)
    return tuple(
        Member(
            *key,
            library_id,
            float(likely),
            int(faces),
            _was(before.by_film_person.get(key), library_id, there),
        )
        for key, library_id, likely, faces in every
    )


def _was(before: Member | None, now: int, there: Collection[int]) -> int:
    """Return who somebody was before they became another one; UNKNOWN = they did not."""
    if before is None:
        return UNKNOWN
    if before.library_id == now:
        return before.was
    return UNKNOWN if before.library_id in there else before.library_id


def _people(
    film_people: FilmPeople, now: IntArray, standing: Standing
) -> tuple[LibraryPerson, ...]:
    """Return everybody, the most frequent first."""
    present, group = np.unique(now, return_inverse=True)
    count = len(present)
    faces = np.bincount(group, weights=film_people.faces, minlength=count)
    screen_s = np.bincount(group, weights=film_people.screen_s, minlength=count)
    shown = np.bincount(group, weights=~film_people.hidden, minlength=count)
    who, film = np.unique(np.stack([group, film_people.film]), axis=1)
    seconds_of_film = np.bincount(film_people.film, weights=film_people.screen_s)
    is_folder = seconds_of_film[film] == 0  # of photos there is no time
    films = np.bincount(who, minlength=count)
    folders = np.bincount(who, weights=is_folder, minlength=count)
    order = np.lexsort((present, -faces)).tolist()
    names = _names(film_people, now, standing, [int(present[place]) for place in order])
    return tuple(
        LibraryPerson(
            library_id=(library_id := int(present[place])),
            name=names.get(library_id),
            hidden=library_id in standing.hidden or not shown[place],
            films=int(films[place]),
            faces=int(faces[place]),
            screen_s=round(float(screen_s[place]), 3),
            folders=int(folders[place]),
        )
        for place in order
    )


def _names(
    film_people: FilmPeople, now: IntArray, standing: Standing, ordered: list[int]
) -> Mapping[int, str]:
    """Return what everybody is called: by a decision on the library, else in films; one each."""
    given: dict[int, dict[str, int]] = {}
    for row, name in enumerate(film_people.names):
        if name:
            votes = given.setdefault(int(now[row]), {})
            votes[name] = votes.get(name, 0) + int(film_people.faces[row])
    names = {library_id: name for library_id, name in standing.names.items() if name}
    taken = {key_of(name) for name in names.values()}
    for library_id in ordered:
        if library_id in given and library_id not in names:
            name = max(given[library_id], key=lambda k: (given[library_id][k], k))
            if key_of(name) not in taken:
                names[library_id] = name
                taken.add(key_of(name))
    return names


def _all_asked(asked: list[Asked], before: LibraryPeople, untouched: set[int]) -> tuple[Asked, ...]:
    rest = [pair for pair in before.asked if pair.first in untouched and pair.second in untouched]
    every = [pair for pair in (*asked, *rest) if pair.first != pair.second]
    every.sort(key=lambda pair: (abs(pair.probability - 0.5), pair.first, pair.second))
    return tuple(every[:MOST_ASKED])
