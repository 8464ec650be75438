"""The shots of a person: the unit in which people think of a film, with frames and timecode."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..result.facts import SourceFacts
from ..result.result import StoredResult
from ..result.takes import GAP_S, Stretch, stretches
from ..tables.codes import DecidedBy
from ..tables.faces import Faces, IntArray
from .timecode import FrameClock


@dataclass(frozen=True)
class ShotRules:
    """Which shots are wanted.

    Attributes:
        min_s: the shortest one, seconds, without handles.
        handles_s: seconds added before and after; they end with the film, and half way to the
            person's next shot where both would meet.
        gap_s: longest stretch without a face inside a shot, seconds.
    """

    min_s: float = 0.0
    handles_s: float = 0.0
    gap_s: float = GAP_S


@dataclass(frozen=True)
class Shot:
    """One person in one camera take of a film.

    Attributes:
        person: as in the ``person`` column.
        source: the film.
        take: 0-based number of the camera's take in the film.
        first_frame, last_frame: 0-based frames of the film, both within the shot; of a film of
            variable rate with handles they are estimates.
        start_s, end_s: film time at which the first frame begins and the last one ends, seconds.
        tc_in, tc_out: timecode of the first frame, and of the frame after the last (as in an EDL);
            None where the film has no constant rate, or one without timecode.
        num_faces: faces of the person in it.
        mean_strength: mean of their ``strength``, 0..1.
        decided_by: what decided most of them.
    """

    person: int
    source: str
    take: int
    first_frame: int
    last_frame: int
    start_s: float
    end_s: float
    tc_in: str | None
    tc_out: str | None
    num_faces: int
    mean_strength: float
    decided_by: DecidedBy

    @property
    def length_s(self) -> float:
        """Seconds from start to end."""
        return self.end_s - self.start_s

    def overlaps(self, other: Shot) -> bool:
        """Say whether both are on screen at one time."""
        return (
            self.source == other.source
            and self.first_frame <= other.last_frame
            and other.first_frame <= self.last_frame
        )


@dataclass(frozen=True)
class InPhoto:
    """One person in one photo.

    Attributes:
        person: as in the ``person`` column.
        source: the photo.
        num_faces: faces of the person in it, 1 but for mirrors and collages.
        mean_strength: mean of their ``strength``, 0..1.
        decided_by: what decided most of them.
    """

    person: int
    source: str
    num_faces: int
    mean_strength: float
    decided_by: DecidedBy


def sure_percent(seen: Shot | InPhoto) -> int:
    """Return how sure it is who is seen, in per cent, rounded down: 99.6 is not wholly sure."""
    return int(seen.mean_strength * 100 + 1e-4)


def person_shots(result: StoredResult, person: int, rules: ShotRules | None = None) -> list[Shot]:
    """Return the shots of a person, film by film, in the order of time."""
    rules = rules or ShotRules()
    rows = np.flatnonzero(result.faces.person == person)
    sources = result.faces.source[rows]
    return [
        shot
        for film in result.run.films
        for shot in film_shots(result.faces, rows[sources == film.name], film, rules)
    ]


def person_photos(result: StoredResult, person: int) -> list[InPhoto]:
    """Return the photos of a person, by the time they were taken."""
    faces = result.faces
    found = []
    for photo in sorted(
        result.run.photos, key=lambda source: (source.taken_s or math.inf, source.name)
    ):
        rows = np.flatnonzero((faces.person == person) & (faces.source == photo.name))
        if len(rows):
            found.append(InPhoto(person, photo.name, **_of_rows(faces, rows)))
    return found


def film_shots(faces: Faces, rows: IntArray, film: SourceFacts, rules: ShotRules) -> list[Shot]:
    """Return the shots of one person in one film.

    Args:
        faces: the table.
        rows: (num_rows,) int64, rows of that person and film, in any order.
        film: its rate, cuts and the frames analysed.
        rules: which shots are wanted.

    Returns:
        Shots in the order of time; they do not overlap.
    """
    shots = [_shot(faces, part, film) for part in stretches(faces, rows, film, rules.gap_s)]
    shots = [shot for shot in shots if shot.length_s >= rules.min_s]
    if rules.handles_s > 0:
        shots = _with_handles(shots, film, rules.handles_s)
    return [_with_timecode(shot, FrameClock.of_film(film)) for shot in shots]


def _shot(faces: Faces, part: Stretch, film: SourceFacts) -> Shot:
    first = int(part.rows[0])
    return Shot(
        person=int(faces.person[first]),
        source=film.name,
        take=int(faces.shot[first]),
        first_frame=part.first_frame,
        last_frame=part.last_frame,
        start_s=part.start_s,
        end_s=part.end_s,
        tc_in=None,
        tc_out=None,
        **_of_rows(faces, part.rows),
    )


def _of_rows(faces: Faces, rows: IntArray) -> dict[str, Any]:
    return {
        "num_faces": len(rows),
        "mean_strength": float(faces.strength[rows].mean(dtype=np.float64)),
        "decided_by": DecidedBy(int(np.bincount(faces.decided_by[rows]).argmax())),
    }


def _with_handles(shots: Sequence[Shot], film: SourceFacts, handles_s: float) -> list[Shot]:
    """Make shots longer at both ends, without letting two of them overlap."""
    to_time = _TimesOfFrames(film)
    length = film.length_frames or _length(film)
    found = []
    for place, shot in enumerate(shots):
        lowest, highest = 0, length - 1 if length else math.inf
        if place:
            lowest = (shots[place - 1].last_frame + 1 + shot.first_frame + 1) // 2
        if place + 1 < len(shots):
            highest = (shot.last_frame + 1 + shots[place + 1].first_frame + 1) // 2 - 1
        before, after = to_time.frames(shot.start_s - handles_s, shot.end_s + handles_s)
        first = min(max(before, lowest), shot.first_frame)
        last = max(int(min(after - 1, highest)), shot.last_frame)
        found.append(
            dataclasses.replace(
                shot,
                first_frame=first,
                last_frame=last,
                start_s=min(to_time.time_s(first), shot.start_s),
                end_s=max(to_time.time_s(last + 1), shot.end_s),
            )
        )
    return found


def _length(film: SourceFacts) -> int | None:
    rate = film.rate or film.fps
    return round((film.duration_s - film.first_s) * rate) if film.duration_s and rate else None


class _TimesOfFrames:
    """When frames begin: exact at a constant rate, else between the frames analysed."""

    def __init__(self, film: SourceFacts) -> None:
        self._rate, self._first_s = film.rate, film.first_s
        known = dict(zip(film.frames, film.frames_s, strict=True))
        known.update(zip(film.cuts, film.cuts_s, strict=False))
        known.setdefault(0, 0.0)
        if film.length_frames and film.duration_s:
            known.setdefault(film.length_frames, film.duration_s)
        self._frames, self._times = np.array(sorted(known.items()), np.float64).T

    def time_s(self, frame: int) -> float:
        if self._rate:
            return self._first_s + float(frame / self._rate)
        return float(np.interp(frame, self._frames, self._times))

    def frames(self, *times_s: float) -> tuple[int, ...]:
        if self._rate:
            return tuple(round((t - self._first_s) * float(self._rate)) for t in times_s)
        return tuple(round(float(np.interp(t, self._times, self._frames))) for t in times_s)


def _with_timecode(shot: Shot, clock: FrameClock | None) -> Shot:
    if clock is None:
        return shot
    return dataclasses.replace(
        shot,
        tc_in=clock.timecode(shot.first_frame),
        tc_out=clock.timecode(shot.last_frame + 1),
    )
