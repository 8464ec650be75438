"""The people of a library on disk: who there is, and which person of which film is whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...data.files import replacing_file
from ...data.result.names import UNKNOWN_NAME, parse_person_name, person_name
from ...data.result.people_names import id_meant, key_of
from ...data.tables.codes import UNKNOWN
from ...data.tables.parquet_files import read_parquet, write_parquet
from .places import Places

_PEOPLE = pa.schema(
    {"id": pa.string(), "name": pa.string(), "hidden": pa.bool_(), "films": pa.int64(),
     "faces": pa.int64(), "screen_s": pa.float64(), "folders": pa.int64()}
)  # fmt: skip
_MEMBERS = pa.schema(
    {"film": pa.string(), "person": pa.string(), "id": pa.string(), "probability": pa.float64(),
     "faces": pa.int64(), "was": pa.string()}
)  # fmt: skip
_QUESTIONS = pa.schema({"first": pa.string(), "second": pa.string(), "probability": pa.float64()})

_ALL = 2**62  # tables of an earlier castlist do not say what they follow

FilmPerson = tuple[str, int]
"""A person of a film: the film's key, and the lasting id in it."""


@dataclass(frozen=True)
class LibraryPerson:
    """A person of a library.

    Attributes:
        library_id: the lasting id as a number, 0 for ``person_001``.
        name: the user's; None = none.
        hidden: whether the user hid them.
        films: how many films and folders of photos they are in.
        faces: in all of them.
        screen_s: seconds on screen.
        folders: how many of ``films`` are folders of photos.
    """

    library_id: int
    name: str | None
    hidden: bool
    films: int
    faces: int
    screen_s: float
    folders: int = 0

    @property
    def id(self) -> str:
        """The lasting id, ``person_001``."""
        return person_name(self.library_id)

    @property
    def called(self) -> str:
        """The name, else the id."""
        return self.name or self.id


@dataclass(frozen=True)
class Member:
    """A person of a film, as a person of the library.

    Attributes:
        film: key of the film.
        person: lasting id in the film.
        library_id: of the person that this is in the library.
        probability: that this is right.
        faces: in that film.
        was: the id of the person of before who became this one, -1 = nobody.
    """

    film: str
    person: int
    library_id: int
    probability: float
    faces: int
    was: int = UNKNOWN

    @property
    def film_person(self) -> FilmPerson:
        """The person of the film."""
        return self.film, self.person


@dataclass(frozen=True)
class Asked:
    """Two people who may be one, by their ids as numbers."""

    first: int
    second: int
    probability: float


