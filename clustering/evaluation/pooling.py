"""Several results and label files: paired by source, evaluated one by one and pooled."""

from __future__ import annotations

import functools
import json
import operator
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from ...data.errors import InputError, shortened
from ...data.result.cast import Cast
from ...data.result.result import StoredResult
from ...data.tables.label_repeats import without_repeats
from ...data.tables.labels import Labels
from ..report.wording import count, notices_text
from . import sweep
from .belonging import notes_on, refuse_strangers
from .bootstrap import Interval, bootstrap
from .evaluate import labelled_faces, measure, report_on
from .gain import LabelledFaces
from .matching import looked_at, match_labels
from .report import Report
from .text import (
    BY_FACE,
    WITH_CLOTHING,
    headline,
    report_as_dict,
    report_to_markdown,
    side_by_side,
)


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def source_names(self) -> set[str]: ...

    @property
    def contents(self) -> Mapping[str, str]: ...


_Item = TypeVar("_Item", bound=_Named)


@dataclass(frozen=True)
class Evaluation:
    """Reports of all results, their sum, and its intervals.

    Attributes:
        reports: by the name of the result.
        pooled: their sum.
        intervals: of the pooled figures, as ``section.figure``, and ``change.figure`` for after
            minus before.
        tables: the labelled faces of each result, by its name.
        notices: sentences about each result, by its name.
        sweeps: the pooled figures as a setting moves; empty without a sweep.
        doubts: sentences on labels that were left out, or hardly fit; among the notices, too.
        casts: who the people of each result are, by its name.
    """

    reports: Mapping[str, Report]
    pooled: Report
    intervals: Mapping[str, Interval]
    tables: Mapping[str, LabelledFaces]
    notices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sweeps: sweep.Sweeps = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    casts: Mapping[str, Cast] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the pooled figures with intervals, and each result's, as JSON."""
        pooled = report_as_dict(self.pooled.sections(), self.pooled.bands, self.intervals)
        results = {
            name: {
                **report_as_dict(report.sections(), report.bands),
                "notices": list(self.notices.get(name, ())),
            }
            for name, report in self.reports.items()
        }
        sweeps = {"sweep": sweep.as_dict(self.sweeps)} if self.sweeps else {}
        return json.dumps({**pooled, **sweeps, "results": results}, indent=2)

    @property
    def headline(self) -> str:
        """``86 % of faces right (53 % by face alone), none harmed``."""
        return headline(self.pooled.gain)

    def to_text(self) -> str:
        """Return the headline, how many labelled faces were found, and a line for each result."""
        found = self.pooled.detection
        lines = [
            self.headline,
            f"{count(found.labels, 'labelled face')}: {found.found} found, {found.missed} missed,"
            f" {found.not_looked_at} not looked at",
            f"{count(found.people_after, 'person', 'people')} found,"
            f" {self.pooled.after.true_people} labelled",
        ]
        if len(self.reports) > 1:
            lines += [f"  {name}: {headline(report.gain)}" for name, report in self.reports.items()]
        lines += [f"Note: {sentence}" for sentence in self.doubts]
        if self.sweeps:
            lines.append(f"\n{sweep.to_markdown(self.sweeps)}")
        return "\n".join(lines)

    __str__ = to_text

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame`` of the pooled figures by face alone and with clothing.

        Raises:
            InputError: pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError("to_pandas needs pandas; run: pip install pandas") from error
        figures = side_by_side(self.pooled.sections())
        frame = pd.DataFrame(figures, index=[BY_FACE, WITH_CLOTHING], dtype=float).T
        return frame.assign(change=frame[WITH_CLOTHING] - frame[BY_FACE])

    def to_markdown(self) -> str:
        """Return the pooled tables, and where there are several results, each one's."""
        text = report_to_markdown(self.pooled.sections(), self.pooled.bands, self.intervals)
        if self.sweeps:
            text += f"\n{sweep.to_markdown(self.sweeps)}\n"
        notices = {
            name: "".join(f"\nNote: {sentence}\n" for sentence in self.notices.get(name, ()))
            for name in self.reports
        }
        if len(self.reports) == 1:
            return text + "".join(notices.values())
        each = [
            f"## {name}\n\n{report.to_markdown()}{notices[name]}"
            for name, report in self.reports.items()
        ]
        return "\n".join([f"## All {len(each)} results\n\n{text}", *each])


