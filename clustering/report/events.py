"""Events of photos under the titles that the page gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...data.result.facts import SourceFacts
from ...data.tables import events
from ...data.tables.events import folder_of
from .wording import taken


@dataclass(frozen=True)
class Event:
    """Photos taken without a long pause, or the undated photos of one folder, in order."""

    title: str
    short: str
    photos: tuple[str, ...]


def photo_events(photos: Sequence[SourceFacts]) -> list[Event]:
    """Sort photos into events: dated ones by time, undated ones by folder, after them."""
    by_name = sorted(photos, key=lambda photo: photo.name)
    taken_s = np.array([photo.taken_s for photo in by_name], np.float64)  # None becomes NaN
    folders = [folder_of(photo.name) for photo in by_name]
    order: dict[str, int] = {}  # of folders, by their first undated photo
    for row in np.argsort(np.isfinite(taken_s), kind="stable").tolist():
        order.setdefault(folders[row], len(order))
    folder = np.array([order[name] for name in folders], np.int64)
    groups = [[by_name[row] for row in event] for event in events.photo_events(folder, taken_s)]
    return [_event(group) for group in groups]


def _event(photos: Sequence[SourceFacts]) -> Event:
    names = tuple(photo.name for photo in photos)
    times_s = [photo.taken_s for photo in (photos[0], photos[-1])]
    if not np.isfinite(np.array(times_s, np.float64)).all():
        return Event(folder_of(names[0]) or "Photos without a date", "no date", names)
    first, last = (taken(time_s or 0.0) for time_s in times_s)
    day, _, end = last.partition(" ")
    span = first if first == last else f"{first} to {end if first.startswith(day) else last}"
    return Event(span, first.partition(" ")[0], names)
