"""How long naming by known people takes: 500 people, and many films.

    python benchmarks/known_speed.py                   # a film made up: 5,000 faces, 1,000 tracks
    python benchmarks/known_speed.py --result result/  # yours

The known people are made up, eight photos each. Screening them happens once a run, comparing once
a film; both compare everybody with everybody, without an index.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from castlist.clustering.people.known import KnownPeople, find_known, screened
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from review_pages import make_result, units


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--result", type=Path, help="a result")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--photos", type=int, default=8, help="of each")
    parser.add_argument("--films", type=int, default=200)
    options = parser.parse_args()
    result = StoredResult.load(options.result) if options.result else make_result()
    known = make_known(options.people, options.photos, result.faces.face_vector.shape[1])
    print(
        f"{len(result.faces):,} faces, {result.faces.num_people} people;"
        f" {options.people} known people, {len(known.names):,} photos"
    )
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    known = screened(known, dict(result.models.face_columns))
    print(
        f"screening, once: {time.perf_counter() - began_s:.1f} s,"
        f" of the processor {time.process_time() - began_cpu_s:.1f} s"
    )
    times = []
    for _ in range(5):
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        find_known(result, known)
        times.append((time.perf_counter() - began_s, time.process_time() - began_cpu_s))
    each_s, cpu_s = np.median(times, axis=0).tolist()
    print(f"a film: {each_s:.2f} s, of the processor {cpu_s:.2f} s")
    print(f"{options.films} films: {options.films * each_s:.0f} s, {options.films * cpu_s:.0f} s")


def make_known(num_people: int, num_photos: int, dim: int) -> KnownPeople:
    """Make people up, each with photos that are like one another."""
    chance = np.random.default_rng(1)
    people = units(chance.normal(size=(num_people, dim)))
    rows = np.repeat(np.arange(num_people), num_photos)
    vectors = units(people[rows] + 0.4 * units(chance.normal(size=(len(rows), dim))))
    count = len(rows)
    photos = tuple(f"person {own:03}/{place}.jpg" for place, own in enumerate(rows.tolist()))
    faces = Faces.of_detections(
        source=np.array(photos),
        frame=np.zeros(count, np.int64),
        time_s=np.full(count, np.nan),
        shot=np.full(count, -1),
        box=np.tile([10.0, 10, 60, 70], (count, 1)),
        detection=np.full(count, 0.9),
        quality=np.full(count, 0.8),
        face_vector=vectors,
    )
    return KnownPeople(faces, tuple(photo.partition("/")[0] for photo in photos), photos)


if __name__ == "__main__":
    main()
