"""Settings: the fields of a configuration, with default, range and text in one place.

A configuration is a frozen dataclass in the ``config.py`` of the room that it serves. Its checks,
the options of the command line and their help are made from its fields. Those modules import
nothing heavy, because ``--help`` reads them.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, get_type_hints

_KEY = "setting"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The allowed values of a setting, and its description.

    Attributes:
        text: what the setting is, with its unit.
        above, at_least, at_most, below: bounds of a number; None = none. A setting whose default is
            None may be None, whatever its bounds.
        one_of: names that a text may be; () = any text.
        endings: of files whose path is allowed too.
        joined_by: what stands between several of these, as in ``a+b``; "" = one only.
        or_a: description of those files, for messages, such as "an .onnx file with a YuNet".
        flags: options of the command line that set it.
        only_for: the tasks that use it; () = all.
        is_time: whether it is a time of a film, which may be written as ``1:30``.
    """

    text: str
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None
    one_of: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    or_a: str = ""
    joined_by: str = ""
    flags: tuple[str, ...] = ()
    only_for: tuple[str, ...] = ()
    is_time: bool = False

    def allows(self, value: Any) -> bool:
        """Return whether a value of the right type is within range."""
        if self.one_of:
            return all(self._names(part) for part in self.split(value))
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def named(self, key: str) -> str:
        """Return what messages call it: its key, and the option that sets it."""
        return f"{key} ({self.flags[0]})" if self.flags else key

    def split(self, value: str) -> list[str]:
        """Return the names that a text joins; a path may have ``joined_by`` in it."""
        parts = value.split(self.joined_by) if self.joined_by else [value]
        return parts if all(map(self._names, parts)) else [value]

    def _names(self, value: str) -> bool:
        return value in self.one_of or (bool(self.endings) and value.endswith(self.endings))

    @property
    def expected(self) -> str:
        """The allowed values, as text."""
        if self.one_of:
            more = f", or the path of {self.or_a}" if self.or_a else ""
            several = f", or several joined by {self.joined_by}" if self.joined_by else ""
            return f"one of {', '.join(self.one_of)}{more}{several}"
        if self.above is not None and self.below is not None:
            return f"a value between {self.above:g} and {self.below:g}"
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        bounds = (
            ("more than {:g}", self.above),
            ("{:g} or more", self.at_least),
            ("at most {:g}", self.at_most),
            ("below {:g}", self.below),
        )
        said = ", ".join(words.format(bound) for words, bound in bounds if bound is not None)
        return said or "another type"


def setting(default: Any, text: str, **more: Any) -> Any:
    """Make a field of a dataclass.

    Example: ``fps: float = setting(5.0, "frames analysed per second of film", above=0)``.

    Args:
        default: of the field.
        text: what the setting is, with its unit.
        more: as for ``Setting``.
    """
    return dataclasses.field(default=default, metadata={_KEY: Setting(text=text, **more)})


def settings_of(config: Any) -> dict[str, Setting]:
    """Return the fields that are settings, by name, of a configuration or of its class."""
    fields = dataclasses.fields(config)
    return {field.name: field.metadata[_KEY] for field in fields if _KEY in field.metadata}


@functools.cache
def types_of(config: type) -> Mapping[str, Any]:
    """Return the type of each field of a configuration's class, by name.

    Kept, since Python evaluates the annotations of all fields anew each time, and the command line
    asks for each option.
    """
    return MappingProxyType(get_type_hints(config))


def check_settings(config: Any, section: str = "", error: type[Exception] = ValueError) -> None:
    """Check every setting of a configuration against its type and range.

    Args:
        config: the dataclass.
        section: its name in messages, as in ``frames.fps``; "" = none.
        error: what is raised.

    Raises:
        ValueError: or ``error``, for the first value out of range.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(config)}
    for name, declared in settings_of(config).items():
        value = getattr(config, name)
        if (value is None and defaults[name] is None) or _fits(declared, value, defaults[name]):
            continue
        key = declared.named(f"{section}.{name}") if section else name
        raise error(f"{key}: expected {declared.expected}, got {value!r}")


def _fits(declared: Setting, value: Any, default: Any) -> bool:
    """Say whether a value is of the right type, no infinite number, and within range."""
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int) and not isinstance(value, Integral):
        return False
    if isinstance(default, str) and not isinstance(value, str):
        return False
    if isinstance(default, float) and not isinstance(value, Real):
        return False
    try:
        return (not isinstance(value, Real) or math.isfinite(value)) and declared.allows(value)
    except (TypeError, OverflowError):  # a whole number that is too large for a float
        return False
