"""Decisions of a user as lines of a file: one JSON object each, oldest first.

A line is never changed, with one exception: when a person is forgotten, their name goes from every
line. Taking a decision back is a line too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from ..errors import InputError, brief
from ..files import json_of, openable


class Line(Protocol):
    """A decision, of whatever kind."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]

    @property
    def line(self) -> int:
        """Its line in the file, from 1; 0 = not in it yet."""

    @property
    def undoes(self) -> int:
        """The number of the line that it takes back; 0 = none."""

    @property
    def person(self) -> int:
        """Id of the person it is about."""

    def to_json(self) -> str:
        """Return its line, without a line break."""


LineT = TypeVar("LineT", bound=Line)


@dataclass(frozen=True)
class DecisionLines(Generic[LineT]):
    """Every line of a file of decisions, in order; empty lines are none."""

    lines: tuple[LineT, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def last_line(self) -> int:
        """The number of the last line, 0 without any."""
        return self.lines[-1].line if self.lines else 0

    @property
    def undone(self) -> frozenset[int]:
        """The numbers of lines that were taken back."""
        return frozenset(decision.undoes for decision in self.lines if decision.undoes)

    @property
    def in_force(self) -> tuple[LineT, ...]:
        """The decisions that were not taken back, oldest first."""
        undone = self.undone
        return tuple(one for one in self.lines if not one.undoes and one.line not in undone)

    @property
    def taken_back(self) -> tuple[LineT, ...]:
        """Those that were taken back since the last other decision, the latest last."""
        by_line = {decision.line: decision for decision in self.lines}
        found: list[LineT] = []
        for one in self.lines:
            if one.undoes in by_line:
                found.append(by_line[one.undoes])
            elif found and _undated(one) == _undated(found[-1]):
                found.pop()  # it was brought back
            else:
                found.clear()
        return tuple(found)

    @property
    def to_bring_back(self) -> LineT:
        """What a redo brings back: the last that was taken back, unless another one came since.

        Raises:
            InputError: there is none.
        """
        if not self.taken_back:
            raise InputError("redo: nothing was taken back since the last decision")
        return self.taken_back[-1]

    def without_names(self, ids: Collection[int]) -> Self:
        """Return them without the names of some people."""
        lines = (
            dataclasses.replace(decision, name="") if decision.person in ids else decision
            for decision in self.lines
        )
        return type(self)(tuple(lines))

    def to_text(self) -> str:
        """Return the content of the file. Each decision stays in its line."""
        lines: list[str] = []
        for decision in self.lines:
            lines += [""] * (decision.line - 1 - len(lines))
            lines.append(decision.to_json())
        return "".join(f"{line}\n" for line in lines)


def _undated(decision: LineT) -> LineT:
    return dataclasses.replace(decision, time="", line=0)


def content_of(text: str) -> dict[str, Any]:
    """Return the fields of a line.

    Raises:
        ValueError: it is no object in JSON.
    """
    content = json_of(text)
    if not isinstance(content, dict):
        raise ValueError(f"expected an object, got {type(content).__name__}")
    return content


def line_undone(content: Mapping[str, Any], line: int) -> int:
    """Return the number of the line that an undo takes back; ``line`` is its own.

    Raises:
        ValueError: it is not that of an earlier line.
    """
    undoes = content.get("line")
    if type(undoes) is not int or not 0 < undoes < line:
        raise ValueError(f"expected an earlier line to take back, got {undoes!r}")
    return undoes


def read_lines(
    path: Path, from_json: Callable[[str, int], LineT], may_be_cut: bool = False
) -> tuple[LineT, ...]:
    """Read a file of decisions; none where there is no such file.

    Args:
        path: of the file.
        from_json: reads a line, given its number; raises ValueError, TypeError or KeyError.
        may_be_cut: a last line without its end was being written when the power went: it is no
            decision yet.

    Raises:
        InputError: a line is damaged; the message has its number.
    """
    try:
        text = openable(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected decisions as text, got: {brief(error)}") from error
    lines = []
    texts = text.split("\n")
    for number, line in enumerate(texts[:-1] if may_be_cut else texts, start=1):
        if not line.strip():
            continue
        try:
            lines.append(from_json(line, number))
        except (ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"{path}, line {number}: expected a decision of castlist, but"
                f" {str(error) or 'it is none'}; mend or delete that line"
            ) from error
    return tuple(lines)
