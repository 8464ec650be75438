"""The table of faces with names, without what only castlist needs."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ...data.result.result import StoredResult
from ...data.result.store import to_arrow
from ...data.tables.codes import DecidedBy, Reason
from ...data.tables.faces import VECTOR_COLUMNS
from .options import ExportOptions
from .selection import chosen_rows


def faces_table(result: StoredResult, options: ExportOptions, lists: bool = False) -> Any:
    """Return the faces of the people asked for, columns as on disk, with ``name`` and words.

    Args:
        result: the result.
        options: who is asked for.
        lists: with the columns that hold lists of numbers, too: vectors and landmarks.
    """
    faces = result.faces[chosen_rows(result, options)]
    table = to_arrow(faces if lists else faces.without_vectors())
    if not lists:
        table = table.drop_columns([*VECTOR_COLUMNS, "landmarks"])
    names = {number: result.name_of(number) for number in set(faces.person.tolist())}
    words = {
        "decided_by": [DecidedBy(code).name.lower() for code in faces.decided_by.tolist()],
        "reason": [Reason(code).name.lower() for code in faces.reason.tolist()],
    }
    for column, values in words.items():
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array(values, pa.string()))
    place = table.column_names.index("person") + 1
    name = pa.array([names[number] for number in faces.person.tolist()], pa.string())
    return table.add_column(place, "name", name)
