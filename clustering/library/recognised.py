"""Who of a library is in films and photos that are not added to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...data.errors import InputError
from ...data.progress import ProgressHook
from ...data.result.people import InFilm, Person
from ...data.result.result import StoredResult, is_result
from ...data.tables.faces import Faces, IntArray
from ..api.finding import Search
from ..api.places import result_folder
from ..evidence.curves import Curves
from ..identity.film_people import FaceVectors, FilmPeople, FilmPeopleEvidence
from ..identity.recognising import recognise
from ..library_files.head import Head, Networks
from ..library_files.index import Index
from ..library_files.people import LibraryPeople, LibraryPerson
from ..library_files.summary import FilmSummary, summarise
from ..report.wording import clock, count, duration
from .networks import networks_now

_LIKELY, _PERHAPS, _LEAST = 0.5, 0.1, 0.02  # probabilities: said as such, as perhaps, at all
_MOST_NAMED = 3  # who may be somebody, and photos of somebody, in a line


@dataclass(frozen=True)
class Recognised:
    """Somebody in films or photos, and who of the library that may be.

    Attributes:
        where: they are seen: a film, or a photo and which of its faces.
        source: name of the film or photo that shows them best.
        time_s: when, seconds; of a photo, when it was taken, NaN = not known.
        box: x1 y1 x2 y2 of the face there, pixels.
        candidates: people of the library with their probability, the highest first.
        crop: JPEG of the face with hair and shoulders.
    """

    where: str
    source: str
    time_s: float
    box: tuple[float, float, float, float]
    candidates: tuple[tuple[LibraryPerson, float], ...]
    crop: bytes = field(repr=False)

    @property
    def person(self) -> LibraryPerson | None:
        """Who that is, if anybody is more likely than not."""
        likely = [person for person, probability in self.candidates if probability >= _LIKELY]
        return likely[0] if likely else None

    @property
    def maybe(self) -> tuple[tuple[LibraryPerson, float], ...]:
        """Those who are not too unlikely to be named."""
        likely = [one for one in self.candidates if one[1] >= _PERHAPS]
        return tuple(likely[: 1 if self.person else _MOST_NAMED])

    def __str__(self) -> str:
        perhaps = "" if self.person else "perhaps "
        named = " or ".join(_sure(*one) for one in self.maybe)
        return f"{self.where}: {perhaps + named if named else 'nobody of the library'}"

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return {
            "where": self.where, "source": self.source, "box": list(self.box),
            "time_s": None if np.isnan(self.time_s) else self.time_s,
            "candidates": [
                {"id": person.id, "name": person.name, "probability": round(probability, 4)}
                for person, probability in self.candidates
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Recognition:
    """Everybody in films and photos; ``print`` says who of the library they are.

    Attributes:
        people: everybody who can be told from others.
        nobody_in: films and photos without anybody.
    """

    people: tuple[Recognised, ...]
    nobody_in: tuple[str, ...]

    def __iter__(self) -> Iterator[Recognised]:
        return iter(self.people)

    def __len__(self) -> int:
        return len(self.people)

    def __str__(self) -> str:
        named = [one for one in self if one.maybe]
        others = [one for one in self if not one.maybe]
        lines = [str(one) for one in (*named, *others[:_MOST_NAMED])]
        if len(others) > _MOST_NAMED:
            lines.append(f"{len(others) - _MOST_NAMED:,} more are nobody of the library")
        lines += [f"{name}: no face that can be told from others" for name in self.nobody_in]
        return "\n".join(lines)

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return {"people": [one.to_dict() for one in self], "nobody_in": list(self.nobody_in)}


def seen_in(
    paths: Sequence[str | Path], head: Head, cache: Path | None, progress: ProgressHook
) -> StoredResult:
    """Find the people of films and photos as in the library, or load a result of them.

    Raises:
        InputError: they cannot be used, or are seen by other networks than the library's.
    """
    first = Path(paths[0])
    if len(paths) == 1 and is_result(first):
        result = StoredResult.load(first)
        _check(Networks.of(result.models), head, "give the films themselves")
        return result
    search = Search.of(paths, head.settings, cache=cache)
    here = networks_now(head.settings, progress)  # before anything is looked at
    _check(here, head, "castlist models says which are there")
    return search.run(progress, result_folder(paths)).result


def recognised(
    result: StoredResult, head: Head, index: Index, people: LibraryPeople
) -> Recognition:
    """Say who of a library is in a result.

    Args:
        result: of the library's networks.
        head: what the library says of itself.
        index: what is kept of each of its films.
        people: who is who there.
    """
    columns = head.networks.columns if head.networks else {}
    dim = max((last for _, last in columns.values()), default=0)
    film_people = FilmPeople.of(index.people, index.vectors_of(dim), len(columns))
    library_id = np.array([_id_of(people, key) for key in film_people.keys], np.int64)
    film_people = film_people[np.flatnonzero(library_id >= 0)]
    curves = Curves.load()
    found = recognise(
        _asked(summarise("", result, curves, {}), len(columns)),
        film_people,
        library_id[library_id >= 0],
        FilmPeopleEvidence(columns, curves.of_faces(columns)),
    )
    seen = {str(name) for name in result.faces.source[result.faces.person >= 0]}
    return Recognition(
        tuple(
            _recognised(result, person, likely, people)
            for person, likely in zip(result.people, found, strict=True)
            if not result.is_hidden(person.number)
        ),
        tuple(source.name for source in result.sources if source.name not in seen),
    )


def _check(networks: Networks, head: Head, what_to_do: str) -> None:
    if networks != head.networks:
        names = head.networks.names if head.networks else "none"
        raise InputError(
            f"expected faces seen by the networks of the library, {names}, got {networks.names},"
            f" which cannot be compared; {what_to_do}"
        )


def _id_of(people: LibraryPeople, film_person: tuple[str, int]) -> int:
    person = people.who(film_person)
    return -1 if person is None else person.library_id


def _asked(summary: FilmSummary, num_networks: int) -> FaceVectors:
    """Return the people of a summary, each by the mean of its tracks."""
    rows = [one["row"] for one in summary.people]
    common = [one["common"][:num_networks] for one in summary.people]
    return FaceVectors(
        summary.vectors[rows].astype(np.float32),
        np.array(common, np.float32).reshape(len(rows), num_networks),
        np.array([one["looks"][0] for one in summary.people], np.float32),
    )


def _recognised(
    result: StoredResult, person: Person, likely: dict[int, float], people: LibraryPeople
) -> Recognised:
    faces, row = result.faces, person.representative
    x1, y1, x2, y2 = (float(side) for side in faces.box[row])
    return Recognised(
        _where(faces, person),
        str(faces.source[row]),
        float(faces.time_s[row]),
        (x1, y1, x2, y2),
        tuple(
            (people.by_id[library_id], probability)
            for library_id, probability in likely.items()
            if probability >= _LEAST
        ),
        result.crops[row],
    )


def _where(faces: Faces, person: Person) -> str:
    photos = person.rows[np.isin(faces.source[person.rows], person.photos)]
    named = [_in_photo(faces, row) for row in photos[:_MOST_NAMED].tolist()]
    more = len(photos) - len(named)
    others = [f"{count(more, 'more photo')}"] if more else []
    return "; ".join([*map(_in_film, person.films), *named, *others])


def _in_film(film: InFilm) -> str:
    return f"{film.source}, {duration(film.screen_time_s)} from {clock(film.first_s)} on"


def _in_photo(faces: Faces, row: int) -> str:
    name = str(faces.source[row])
    there: IntArray = np.flatnonzero((faces.source == name) & faces.is_face)
    if len(there) == 1:
        return name
    left = there[np.argsort(faces.box[there, 0], kind="stable")].tolist()
    return f"{name}, face {left.index(row) + 1} of {len(there)} from the left"


def _sure(person: LibraryPerson, probability: float) -> str:
    named = f" ({person.id})" if person.name else ""
    return f"{person.called}{named} {percent(probability)}"


def percent(probability: float) -> str:
    """Write how sure it is; nothing is certain."""
    return f"{min(int(100 * probability + 0.5), 99)} %"
