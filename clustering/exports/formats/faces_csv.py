"""The table of faces with names, without vectors, as CSV in UTF-8."""

from __future__ import annotations

from pathlib import Path

from pyarrow import array, csv, string

from ....data.result.result import StoredResult
from ....data.tables.cells import shown_as_text
from ..faces_table import faces_table
from ..options import ExportOptions


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one row per face."""
    table = faces_table(result, options)
    for column in ("source", "name"):
        place = table.column_names.index(column)
        texts = [shown_as_text(text) for text in table[column].to_pylist()]
        table = table.set_column(place, column, array(texts, string()))
    with path.open("wb") as file:  # Arrow refuses a path that is no UTF-8
        csv.write_csv(table, file)
