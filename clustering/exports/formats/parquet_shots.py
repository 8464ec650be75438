"""A table with one row per shot, as Parquet."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from ....data.result.result import StoredResult
from ....data.tables.parquet_files import write_parquet
from ..options import ExportOptions
from ..selection import chosen_people
from ..shot_rows import COLUMNS, rows

_WHOLE = ("take", "first_frame", "last_frame", "num_faces")
_TYPES = {**dict.fromkeys(_WHOLE, pa.int64()), **dict.fromkeys(("start_s", "end_s"), pa.float64())}
_SCHEMA = pa.schema(
    [
        (name, _TYPES.get(name, pa.float64() if name == "strength" else pa.string()))
        for name in COLUMNS
    ]
)


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write the shots and photos of each person."""
    table = pa.Table.from_pylist(rows(chosen_people(result, options)), schema=_SCHEMA)
    write_parquet(table, path)
