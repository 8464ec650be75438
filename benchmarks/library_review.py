"""How long pages and decisions of a library take, by a simulated library of many films.

    python benchmarks/library_review.py --films 1000 10000

People, vectors and who comes back are those of benchmarks/library.py. No film is looked at, and
no result lies in the library: what is measured is what a user of castlist review waits for.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from castlist.clustering.library.finding import find_people
from castlist.clustering.library.library import Library
from castlist.clustering.library_files.catalogue import Catalogue
from castlist.clustering.library_files.decisions import LibraryDecisions
from castlist.clustering.library_files.head import Head, Networks
from castlist.clustering.library_files.index import FILMS, PEOPLE, Index, stamp_of_result
from castlist.clustering.library_files.moment_rows import MOMENTS
from castlist.clustering.library_files.people import LibraryPeople
from castlist.clustering.library_files.places import Places
from castlist.clustering.library_files.sources import LibrarySource
from castlist.clustering.library_review.app import make_app
from castlist.clustering.library_review.session import LibrarySession
from library import DIMS, make
from starlette.testclient import TestClient

SHOTS = 64  # of each film
TOKEN, PORT = "token", 8765


def build(root: Path, num_films: int) -> None:
    """Write a library as it is once its films were looked at."""
    places, networks = Places(root), list(DIMS)
    places.index.mkdir(parents=True)
    make(places.index, num_films, networks, seed=0)
    simulated = pq.read_table(places.index / "people.parquet")
    films = sorted(set(simulated["film"].to_pylist()))
    catalogue = Catalogue()
    for film in films:
        (places.films / film).mkdir(parents=True)
        row = LibrarySource(film, "film.mp4", "film", f"/films/{film}.mp4", f"sha256:{film}")
        catalogue.rows[film, row.name] = row
    catalogue.write(places)
    ends = np.cumsum([DIMS[name] for name in networks]).tolist()
    columns = {n: (e - DIMS[n], e) for n, e in zip(networks, ends, strict=True)}
    head = Head({}, Networks(columns, "simulated"))
    head.write(places)
    index = Index(places.index, ends[-1])
    index.people = people_table(simulated)
    stamp = stamp_of_result(places.result(films[0]))  # no result is there
    rows = [{"film": film, "stamp": stamp, "row": 0, "rows": 0, "crc": 0, "compared": True}
            for film in films]  # fmt: skip
    index.films = pa.Table.from_pylist(rows, schema=FILMS)
    index.moments = moments_table(simulated, films)
    index.write()
    find_people(head, index, LibraryDecisions(), LibraryPeople()).write(places)


def people_table(simulated: pa.Table) -> pa.Table:
    """Return the people of an index, with everything that it says of each."""
    count = len(simulated)
    crops = [f"{k:08d}.jpg" for k in range(count)]
    more = {
        "called": pa.nulls(count, pa.string()), "is_hidden": [False] * count,
        "named_at": [""] * count, "overrules": [False] * count, "portrait": crops,
        "portrait_box": [[0.0, 0.0, 50.0, 60.0]] * count,
        "others": [[f"{name[:-4]}-{k}.jpg" for k in range(3)] for name in crops],
        "source": ["film.mp4"] * count, "from_s": [0.0] * count, "to_s": [1.0] * count,
    }  # fmt: skip
    own = {name: simulated[name] for name in simulated.column_names} | more
    return pa.table({name: own[name] for name in PEOPLE.names}).cast(PEOPLE)


def moments_table(simulated: pa.Table, films: list[str]) -> pa.Table:
    """Return shots of these people, one after the other."""
    chance = np.random.default_rng(0)
    rows = np.sort(chance.integers(len(simulated), size=SHOTS * len(films)))
    start = np.arange(len(rows)) % SHOTS * 5.0
    count = len(rows)
    columns: dict[str, Any] = {
        "film": simulated["film"].take(rows), "person": simulated["person"].take(rows),
        "source": ["film.mp4"] * count, "taken_s": pa.nulls(count, pa.float64()),
        "num_faces": [5] * count, "strength": [0.9] * count, "decided_by": [1] * count,
        "take": [1] * count, "first_frame": (start * 25).astype(int),
        "last_frame": (start * 25).astype(int) + 100, "start_s": start, "end_s": start + 4,
        "tc_in": ["00:00:00:00"] * count, "tc_out": ["00:00:04:00"] * count,
    }  # fmt: skip
    return pa.table({name: columns[name] for name in MOMENTS.names}).cast(MOMENTS)


def measure(root: Path) -> dict[str, float]:
    """Return processor seconds of what a user waits for."""
    took: dict[str, float] = {}
    began = time.process_time()

    def done(what: str) -> None:
        nonlocal began
        took[what] = time.process_time() - began
        began = time.process_time()

    session = LibrarySession(Library(root, writes_names=False))
    origin = f"http://127.0.0.1:{PORT}"
    browser = TestClient(make_app(session, TOKEN, PORT), base_url=origin)
    browser.get(f"/?token={TOKEN}")
    done("open, first page")
    for what, path in (("people", "/people"), ("person", "/person/person_001"),
                       ("question", "/same"), ("films", "/films")):  # fmt: skip
        assert browser.get(path).status_code == 200
        done(what)
    head = {"origin": origin, "x-castlist-token": TOKEN}
    for what, action, fields in (
        ("name", "name", {"person": "person_001", "name": "Anna"}),
        ("second name", "name", {"person": "person_002", "name": "Berta"}),
        ("hide", "hide", {"person": "person_300"}),
    ):
        answer = browser.post(f"/do/{action}", json={"version": session.now.version, **fields},
                              headers=head)  # fmt: skip
        assert answer.status_code == 200, answer.text
        done(what)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--keep", type=Path, help="folder for the libraries; kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="castlist-library-") as name:
        for count in given.films:
            root = (given.keep or Path(name)) / f"{count}"
            if not root.is_dir():
                build(root, count)
            took = measure(root)
            print(f"{count:,} films: " + ", ".join(f"{k} {v:.1f} s" for k, v in took.items()))


if __name__ == "__main__":
    main()
