"""Who is on screen when: the geometry of the timelines, in per cent of their width."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data.result.facts import SourceFacts
from ...data.result.intervals import Interval, intervals
from ...data.result.people import Person
from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import Faces
from .events import Event
from .moments import time_writer
from .wording import count, duration, tick

MAX_LANES = 40
"""People with a separate lane; all others share one."""

NUM_STEPS = 2000
"""Gaps and bars shorter than one of so many steps of a timeline are drawn as one with the next."""

_MAX_BANDS = 3000
_LAST_TICK = 97.0  # per cent; a label further right would be cut off
_TICK_LEVELS = (10, 40, 160)  # at most so many marks, shown as the reader zooms in
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)


class Kind(IntEnum):
    """How a bar is drawn: what decided."""

    STRONG = 0
    LOW = 1
    CLOTH = 2
    UNKNOWN = 3
    SEVERAL = 4


KIND_WORDS = {
    Kind.STRONG: "by face",
    Kind.LOW: "by face, low confidence",
    Kind.CLOTH: "by clothing",
    Kind.UNKNOWN: "unknown",
    Kind.SEVERAL: "one or several",
}


@dataclass(frozen=True)
class Bar:
    """A stretch of a lane."""

    left: float
    width: float
    kind: Kind
    title: str


@dataclass(frozen=True)
class Lane:
    """One row of a timeline. ``person`` is None where several people share it."""

    person: int | None
    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    """A mark on the axis; ``level`` 1 is always shown, 2 and 3 only when zoomed in."""

    left: float
    label: str
    level: int


@dataclass(frozen=True)
class Timeline:
    """One film, or all photos.

    ``bands`` are (left, width) of every other shot or event, ``photos`` the names in order.
    """

    title: str
    note: str
    start_s: float
    end_s: float
    is_film: bool
    lanes: tuple[Lane, ...]
    bands: tuple[tuple[float, float], ...]
    ticks: tuple[Tick, ...]
    photos: tuple[str, ...] = ()


def face_kinds(faces: Faces) -> NDArray[np.int64]:
    """(num_faces,) int64, a ``Kind`` per face."""
    kinds = np.full(len(faces), Kind.LOW, np.int64)
    kinds[faces.is_strong] = Kind.STRONG
    kinds[faces.decided_by == DecidedBy.CLOTH] = Kind.CLOTH
    kinds[~faces.is_known] = Kind.UNKNOWN
    return kinds


def film_timeline(
    faces: Faces,
    film: SourceFacts,
    people: Sequence[Person],
    unknown: Person | None,
    num_steps: int = NUM_STEPS,
) -> Timeline | None:
    """Lay out one film, as finely as ``num_steps``; None when nobody was seen in it."""
    times_s = faces.time_s[faces.source == film.name]
    times_s = times_s[np.isfinite(times_s)]
    if not len(times_s):
        return None
    start_s = min(film.start_s, float(times_s.min()))
    last_s = float(times_s.max())
    end_s = max(last_s + film.period_s if film.last_s is None else film.last_s, last_s)
    end_s = max(end_s, start_s + 0.1)
    kinds = face_kinds(faces)
    spans: list[tuple[int, list[Interval]]] = []
    for person in [*people, *([unknown] if unknown else [])]:
        rows = person.rows[faces.source[person.rows] == film.name]
        if len(rows):
            spans.append((person.number, intervals(faces, rows, film, kinds)))
    cuts_s = [cut for cut in film.cuts_s if start_s < cut < end_s]
    num_shots = len(cuts_s) + 1
    return Timeline(
        title=film.name,
        note=f"{duration(end_s - start_s)}, {count(num_shots, 'shot')},"
        f" {count(film.num_frames, 'frame')} analysed",
        start_s=start_s,
        end_s=end_s,
        is_film=True,
        lanes=_lanes(spans, _Axis(start_s, end_s, num_steps, _times(film)), _labels(people)),
        bands=_bands([start_s, *cuts_s, end_s]),
        ticks=_ticks(start_s, end_s),
    )


def photo_timeline(
    faces: Faces, events: Sequence[Event], people: Sequence[Person], unknown: Person | None
) -> Timeline | None:
    """Lay out all photos one after the other, a step each; None when nobody was seen."""
    names = [name for event in events for name in event.photos]
    place = {name: number for number, name in enumerate(names)}
    kinds = face_kinds(faces)
    spans: list[tuple[int, list[Interval]]] = []
    for person in [*people, *([unknown] if unknown else [])]:
        best: dict[int, int] = {}  # of several faces in one photo the surest is drawn
        for source, kind in zip(
            faces.source[person.rows].tolist(), kinds[person.rows].tolist(), strict=True
        ):
            if source in place:
                best[place[source]] = min(kind, best.get(place[source], kind))
        if best:
            steps = [Interval(number, number + 1, kind) for number, kind in sorted(best.items())]
            spans.append((person.number, steps))
    if not spans:
        return None
    edges = np.cumsum([0, *(len(event.photos) for event in events)]).tolist()
    axis = _Axis(0, len(names), NUM_STEPS, lambda part: _photo_names(part, names))
    return Timeline(
        title="Photos",
        note=f"{count(len(names), 'photo')} in {count(len(events), 'event')}, in order",
        start_s=0,
        end_s=len(names),
        is_film=False,
        lanes=_lanes(spans, axis, _labels(people)),
        bands=_bands(edges),
        ticks=_event_ticks(events, edges),
        photos=tuple(names),
    )


@dataclass(frozen=True)
class _Axis:
    """Start, end and resolution of a timeline, and the text of a bar."""

    start_s: float
    end_s: float
    num_steps: int
    where: Callable[[Interval], str]

    def bars(self, parts: Sequence[Interval]) -> tuple[Bar, ...]:
        """Draw intervals; ``parts`` are in the order of time."""
        scale, finest_s = 100 / (self.end_s - self.start_s), self._finest_s
        return tuple(
            Bar(
                round((part.start_s - self.start_s) * scale, 3),
                round(max(part.length_s, finest_s) * scale, 3),
                Kind(part.kind),
                f"{self.where(part)}, {KIND_WORDS[Kind(part.kind)]}",
            )
            for part in self._merged(parts)
        )

    @property
    def _finest_s(self) -> float:
        return (self.end_s - self.start_s) / self.num_steps

    def _merged(self, parts: Sequence[Interval]) -> list[Interval]:
        finest_s = self._finest_s
        merged: list[Interval] = []
        for part in parts:
            before = merged[-1] if merged else None
            if (
                before
                and part.start_s - before.end_s <= finest_s
                and (part.kind == before.kind or min(part.length_s, before.length_s) < finest_s)
            ):
                kind = part.kind if part.length_s > before.length_s else before.kind
                merged[-1] = Interval(before.start_s, max(before.end_s, part.end_s), kind)
            else:
                merged.append(part)
        return merged


def _lanes(
    spans: Sequence[tuple[int, list[Interval]]], axis: _Axis, labels: Mapping[int, str]
) -> tuple[Lane, ...]:
    """Give each of the first people a lane, the rest a shared one, and the unknown another."""
    known = [span for span in spans if span[0] != UNKNOWN]
    shown = known if len(known) <= MAX_LANES + 1 else known[:MAX_LANES]
    lanes = [Lane(number, labels[number], axis.bars(parts)) for number, parts in shown]
    if rest := known[len(shown) :]:
        somebody = sorted(
            (dataclasses.replace(part, kind=Kind.SEVERAL) for _, parts in rest for part in parts),
            key=lambda part: part.start_s,
        )
        lanes.append(Lane(None, f"{len(rest)} more", axis.bars(somebody)))
    lanes.extend(
        Lane(UNKNOWN, "unknown", axis.bars(parts)) for number, parts in spans if number == UNKNOWN
    )
    return tuple(lanes)


def _labels(people: Sequence[Person]) -> dict[int, str]:
    """Return what stands beside each portrait: the name, else the number of the id."""
    return {
        person.number: person.given_name or person.id.removeprefix("person_").lstrip("0")
        for person in people
    }


def _times(film: SourceFacts) -> Callable[[Interval], str]:
    write = time_writer(film)
    return lambda part: f"{write(part.start_s)} to {write(part.end_s)}"


def _photo_names(part: Interval, names: Sequence[str]) -> str:
    first, last = int(part.start_s), int(part.end_s) - 1
    return names[first] if first == last else f"{names[first]} to {names[last]}"


def _bands(edges: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return every other stretch between the edges."""
    if len(edges) > _MAX_BANDS or len(edges) < 3:
        return ()
    scale = 100 / (edges[-1] - edges[0])
    return tuple(
        (round((first - edges[0]) * scale, 3), round((last - first) * scale, 3))
        for number, (first, last) in enumerate(pairwise(edges))
        if number % 2
    )


