"""CMX 3600: the shots one after the other, as a reel.

A line an event: number, reel, track, cut, source in and out, record in and out; the out is the
frame after the last. https://xmil.biz/EDL-X/CMX3600.pdf
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from ....data.errors import InputError
from ....data.result.result import StoredResult
from ....data.shots.timecode import FrameClock
from ..options import ExportOptions
from ..selection import Clip, chosen_clips, place_of

RECORD_START = "01:00:00:00"
_REEL_LENGTH = 8

_LETTERS = str.maketrans(
    {"Æ": "AE", "Œ": "OE", "Ø": "O", "Ð": "D", "Đ": "D", "Þ": "TH", "Ł": "L", "Ħ": "H", "ẞ": "SS"}
)
"""Capital letters that are none of A to Z with marks; that of ß is SS."""


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write one event a shot, in the order of films and time.

    Raises:
        InputError: there is nothing to export, or the films have several rates.
    """
    clips = in_film_order(result, chosen_clips(result, options))
    clock = one_clock(clips)
    record = clock.number(RECORD_START)
    reels = _reels(clip.film.name for clip in clips)
    lines = header(options.title, clock)
    for number, clip in enumerate(clips, 1):
        record_out = record + clip.length
        times = [
            clip.clock.timecode(clip.first),
            clip.clock.timecode(clip.end),
            clock.text(record),
            clock.text(record_out),
        ]
        lines += [
            f"{number:03d}  {reels[clip.film.name]:<8} V     C        {' '.join(times)}",
            f"* FROM CLIP NAME: {one_line(Path(clip.film.name).name)}",
            f"* SOURCE FILE: {one_line(place_of(clip.film, options))}",
            f"* LOC: {times[2]} GREEN   {one_line(clip.name)}",
            f"* COMMENT: {one_line(clip.name)}, {clip.note}",
            "",
        ]
        record = record_out
    text = "\n".join(lines)  # of the path of a film, which may be no text
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\r\n")


def in_film_order(result: StoredResult, clips: Iterable[Clip]) -> list[Clip]:
    """Sort clips by film, time and person."""
    place = {film.name: number for number, film in enumerate(result.run.films)}
    return sorted(clips, key=lambda clip: (place[clip.film.name], clip.first, clip.shot.person))


def one_clock(clips: Sequence[Clip]) -> FrameClock:
    """Return the clock of the reel.

    Raises:
        InputError: the films have several rates, which an EDL cannot tell apart.
    """
    kinds = {(clip.clock.rate, clip.clock.is_drop) for clip in clips}
    if len(kinds) > 1:
        rates = ", ".join(sorted(f"{float(rate):.5g}" for rate, _ in kinds))
        raise InputError(
            f"expected films of one frame rate, which is all that an EDL can state, got {rates};"
            " choose one with --source NAME, or write .otio"
        )
    return FrameClock(*kinds.pop())


def header(title: str, clock: FrameClock) -> list[str]:
    """Return the lines that an EDL begins with."""
    return [
        f"TITLE: {one_line(title)}",
        f"FCM: {'DROP FRAME' if clock.is_drop else 'NON-DROP FRAME'}",
        "",
    ]


def one_line(text: str) -> str:
    """Make a text fit into a line."""
    return " ".join(text.split())


def _reels(names: Iterable[str]) -> dict[str, str]:
    """Give each film a reel name of at most 8 capital letters and digits, all different."""
    reels: dict[str, str] = {}
    for name in dict.fromkeys(names):
        base = reel = _plain(Path(name).stem)[:_REEL_LENGTH] or "FILM"
        number = 1
        while reel in reels.values():
            number += 1
            reel = f"{base[: _REEL_LENGTH - len(str(number))]}{number}"
        reels[name] = reel
    return reels


def _plain(text: str) -> str:
    """Return the letters and digits of a text as those from A to Z, without their marks."""
    letters = unicodedata.normalize("NFKD", text.upper().translate(_LETTERS)).upper()
    return "".join(char for char in letters if char.isascii() and char.isalnum())
