"""Long films, made of labelled ones end to end: their people come back, in other light.

    python benchmarks/end_to_end.py --tables FOLDER                  # the table of docs/evidence.md
    python benchmarks/end_to_end.py --setup store --films 4 --seed 1

Labelled films last two minutes at most. Each long one here is put together at random of tables of
kept_tables.py, up to forty, of three to twelve films in all their variants: whoever is seen again
is seen dark, compressed, grainy, mirrored or in another size. Curves of evidence are those that
castlist ships, which were fitted on these films, too: only the length is new.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from castlist.clustering.evaluation.scores import ClusterCounts, count_clusters
from castlist.clustering.evidence.curves import Curves
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray
from pixels import answer_tracks

SHAPES = ((3, 9), (4, 12), (5, 15), (6, 24), (6, 24), (8, 32), (12, 40), (12, 40))
"""Films, and tables of them, that a long film is made of."""

_GAP_S, _GAP_FRAMES = 2.0, 50


def put_end_to_end(tables: Sequence[KeptTable]) -> Faces:
    """Return the faces of one film in which all these follow each other."""
    parts: list[Faces] = []
    for table in tables:
        faces = table.faces
        shot = np.unique(faces.shot, return_inverse=True)[1]
        if parts:
            last = parts[-1]
            faces = faces.replace(
                time_s=faces.time_s + last.time_s.max() + _GAP_S,
                frame=faces.frame + int(last.frame.max()) + _GAP_FRAMES,
                track=faces.track + int(last.track.max()) + 1,
            )
            shot = shot + int(last.shot.max()) + 1
        parts.append(faces.replace(shot=shot, source=np.full(len(faces), "film.mp4")))
    return Faces.concatenate(parts)


def true_names(tables: Sequence[KeptTable], same: Sequence[str]) -> NDArray[np.str_]:
    """Return who each face is, by cast and name, "" = not labelled; films of ``same`` share one."""
    names = []
    for table in tables:
        cast = same[0] if table.film in same else table.film
        names += [f"{cast}: {name}" if name else "" for name in table.true.tolist()]
    return np.array(names)


def measure(
    tables: Sequence[KeptTable], same: Sequence[str], curves: Curves, stop: float
) -> tuple[list[ClusterCounts], float, int]:
    """Run both stages; return the scores by face and by both, seconds of film, and tracks."""
    faces, true = put_end_to_end(tables), true_names(tables, same)
    tracks = Tracks.of(faces)
    face_columns, cloth_columns = tables[0].face_columns, tables[0].cloth_columns
    of_these = curves.of_faces(face_columns), curves.of_clothes(cloth_columns)
    found = answer_tracks(tracks, face_columns, cloth_columns, of_these, stop)
    labelled = true != ""
    code = np.unique(true[labelled], return_inverse=True)[1]
    track = faces.track[labelled]
    scores = [count_clusters(code, person[track]) for person in (found.by_face, found.by_both)]
    return scores, float(faces.time_s.max()), len(tracks)


def drawn(tables: Sequence[KeptTable], seed: int, count: int) -> list[list[KeptTable]]:
    """Draw the tables of each long film."""
    random = np.random.default_rng(seed)
    films = sorted({table.film for table in tables if (table.true != "").any()})
    made = []
    for num_films, num_tables in [SHAPES[place % len(SHAPES)] for place in range(count)]:
        chosen = random.choice(films, min(num_films, len(films)), replace=False)
        of_these = [table for table in tables if table.film in chosen]
        order = random.permutation(len(of_these))[:num_tables]
        made.append([of_these[place] for place in order])
    return made


def print_table(
    long_films: Sequence[Sequence[KeptTable]], same: Sequence[str], stop: float
) -> None:
    """Print a row per long film, and their mean and worst."""
    curves, rows = Curves.load(), []
    print("| minutes | tracks | 1-1 by face | 1-1 | WCP | unknown | people | true |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for tables in long_films:
        (first, both), seconds, num_tracks = measure(tables, same, curves, stop)
        purity = 1.0 if both.wcp_known is None else both.wcp_known
        row = [first.one_to_one or 0.0, both.one_to_one or 0.0, purity, both.unknown_share or 0.0]
        rows.append(row)
        cells = " | ".join(f"{number:.3f}" for number in row)
        print(f"| {seconds / 60:.0f} | {num_tracks} | {cells} | {both.people} |"
              f" {both.true_people} |", flush=True)  # fmt: skip
    for name, row in (("mean", np.mean(rows, axis=0)), ("lowest", np.min(rows, axis=0))):
        print(f"| {name} | | " + " | ".join(f"{number:.3f}" for number in row) + " | | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--setup", nargs="+", choices=list(SETUPS), default=["offline", "store"])
    parser.add_argument("--same", nargs="+", default=["friends_clip", "friends_scene"])
    parser.add_argument("--films", type=int, default=16, help="long films to make")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stop", type=float, default=1.1)
    options = parser.parse_args()
    for name in options.setup:
        tables = read_tables(options.tables, SETUPS[name])
        print(f"\n## {name}\n")
        print_table(drawn(tables, options.seed, options.films), options.same, options.stop)


if __name__ == "__main__":
    main()
