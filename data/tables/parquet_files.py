"""Parquet files, also with a path that is no UTF-8, as old disks have: Arrow refuses that.

Arrow is never given a file that Python opened: one of its threads may let go of it while Python
ends, and then the program aborts after all is done ("terminate called without an active exception",
https://github.com/apache/arrow/issues/34314).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..files import openable


@contextmanager
def parquet_file(path: Path, **settings: Any) -> Iterator[pq.ParquetFile]:
    """Open a table to read its schema or some of its columns.

    Args:
        path: of the file.
        settings: of ``pyarrow.parquet.ParquetFile``.

    Raises:
        OSError: it cannot be read, or is no file.
        pyarrow.ArrowInvalid: it is no Parquet.
    """
    with pq.ParquetFile(_readable(path), **settings) as file:
        yield file


def read_parquet(path: Path, schema: pa.Schema | None = None) -> pa.Table:
    """Read a whole table.

    Args:
        path: of the file.
        schema: that it must have; columns that came later than the file are null. None = any.

    Raises:
        OSError: it cannot be read, or is no file.
        pyarrow.ArrowException: it is no Parquet, or has another schema.
    """
    with parquet_file(path) as file:  # read_table imports pandas, where it is installed
        table = file.read()
    if schema is None:
        return table
    columns = [
        table[field.name] if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema.names).cast(schema)


def write_parquet(table: pa.Table, path: Path, **settings: Any) -> None:
    """Write a table, compressed with zstd.

    Args:
        table: the table.
        path: of the file; one that is there is replaced.
        settings: of ``pyarrow.parquet.write_table``.

    Raises:
        OSError: it cannot be written.
    """
    write_parquet_parts([table], path, **settings)


def write_parquet_parts(parts: Iterable[pa.Table], path: Path, **settings: Any) -> None:
    """Write a table that is never there as a whole, compressed with zstd.

    Args:
        parts: some of its rows each, at least one; all of one schema.
        path: of the file; one that is there is replaced.
        settings: of ``pyarrow.parquet.ParquetWriter``.

    Raises:
        OSError: it cannot be written.
    """
    kept = None if _is_utf8(path) else pa.BufferOutputStream()
    rest = iter(parts)
    first = next(rest)
    sink = str(path) if kept is None else kept
    # no dictionary of the numbers of vectors: each is another, and it takes a third more
    repeated = [field.name for field in first.schema if not pa.types.is_nested(field.type)]
    with pq.ParquetWriter(
        sink, first.schema, compression="zstd", use_dictionary=repeated, **settings
    ) as writer:
        for part in chain([first], rest):
            writer.write_table(part)
    if kept is not None:
        path.write_bytes(kept.getvalue())


def lists_of(rows: NDArray[np.float32]) -> pa.Array:
    """Return rows of numbers as lists of a fixed size."""
    if not rows.shape[1]:  # Arrow has no lists of the fixed size 0
        return pa.array([[]] * len(rows), pa.list_(pa.float32()))
    return pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), rows.shape[1])


def width_of(column_type: pa.DataType) -> int:
    """Return the size of the lists of a column, 0 where it has none."""
    width: int = getattr(column_type, "list_size", 0)
    return width


def matrix_of(column: pa.ChunkedArray | pa.Array) -> NDArray[np.float32]:
    """Return a column of such lists as (num_rows, width)."""
    width = width_of(column.type)
    if not len(column) or not width:
        return np.empty((len(column), width), np.float32)
    flat = np.concatenate([_numbers(chunk.flatten()) for chunk in _chunks(column)])
    return flat.reshape(len(column), width)


def numbers_of(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """Return a column of numbers, (num_rows,); NaN where one is missing."""
    if not len(column):
        return np.empty(0, column.type.to_pandas_dtype())
    return np.concatenate([_numbers(chunk) for chunk in _chunks(column)])


def places_in(rows: NDArray[np.int64]) -> pa.Array:
    """Return numbers of rows, for ``pyarrow.Table.take``; pyarrow.array would import pandas."""
    return pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows)])


def _chunks(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return list(column.chunks) if isinstance(column, pa.ChunkedArray) else [column]


def _numbers(array: pa.Array) -> NDArray[Any]:
    # not to_numpy: that imports pandas where it is installed, for a third of a short command's time
    if array.null_count:
        return np.asarray(array.to_numpy(zero_copy_only=False))
    return np.from_dlpack(array)


def _readable(path: Path) -> str | pa.BufferReader:
    path = openable(path)
    return str(path) if _is_utf8(path) else pa.BufferReader(path.read_bytes())


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
