"""The index of a library: what was computed of each result, all in four files.

``vectors.f16`` is read without being copied; a row of it belongs to a person of ``people.parquet``,
a film has a row in ``films.parquet``. A film whose result changed, or whose part is damaged, is
summed up again. Written is first what nobody points to yet: a power cut loses no more than that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...data.errors import InputError
from ...data.files import replacing_file
from ...data.progress import ProgressHook, silent
from ...data.result.decisions import EDITS
from ...data.result.result import TABLE, StoredResult
from ...data.tables.parquet_files import read_parquet, write_parquet
from ..evidence.curves import Curves
from .catalogue import Catalogue
from .head import Networks
from .moment_rows import MOMENTS
from .places import Places
from .vectors import HalfRows, append_vectors, checksum, read_vectors, wipe_vectors

if TYPE_CHECKING:
    from .summary import FilmSummary

_AT_ONCE = 200  # films that are summed up before the index is written
_VERSION = 4  # of what is computed

FILMS = pa.schema(
    {"film": pa.string(), "stamp": pa.string(), "row": pa.int64(), "rows": pa.int64(),
     "crc": pa.int64(), "compared": pa.bool_()}
)  # fmt: skip
PEOPLE = pa.schema(
    {"film": pa.string(), "person": pa.int64(), "name": pa.string(), "hidden": pa.bool_(),
     "faces": pa.int64(), "screen_s": pa.float64(), "looks": pa.list_(pa.float32()),
     "common": pa.list_(pa.float32()), "row": pa.int64(), "called": pa.string(),
     "is_hidden": pa.bool_(), "named_at": pa.string(), "overrules": pa.bool_(),
     "portrait": pa.string(), "portrait_box": pa.list_(pa.float32()),
     "others": pa.list_(pa.string()), "source": pa.string(),
     "from_s": pa.float64(), "to_s": pa.float64()}
)  # fmt: skip


@dataclass
class Index:
    """The index, in memory but for its vectors.

    Attributes:
        folder: where it is.
        dim: numbers of a vector; 0 = it has none yet.
        films: one row per film, with its stamp, which rows of the vectors are its, and whether they
            can be compared.
        people: one row per person of a film.
        moments: one row per shot and photo.
    """

    folder: Path
    dim: int = 0
    films: pa.Table = field(default_factory=FILMS.empty_table)
    people: pa.Table = field(default_factory=PEOPLE.empty_table)
    moments: pa.Table = field(default_factory=MOMENTS.empty_table)

    @classmethod
    def read(cls, folder: Path) -> Index:
        """Read the index; an empty one where it is missing, damaged or of another castlist."""
        try:
            films = read_parquet(folder / "films.parquet")
            index = cls(
                folder,
                int((films.schema.metadata or {})[b"dim"]),
                films.cast(FILMS),
                read_parquet(folder / "people.parquet").cast(PEOPLE),
                read_parquet(folder / "moments.parquet").cast(MOMENTS),
            )
            if films.schema.metadata[b"made"] != _made_of():
                return cls(folder)
            index._leave_out_unfinished()
            size = index._vector_file.stat().st_size // max(index.dim * 2, 1)
            return index if not index.dim or index._end() <= size else index._undamaged()
        except (OSError, pa.ArrowException, KeyError, ValueError, TypeError):
            return cls(folder)

    @property
    def vectors(self) -> HalfRows:
        """(num_rows, dim) float16, on the disk."""
        return read_vectors(self._vector_file, self.dim)

    def vectors_of(self, dim: int) -> HalfRows:
        """Return the vectors; zeros of ``dim`` numbers where no film has any."""
        return self.vectors if self.dim else np.zeros((self._end(), dim), np.float16)

    def update(
        self,
        places: Places,
        catalogue: Catalogue,
        networks: Networks | None,
        progress: ProgressHook = silent,
    ) -> list[str]:
        """Sum up every film whose result is new or has changed; forget those that left.

        Args:
            places: of the library.
            catalogue: of the library.
            networks: of the library; vectors of others stay out.
            progress: called as (step, completed, total).

        Returns:
            Why some results could not be read, a line each.
        """
        stamps = stamps_of(places, catalogue)
        kept = self.current(stamps)
        has_left = {*self.films["film"].to_pylist()} - kept
        todo = [key for key in stamps if key not in kept]
        if not todo and not has_left:
            return []
        if has_left:
            self._keep(kept)
        from .summary import summarise  # evidence and all, which a question does not need

        sources = catalogue.by_film
        curves, problems, batch = Curves.load(), [], []
        for number, key in enumerate(todo):
            progress("summing up", number, len(todo))
            taken = {row.name: row.taken_s for row in sources.get(key, ())}
            try:
                result = StoredResult.load(places.result(key))
                compared = not len(result.faces) or Networks.of(result.models) == networks
                summary = summarise(key, result, curves if compared else None, taken)
            except InputError as error:  # its table, or a line of its decisions
                problems.append(str(error))
                continue
            batch.append((summary, stamps[key], compared))
            if len(batch) == _AT_ONCE:
                self._add(batch)
                self.write()
                batch = []
        self._add(batch)
        self.write()
        return problems

    def current(self, stamps: Mapping[str, str]) -> set[str]:
        """Return the films whose results have not changed since, by their stamps now."""
        rows = self.films.select(["film", "stamp"]).to_pylist()
        return {row["film"] for row in rows if row["stamp"] == stamps.get(row["film"])}

    def drop(self, films: Iterable[str]) -> None:
        """Leave out films, so that the next ``update`` sums them up again."""
        self._keep({*self.films["film"].to_pylist()} - {*films})

    def note(
        self, said: Mapping[str, Mapping[int, tuple[str | None, bool]]], stamps: Mapping[str, str]
    ) -> None:
        """Note that results call people otherwise, which says nothing of who they are.

        Args:
            said: by film, what it calls people and whether they are hidden, by lasting id.
            stamps: of these results now.
        """
        films, people = (self.people[name].to_pylist() for name in ("film", "person"))
        new = {
            row: said[film][person]
            for row, (film, person) in enumerate(zip(films, people, strict=True))
            if person in said.get(film, ())
        }
        for place, name in enumerate(("called", "is_hidden")):
            values = self.people[name].to_pylist()
            for row, named in new.items():
                values[row] = named[place]
            self.people = _with(self.people, name, values)
        pairs = (self.films[name].to_pylist() for name in ("film", "stamp"))
        stamped = [stamps.get(film, stamp) for film, stamp in zip(*pairs, strict=True)]
        self.films = _with(self.films, "stamp", stamped)

    def write(self) -> None:
        """Write the tables, each whole or not at all; the films last: they make the rest count."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._vector_file.touch()
        meta = {"dim": str(self.dim), "made": _made_of()}
        for name in ("people", "moments", "films"):
            table = getattr(self, name)
            table = table.replace_schema_metadata(meta if name == "films" else None)
            with replacing_file(self.folder / f"{name}.parquet") as partial:
                write_parquet(table, partial)

    def damaged(self) -> list[str]:
        """Return the films whose vectors are not those that were written."""
        vectors = self.vectors
        return [
            row["film"]
            for row in self.films.to_pylist()
            if checksum(vectors[row["row"] : row["row"] + row["rows"]]) != row["crc"]
        ]

    def _undamaged(self) -> Index:
        self._keep({*self.films["film"].to_pylist()} - {*self.damaged()})
        return self

    def _leave_out_unfinished(self) -> None:
        """Leave out people and moments of films that were being added when a program was killed."""
        films = self.films["film"].combine_chunks()
        self.people, self.moments = (
            table.filter(pc.is_in(table["film"], value_set=films))
            for table in (self.people, self.moments)
        )

    def _keep(self, films: set[str]) -> None:
        wanted = pa.array(sorted(films), pa.string())
        gone = [row for row in self.films.to_pylist() if row["film"] not in films]
        wipe_vectors(self._vector_file, self.dim, [(row["row"], row["rows"]) for row in gone])
        for name in ("films", "people", "moments"):
            table = getattr(self, name)
            setattr(self, name, table.filter(pc.is_in(table["film"], value_set=wanted)))
        if not len(self.films):
            self.dim = 0

    def _add(self, batch: Sequence[tuple[FilmSummary, str, bool]]) -> None:
        if not batch:
            return
        self.dim = self.dim or max(summary.vectors.shape[1] for summary, *_ in batch)
        at = self._end()
        films, people, moments, parts = [], [], [], []
        for summary, stamp, compared in batch:
            vectors = summary.vectors
            if vectors.shape[1] != self.dim:  # nobody there has a face vector
                vectors = np.zeros((len(vectors), self.dim), np.float16)
            films.append(
                {"film": summary.film, "stamp": stamp, "row": at, "rows": len(vectors),
                 "crc": checksum(vectors), "compared": compared}
            )  # fmt: skip
            people += [{**person, "row": person["row"] + at} for person in summary.people]
            moments += summary.moments
            parts.append(vectors)
            at += len(vectors)
        append_vectors(self._vector_file, self._end(), np.concatenate(parts))
        for name, schema, rows in (
            ("films", FILMS, films), ("people", PEOPLE, people), ("moments", MOMENTS, moments)
        ):  # fmt: skip
            new = pa.Table.from_pylist(rows, schema=schema)
            setattr(self, name, pa.concat_tables([getattr(self, name).cast(schema), new]))

    def _end(self) -> int:
        return int(pc.max(pc.add(self.films["row"], self.films["rows"])).as_py() or 0)

    @property
    def _vector_file(self) -> Path:
        return self.folder / "vectors.f16"


def _with(table: pa.Table, name: str, values: Sequence[Any]) -> pa.Table:
    place = table.schema.get_field_index(name)
    kind = table.schema.field(name)
    return table.set_column(place, kind, pa.array(values, kind.type))


def stamp_of_result(folder: Path) -> str:
    """Return a text that changes when a result does."""
    found: list[Any] = []
    for name in (TABLE, EDITS):
        try:
            stat = (folder / name).stat()
            found += [stat.st_size, stat.st_mtime_ns]
        except OSError:
            found += [-1]
    return "-".join(map(str, found))


def stamps_of(places: Places, catalogue: Catalogue) -> dict[str, str]:
    """Return a text for each result of a library that changes when it does, by key."""
    return {key: stamp_of_result(places.result(key)) for key in catalogue.films}


def _made_of() -> bytes:
    """Return a hash of all that the numbers of an index depend on, but for the results."""
    curves = Curves.load()
    digest = hashlib.sha256(f"{_VERSION} {curves.to_dict()}".encode())
    for name, rows in sorted(curves.nuisance().items()):
        digest.update(name.encode() + rows.tobytes())
    return digest.hexdigest()[:16].encode()
