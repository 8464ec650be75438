"""Parquet files, also with a path that is no UTF-8, as old disks have: Arrow refuses that.

Arrow is never given a file that Python opened: one of its threads may let go of it while Python
ends, and then the program aborts after all is done ("terminate called without an active exception",
https://github.com/apache/arrow/issues/34314).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
        schema: that it must have; None = any.

    Raises:
        OSError: it cannot be read, or is no file.
        pyarrow.ArrowException: it is no Parquet, or has another schema.
    """
    return pq.read_table(_readable(path), schema=schema)


def write_parquet(table: pa.Table, path: Path, **settings: Any) -> None:
    """Write a table, compressed with zstd.

    Args:
        table: the table.
        path: of the file; one that is there is replaced.
        settings: of ``pyarrow.parquet.write_table``.

    Raises:
        OSError: it cannot be written.
    """
    if _is_utf8(path):
        pq.write_table(table, str(path), compression="zstd", **settings)
        return
    kept = pa.BufferOutputStream()
    pq.write_table(table, kept, compression="zstd", **settings)
    path.write_bytes(kept.getvalue())


def _readable(path: Path) -> str | pa.BufferReader:
    path = openable(path)
    return str(path) if _is_utf8(path) else pa.BufferReader(path.read_bytes())


def _is_utf8(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
