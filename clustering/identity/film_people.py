"""The people of all films, a row each: what a library's people are found by."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...data.tables.faces import IntArray
from ...data.tables.parquet_files import numbers_of
from ..evidence.curves import FaceCurve
from ..evidence.likelihood import reliability_of
from ..evidence.vectors import Columns

Rows = NDArray[np.float32]

_MOST = 20.0
"""No evidence is higher. Tracks stop at 12; of people seen in many films more is known, and a large
library needs more to join two."""


@dataclass(frozen=True, eq=False)
class FaceVectors:
    """Vectors with what is known of them, row by row.

    Attributes:
        units: (num_rows, dim) float32, unit rows of each network side by side.
        common: (num_rows, num_networks) float32, what each has in common with strangers.
        looks: (num_rows,) float32, how much is known of each.
    """

    units: Rows
    common: Rows
    looks: Rows

    def __len__(self) -> int:
        return len(self.looks)

    def __getitem__(self, rows: IntArray) -> FaceVectors:
        return FaceVectors(self.units[rows], self.common[rows], self.looks[rows])


@dataclass(frozen=True, eq=False)
class FilmPeopleEvidence:
    """Log-likelihood ratios that two people of films are one person, as ``FaceEvidence.of_groups``.

    Attributes:
        columns: first and last column (exclusive) of each network in the vectors.
        curve: what cosines of these networks are worth.
    """

    columns: Columns
    curve: FaceCurve

    def of_pairs(self, one: FaceVectors, other: FaceVectors) -> NDArray[np.float64]:
        """Return the evidence of each row with the same row of the other, (num_rows,)."""
        known = self._known(one.looks) * self._known(other.looks)
        total = np.zeros(len(one))
        for place, (name, (first, last)) in enumerate(self.columns.items()):
            a, b = one.units[:, first:last], other.units[:, first:last]
            cosine = np.einsum("ij,ij->i", a, b).astype(np.float64)
            common = (one.common[:, place] + other.common[:, place]) / 2
            total += self.curve.networks[name].evidence(cosine, common.astype(np.float64), known)
        return np.clip(total, -_MOST, _MOST)

    def between(self, one: FaceVectors, other: FaceVectors) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(one), len(other))."""
        known = self._known(one.looks)[:, None] * self._known(other.looks)[None]
        total = np.zeros(known.shape)
        for place, (name, (first, last)) in enumerate(self.columns.items()):
            cosine = (one.units[:, first:last] @ other.units[:, first:last].T).astype(np.float64)
            common = (one.common[:, place][:, None] + other.common[:, place][None]) / 2
            total += self.curve.networks[name].evidence(cosine, common.astype(np.float64), known)
        return np.clip(total, -_MOST, _MOST)

    def unit_rows(self, rows: Rows) -> Rows:
        """Scale the part of each network in each row to length 1, in place; returns the rows."""
        for first, last in self.columns.values():
            part = rows[:, first:last]
            part /= np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9)
        return rows

    def scale(self) -> NDArray[np.float32]:
        """Return factors of the columns that make the dot product rank pairs as evidence does."""
        factors = np.zeros(max((last for _, last in self.columns.values()), default=0))
        for name, (first, last) in self.columns.items():
            curve = self.curve.networks[name]
            r = curve.alike * 0.9  # of people who are known well
            factors[first:last] = np.sqrt(curve.dimensions * r / (1 - r**2) / (1 - curve.strangers))
        return factors.astype(np.float32)

    def _known(self, looks: Rows) -> NDArray[np.float64]:
        return reliability_of(looks.astype(np.float64), self.curve.half_looks)


