"""How a library is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.result.result import StoredResult
from ..workers.remote import is_url
from .decisions import LibraryDecisions
from .film_names import NameConflict, conflicts_and_wanted, with_film_names
from .index import Index, stamp_of_result
from .people import LibraryPeople
from .places import Head, Places
from .sources import LEFT_OUT, Catalogue
from .standing import Standing


@dataclass(frozen=True)
class LibraryStatus:
    """How a library is.

    Attributes:
        num_films, num_photos: of which the people are known.
        gone: paths of those that are not where they were.
        num_people, num_named, num_hidden: people.
        num_asked: pairs of people who may be one.
        networks: names of the face networks.
        other_networks: films whose vectors are of other ones, and so are compared with nothing.
        damaged: results that cannot be read, a line each.
        conflicts: where a film calls somebody otherwise than the library.
    """

    num_films: int
    num_photos: int
    gone: tuple[str, ...]
    num_people: int
    num_named: int
    num_hidden: int
    num_asked: int
    networks: str
    other_networks: tuple[str, ...]
    damaged: tuple[str, ...]
    conflicts: tuple[NameConflict, ...] = ()


def status(
    places: Places, head: Head, catalogue: Catalogue, people: LibraryPeople
) -> LibraryStatus:
    """Return how a library is; only results that the index lacks are opened."""
    index, names = Index.read(places.index), catalogue.names()
    current = index.current({key: stamp_of_result(places.result(key)) for key in catalogue.films})
    others = {row["film"] for row in index.films.to_pylist() if not row["compared"]} & current
    damaged = []
    for key in sorted({*catalogue.films} - current):
        try:
            StoredResult.load(places.result(key))
        except InputError as error:
            damaged.append(str(error))
    rows = [row for row in catalogue.rows.values() if row.kind != LEFT_OUT]
    return LibraryStatus(
        sum(row.kind == "film" for row in rows),
        sum(row.kind == "photo" for row in rows),
        tuple(
            sorted(
                row.path
                for row in rows
                if row.path and not is_url(row.path)
                if row.gone or not Path(row.path).is_file()
            )
        ),
        len(people.people),
        sum(own.name is not None for own in people.people),
        sum(own.hidden for own in people.people),
        len(people.asked),
        head.networks.names if head.networks else "none",
        tuple(sorted(name for key, name in names.items() if key[0] in others)),
        tuple(damaged),
        _conflicts(places, index, catalogue, people),
    )


def _conflicts(
    places: Places, index: Index, catalogue: Catalogue, people: LibraryPeople
) -> tuple[NameConflict, ...]:
    standing = Standing.of(LibraryDecisions.read(places.root), people)
    found, _ = conflicts_and_wanted(people, standing, index.people)
    return tuple(with_film_names(found, catalogue))
