"""The table of faces with names and vectors, as Parquet."""

from __future__ import annotations

from pathlib import Path

from ....data.result.result import StoredResult
from ....data.tables.parquet_files import write_parquet
from ..faces_table import faces_table
from ..options import ExportOptions


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one row per face."""
    write_parquet(faces_table(result, options, lists=True), path)
