"""A result made of the results of several films: some people of a library, to be exported."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from ...data.result.cast import Cast
from ...data.result.facts import RunFacts, SourceFacts
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces
from ..library_files.catalogue import Catalogue
from ..library_files.people import LibraryPeople, LibraryPerson
from ..library_files.places import Places


class NoCrops(Sequence[bytes]):
    """Crops of a result that is only exported."""

    def __init__(self, num_rows: int) -> None:
        self._num_rows = num_rows

    def __len__(self) -> int:
        return self._num_rows

    def __getitem__(self, row: object) -> bytes:  # type: ignore[override]
        raise IndexError("this result has no crops")


def combined(
    who: Sequence[LibraryPerson], people: LibraryPeople, places: Places, catalogue: Catalogue
) -> StoredResult:
    """Return the faces of some people over all films, as one result, without their vectors.

    Films and photos have the short names that are one in the library.

    Args:
        who: the people.
        people: of the library.
        places: of the library.
        catalogue: where films are now.

    Raises:
        InputError: a result is damaged.
    """
    wanted: dict[str, dict[int, int]] = {}
    by_faces = sorted(who, key=lambda person: -person.faces)  # as the people of a result
    for number, person in enumerate(by_faces):
        for member in people.members_of.get(person.library_id, ()):
            wanted.setdefault(member.film, {})[member.person] = number
    names = catalogue.names()
    tables, sources, num_tracks = [Faces.empty()], [], 0
    for film in sorted(wanted):
        result = StoredResult.load(places.result(film))
        called = {source.name: names[film, source.name] for source in result.sources}
        table = _faces(result, wanted[film], num_tracks, called)
        num_tracks = max(num_tracks, int(table.track.max(initial=-1)) + 1)
        tables.append(table)
        sources += source_facts(film, result.run, catalogue, names)
    faces = Faces.concatenate(tables)
    cast = Cast(
        np.array([person.library_id for person in by_faces], np.int64),
        {person.library_id: person.name for person in who if person.name},
        first_ids=np.full(len(faces), UNKNOWN),
        next_id=people.next_id,
    )
    run = RunFacts(sources=tuple(sources))
    return StoredResult(faces, run, NoCrops(len(faces)), name=str(places.root), given_cast=cast)


def source_facts(
    film: str, run: RunFacts, catalogue: Catalogue, names: Mapping[tuple[str, str], str]
) -> list[SourceFacts]:
    """Return what a result says of its films and photos, with their short names, where they are."""
    return [
        dataclasses.replace(
            source,
            name=names[film, source.name],
            path=catalogue.rows[film, source.name].path,
        )
        for source in run.sources
        if (film, source.name) in names
    ]


def _faces(
    result: StoredResult, wanted: Mapping[int, int], num_tracks: int, names: Mapping[str, str]
) -> Faces:
    ids = result.cast.of_faces(result.faces)
    rows = np.flatnonzero(np.isin(ids, sorted(wanted)))
    faces = result.faces[rows]
    none = np.full(len(rows), UNKNOWN)
    return faces.without_vectors().replace(
        source=np.array([names[name] for name in faces.source.tolist()], dtype=np.str_),
        track=np.where(faces.track >= 0, faces.track + num_tracks, -1),
        person=np.array([wanted[person_id] for person_id in ids[rows].tolist()], np.int64),
        person_before=none,
        second_person=none,
        about=none,
    )
