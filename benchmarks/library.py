"""The people of a library of films by simulation: time, memory, and how right they are as it grows.

    python benchmarks/library.py                       # the tables of docs/library.md
    python benchmarks/library.py --films 500 --careful 0 1 10 100
    python benchmarks/library.py --films 1000 2000 --networks faceres

People come back with a heavy tail (a Pitman-Yor process: somebody seen in many films is likelier to
be seen in the next). Vectors are drawn around a person's mean with the spread that the fitted
evidence states: of one person in two films, and of two people. The films themselves, and what the
networks see, are not part of it: measured is who is who, of the people of films.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from castlist.clustering.evidence.curves import Curves, FaceCurve
from castlist.clustering.identity import joining
from castlist.clustering.identity.assignment import assign
from castlist.clustering.identity.film_people import FilmPeople, FilmPeopleEvidence
from castlist.clustering.identity.rules import Limits
from numpy.typing import NDArray

DIMS = {"faceres": 1024, "sface": 128, "face-reidentification-retail-0095": 256}
PEOPLE_A_FILM, FACES_A_PERSON = 8.0, 12.5  # 1 M faces in 10,000 films
DISCOUNT, NEW = 0.5, 50.0  # of the Pitman-Yor process
MOST_TRACKS = 8
STOP = float(np.log(3))
Floats = NDArray[np.float64]


class Simulated:
    """Films with people who come back.

    Args:
        networks: names of the face networks.
        seed: of the random numbers.
    """

    def __init__(self, networks: list[str], seed: int = 0) -> None:
        self._chance = np.random.default_rng(seed)
        self._curve: FaceCurve = Curves.load().of_faces(dict.fromkeys(networks))
        self._networks = networks
        self._space = {}
        for name in networks:
            size = round(self._curve.networks[name].dimensions)
            turn = np.linalg.qr(self._chance.normal(size=(DIMS[name], size + 1)))[0].T
            self._space[name] = turn.astype(np.float32)
        self._seen: list[int] = []  # how often each person was seen
        self._drawn: list[int] = []  # everybody, as often as they were seen
        self._means: dict[str, list[Floats]] = {name: [] for name in networks}

    def films(self, count: int) -> tuple[list[list[int]], dict[str, Any], NDArray[np.float16]]:
        """Return who is in each of the next films, the people of these films, and their vectors.

        Each is the mean of a person's tracks and then the clearest of them, as an index keeps it.
        """
        casts = [self._cast(1 + self._chance.poisson(PEOPLE_A_FILM - 1)) for _ in range(count)]
        person = np.concatenate(casts)
        faces = 1 + self._chance.gamma(0.7, (FACES_A_PERSON - 1) / 0.7, len(person)).astype(int)
        tracks = np.minimum(1 + faces // 5, 24)
        of = np.repeat(np.arange(len(person)), tracks)
        looks = self._chance.uniform(0.1, 1.0, len(of)) * np.sqrt(
            np.minimum(faces[of] / tracks[of], 12)
        )
        order = np.lexsort((-looks, of))  # the clearest first
        of, looks = of[order], looks[order]
        begins = np.cumsum(tracks) - tracks
        kept = np.flatnonzero(np.arange(len(of)) - begins[of] < MOST_TRACKS)
        behind = np.argsort(np.concatenate([np.arange(len(person)), of[kept]]), kind="stable")
        parts = [self._vectors(n, person, of, looks, begins, kept)[behind] for n in self._networks]
        total = np.add.reduceat(looks, begins)
        num_rows = 1 + np.minimum(tracks, MOST_TRACKS)
        people = {
            "person": np.concatenate([np.arange(len(cast)) for cast in casts]),
            "faces": faces,
            "looks": np.split(
                np.concatenate([total, looks[kept]])[behind], np.cumsum(num_rows)[:-1]
            ),
            "row": np.cumsum(num_rows) - num_rows,
        }
        return casts, people, np.hstack(parts)

    def _vectors(
        self,
        name: str,
        person: NDArray[np.int64],
        of: NDArray[np.int64],
        looks: Floats,
        begins: NDArray[np.int64],
        kept: NDArray[np.int64],
    ) -> NDArray[np.float16]:
        """Return the vectors of one network: of each person the mean, then of the kept tracks."""
        curve = self._curve.networks[name]
        mean = np.array([self._means[name][own] for own in person.tolist()])
        here = _units(self._chance.normal(size=mean.shape))  # the light of a film, age, a beard
        here = np.sqrt(curve.alike) * mean + np.sqrt(1 - curve.alike) * here
        known = np.sqrt(looks / (looks + self._curve.half_looks))[:, None]
        noise = self._chance.normal(size=(len(of), mean.shape[1])) / np.sqrt(mean.shape[1])
        own = np.sqrt(1 - curve.strangers) * _units(
            known * here[of] + np.sqrt(1 - known**2) * noise
        )
        own = np.hstack([own, np.full((len(of), 1), np.sqrt(curve.strangers))])  # what all share
        whole = _units(np.add.reduceat(own * looks[:, None], begins))
        rows = np.vstack([whole, own[kept]]).astype(np.float32)
        return (rows @ self._space[name]).astype(np.float16)

    def _cast(self, count: int) -> list[int]:
        """Return so many people: each new one, or one of before, the likelier the more often seen.

        One appearance in all of before is drawn, and counts with a probability of
        1 - discount / times seen: that is the Pitman-Yor process without a sum over everybody.
        """
        cast: set[int] = set()
        while len(cast) < count:
            new = NEW + DISCOUNT * len(self._seen)
            person = len(self._seen)
            if self._chance.random() * (len(self._drawn) - DISCOUNT * person + new) >= new:
                person = self._drawn[int(self._chance.integers(len(self._drawn)))]
                if self._chance.random() < DISCOUNT / self._seen[person]:
                    continue
            else:
                self._seen.append(0)
                for name in self._networks:
                    size = len(self._space[name]) - 1
                    self._means[name].append(_unit(self._chance.normal(size=size)))
            if person not in cast:
                cast.add(person)
                self._seen[person] += 1
                self._drawn.append(person)
        return sorted(cast)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector))


def _units(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def make(folder: Path, num_films: int, networks: list[str], seed: int) -> None:
    """Write simulated films: vectors, the people of films, and who they are."""
    films = Simulated(networks, seed)
    strangers = [Curves.load().of_faces(dict.fromkeys(networks)).networks[n].strangers
                 for n in networks]  # fmt: skip
    true: list[int] = []
    tables, at = [], 0
    with (folder / "vectors.f16").open("wb") as file:
        for first in range(0, num_films, 100):
            casts, people, vectors = films.films(min(100, num_films - first))
            keys = [f"{first + k:06d}" for k, cast in enumerate(casts) for _ in cast]
            count = len(keys)
            tables.append(
                pa.table(
                    {
                        "film": keys, "person": people["person"],
                        "name": pa.nulls(count, pa.string()), "hidden": [False] * count,
                        "faces": people["faces"],
                        "screen_s": people["faces"] / 5,
                        "looks": pa.array([own.tolist() for own in people["looks"]]),
                        "common": pa.array([strangers * len(own) for own in people["looks"]]),
                        "row": people["row"] + at,
                    }
                )
            )  # fmt: skip
            true += [own for cast in casts for own in cast]
            at += len(vectors)
            file.write(vectors.tobytes())
    pq.write_table(pa.concat_tables(tables), folder / "people.parquet")
    np.save(folder / "true.npy", np.array(true))


def identify(
    folder: str, networks: list[str], num_films: int, every_pair: bool, careful: float, out: Any
) -> None:
    """Find who is who among the first films, in a process of its own; sends what it took."""
    began = time.perf_counter(), time.process_time()
    joining.CAREFUL = careful
    dim = sum(DIMS[name] for name in networks)
    vectors = np.memmap(Path(folder) / "vectors.f16", np.float16, "r").reshape(-1, dim)
    people = pq.read_table(Path(folder) / "people.parquet")
    people = people.filter(pc.less(people["film"], f"{num_films:06d}"))
    film_people = FilmPeople.of(people, vectors, len(networks))
    ends = np.cumsum([DIMS[name] for name in networks]).tolist()
    columns = {n: (e - DIMS[n], e) for n, e in zip(networks, ends, strict=True)}
    evidence = FilmPeopleEvidence(columns, Curves.load().of_faces(columns))
    found = joining.find_identities(
        film_people, evidence, Limits(), STOP, every_pair_up_to=10**9 if every_pair else None
    )
    took = time.perf_counter() - began[0], time.process_time() - began[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.send((found.group, film_people.faces, took, peak, found.rounds, len(found.questions)))


def figures(
    group: NDArray[np.int64], true: NDArray[np.int64], faces: NDArray[np.int64]
) -> dict[str, Any]:
    """Return how right an answer is.

    ``purity``: share of faces that are with a person most of whose faces are their own.
    ``complete``: of people in two films and more, the share of their faces in one person.
    ``wrong``: people of a film who are with somebody else, in 1,000.
    """
    pairs, of = np.unique(np.stack([group, true]), axis=1, return_inverse=True)
    weight = np.bincount(of, weights=faces)
    best = np.zeros(group.max() + 1)
    np.maximum.at(best, pairs[0], weight)
    whole = np.zeros(true.max() + 1)
    np.maximum.at(whole, pairs[1], weight)
    total = np.bincount(true, weights=faces)
    again = np.bincount(true) > 1
    often = np.bincount(true) >= 10
    counts = np.bincount(of)
    most = np.zeros(group.max() + 1, np.int64)
    np.maximum.at(most, pairs[0], counts)
    return {
        "people": len(np.unique(true)),
        "found": int(group.max() + 1),
        "purity": float(best.sum() / faces.sum()),
        "wrong": float(1000 * (len(group) - most.sum()) / len(group)),
        "complete": float(whole[again].sum() / total[again].sum()),
        "often": float(whole[often].sum() / max(total[often].sum(), 1)),
    }


def run(
    folder: Path,
    networks: list[str],
    num_films: int,
    every_pair: bool = False,
    careful: float = joining.CAREFUL,
) -> Any:
    """Find who is who in a process of its own; returns what ``identify`` sends."""
    here, there = multiprocessing.Pipe(duplex=False)
    arguments = (str(folder), networks, num_films, every_pair, careful, there)
    process = multiprocessing.get_context("spawn").Process(target=identify, args=arguments)
    process.start()
    there.close()
    found = here.recv()
    process.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, nargs="+", default=[1000, 2500, 5000, 10000])
    parser.add_argument("--networks", nargs="+", choices=DIMS, default=list(DIMS))
    parser.add_argument("--every-pair", action="store_true", help="also without lists")
    parser.add_argument("--careful", type=float, nargs="+", default=[joining.CAREFUL])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    most = max(given.films)
    with tempfile.TemporaryDirectory(prefix="castlist-library-") as name:
        folder = Path(name)
        make(folder, round(most * 1.1), given.networks, given.seed)
        true = np.load(folder / "true.npy")
        print(
            "| films | careful | people of films | faces | people | found | purity | wrong / 1000"
            " | complete | of 10 films | wall, s | cpu, s | peak, MB | rounds | asked |"
        )
        print(f"|{'---:|' * 15}")
        for count in given.films:
            for careful in given.careful:
                for every_pair in (False, True) if given.every_pair else (False,):
                    found = run(folder, given.networks, count, every_pair, careful)
                    name = f"{count:,}{', every pair' if every_pair else ''} | {careful:g}"
                    print(line(name, true, *found), flush=True)
        before, faces, *_ = run(folder, given.networks, most)
        after, _, *_ = run(folder, given.networks, round(most * 1.1))
        print(json.dumps(churn(before, after, faces)))


def line(
    name: str,
    true: NDArray[np.int64],
    group: NDArray[np.int64],
    faces: NDArray[np.int64],
    took: tuple[float, float],
    peak: float,
    rounds: int,
    asked: int,
) -> str:
    """Return a line of the table."""
    own = figures(group, true[: len(group)], faces)
    return (
        f"| {name} | {len(group):,} | {faces.sum():,} | {own['people']:,} | {own['found']:,} |"
        f" {own['purity']:.4f} | {own['wrong']:.2f} | {own['complete']:.3f} |"
        f" {own['often']:.3f} | {took[0]:.0f} | {took[1]:.0f} | {peak:,.0f} | {rounds} |"
        f" {asked:,} |"
    )


def churn(
    before: NDArray[np.int64], after: NDArray[np.int64], faces: NDArray[np.int64]
) -> dict[str, float]:
    """Return how many people keep their id when films come."""
    first = assign(before, faces, np.full(len(before), -1), 0)
    later = assign(after[: len(before)], faces, first.ids[before], first.next_id)
    now = later.ids[after[: len(before)]]
    return {
        "people": len(first.ids),
        "kept": float(np.isin(first.ids, now).mean()),
        "film_people_with_another_id": float((now != first.ids[before]).mean()),
    }


if __name__ == "__main__":
    main()