@dataclass(frozen=True)
class LibraryPeople:
    """Everybody of a library.

    Attributes:
        people: the most frequent first.
        members: by film and person.
        asked: pairs who may be one, nearest to even first.
        next_id: lowest id that nobody has or had.
        followed: the last line of the decisions that they follow.
        is_whole: whether the tables were of one state; else they have to be found again.
    """

    people: tuple[LibraryPerson, ...] = ()
    members: tuple[Member, ...] = ()
    asked: tuple[Asked, ...] = ()
    next_id: int = 0
    followed: int = 0
    is_whole: bool = True

    @cached_property
    def by_id(self) -> dict[int, LibraryPerson]:
        """Everybody by id."""
        return {person.library_id: person for person in self.people}

    @cached_property
    def by_film_person(self) -> dict[FilmPerson, Member]:
        """Every member by the person of the film."""
        return {member.film_person: member for member in self.members}

    def named(self, name: str) -> LibraryPerson | None:
        """Return whoever has a name, in capitals or not; None = nobody."""
        key = key_of(name)
        return next(
            (person for person in self.people if person.name and key_of(person.name) == key), None
        )

    def who(self, film_person: FilmPerson) -> LibraryPerson | None:
        """Return whom a person of a film is in the library; None = nobody yet."""
        member = self.by_film_person.get(film_person)
        return self.by_id.get(member.library_id) if member else None

    @cached_property
    def members_of(self) -> dict[int, list[Member]]:
        """The members of everybody, by id."""
        found: dict[int, list[Member]] = {}
        for member in self.members:
            found.setdefault(member.library_id, []).append(member)
        return found

    def once(self, text: str) -> list[Member]:
        """Return the members of somebody who became somebody else, by the id of then.

        All of one person; none where the id is that of somebody, or of nobody.
        """
        try:
            own = parse_person_name(text)
        except ValueError:
            return []
        found = [member for member in self.members if member.was == own >= 0]
        is_one = len({member.library_id for member in found}) == 1
        return found if is_one and own not in self.by_id else []

    @property
    def films(self) -> set[str]:
        """The keys of the films that somebody is in."""
        return {member.film for member in self.members}

    @property
    def open_pairs(self) -> list[Asked]:
        """The pairs who may be one and are both there and not hidden."""
        shown = {person.library_id for person in self.shown}
        return [pair for pair in self.asked if {pair.first, pair.second} <= shown]

    @property
    def shown(self) -> list[LibraryPerson]:
        """Everybody but those that are hidden."""
        return [person for person in self.people if not person.hidden]

    def find(self, text: str) -> LibraryPerson:
        """Return a person by name, id or number.

        Raises:
            InputError: nobody has that name.
        """
        names = {person.library_id: person.name for person in self.people}
        return self.by_id[id_meant(text, names, " of the library")]

    @classmethod
    def read(cls, places: Places) -> LibraryPeople:
        """Read everybody; nobody where a table is missing or damaged: they are found again."""
        try:
            people = read_parquet(places.people)
            if "folders" not in people.column_names:  # it came later
                people = people.append_column("folders", pa.array([0] * len(people), pa.int64()))
            members = read_parquet(places.members, _MEMBERS).to_pylist()
            asked = read_parquet(places.questions, _QUESTIONS).to_pylist()
            meta, number = people.schema.metadata or {}, parse_person_name
            return cls(
                tuple(
                    LibraryPerson(number(row.pop("id")), **row)
                    for row in people.cast(_PEOPLE).to_pylist()
                ),
                tuple(
                    Member(
                        row.pop("film"),
                        number(row.pop("person")),
                        number(row.pop("id")),
                        was=number(row.pop("was") or UNKNOWN_NAME),
                        **row,
                    )
                    for row in members
                ),
                tuple(
                    Asked(number(row["first"]), number(row["second"]), row["probability"])
                    for row in asked
                ),
                next_id=int(meta[b"next_id"]),
                followed=int(meta.get(b"followed", _ALL)),
            )._by_members()
        except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
            return cls()

    def _by_members(self) -> LibraryPeople:
        """Let the members count where a program was killed between the tables."""
        faces: Counter[int] = Counter()
        for member in self.members:
            faces[member.library_id] += member.faces
        if dict(faces) == {person.library_id: person.faces for person in self.people}:
            return self
        nobody = LibraryPerson(UNKNOWN, None, False, 0, 0, 0.0)
        people = [
            replace(
                self.by_id.get(library_id, nobody), library_id=library_id, faces=count,
                films=len({member.film for member in self.members_of[library_id]}),
            )
            for library_id, count in faces.most_common()
        ]  # fmt: skip
        next_id = max([self.next_id, *(library_id + 1 for library_id in faces)])
        return replace(self, people=tuple(people), next_id=next_id, is_whole=False)

    def write(self, places: Places) -> None:
        """Write everybody; the members last: what they say counts."""
        people = [
            {"id": person.id, "name": person.name, "hidden": person.hidden, "films": person.films,
             "faces": person.faces, "screen_s": person.screen_s, "folders": person.folders}
            for person in self.people
        ]  # fmt: skip
        members = [
            {"film": member.film, "person": person_name(member.person),
             "id": person_name(member.library_id), "probability": round(member.probability, 4),
             "faces": member.faces, "was": person_name(member.was) if member.was >= 0 else None}
            for member in self.members
        ]  # fmt: skip
        asked = [
            {"first": person_name(pair.first), "second": person_name(pair.second),
             "probability": round(pair.probability, 4)}
            for pair in self.asked
        ]  # fmt: skip
        meta = {"next_id": str(self.next_id), "followed": str(self.followed)}
        _write(places.questions, asked, _QUESTIONS)
        _write(places.people, people, _PEOPLE.with_metadata(meta))
        _write(places.members, members, _MEMBERS)


def _write(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    with replacing_file(path) as partial:
        write_parquet(pa.Table.from_pylist(list(rows), schema=schema), partial)
