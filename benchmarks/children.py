"""What children have in common in face vectors: fit the directions, and measure them.

    python benchmarks/children.py --children RESULT ... --others RESULT ...
    python benchmarks/children.py ... --write       # checkpoints/curves/children.safetensors

RESULT are folders that ``castlist find`` made of photos: of different small children, one photo
each, and of anybody else. RESULT:person_001 is one person of it, where castlist took different
children for one. Children of each result are measured by directions fitted without it: the mean
evidence of two different ones, and how many are above the stop that ships. Of a single result each
half is measured by the other one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.children import FILE, fit_children
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.evidence.vectors import Columns, FloatRows, parts_of
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import IntArray
from castlist.data.tables.tracks import Tracks
from fitted import write_fitted

_LEAST_LOOKS = 0.5  # of a face that is fitted on
_NUM_DIRECTIONS = 1

Album = tuple[str, Tracks, Columns]
"""The name of a result, its clear faces, and its networks."""


def read(given: str) -> Album:
    """Read the clear faces of a result, or of one person of it."""
    folder, _, person = given.partition(":")
    result = StoredResult.load(Path(folder))
    faces = result.faces
    if person:
        faces = faces[faces.person == result.cast.number_of(result.cast.find(person))]
    faces = faces.replace(track=np.arange(len(faces)))
    tracks = Tracks.of(faces)
    clear = tracks.has_face & (tracks.looks >= _LEAST_LOOKS)
    faces = faces[clear].replace(track=np.arange(int(clear.sum())))
    return Path(folder).name, Tracks.of(faces), dict(result.models.face_columns or {})


def units_of(results: Sequence[Album]) -> dict[str, FloatRows]:
    """Return the unit rows of all results, by network."""
    rows: dict[str, list[FloatRows]] = {}
    for _, tracks, columns in results:
        for network, units in parts_of(tracks.face_mean, columns).items():
            rows.setdefault(network, []).append(units)
    return {network: np.concatenate(parts) for network, parts in rows.items()}


def fit(children: dict[str, FloatRows], others: dict[str, FloatRows]) -> dict[str, FloatRows]:
    return {
        name: fit_children(units, others[name], _NUM_DIRECTIONS) for name, units in children.items()
    }


def measure(
    test: Album,
    rows: IntArray,
    directions: dict[str, FloatRows],
) -> None:
    """Print what pairs of different children say by the curves without, and with the directions."""
    name, tracks, columns = test
    plain = Curves.load(childhood=True)
    cells = []
    for curves in (plain, plain.without_childhood(directions)):
        pairs = FaceEvidence(tracks, columns, curves.of_faces(columns)).between(rows, rows)
        pairs = pairs[np.triu_indices(len(rows), 1)]
        cells.append(f"{pairs.mean():.1f}, {(pairs > PeopleConfig().stop).mean():.2f}")
    print(f"| {name} | {len(rows)} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", nargs="+", required=True, metavar="RESULT")
    parser.add_argument("--others", nargs="+", required=True, metavar="RESULT")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    children, others = [
        [read(own) for own in given] for given in (options.children, options.others)
    ]
    of_others = units_of(others)
    print("| children | faces | mean evidence, share above the stop | with the directions |")
    print("|---|--:|---|---|")
    for test in children:
        rows = np.arange(len(test[1]))
        if rest := [own for own in children if own is not test]:
            measure(test, rows, fit(units_of(rest), of_others))
            continue
        for half in (rows % 2 == 0, rows % 2 == 1):
            known = {name: units[~half] for name, units in units_of([test]).items()}
            measure(test, rows[half], fit(known, of_others))
    if options.write:
        write(fit(units_of(children), of_others), children, others)


def write(
    directions: dict[str, FloatRows],
    children: Sequence[Album],
    others: Sequence[Album],
) -> None:
    """Write the directions and their card."""
    tensors = {name: np.ascontiguousarray(rows, np.float32) for name, rows in directions.items()}
    card = {
        "what": "what small children have in common in face vectors, to be taken off",
        "formula": "castlist/clustering/evidence/children.py",
        "command": "python benchmarks/children.py --children ... --others ... --write",
        "children": {name: len(tracks) for name, tracks, _ in children},
        "others": {name: len(tracks) for name, tracks, _ in others},
        "pictures": "albums found in public repositories; they have owners of their own",
        "measured": "docs/evidence.md",
    }
    write_fitted(FILE, tensors, card)


if __name__ == "__main__":
    main()
