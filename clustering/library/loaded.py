"""A library in memory: each part is read when it is asked for first, and again after a change."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from functools import cached_property

from ...data.errors import InputError
from ...data.lock import locked
from ...data.result.facts import SourceFacts
from ..library_files.catalogue import Catalogue, run_of
from ..library_files.decisions import count_lines
from ..library_files.head import Head
from ..library_files.index import Index
from ..library_files.originals import Originals
from ..library_files.people import LibraryPeople
from ..library_files.places import Places
from ..workers.remote import stamp_of
from .moments import Moments


class LoadedLibrary:
    """The parts of a library, each read when it is asked for first.

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
        return Head.of(self.places)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The films and photos."""
        return Catalogue.read(self.places)

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
        return [source for source in found if source.name in names]

    def forget(self, people: LibraryPeople | None = None) -> None:
        """Read everything anew when it is asked for next; the people are known, where given."""
        for name in ("catalogue", "people", "moments"):
            self.__dict__.pop(name, None)
        if people is not None:
            self.__dict__["people"] = people
