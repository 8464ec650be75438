"""The people of a library of real films: labelled films in parts, each part a film of its own.

    python benchmarks/library_films.py --tables FOLDER          # the table of docs/library.md
    python benchmarks/library_films.py --parts 1 --beside dark  # whole films, and the same dark
    python benchmarks/library_films.py --people 50000           # beside so many people of others

Each part gets its people by both stages, by curves that do not know the film; these people are then
joined by faces as those of a library are. Two of them are one person where most of their labelled
faces have the same name, in the same film or in those of ``--same``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from castlist.clustering.evidence.curves import ClothCurve, Curves, FaceCurve
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.identity.film_people import FilmPeople, FilmPeopleEvidence
from castlist.clustering.identity.joining import Identities, find_identities
from castlist.clustering.identity.rules import Limits
from castlist.clustering.people.known import without_clothes
from castlist.data.tables.tracks import Tracks
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray
from pixels import answer_tracks, curves_without

STOP = float(np.log(3))
FittedCurves = tuple[FaceCurve, ClothCurve]


@dataclass(frozen=True)
class FilmPerson:
    """One person of one part.

    Attributes:
        film: which part.
        name: of most of the labelled faces, "" = none of them has one.
        row: of the index of a library, but for what joining does not look at.
        vectors: (1 + tracks, dim) float16, the mean and the clearest tracks.
    """

    film: int
    name: str
    row: dict[str, Any]
    vectors: NDArray[np.float16]


def people_of_parts(
    tables: Sequence[tuple[KeptTable, FittedCurves]], parts: int, same: set[str]
) -> list[FilmPerson]:
    """Find the people of every part of every film."""
    people: list[FilmPerson] = []
    film = 0
    for table, curves in tables:
        where = "same" if table.film in same else table.film
        for rows in cut(table, parts):
            people += people_of_part(table, rows, curves, film, where)
            film += 1
    return people


def cut(table: KeptTable, parts: int) -> Iterator[NDArray[np.int64]]:
    """Give the rows of each part: whole shots, about as many faces in each."""
    _, of, counts = np.unique(table.faces.shot, return_inverse=True, return_counts=True)
    part = np.minimum((np.cumsum(counts) - 1) * parts // len(of), parts - 1)[of]
    for number in range(parts):
        if len(rows := np.flatnonzero(part == number)):
            yield rows


def people_of_part(
    table: KeptTable, rows: NDArray[np.int64], curves: FittedCurves, film: int, where: str
) -> Iterator[FilmPerson]:
    """Run both stages on some rows of a table, and sum up each person as a library does."""
    faces = table.faces[rows]
    faces = faces.replace(track=np.unique(faces.track, return_inverse=True)[1])
    tracks = Tracks.of(faces)
    columns = table.face_columns, table.cloth_columns
    person = answer_tracks(tracks, *columns, curves, STOP).by_both
    known = np.flatnonzero((person >= 0) & np.isfinite(tracks.face_mean[:, 0]))
    numbers, group = np.unique(person[known], return_inverse=True)
    use = np.flatnonzero(np.isin(faces.track, known))
    own = without_clothes(faces[use])
    own = own.replace(track=np.searchsorted(known, own.track))
    summary = FaceEvidence(Tracks.of(own), table.face_columns, curves[0]).summary(group)
    for place, number in enumerate(numbers.tolist()):
        of = person[faces.track] == number
        names, counts = np.unique(table.true[rows][of], return_counts=True)
        names, counts = names[names != ""], counts[names != ""]
        vectors = np.flatnonzero(summary.group == place)
        common = np.stack([each[vectors] for each in summary.common.values()], axis=1)
        yield FilmPerson(
            film,
            f"{where} {names[counts.argmax()]}" if len(names) else "",
            {
                "film": f"{film:06}",
                "person": number,
                "faces": int(of.sum()),
                "looks": summary.looks[vectors].tolist(),
                "common": common.ravel().tolist(),
                "name": None,
                "hidden": False,
                "screen_s": 0.0,
            },
            np.concatenate([each[vectors] for each in summary.units.values()], axis=1).astype(
                np.float16
            ),
        )


def join(
    people: Sequence[FilmPerson], evidence: FilmPeopleEvidence, num_others: int
) -> tuple[FilmPeople, Identities]:
    """Join them as a library does, which has so many other people besides."""
    lengths = [len(own.vectors) for own in people]
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    table = pa.Table.from_pylist(
        [{**own.row, "row": int(begin)} for own, begin in zip(people, begins, strict=True)]
    )
    vectors = np.concatenate([own.vectors for own in people])
    film_people = FilmPeople.of(table, vectors, len(evidence.columns))
    return film_people, find_identities(
        film_people, evidence, Limits(), STOP, num_others=num_others
    )


def row_of(people: Sequence[FilmPerson], film_people: FilmPeople, found: Identities) -> str:
    """Return how right it is, cells of a table."""
    name = np.array([own.name for own in people])
    film, faces, group = film_people.film, film_people.faces, found.group
    one, other = np.triu_indices(len(name), 1)
    use = (film[one] != film[other]) & (name[one] != "") & (name[other] != "")
    one, other = one[use], other[use]
    same, joined = name[one] == name[other], group[one] == group[other]
    asked = {frozenset((own.one, own.other)) for own in found.questions}
    left = zip(one[same & ~joined].tolist(), other[same & ~joined].tolist(), strict=True)
    num_asked = sum(frozenset(pair) in asked for pair in left)
    named = name != ""
    pure = sum(_most(name[of], faces[of]) for of in _each(group, named))
    again = [of for of in _each(name, named) if len(set(film[of])) > 1]
    whole = sum(_most(group[of], faces[of]) for of in again)
    cells = [
        f"{len(set(film)):,}",
        f"{len(people):,}",
        f"{group.max() + 1:,}",
        f"{(same & joined).sum()}",
        f"{(same & ~joined).sum()} ({num_asked})",
        f"{(joined & ~same).sum()}",
        f"{pure / faces[named].sum():.3f}",
        f"{whole / sum(faces[of].sum() for of in again):.3f}",
    ]
    return " | ".join(cells)


def _each(codes: NDArray[Any], use: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    for code in np.unique(codes[use]):
        yield np.flatnonzero(use & (codes == code))


def _most(codes: NDArray[Any], faces: NDArray[np.int64]) -> float:
    """Return how many faces the code with most of them has."""
    return float(np.bincount(np.unique(codes, return_inverse=True)[1], weights=faces).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--setup", choices=SETUPS, nargs="+", default=["offline", "store"])
    parser.add_argument("--parts", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--beside", nargs="+", default=[], help="variants of the same films")
    parser.add_argument("--same", nargs="+", default=["friends_clip", "friends_scene"])
    parser.add_argument("--people", type=int, default=0, help="of other films of the library")
    given = parser.parse_args()
    print("| setup | parts | films | people of films | people | pairs joined rightly |"
          " apart (asked) | joined wrongly | purity | whole people |")  # fmt: skip
    print("|---" * 10 + "|")
    for setup in given.setup:
        tables = read_tables(given.tables, SETUPS[setup])
        some = [
            (table, curves)
            for table, curves in curves_without(tables)
            if table.variant in ("orig", *given.beside) and (table.true != "").any()
        ]
        columns = tables[0].face_columns
        evidence = FilmPeopleEvidence(columns, Curves.load().of_faces(columns))
        for parts in given.parts:
            people = people_of_parts(some, parts, {*given.same})
            cells = row_of(people, *join(people, evidence, given.people))
            print(f"| {setup} | {parts} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
