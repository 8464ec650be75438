"""Contact sheets: up to twelve faces of a person on one picture, for any file browser."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from PIL import Image, ImageDraw, ImageFont, ImageOps

from ...data.result import palette
from ...data.result.people import Person
from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import Faces
from .wording import count, duration

COLUMNS, ROWS = 6, 2
NUM_TILES = COLUMNS * ROWS

_TILE = (176, 220)  # px, 4:5
_CAPTION, _HEADER, _GAP = 46, 52, 10
_PAPER, _INK, _QUIET = "#faf8f5", "#1d1b18", "#6c665e"
_FACE_NOTE = {
    DecidedBy.NONE: "unknown",
    DecidedBy.FACE: "by face",
    DecidedBy.CLOTH: "by clothing",
    DecidedBy.USER: "by you",
}


def contact_sheet(
    faces: Faces,
    person: Person,
    rows: Sequence[int],
    crops: Mapping[int, bytes],
    when: Callable[[int], str],
) -> bytes:
    """Lay chosen faces of a person out on a sheet, six in a row with time and what decided.

    Args:
        faces: the table.
        person: whose sheet it is, or the unknown.
        rows: up to ``NUM_TILES`` rows, in the order of tiles.
        crops: JPEGs, at least those of ``rows``.
        when: writes the time of a row: timecode where its film has one.

    Returns:
        The sheet as a JPEG.
    """
    width = COLUMNS * (_TILE[0] + _GAP) + _GAP
    num_rows = max(-(-len(rows) // COLUMNS), 1)
    height = _HEADER + num_rows * (_TILE[1] + _CAPTION + _GAP)
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    colour = palette.light(person.number)
    draw.rectangle((_GAP, 16, _GAP + 6, _HEADER - 14), fill=colour)
    draw.text((_GAP + 16, 25), person.name, _INK, _font(20), anchor="lm")
    draw.text((width - _GAP, 25), _header(person), _QUIET, _font(15), anchor="rm")
    for number, row in enumerate(rows):
        left = _GAP + number % COLUMNS * (_TILE[0] + _GAP)
        top = _HEADER + number // COLUMNS * (_TILE[1] + _CAPTION + _GAP)
        sheet.paste(tile(crops[row], _TILE), (left, top))
        by_cloth = faces.decided_by[row] == DecidedBy.CLOTH
        _underline(draw, left, top + _TILE[1], colour, dashed=bool(by_cloth))
        _caption(draw, (left, top + _TILE[1] + 18), _captions(faces, person, row, when))
    return jpeg(sheet, 88)


def tile(crop: bytes, size: tuple[int, int]) -> Image.Image:
    """Cut a crop to a tile of this size (width, height in px), keeping its top: the head."""
    with Image.open(io.BytesIO(crop)) as picture:
        return ImageOps.fit(picture.convert("RGB"), size, centering=(0.5, 0.0))


def thumbnail(crop: bytes, size: tuple[int, int]) -> bytes:
    """Return a tile as a JPEG."""
    return jpeg(tile(crop, size))


def decided_by_note(faces: Faces, row: int) -> str:
    """Write what decided a row's person, and the strength: ``by face 0.82``, ``unknown``."""
    decided_by = DecidedBy(int(faces.decided_by[row]))
    if faces.person[row] == UNKNOWN:
        return "unknown"
    return f"{_FACE_NOTE[decided_by]} {float(faces.strength[row]):.2f}"


def _header(person: Person) -> str:
    parts = [count(len(person.rows), "face")]
    if person.films:
        parts.append(f"{duration(person.screen_time_s)} on screen")
    if person.photos:
        parts.append(count(len(person.photos), "photo"))
    if person.num_by_cloth:
        parts.append(f"{person.num_by_cloth:,} by clothing")
    return "  ·  ".join(parts)


def _captions(
    faces: Faces, person: Person, row: int, when: Callable[[int], str]
) -> tuple[str, str, str]:
    """Return the text below a tile: left, right, and in a second line."""
    source, note = str(faces.source[row]), decided_by_note(faces, row)
    if source in person.photos:  # a file name leaves no room beside it
        return PurePosixPath(source).name, "", note
    return when(row), note, source if len(person.films) + len(person.photos) > 1 else ""


def _caption(draw: ImageDraw.ImageDraw, at: tuple[int, int], texts: tuple[str, str, str]) -> None:
    left, middle = at
    # Timecode and "by clothing 0.90" just fit beside each other in these sizes.
    draw.text((left, middle), _shortened(draw, texts[0], 14), _INK, _font(14), anchor="lm")
    draw.text((left + _TILE[0], middle), texts[1], _QUIET, _font(12), anchor="rm")
    draw.text((left, middle + 17), _shortened(draw, texts[2], 13), _QUIET, _font(13), anchor="lm")


def _shortened(draw: ImageDraw.ImageDraw, text: str, size: int) -> str:
    """Leave out the middle of what is wider than a tile: files of a folder differ at the end."""
    kept = len(text)
    shown = text
    while draw.textlength(shown, _font(size)) > _TILE[0] and kept > 2:
        kept -= 1
        shown = f"{text[: kept // 2]}…{text[len(text) - (kept - kept // 2) :]}"
    return shown


def _underline(draw: ImageDraw.ImageDraw, left: int, top: int, colour: str, dashed: bool) -> None:
    step, length = (12, 6) if dashed else (_TILE[0], _TILE[0])
    for start in range(left, left + _TILE[0], step):
        end = min(start + length, left + _TILE[0]) - 1
        draw.rectangle((start, top + 2, end, top + 5), fill=colour)


@functools.cache  # Pillow unpacks the font anew each time
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def jpeg(picture: Image.Image, quality: int = 80) -> bytes:
    """Pack a picture as a JPEG."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