@dataclass(frozen=True, eq=False)
class FilmPeople:
    """One row per person of a film, in the order of films and people.

    Attributes:
        film: (num_film_people,) int64, a code; ``film_keys`` has the keys.
        person: (num_film_people,) int64, lasting id in the film.
        faces: (num_film_people,) int64.
        looks: (num_film_people,) float32; 0 = nothing that could be compared.
        vectors: (num_rows, dim) float16, as of the index; read when they are needed.
        row: (num_film_people,) int64, of the vector of each; its tracks follow.
        of_rows: looks and common of the vectors of each row: where they begin in ``all_looks``
            and ``all_common``, (num_film_people + 1,) int64.
        all_looks: (num_kept,) float32.
        all_common: (num_kept, num_networks) float32.
        film_keys: the keys of films, sorted.
        names: what the user calls each in its film, None = no name.
        hidden: (num_film_people,) bool, hidden by the user in its film.
        screen_s: (num_film_people,) float64, seconds on screen.
    """

    film: IntArray
    person: IntArray
    faces: IntArray
    looks: Rows
    vectors: NDArray[np.float16]
    row: IntArray
    of_rows: IntArray
    all_looks: Rows
    all_common: Rows
    film_keys: tuple[str, ...]
    names: tuple[str | None, ...]
    hidden: NDArray[np.bool_]
    screen_s: NDArray[np.float64]

    @classmethod
    def of(cls, people: pa.Table, vectors: NDArray[np.float16], num_networks: int) -> FilmPeople:
        """Make them of the people of an index."""
        people = people.sort_by([("film", "ascending"), ("person", "ascending")])
        films = people["film"].to_pylist()
        keys = sorted(set(films))
        place = {key: number for number, key in enumerate(keys)}
        looks, common = (people[name].combine_chunks() for name in ("looks", "common"))
        ends = np.cumsum(_lengths(looks))
        flat = numbers_of(looks.flatten()).astype(np.float32)
        of_rows = np.concatenate([[0], ends]).astype(np.int64)
        return cls(
            np.array([place[film] for film in films], np.int64),
            numbers_of(people["person"]),
            numbers_of(people["faces"]),
            flat[of_rows[:-1]] if len(flat) else np.zeros(0, np.float32),
            vectors,
            numbers_of(people["row"]),
            of_rows,
            flat,
            _common(common, _lengths(looks), num_networks),
            tuple(keys),
            tuple(people["name"].to_pylist()),
            np.array(people["hidden"].to_pylist(), dtype=bool),
            numbers_of(people["screen_s"]),
        )

    @cached_property
    def keys(self) -> list[tuple[str, int]]:
        """The key of the film and the lasting id in it, of each."""
        film = (self.film_keys[code] for code in self.film.tolist())
        return list(zip(film, self.person.tolist(), strict=True))

    def __len__(self) -> int:
        return len(self.film)

    def __getitem__(self, rows: IntArray) -> FilmPeople:
        """Return some of them; their vectors stay where they are."""
        lengths = np.diff(self.of_rows)[rows]
        of_rows = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        kept = np.repeat(self.of_rows[rows] - of_rows[:-1], lengths) + np.arange(of_rows[-1])
        return dataclasses.replace(
            self,
            film=self.film[rows],
            person=self.person[rows],
            faces=self.faces[rows],
            looks=self.looks[rows],
            row=self.row[rows],
            of_rows=of_rows,
            all_looks=self.all_looks[kept],
            all_common=self.all_common[kept],
            names=tuple(self.names[row] for row in rows.tolist()),
            hidden=self.hidden[rows],
            screen_s=self.screen_s[rows],
        )

    def means(self, rows: IntArray) -> FaceVectors:
        """Return some of them, each by the mean of its tracks."""
        units = np.asarray(self.vectors[self.row[rows]], np.float32)
        at = self.of_rows[rows]
        return FaceVectors(units, self.all_common[at], self.all_looks[at])

    def tracks(self, row: int) -> FaceVectors:
        """Return the clearest tracks of one of them."""
        first, last = int(self.of_rows[row]) + 1, int(self.of_rows[row + 1])
        begin = int(self.row[row]) + 1
        units = np.asarray(self.vectors[begin : begin + last - first], np.float32)
        return FaceVectors(units, self.all_common[first:last], self.all_looks[first:last])


def _lengths(lists: pa.Array) -> IntArray:
    return np.asarray(np.diff(numbers_of(lists.offsets)), dtype=np.int64)


def _common(lists: pa.Array, rows: IntArray, networks: int) -> Rows:
    """Return the numbers of all vectors, zeros for people without any, (rows.sum(), networks)."""
    filled = np.zeros((int(rows.sum()), networks), np.float32)
    flat = numbers_of(lists.flatten().cast(pa.float32()))
    filled[np.repeat(_lengths(lists) > 0, rows)] = flat.reshape(-1, max(networks, 1))
    return filled