def _ticks(start_s: float, end_s: float) -> tuple[Tick, ...]:
    length = end_s - start_s
    ticks: dict[int, Tick] = {}
    for level, most in enumerate(_TICK_LEVELS, start=1):
        step = next((step for step in _STEPS_S if length / step <= most), None)
        step = step or _STEPS_S[-1] * 2 ** math.ceil(math.log2(length / (_STEPS_S[-1] * most)))
        for time_s in range(int(-(-start_s // step)) * step, int(end_s) + 1, step):
            left = 100 * (time_s - start_s) / length
            if left > _LAST_TICK:
                continue
            ticks.setdefault(time_s, Tick(round(left, 3), tick(time_s), level))
    return tuple(ticks[time_s] for time_s in sorted(ticks))


def _event_ticks(events: Sequence[Event], edges: Sequence[int]) -> tuple[Tick, ...]:
    """Mark where events begin; labels that would overlap come only when zoomed in."""
    ticks: list[Tick] = []
    for event, edge in zip(events, edges, strict=False):
        left = 100 * edge / edges[-1]
        levels = [
            level
            for level, most in enumerate(_TICK_LEVELS, start=1)
            if all(left - mark.left >= 100 / most for mark in ticks if mark.level <= level)
        ]
        if levels:
            ticks.append(Tick(round(left, 3), event.short, levels[0]))
    return tuple(ticks)
