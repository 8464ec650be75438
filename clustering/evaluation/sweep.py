"""Precision against recovery at many thresholds: both stages run again, no network does."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.errors import InputError
from ..config import Config
from ..stages.face_stage import threshold_of
from .report import Report
from .text import Table, text_of

MARGINS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8)
"""Margins from which votes of clothing count, that a sweep tries."""

FACTORS = (0.7, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3)
"""What a sweep multiplies the threshold of stage 1 by."""

MARGIN, THRESHOLD = "cloth.margin", "face.threshold"
"""The settings that a sweep moves."""

_COLUMNS = {
    "before.people": "people by face",
    "before.unknown_share": "unknown",
    "before.wcp_known": "WCP_known",
    "after.unknown_share": "unknown with clothing",
    "stage_2.reassigned": "reassigned",
    "stage_2.reassignment_precision": "precision",
    "stage_2.recovery": "recovery (a)",
    "stage_2.recovery_small": "recovery (b)",
    "stage_2.harm": "harm",
    "after.wcp_known": "WCP_known with clothing",
    "after.one_to_one": "one-to-one",
}


@dataclass(frozen=True)
class SweepPoint:
    """The figures of both stages at one value of a setting.

    Attributes:
        value: of the setting; None = measured on each film.
        report: the figures.
        as_set: the value of the evaluation itself.
    """

    value: float | None
    report: Report
    as_set: bool = False


Sweeps = dict[str, list[SweepPoint]]
"""Setting -> points, by rising value; the value that each film chooses comes first."""


def sweep_values(config: Config) -> dict[str, list[float | None]]:
    """Return the values to try of each setting that a sweep moves."""
    values: dict[str, list[float | None]] = {}
    if config.cloth.method != "none":
        as_set = () if config.cloth.margin is None else (config.cloth.margin,)
        values[MARGIN] = [None, *sorted({*MARGINS, *as_set})]
    threshold = threshold_of(config.face)
    values[THRESHOLD] = [round(threshold * factor, 4) for factor in FACTORS]
    if _as_set(config, THRESHOLD) is None:
        values[THRESHOLD].insert(0, None)
    return values


def sweep(
    config: Config,
    measure: Callable[[Config], Report],
    progress: Callable[[str, float, float | None], None],
) -> Sweeps:
    """Measure both stages at many values of two settings, one setting at a time.

    Args:
        config: every other setting.
        measure: clusters with the given settings, and counts.
        progress: called as (step, completed, total).
    """
    todo = [(name, value) for name, values in sweep_values(config).items() for value in values]
    sweeps: Sweeps = {}
    for done, (name, value) in enumerate(todo):
        progress("sweep", done, len(todo))
        report = measure(_with(config, name, value))
        point = SweepPoint(value, report, value == _as_set(config, name))
        sweeps.setdefault(name, []).append(point)
    progress("sweep", len(todo), len(todo))
    return sweeps


def pool(sweeps: Sequence[Sweeps]) -> Sweeps:
    """Add the counts of several films, value by value.

    Raises:
        InputError: other values were tried of one film than of another.
    """
    values = [{name: [point.value for point in of] for name, of in each.items()} for each in sweeps]
    if any(tried != values[0] for tried in values):
        raise InputError(
            "--sweep: expected results made with the same settings, to be added up, got others;"
            " sweep them one by one"
        )
    return {
        name: [
            dataclasses.replace(
                points[0], report=functools.reduce(operator.add, (point.report for point in points))
            )
            for points in zip(*(each[name] for each in sweeps), strict=True)
        ]
        for name in (sweeps[0] if sweeps else {})
    }


def as_dict(sweeps: Sweeps) -> dict[str, list[dict[str, Any]]]:
    """Return every figure at every value in the types of JSON; null = the value of each film."""
    return {
        name: [{"value": point.value, **point.report.sections()} for point in points]
        for name, points in sweeps.items()
    }


def to_markdown(sweeps: Sweeps) -> str:
    """Return a table for each setting, its value in the evaluation itself in bold."""
    return "\n\n".join(
        Table(
            [name, *_COLUMNS.values()],
            [[_value(point), *_figures(point.report)] for point in points],
        ).to_markdown()
        for name, points in sweeps.items()
    )


def _as_set(config: Config, name: str) -> float | None:
    """Return the value in effect; None = measured on each film."""
    if name == MARGIN:
        return config.cloth.margin
    face = config.face
    film_chooses = face.distance == "calibrated" and not face.method.startswith("online")
    return None if film_chooses and face.threshold is None else threshold_of(face)


def _with(config: Config, name: str, value: float | None) -> Config:
    section, _, key = name.partition(".")
    moved = dataclasses.replace(getattr(config, section), **{key: value})
    return dataclasses.replace(config, **{section: moved})


def _value(point: SweepPoint) -> str:
    value = "the film's own" if point.value is None else f"{point.value:g}"
    return f"**{value}**" if point.as_set else value


def _figures(report: Report) -> list[str]:
    sections = report.sections()
    parts = [name.split(".") for name in _COLUMNS]
    return [text_of(sections[section][figure]) for section, figure in parts]
