"""A table with one row per shot, as CSV in UTF-8."""

from __future__ import annotations

import csv
from pathlib import Path

from ....data.result.result import StoredResult
from ....data.tables.cells import shown_as_text
from ..options import ExportOptions
from ..selection import chosen_people
from ..shot_rows import COLUMNS, rows


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write the shots and photos of each person."""
    found = rows(chosen_people(result, options))
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: shown_as_text(cell) for key, cell in row.items()} for row in found)
