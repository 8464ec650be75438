"""Markers for a timeline of DaVinci Resolve, in the form of an EDL that it writes itself."""

from __future__ import annotations

from pathlib import Path

from ....data.result.result import StoredResult
from ..options import ExportOptions
from ..selection import clips_of_one_film
from .edl import header, in_film_order, one_clock, one_line

_COLOURS = ("Blue", "Green", "Red", "Yellow", "Cyan", "Pink", "Purple", "Fuchsia", "Sky", "Mint")


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write a marker a shot, in the colour of the person, at the film's own timecode."""
    clips = in_film_order(result, clips_of_one_film(result, options))
    clock = one_clock(clips)
    people = list(dict.fromkeys(sorted(clip.shot.person for clip in clips)))
    lines = header(options.title, clock)
    for number, clip in enumerate(clips, 1):
        begin, end = clip.clock.timecode(clip.first), clip.clock.timecode(clip.first + 1)
        colour = _COLOURS[people.index(clip.shot.person) % len(_COLOURS)]
        name = one_line(clip.name).replace("|", "/")
        lines += [
            f"{number:03d}  001      V     C        {begin} {end} {begin} {end}  ",
            f"{clip.note} |C:ResolveColor{colour} |M:{name} |D:{clip.length}",
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\r\n")
