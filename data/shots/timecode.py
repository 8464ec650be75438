"""Timecode: frames counted as hours, minutes, seconds and frames, exactly.

SMPTE ST 12 counts at a whole number of frames a second: 24 at 24000/1001, 30 at 30000/1001. What it
shows therefore runs slower than the clock. Drop-frame timecode, for 30000/1001 and its multiples,
leaves out the first two numbers of each minute but every tenth (four at 60000/1001), so that it
stays within two frames of the clock; it is written with a semicolon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ..errors import MisuseError
from ..result.facts import SourceFacts

_NTSC = Fraction(1001, 1000)
_TEXT = re.compile(r"(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{1,3})")
_WHOLE_RATES = (24, 25, 30, 48, 50, 60)
EDIT_RATES = (*map(Fraction, _WHOLE_RATES), *(n / _NTSC for n in (24, 30, 48, 60)))
"""Frames per second that editing programs know."""


@dataclass(frozen=True)
class FrameClock:
    """Turns the frames of a film into timecode, and back.

    Attributes:
        rate: frames per second, a whole number or that by 1.001.
        is_drop: whether numbers are left out; only at multiples of 30000/1001.
        start: number of the film's first frame, counted from 00:00:00:00.
        first_s: when that frame is shown, seconds from the film's start, which may be sound.
    """

    rate: Fraction
    is_drop: bool = False
    start: int = 0
    first_s: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if not has_timecode(self.rate):
            raise ValueError(
                f"expected a whole number of frames per second, or one by 1.001, got {self.rate}"
            )
        if self.is_drop and not can_drop(self.rate):
            raise ValueError(f"expected a multiple of 30000/1001 for drop-frame, got {self.rate}")

    @classmethod
    def of_film(cls, film: SourceFacts) -> FrameClock | None:
        """Return the clock of a film, None where its rate varies or has no timecode.

        Drop-frame is what the film's own start timecode says; where it states none, it is used
        wherever it exists, as editing programs do.
        """
        if film.rate is None or not has_timecode(film.rate):
            return None
        return cls._at(film.rate, film)

    @classmethod
    def for_editing(cls, film: SourceFacts) -> FrameClock:
        """Return the clock of a film at a rate that editing programs know: its own, if it is one.

        Of another constant rate it is the lowest that is a multiple, so that each frame has a
        number; else the one nearest to the film's mean rate.
        """
        return cls._at(_edit_rate(film), film)

    @classmethod
    def _at(cls, rate: Fraction, film: SourceFacts) -> FrameClock:
        stated = film.start_timecode or ""
        match = _TEXT.fullmatch(stated.strip())
        is_drop = can_drop(rate) and (not match or match[4] != ":")
        try:
            start = cls(rate, is_drop).number(stated)
        except ValueError:  # none, or one that the file states wrongly
            start = 0
        return cls(rate, is_drop, start, Fraction(film.first_s))

    @property
    def nominal(self) -> int:
        """Frames that timecode counts a second: 24 at 24000/1001."""
        return round(self.rate) if self.rate.denominator == 1 else round(self.rate * _NTSC)

    def timecode(self, frame: int) -> str:
        """Write the timecode of a frame of the film, 0 = the first; it starts anew after 24 h."""
        return self.text(self.start + frame)

    def text(self, number: int) -> str:
        """Write the timecode of a frame counted from 00:00:00:00: ``01:00:00;02``."""
        number %= self._per_day
        number += self._left_out_before(number) if self.is_drop else 0
        seconds, frames = divmod(number, self.nominal)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark, digits = (";" if self.is_drop else ":"), len(str(self.nominal - 1))
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:0{max(digits, 2)}d}"

    def number(self, text: str) -> int:
        """Return the frame that a timecode names, counted from 00:00:00:00.

        A number that drop-frame leaves out counts as the next one that it does not.

        Raises:
            ValueError: it is no timecode, or no frame has that number at this rate.
        """
        match = _TEXT.fullmatch(text.strip())
        hours, minutes, seconds, frames = (
            (int(match[group]) for group in (1, 2, 3, 5)) if match else (0, 99, 0, 0)
        )
        if minutes > 59 or seconds > 59 or frames >= self.nominal:
            raise ValueError(
                f'expected a timecode such as 01:00:00:00 at {self.nominal} frames, got "{text}"'
            )
        if not self.is_drop:
            return ((hours * 60 + minutes) * 60 + seconds) * self.nominal + frames
        if minutes % 10 and not seconds:
            frames = max(frames, self._dropped)
        total = hours * 60 + minutes
        counted = (total * 60 + seconds) * self.nominal + frames
        return counted - self._dropped * (total - total // 10)

    def frame_at(self, time_s: Fraction | float) -> int:
        """Return the frame of the film that is nearest to a time in seconds from its start."""
        return round((Fraction(time_s) - self.first_s) * self.rate)

    def time_s(self, frame: int) -> Fraction:
        """Return when a frame of the film begins, exact seconds from its start."""
        return self.first_s + frame / self.rate

    @property
    def _dropped(self) -> int:
        return self.nominal // 15

    @property
    def _per_day(self) -> int:
        minutes = 24 * 60
        dropped = self._dropped * (minutes - minutes // 10) if self.is_drop else 0
        return minutes * 60 * self.nominal - dropped

    def _left_out_before(self, number: int) -> int:
        """Return how many numbers are left out up to a frame."""
        per_minute = 60 * self.nominal - self._dropped
        per_ten = 10 * per_minute + self._dropped
        tens, rest = divmod(number, per_ten)
        minutes = max(rest - self._dropped, 0) // per_minute
        return self._dropped * (9 * tens + minutes)


def seconds_at(text: str, film: SourceFacts) -> float:
    """Return the film time that a timecode means, seconds.

    Raises:
        MisuseError: the film has no timecode, or begins later.
    """
    clock = FrameClock.of_film(film)
    if clock is None:
        raise MisuseError(
            f"{text}: {film.name} has no frame rate with timecode; give a time such as 1:30"
        )
    try:
        frame = clock.number(text) - clock.start
    except ValueError as error:
        raise MisuseError(f"{text}: {error}") from error
    if frame < 0:
        raise MisuseError(f"{text}: {film.name} begins at {clock.timecode(0)}, which is later")
    return float(clock.time_s(frame))


def has_timecode(rate: Fraction) -> bool:
    """Say whether timecode counts at a rate: a whole number of frames a second, or by 1.001."""
    return rate >= 1 and (rate.denominator == 1 or (rate * _NTSC).denominator == 1)


def can_drop(rate: Fraction) -> bool:
    """Say whether a rate has drop-frame timecode: 30000/1001 and its multiples."""
    return rate.denominator != 1 and (rate * _NTSC / 30).denominator == 1


def _edit_rate(film: SourceFacts) -> Fraction:
    if film.rate in EDIT_RATES:
        return Fraction(film.rate)
    if film.rate:
        multiples = [rate for rate in EDIT_RATES if (rate / film.rate).denominator == 1]
        if multiples:
            return min(multiples)
    mean = film.rate or film.fps or 25
    return min(EDIT_RATES, key=lambda rate: (abs(rate - mean), rate))
