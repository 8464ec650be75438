"""How a library is: what of its files was read, and what of them is not as it should be."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import InputError
from ...data.lock import locked
from ...data.result.decisions import Decisions
from ...data.result.facts import SourceFacts
from ...data.result.result import StoredResult
from ..library_files.catalogue import LEFT_OUT, Catalogue, run_of
from ..library_files.decisions import LibraryDecisions, count_lines
from ..library_files.head import Head, must_be_there
from ..library_files.index import Index, stamp_of_result
from ..library_files.originals import Originals
from ..library_files.people import LibraryPeople
from ..library_files.places import Places
from ..workers.remote import is_url, stamp_of
from .moments import Moments

if TYPE_CHECKING:
    from .film_names import NameConflict


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
            Decisions.read(places.result(key))
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
    from .film_names import conflicts_and_wanted, with_film_names
    from .standing import Standing

    standing = Standing.of(LibraryDecisions.read(places.root), people)
    found, _ = conflicts_and_wanted(people, standing, index.people)
    return tuple(with_film_names(found, catalogue))


class LibraryState:
    """What of a library was read so far; each part is read when it is asked for first.

    Args:
        places: of the library.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._read_index: tuple[tuple[int, int], Index] | None = None

    @property
    def head(self) -> Head:
        """What the library says of itself.

        Raises:
            InputError: there is no library.
        """
        return must_be_there(Head.read(self.places), self.places)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The films and photos."""
        return Catalogue.read(self.places.sources, self.places.films)

    @cached_property
    def people(self) -> LibraryPeople:
        """Everybody; found again where a table or the index is missing or damaged.

        What users decided in their own results of films since comes along.
        """
        head, found = self.head, LibraryPeople.read(self.places)
        if not found.members:
            if self.catalogue.films:
                found = self._caught_up(head)
        elif self._is_behind(found):
            with suppress(InputError):  # another program is at it
                found = self._caught_up(head)
            self.__dict__.pop("catalogue", None)
        return found

    def _caught_up(self, head: Head) -> LibraryPeople:
        from .changing import Changing  # a question that finds everything as it was needs none

        with locked(self.places.root, "castlist library"):
            changing = Changing(self.places, head)
            changing.catch_up()
            return changing.people

    def _is_behind(self, people: LibraryPeople) -> bool:
        """Say whether people have to be found again: after a kill, or by what became of films."""
        return (
            not people.is_whole
            or count_lines(self.places.root) > people.followed
            or not people.films <= {*self.catalogue.films}
            or bool(Originals().changed(self.catalogue))
        )

    @property
    def index(self) -> Index:
        """The index, read again where its file is another one."""
        people, stamp = self.people, stamp_of(self.places.index / "films.parquet")
        if self._read_index is None or self._read_index[0] != stamp:
            index = Index.read(self.places.index)
            if not people.films <= {*index.films["film"].to_pylist()}:
                with locked(self.places.root, "castlist library"):
                    index.update(self.places, self.catalogue, self.head.networks)
                stamp = stamp_of(self.places.index / "films.parquet")
            self._read_index = stamp, index
        return self._read_index[1]

    @cached_property
    def moments(self) -> Moments:
        """When everybody is seen."""
        catalogue = self.catalogue
        return Moments(self.index.moments, self.people, catalogue.rows, catalogue.names())

    def facts(self, names: Collection[str]) -> list[SourceFacts]:
        """Return what results say of films and photos of these short names."""
        from .combined import source_facts

        every = self.catalogue.names()
        films = sorted({film for (film, _), name in every.items() if name in names})
        found: list[SourceFacts] = []
        for film in films:
            if run := run_of(self.places.result(film)):
                found += source_facts(film, run, self.catalogue, every)
        return [own for own in found if own.name in names]

    def forget(self, people: LibraryPeople | None = None) -> None:
        """Read everything anew when it is asked for next; the people are known, where given."""
        for name in ("catalogue", "people", "moments"):
            self.__dict__.pop(name, None)
        if people is not None:
            self.__dict__["people"] = people
