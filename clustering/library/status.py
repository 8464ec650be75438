"""How a library is: how much is in it, and what is not as it should be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.result.decisions import Decisions
from ...data.result.result import StoredResult
from ..identity.standing import Standing
from ..library_files.catalogue import Catalogue
from ..library_files.decisions import LibraryDecisions
from ..library_files.head import Head
from ..library_files.index import Index, stamps_of
from ..library_files.people import LibraryPeople
from ..library_files.places import Places
from ..library_files.sources import LibrarySource
from ..workers.remote import is_url
from .film_names import NameConflict, conflicts_and_wanted, with_film_names


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
    index = Index.read(places.index)
    current = index.current(stamps_of(places, catalogue))
    others = {row["film"] for row in index.films.to_pylist() if not row["compared"]} & current
    names = catalogue.names()
    rows = catalogue.used
    standing = Standing.of(LibraryDecisions.read(places.root), people)
    conflicts, _ = conflicts_and_wanted(people, standing, index.people)
    return LibraryStatus(
        num_films=sum(row.kind == "film" for row in rows),
        num_photos=sum(row.kind == "photo" for row in rows),
        gone=tuple(sorted(row.path for row in rows if _is_gone(row))),
        num_people=len(people.people),
        num_named=sum(person.name is not None for person in people.people),
        num_hidden=sum(person.hidden for person in people.people),
        num_asked=len(people.asked),
        networks=head.networks.names if head.networks else "none",
        other_networks=tuple(sorted(name for key, name in names.items() if key[0] in others)),
        damaged=tuple(_damaged(places, {*catalogue.films} - current)),
        conflicts=tuple(with_film_names(conflicts, catalogue)),
    )


def _is_gone(row: LibrarySource) -> bool:
    if not row.path or is_url(row.path):  # nobody asks a bucket each time
        return False
    return row.gone or not Path(row.path).is_file()


def _damaged(places: Places, films: set[str]) -> list[str]:
    """Return why results cannot be read, a line each."""
    found = []
    for key in sorted(films):
        try:
            StoredResult.load(places.result(key))
            Decisions.read(places.result(key))
        except InputError as error:
            found.append(str(error))
    return found
