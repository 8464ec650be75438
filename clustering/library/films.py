"""The films and folders of photos of a library, and who is in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ...data.errors import InputError, first_few
from ...data.result.names import person_name
from ..identity.assignment import LibraryChurn
from ..library_files.catalogue import Catalogue
from ..library_files.people import LibraryPeople, LibraryPerson
from ..library_files.sources import LibrarySource
from ..report.wording import count, duration, taken

_MOST_NAMED = 4  # people in a line


@dataclass(frozen=True)
class InLibraryFilm:
    """A person in a film or a folder of photos.

    Attributes:
        person: of the library.
        faces: there.
        screen_s: seconds on screen there; 0 in photos.
    """

    person: LibraryPerson
    faces: int
    screen_s: float

    def __str__(self) -> str:
        much = duration(self.screen_s) if self.screen_s else count(self.faces, "face")
        return f"{self.person.called} {much}"


@dataclass(frozen=True)
class LibraryFilm:
    """A film or a folder of photos of a library: what was looked at together.

    Attributes:
        key: the folder of its result in ``films/``.
        title: a short name that no other has; of a result of several films, that of the first.
        sources: the film, the photos, or all that a result had that was added itself.
        people: who is in it and not hidden, the most frequent first.
    """

    key: str
    title: str
    sources: tuple[LibrarySource, ...]
    people: tuple[InLibraryFilm, ...]

    @property
    def called(self) -> str:
        """The title, and whether it stands for others."""
        is_one = len(self.sources) == 1 or self.is_of_photos
        return self.title if is_one else f"{self.title} and others"

    @property
    def is_of_photos(self) -> bool:
        """Whether it is a folder of photos."""
        return self.sources[0].kind == "photo"

    @property
    def num_photos(self) -> int:
        """How many photos it has."""
        return sum(source.kind == "photo" for source in self.sources)

    @property
    def taken_s(self) -> float | None:
        """When the first of it was taken, seconds since 1970; None = not known."""
        return min((s.taken_s for s in self.sources if s.taken_s is not None), default=None)

    @property
    def gone(self) -> bool:
        """Whether nothing of it is where it was when the library was added to last."""
        return all(source.gone for source in self.sources)

    @property
    def headline(self) -> str:
        """Name, number of photos, date."""
        photos = count(self.num_photos, "photo") if self.num_photos else ""
        date = taken(self.taken_s) if self.taken_s is not None else ""
        gone = "not there any more" if self.gone else ""
        return ", ".join(part for part in (self.called, photos, date, gone) if part)

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return {
            "film": self.key, "title": self.title, "paths": [one.path for one in self.sources],
            "photos": self.num_photos, "taken_s": self.taken_s, "gone": self.gone,
            "people": [
                {"id": person_name(one.person.library_id), "name": one.person.name,
                 "faces": one.faces, "screen_time_s": one.screen_s}
                for one in self.people
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Removed:
    """What was taken out of a library.

    Attributes:
        films: the films and folders of photos.
        people: everybody who is left.
        churn: what became of the earlier people.
    """

    films: tuple[LibraryFilm, ...]
    people: LibraryPeople
    churn: LibraryChurn


def films_of(catalogue: Catalogue, people: LibraryPeople, table: pa.Table) -> list[LibraryFilm]:
    """Return all films and folders of photos of a library, by name.

    Args:
        catalogue: the films and photos.
        people: who is who.
        table: people of films, as ``Index.people`` has them.
    """
    seconds = {
        (row["film"], row["person"]): row["screen_s"]
        for row in table.select(["film", "person", "screen_s"]).to_pylist()
    }
    there: dict[str, dict[int, InLibraryFilm]] = {}
    for member in people.members:
        person = people.by_id[member.library_id]
        if not person.hidden:
            own = there.setdefault(member.film, {})
            before = own.get(person.library_id, InLibraryFilm(person, 0, 0.0))
            screen_s = before.screen_s + seconds.get(member.film_person, 0.0)
            own[person.library_id] = InLibraryFilm(person, before.faces + member.faces, screen_s)
    titles, sources = catalogue.titles(), catalogue.by_film
    films = [
        LibraryFilm(key, title, tuple(sources[key]), _most_first(there.get(key, {}).values()))
        for key, title in titles.items()
    ]
    return sorted(films, key=lambda film: film.title.casefold())


def films_meant(
    wanted: Sequence[str], films: Sequence[LibraryFilm], catalogue: Catalogue
) -> list[LibraryFilm]:
    """Return the films that some texts mean: names of films or folders, or keys; by name.

    Raises:
        InputError: nothing is called so.
    """
    keys = {film.key for film in films}
    meant: set[str] = set()
    for text in wanted:
        found = catalogue.called(text, keys) if text else {}
        if not found:
            titles = first_few([film.called for film in films], 8) or "nothing"
            raise InputError(f"{text}: no film or folder of the library; there are {titles}")
        meant |= {*found}
    return [film for film in films if film.key in meant]


def films_lines(films: Sequence[LibraryFilm]) -> list[str]:
    """List films, a line each, with those who are most in it."""
    width = max((len(film.headline) for film in films), default=0)
    return [
        f"{film.headline:<{width}}  {first_few(film.people, _MOST_NAMED) or 'nobody'}"
        for film in films
    ]


def film_lines(film: LibraryFilm) -> list[str]:
    """Say who is in a film, a line each."""
    return [film.headline, *(f"  {one}" for one in film.people or ["nobody"])]


def _most_first(people: Iterable[InLibraryFilm]) -> tuple[InLibraryFilm, ...]:
    return tuple(sorted(people, key=lambda one: (-one.screen_s, -one.faces, one.person.library_id)))
