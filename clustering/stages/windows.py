"""Windows: how long clothes can be trusted to stay the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.events import photo_events
from ...data.tables.faces import IntArray


@dataclass(frozen=True, eq=False)
class Window:
    """A stretch of one film, or the photos of one event.

    Attributes:
        context: rows whose clothes may be compared here.
        decided: those of them that are decided here; every row is decided in one window.
    """

    context: IntArray
    decided: IntArray


def film_windows(
    source: IntArray, start_s: NDArray[np.float64], end_s: NDArray[np.float64], window_s: float
) -> list[Window]:
    """Cut films into windows of ``window_s`` that overlap by half.

    A row is decided in the window whose centre is nearest, so that it has at least a quarter of
    the window on either side of it to be compared with.

    Args:
        source: (num_rows,) int64, the film of each row.
        start_s: (num_rows,) float64, seconds.
        end_s: (num_rows,) float64, seconds.
        window_s: length of a window, seconds.
    """
    step_s = window_s / 2
    number = np.round((start_s + end_s) / 2 / step_s).astype(np.int64)
    windows = []
    for film, here in sorted(set(zip(source.tolist(), number.tolist(), strict=True))):
        near = (start_s <= (here + 1) * step_s) & (end_s >= (here - 1) * step_s)
        windows.append(
            Window(
                np.flatnonzero((source == film) & near),
                np.flatnonzero((source == film) & (number == here)),
            )
        )
    return windows


def photo_windows(folder: IntArray, time_s: NDArray[np.float64]) -> list[Window]:
    """Make each event of photos a window; arguments as of ``photo_events``."""
    return [Window(np.sort(event), np.sort(event)) for event in photo_events(folder, time_s)]
