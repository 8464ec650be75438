"""Cells of CSV files, as spreadsheets take them."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


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
