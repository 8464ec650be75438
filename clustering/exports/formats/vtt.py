"""WebVTT captions: the name of who is on screen. https://www.w3.org/TR/webvtt1/."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ....data.result.result import StoredResult
from ....data.times import split_time
from ..options import ExportOptions
from ..selection import Clip, clips_of_one_film


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one cue per shot; cues of several people overlap, and players stack them."""
    write_cues(result, path, options, lambda clip: escape(clip.name))


def write_cues(
    result: StoredResult, path: Path, options: ExportOptions, text: Callable[[Clip], str]
) -> None:
    """Write one cue per shot with a text of one line, by time."""
    clips = clips_of_one_film(result, options)
    lines = ["WEBVTT", ""]
    numbers: dict[int, int] = {}
    for clip in sorted(clips, key=lambda clip: (clip.shot.start_s, clip.shot.person)):
        shot = clip.shot
        numbers[shot.person] = numbers.get(shot.person, 0) + 1
        lines += [
            f"{clip.id}-{numbers[shot.person]}",
            f"{_time(shot.start_s)} --> {_time(shot.end_s)}",
            text(clip),
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")


def escape(text: str) -> str:
    """Make a text fit into a cue."""
    text = " ".join(text.split()) or "?"
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(time_s: float) -> str:
    hours, minutes, seconds, milliseconds = split_time(time_s)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
