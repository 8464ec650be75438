"""Names and decisions between a library and the results of its films, in both directions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...data.errors import InputError
from ...data.progress import ProgressHook, silent
from ...data.result.decisions import Decision
from ...data.result.result import StoredResult
from ..identity.standing import Standing
from ..library_files.catalogue import Catalogue
from ..library_files.decisions import LibraryDecisions
from ..library_files.index import Index, stamp_of_result
from ..library_files.originals import Originals, note_seen
from ..library_files.people import LibraryPeople
from ..library_files.places import Places
from ..naming.originals import people_of, take
from ..naming.writing import Wanted, write_names
from ..report.write import write_report
from .film_names import NameConflict, conflicts_and_wanted, with_film_names


@dataclass(frozen=True)
class Exchanged:
    """What came of writing names into results.

    Attributes:
        num_written: results that call people as the library does now.
        conflicts: what only the user can settle.
        problems: results that could not be written or read, a line each.
    """

    num_written: int = 0
    conflicts: tuple[NameConflict, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass
class Exchange:
    """The results of the films of a library, and their originals, with its lock held.

    Attributes:
        places: of the library.
        catalogue: its films; it is noted there which decisions of originals are known.
        progress: called as (step, completed, total).
    """

    places: Places
    catalogue: Catalogue
    progress: ProgressHook = silent
    problems: list[str] = field(default_factory=list)
    _met: list[str] = field(default_factory=list)

    def take_in(self) -> list[str]:
        """Take over what users decided in their own results since; returns the films of these."""
        met = []
        for key, original in Originals().changed(self.catalogue).items():
            try:
                self._take(key, original)
                met.append(key)
            except InputError as error:
                self.problems.append(str(error))
        if met:
            self.catalogue.write(self.places)
        self._met += met
        return met

    def write_out(
        self,
        people: LibraryPeople,
        decisions: LibraryDecisions,
        index: Index,
        films: Collection[str] | None = None,
    ) -> Exchanged:
        """Let the results of films call people as the library does.

        Args:
            people: of the library.
            decisions: on it.
            index: up to date; it is noted there what was written.
            films: only into these; None = all.
        """
        standing = Standing.of(decisions, people)
        conflicts, wanted = conflicts_and_wanted(people, standing, index.people, self._met)
        if films is not None:
            wanted = {film: of_film for film, of_film in wanted.items() if film in films}
        said, written = {}, 0
        for number, (film, people_wanted) in enumerate(sorted(wanted.items())):
            self.progress("writing names", number, len(wanted))
            try:
                said[film], is_other = self._write(film, people_wanted)
                written += is_other
            except InputError as error:
                self.problems.append(f"{error}; it gets the names the next time")
        if said:
            index.note(said, {film: stamp_of_result(self.places.result(film)) for film in said})
            index.write()
            self.catalogue.write(self.places)
        named = with_film_names(conflicts, self.catalogue)
        return Exchanged(written, tuple(named), tuple(self.problems))

    def _take(self, key: str, original: Path) -> None:
        rows = self.catalogue.of_film(key)
        copy = self.places.result(key)
        is_whole = rows[0].original == str(original) and _settings(original) == _settings(copy)
        take(original, copy, is_whole, write_report)
        note_seen(self.catalogue, key, original)

    def _write(
        self, film: str, wanted: Mapping[int, Wanted]
    ) -> tuple[dict[int, tuple[str | None, bool]], bool]:
        """Write into the result of a film.

        Returns:
            What it says of these people now, and whether that or the original's is new.
        """
        made: list[Decision] = []
        copy, rows = self.places.result(film), self.catalogue.of_film(film)
        if original := Originals().of(rows):
            result = StoredResult.load(copy)

            def theirs(now: StoredResult) -> Mapping[int, Wanted]:
                people = people_of(result, now).items()
                return {other: wanted[one] for one, other in people if one in wanted}

            made += write_names(original, theirs, write_report).made
            note_seen(self.catalogue, film, original)
        done = write_names(copy, lambda _now: wanted, write_report)
        made += done.made
        cast = done.result.cast
        return {one: (cast.names.get(one), one in cast.hidden) for one in wanted}, bool(made)


def _settings(folder: Path) -> object:
    return StoredResult.load(folder).run.configuration
