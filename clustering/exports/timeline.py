"""Clips laid out in time: one lane per person, each clip where it lies in its film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...data.shots.timecode import FrameClock
from .selection import Clip


@dataclass(frozen=True)
class Lane:
    """The clips of one person: (first frame on the timeline, clip), in order, not overlapping."""

    name: str
    clips: tuple[tuple[int, Clip], ...]


@dataclass(frozen=True)
class Timeline:
    """Films one after the other, one lane per person.

    Attributes:
        clock: of the first film; frames of the timeline are counted at its rate.
        lanes: by person.
        start: number of the timeline's first frame: a single film's own, else 0.
        end: frames until the last clip ends.
    """

    clock: FrameClock
    lanes: tuple[Lane, ...]
    start: int
    end: int

    @classmethod
    def of(cls, clips: Sequence[Clip]) -> Timeline:
        """Lay out clips, of which there is at least one."""
        clock = clips[0].clock
        offsets = _offsets(clips, clock)
        people = dict.fromkeys((clip.shot.person, clip.name) for clip in clips)
        lanes, end = [], 0
        for number, name in people:
            theirs = [clip for clip in clips if clip.shot.person == number]
            placed, at = [], 0
            for clip in sorted(theirs, key=lambda c: (offsets[c.film.name], c.first)):
                begin = max(offsets[clip.film.name] + _scaled(clip.first, clip.clock, clock), at)
                placed.append((begin, clip))
                at = begin + _scaled(clip.length, clip.clock, clock)
            lanes.append(Lane(name, tuple(placed)))
            end = max(end, at)
        return cls(clock, tuple(lanes), clock.start if len(offsets) == 1 else 0, end)

    def length(self, clip: Clip) -> int:
        """Return how many frames of the timeline a clip takes."""
        return _scaled(clip.length, clip.clock, self.clock)


def _offsets(clips: Sequence[Clip], clock: FrameClock) -> dict[str, int]:
    """Return the frame of the timeline at which each film begins."""
    films = {clip.film.name: clip for clip in clips}
    offsets, at = {}, 0
    for name, clip in films.items():
        offsets[name] = at
        last = max(_scaled(each.end, each.clock, clock) for each in clips if each.film.name == name)
        length_s = Fraction((clip.film.duration_s or 0) - clip.film.first_s)
        at += max(round(length_s * clock.rate), last)
    return offsets


def _scaled(frames: int, film_clock: FrameClock, clock: FrameClock) -> int:
    return round(frames * clock.rate / film_clock.rate)
