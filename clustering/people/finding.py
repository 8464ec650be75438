"""What a user means by crops, and by the person to whom their faces go."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from ...data.errors import InputError
from ...data.result.decisions import Decisions
from ...data.result.names import UNKNOWN_NAME, parse_crop_name, rows_by_crop_key
from ...data.result.people_names import key_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray

NEW = "new"
"""To whom a face goes who is nobody of the result yet."""


def find_rows(result: StoredResult, crops: Sequence[str]) -> IntArray:
    """Return the rows of crops, by their files or names, each once.

    Raises:
        InputError: one is no crop of the result.
    """
    rows: list[int] = []
    known = rows_by_crop_key(result.faces)
    for crop in crops:
        try:
            row = known.get(parse_crop_name(PurePath(crop).name))
        except ValueError as error:
            raise InputError(f"{_short(crop)}: expected a crop of people/, but {error}") from None
        if row is None:
            raise InputError(f"{_short(crop)}: no face of {result.name}; of another result?")
        rows.append(row)
    return np.array(list(dict.fromkeys(rows)), dtype=np.int64)


def target(result: StoredResult, text: str, decisions: Decisions) -> int:
    """Return the id that ``--to`` means: of a person, a new one, or -1 for ``unknown``.

    Raises:
        InputError: there is nobody of that name.
    """
    if key_of(text) == UNKNOWN_NAME:
        return UNKNOWN
    if key_of(text) == NEW:
        return next_id(result, decisions)
    return result.cast.find(text)


def next_id(result: StoredResult, decisions: Decisions) -> int:
    """Return an id that nobody has or had."""
    return max(result.cast.next_id, decisions.next_id)


def _short(text: str) -> str:
    shown = text if text.isprintable() else text.encode("unicode_escape").decode()
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
