"""The style of plots: the colours of the report on white, with few lines."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from ....data.result.palette import LIGHT

INK, QUIET, LINE = "#1d1b18", "#655f57", "#e3ddd3"
BLUE, ORANGE = LIGHT[0], LIGHT[1]
LEGEND: dict[str, Any] = {"frameon": False, "fontsize": 9, "labelcolor": INK}
HALO = withStroke(linewidth=3, foreground="white")
_MAX_NAME = 22


def one_panel(width_in: float, height_in: float) -> tuple[Figure, Axes]:
    """Make a figure of one panel, its sides in inches."""
    figure = Figure(figsize=(width_in, height_in), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    style(axes)
    return figure, axes


def style(axes: Axes) -> None:
    """Remove what is not needed to read a panel."""
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.tick_params(colors=QUIET, labelcolor=INK, labelsize=9)
    axes.xaxis.label.set(size=9.5, color=QUIET)
    axes.yaxis.label.set(size=9.5, color=QUIET)


def title(axes: Axes, text: str) -> None:
    """Write a title above the left end of a panel."""
    axes.set_title(text, fontsize=11.5, loc="left", color=INK, pad=10)


def clipped(name: str) -> str:
    """Shorten a name; a $ in it begins no formula."""
    shown = name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"
    return shown.replace("$", r"\$")
