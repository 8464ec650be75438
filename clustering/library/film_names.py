"""Names that films' results have by themselves, beside those of the library: which of them count.

The later word counts. What a film's user says first, flows to the library, and from there to all
films. Where a film's user overrules the name that the library gave, it is either the name of
somebody else whom the library knows: then it is that person; or a new one: then only the user can
tell whether the person has another name or is another person, and is asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...data.result.people_names import key_of
from ...data.tables.faces import IntArray
from ..identity.film_people import FilmPeople
from ..identity.standing import Standing
from ..library_files.catalogue import Catalogue
from ..library_files.people import LibraryPeople
from ..naming.writing import Wanted

_COLUMNS = [
    "film", "person", "name", "hidden", "called", "is_hidden", "named_at", "overrules",
]  # fmt: skip


@dataclass(frozen=True)
class NameConflict:
    """A film's result and the library call one person differently, and neither follows.

    Attributes:
        film: key of the film.
        person: lasting id in it.
        library_id: of the same person.
        name: the film's.
        called: what the library calls them, its id where it has no name.
        film_name: what to call the film.
    """

    film: str
    person: int
    library_id: int
    name: str
    called: str
    film_name: str = ""


@dataclass(frozen=True, eq=False)
class Counting:
    """The names that count.

    Attributes:
        film_people: the persons of films, with these names alone.
        sure: rows whose names outrank those of the library.
    """

    film_people: FilmPeople
    sure: frozenset[int]


def that_count(
    film_people: FilmPeople, ids: IntArray, standing: Standing, people: pa.Table
) -> Counting:
    """Return which names of films count.

    Args:
        film_people: the persons of films, with the names that their users gave.
        ids: (num_film_people,) int64, the id that each had, -1 = none.
        standing: the decisions on the library.
        people: the table of the index.
    """
    later = _overruling(film_people, ids, standing, people)
    by_id = {person_id: key_of(called) for person_id, called in standing.names.items()}
    others: dict[str, set[int]] = {}
    for person_id, called in by_id.items():
        others.setdefault(called, set()).add(person_id)
    for row, name in enumerate(film_people.names):
        if name and row not in later:
            person_id = int(ids[row])
            by_id.setdefault(person_id, key_of(name))
            called = by_id[person_id] if person_id >= 0 else key_of(name)
            others.setdefault(called, set()).add(person_id)
    names, sure = list(film_people.names), set()
    for row in later:
        if standing.parted.get(film_people.keys[row]) == int(ids[row]):
            continue  # somebody else from now on
        person_id, called = int(ids[row]), key_of(film_people.names[row] or "")
        if person_id not in by_id or by_id[person_id] == called:
            continue  # nobody else says anything, or the same
        if others.get(called, set()) - {person_id}:
            sure.add(row)
        else:
            names[row] = None
    return Counting(dataclasses.replace(film_people, names=tuple(names)), frozenset(sure))


def conflicts_and_wanted(
    people: LibraryPeople, standing: Standing, table: pa.Table, in_full: Collection[str] = ()
) -> tuple[list[NameConflict], dict[str, dict[int, Wanted]]]:
    """Return what only the user can settle, and what is to be written into the films' results.

    Args:
        people: of the library.
        standing: the decisions on it.
        table: of the people of the index.
        in_full: films of which everything is wanted that the library says.

    Returns:
        The conflicts; and by film and lasting id in it, what the library says otherwise.
    """
    found: list[NameConflict] = []
    wanted: dict[str, dict[int, Wanted]] = {}
    rows = _rows(table)
    first = _first_in_films(people, rows)
    for row in rows:
        person = people.who((row["film"], row["person"]))
        if person is None:
            continue
        name = person.name
        is_other = bool(row["name"]) and key_of(row["name"]) != key_of(name or "")
        if is_other and (name is None or _is_later(row, person.library_id, standing)):
            found.append(
                NameConflict(
                    row["film"], row["person"], person.library_id, row["name"], person.called
                )
            )
            name = row["called"]
        elif first[row["film"], person.library_id] != row["person"]:
            name = row["name"]
        hidden = person.hidden or row["hidden"]
        is_new = row["film"] in in_full and (name or hidden)
        if is_new or (name, hidden) != (row["called"], row["is_hidden"]):
            wanted.setdefault(row["film"], {})[row["person"]] = Wanted(name, hidden)
    return found, wanted


def _first_in_films(
    people: LibraryPeople, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, int], int]:
    """Return who has the name of a person of the library in a film: never two of one film.

    Whoever has it already, else who has the most faces.
    """
    found: dict[tuple[str, int], tuple[bool, int, int]] = {}
    for row in rows:
        if member := people.by_film_person.get((row["film"], row["person"])):
            person = people.by_id.get(member.library_id)
            has_it = bool(person and person.name and person.name == row["called"])
            rank = has_it, member.faces, -member.person
            place = member.film, member.library_id
            found[place] = max(found.get(place, rank), rank)
    return {place: -rank[2] for place, rank in found.items()}


def with_film_names(found: Sequence[NameConflict], catalogue: Catalogue) -> list[NameConflict]:
    """Return conflicts with the names that their films have in the library."""
    names = catalogue.titles() if found else {}
    return [dataclasses.replace(one, film_name=names.get(one.film, one.film)) for one in found]


def _overruling(
    film_people: FilmPeople, ids: IntArray, standing: Standing, table: pa.Table
) -> frozenset[int]:
    """Return the rows whose film's user gave a name after the library had."""
    place = {film_person: row for row, film_person in enumerate(film_people.keys)}
    rows = [(place.get((row["film"], row["person"])), row) for row in _rows(table) if row["name"]]
    return frozenset(
        at for at, row in rows if at is not None and _is_later(row, int(ids[at]), standing)
    )


def _is_later(row: Mapping[str, Any], person_id: int, standing: Standing) -> bool:
    at, given = str(row["named_at"]), standing.named_at.get(person_id, "")
    return at >= given if row["overrules"] else person_id in standing.names and at > given


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    return table.select(_COLUMNS).to_pylist()  # type: ignore[no-any-return]
