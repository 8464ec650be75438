"""Purity against completeness as a wrong merge costs more: both stages run again, no network."""

from __future__ import annotations

import dataclasses
import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ...data.errors import InputError
from ..config import Config
from .report import Report
from .text import Table, text_of

COSTS = (1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 50.0)
"""What a sweep says that a wrong merge costs, in missed ones."""

COST = "people.wrong_merge_cost"
"""The setting that a sweep moves."""

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
        value: of the setting.
        report: the figures.
        as_set: the value of the evaluation itself.
    """

    value: float
    report: Report
    as_set: bool = False


Sweeps = dict[str, list[SweepPoint]]
"""Setting -> points, by rising value."""


def sweep(
    config: Config,
    measure: Callable[[Config], Report],
    progress: Callable[[str, float, float | None], None],
) -> Sweeps:
    """Measure both stages at many costs of a wrong merge.

    Args:
        config: every other setting.
        measure: clusters with the given settings, and counts.
        progress: called as (step, completed, total).
    """
    as_set = config.people.wrong_merge_cost
    costs = sorted({*COSTS, as_set})
    points = []
    for done, cost in enumerate(costs):
        progress("sweep", done, len(costs))
        people = dataclasses.replace(config.people, wrong_merge_cost=cost)
        report = measure(dataclasses.replace(config, people=people))
        points.append(SweepPoint(cost, report, cost == as_set))
    progress("sweep", len(costs), len(costs))
    return {COST: points}


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
    """Return every figure at every value in the types of JSON."""
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


def _value(point: SweepPoint) -> str:
    return f"**{point.value:g}**" if point.as_set else f"{point.value:g}"


def _figures(report: Report) -> list[str]:
    sections = report.sections()
    parts = [name.split(".") for name in _COLUMNS]
    return [text_of(sections[section][figure]) for section, figure in parts]
