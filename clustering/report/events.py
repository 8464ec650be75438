"""Photos that belong together in time: what shots are to a film."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from ...data.result.facts import SourceFacts
from .wording import taken

EVENT_GAP_S = 2 * 3600.0
"""A pause of more than this many seconds begins a new event."""


@dataclass(frozen=True)
class Event:
    """Photos taken without a long pause, or the undated photos of one folder, in order."""

    title: str
    short: str
    photos: tuple[str, ...]


def photo_events(photos: Sequence[SourceFacts]) -> list[Event]:
    """Sort photos into events: dated ones by time, undated ones by folder, after them."""
    dated = sorted(
        (photo for photo in photos if _is_dated(photo)),
        key=lambda photo: (photo.taken_s or 0.0, photo.name),
    )
    groups: list[list[SourceFacts]] = [dated[:1]] if dated else []
    for before, photo in pairwise(dated):
        if (photo.taken_s or 0.0) - (before.taken_s or 0.0) > EVENT_GAP_S:
            groups.append([])
        groups[-1].append(photo)
    events = [_dated_event(group) for group in groups]
    folders: dict[str, list[str]] = {}
    for name in sorted(photo.name for photo in photos if not _is_dated(photo)):
        folders.setdefault(str(PurePosixPath(name).parent), []).append(name)
    events.extend(
        Event("Photos without a date" if folder == "." else folder, "no date", tuple(names))
        for folder, names in folders.items()
    )
    return events


def _dated_event(photos: Sequence[SourceFacts]) -> Event:
    first, last = (taken(photo.taken_s or 0.0) for photo in (photos[0], photos[-1]))
    day, _, end = last.partition(" ")
    span = first if first == last else f"{first} to {end if first.startswith(day) else last}"
    return Event(span, first.partition(" ")[0], tuple(photo.name for photo in photos))


def _is_dated(photo: SourceFacts) -> bool:
    return photo.taken_s is not None and math.isfinite(photo.taken_s)
