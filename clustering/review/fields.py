"""The fields of a request: what a page asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...data.errors import InputError

Fields = Mapping[str, Any]


def text_of(fields: Fields, name: str) -> str:
    """Return a field that is text.

    Raises:
        InputError: it is missing, or something else.
    """
    value = fields.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name}: expected text, got {type(value).__name__}")
    return value


def crops_of(fields: Fields) -> list[str]:
    """Return the names of the crops that are meant.

    Raises:
        InputError: there are none.
    """
    value = fields.get("crops")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InputError("crops: expected names of crops")
    return value
