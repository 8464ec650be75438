"""Known people: how many get their name in a film of other scenes, and how many a wrong one.

    python benchmarks/known_people.py --tables FOLDER                # the tables of docs/naming.md
    python benchmarks/known_people.py --photos 1 --known 6 --setup store

In every labelled film, in every variant, both stages find the people; known are all people of the
other films as they are, by a few single faces each. Whoever a film has in common with another
(``--same``) should be named, everybody else stays without a name. Curves are those that ship.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.people.known import KnownPeople, find_known, screened
from castlist.data.result.facts import ModelFacts, RunFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray
from pixels import answer

SURE = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


def references(
    table: KeptTable, photos: int, same: set[str], chance: np.random.Generator
) -> KnownPeople:
    """Draw faces of each person of a film, of other tracks, from the clearer half of them."""
    rows, names = [], []
    for who in np.unique(table.true[table.true != ""]):
        of_who = np.flatnonzero((table.true == who) & table.faces.has_face_vector)
        of_who = of_who[np.argsort(-table.faces.quality[of_who], kind="stable")]
        best = of_who[np.sort(np.unique(table.faces.track[of_who], return_index=True)[1])]
        drawn = chance.permutation(best[: max(photos, len(best) // 2)])[:photos]
        rows += drawn.tolist() if who != "person" else []
        names += [called(table, str(who), same)] * len(drawn) if who != "person" else []
    return KnownPeople(_bare(table.faces[np.array(rows, np.int64)]), tuple(names), tuple(names))


def called(table: KeptTable, who: str, same: set[str]) -> str:
    return f"{'same' if table.film in same else table.film} {who}"


def _bare(faces: Faces) -> Faces:
    return faces.replace(cloth_vector=np.zeros((len(faces), 0), np.float32))


def together(parts: Sequence[KnownPeople], most: int, chance: np.random.Generator) -> KnownPeople:
    """Put known people of several films together; at most so many people, drawn at random."""
    names = np.array([name for part in parts for name in part.names])
    faces = Faces.concatenate([part.faces for part in parts])
    people = np.unique(names)
    kept = np.isin(names, chance.permutation(people)[:most] if most else people)
    rows = np.flatnonzero(kept)
    return KnownPeople(faces[rows], tuple(names[rows].tolist()), tuple(names[rows].tolist()))


def people_of(table: KeptTable, stop: float) -> StoredResult:
    """Run both stages on a table."""
    curves = Curves.load()
    own = curves.of_faces(table.face_columns), curves.of_clothes(table.cloth_columns)
    person = answer(table, own, stop).by_both[table.faces.track]
    known = person >= 0
    person[known] = np.unique(person[known], return_inverse=True)[1]
    models = ModelFacts(face_columns=table.face_columns)
    faces = _bare(table.faces).replace(person=person)
    return StoredResult(faces, RunFacts(models=models), crops=())


def matched(
    result: StoredResult, table: KeptTable, known: KnownPeople, same: set[str]
) -> list[tuple[bool, bool, float]]:
    """Return of each person whether they are known, whether the name is right, and how sure."""
    rows = []
    for match in find_known(result, known):
        true = table.true[(result.faces.person == match.person) & (table.true != "")]
        if len(true):
            names, counts = np.unique(true, return_counts=True)
            who = called(table, str(names[counts.argmax()]), same)
            rows.append((who in known.names, who == match.name, match.probability))
    return rows


def print_row(label: str, rows: NDArray[np.float64]) -> None:
    is_known, right, probability = rows.T
    cells = []
    for sure in SURE:
        given = probability >= sure
        share = (given & (right > 0)).sum() / max(is_known.sum(), 1)
        cells.append(f"{share:.2f}, {(given & (right == 0)).sum()}")
    print(f"| {label} | {len(rows)} | {int(is_known.sum())} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--setup", choices=SETUPS, nargs="+", default=["offline", "store"])
    parser.add_argument("--photos", type=int, nargs="+", default=[1, 3, 8])
    parser.add_argument("--known", type=int, nargs="+", default=[6, 0], help="0 = all there are")
    parser.add_argument("--same", nargs="+", default=["friends_clip", "friends_scene"])
    parser.add_argument("--stop", type=float, default=1.1)
    given = parser.parse_args()
    same = {*given.same}
    head = " | ".join(f"from {sure:g}" for sure in SURE)
    print(f"named rightly (share of those known), people with a wrong name, by probability\n\n"
          f"| networks, photos, known | people | of them known | {head} |")  # fmt: skip
    print("|" + "---|" * (3 + len(SURE)))
    for setup in given.setup:
        tables = [one for one in read_tables(given.tables, SETUPS[setup]) if (one.true != "").any()]
        results = [people_of(table, given.stop) for table in tables]
        for photos in given.photos:
            for most in given.known:
                chance = np.random.default_rng(0)
                parts = {
                    one.film: references(one, photos, same, chance)
                    for one in tables
                    if one.variant == "orig"
                }
                rows = []
                for table, result in zip(tables, results, strict=True):
                    others = [part for film, part in parts.items() if film != table.film]
                    known = together(others, most, chance)
                    known = screened(known, dict(table.face_columns))
                    rows += matched(result, table, known, same)
                label = f"{setup}, {photos}, {most or len(known.people)}"
                print_row(label, np.array(rows, dtype=np.float64))


if __name__ == "__main__":
    main()
