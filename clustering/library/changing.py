"""A library that is being changed: people are found anew, and the results of films follow."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ...data.files import clear_stale
from ...data.lock import locked
from ...data.progress import ProgressHook, silent
from ...data.result.people_names import key_of
from ..identity.assignment import LibraryChurn
from ..library_files.catalogue import Catalogue
from ..library_files.decisions import LibraryDecisions
from ..library_files.head import Head
from ..library_files.index import Index, stamps_of
from ..library_files.people import LibraryPeople
from ..library_files.places import Places
from .exchange import Exchange, Exchanged
from .finding import churn_between, find_people

_REMOVED = ".removed-"
"""How the folder of a result is called while it is being deleted."""


@dataclass(frozen=True, eq=False)
class Changed:
    """What became of the people.

    Attributes:
        before: the people before.
        people: the people after.
        churn: what became of whom.
        exchanged: what came of writing names into the films' results.
    """

    before: LibraryPeople
    people: LibraryPeople
    churn: LibraryChurn
    exchanged: Exchanged = field(default_factory=Exchanged)


class Changing:
    """A library as it is, with its lock held; what is changed is written at once.

    Args:
        places: of the library.
        head: what it says of itself.
        progress: called as (step, completed, total).
        writes: whether names are written into the films' results at once.

    Raises:
        InputError: a line of the decisions is damaged.
    """

    def __init__(
        self, places: Places, head: Head, progress: ProgressHook = silent, writes: bool = True
    ) -> None:
        self.places, self.head, self.progress = places, head, progress
        self._writes = writes
        self.read()

    def read(self) -> None:
        """Read the library as it is now."""
        self.catalogue = Catalogue.read(self.places)
        self.decisions = LibraryDecisions.read(self.places.root)
        self.people = LibraryPeople.read(self.places)
        self.exchange = Exchange(self.places, self.catalogue, self.progress)

    def catch_up(self) -> None:
        """Find people again who are lost, and take over what users decided in films since."""
        if not self.people.members:
            if self.catalogue.films:
                self.find()
            return
        met = self.exchange.take_in()
        self.find_changed(Index.read(self.places.index), met)

    def find_changed(
        self, index: Index, met: Iterable[str] = (), progress: ProgressHook = silent
    ) -> tuple[list[str], Changed | None]:
        """Find anew whom what is new, changed or gone is about; nobody where nothing is.

        People of films whom the library does not know yet may be anybody, so everybody is looked at
        again. Else all others stay who they are: a decision looked at few, and what it left must
        not change by looking again.

        Args:
            index: as it was written; brought up to date.
            met: films that took over what users decided in their own results since.
            progress: called as (step, completed, total).

        Returns:
            Why some results could not be read, a line each; and what became of people, None =
            there was nothing to do.
        """
        stamps = stamps_of(self.places, self.catalogue)
        films = {*met} | ({*stamps} - index.current(stamps))
        problems = index.update(self.places, self.catalogue, self.head.networks, progress)
        # a program was killed between two tables, or between a decision and what follows from it
        is_whole = self.people.is_whole and self.decisions.last_line <= self.people.followed
        if not is_whole or self._has_unknown_people(index):
            return problems, self.find(None, index, progress)
        if films or self.people.films - {*stamps}:
            return problems, self.find(_touched(self.people, films, index), index, progress)
        return problems, None

    def _has_unknown_people(self, index: Index) -> bool:
        columns = (index.people[name].to_pylist() for name in ("film", "person"))
        return any(key not in self.people.by_film_person for key in zip(*columns, strict=True))

    def find(
        self,
        only: Collection[int] | None = None,
        index: Index | None = None,
        progress: ProgressHook = silent,
    ) -> Changed:
        """Find who is who anew, write it down, and write names into the films' results.

        Args:
            only: look at these people alone, by id, and leave all others as they are; None =
                everybody.
            index: up to date; None = it is read, and brought up to date.
            progress: called as (step, completed, total) while people are compared.
        """
        if index is None:
            index = Index.read(self.places.index)
            index.update(self.places, self.catalogue, self.head.networks)
        before = self.people
        self.people = find_people(self.head, index, self.decisions, before, progress, only)
        self.people.write(self.places)
        exchanged = Exchanged()
        if self._writes:
            exchanged = self.exchange.write_out(self.people, self.decisions, index)
        return Changed(before, self.people, churn_between(before, self.people), exchanged)

    def remove(self, films: Collection[str]) -> Changed:
        """Take films out: their results here are deleted, the films and users' results stay.

        Args:
            films: keys of results.

        Raises:
            InputError: another program is using one of the results; then all are left.
        """
        for key in films:
            with locked(self.places.result(key), "castlist library remove"):
                pass
        clear_stale(self.places.films, _REMOVED)
        for key in films:
            removed = self.places.films / f"{_REMOVED}{key}"
            self.places.result(key).rename(removed)
            shutil.rmtree(removed, ignore_errors=True)
        self.read()
        self.catalogue.write(self.places)
        index = Index.read(self.places.index)
        _, changed = self.find_changed(index)
        return changed or self.unchanged(index)

    def unchanged(self, index: Index) -> Changed:
        """Let people be who they are, and write names into the films' results."""
        exchanged = self.exchange.write_out(self.people, self.decisions, index)
        return Changed(self.people, self.people, churn_between(self.people, self.people), exchanged)

    def write_names(self, films: Collection[str] | None = None) -> Exchanged:
        """Let the results of films call people as the library does; see ``Library.write_names``."""
        index = Index.read(self.places.index)
        return self.exchange.write_out(self.people, self.decisions, index, films)


def _touched(people: LibraryPeople, films: Iterable[str], index: Index) -> set[int]:
    """Return the ids of people in films, and of those who are called as somebody there."""
    wanted = {*films}
    rows = index.people.select(["film", "name"]).to_pylist()
    names = {key_of(row["name"]) for row in rows if row["film"] in wanted and row["name"]}
    return {member.library_id for member in people.members if member.film in wanted} | {
        person.library_id
        for person in people.people
        if person.name and key_of(person.name) in names
    }
