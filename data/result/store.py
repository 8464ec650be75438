"""Faces on disk: Parquet that pandas, polars and DuckDB open without castlist."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..errors import InputError
from ..tables.faces import Faces

SCHEMA_VERSION = 2

_BOXES = {
    "box": ("x1", "y1", "x2", "y2"),
    "cloth_box": ("cloth_x1", "cloth_y1", "cloth_x2", "cloth_y2"),
}
_VECTORS = ("face_vector", "cloth_vector")


def write_faces(faces: Faces, path: Path, facts: Mapping[str, Any]) -> None:
    """Write the table. Boxes become four columns each, vectors fixed-size lists of float32.

    Args:
        faces: the table.
        path: where to; overwritten.
        facts: any JSON content; stored in the file's metadata under ``castlist``.
    """
    metadata = {"castlist": json.dumps({**facts, "schema": SCHEMA_VERSION})}
    pq.write_table(to_arrow(faces).replace_schema_metadata(metadata), path, compression="zstd")


def read_faces(path: Path) -> tuple[Faces, dict[str, Any]]:
    """Read a table that ``write_faces`` wrote.

    Returns:
        The table and its facts.

    Raises:
        InputError: no such file, not Parquet, not a castlist table of this version, or one that
            lacks columns or has values that cannot be.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(f"{path}: expected a table of faces here, found no file") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: expected a Parquet file of castlist's, got {error}") from error
    facts = json.loads((table.schema.metadata or {}).get(b"castlist", b"{}"))
    if facts.get("schema") != SCHEMA_VERSION:
        raise InputError(
            f"{path}: expected a castlist table of version {SCHEMA_VERSION},"
            f" got {facts.get('schema', 'none')}; make it again with castlist cluster"
        )
    if missing := set(to_arrow(Faces.empty()).column_names) - set(table.column_names):
        raise InputError(
            f"{path}: expected every column of a castlist table, got none called"
            f" {', '.join(sorted(missing))}; make it again with castlist cluster"
        )
    try:
        return _from_arrow(table), facts
    except (ValueError, TypeError, pa.ArrowInvalid) as error:
        raise InputError(
            f"{path}: expected the values of a castlist table, but {error};"
            " make it again with castlist cluster"
        ) from error


def to_arrow(faces: Faces) -> pa.Table:
    """Return the table in Arrow's memory format, columns as on disk."""
    arrays: dict[str, pa.Array] = {}
    for name, column in faces.columns().items():
        if name in _BOXES:
            arrays.update(zip(_BOXES[name], map(pa.array, column.T), strict=True))
        elif column.ndim > 1:
            arrays[name] = _lists(column.reshape(len(column), math.prod(column.shape[1:])))
        elif name == "source":
            arrays[name] = pa.array(column.tolist(), pa.string()).dictionary_encode()
        else:
            arrays[name] = pa.array(column)
    return pa.table(arrays)


def _from_arrow(table: pa.Table) -> Faces:
    columns: dict[str, Any] = {
        name: np.stack([table[part].to_numpy() for part in parts], axis=1)
        for name, parts in _BOXES.items()
    }
    columns["landmarks"] = _matrix(table["landmarks"]).reshape(-1, 5, 2)
    columns.update({name: _matrix(table[name]) for name in _VECTORS})
    for name in Faces.empty().columns():
        if name == "source":
            columns[name] = np.array(table[name].to_pylist(), dtype=np.str_)
        elif name not in columns:
            columns[name] = table[name].to_numpy()
    return Faces(**columns)


def _lists(rows: NDArray[np.float32]) -> pa.Array:
    if not rows.shape[1]:  # Arrow has no lists of the fixed size 0
        return pa.array([[]] * len(rows), pa.list_(pa.float32()))
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])


def _matrix(column: pa.ChunkedArray) -> NDArray[np.float32]:
    width: int = getattr(column.type, "list_size", 0)
    if not len(column) or not width:
        return np.empty((len(column), width), np.float32)
    flat = np.concatenate([chunk.flatten().to_numpy() for chunk in column.chunks])
    return flat.reshape(len(column), width)
