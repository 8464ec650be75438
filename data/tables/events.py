"""Photos that belong together in time: what shots are to a film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .faces import IntArray

EVENT_GAP_S = 2 * 3600.0
"""Photos taken with gaps of at most so many seconds are one event."""


def folder_of(photo: str) -> str:
    """Return the folder of a photo by its name, "" for one in no folder."""
    return photo.rpartition("/")[0]


def photo_events(folder: IntArray, time_s: NDArray[np.float64]) -> list[IntArray]:
    """Put photos into events: by time where they have one, else all of a folder together.

    Args:
        folder: (num_photos,) int64, a code of the folder each photo is in.
        time_s: (num_photos,) float64, when each was taken, seconds; NaN = it does not say.

    Returns:
        The rows of each event: the dated events by time, rows of one time in the order given; then
        the undated ones by the code of their folder, rows in the order given.
    """
    dated = np.flatnonzero(np.isfinite(time_s))
    dated = dated[np.argsort(time_s[dated], kind="stable")]
    gaps = np.flatnonzero(np.diff(time_s[dated]) > EVENT_GAP_S) + 1
    events = [event for event in np.split(dated, gaps) if len(event)]
    undated = ~np.isfinite(time_s)
    return events + [
        np.flatnonzero(undated & (folder == name)) for name in np.unique(folder[undated])
    ]
