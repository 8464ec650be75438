"""Plots of an evaluation: unknown faces, a sweep, confusions, predicted and true precision.

Imports matplotlib, so import it where plots are made. Every figure is a separate object: no global
state is opened or changed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ....data.files import replacing_file
from ....data.result.palette import LIGHT, UNKNOWN_LIGHT
from ..bootstrap import Interval, bootstrap
from ..gain import LabelledFaces, judge
from ..pooling import Evaluation
from ..sweep import SweepPoint
from ..text import BY_FACE, WITH_CLOTHING
from .confusion import draw_confusion
from .style import BLUE, HALO, INK, LEGEND, LINE, ORANGE, QUIET, clipped, one_panel, style, title

_DRAWS = 300


@dataclass(frozen=True)
class PredictedPrecision:
    """The precision that stage 2 predicted for a film, beside the one it had.

    Attributes:
        name: of the film.
        predicted: without labels, 0..1.
        true: by the labels, 0..1.
        interval: of ``true``.
        changes: labelled faces that stage 2 changed.
    """

    name: str
    predicted: float
    true: float
    interval: Interval
    changes: int


@dataclass(frozen=True)
class Share:
    """The share of unknown faces of one film, by face alone and with clothing, 0..1."""

    name: str
    before: float
    after: float


def draw(evaluation: Evaluation) -> dict[str, Figure]:
    """Draw every plot for which there is data.

    Returns:
        File name without its ending -> figure.
    """
    figures = {"unknown": draw_unknown(unknown_shares(evaluation))}
    for number, (name, table) in enumerate(evaluation.tables.items(), start=1):
        suffix = f"-{number}" if len(evaluation.tables) > 1 else ""
        figures[f"confusion{suffix}"] = draw_confusion(
            short(name), table, evaluation.casts.get(name)
        )
    if predicted := predictions(evaluation):
        figures["predicted"] = draw_predictions(predicted)
    if evaluation.sweeps:
        figures["sweep"] = draw_sweeps(evaluation.sweeps)
    return figures


def write_plots(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write each figure as a PNG; files of those names are replaced.

    Raises:
        OSError: the folder cannot be written to.
    """
    written = []
    for name, figure in figures.items():
        path = folder / f"{name}.png"
        with replacing_file(path) as partial:
            partial.write_bytes(picture_of(figure, "png"))
        written.append(path)
    return written


def picture_of(figure: Figure, kind: Literal["png", "svg"]) -> bytes:
    """Return the figure as a file; as SVG the same each time."""
    picture = io.BytesIO()
    with warnings.catch_warnings(), rc_context({"svg.hashsalt": "castlist"}):
        warnings.simplefilter("ignore")  # of letters that the font lacks
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(picture, format=kind, dpi=150, metadata=metadata)
    return picture.getvalue()


def unknown_shares(evaluation: Evaluation) -> list[Share]:
    """Return the share of unknown faces of each result with faces."""
    shares = []
    for name, report in evaluation.reports.items():
        before, after = report.before.unknown_share, report.after.unknown_share
        if before is not None and after is not None:
            shares.append(Share(short(name), before, after))
    return shares


def predictions(evaluation: Evaluation) -> list[PredictedPrecision]:
    """Return the precision predicted and the true one of each result where both exist."""
    found = []
    for name, report in evaluation.reports.items():
        predicted, true = report.prediction.predicted_precision, report.prediction.true_precision
        if predicted is not None and true is not None:
            interval = bootstrap([evaluation.tables[name]], _reassignment_precision, _DRAWS).get(
                "precision", Interval(true, true)
            )
            found.append(
                PredictedPrecision(short(name), predicted, true, interval, report.gain.reassigned)
            )
    return found


def short(name: str) -> str:
    """Return the last informative part of a path: of x/video.mp4 the folder x."""
    path = Path(name)
    generic = path.stem.casefold() in ("video", "film", "movie", "scene", "result", "out", "")
    return path.parent.name if generic and path.parent.name else path.stem


def draw_unknown(shares: Sequence[Share]) -> Figure:
    """Draw the share of unknown faces by face alone and with clothing, one line per film."""
    figure, axes = one_panel(7.2, 1.5 + 0.42 * max(1, len(shares)))
    rows = np.arange(len(shares))[::-1]
    before = [100 * share.before for share in shares]
    after = [100 * share.after for share in shares]
    axes.hlines(rows, after, before, color=LINE, linewidth=5, zorder=1)
    axes.scatter(before, rows, s=120, color=UNKNOWN_LIGHT, label=BY_FACE, zorder=2)
    axes.scatter(after, rows, s=60, color=BLUE, label=WITH_CLOTHING, zorder=3)
    for row, one, other in zip(rows, before, after, strict=True):
        text = f"{one:.1f} → {other:.1f} %"
        axes.text(102, row, text, va="center", fontsize=9.5, color=INK)
    axes.set_yticks(rows, [clipped(share.name) for share in shares])
    axes.set_xlim(-1.5, 100)
    axes.set_ylim(-0.6, len(shares) - 0.4)
    axes.set_xlabel("unknown, % of the labelled faces that were found")
    title(axes, "Unknown faces")
    axes.grid(axis="x", color=LINE, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.3, **LEGEND)
    return figure


