"""People of several films: who is found again, and who is taken for somebody else.

    python benchmarks/across_films.py --tables FOLDER              # the tables of docs/evidence.md
    python benchmarks/across_films.py --setup store --variant dark --across 0 2 4
    python benchmarks/across_films.py --one-film 150          # as one film, in scenes of so many

All labelled films are clustered together, as when they are given to one run. Two people of
two films are one person where the labels of both films call them alike and one of ``--same`` names
both films; every other pair is not. The curves are those that ship, fitted on these films too.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.grouping import large
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from kept_tables import SETUPS, TABLES, KeptTable, read_tables
from numpy.typing import NDArray
from pixels import answer_tracks


def joined(
    tables: Sequence[KeptTable], same: set[str], stop: float, one_film: bool
) -> tuple[int, int]:
    """Return how many pairs of people of two films are joined rightly, and wrongly."""
    faces, true, film = together(tables, same, one_film)
    tracks, curves = Tracks.of(faces), Curves.load()
    columns = tables[0].face_columns, tables[0].cloth_columns
    both = curves.of_faces(columns[0]), curves.of_clothes(columns[1])
    person = answer_tracks(tracks, *columns, both, stop).by_both[faces.track]
    right = wrong = 0
    for own in np.unique(person[person >= 0]):
        called = []
        for number in np.unique(film[person == own]):
            rows = (person == own) & (film == number) & (true != "")
            names, counts = np.unique(true[rows], return_counts=True)
            if len(names):
                called.append(names[counts.argmax()])
        pairs = [(a, b) for place, a in enumerate(called) for b in called[:place]]
        right += sum(a == b for a, b in pairs)
        wrong += sum(a != b for a, b in pairs)
    return right, wrong


def together(
    tables: Sequence[KeptTable], same: set[str], one_film: bool
) -> tuple[Faces, NDArray[np.str_], NDArray[np.int64]]:
    """Put films together; returns the table, and of each face who it is and the number of its film.

    Args:
        tables: of films.
        same: films with the same people.
        one_film: put them one behind the other, as one film.
    """
    parts: list[Faces] = []
    true, num_tracks = [], 0
    for table in tables:
        own = table.faces.replace(track=table.faces.track + num_tracks)
        num_tracks = int(own.track.max()) + 1
        source = np.full(len(own), "film" if one_film else table.film)
        if one_film and parts:
            last = parts[-1]
            time_s = np.nan_to_num(own.time_s) + last.time_s.max() + 100
            frame = own.frame + last.frame.max() + 1
            shot = np.maximum(own.shot, 0) + last.shot.max() + 1
            own = own.replace(time_s=time_s, frame=frame, shot=shot)
        parts.append(own.replace(source=source))
        where = "same" if table.film in same else table.film
        names = [f"{where} {name}" if name not in ("", "person") else "" for name in table.true]
        true.append(np.array(names))
    film = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Faces.concatenate(parts), np.concatenate(true), film


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--setup", choices=SETUPS, nargs="+", default=["offline", "store"])
    parser.add_argument("--variant", nargs="+", default=["orig", "flip", "crf36", "dark", "noise"])
    parser.add_argument("--same", nargs="+", default=["friends_clip", "friends_scene"])
    parser.add_argument("--across", type=float, nargs="+", default=[large.AS_WHOLES])
    parser.add_argument("--stop", type=float, default=1.1)
    parser.add_argument("--one-film", type=int, default=0, metavar="TRACKS", help="of a scene")
    given = parser.parse_args()
    large.MOST_AT_ONCE = given.one_film or large.MOST_AT_ONCE
    print("| setup | variant | across | joined rightly | wrongly |\n|---|---|---|---|---|")
    for setup in given.setup:
        tables = read_tables(given.tables, SETUPS[setup])
        for variant in given.variant:
            some = [one for one in tables if one.variant == variant and (one.true != "").any()]
            for across in given.across:
                large.AS_WHOLES = across
                right, wrong = joined(some, {*given.same}, given.stop, given.one_film > 0)
                print(f"| {setup} | {variant} | {across:.1f} | {right} | {wrong} |", flush=True)


if __name__ == "__main__":
    main()
