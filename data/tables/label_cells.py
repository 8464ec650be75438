"""The cells of a CSV of labels, and what each means."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, brief, quoted, shortened
from ..times import EXAMPLES, seconds_of
from .cells import as_meant
from .labels import IGNORE, NOT_A_FACE

BOX_COLUMNS = ("x", "y", "w", "h")
POSE_COLUMNS = ("yaw_deg", "pitch_deg", "visibility")

_LONGEST = 1000  # letters of a name: more is a damaged file
_DIGITS = 15  # of a frame, letters of a time

_SOURCES = (("source", "file"), ("film", "video", "photo"))
_PEOPLE = ("person", "who", "name")
_TIMES = ("time", "time_s", "at")


def with_points(cells: Mapping[str | None, Any]) -> dict[str | None, Any]:
    """Write the numbers of a row with points, where Excel writes commas."""
    numbers = {"frame", *_TIMES, *BOX_COLUMNS, *POSE_COLUMNS}
    return {
        name: cell.replace(",", ".") if name in numbers and isinstance(cell, str) else cell
        for name, cell in cells.items()
    }


def columns_of(path: Path, header: Sequence[str]) -> dict[str, str]:
    """Return the columns of source, person and time ("" = none), by these words.

    Raises:
        InputError: one is missing, or those of boxes are not complete.
    """
    columns = {name.strip().casefold(): name for name in header}
    sources = next(filter(None, ([n for n in names if n in columns] for names in _SOURCES)), [])
    people = [name for name in _PEOPLE if name in columns]
    times = [name for name in _TIMES if name in columns]
    if len(sources) != 1 or not people:
        raise InputError(
            f"{path}: expected the columns source (or file, film) and person (or who), got"
            f" {shortened(', '.join(header), 100) or 'none'}"
        )
    boxes = [name for name in BOX_COLUMNS if name in columns]
    if boxes and len(boxes) < len(BOX_COLUMNS):
        raise InputError(f"{path}: expected all of x, y, w, h or none, got {', '.join(boxes)}")
    if boxes and not ({"frame", *_TIMES} & columns.keys()):
        raise InputError(f"{path}: expected a column frame beside x, y, w, h (0 for photos)")
    return {"source": sources[0], "person": people[0], "time": times[0] if times else ""}


def row_of(
    cells: Mapping[str | None, Any], columns: Mapping[str, str], where: str
) -> dict[str, Any]:
    """Return what a row says, by the columns of ``Labels``.

    Args:
        cells: text by the header of the file.
        columns: as ``columns_of`` gives them.
        where: file and line, for messages.

    Raises:
        InputError: a cell is missing or cannot be read.
    """
    if None in cells or None in cells.values():
        raise InputError(f"{where}: expected as many cells as the header has")
    text = {str(name).strip().casefold(): as_meant(cell.strip()) for name, cell in cells.items()}
    source, person = text[columns["source"]], text[columns["person"]]
    for name, cell in (("source", source), ("person", person)):
        if not cell:
            raise InputError(f"{where}: expected a {columns[name]}, got an empty cell")
        if "\n" in cell or "\r" in cell:
            raise InputError(
                f"{where}: expected a {columns[name]} in one line, got several; is there a quote"
                " that never ends?"
            )
        if len(cell) > _LONGEST:
            raise InputError(
                f"{where}: expected a {columns[name]} of at most {_LONGEST} letters,"
                f" got {len(cell)}"
            )
    time_s = math.nan if text.get("frame") else _time(text.get(columns["time"], ""), where)
    return {
        "source": source,
        "frame": -1 if math.isfinite(time_s) else _frame(text.get("frame", ""), where),
        "box": _box(text, where) or (math.nan,) * 4,
        "person": _name(person),
        "outfit": _name(text.get("outfit", "")),
        **{name: _number(text.get(name, ""), name, where) for name in POSE_COLUMNS},
        "where": where,
        "time_s": time_s,
        "content": text.get("content", ""),
    }


def _name(cell: str) -> str:
    """Return a name in one form of Unicode and with single blanks: it is one person so."""
    name = " ".join(unicodedata.normalize("NFC", cell).split())
    meant = name.casefold()
    return meant if meant in (NOT_A_FACE, IGNORE) else name


def _time(cell: str, where: str) -> float:
    if not cell:
        return math.nan
    if len(cell) > _DIGITS:  # of hours, Python reads no more than some thousand digits
        raise InputError(f"{where}: expected a time such as {EXAMPLES}, got {quoted(cell)}")
    try:
        return seconds_of(cell)
    except ValueError as error:
        raise InputError(f"{where}: {brief(error)}") from error


def _frame(cell: str, where: str) -> int:
    if not cell:
        return 0
    whole, _, fraction = cell.partition(".")  # pandas writes 2.0 where other cells are empty
    if not whole.isdecimal() or fraction.strip("0") or len(cell) > _DIGITS:
        raise InputError(f"{where}: expected a frame of 0, 1, 2 ..., got {quoted(cell)}")
    return int(whole)


def _box(text: Mapping[str, str], where: str) -> tuple[float, float, float, float] | None:
    cells = [text.get(name, "") for name in BOX_COLUMNS]
    if not any(cells):
        return None
    x, y, w, h = (_number(cell, name, where) for name, cell in zip(BOX_COLUMNS, cells, strict=True))
    if not (w > 0 and h > 0 and math.isfinite(x + y)):
        raise InputError(
            f"{where}: expected x, y, and w, h above 0, got {shortened(', '.join(cells))}"
        )
    return x, y, x + w, y + h


def _number(cell: str, name: str, where: str) -> float:
    if not cell:
        return math.nan
    try:
        number = float(cell)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise InputError(f"{where}: expected a number in {name}, got {quoted(cell)}")
    return number
