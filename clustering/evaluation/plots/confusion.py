"""The plot of who was taken for whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ....data.result.cast import Cast
from ....data.result.names import person_name
from ..gain import Confusion, LabelledFaces, confuse
from ..text import BY_FACE, WITH_CLOTHING
from .style import BLUE, INK, LINE, QUIET, clipped

_MAX_PEOPLE = 24  # more rows or columns than this cannot be read


def draw_confusion(name: str, table: LabelledFaces, cast: Cast | None = None) -> Figure:
    """Draw who was taken for whom, before and after, true people as rows.

    Args:
        name: of the result.
        table: its labelled faces.
        cast: who its people are: columns have their names or lasting ids; None = by number.
    """
    pairs = [
        (BY_FACE, confuse(table, table.before)),
        (WITH_CLOTHING, confuse(table, table.after)),
    ]
    grids = [_grid(confusion, cast) for _, confusion in pairs]
    widths = [grid.faces.shape[1] for grid in grids]
    height = 1.9 + 0.34 * max(1, grids[0].faces.shape[0])
    figure = Figure(
        figsize=(max(5.5, 2.4 + 0.42 * sum(widths)), height),
        layout="constrained",
        facecolor="white",
    )
    panels = figure.subplots(1, 2, sharey=True, width_ratios=widths)
    for axes, (title, _), grid in zip(panels, pairs, grids, strict=True):
        _draw_grid(axes, grid)
        axes.set_title(title, fontsize=10.5, loc="left", color=INK)
    panels[0].set_yticks(range(len(grids[0].rows)), grids[0].rows)
    figure.suptitle(
        f"Labelled faces of {clipped(name)}: true people by row, people found by column",
        fontsize=11, x=0.01, ha="left", color=INK,
    )  # fmt: skip
    return figure


@dataclass(frozen=True, eq=False)
class _Grid:
    """(num_rows, num_columns) faces, with unknown and missed as the last columns."""

    rows: list[str]
    columns: list[str]
    faces: NDArray[np.int64]


def _grid(confusion: Confusion, cast: Cast | None) -> _Grid:
    """Order people found so that matches are on the diagonal, and join small ones."""
    faces = confusion.faces
    names = [*range(len(faces))]
    if len(names) > _MAX_PEOPLE:
        totals = faces.sum(axis=1) + confusion.unknown + confusion.missed
        names = sorted(np.argsort(-totals, kind="stable")[:_MAX_PEOPLE].tolist())
    matched, partner = linear_sum_assignment(faces, maximize=True)
    of_name = dict(zip(matched.tolist(), partner.tolist(), strict=True))
    first = [of_name[name] for name in names if name in of_name and faces[name, of_name[name]]]
    by_size = np.argsort(-faces.sum(axis=0), kind="stable").tolist()
    rest = [person for person in by_size if person not in first]
    order = [*first, *rest]
    shown, joined = order[:_MAX_PEOPLE], order[_MAX_PEOPLE:]
    parts = [faces[:, shown]]
    called = cast.name_of if cast else person_name
    found = [called(confusion.people[number]) for number in shown]
    columns = [clipped(text.removeprefix("person_")) for text in found]
    if joined:
        parts.append(faces[:, joined].sum(axis=1, keepdims=True))
        columns.append(f"{len(joined)} more")
    parts += [confusion.unknown[:, None], confusion.missed[:, None]]
    whole = np.concatenate(parts, axis=1)[names]
    return _Grid(
        [clipped(confusion.names[name]) for name in names], [*columns, "unknown", "missed"], whole
    )


_SHADES = LinearSegmentedColormap.from_list("castlist", ["white", BLUE])


def _draw_grid(axes: Axes, grid: _Grid) -> None:
    shares = grid.faces / np.maximum(grid.faces.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap=_SHADES, vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(grid.faces):
        if count:
            colour = "white" if shares[row, column] > 0.5 else INK
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(grid.columns)), grid.columns, rotation=90, fontsize=8.5)
    axes.axvline(len(grid.columns) - 2.5, color=QUIET, linewidth=1)
    axes.set_xticks(np.arange(len(grid.columns)) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(grid.rows)) - 0.5, minor=True)
    axes.grid(which="minor", color=LINE, linewidth=0.6)
    axes.tick_params(which="both", length=0, colors=QUIET)
    axes.tick_params(axis="y", labelcolor=INK, labelsize=9)
    for side in axes.spines.values():
        side.set_color(LINE)
