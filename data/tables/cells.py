"""CSV files as spreadsheets write them, and cells as spreadsheets take them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def rows_of(content: bytes) -> tuple[csv.DictReader[str], int]:
    """Read a CSV file as Excel and others save it, columns separated by commas, semicolons or tabs.

    Returns:
        Its rows, and how many lines are above its header.

    Raises:
        UnicodeDecodeError: it is no text.
    """
    text = _decoded(content)
    lines = StringIO(text, newline="")
    above = int(_is_hint(text))
    for _ in range(above):
        lines.readline()
    return csv.DictReader(lines, delimiter=_delimiter_of(text), strict=True), above


def _decoded(content: bytes) -> str:
    """Decode UTF-8, UTF-16 with its mark, or cp1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content:  # no text at all
            raise
        return content.decode("cp1252")


def _delimiter_of(text: str) -> str:
    """Return what separates the columns of the header; Excel's depends on the country."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _is_hint(text: str) -> bool:
    """Say whether a file begins with a line that only tells Excel what separates the columns."""
    return text[:6].rstrip("\r\n").casefold() in ("sep=,", "sep=;", "sep=\t")


def is_empty(cells: Mapping[str | None, Any]) -> bool:
    """Say whether nothing is written in a row, as in those at the end of a spreadsheet."""
    return not any(isinstance(cell, list) or (cell or "").strip() for cell in cells.values())


def shown_as_text(cell: object) -> object:
    """Return a cell so that a spreadsheet computes nothing from it.

    Text that begins like a formula gets an apostrophe in front, as spreadsheets themselves mark
    text (OWASP, CSV injection); numbers stay as they are.
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _is_number(cell):
        return f"'{cell}"
    return cell


def as_meant(cell: str) -> str:
    """Return the text of a cell; the inverse of ``shown_as_text``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii()
