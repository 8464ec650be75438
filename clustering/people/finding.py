"""What a user means: people by id or name, faces by their crops."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from ...data.errors import InputError
from ...data.result.decisions import Decisions
from ...data.result.names import (
    UNKNOWN_NAME,
    parse_crop_name,
    person_name,
    rows_by_crop_key,
)
from ...data.result.people_names import key_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import IntArray

NEW = "new"
"""To whom a face goes who is nobody of the result yet."""

_MOST_NAMED = 8  # people that a message lists


def find_id(result: StoredResult, text: str) -> int:
    """Return the id of a person of the result.

    Args:
        result: it has the people.
        text: a name, an id such as ``person_003``, or its number, ``3``. A name comes first.

    Raises:
        InputError: there is nobody of that name.
    """
    cast = result.cast
    wanted = key_of(text)
    number = f"person_{wanted:0>3}" if wanted.isascii() and wanted.isdigit() else ""
    for meant in filter(None, (wanted, number)):
        for own in cast.ids.tolist():
            if meant in (person_name(own), key_of(cast.names.get(own, ""))):
                return int(own)
    there = [cast.name_of(number) for number in range(len(cast.ids))]
    more = f" and {len(there) - _MOST_NAMED} more" if len(there) > _MOST_NAMED else ""
    raise InputError(
        f"{_short(text)}: no such person in {result.name}; there are"
        f" {', '.join(there[:_MOST_NAMED]) or 'none'}{more}"
    )


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
    return find_id(result, text)


def next_id(result: StoredResult, decisions: Decisions) -> int:
    """Return an id that nobody has or had."""
    return max(result.cast.next_id, decisions.next_id)


def _short(text: str) -> str:
    shown = text if text.isprintable() else text.encode("unicode_escape").decode()
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
