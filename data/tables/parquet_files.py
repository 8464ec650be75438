"""Parquet files, opened by Python: Arrow refuses a path that is no UTF-8, as old disks have."""

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
    with openable(path).open("rb") as opened, pq.ParquetFile(opened, **settings) as file:
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
    with openable(path).open("rb") as opened:
        return pq.read_table(opened, schema=schema)


def write_parquet(table: pa.Table, path: Path, **settings: Any) -> None:
    """Write a table, compressed with zstd.

    Args:
        table: the table.
        path: of the file; one that is there is replaced.
        settings: of ``pyarrow.parquet.write_table``.

    Raises:
        OSError: it cannot be written.
    """
    with path.open("wb") as opened:
        pq.write_table(table, opened, compression="zstd", **settings)
