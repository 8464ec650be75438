"""Faces on disk: Parquet that pandas, polars and DuckDB open without castlist."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..errors import InputError, brief, shortened
from ..files import json_of
from ..tables.codes import UNKNOWN
from ..tables.faces import VECTOR_COLUMNS, Faces, IntArray
from ..tables.parquet_files import (
    lists_of,
    matrix_of,
    numbers_of,
    parquet_file,
    width_of,
    write_parquet_parts,
)
from ..tables.vectors import Vectors
from .cast import Cast
from .facts import ModelFacts
from .names import UNKNOWN_NAME, parse_person_name, person_name

SCHEMA_VERSION = 3

_BOXES = {
    "box": ("x1", "y1", "x2", "y2"),
    "cloth_box": ("cloth_x1", "cloth_y1", "cloth_x2", "cloth_y2"),
}
_ROWS_AT_A_TIME = 2_048  # whose vectors are there as arrays: of 2,000 numbers each 16 MB

_LATER = {"still_s"}
"""Columns that tables of this version may lack: they came later, and are then not known."""


ID, NAME, FIRST_ID = "person_id", "person_name", "first_person_id"
"""Columns of the cast: the lasting id of a face's person, the user's name (null without one), and
the id before the decisions since ``castlist find``; null = unknown."""


def write_faces(
    faces: Faces,
    path: Path,
    facts: Mapping[str, Any],
    models: ModelFacts | None = None,
    cast: Cast | None = None,
) -> None:
    """Write the table. Boxes become four columns each, vectors fixed-size lists of float32.

    The table in memory has numbers of people only; their ids and names, which are text, are columns
    of the file, made here and at no other place, so that they cannot contradict the cast.

    Args:
        faces: the table.
        path: where to; overwritten.
        facts: any JSON content; stored in the file's metadata under ``castlist``.
        models: whose columns of the vectors are whose: each network then has a column of its own,
            such as ``face_vector faceres``.
        cast: who the people are; None = no such columns.
    """
    parts = _parts(faces, models or ModelFacts())
    content = {**facts, "schema": SCHEMA_VERSION, "vectors": {k: list(v) for k, v in parts.items()}}
    more = {}
    if cast is not None:
        content["cast"] = cast.to_dict()
        more = _cast_columns(faces, cast)
    metadata = {"castlist": json.dumps(content)}
    write_parquet_parts(
        (part.replace_schema_metadata(metadata) for part in _some_rows(faces, parts, more)),
        path,
        write_page_checksum=True,  # or a flipped bit of a disk is another face
    )


def _some_rows(
    faces: Faces, parts: Mapping[str, Mapping[str, tuple[int, int]]], more: Mapping[str, pa.Array]
) -> Iterator[pa.Table]:
    """Return the table by some rows at a time: on disk, and here, each row has its vectors."""
    in_parts = [name for name, columns in parts.items() if columns]
    for first in range(0, max(len(faces), 1), _ROWS_AT_A_TIME):  # columns, too, without any row
        rows = slice(first, first + _ROWS_AT_A_TIME)
        some = faces[rows]
        table = to_arrow(some.without_vectors(*in_parts) if in_parts else some)
        for name in in_parts:
            vectors: Vectors = getattr(some, name)
            for part, (begin, end) in parts[name].items():
                table = table.append_column(f"{name} {part}", lists_of(vectors[:, begin:end]))
        table = table.drop_columns(in_parts)
        for column, values in more.items():
            table = table.append_column(column, values[rows])
        yield table


def _parts(faces: Faces, models: ModelFacts) -> dict[str, dict[str, tuple[int, int]]]:
    """Return the parts of each vector that take up all of it, in their order; {} = kept whole."""
    found = {}
    for name, columns in (
        ("face_vector", models.face_columns),
        ("cloth_vector", models.cloth_columns),
    ):
        ends = [0, *(last for _, last in columns.values())]
        follow = all(first == end for (first, _), end in zip(columns.values(), ends, strict=False))
        whole = follow and ends[-1] == getattr(faces, name).shape[1]
        found[name] = dict(columns) if whole and columns else {}
    return found


def read_cast(path: Path, faces: Faces) -> Cast:
    """Read who the people of a table are that ``write_faces`` wrote; its ranks where it has none.

    Raises:
        InputError: what is said of the people is not what ``write_faces`` writes.
    """
    try:
        with parquet_file(path) as file:
            facts = _facts_of(file.schema_arrow)
            if "cast" not in facts:
                return Cast.of_ranks(faces)
            texts = file.read([FIRST_ID])[FIRST_ID].to_pylist()
        numbers = {text: parse_person_name(text or UNKNOWN_NAME) for text in set(texts)}
        first_ids = np.array([numbers[text] for text in texts], dtype=np.int64)
        cast = Cast.from_dict(facts["cast"], first_ids)
        if len(cast.ids) != faces.num_people or len(set(cast.ids.tolist())) != len(cast.ids):
            raise ValueError(f"of {faces.num_people} people it has the ids {cast.ids.tolist()}")
    except (KeyError, TypeError, ValueError, AttributeError, pa.ArrowInvalid) as error:
        raise InputError(
            f"{path}: expected the people of a castlist table, but"
            f" {brief(error)}; make it again with castlist find"
        ) from error
    return cast


def _cast_columns(faces: Faces, cast: Cast) -> dict[str, pa.Array]:
    def text(codes: IntArray, words: Callable[[int], str | None]) -> pa.Array:
        of = {code: words(code) for code in np.unique(codes).tolist()}
        values = [of[code] for code in codes.tolist()]
        return pa.array(values, pa.string()).dictionary_encode()

    def known(number: int) -> str | None:
        return None if number == UNKNOWN else person_name(number)

    return {
        ID: text(cast.of_faces(faces), known),
        NAME: text(faces.person, cast.given_name),
        FIRST_ID: text(cast.first_ids, known),
    }


def read_faces(path: Path) -> tuple[Faces, dict[str, Any]]:
    """Read a table that ``write_faces`` wrote.

    Returns:
        The table and its facts.

    Raises:
        InputError: no such file, not Parquet, not a castlist table of this version, or one that
            lacks columns or has values that cannot be.
    """
    try:
        # not pq.read_table: that imports pandas where it is installed, see numbers_of
        with parquet_file(path, page_checksum_verification=True) as file:
            facts, parts = _checked(path, file.schema_arrow)
            vectors = {name: _vectors(file, columns) for name, columns in parts.items()}
            names = {name for columns in parts.values() for name in columns}
            table = file.read([name for name in file.schema_arrow.names if name not in names])
    except FileNotFoundError:
        raise InputError(f"{path}: expected a table of faces here, found no file") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise _no_parquet(path, error) from error
    except (ValueError, TypeError) as error:
        raise _unlike(path, error) from error
    try:
        return _from_arrow(table, vectors), facts
    except (ValueError, TypeError, pa.ArrowInvalid) as error:
        raise _unlike(path, error) from error


def read_facts(path: Path) -> dict[str, Any]:
    """Return the facts that ``write_faces`` was given; of any other table none.

    Raises:
        InputError: it is no Parquet, or cannot be read.
    """
    try:
        with parquet_file(path) as file:
            return _facts_of(file.schema_arrow)
    except (pa.ArrowInvalid, OSError) as error:
        raise _no_parquet(path, error) from error


def _no_parquet(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: expected a Parquet file of castlist's, got {brief(error)}")


def _unlike(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: expected the values of a castlist table, but {brief(error)};"
        " make it again with castlist find"
    )


def _checked(path: Path, schema: pa.Schema) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return what is said of a table, and the columns of each kind of vectors."""
    facts = _facts_of(schema)
    if facts.get("schema") != SCHEMA_VERSION:
        raise InputError(
            f"{path}: expected a castlist table of version {SCHEMA_VERSION}, got"
            f" {shortened(str(facts.get('schema', 'none')))}; make it again with castlist find"
        )
    parts: dict[str, list[str]] = facts.pop("vectors", {})
    if not isinstance(parts, dict) or not all(
        name in VECTOR_COLUMNS and isinstance(names, list) for name, names in parts.items()
    ):
        raise InputError(
            f"{path}: expected the names of a castlist table's vectors, got"
            f" {shortened(repr(parts))}; make it again with castlist find"
        )
    columns = {
        name: [f"{name} {part}" for part in parts.get(name, ())] or [name]
        for name in VECTOR_COLUMNS
    }
    wanted = {*_scalar_columns()} | {name for names in columns.values() for name in names}
    if missing := wanted - set(schema.names) - _LATER:
        raise InputError(
            f"{path}: expected every column of a castlist table, got none called"
            f" {shortened(', '.join(sorted(missing)))}; make it again with castlist find"
        )
    return facts, columns


