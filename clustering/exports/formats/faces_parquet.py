"""The table of faces with names and vectors, as Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from ....data.result.result import StoredResult
from ..faces_table import faces_table
from ..options import ExportOptions


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write a row a face."""
    pq.write_table(faces_table(result, options), path, compression="zstd")
