"""Who somebody is who is not in the library: labelled films, half in it, half asked about.

    python benchmarks/library_who.py --tables FOLDER                       # of docs/library.md
    python benchmarks/library_who.py --tables FOLDER --asked dark noise    # asked in other pixels

The first half of each film is in the library, whose people are joined by faces. Whoever is found in
second halves, by curves that do not know the film, is asked about, as ``library who`` does.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.identity.film_people import FilmPeopleEvidence
from castlist.clustering.identity.recognising import recognise
from kept_tables import SETUPS, TABLES, read_tables
from library_films import FilmPerson, join, people_of_parts
from numpy.typing import NDArray
from pixels import curves_without

_BINS = (0.0, 0.02, 0.1, 0.5, 0.9, 0.99, 1.01)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--setup", choices=SETUPS, nargs="+", default=["offline", "store"])
    parser.add_argument("--asked", nargs="+", default=["orig"], help="variants")
    parser.add_argument("--same", nargs="+", default=["friends_clip", "friends_scene"])
    given = parser.parse_args()
    print("| setup | said | of people there: right | wrong | of others | expected right |")
    print("|---" * 6 + "|")
    for setup in given.setup:
        tables = [
            (table, curves)
            for table, curves in curves_without(read_tables(given.tables, SETUPS[setup]))
            if (table.true != "").any()
        ]
        same, columns = {*given.same}, tables[0][0].face_columns
        evidence = FilmPeopleEvidence(columns, Curves.load().of_faces(columns))
        halves = {
            variant: people_of_parts([one for one in tables if one[0].variant == variant], 2, same)
            for variant in {"orig", *given.asked}
        }
        there = [own for own in halves["orig"] if own.film % 2 == 0]
        film_people, found = join(there, evidence, 0)
        names = _names(there, found.group, film_people.faces)
        rows = []
        for variant in given.asked:
            asked = [own for own in halves[variant] if own.film % 2]
            others = join(asked, evidence, 0)[0]
            faces = others.means(np.arange(len(others)))
            said = recognise(faces, film_people, found.group, evidence)
            rows += [row for row in zip(asked, said, strict=True) if row[0].name]
        print_rows(setup, rows, names)


def print_rows(
    setup: str, rows: Sequence[tuple[FilmPerson, dict[int, float]]], names: dict[int, str]
) -> None:
    """Print, by stated probability, how often the likeliest person is the right one."""
    likeliest = [next(iter(likely.items()), (-1, 0.0)) for _, likely in rows]
    probability = np.array([chance for _, chance in likeliest])
    right = np.array([names.get(number) == own.name
                      for (own, _), (number, _) in zip(rows, likeliest, strict=True)])  # fmt: skip
    is_there = np.array([own.name in names.values() for own, _ in rows])
    for low, high in pairwise(_BINS):
        use = (probability >= low) & (probability < high)
        cells = use & right, use & ~right & is_there, use & ~is_there
        numbers = " | ".join(f"{cell.sum()}" for cell in cells)
        print(f"| {setup} | {low:.2f} to {high:.2f} | {numbers} | {probability[use].sum():.1f} |")


def _names(
    people: Sequence[FilmPerson], group: NDArray[np.int64], faces: NDArray[np.int64]
) -> dict[int, str]:
    """Return the name of each person of the library: that of most of its faces."""
    votes: dict[int, dict[str, int]] = {}
    for own, number, count in zip(people, group.tolist(), faces.tolist(), strict=True):
        if own.name:
            of_person = votes.setdefault(number, {})
            of_person[own.name] = of_person.get(own.name, 0) + count
    return {number: max(names, key=lambda name: names[name]) for number, names in votes.items()}


if __name__ == "__main__":
    main()