@functools.cache
def _scalar_columns() -> tuple[str, ...]:
    """Return the columns of every table but those of vectors, as on disk.

    Without Arrow: an array of NumPy's made one of its own imports pandas where it is installed.
    """
    return tuple(
        part
        for name in Faces.empty().columns()
        if name not in VECTOR_COLUMNS
        for part in _BOXES.get(name, (name,))
    )


def _facts_of(schema: pa.Schema) -> dict[str, Any]:
    """Return what castlist says of its table; nothing where it is no JSON of castlist's."""
    try:
        facts = json_of((schema.metadata or {}).get(b"castlist", b"{}"))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def to_arrow(faces: Faces) -> pa.Table:
    """Return the table in Arrow's memory format, columns as on disk."""
    arrays: dict[str, pa.Array] = {}
    for name, column in faces.columns().items():
        if isinstance(column, Vectors):
            arrays[name] = lists_of(column[:])
        elif name in _BOXES:
            arrays.update(zip(_BOXES[name], map(pa.array, column.T), strict=True))
        elif column.ndim > 1:
            arrays[name] = lists_of(column.reshape(len(column), math.prod(column.shape[1:])))
        elif name == "source":
            arrays[name] = pa.array(column.tolist(), pa.string()).dictionary_encode()
        else:
            arrays[name] = pa.array(column)
    return pa.table(arrays)


def _from_arrow(table: pa.Table, vectors: Mapping[str, Vectors]) -> Faces:
    columns: dict[str, Any] = {
        name: np.stack([numbers_of(table[part]) for part in parts], axis=1)
        for name, parts in _BOXES.items()
    }
    columns["landmarks"] = matrix_of(table["landmarks"]).reshape(-1, 5, 2)
    columns |= vectors
    for name in Faces.empty().columns():
        if name == "source":
            columns[name] = np.array(table[name].to_pylist(), dtype=np.str_)
        elif name not in columns and name in table.column_names:
            columns[name] = numbers_of(table[name])
    return Faces.of_detections(**columns)  # what an older table lacks is not known


def _vectors(file: pq.ParquetFile, columns: list[str]) -> Vectors:
    """Read vectors by some rows at a time: on disk each row has its own, NaN or not."""
    width = sum(width_of(file.schema_arrow.field(name).type) for name in columns)
    found = [Vectors.of(np.empty((0, width)))]
    for batch in file.iter_batches(batch_size=_ROWS_AT_A_TIME, columns=columns):
        parts = [matrix_of(batch[name]) for name in columns]
        found.append(Vectors.of(np.concatenate(parts, axis=1)))
    return Vectors.concatenate(found)
