"""How good the questions of the report are: which people come out in two parts, and who is asked.

    python benchmarks/nearly_same.py --tables FOLDER

Tables are those of kept_tables.py; their folder may be given as CASTLIST_TABLES. A true split is a
pair of people whose labelled faces are mostly one person's, and whom no picture shows together.
"""

from __future__ import annotations

import argparse
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.stages.both import (
    cloth_evidence,
    people_by_cloth_evidence,
    people_by_face,
)
from castlist.clustering.stages.config import PeopleConfig
from castlist.clustering.stages.nearly_same import find_nearly_same
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray

LARGE = 5  # faces of the smaller part
NOBODY = ("", "ignore", "not_a_face")


@dataclass(frozen=True)
class Counts:
    """Counts of pairs; they add up."""

    splits: int
    large_splits: int
    splits_asked: int
    large_splits_asked: int
    asked: int
    asked_and_labelled: int
    expected: float  # of those labelled, by the probability of each


def count(table: KeptTable, curves: Curves, config: PeopleConfig) -> Counts:
    """Run both stages on a table, and compare the questions with its labels."""
    tracks = table.labelled.tracks
    by_face = people_by_face(tracks, table.face_columns, curves, config)
    cloth = cloth_evidence(tracks, by_face, table.cloth_columns, curves, config)
    people, _ = people_by_cloth_evidence(tracks, by_face, cloth, config)
    pairs = find_nearly_same(tracks, people.person, by_face, cloth)
    asked = {(pair.first, pair.second) for pair in pairs}
    of_face = people.person[table.faces.track]
    sizes = np.bincount(of_face[of_face >= 0])
    names = true_names(of_face, table.true)
    forbidden = by_face.constraints.forbidden(people.person, len(names))
    splits = {
        (one, other)
        for other, name in enumerate(names)
        for one in range(other)
        if name == names[one] and name not in NOBODY and not forbidden[one, other]
    }
    large = {pair for pair in splits if sizes[pair[1]] >= LARGE}
    labelled = [pair for pair in pairs if names[pair.first] and names[pair.second]]
    sets = (splits, large, splits & asked, large & asked, asked, labelled)
    return Counts(*map(len, sets), sum(pair.probability for pair in labelled))


def true_names(person: NDArray[np.int64], true: NDArray[np.str_]) -> list[str]:
    """Return who most labelled faces of each person are, "" without any."""
    names = []
    for number in range(int(person.max(initial=-1)) + 1):
        own, counts = np.unique(true[(person == number) & (true != "")], return_counts=True)
        names.append(str(own[counts.argmax()]) if len(own) else "")
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=TABLES)
    arguments = parser.parse_args()
    curves, config = Curves.load(), PeopleConfig()
    print("| networks | tables | " + " | ".join(own.name for own in fields(Counts)) + " |")
    print("|---" * (2 + len(fields(Counts))) + "|")
    for setup in ("offline", "store"):
        tables = read_tables(arguments.tables, SETUPS[setup])
        counts = np.array([astuple(count(table, curves, config)) for table in tables])
        cells = [setup, str(len(tables)), *(f"{own:g}" for own in counts.sum(axis=0).tolist())]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
