"""A library that its user puts right in the browser: what it is now, and which films are open.

A decision is on the disk before it is answered, and people are found again. Names are written into
the results of films when a film is opened, and when the session ends: until then they are only in
the library.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ..library.deciding import Decided
from ..library.exchange import Exchanged
from ..library.library import Library
from ..library_files.decisions import DECISIONS, LibraryDecisions
from ..library_files.originals import Originals
from ..library_files.people import LibraryPeople, LibraryPerson, Member
from ..library_files.places import Places
from ..report.write import write_report
from ..review.session import Session, StaleError
from ..review.skips import Skips
from .films import IndexedFilms


@dataclass(frozen=True, eq=False)
class LibraryNow:
    """One state of a library under review: never changed, so that all its pages agree.

    Attributes:
        people: everybody.
        films: what is known of the people of films.
        version: tells it from every other state.
        last: line of the decision that undo takes back, 0 = none.
    """

    people: LibraryPeople
    films: IndexedFilms
    version: str
    last: int = 0

    def members(self, person: LibraryPerson) -> list[Member]:
        """Return whom a person is in each film, the most faces first."""
        members = self.people.members_of.get(person.library_id, [])
        return sorted(members, key=lambda one: (-one.faces, one.film_person))

    def meant(self, crop: str) -> tuple[LibraryPerson, str]:
        """Return who a tile shows, and how a decision calls them in that film alone.

        Raises:
            InputError: no such tile.
        """
        film_person = self.films.by_crop.get(crop)
        person = self.people.who(film_person) if film_person else None
        if film_person is None or person is None:
            raise InputError(f"{crop[:80]}: nobody of this library")
        return person, f"{person.id}@{film_person[0]}"


@dataclass
class LibrarySession:
    """Decisions on one library, one after the other; any thread may call.

    Attributes:
        library: of which everything is asked and decided.
        skips: pairs of people that the user does not want to tell apart or together.
    """

    library: Library
    skips: Skips[frozenset[int]] = field(default_factory=Skips)

    def __post_init__(self) -> None:
        self._changing = threading.RLock()
        self._films: dict[str, Session] = {}
        self._actions: dict[int, int] = {}  # how many lines each took, by its last one
        self._generation = 0
        self.now = self._read(None)

    def act(self, version: str, make: Callable[[Library], Decided]) -> tuple[Decided, LibraryNow]:
        """Decide.

        Args:
            version: of the state that the user saw.
            make: decides.

        Raises:
            StaleError: there is a later state than the user saw.
            InputError: the decision cannot be, or another program holds the library.
        """
        with self._changing:
            if version != self.now.version or self._is_other_now():
                self.refresh()
                raise StaleError(
                    "this page showed an earlier state: another tab or program has changed the"
                    " library. Nothing was changed; here is how it is now"
                )
            before = _last_line(self.library)
            done = make(self.library)
            after = _last_line(self.library)
            if after > before:  # else nothing had to change
                self._actions[after] = after - before
            self.now = self._read(self.now)
            return done, self.now

    def undo(self, version: str) -> tuple[Decided, LibraryNow]:
        """Take back what the last action decided; arguments and errors as ``act``."""

        def make(library: Library) -> Decided:
            last = LibraryDecisions.read(library.folder).last().line
            return [library.undo() for _ in range(self._actions.get(last, 1))][-1]

        return self.act(version, make)

    def refresh(self) -> LibraryNow:
        """Read everything anew, with what was decided in the films that were open."""
        with self._changing:
            self._close_films()
            self.library.take_in()
            self._generation += 1
            self.now = self._read(None)
            return self.now

    def current(self) -> LibraryNow:
        """Return the state; what was decided in films that were open comes along."""
        with self._changing:
            return self.refresh() if self._films or self._is_other_now() else self.now

    def asked(self) -> list[tuple[LibraryPerson, LibraryPerson, float]]:
        """Return the pair that is worth asking about most; [] where nothing is left."""
        with self._changing:
            return self.library.asked(1, self.skips.pairs)

    def open_film(self, key: str) -> Session:
        """Return the session of the result of a film, with the names of the library in it.

        Raises:
            InputError: there is no such film, its result is damaged, or in use.
        """
        with self._changing:
            if key not in self._films:
                if key not in self.now.films.names:
                    raise InputError(f"{key[:40]}: no such film in this library")
                self._close_films()
                self.library.write_names([key])
                self._films[key] = Session(self.folder_of(key), write_report)
            return self._films[key]

    def folder_of(self, key: str) -> Path:
        """Return the folder of the result of a film: the user's own, where there is one."""
        original = Originals().of(self.now.films.catalogue.of_film(key))
        return original or Places(self.library.folder).result(key)

    def close(self) -> Exchanged:
        """Save what is open, and write the names into the results of all films.

        Raises:
            InputError: it cannot be written now; every decision is kept all the same.
        """
        with self._changing:
            self._close_films()
            return self.library.write_names()

    def _close_films(self) -> None:
        for session in self._films.values():
            session.close()
        self._films = {}

    def _read(self, before: LibraryNow | None) -> LibraryNow:
        people, table = self.library.everybody, self.library.index_people
        self._stamp = _stamp(self.library.folder)
        if before is not None and before.films.table is table:
            films = before.films
        else:
            films = IndexedFilms(table, self.library.catalogue)
        version = "-".join(map(str, (self._generation, *self._stamp)))
        return LibraryNow(people, films, version, _line_to_undo(self.library))

    def _is_other_now(self) -> bool:
        return _stamp(self.library.folder) != self._stamp


def _line_to_undo(library: Library) -> int:
    decisions = LibraryDecisions.read(library.folder)
    return decisions.last().line if decisions.can_undo else 0


def _last_line(library: Library) -> int:
    return LibraryDecisions.read(library.folder).last_line


def _stamp(folder: Path) -> tuple[Any, ...]:
    """Return what tells one state of a library from another, as its files say."""
    found: list[int] = []
    for path in (Places(folder).members, folder / DECISIONS):
        with suppress(OSError):
            stat = path.stat()
            found += [stat.st_mtime_ns, stat.st_size]
    return tuple(found or [0, 0])
