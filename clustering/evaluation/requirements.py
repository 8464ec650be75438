"""``recovery>=0.6``: bounds of figures, so that CI can check an evaluation."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...data.errors import MisuseError
from .scores import Figure

_COMPARISONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_PATTERN = re.compile(r"\s*([a-z0-9_.]+)\s*(>=|<=|>|<)\s*(\S+)\s*")
_SECTIONS = ("stage_2", "after", "detection", "before")


@dataclass(frozen=True)
class Requirement:
    """One figure against one bound.

    Attributes:
        figure: ``section.name``, or a name alone: the first of stage_2, after, detection that
            has it.
        comparison: ">=", "<=", ">" or "<".
        bound: the number to compare with.
    """

    figure: str
    comparison: str
    bound: float

    def __str__(self) -> str:
        return f"{self.figure}{self.comparison}{self.bound:g}"


def parse_requirement(text: str) -> Requirement:
    """Read ``figure>=number``.

    Raises:
        MisuseError: the text has another form.
    """
    match = _PATTERN.fullmatch(text)
    try:
        if match:
            return Requirement(match[1], match[2], float(match[3]))
    except ValueError:
        pass
    raise MisuseError(f"--require: expected a figure, >=, <=, > or <, and a number, got {text!r}")


def find_figure(sections: Mapping[str, Mapping[str, Figure]], name: str) -> Figure:
    """Return the value of ``section.name`` or ``name``.

    Raises:
        MisuseError: there is no such figure; the message names the existing ones.
    """
    section, dot, figure = name.rpartition(".")
    for candidate in (section,) if dot else _SECTIONS:
        if figure in sections.get(candidate, {}):
            return sections[candidate][figure]
    known = sorted({figure for figures in sections.values() for figure in figures})
    raise MisuseError(f"--require: expected one of {', '.join(known)}, got {name!r}")


def failures(
    requirements: list[Requirement], sections: Mapping[str, Mapping[str, Figure]]
) -> list[str]:
    """Return a sentence for each requirement that does not hold, such as of an undefined figure."""
    sentences = []
    for requirement in requirements:
        value = find_figure(sections, requirement.figure)
        holds = value is not None and _COMPARISONS[requirement.comparison](value, requirement.bound)
        if not holds:
            got = "n/a (over no faces)" if value is None else f"{value:.6g}"
            sentences.append(f"required {requirement}, got {got}")
    return sentences
