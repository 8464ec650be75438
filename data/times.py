"""Times as people write them: ``1:30``, ``0:01:30.5``, ``90``."""

from __future__ import annotations

import re

_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:[.,]\d+)?)")
_TIMECODE = re.compile(r"\d{1,2}:\d\d:\d\d[:;]\d{2,3}")

EXAMPLES = "1:30, 0:01:30.5 or 90 (seconds)"
"""Times that ``seconds_of`` reads, for messages."""


def seconds_of(text: str) -> float:
    """Read a time: seconds, or minutes or hours in front of them; a comma is a point.

    >>> seconds_of("1:30"), seconds_of("0:01:30.5"), seconds_of("90")
    (90.0, 90.5, 90.0)

    Raises:
        ValueError: it is no time, or has more than 59 minutes or seconds behind a colon.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match:
        hours, minutes, seconds = match[1], match[2], float(match[3].replace(",", "."))
        if not (minutes and seconds >= 60) and not (hours and int(minutes) >= 60):
            return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds
    raise ValueError(f"expected a time such as {EXAMPLES}, got {text!r}")


def split_time(time_s: float) -> tuple[int, int, int, int]:
    """Return the hours, minutes, seconds and milliseconds of a time in seconds, 0 or more.

    >>> split_time(3661.5)
    (1, 1, 1, 500)
    """
    seconds, milliseconds = divmod(max(round(time_s * 1000), 0), 1000)
    minutes, seconds = divmod(seconds, 60)
    return *divmod(minutes, 60), seconds, milliseconds


def is_timecode(text: str) -> bool:
    """Say whether a text is timecode, ``00:01:30:12``: what it means depends on the film's rate."""
    return bool(_TIMECODE.fullmatch(text.strip()))