def draw_sweeps(sweeps: Mapping[str, Sequence[SweepPoint]]) -> Figure:
    """Draw purity against completeness as a setting moves, a panel for each."""
    figure = Figure(figsize=(5.2 * len(sweeps) + 0.4, 4.4), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(sweeps), sharey=True, squeeze=False)[0]
    for axes, (name, points) in zip(panels, sweeps.items(), strict=True):
        style(axes)
        axes.grid(color=LINE, linewidth=0.8)
        _draw_sweep(axes, [point for point in points if _is_drawn(point)])
        axes.set_xlabel("one-to-one accuracy, % of the faces found")
        axes.set_title(f"as {name} moves", fontsize=10.5, loc="left", color=INK)
    panels[0].set_ylabel("purity of known faces (WCP), %")
    return figure


def draw_predictions(points: Sequence[PredictedPrecision]) -> Figure:
    """Draw the precision that stage 2 predicted against the true one: equal on the line.

    A bar is the 95 % interval over tracks. A name may come several times, at other settings.
    """
    figure, axes = one_panel(8.4, 4.9)
    low = min(min(point.predicted, point.true) for point in points)
    edge = max(0.0, np.floor(20 * low - 0.5) / 20)
    axes.plot([edge, 1], [edge, 1], color=UNKNOWN_LIGHT, linewidth=1, linestyle="--", zorder=1)
    by_changes = sorted(points, key=lambda point: -point.changes)
    names = list(dict.fromkeys(point.name for point in by_changes))
    for number, name in enumerate(names):
        colour = LIGHT[number % len(LIGHT)]
        of_name = [point for point in points if point.name == name]
        for point in of_name:
            axes.plot(
                [point.predicted] * 2, [point.interval.low, point.interval.high], color=colour,
                linewidth=2, alpha=0.5, zorder=2,
            )  # fmt: skip
        most = max(point.changes for point in of_name)
        axes.scatter(
            [point.predicted for point in of_name], [point.true for point in of_name],
            color=colour, s=max(30, 150 - 35 * number), zorder=3 + number, edgecolor="white",
            label=f"{clipped(name)}, {'up to ' if len(of_name) > 1 else ''}{most:,} changed",
        )  # fmt: skip
    room = 0.04 * (1 - edge)
    axes.set_xlim(edge - room, 1 + room)
    axes.set_ylim(edge - room, 1 + room)
    axes.set_box_aspect(1)
    axes.grid(color=LINE, linewidth=0.8)
    axes.set_xlabel("precision predicted, without labels")
    axes.set_ylabel("true precision, by the labels")
    title(axes, "Predicted and true precision of stage 2")
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), **LEGEND)
    return figure


def _draw_sweep(axes: Axes, points: Sequence[SweepPoint]) -> None:
    line = np.array([_xy(point) for point in points]).reshape(-1, 2)
    axes.plot(*line.T, color=BLUE, linewidth=1.6, marker="o", markersize=5, zorder=2)
    axes.margins(0.09, 0.14)
    near = 0.06 * np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())])
    taken: list[NDArray[np.float64]] = []
    for point in sorted(points, key=lambda point: not point.as_set):  # its label first
        place = np.array(_xy(point))
        if point.as_set:
            axes.scatter(
                place[0], place[1], marker="*", s=200, color=ORANGE, edgecolor="white", zorder=4,
                label="as set",
            )  # fmt: skip
            axes.legend(loc="lower left", **LEGEND)
        # Labels on top of each other cannot be read.
        if all((np.abs(place - other) > near).any() for other in taken):
            axes.annotate(
                f"{point.value:g}", (place[0], place[1]), textcoords="offset points",
                xytext=(0, 9), ha="center", fontsize=8, color=QUIET, path_effects=[HALO],
            )  # fmt: skip
            taken.append(place)


def _is_drawn(point: SweepPoint) -> bool:
    after = point.report.after
    return after.wcp_known is not None and after.one_to_one is not None


def _xy(point: SweepPoint) -> tuple[float, float]:
    after = point.report.after
    return 100 * (after.one_to_one or 0.0), 100 * (after.wcp_known or 0.0)


def _reassignment_precision(tables: Sequence[LabelledFaces]) -> dict[str, float]:
    precision = judge(tables[0]).count().reassignment_precision
    return {} if precision is None else {"precision": precision}
