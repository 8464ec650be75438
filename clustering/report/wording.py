"""How times, shares and counts are written for people."""

from __future__ import annotations

import math

from ...data.result.names import date_and_time


def clock(time_s: float) -> str:
    """Write a film time to a tenth of a second: ``0:12.4``, ``1:02:03.5``."""
    if not math.isfinite(time_s):
        return "?"
    tenths = max(round(time_s * 10), 0)
    minutes, tenths = divmod(tenths, 600)
    seconds = f"{tenths // 10:02d}.{tenths % 10}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def tick(time_s: float) -> str:
    """Write a film time to the second, for an axis: ``0:12``, ``1:02:03``."""
    return clock(round(time_s)).rpartition(".")[0]


def duration(seconds: float) -> str:
    """Write a length of time: ``7.4 s``, ``1 min 29 s``, ``2 h 05 min``."""
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def taken(taken_s: float) -> str:
    """Write when a photo was taken: ``2019-07-14 12:03``."""
    when = date_and_time(taken_s)
    return f"{when.date().isoformat()} {when.hour:02d}:{when.minute:02d}" if when else "no date"


def count(number: int, one: str, many: str = "") -> str:
    """Write a number of things: ``1 face``, ``1,204 faces``, ``3 people`` (many = people)."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """Write a share in per cent, ``n/a`` of nothing."""
    if not whole:
        return "n/a"
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "under 1 %"
    if 99 < percent < 100:
        return "over 99 %"
    return f"{percent:.0f} %"
