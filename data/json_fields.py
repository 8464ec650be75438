"""Fields of dataclasses from and to JSON."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "Literal": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "Fraction": (str, int, float, Fraction),
    "tuple": (list, tuple),
    "Mapping": (Mapping,),
    "None": (type(None),),
}
"""What JSON, or a program, may have for a field, by the first word of its annotation."""

_OF_ONE_TYPE = re.compile(r"(tuple|Mapping)\[(\w+), (\w+|\.\.\.)\]")


def known_fields(kind: type[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a dataclass has; JSON's lists become tuples again.

    Raises:
        TypeError: one is of another type than the dataclass says.
    """
    if not isinstance(fields, Mapping):
        raise TypeError(f"{kind.__name__}: expected named fields, got {type(fields).__name__}")
    found = {}
    for column in dataclasses.fields(kind):
        if column.name in fields:
            value = fields[column.name]
            _check_type(column.name, value, str(column.type))
            found[column.name] = tuple(value) if isinstance(value, list) else value
    return found


def _check_type(name: str, value: Any, annotation: str) -> None:
    words = [part.strip() for part in annotation.split("|")]
    allowed = [kind for word in words for kind in _TYPES.get(word.partition("[")[0], ())]
    is_flag = isinstance(value, bool) and bool not in allowed
    if allowed and (is_flag or not isinstance(value, tuple(allowed))):
        raise TypeError(f"{name}: expected {annotation}, got {type(value).__name__}")
    generic = _OF_ONE_TYPE.fullmatch(words[0])
    if generic and value is not None:
        if generic[1] == "tuple" and generic[3] != "..." and len(value) != 2:
            raise TypeError(f"{name}: expected two numbers, got {len(value)}")
        values, of = (value, generic[2]) if generic[1] == "tuple" else (value.values(), generic[3])
        for item in values if of in _TYPES else ():
            _check_type(name, item, f"{of} | None")  # numbers that JSON cannot represent are null


def plain(value: Any) -> Any:
    """Convert a value for JSON: NaN and infinity to None, unknown types to text."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a NumPy scalar
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int | bool) else str(value)