def evaluate_pairs(
    pairs: Sequence[tuple[StoredResult, Labels]],
    num_resamples: int = 0,
) -> Evaluation:
    """Evaluate each result with its labels, pool the counts, and bootstrap over tracks.

    Args:
        pairs: results with their labels, at least one; ``pair_results`` finds them.
        num_resamples: draws for intervals; 0 = no intervals.

    Raises:
        InputError: labels are of other films.
    """
    reports: dict[str, Report] = {}
    tables: dict[str, LabelledFaces] = {}
    notices: dict[str, Sequence[str]] = {}
    doubts: list[str] = []
    casts: dict[str, Cast] = {}
    for result, labels in pairs:
        matches = match_labels(result.faces, labels, looked_at(result.sources) or None)
        refuse_strangers(labels, matches, result.contents)
        name = _unused(result.name, reports)
        casts[name] = result.cast
        tables[name] = labelled_faces(result.faces, labels, matches)
        notes = notes_on(labels, matches)
        notices[name] = [*notices_text(result.run), *notes]
        doubts += notes
        reports[name] = report_on(result.faces, labels, matches, result.run.predicted_precision)
    pooled = functools.reduce(operator.add, reports.values())
    intervals = {}
    if num_resamples:
        intervals = bootstrap([*tables.values()], resampled_figures, num_resamples)
    return Evaluation(
        reports, pooled, intervals, tables, notices, doubts=tuple(doubts), casts=casts
    )


def pair_results(
    results: Sequence[_Item], label_files: Sequence[Labels]
) -> list[tuple[_Item, Labels]]:
    """Find the labels of each result, or of each film to be clustered.

    All labels are of the only result, if there is one. Several are paired by source. Where
    two of them have a source of the same name, there must be a label file for each, in their order.
    Sources may lack folders that a result puts in front of their names.

    Raises:
        InputError: nothing to pair, labels of no result, a result without labels, or no way to
            tell whose labels they are.
    """
    if not results or not label_files:
        raise InputError(
            f"expected results and labels, got {len(results)} and {len(label_files)} of them"
        )
    if len(results) == 1:
        return [(results[0], without_repeats(_named(Labels.concatenate(label_files), results)))]
    shared = [
        name for name, n in Counter(s for r in results for s in r.source_names).items() if n > 1
    ]
    if not shared:
        return _pair_by_source(results, Labels.concatenate(label_files))
    if len(results) != len(label_files):
        raise InputError(
            f"{len(results)} results, and more than one has the source {sorted(shared)[0]}:"
            f" expected as many label files, in their order, got {len(label_files)}"
        )
    return [
        (result, _named(labels, [result]))
        for result, labels in zip(results, label_files, strict=True)
    ]


def resampled_figures(tables: Sequence[LabelledFaces]) -> dict[str, float]:
    """Return the pooled ratios that depend on labelled faces alone, and their changes.

    Counts are left out, and the cluster ratio: a draw without a person's tracks misses the person.
    """
    sections = functools.reduce(operator.add, [measure(table) for table in tables]).ratios()
    figures = {
        f"{section}.{name}": value
        for section, ratios in sections.items()
        for name, value in ratios.items()
        if value is not None and name != "cluster_ratio"
    }
    changes = {
        f"change.{name}": figures[f"after.{name}"] - figures[f"before.{name}"]
        for name in sections["after"]
        if f"after.{name}" in figures and f"before.{name}" in figures
    }
    return {**figures, **changes}


def _pair_by_source(results: Sequence[_Item], labels: Labels) -> list[tuple[_Item, Labels]]:
    known: set[str] = set().union(*(result.source_names for result in results))
    labels = without_repeats(_named(labels, results))
    unknown = np.flatnonzero(~np.isin(labels.source, sorted(known)))
    if unknown.size:
        row = int(unknown[0])
        raise InputError(
            f"{labels.where[row]}: no result is about {shortened(str(labels.source[row]))}"
        )
    pairs = []
    for result in results:
        of_result = labels[np.isin(labels.source, sorted(result.source_names))]
        if not len(of_result):
            raise InputError(f"{result.name}: expected labels of its sources, got none")
        pairs.append((result, of_result))
    return pairs


def _named(labels: Labels, results: Sequence[_Named]) -> Labels:
    """Return labels with each source under the name that it has in the results."""
    labels = labels.named_like(set[str]().union(*(result.source_names for result in results)))
    if not (labels.content != "").any():
        return labels
    contents: dict[str, str] = {}
    for result in results:
        contents.update(result.contents)
    return labels.fitted_to(contents)


def _unused(name: str, taken: Mapping[str, Report]) -> str:
    """Number repeated names, so that no report is lost."""
    candidates = (name if n == 1 else f"{name} ({n})" for n in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)
